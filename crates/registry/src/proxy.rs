//! A registry proxy: one provider with its configuration API, its consumer and its tasks.

use std::sync::Arc;

use contracts::Event as _;
use contracts::documents::DocumentV1;
use kernel::RomeTime;
use runtime::{App, Consumer, Retry, Role, Worker};
use storage::Tx;
use tokio::sync::Semaphore;

use crate::document::Registration;
use crate::metrics::Metrics;
use crate::providers::{Names, Provider};
use crate::silence::Silence;
use crate::tree::Tree;
use crate::{Config, api, consume, tasks, tree};

/// A proxy; cheap to clone.
#[derive(Clone)]
pub struct Proxy(Arc<Inner>);

struct Inner {
    app: App,
    config: Config,
    provider: Box<dyn Provider>,
    metrics: Metrics,
    tree: Option<Tree>,
    silence: Silence,
    large_files: Semaphore,
}

/// Registrations that are done at a time, of all tenants.
const REGISTRATIONS: usize = 64;
/// Those of them that hold a large file at a time: each is in memory, and again as the registry wants it.
const LARGE_FILES: usize = 8;

impl Proxy {
    /// A proxy in front of `provider`.
    pub fn new(app: App, config: Config, provider: impl Provider + 'static) -> Self {
        let metrics = Metrics::new(&config.cluster, &app.config().environment, provider.capabilities().names.service);
        let tree = config.tree.as_ref().map(|place| place.of(provider.capabilities().names.provider));
        let (silence, large_files) = (Silence::default(), Semaphore::new(LARGE_FILES));
        Self(Arc::new(Inner { app, config, provider: Box::new(provider), metrics, tree, silence, large_files }))
    }

    /// Name of its consumer, under which dead letters of its documents are: whoever puts them back has it read them again.
    pub fn consumer(&self) -> &'static str {
        self.config().consumer_group.unwrap_or(self.names().service)
    }

    /// The role that this proxy is.
    pub fn role(self) -> Role {
        let names = *self.names();
        self.metrics().announce();
        let mut role =
            web::role(names.role, &format!("Protocol Proxy {}", self.provider().capabilities().title), api::router(&self));
        let proxy = self.clone();
        role.consumers.push(Consumer::new(self.consumer(), self.config().consumer_topic, move |tx, event| {
            consume::documents::read(&proxy, tx, event)
        }));
        role.topics.extend([self.config().producer_topic.clone(), self.config().retry_topic.clone()]);
        role.workers.extend(tree::worker(&self));
        role.jobs.extend(tree::job(&self));
        role.workers.push(Worker::new(names.register_queue, REGISTRATIONS, Retry::PATIENT, move |task| {
            tasks::register::run(self.clone(), task)
        }));
        role
    }

    /// The registration's next event.
    pub(crate) fn event(&self, registration: &Registration, at: RomeTime) -> DocumentV1 {
        let app = self.app();
        registration.event(app.event_id(), at, &app.app_id(self.names().service), self.config().consumer_topic)
    }

    /// Publishes the registration's next event.
    pub(crate) fn publish(&self, tx: &mut Tx<'_>, registration: &Registration, at: RomeTime) -> storage::Result<()> {
        let event = self.event(registration, at);
        let text = serde_json::to_string(&event).map_err(|error| storage::Error::Defect(error.to_string()))?;
        tx.append(&self.config().producer_topic, &event.key(), event.event_id(), &text, at)
    }

    pub(crate) fn app(&self) -> &App {
        &self.0.app
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn provider(&self) -> &dyn Provider {
        &*self.0.provider
    }

    pub(crate) fn names(&self) -> &Names {
        &self.0.provider.capabilities().names
    }

    pub(crate) fn tree(&self) -> Option<&Tree> {
        self.0.tree.as_ref()
    }

    pub(crate) fn silence(&self) -> &Silence {
        &self.0.silence
    }

    /// Places for files that are too large for every registration to hold one.
    pub(crate) fn large_files(&self) -> &Semaphore {
        &self.0.large_files
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }
}
