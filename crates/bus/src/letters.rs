//! Dead letters go back into processing.

use kernel::{Rng, RomeTime, Uuid};
use storage::{NewTask, Tx};

use crate::returned::Returned;

/// Why a dead letter stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stays {
    /// It cannot go back as it is, or not with that correction; in a sentence, in Italian.
    #[error("{0}")]
    Because(String),
    /// The database.
    #[error(transparent)]
    Storage(#[from] storage::Error),
}

/// Puts a dead letter back, with the `corrected` content in the place of its own if there is one; false when there is no such letter, or
/// somebody else was quicker. A task is enqueued anew. An event is published again, through the outbox, so that it goes the way of every
/// event on either bus: the consumer that gave up forgets it; to those that dealt with it, it is known.
///
/// # Errors
/// [`Stays`]; nothing has changed then.
pub fn replay(tx: &mut Tx<'_>, id: Uuid, corrected: Option<&str>, rng: &Rng, now: RomeTime) -> Result<bool, Stays> {
    let Some(letter) = tx.find_dead_letter(id)? else { return Ok(false) };
    let Returned { event_id, payload, new } = Returned::of(&letter, corrected, rng).map_err(Stays::Because)?;
    if !tx.remove_dead_letter(id)? {
        return Ok(false);
    }
    if letter.is_task() {
        tx.enqueue(&NewTask { queue: &letter.topic, lane: &letter.key, payload: &payload, run_at: now }, now)?;
        return Ok(true);
    }
    if new {
        tx.address(&letter.source, event_id, now)?;
    } else {
        tx.forget_consumed(&letter.source, event_id)?;
    }
    tx.append(&letter.topic, &letter.key, event_id, &payload, now)?;
    Ok(true)
}
