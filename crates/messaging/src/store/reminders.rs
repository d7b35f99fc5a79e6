//! Reminders to come.

use kernel::RomeTime;
use storage::{Result, Tx, params};

use super::word;
use crate::formats::CitizenCode;
use crate::reminders::Kind;
use crate::ulid::Ulid;

/// A reminder to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// The message, or the notice, that it is about.
    pub series: String,
    /// Who is reminded.
    pub fiscal_code: CitizenCode,
    /// Of what.
    pub kind: Kind,
    /// When.
    pub due_at: RomeTime,
    /// The message that is shown.
    pub message_id: Ulid,
}

/// Whether a series of payments has begun: another message about the same notice adds none.
pub fn has_series(tx: &mut Tx<'_>, series: &str, code: CitizenCode) -> Result<bool> {
    let sql = "SELECT 1 FROM io_reminders WHERE series = $1 AND fiscal_code = $2 LIMIT 1";
    Ok(tx.optional(sql, params![series, code], |_| Ok(()))?.is_some())
}

/// Adds a reminder, unless it is there.
pub fn insert(tx: &mut Tx<'_>, reminder: &Reminder) -> Result<()> {
    let Reminder { series, fiscal_code, kind, due_at, message_id } = reminder;
    let sql = "INSERT INTO io_reminders (series, fiscal_code, kind, due_at, message_id) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT DO NOTHING";
    tx.execute(sql, params![series, fiscal_code, kind.word(), due_at, message_id])?;
    Ok(())
}

/// Takes the reminders that are due, the oldest first, out of the list.
pub fn take_due(tx: &mut Tx<'_>, now: RomeTime, limit: i64) -> Result<Vec<Reminder>> {
    let sql =
        "SELECT series, fiscal_code, kind, due_at, message_id FROM io_reminders WHERE due_at <= $1 ORDER BY due_at LIMIT $2";
    let due = tx.all(sql, params![now, limit], |row| {
        Ok(Reminder {
            series: row.get(0)?,
            fiscal_code: row.get(1)?,
            kind: word(row.text(2)?)?,
            due_at: row.get(3)?,
            message_id: row.get(4)?,
        })
    })?;
    for reminder in &due {
        let sql = "DELETE FROM io_reminders WHERE series = $1 AND fiscal_code = $2 AND kind = $3 AND due_at = $4";
        tx.execute(sql, params![reminder.series, reminder.fiscal_code, reminder.kind.word(), reminder.due_at])?;
    }
    Ok(due)
}

/// Ends a series, whoever it was for: it was paid.
pub fn end_series(tx: &mut Tx<'_>, series: &str) -> Result<()> {
    tx.execute("DELETE FROM io_reminders WHERE series = $1", params![series])?;
    Ok(())
}

/// Ends the reminders to read a message.
pub fn end_reading(tx: &mut Tx<'_>, message: Ulid) -> Result<()> {
    let sql = "DELETE FROM io_reminders WHERE message_id = $1 AND kind = $2";
    tx.execute(sql, params![message, Kind::Read.word()])?;
    Ok(())
}

/// For whom a series runs, and about which message.
pub fn list_series(tx: &mut Tx<'_>, series: &str) -> Result<Vec<(CitizenCode, Ulid)>> {
    let sql = "SELECT fiscal_code, min(CAST(message_id AS TEXT)) FROM io_reminders WHERE series = $1 GROUP BY fiscal_code";
    tx.all(sql, params![series], |row| {
        let message: kernel::Uuid =
            row.text(1)?.parse().map_err(|_| storage::Error::Defect("a stored message identifier is none".to_owned()))?;
        Ok((row.get(0)?, Ulid(message)))
    })
}
