//! Messages, and the requests that were sent with an `Idempotency-Key`.

use kernel::RomeTime;
use storage::{Result, Row, Tx, params};

use super::{from_text, to_text, word};
use crate::formats::CitizenCode;
use crate::message::{Content, FeatureLevel, Rejection, State};
use crate::ulid::Ulid;

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The message.
    pub id: Ulid,
    /// The service that sent it.
    pub service_id: Ulid,
    /// The service's organisation.
    pub account_id: String,
    /// The recipient.
    pub fiscal_code: CitizenCode,
    /// Where it stands.
    pub state: State,
    /// Why it was rejected.
    pub rejection: Option<Rejection>,
    /// Ordinary or Premium.
    pub level: FeatureLevel,
    /// Seconds within which a notification makes sense.
    pub time_to_live: i64,
    /// What was sent.
    pub content: Content,
    /// What became of the notification.
    pub notification: Option<String>,
    /// When it was accepted.
    pub created_at: RomeTime,
    /// When the citizen first opened it.
    pub read_at: Option<RomeTime>,
    /// Whether the citizen put it away.
    pub archived: bool,
}

const COLUMNS: &str = "id, service_id, account_id, fiscal_code, state, rejection, premium, time_to_live, content, notification,
    created_at, read_at, archived";

fn message(row: &Row<'_>) -> Result<Message> {
    let rejection: Option<String> = row.get(5)?;
    Ok(Message {
        id: row.get(0)?,
        service_id: row.get(1)?,
        account_id: row.get(2)?,
        fiscal_code: row.get(3)?,
        state: word(row.text(4)?)?,
        rejection: rejection.map(|reason| word(&reason)).transpose()?,
        level: if row.get(6)? { FeatureLevel::Advanced } else { FeatureLevel::Standard },
        time_to_live: row.get(7)?,
        content: from_text(row.text(8)?)?,
        notification: row.get(9)?,
        created_at: row.get(10)?,
        read_at: row.get(11)?,
        archived: row.get(12)?,
    })
}

/// Adds a message that was accepted. `content` is its content as text.
pub fn insert(tx: &mut Tx<'_>, message: &Message) -> Result<()> {
    let Message { id, service_id, account_id, fiscal_code, state, level, time_to_live, content, created_at, .. } = message;
    let sql = "INSERT INTO io_messages
                 (id, service_id, account_id, fiscal_code, state, premium, time_to_live, content, rpt_id, created_at, archived)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let (premium, body, rpt_id) = (*level == FeatureLevel::Advanced, to_text(content)?, content.rpt_id());
    let state = state.word();
    let values = params![id, service_id, account_id, fiscal_code, state, premium, time_to_live, body, rpt_id, created_at, false];
    tx.execute(sql, values)?;
    Ok(())
}

/// A citizen's message with this identifier, whoever sent it.
pub fn find(tx: &mut Tx<'_>, code: CitizenCode, id: Ulid) -> Result<Option<Message>> {
    let sql = format!("SELECT {COLUMNS} FROM io_messages WHERE id = $1 AND fiscal_code = $2");
    tx.optional(&sql, params![id, code], message)
}

/// A message to be processed: those who also want to change it wait.
pub fn find_for_change(tx: &mut Tx<'_>, id: Ulid) -> Result<Option<Message>> {
    let sql = format!("SELECT {COLUMNS} FROM io_messages WHERE id = $1{}", tx.for_update());
    tx.optional(&sql, params![id], message)
}

/// A message's service and state, without its content.
pub fn find_state(tx: &mut Tx<'_>, id: Ulid) -> Result<Option<(Ulid, State)>> {
    let sql = format!("SELECT service_id, state FROM io_messages WHERE id = $1{}", tx.for_update());
    tx.optional(&sql, params![id], |row| Ok((row.get(0)?, word(row.text(1)?)?)))
}

