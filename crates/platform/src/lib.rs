//! Tenants, users, services, forms, applications (pratiche), messages and files: the core of the platform.

pub mod applications;
mod context;
mod errors;
pub mod formserver;
mod messages;
mod offices;
mod services;
mod tenants;
mod text;
mod uploads;
mod users;

use runtime::{App, Consumer, Role, Settings};
use utoipa_axum::router::OpenApiRouter;

pub use context::Context;
pub use errors::Error;
pub use tenants::is_slug;
pub use users::administrator_mistakes;

/// The tables.
pub const MIGRATIONS: storage::Migrations = storage::migrations!("platform", "V1__init", "V2__tenants_apart", "V3__paper_stamps");

/// Settings of the platform.
#[derive(Clone, Debug)]
pub struct Config {
    /// Largest uploaded file, in bytes.
    pub upload_limit_bytes: u64,
}

impl Config {
    /// Reads the settings; mistakes are left in `settings`.
    pub fn read(settings: &mut Settings) -> Self {
        let about = "dimensione massima di un file caricato, in byte";
        Self { upload_limit_bytes: settings.parse("SPORTELLO_UPLOAD_LIMIT_BYTES", 20 * 1024 * 1024, about) }
    }
}

/// The roles of this context.
pub fn roles(app: &App, config: Config) -> Vec<Role> {
    let context = Context::new(app.clone(), config);
    let routes = OpenApiRouter::new()
        .merge(tenants::api::routes())
        .merge(users::api::routes())
        .merge(offices::api::routes())
        .merge(services::api::routes())
        .merge(formserver::api::routes())
        .merge(applications::api::routes())
        .merge(messages::api::routes())
        .merge(uploads::api::routes())
        .with_state(context.clone());
    let mut role = web::role("platform", "Servizi, pratiche, messaggi e documenti", routes);
    let consumer = context.clone();
    role.consumers.push(Consumer::new("platform-documents", contracts::topic::DOCUMENTS, move |tx, event| {
        applications::registered_documents(&consumer, tx, event)
    }));
    role.workers.push(applications::compile_worker(context.clone()));
    role.workers.push(applications::outcome_worker(context.clone()));
    role.workers.push(applications::integration_worker(context.clone()));
    role.jobs.push(uploads::cleaning_job(context));
    vec![role]
}
