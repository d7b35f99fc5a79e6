//! Tasks that go from the transaction that enqueues them straight to the worker of this process: what is written is a task that is leased
//! already, so that nobody has to look for it and lease it in a transaction of its own.
//!
//! Only SQLite does so: with one writer, that no other task of the lane is there is certain when it is seen.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::SignedDuration;
use parking_lot::RwLock;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::LeasedTask;

/// The workers of this process that take tasks, by queue.
pub(crate) type Takers = Arc<RwLock<HashMap<Box<str>, Taker>>>;

/// A task that was handed over. As long as this lives, it has one of the worker's places.
#[derive(Debug)]
pub struct Handed {
    /// The task, leased and begun.
    pub task: LeasedTask,
    _place: OwnedSemaphorePermit,
}

/// A worker that takes tasks.
#[derive(Clone)]
pub(crate) struct Taker {
    holder: String,
    lease: SignedDuration,
    places: Arc<Semaphore>,
    hand: UnboundedSender<Handed>,
}

impl Taker {
    pub(crate) fn new(holder: &str, lease: SignedDuration, places: usize) -> (Self, UnboundedReceiver<Handed>) {
        let (hand, taken) = mpsc::unbounded_channel();
        (Self { holder: holder.to_owned(), lease, places: Arc::new(Semaphore::new(places)), hand }, taken)
    }

    /// Who holds what is handed over, and for how long.
    pub(crate) fn terms(&self) -> (&str, SignedDuration) {
        (&self.holder, self.lease)
    }
}

/// What a transaction hands over when it commits. Dropped, nothing is: the places are free again.
#[derive(Default)]
pub(crate) struct Handover {
    takers: Option<Takers>,
    given: Vec<(Taker, Handed)>,
}

impl Handover {
    pub(crate) fn to(takers: &Takers) -> Self {
        Self { takers: Some(takers.clone()), given: Vec::new() }
    }

    /// The worker of `queue`, with a place that is free.
    pub(crate) fn place(&self, queue: &str) -> Option<(Taker, OwnedSemaphorePermit)> {
        let taker = self.takers.as_ref()?.read().get(queue).filter(|taker| !taker.hand.is_closed())?.clone();
        let place = Arc::clone(&taker.places).try_acquire_owned().ok()?;
        Some((taker, place))
    }

    pub(crate) fn give(&mut self, (taker, place): (Taker, OwnedSemaphorePermit), task: LeasedTask) {
        self.given.push((taker, Handed { task, _place: place }));
    }

    /// How many tasks are to be handed over so far.
    pub(crate) fn len(&self) -> usize {
        self.given.len()
    }

    /// Forgets all but the first `count`: what enqueued them is undone.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.given.truncate(count);
    }

    pub(crate) fn append(&mut self, other: &mut Self) {
        self.given.append(&mut other.given);
    }

    /// The transaction is committed. A worker that has ended meanwhile leaves its tasks to their leases.
    pub(crate) fn send(self) {
        for (taker, handed) in self.given {
            let _ = taker.hand.send(handed);
        }
    }
}
