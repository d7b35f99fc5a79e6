//! Citizen messaging: messages and services as the public app's interface has them (`/io/api/v1`), remote content, Premium, what the
//! citizen sees, and the regional intermediary. README.md has the picture.

mod access;
mod accounts;
mod api;
mod clients;
mod config;
mod consume;
mod context;
mod copies;
mod decode;
mod environment;
mod errors;
mod feed;
mod formats;
mod groups;
mod intermediary;
mod jobs;
mod limits;
mod message;
mod precondition;
mod preferences;
mod premium;
mod reminders;
mod remote;
mod service;
mod services;
mod store;
mod submit;
mod tasks;
mod ulid;

pub use config::Config;
pub use errors::Error;

use context::Context;
use runtime::{App, Role};

/// The tables of messaging.
pub const MIGRATIONS: storage::Migrations = storage::migrations!("messaging", "V1__init", "V2__intermediary", "V3__handed_in");

/// The role that answers.
const ROLE: &str = "messaging";
/// The role that decides what becomes of messages.
const PROCESSOR: &str = "messaging-processor";

/// The roles: one answers senders, citizens and the body; one processes messages, tells senders and reminds citizens; the intermediary
/// sends lots.
pub fn roles(app: &App, config: Config) -> Vec<Role> {
    let context = Context::new(app.clone(), config);
    let routes = api::sender_routes(&context)
        .merge(api::admin_routes(&context))
        .merge(api::public_routes(&context))
        .merge(api::app::routes(&context));
    let answering = web::role(ROLE, "Messaggi ai cittadini", routes);
    let mut processing = Role::new(PROCESSOR);
    processing.consumers = vec![consume::process::consumer(&context), consume::payments::consumer(&context)];
    processing.workers = vec![tasks::tell::worker(&context), runtime::mail_worker(app, copies::EMAILS)];
    processing.jobs = jobs::all(&context);
    vec![answering, processing, intermediary::role(&context)]
}
