//! The interoperability platform: who offers which API to whom, for what, and the vouchers by which providers know that it is so.
//! README.md has the picture.

pub mod agreements;
mod api;
pub mod attributes;
pub mod catalog;
pub mod clients;
mod config;
mod context;
pub mod deeds;
mod errors;
pub mod explain;
pub mod ids;
mod jobs;
pub mod load;
pub mod open_data;
pub mod operability;
pub mod papers;
pub mod purposes;
pub mod risk_analysis;
pub mod roles;
pub mod rules;
pub mod store;
mod tasks;
pub mod transfer;
pub mod vouchers;

pub use config::Config;
pub use errors::{Error, Fault, Refusal, Service};

use context::Context;
use runtime::{App, Role};

/// The tables of the platform.
pub const MIGRATIONS: storage::Migrations = storage::migrations!(
    "interop",
    "V1__init",
    "V2__lists",
    "V3__consents",
    "V4__records_in_order_of_arrival",
    "V5__keychains",
    "V6__thumbprints",
);

/// The roles: the voucher server, alone or beside others, the API of machines, the back end of the pages.
pub fn roles(app: &App, config: Config) -> Vec<Role> {
    let context = Context::new(app.clone(), config);
    let routes = api::voucher_routes().with_state(context.clone());
    let mut vouchers = web::role("interop-voucher", "Voucher di interoperabilità", routes);
    vouchers.jobs = jobs::all(&context);
    let machines = api::m2m_routes(&context).with_state(context.clone());
    let people = api::bff_routes(&context).with_state(context.clone());
    let mut people = web::role("interop-bff", "Back end delle pagine di interoperabilità", people);
    people.workers.push(tasks::documents(context));
    vec![vouchers, web::role("interop-m2m", "API M2M di interoperabilità", machines), people]
}
