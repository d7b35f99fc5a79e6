//! The public feeds: what happened, for whoever it concerns, in an order in which nothing is passed by.

use kernel::{RomeTime, TenantId, Uuid};
use storage::{Log, Result, Tx, params};

/// The log that the feeds are read from.
const FEED: Log = Log::new(1, "interop_feed_position_seq");

/// Whom something concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    Everybody,
    /// One body.
    Owner(TenantId),
    /// Two bodies.
    Both(TenantId, TenantId),
}

/// Something that a feed tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Identifier, by which whoever reads goes on.
    pub id: Uuid,
    /// The aggregate.
    pub subject: String,
    /// The version of it that is concerned, or of a key its client.
    pub part: Option<Uuid>,
    /// What happened.
    pub event_type: String,
    /// When.
    pub happened_at: RomeTime,
}

/// Tells something.
pub fn append(tx: &mut Tx<'_>, stream: &str, entry: &Entry, audience: Audience) -> Result<()> {
    let (owner, other) = match audience {
        Audience::Everybody => (None, None),
        Audience::Owner(owner) => (Some(owner), None),
        Audience::Both(owner, other) => (Some(owner), Some(other)),
    };
    tx.appends_to(FEED)?;
    tx.execute(
        "INSERT INTO interop_feed (id, stream, subject, part, event_type, happened_at, owner_id, other_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![entry.id, stream, entry.subject, entry.part, entry.event_type, entry.happened_at, owner, other],
    )?;
    Ok(())
}

/// What a body may know of a stream after an entry, oldest first. An entry that is kept no more is where its identifier would sort.
pub fn list(tx: &mut Tx<'_>, stream: &str, viewer: TenantId, after: Option<Uuid>, limit: u32) -> Result<Vec<Entry>> {
    let settled = tx.settled(FEED)?;
    let position = after.map(|after| position_of(tx, after)).transpose()?.unwrap_or(0);
    tx.all(
        "SELECT id, subject, part, event_type, happened_at FROM interop_feed
         WHERE stream = $1 AND position > $2 AND position <= $3 AND (owner_id IS NULL OR owner_id = $4 OR other_id = $4)
         ORDER BY position LIMIT $5",
        params![stream, position, settled, viewer, limit],
        |row| {
            Ok(Entry {
                id: row.get(0)?,
                subject: row.get(1)?,
                part: row.get(2)?,
                event_type: row.get(3)?,
                happened_at: row.get(4)?,
            })
        },
    )
}

fn position_of(tx: &mut Tx<'_>, id: Uuid) -> Result<i64> {
    let exact = tx.optional("SELECT position FROM interop_feed WHERE id = $1", params![id], |row| row.get(0))?;
    match exact {
        Some(position) => Ok(position),
        None => tx.one("SELECT COALESCE(MAX(position), 0) FROM interop_feed WHERE id < $1", params![id], |row| row.get(0)),
    }
}

/// Forgets what is older than `before`; gives how much.
pub fn forget(tx: &mut Tx<'_>, before: RomeTime) -> Result<u64> {
    tx.execute("DELETE FROM interop_feed WHERE happened_at < $1", params![before])
}
