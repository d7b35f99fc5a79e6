//! One transaction, on either engine.

use std::collections::HashMap;

use ::postgres::{Client, Statement};
use rusqlite::Connection;

use crate::handover::Handover;
use crate::wakes::Written;
use crate::{Engine, Error, Param, Result, Row, sqlite};

/// An open transaction. Given to the closures of [`crate::Db::write`] and [`crate::Db::read`]; committed when the closure gives
/// `Ok`, rolled back when it gives `Err`.
pub struct Tx<'a> {
    connection: Conn<'a>,
    /// Where events or tasks were written to: whoever waits for them is woken after the commit.
    pub(crate) written: Written,
    /// Tasks that go straight to their workers after the commit.
    pub(crate) handover: Handover,
}

pub(crate) enum Conn<'a> {
    Sqlite(&'a Connection),
    Postgres(&'a mut PgConn),
}

/// A PostgreSQL connection with its prepared statements.
pub(crate) struct PgConn {
    pub(crate) client: Client,
    pub(crate) prepared: HashMap<Box<str>, Statement>,
}

impl PgConn {
    fn prepare(&mut self, sql: &str, params: usize) -> Result<Statement> {
        let statement = match self.prepared.get(sql) {
            Some(statement) => statement.clone(),
            None => {
                let statement = self.client.prepare(sql)?;
                self.prepared.insert(sql.into(), statement.clone());
                statement
            }
        };
        if statement.params().len() == params { Ok(statement) } else { Err(wrong_number(params, statement.params().len())) }
    }
}

/// Why a row is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To look at it.
    Look,
    /// To change it in the same transaction: others who want to change it wait.
    Change,
}

impl Purpose {
    /// What the `SELECT` ends with.
    pub fn lock(self, tx: &Tx<'_>) -> &'static str {
        match self {
            Self::Look => "",
            Self::Change => tx.for_update(),
        }
    }
}

impl<'a> Tx<'a> {
    pub(crate) fn new(connection: Conn<'a>) -> Self {
        Self { connection, written: Written::default(), handover: Handover::default() }
    }

    /// The same transaction, which hands tasks over.
    pub(crate) fn handing_over(self, handover: Handover) -> Self {
        Self { handover, ..self }
    }

    /// Which engine this is. A `match` on it in a store needs a comment saying why one SQL text does not do.
    pub fn engine(&self) -> Engine {
        match self.connection {
            Conn::Sqlite(_) => Engine::Sqlite,
            Conn::Postgres(_) => Engine::Postgres,
        }
    }

    /// What a `SELECT` that precedes a change of the row ends with, so that two changes of one row wait for each other. Empty in
    /// SQLite, which has one writer.
    pub fn for_update(&self) -> &'static str {
        match self.engine() {
            Engine::Sqlite => "",
            Engine::Postgres => " FOR UPDATE",
        }
    }

