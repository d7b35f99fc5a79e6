//! Every statement about announcements.

use kernel::{ApplicationId, RomeTime, TenantId, Uuid};
use storage::{Error, Result, Row, Tx, params};

use super::{Announcement, Progress};
use crate::applications::state::State;

const COLUMNS: &str = "id, tenant_id, application_id, status, state, words, io_message_id, reason, created_at, settled_at";

fn announcement(row: &Row<'_>) -> Result<Announcement> {
    let unknown = || Error::Defect("an announcement stands where none can".to_owned());
    Ok(Announcement {
        id: row.get(0)?,
        tenant: row.get(1)?,
        application: row.get(2)?,
        status: State::from_code(row.get(3)?).ok_or_else(unknown)?,
        progress: Progress::from_word(row.text(4)?).ok_or_else(unknown)?,
        words: row.get(5)?,
        io_message_id: row.get(6)?,
        reason: row.get(7)?,
        created_at: row.get(8)?,
        settled_at: row.get(9)?,
    })
}

/// Adds an announcement.
pub fn insert(tx: &mut Tx<'_>, announcement: &Announcement) -> Result<()> {
    let Announcement { id, tenant, application, status, progress, words, created_at, .. } = announcement;
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

/// What an applicant was told of an application, oldest first.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId, application: ApplicationId) -> Result<Vec<Announcement>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM announcements WHERE tenant_id = $1 AND application_id = $2 ORDER BY created_at, id LIMIT 500"
    );
    tx.all(&sql, params![tenant, application], announcement)
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
    let sql = "UPDATE announcements SET state = $3, io_message_id = $4, reason = $5, settled_at = $6
               WHERE tenant_id = $1 AND id = $2 AND settled_at IS NULL";
    let is_first = tx.execute(sql, params![tenant, id, progress.word(), io_message_id, reason, now])? == 1;
    // What the app may still turn down may still have to be said by e-mail.
    if *progress != Progress::Io {
        forget_words(tx, tenant, id)?;
    }
    Ok(is_first)
}

/// What the office said stays with the application; the announcement needs it no more.
pub fn forget_words(tx: &mut Tx<'_>, tenant: TenantId, id: Uuid) -> Result<()> {
    tx.execute("UPDATE announcements SET words = NULL WHERE tenant_id = $1 AND id = $2", params![tenant, id])?;
    Ok(())
}

/// The app has turned down what it had taken. False when that was known before.
pub fn redirect(tx: &mut Tx<'_>, tenant: TenantId, id: Uuid, progress: Progress, reason: &str, now: RomeTime) -> Result<bool> {
    let sql = "UPDATE announcements SET state = $3, reason = $4, settled_at = $5, words = NULL
               WHERE tenant_id = $1 AND id = $2 AND state = $6";
    Ok(tx.execute(sql, params![tenant, id, progress.word(), reason, now, Progress::Io.word()])? == 1)
}
