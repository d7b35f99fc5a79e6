//! What waits for its next attempt, as an operator sees it and has it tried at once.

use kernel::{EventId, RomeTime, TenantId};
use storage::Tx;

use super::ORCHESTRATOR;
use super::envelope::Failed;
use super::reinsert::Payload;

/// An event that waits.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Number of its task; grows with time.
    pub id: i64,
    /// The topic that it goes back to.
    pub topic: String,
    /// Its key.
    pub key: String,
    /// Its identity.
    pub event_id: EventId,
    /// Whose it is, if it says so.
    pub tenant_id: Option<TenantId>,
    /// When it goes back.
    pub due: RomeTime,
    /// Which attempt that is; from 1.
    pub attempt: u64,
    /// Why the last one failed, if somebody wrote it.
    pub last_error: Option<String>,
}

/// The events that wait at `now`: some of those whose task comes after the number `after` (0: from the first), and the number after which
/// the next ones are; `None` when there are no more.
///
/// # Errors
/// As [`storage::Error`] says.
pub fn page(tx: &mut Tx<'_>, after: i64, now: RomeTime) -> storage::Result<Option<(Vec<Waiting>, i64)>> {
    const SIZE: i64 = 100;
    let tasks = tx.waiting_tasks(ORCHESTRATOR, after, now, SIZE)?;
    let Some(last) = tasks.last().map(|task| task.id) else { return Ok(None) };
    let events = tasks.into_iter().filter_map(|task| {
        let Payload { topic, key, event_id, event } = serde_json::from_str(&task.payload).ok()?;
        let event = Failed::read(&event).ok()?;
        let (tenant_id, attempt, last_error) = (event.tenant_id(), event.attempts(), event.last_error());
        Some(Waiting { id: task.id, topic, key, event_id, tenant_id, due: task.run_at, attempt, last_error })
    });
    Ok(Some((events.collect(), last)))
}

/// Has an event tried at `now` and not when it is due. The attempt is one of those that the policy gives. False when it waits no longer.
///
/// # Errors
/// As [`storage::Error`] says.
pub fn hurry(tx: &mut Tx<'_>, id: i64, now: RomeTime) -> storage::Result<bool> {
    tx.hasten_task(ORCHESTRATOR, id, now)
}
