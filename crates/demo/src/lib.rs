//! The demo municipality, and the stand-ins for the outside parties. Only `--demo` starts any of this.

pub mod anpr;
pub mod certified;
pub mod efil;
mod guide;
pub mod iris;
pub mod mail;
pub mod mypay;
pub mod notices;
pub mod pagopa;
pub mod psp;
pub mod registry;
pub mod remote;
mod soap;
mod world;

use runtime::{App, Role};
use storage::Migrations;

pub use world::{Account, Body, PASSWORD, Worker, accounts, bodies, settle};

/// The tables of the stand-ins.
pub const MIGRATIONS: &[Migrations] = &[psp::MIGRATIONS, registry::MIGRATIONS, mail::MIGRATIONS, anpr::MIGRATIONS];

/// The stand-ins as roles.
pub fn roles(app: &App) -> Vec<Role> {
    vec![
        psp::role(app),
        guide::role(),
        notices::role(),
        remote::role(),
        mail::role(app),
        anpr::role(app),
        Role { routes: registry::routes(app), ..Role::new("demo-registry") },
    ]
}
