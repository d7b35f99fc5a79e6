//! What the stand-in was asked and what it made of it, written before it answers.

use kernel::RomeTime;
use serde::Serialize;
use storage::{Result, Row, Tx, params};

use super::Mode;

/// One request, as the ledger keeps it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Entry {
    /// Place in the ledger, growing.
    pub position: i64,
    /// When it came.
    pub at: RomeTime,
    /// `create`, `create-answer`, `find`, `cancel`, `pay`, `refuse-payment`, `give-up`, `notify`.
    pub operation: String,
    /// The position.
    pub iud: String,
    /// What was made of it: `accepted`, `repeated`, the code of a problem, or where the position stands.
    pub outcome: String,
    /// How the stand-in behaved.
    pub mode: String,
}

fn entry(row: &Row<'_>) -> Result<Entry> {
    Ok(Entry {
        position: row.get(0)?,
        at: row.get(1)?,
        operation: row.get(2)?,
        iud: row.get(3)?,
        outcome: row.get(4)?,
        mode: row.get(5)?,
    })
}

/// Adds a row.
pub(crate) fn append(tx: &mut Tx<'_>, at: RomeTime, operation: &str, iud: &str, outcome: &str, mode: Mode) -> Result<()> {
    let sql = "INSERT INTO demo_psp_ledger (at, operation, iud, outcome, mode) VALUES ($1, $2, $3, $4, $5)";
    tx.execute(sql, params![at, operation, iud, outcome, mode.name()])?;
    Ok(())
}

/// How often `operation` was asked for the position.
pub(super) fn count(tx: &mut Tx<'_>, iud: &str, operation: &str) -> Result<i64> {
    let sql = "SELECT count(*) FROM demo_psp_ledger WHERE iud = $1 AND operation = $2";
    tx.one(sql, params![iud, operation], |row| row.get(0))
}

/// Every request about `iud`, or about all positions, oldest first.
pub(super) fn list(tx: &mut Tx<'_>, iud: Option<&str>) -> Result<Vec<Entry>> {
    const COLUMNS: &str = "position, at, operation, iud, outcome, mode";
    match iud {
        Some(iud) => {
            tx.all(&format!("SELECT {COLUMNS} FROM demo_psp_ledger WHERE iud = $1 ORDER BY position"), params![iud], entry)
        }
        None => tx.all(&format!("SELECT {COLUMNS} FROM demo_psp_ledger ORDER BY position"), params![], entry),
    }
}