    /// Runs a statement; gives the number of rows it changed.
    ///
    /// # Errors
    /// [`Error::Unique`] when a unique key has that value already; others as [`Error`] says.
    pub fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64> {
        match &mut self.connection {
            Conn::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                bind(&mut statement, params)?;
                Ok(statement.raw_execute()? as u64)
            }
            Conn::Postgres(connection) => {
                let statement = connection.prepare(sql, params.len())?;
                Ok(connection.client.execute(&statement, &borrowed(params))?)
            }
        }
    }

    /// Every row of a query, mapped by `map`.
    ///
    /// # Errors
    /// As [`Error`] says, and whatever `map` gives.
    pub fn all<T>(&mut self, sql: &str, params: &[Param<'_>], mut map: impl FnMut(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        self.each(sql, params, |row| {
            rows.push(map(row)?);
            Ok(true)
        })?;
        Ok(rows)
    }

    /// The first row of a query, if any.
    ///
    /// # Errors
    /// As [`Error`] says, and whatever `map` gives.
    pub fn optional<T>(&mut self, sql: &str, params: &[Param<'_>], map: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<Option<T>> {
        let mut map = Some(map);
        let mut found = None;
        self.each(sql, params, |row| {
            if let Some(map) = map.take() {
                found = Some(map(row)?);
            }
            Ok(false)
        })?;
        Ok(found)
    }

    /// The first row of a query.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none; others as [`Error`] says.
    pub fn one<T>(&mut self, sql: &str, params: &[Param<'_>], map: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<T> {
        self.optional(sql, params, map)?.ok_or(Error::NotFound)
    }

    /// Calls `visit` with each row until it gives `false`; the answer is never held in memory as a whole on SQLite.
    ///
    /// # Errors
    /// As [`Error`] says, and whatever `visit` gives.
    pub fn each(&mut self, sql: &str, params: &[Param<'_>], mut visit: impl FnMut(&Row<'_>) -> Result<bool>) -> Result<()> {
        match &mut self.connection {
            Conn::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                bind(&mut statement, params)?;
                let mut rows = statement.raw_query();
                while let Some(row) = rows.next()? {
                    if !visit(&Row::Sqlite(row))? {
                        break;
                    }
                }
            }
            Conn::Postgres(connection) => {
                let statement = connection.prepare(sql, params.len())?;
                for row in connection.client.query(&statement, &borrowed(params))? {
                    if !visit(&Row::Postgres(&row))? {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Rows that this connection has changed so far: two of these tell whether anything was written in between. `None` in PostgreSQL,
    /// which does not count, and where only a savepoint saves a transaction from a statement that fails.
    pub fn changes(&self) -> Option<u64> {
        match &self.connection {
            Conn::Sqlite(connection) => Some(connection.total_changes()),
            Conn::Postgres(_) => None,
        }
    }

    /// Runs `body` so that its failure undoes only what `body` did.
    ///
    /// # Errors
    /// Whatever `body` gives, after everything it did is undone.
    pub fn savepoint<T, E: From<Error>>(
        &mut self,
        body: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.control("SAVEPOINT inner_step").map_err(E::from)?;
        let handed = self.handover.len();
        match body(self) {
            Ok(value) => {
                self.control("RELEASE SAVEPOINT inner_step").map_err(E::from)?;
                Ok(value)
            }
            Err(error) => {
                self.handover.truncate(handed);
                self.control("ROLLBACK TO SAVEPOINT inner_step").map_err(E::from)?;
                self.control("RELEASE SAVEPOINT inner_step").map_err(E::from)?;
                Err(error)
            }
        }
    }

    /// A statement without parameters that begins or ends a part of the transaction.
    fn control(&mut self, sql: &str) -> Result<()> {
        match &mut self.connection {
            Conn::Sqlite(connection) => sqlite::run(connection, sql),
            Conn::Postgres(connection) => Ok(connection.client.batch_execute(sql)?),
        }
    }
}

fn wrong_number(given: usize, expected: usize) -> Error {
    Error::Defect(format!("{given} parameters given, {expected} expected"))
}

fn borrowed<'a>(params: &'a [Param<'a>]) -> Vec<&'a (dyn ::postgres::types::ToSql + Sync)> {
    params.iter().map(|param| param as _).collect()
}

/// SQLite takes `$2` as a name and numbers names as they first appear: each place is bound to the parameter that its name tells.
fn bind(statement: &mut rusqlite::Statement<'_>, params: &[Param<'_>]) -> Result<()> {
    let places = statement.parameter_count();
    if params.len() != places {
        return Err(wrong_number(params.len(), places));
    }
    for place in 1..=places {
        let number = statement.parameter_name(place).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        let param = number.and_then(|number| params.get(number.checked_sub(1)?));
        let param =
            param.ok_or_else(|| Error::Defect(format!("parameter {place} of the statement is not one of $1 to ${places}")))?;
        statement.raw_bind_parameter(place, param)?;
    }
    Ok(())
}
