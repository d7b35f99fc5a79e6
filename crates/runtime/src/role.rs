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
            topics: Vec::new(),
            workers: Vec::new(),
            jobs: Vec::new(),
        }
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