/// Stores where a message stands after it was processed.
pub fn settle(
    tx: &mut Tx<'_>,
    id: Ulid,
    state: State,
    rejection: Option<(Rejection, Option<RomeTime>)>,
    notification: Option<&str>,
    now: RomeTime,
) -> Result<()> {
    let (reason, forget_at) = (rejection.map(|(reason, _)| reason.word()), rejection.and_then(|(_, forget_at)| forget_at));
    let sql =
        "UPDATE io_messages SET state = $2, rejection = $3, notification = $4, settled_at = $5, forget_at = $6 WHERE id = $1";
    tx.execute(sql, params![id, state.word(), reason, notification, now, forget_at])?;
    Ok(())
}

/// A part of a citizen's inbox, newest first: those before `before`, put away or not.
pub fn inbox(tx: &mut Tx<'_>, code: CitizenCode, archived: bool, before: Option<Ulid>, limit: i64) -> Result<Vec<Message>> {
    let before = before.unwrap_or(Ulid(kernel::Uuid::max()));
    let sql = format!(
        "SELECT {COLUMNS} FROM io_messages WHERE fiscal_code = $1 AND state = 'PROCESSED' AND archived = $2 AND id < $3
         ORDER BY id DESC LIMIT $4"
    );
    tx.all(&sql, params![code, archived, before, limit], message)
}

/// Notes that a citizen has opened a message, the first time only.
pub fn mark_read(tx: &mut Tx<'_>, code: CitizenCode, id: Ulid, now: RomeTime) -> Result<()> {
    let sql = "UPDATE io_messages SET read_at = $3 WHERE id = $1 AND fiscal_code = $2 AND read_at IS NULL";
    tx.execute(sql, params![id, code, now])?;
    Ok(())
}

/// Puts a citizen's message away, or back.
pub fn archive(tx: &mut Tx<'_>, code: CitizenCode, id: Ulid, archived: bool) -> Result<()> {
    let sql = "UPDATE io_messages SET archived = $3 WHERE id = $1 AND fiscal_code = $2";
    tx.execute(sql, params![id, code, archived])?;
    Ok(())
}

/// Notes a request under its key, unless the key was used: gives the digest and the message of the first request with it.
pub fn remember(
    tx: &mut Tx<'_>,
    service: Ulid,
    key: &str,
    digest: &[u8],
    message: Ulid,
    now: RomeTime,
) -> Result<Option<(Vec<u8>, Ulid)>> {
    let sql = "INSERT INTO io_idempotency (service_id, key, digest, message_id, created_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (service_id, key) DO NOTHING";
    if tx.execute(sql, params![service, key, digest, message, now])? == 1 {
        return Ok(None);
    }
    let sql = "SELECT digest, message_id FROM io_idempotency WHERE service_id = $1 AND key = $2";
    tx.optional(sql, params![service, key], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Forgets requests older than `before`, and messages to unknown citizens whose time has come. Gives how many of each.
pub fn forget(tx: &mut Tx<'_>, before: RomeTime, now: RomeTime) -> Result<(u64, u64)> {
    let requests = tx.execute("DELETE FROM io_idempotency WHERE created_at < $1", params![before])?;
    let messages = tx.execute("DELETE FROM io_messages WHERE forget_at < $1", params![now])?;
    Ok((requests, messages))
}

/// Whether our own payments know a notice as paid.
pub fn is_paid(tx: &mut Tx<'_>, rpt_id: &str) -> Result<bool> {
    Ok(tx.optional("SELECT paid FROM io_notices WHERE rpt_id = $1", params![rpt_id], |row| row.get(0))?.unwrap_or(false))
}

/// Stores what our own payments say of a notice. What was paid stays paid.
pub fn put_notice(tx: &mut Tx<'_>, rpt_id: &str, paid: bool, due_at: Option<RomeTime>, now: RomeTime) -> Result<()> {
    let sql = "INSERT INTO io_notices (rpt_id, paid, due_at, updated_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (rpt_id) DO UPDATE SET paid = (io_notices.paid OR excluded.paid), due_at = excluded.due_at,
                 updated_at = excluded.updated_at";
    tx.execute(sql, params![rpt_id, paid, due_at, now])?;
    Ok(())
}
