//! Registration of documents (protocollo informatico): the dispatcher that makes documents of what happens to applications, the proxies
//! that have them registered by the registry of each public body, and the orchestrator by which whatever failed is tried again. See
//! `README.md` for the states of a document.

mod api;
mod applicant;
mod cases;
mod config;
pub mod configuration;
mod consume;
pub mod document;
mod errors;
mod files;
mod metrics;
pub mod providers;
mod proxy;
pub mod retry;
mod silence;
mod soap;
pub mod steps;
mod store;
mod tasks;
mod tree;

use contracts::topic;
use runtime::{App, Consumer, Role};

pub use config::Config;
use providers::docarea::DocArea;
use providers::iride::Iride;
use providers::pitre::Pitre;
use providers::sandbox::Sandbox;
pub use proxy::Proxy;

/// The tables of this context.
pub const MIGRATIONS: storage::Migrations = storage::migrations!(
    "registry",
    "V1__init",
    "V2__order_and_tree",
    "V3__documents_by_application",
    "V4__documents_in_order_of_arrival",
    "V5__services_by_tenant",
);

/// Name of the role that makes documents of what happens to applications; also its consumer group.
pub const DISPATCHER: &str = "document-dispatcher";

/// The roles of this context: the dispatcher, one proxy for each registry, and the retry orchestrator.
pub fn roles(app: &App, config: Config) -> Vec<Role> {
    let mut dispatcher = Role::new(DISPATCHER);
    let dispatching = app.clone();
    dispatcher.consumers.push(Consumer::new(DISPATCHER, topic::APPLICATIONS, move |tx, event| {
        consume::applications::read(&dispatching, tx, event)
    }));
    let sandbox = Sandbox::new(app.clone(), config.provider_timeout);
    let orchestrator = retry::role(app, config.retry.clone());
    let docarea = DocArea::new(app.clone(), config.provider_timeout);
    let iride = Iride::new(app.clone(), config.provider_timeout);
    let pitre = Pitre::new(app.clone(), config.provider_timeout);
    let mut roles = vec![dispatcher, orchestrator];
    roles.push(Proxy::new(app.clone(), config.clone(), sandbox).role());
    roles.push(Proxy::new(app.clone(), config.clone(), docarea).role());
    roles.push(Proxy::new(app.clone(), config.clone(), iride).role());
    roles.push(Proxy::new(app.clone(), config, pitre).role());
    roles
}
