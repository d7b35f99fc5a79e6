//! What reads, tests and sends lots. Each piece of work is a task of the lot's own lane, so that one process at a time is at a lot; a dead
//! process leaves a task that another takes up, and rows whose state says how far each got.

mod batch;
mod load;
mod step;
mod test;

use std::time::Duration;

use jiff::SignedDuration;
use kernel::{RomeTime, TenantId};
use runtime::{Job, Retry, Worker};
use serde::{Deserialize, Serialize};
use storage::{NewTask, Tx};

use super::lot::Command;
use super::store::lots::{self, Lot};
use super::store::to_text;
use super::upstream::Upstream;
use crate::context::Context;
use crate::store::accounts::Which;
use crate::ulid::Ulid;

/// The queue.
pub const QUEUE: &str = "ioservice-lots";
/// Lots at the same time.
const CONCURRENCY: usize = 4;
/// A database or a defect that comes in between does not end a lot.
const RETRY: Retry = Retry { first: SignedDuration::from_secs(1), longest: SignedDuration::from_secs(60), attempts: 10_000 };

/// What is to be done with a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// Read and judge its rows.
    Load,
    /// Send its test.
    Test,
    /// Send some rows, and look after those that were sent.
    Step,
}

/// Work on a lot.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Work {
    tenant_id: TenantId,
    lot: Ulid,
    run: i64,
    what: What,
}

/// Writes down what is to be done with a lot, not before `at`.
pub fn enqueue(tx: &mut Tx<'_>, lot: &Lot, what: What, at: RomeTime, now: RomeTime) -> storage::Result<()> {
    let work = Work { tenant_id: lot.tenant_id, lot: lot.id, run: lot.run, what };
    tx.enqueue(&NewTask { queue: QUEUE, lane: &lot.id.to_string(), payload: &to_text(&work)?, run_at: at }, now)
}

/// Does a command that the state allows, and stores the lot; false when it does not.
pub fn apply(tx: &mut Tx<'_>, lot: &mut Lot, command: Command) -> storage::Result<bool> {
    let Some(state) = lot.state.after(command) else { return Ok(false) };
    lot.state = state;
    lots::save(tx, lot)?;
    Ok(true)
}

/// Lets a released lot be worked on from now; what was planned before is dropped.
pub fn set_going(tx: &mut Tx<'_>, lot: &mut Lot, now: RomeTime) -> storage::Result<()> {
    lot.run += 1;
    lots::save(tx, lot)?;
    // A step that waits (for the opening, for an hour to look again) would hold up this one.
    tx.withdraw_tasks(QUEUE, &lot.id.to_string())?;
    enqueue(tx, lot, What::Step, now, now)
}

/// The worker.
pub fn worker(context: &Context) -> Worker {
    let context = context.clone();
    Worker::new(QUEUE, CONCURRENCY, RETRY, move |task| {
        let context = context.clone();
        async move {
            let work: Work = task.payload()?;
            match work.what {
                What::Load => load::run(&context, &task, work).await,
                What::Test => test::run(&context, &task, work).await,
                What::Step => step::run(&context, &task, work).await,
            }
        }
    })
}

/// The job that forgets citizens and texts of lots that ended long ago.
pub fn forget(context: Context) -> Job {
    Job::new("ioservice-forget", Duration::from_secs(3600), move || {
        let context = context.clone();
        async move {
            let now = context.now();
            let forget = || async { context.app.db().write(move |tx| lots::forget_one(tx, now)).await };
            while let Some(lot) = forget().await.map_err(|error: storage::Error| error.to_string())? {
                tracing::info!(%lot, "citizens and texts of an old lot forgotten");
            }
            Ok(())
        }
    })
}

/// The keys of a service in clear, and which of them the app accepts.
struct Ring {
    primary: String,
    secondary: String,
    preferred: std::sync::Mutex<Which>,
}

impl Ring {
    /// The keys in the order in which they are tried.
    fn order(&self) -> [(Which, &str); 2] {
        let both = [(Which::Primary, self.primary.as_str()), (Which::Secondary, self.secondary.as_str())];
        match self.preferred() {
            Which::Primary => both,
            Which::Secondary => [both[1], both[0]],
        }
    }

    fn preferred(&self) -> Which {
        *self.preferred.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn prefer(&self, which: Which) {
        *self.preferred.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = which;
    }
}

/// Where a service's key is sealed.
pub fn place(service: Ulid, which: Which) -> String {
    format!("ioservice key {service} {which:?}")
}

/// Calls the app with the key that it accepts: the one that was accepted last, then the other.
struct Caller {
    upstream: Upstream,
    ring: Ring,
}

/// `$caller.upstream.$call(key, ...)` with each key until one is accepted.
macro_rules! with_either_key {
    ($caller:expr, $call:ident, $($argument:expr),*) => {{
        let mut answered = Err(Fault::Key);
        for (which, key) in $caller.ring.order() {
            answered = $caller.upstream.$call(key, $($argument),*).await;
            if !matches!(answered, Err(Fault::Key)) {
                $caller.ring.prefer(which);
                break;
            }
        }
        answered
    }};
}
use with_either_key;
