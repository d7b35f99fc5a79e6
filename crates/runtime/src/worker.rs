//! Workers: what may wait for somebody else.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use kernel::RomeTime;
use serde::Serialize;
use serde::de::DeserializeOwned;
use storage::{DeadLetter, LeasedTask, Tx};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::App;

/// How long a lease holds without being renewed.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// How often a running task's lease is renewed.
const RENEW: Duration = Duration::from_secs(20);
/// Most tasks of a worker that are handed over and not ended; more wait to be leased.
const HANDED: usize = 256;
/// How long a worker waits for more tasks to end when one has ended.
const LINGER: Duration = Duration::from_millis(2);
/// A clock that shows so much less than before was put back; less is how it is kept right.
const PUT_BACK: SignedDuration = SignedDuration::from_secs(1);
/// How often a worker looks for tasks that other processes enqueued.
const POLL: Duration = Duration::from_millis(250);

/// A task that is being done.
#[derive(Clone, Debug)]
pub struct Task {
    app: App,
    leased: LeasedTask,
    last: bool,
}

/// Proof that a task's result is committed; only [`Task::complete`] gives it.
#[derive(Debug)]
pub struct Completed(());

/// Why a task is not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// It may go better later: tried again by the worker's schedule, and a dead letter after its last attempt.
    #[error("{0}")]
    Retry(String),
    /// It never will: a dead letter at once.
    #[error("{0}")]
    Fail(String),
}

impl From<storage::Error> for TaskError {
    fn from(error: storage::Error) -> Self {
        Self::Retry(error.to_string())
    }
}

impl From<crate::PeerError> for TaskError {
    fn from(error: crate::PeerError) -> Self {
        if error.is_temporary() { Self::Retry(error.to_string()) } else { Self::Fail(error.to_string()) }
    }
}

impl From<storage::FileError> for TaskError {
    fn from(error: storage::FileError) -> Self {
        Self::Retry(error.to_string())
    }
}

impl Task {
    /// What was enqueued.
    ///
    /// # Errors
    /// [`TaskError::Fail`] when the payload is not a `T`.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, TaskError> {
        kernel::read_json(&self.leased.payload).map_err(|error| TaskError::Fail(format!("contenuto non leggibile: {error}")))
    }

    /// Which attempt this is, from 1.
    pub fn attempt(&self) -> i64 {
        self.leased.attempt
    }

    /// Whether no other attempt follows if this one fails.
    pub fn is_last(&self) -> bool {
        self.last
    }

    /// When the task was enqueued.
    pub fn enqueued_at(&self) -> RomeTime {
        self.leased.created_at
    }

    /// Notes how far the task has come: should it be begun again, its payload is this one.
    ///
    /// # Errors
    /// [`storage::Error::Conflict`] when somebody else does the task now: it must not be gone on with.
    pub async fn note(&self, payload: &impl Serialize) -> storage::Result<()> {
        let (leased, payload) = (self.leased.clone(), storage::to_text(payload)?);
        self.app.db().write(move |tx| tx.note_task(&leased, &payload)).await
    }

    /// Commits the result, its events and the end of the task together.
    ///
    /// # Errors
    /// Whatever `body` gives; [`storage::Error::Conflict`] when somebody else does the task now. The task is not ended then.
    pub async fn complete<E, F>(&self, body: F) -> Result<Completed, E>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<(), E> + Send + 'static,
        E: From<storage::Error> + Send + 'static,
    {
        let leased = self.leased.clone();
        self.app
            .db()
            .write(move |tx| {
                body(tx)?;
                tx.finish_task(&leased).map_err(E::from)
            })
            .await
            .map(|()| Completed(()))
    }
}

/// When a failed task is tried again: after `first`, then twice that, up to `longest`; `attempts` times in all.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Pause after the first failure.
    pub first: SignedDuration,
    /// Longest pause.
    pub longest: SignedDuration,
    /// Attempts in all, the first included.
    pub attempts: i64,
}

impl Retry {
    /// From one second to an hour, for about a day and a half.
    pub const PATIENT: Self =
        Self { first: SignedDuration::from_secs(1), longest: SignedDuration::from_secs(3600), attempts: 48 };

