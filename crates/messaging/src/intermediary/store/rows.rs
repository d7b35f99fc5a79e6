//! Rows of lots.

use std::collections::BTreeMap;

use kernel::RomeTime;
use storage::{Result, Row as Columns, Tx, params};

use super::word;
use crate::intermediary::outcome::Outcome;
use crate::ulid::Ulid;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its place in the lot, from 1.
    pub number: i64,
    /// The citizen, as handed in.
    pub fiscal_code: String,
    /// Where it stands.
    pub state: Outcome,
    /// Why.
    pub reason: Option<String>,
    /// Something that may be meant so.
    pub warning: Option<String>,
    /// The message, as the app takes it.
    pub message: Option<String>,
    /// What the app calls it.
    pub message_id: Option<String>,
    /// How many times something was tried in this state.
    pub attempts: i64,
    /// When there is something to do about it.
    pub next_at: Option<RomeTime>,
    /// When it last changed.
    pub updated_at: RomeTime,
}

const ROW: &str = "number, fiscal_code, state, reason, warning, message, message_id, attempts, next_at, updated_at";

fn row(columns: &Columns<'_>) -> Result<Row> {
    Ok(Row {
        number: columns.get(0)?,
        fiscal_code: columns.get(1)?,
        state: word(columns.text(2)?)?,
        reason: columns.get(3)?,
        warning: columns.get(4)?,
        message: columns.get(5)?,
        message_id: columns.get(6)?,
        attempts: columns.get(7)?,
        next_at: columns.get(8)?,
        updated_at: columns.get(9)?,
    })
}

/// Adds a row of a lot.
pub fn insert(tx: &mut Tx<'_>, lot: Ulid, row: &Row) -> Result<()> {
    let sql = "INSERT INTO ios_rows (lot_id, number, fiscal_code, state, reason, warning, message, message_id, attempts, next_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let Row { number, fiscal_code, state, reason, warning, message, message_id, attempts, next_at, updated_at } = row;
    let state = state.word();
    let values = params![lot, number, fiscal_code, state, reason, warning, message, message_id, attempts, next_at, updated_at];
    tx.execute(sql, values)?;
    Ok(())
}

/// Removes the rows of a lot that is being read again.
pub fn delete_all(tx: &mut Tx<'_>, lot: Ulid) -> Result<()> {
    tx.execute("DELETE FROM ios_rows WHERE lot_id = $1", params![lot])?;
    Ok(())
}

/// How many rows of a lot have each outcome; none that has no row.
pub fn totals(tx: &mut Tx<'_>, lot: Ulid) -> Result<BTreeMap<Outcome, i64>> {
    let sql = "SELECT state, count(*) FROM ios_rows WHERE lot_id = $1 GROUP BY state";
    Ok(tx.all(sql, params![lot], |row| Ok((word(row.text(0)?)?, row.get(1)?)))?.into_iter().collect())
}

/// Rows of a lot in their order, from `after` on; of one outcome, or of every.
pub fn list(tx: &mut Tx<'_>, lot: Ulid, outcome: Option<Outcome>, after: i64, limit: i64) -> Result<Vec<Row>> {
    match outcome {
        Some(outcome) => {
            let sql =
                format!("SELECT {ROW} FROM ios_rows WHERE lot_id = $1 AND state = $2 AND number > $3 ORDER BY number LIMIT $4");
            tx.all(&sql, params![lot, outcome.word(), after, limit], row)
        }
        None => {
            let sql = format!("SELECT {ROW} FROM ios_rows WHERE lot_id = $1 AND number > $2 ORDER BY number LIMIT $3");
            tx.all(&sql, params![lot, after, limit], row)
        }
    }
}

/// What became of every row of a lot, without the messages: those of a large lot are more than a report has to hold.
pub fn outcomes(tx: &mut Tx<'_>, lot: Ulid) -> Result<Vec<Row>> {
    let columns = ROW.replace("message,", "NULL AS message,");
    tx.all(&format!("SELECT {columns} FROM ios_rows WHERE lot_id = $1 ORDER BY number"), params![lot], row)
}

/// A row of a lot.
pub fn find(tx: &mut Tx<'_>, lot: Ulid, number: i64) -> Result<Option<Row>> {
    tx.optional(&format!("SELECT {ROW} FROM ios_rows WHERE lot_id = $1 AND number = $2"), params![lot, number], row)
}

/// Rows of one outcome about which there is something to do, oldest first.
pub fn list_due(tx: &mut Tx<'_>, lot: Ulid, outcome: Outcome, now: RomeTime, limit: i64) -> Result<Vec<Row>> {
    let sql = format!(
        "SELECT {ROW} FROM ios_rows WHERE lot_id = $1 AND state = $2 AND next_at <= $3 ORDER BY next_at, number LIMIT $4"
    );
    tx.all(&sql, params![lot, outcome.word(), now, limit], row)
}

/// When there is next something to do about a row of one outcome.
pub fn next_at(tx: &mut Tx<'_>, lot: Ulid, outcome: Outcome) -> Result<Option<RomeTime>> {
    let sql = "SELECT min(next_at) FROM ios_rows WHERE lot_id = $1 AND state = $2";
    tx.one(sql, params![lot, outcome.word()], |row| row.get(0))
}

/// Stores what became of a row, if it still stands where it was seen; false when somebody else has decided meanwhile.
pub fn settle(tx: &mut Tx<'_>, lot: Ulid, seen: Outcome, row: &Row) -> Result<bool> {
    let sql = "UPDATE ios_rows SET state = $4, reason = $5, message_id = $6, attempts = $7, next_at = $8, updated_at = $9
               WHERE lot_id = $1 AND number = $2 AND state = $3";
    let Row { number, state, reason, message_id, attempts, next_at, updated_at, .. } = row;
    Ok(tx.execute(sql, params![lot, number, seen.word(), state.word(), reason, message_id, attempts, next_at, updated_at])? == 1)
}

/// Gives every row of one outcome another one, because of its lot.
pub fn settle_all(tx: &mut Tx<'_>, lot: Ulid, from: Outcome, to: Outcome, reason: Option<&str>, now: RomeTime) -> Result<u64> {
    let sql = "UPDATE ios_rows SET state = $3, reason = $4, next_at = NULL, updated_at = $5 WHERE lot_id = $1 AND state = $2";
    tx.execute(sql, params![lot, from.word(), to.word(), reason, now])
}
