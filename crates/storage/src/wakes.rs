//! Who waits for what this process commits: consumers for events of a topic, workers for tasks of a queue.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use tokio::sync::watch;

/// Those who wait, by name of topic or queue.
#[derive(Clone)]
pub(crate) struct Wakes {
    named: Arc<RwLock<HashMap<Box<str>, watch::Sender<()>>>>,
    any: watch::Sender<()>,
}

impl Wakes {
    pub(crate) fn new() -> Self {
        Self { named: Arc::default(), any: watch::Sender::new(()) }
    }

    pub(crate) fn of(&self, name: &str) -> watch::Receiver<()> {
        self.named.write().entry(name.into()).or_default().subscribe()
    }

    pub(crate) fn of_any(&self) -> watch::Receiver<()> {
        self.any.subscribe()
    }

    /// Wakes those who wait for what was written.
    pub(crate) fn wake(&self, written: &Written) {
        if written.0.is_empty() {
            return;
        }
        let named = self.named.read();
        written.0.iter().filter_map(|name| named.get(name)).for_each(|sender| sender.send_modify(|()| ()));
        self.any.send_modify(|()| ());
    }
}

/// The topics and queues that a transaction wrote to.
#[derive(Default)]
pub(crate) struct Written(Vec<Box<str>>);

impl Written {
    pub(crate) fn add(&mut self, name: &str) {
        if !self.0.iter().any(|known| **known == *name) {
            self.0.push(name.into());
        }
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        other.0.iter().for_each(|name| self.add(name));
    }
}
