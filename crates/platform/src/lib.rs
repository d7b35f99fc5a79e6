//! Tenants, users, services, forms, applications (pratiche), messages and files: the core of the platform.

pub mod applications;
mod clients;
mod context;
pub mod documents;
mod errors;
pub mod formserver;
mod letters;
mod messages;
mod notify;
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
pub const MIGRATIONS: storage::Migrations = storage::migrations!(
    "platform",
    "V1__init",
    "V2__tenants_apart",
    "V3__documents",
    "V4__paper_stamps",
    "V5__announcements",
    "V6__documents_in_order_of_arrival",
    "V7__relatives",
    "V8__own_payment",
    "V9__receiving_since",
);

/// Settings of the platform.
#[derive(Clone, Debug)]
pub struct Config {
    /// Largest uploaded file, in bytes.
    pub upload_limit_bytes: u64,
    /// The app IO's interface, without a trailing slash; this installation's own when absent.
    pub io_url: Option<String>,
    /// Whether that interface gives the same message for the same `Idempotency-Key`.
    pub io_idempotent: bool,
}

impl Config {
    /// Reads the settings; mistakes are left in `settings`.
    pub fn read(settings: &mut Settings) -> Self {
        let about = "dimensione massima di un file caricato, in byte";
        let upload_limit_bytes = settings.parse("SPORTELLO_UPLOAD_LIMIT_BYTES", 20 * 1024 * 1024, about);
        const IO_URL: &str = "SPORTELLO_IO_URL";
        let about = "interfaccia dell'app IO per gli avvisi sulle pratiche, per esempio https://api.io.pagopa.it/api/v1; vuoto: quella della piattaforma";
        let io_url = settings.optional(IO_URL, about).map(|url| url.trim_end_matches('/').to_owned());
        if io_url.as_ref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
            settings.reject(IO_URL, "usare un indirizzo completo, che comincia con https://");
        }
        let about = "se quell'interfaccia riconosce Idempotency-Key (un altro Sportello); l'app IO vera no";
        let io_idempotent = settings.parse("SPORTELLO_IO_IDEMPOTENT", false, about);
        Self { upload_limit_bytes, io_url, io_idempotent }
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
        .merge(documents::api::routes())
        .merge(letters::routes())
        .with_state(context.clone());
    let mut role = web::role("platform", "Servizi, pratiche, messaggi e documenti", routes);
    let consumer = context.clone();
    role.consumers.push(Consumer::new("platform-documents", contracts::topic::DOCUMENTS, move |tx, event| {
        documents::read(&consumer, tx, event)
    }));
    role.workers.push(applications::compile_worker(context.clone()));
    role.workers.push(applications::outcome_worker(context.clone()));
    role.workers.push(applications::integration_worker(context.clone()));
    role.workers.push(applications::closing_worker(context.clone()));
    role.workers.push(notify::worker(context.clone()));
    role.workers.push(notify::follower(context.clone()));
    role.workers.push(runtime::mail_worker(app, notify::EMAILS));
    role.jobs.push(uploads::cleaning_job(context));
    vec![role]
}
