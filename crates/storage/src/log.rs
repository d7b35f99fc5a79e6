//! Tables that rows are only appended to, and that readers follow by position.

use crate::{Engine, Result, Tx, params};

/// A table whose `position` is drawn from a sequence.
///
/// PostgreSQL draws positions before the commit, so a higher one may be seen while a lower one is still to come. Whoever appends
/// therefore holds, until the end of the transaction, a shared advisory lock whose number lies in the log's own range and tells a
/// position below every one that it will draw; a reader stops at the lowest of them (docs/adr/0004).
#[derive(Clone, Copy, Debug)]
pub struct Log {
    /// The first of the log's numbers of locks.
    base: i64,
    sequence: &'static str,
}

/// Numbers of locks that a log has.
const RANGE: i64 = 1 << 58;

impl Log {
    /// The log that draws from `sequence`. Each log of a database has a `number` of its own, from 0 to 15.
    pub const fn new(number: i64, sequence: &'static str) -> Self {
        Self { base: (1 << 62) + number * RANGE, sequence }
    }
}

impl Tx<'_> {
    /// Says that this transaction appends to `log`; called before each row, because a savepoint that is undone gives its locks back.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn appends_to(&mut self, log: Log) -> Result<()> {
        if self.engine() == Engine::Sqlite {
            return Ok(());
        }
        let Log { base, sequence } = log;
        let sql = format!(
            "SELECT pg_advisory_xact_lock_shared({base} + CASE WHEN is_called THEN last_value ELSE 0 END) FROM {sequence}"
        );
        self.optional(&sql, params![], |_| Ok(())).map(drop)
    }

    /// The position up to which `log` is final: nothing will appear there any more. In SQLite, with its one writer, that is all of it.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn settled(&mut self, log: Log) -> Result<i64> {
        if self.engine() == Engine::Sqlite {
            return Ok(i64::MAX);
        }
        let Log { base, sequence } = log;
        // In this order, and before the rows are read: whoever drew a position up to `drawn` held the lock already, and either holds it
        // still or has committed, which the next statement sees.
        let sql = format!("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}");
        let drawn: i64 = self.one(&sql, params![], |row| row.get(0))?;
        let (first, last) = (base >> 32, (base + RANGE - 1) >> 32);
        let sql = format!(
            "SELECT min((classid::bigint << 32) | objid::bigint) - {base} FROM pg_locks
             WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint BETWEEN {first} AND {last}
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        );
        let appending: Option<i64> = self.one(&sql, params![], |row| row.get(0))?;
        Ok(appending.map_or(drawn, |position| position.min(drawn)))
    }
}
