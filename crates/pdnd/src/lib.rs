//! The connector to the interoperability platform: keeps what public bodies need there (clients, keys, purposes), gets vouchers, asks the
//! registers of other bodies for the data of whoever signed in, and signs what it answers. README.md has the picture.

mod anpr;
mod api;
mod assertion;
mod canonical;
mod config;
mod connector;
mod errors;
mod exchange;
mod formats;
mod inps;
mod jobs;
mod keys;
mod service;
mod signature;
mod store;
mod vouchers;

pub use config::Config;

use connector::Connector;
use runtime::{App, Role};

/// The tables of the connector.
pub const MIGRATIONS: storage::Migrations = storage::migrations!("pdnd", "V1__init");

/// Name of the role.
pub const ROLE: &str = "pdnd-connector";

/// The role of this context.
pub fn roles(app: &App, config: Config) -> Vec<Role> {
    let connector = Connector::new(app.clone(), config);
    let mut role = web::role(ROLE, "Connettore PDND", api::router(&connector));
    role.jobs = jobs::all(&connector);
    vec![role]
}
