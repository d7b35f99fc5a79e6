//! Every statement about announcements.

use kernel::{RomeTime, TenantId, Uuid};
use storage::{Error, Result, Row, Tx, params};

use super::{Announcement, Progress};
use crate::applications::state::State;

const COLUMNS: &str = "id, tenant_id, application_id, status, state, words, created_at";

fn announcement(row: &Row<'_>) -> Result<Announcement> {
    let unknown = || Error::Defect("an announcement stands where none can".to_owned());
    Ok(Announcement {
        id: row.get(0)?,
        tenant: row.get(1)?,
        application: row.get(2)?,
        status: State::from_code(row.get(3)?).ok_or_else(unknown)?,
        progress: Progress::from_word(row.text(4)?).ok_or_else(unknown)?,
        words: row.get(5)?,
        created_at: row.get(6)?,
    })
}

/// Adds an announcement.
pub fn insert(tx: &mut Tx<'_>, announcement: &Announcement) -> Result<()> {
    let Announcement { id, tenant, application, status, progress, words, created_at } = announcement;
    let sql = "INSERT INTO announcements (id, tenant_id, application_id, status, state, words, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.execute(sql, params![id, tenant, application, status.code(), progress.word(), words, created_at])?;
    Ok(())
}

/// An announcement of a tenant.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: Uuid) -> Result<Option<Announcement>> {
    tx.optional(
        &format!("SELECT {COLUMNS} FROM announcements WHERE tenant_id = $1 AND id = $2"),
        params![tenant, id],
        announcement,
    )
}

/// Notes that the app IO is being called.
pub fn begin(tx: &mut Tx<'_>, tenant: TenantId, id: Uuid) -> Result<()> {
    let sql = "UPDATE announcements SET state = $3 WHERE tenant_id = $1 AND id = $2";
    tx.execute(sql, params![tenant, id, Progress::Calling.word()])?;
    Ok(())
}

/// Notes that the app IO surely has nothing: the announcement waits again.
pub fn wait(tx: &mut Tx<'_>, tenant: TenantId, id: Uuid) -> Result<()> {
    let sql = "UPDATE announcements SET state = $3 WHERE tenant_id = $1 AND id = $2";
    tx.execute(sql, params![tenant, id, Progress::Waiting.word()])?;
    Ok(())
}

/// What became of an announcement.
#[derive(Clone, Debug)]
pub struct End {
    /// How it ended.
    pub progress: Progress,
    /// The message at the app IO.
    pub io_message_id: Option<String>,
    /// Why it did not end there.
    pub reason: Option<String>,
}

/// Settles an announcement. False when it was settled before.
pub fn settle(tx: &mut Tx<'_>, tenant: TenantId, id: Uuid, end: &End, now: RomeTime) -> Result<bool> {
    let End { progress, io_message_id, reason } = end;
    // What the office said stays with the application; the announcement needs it no more.
    let sql = "UPDATE announcements SET state = $3, io_message_id = $4, reason = $5, settled_at = $6, words = NULL
               WHERE tenant_id = $1 AND id = $2 AND settled_at IS NULL";
    Ok(tx.execute(sql, params![tenant, id, progress.word(), io_message_id, reason, now])? == 1)
}
