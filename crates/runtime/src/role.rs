//! What a role is made of.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;

use crate::{Consumer, Worker};

/// A part of the platform that can run alone: the same in one process with all others, or in its own.
#[derive(Clone, Debug)]
pub struct Role {
    /// Name, as in `--roles`.
    pub name: &'static str,
    /// HTTP routes, with their full paths.
    pub routes: Router,
    /// The OpenAPI document of the routes; null when there are none to document.
    pub openapi: serde_json::Value,
    /// Readers of topics.
    pub consumers: Vec<Consumer>,
    /// The reader of a topic that none of those reads, for topics that are known only when they are seen.
    pub discovery: Option<Discovery>,
    /// Topics that it writes to, where settings name them.
    pub topics: Vec<String>,
    /// Doers of tasks.
    pub workers: Vec<Worker>,
    /// Work that comes round with time.
    pub jobs: Vec<Job>,
}

impl Role {
    /// A role with nothing in it yet.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            routes: Router::new(),
            openapi: serde_json::Value::Null,
            consumers: Vec::new(),
            discovery: None,
            topics: Vec::new(),
            workers: Vec::new(),
            jobs: Vec::new(),
        }
    }
}

/// Gives the reader of a topic, by its name; it is asked for each topic that the bus has when the process starts.
#[derive(Clone)]
pub struct Discovery(Reader);

type Reader = Arc<dyn Fn(&str) -> Option<Consumer> + Send + Sync>;

impl std::fmt::Debug for Discovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Discovery")
    }
}

impl Discovery {
    /// A discovery by `reader`.
    pub fn new(reader: impl Fn(&str) -> Option<Consumer> + Send + Sync + 'static) -> Self {
        Self(Arc::new(reader))
    }

    pub(crate) fn reader(&self, topic: &str) -> Option<Consumer> {
        (self.0)(topic)
    }
}

type Run = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// Work that comes round with time. Running it twice on the same data does what once does.
#[derive(Clone)]
pub struct Job {
    /// Name, as in `sportello job <name>`.
    pub name: &'static str,
    /// Time from the end of a run to the next.
    pub every: Duration,
    pub(crate) run: Run,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Job({} every {:?})", self.name, self.every)
    }
}

impl Job {
    /// A job called `name` that does `run` again `every` so long. An error is logged and tried again the next time.
    pub fn new<F, Fut>(name: &'static str, every: Duration, run: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self { name, every, run: Arc::new(move || Box::pin(run())) }
    }

    /// Runs the job once, now.
    ///
    /// # Errors
    /// Whatever the job gives.
    pub async fn run(&self) -> Result<(), String> {
        (self.run)().await
    }
}