    /// The pause after the `attempt`-th failure (from 1).
    pub fn pause(&self, attempt: i64) -> SignedDuration {
        let doublings = u32::try_from(attempt.clamp(1, 32) - 1).unwrap_or(31);
        self.first.checked_mul(2_i32.saturating_pow(doublings.min(30))).unwrap_or(self.longest).min(self.longest)
    }
}

/// Leave to do one task.
type Slot = OwnedSemaphorePermit;

type Handler = Arc<dyn Fn(Task) -> Pin<Box<dyn Future<Output = Result<Completed, TaskError>> + Send>> + Send + Sync>;

/// Does the tasks of one queue.
#[derive(Clone)]
pub struct Worker {
    /// The queue.
    pub queue: &'static str,
    concurrency: usize,
    retry: Retry,
    handle: Handler,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Worker({} x {})", self.queue, self.concurrency)
    }
}

impl Worker {
    /// A worker that does up to `concurrency` tasks of `queue` at a time with `handle`.
    pub fn new<F, Fut>(queue: &'static str, concurrency: usize, retry: Retry, handle: F) -> Self
    where
        F: Fn(Task) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Completed, TaskError>> + Send + 'static,
    {
        Self { queue, concurrency, retry, handle: Arc::new(move |task| Box::pin(handle(task))) }
    }

    /// Runs until the app stops; then waits for the tasks in hand. Whoever drops it in between drops them too.
    pub(crate) async fn run(self, app: App) {
        // The tasks that are handed over and those that are leased share the slots, in the order in which they ask for one.
        let slots = Arc::new(Semaphore::new(self.concurrency));
        tokio::join!(self.take(&app, &slots), self.look(&app, &slots));
    }

    /// Does what is handed over.
    async fn take(&self, app: &App, slots: &Arc<Semaphore>) {
        let mut tasks = JoinSet::new();
        let mut handed = app.db().take_tasks(self.queue, app.instance(), LEASE, HANDED);
        loop {
            let next = tokio::select! {
                () = app.stop().stopped() => break,
                next = handed.recv() => next,
            };
            let Some(next) = next else { break };
            while tasks.try_join_next().is_some() {}
            let (worker, app, slots) = (self.clone(), app.clone(), slots.clone());
            tasks.spawn(async move {
                let slot = slots.acquire_owned().map(|slot| slot.ok()).boxed();
                worker.attempt(app, next.task.clone(), slot).await;
                drop(next);
            });
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Looks for what is due, and does it.
    async fn look(&self, app: &App, slots: &Arc<Semaphore>) {
        let mut tasks = JoinSet::new();
        let mut wakes = app.db().wakes(self.queue);
        let mut seen = app.clock().now();
        while !app.stop().is_stopped() {
            wakes.borrow_and_update();
            while tasks.try_join_next().is_some() {}
            let leased = match self.lease(app, &mut seen, slots).await {
                Ok(leased) => leased,
                Err(error) => {
                    tracing::warn!(queue = self.queue, %error, "worker waits");
                    app.stop().sleep(Duration::from_secs(1)).await;
                    continue;
                }
            };
            let idle = leased.is_empty();
            for (task, slot) in leased {
                let (worker, app) = (self.clone(), app.clone());
                let slot = std::future::ready(Some(slot)).boxed();
                tasks.spawn(async move { worker.attempt(app, task, slot).await });
            }
            if idle {
                tokio::select! {
                    () = app.stop().stopped() => {}
                    _ = wakes.changed() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            } else {
                // Leasing many at once costs little more than leasing one.
                let half = async { while tasks.len() > self.concurrency.div_ceil(2) && tasks.join_next().await.is_some() {} };
                let _ = tokio::time::timeout(LINGER, half).await;
            }
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Leases what is due, as soon as there is a slot for it, and as much as there are slots for; `seen` is when it was last looked.
    async fn lease(&self, app: &App, seen: &mut RomeTime, slots: &Arc<Semaphore>) -> storage::Result<Vec<(LeasedTask, Slot)>> {
        let queue = self.queue;
        let now = app.clock().now();
        if seen.since(now) > PUT_BACK {
            tracing::warn!(queue, from = %*seen, to = %now, "the clock was put back: tasks are due that much earlier");
            let again = now.plus(self.retry.longest);
            app.db().write(move |tx| tx.put_tasks_back(queue, now, again, now.plus(LEASE))).await?;
        }
        *seen = now;
        // Looking is cheap and takes no lock.
        let due = app.db().read(move |tx| {
            let next = tx.next_task_at(queue)?;
            storage::Result::Ok(next.is_some_and(|due| due <= now) || tx.has_expired_lease(queue, now)?)
        });
        if !due.await? {
            return Ok(Vec::new());
        }
        let first = tokio::select! {
            () = app.stop().stopped() => return Ok(Vec::new()),
            first = slots.clone().acquire_owned() => first,
        };
        let Ok(mut free) = first else { return Ok(Vec::new()) };
        let more = u32::try_from(slots.available_permits()).unwrap_or(0);
        if let Ok(more) = slots.clone().try_acquire_many_owned(more) {
            free.merge(more);
        }
        let (holder, limit) = (app.instance().to_owned(), i64::try_from(free.num_permits()).unwrap_or(0));
        let now = app.clock().now();
        let leased = app.db().write(move |tx| tx.lease_tasks(queue, &holder, now, now.plus(LEASE), limit)).await?;
        Ok(leased.into_iter().filter_map(|task| Some((task, free.split(1)?))).collect())
    }

    /// Does a task, as soon as `slot` gives it one; its lease is kept meanwhile.
    async fn attempt(&self, app: App, leased: LeasedTask, slot: BoxFuture<'_, Option<Slot>>) {
        let task = Task { app: app.clone(), last: leased.attempt >= self.retry.attempts, leased: leased.clone() };
        let work = async {
            let stopped = app.stop().stopped();
            let slot = tokio::select! {
                biased;
                slot = slot => slot,
                () = stopped => None,
            };
            // Whoever stops before the task was begun leaves it to its lease.
            let _slot = slot?;
            Some((self.handle)(task.clone()).await)
        };
        let work = std::panic::AssertUnwindSafe(work).catch_unwind();
        tokio::pin!(work);
        let outcome = loop {
            tokio::select! {
                outcome = &mut work => break match outcome {
                    Ok(Some(outcome)) => outcome,
                    Ok(None) => return,
                    Err(_) => Err(TaskError::Retry("the worker panicked".to_owned())),
                },
                () = tokio::time::sleep(RENEW) => {
                    let (leased, until) = (leased.clone(), app.clock().now().plus(LEASE));
                    let _ = app.db().write(move |tx| tx.renew_task(&leased, until)).await;
                }
            }
        };
        let (reason, give_up) = match outcome {
            Ok(Completed(())) => {
                metrics::counter!("sportello_tasks_done_total", "queue" => self.queue).increment(1);
                return;
            }
            Err(TaskError::Retry(reason)) => (reason, task.last),
            Err(TaskError::Fail(reason)) => (reason, true),
        };
        if give_up {
            tracing::error!(queue = self.queue, lane = %leased.lane, attempt = leased.attempt, reason, "task given up");
            metrics::counter!("sportello_dead_letters_total", "source" => self.queue).increment(1);
        } else {
            tracing::warn!(queue = self.queue, lane = %leased.lane, attempt = leased.attempt, reason, "task failed, will be tried again");
        }
        let (now, id, queue) = (app.clock().now(), app.rng().uuid_at(app.clock().now()), self.queue);
        let again = now.plus(self.retry.pause(leased.attempt));
        let stored = app
            .db()
            .write(move |tx| {
                if !give_up {
                    return tx.retry_task(&leased, again, &reason);
                }
                let payload = tx.task_payload(&leased)?;
                tx.finish_task(&leased)?;
                tx.bury(
                    &DeadLetter { id, source: queue, topic: queue, key: &leased.lane, payload: &payload, reason: &reason },
                    now,
                )
            })
            .await;
        if let Err(error) = stored {
            // The lease runs out and the task is tried again.
            tracing::warn!(queue = self.queue, %error, "a task's failure could not be stored");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let retry = Retry::PATIENT;
        let pauses: Vec<_> = [1, 2, 3, 12, 13, 100].iter().map(|attempt| retry.pause(*attempt).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 2048, 3600, 3600]);
    }
}
