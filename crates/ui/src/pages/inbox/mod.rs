//! `/messaggi`: the citizen's messages as the app on the phone has them: list, message, archive, services, preferences.

mod letter;
mod list;
mod preferences;
mod services;

use axum::Router;
use axum::routing::{get, post};

use super::at;
use crate::Ui;
use crate::frame::Frame;
use crate::visit::Visit;

/// Where the pages are.
const PATH: &str = "/messaggi";

/// The pages by their address.
pub fn routes() -> Router<Ui> {
    Router::new()
        .route(&at("/messaggi"), get(list::inbox).post(list::join))
        .route(&at("/messaggi/archivio"), get(list::archive))
        .route(&at("/messaggi/servizi"), get(services::list))
        .route(&at("/messaggi/servizi/{id}"), get(services::show).post(services::save))
        .route(&at("/messaggi/preferenze"), get(preferences::show).post(preferences::save))
        .route(&at("/messaggi/preferenze/email"), post(preferences::prove))
        .route(&at("/messaggi/{id}"), get(letter::show).post(letter::confirm))
        .route(&at("/messaggi/{id}/archivio"), post(letter::archive))
        .route(&at("/messaggi/{id}/scadenza"), get(letter::calendar))
        .route(&at("/messaggi/{id}/allegati/{*url}"), get(letter::attachment))
}

/// A tab at the foot of the phone.
struct Tab {
    href: String,
    label: &'static str,
    icon: &'static str,
    current: bool,
}

/// The tabs, the one of `here` marked.
fn tabs(visit: &Visit, f: &Frame, here: &str) -> Vec<Tab> {
    let root = visit.root();
    let tab = |path: &'static str, label, icon| Tab { href: format!("{root}{PATH}{path}"), label, icon, current: path == here };
    vec![
        tab("", f.t.io_tab_messages, "it-mail"),
        tab("/archivio", f.t.io_tab_archive, "it-folder"),
        tab("/servizi", f.t.io_tab_services, "it-pa"),
        tab("/preferenze", f.t.io_tab_preferences, "it-settings"),
    ]
}
