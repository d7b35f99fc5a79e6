//! Every statement about messages.

use contracts::messages::Visibility;
use kernel::{ApplicationId, MessageId, RomeTime, TenantId, UserId};
use storage::{Row, Tx, params};

use super::Message;
use crate::errors::Error;

fn message(row: &Row<'_>) -> storage::Result<Message> {
    kernel::read_json(&row.get::<String>(0)?).map_err(|error| storage::Error::Defect(format!("message: {error}")))
}

fn name(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Internal => "internal",
        Visibility::Applicant => "applicant",
    }
}

fn body(message: &Message) -> Result<String, Error> {
    serde_json::to_string(message).map_err(|error| Error::Defect(error.to_string()))
}

/// Stores a new message.
pub fn insert(tx: &mut Tx<'_>, tenant: TenantId, m: &Message) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO messages (id, tenant_id, application_id, author_id, visibility, body, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![m.id, tenant, m.application, m.author_id, name(m.visibility), body(m)?, m.created_at],
    )?;
    Ok(())
}

/// Stores a changed message. Author, visibility and application never change.
pub fn update(tx: &mut Tx<'_>, tenant: TenantId, m: &Message) -> Result<(), Error> {
    tx.execute("UPDATE messages SET body = $3 WHERE tenant_id = $1 AND id = $2", params![tenant, m.id, body(m)?])?;
    Ok(())
}

const OF_APPLICATION: &str = "FROM messages WHERE tenant_id = $1 AND application_id = $2";

/// A message on an application.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, application: ApplicationId, id: MessageId) -> storage::Result<Option<Message>> {
    tx.optional(&format!("SELECT body {OF_APPLICATION} AND id = $3"), params![tenant, application, id], message)
}

/// The same, to be changed in this transaction.
pub fn find_for_change(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    application: ApplicationId,
    id: MessageId,
) -> storage::Result<Option<Message>> {
    let sql = format!("SELECT body {OF_APPLICATION} AND id = $3{}", tx.for_update());
    tx.optional(&sql, params![tenant, application, id], message)
}

/// The messages on an application, oldest first; without the internal ones unless `internal`.
pub fn list(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    application: ApplicationId,
    internal: bool,
    offset: u64,
    limit: u64,
) -> storage::Result<Vec<Message>> {
    let (offset, limit) = (i64::try_from(offset).unwrap_or(i64::MAX), i64::try_from(limit).unwrap_or(i64::MAX));
    let sql =
        format!("SELECT body {OF_APPLICATION} AND (visibility = 'applicant' OR $3) ORDER BY created_at, id LIMIT $4 OFFSET $5");
    tx.all(&sql, params![tenant, application, internal, limit, offset], message)
}

/// How many messages there are on an application; without the internal ones unless `internal`.
pub fn count(tx: &mut Tx<'_>, tenant: TenantId, application: ApplicationId, internal: bool) -> storage::Result<u64> {
    let sql = format!("SELECT count(*) {OF_APPLICATION} AND (visibility = 'applicant' OR $3)");
    let count: i64 = tx.one(&sql, params![tenant, application, internal], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// What `author` wrote on an application, since an instant if one is given, oldest first.
pub fn of_author_since(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    application: ApplicationId,
    author: UserId,
    since: Option<RomeTime>,
) -> storage::Result<Vec<Message>> {
    let sql = format!("SELECT body {OF_APPLICATION} AND author_id = $3 ORDER BY created_at, id");
    let mut messages = tx.all(&sql, params![tenant, application, author], message)?;
    messages.retain(|message| since.is_none_or(|since| message.created_at >= since));
    Ok(messages)
}
