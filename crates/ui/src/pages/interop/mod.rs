//! `/interop`: the interoperability platform for the people of a body: what it offers to others, what it uses of others.
//!
//! Who may use what is [`PLACES`]: an entry that a role may not use is absent from the menu and its address is refused. Which commands
//! are offered follows states and roles here, whether they are done is decided by the platform, whose sentence is shown.

mod analysis;
mod archive;
mod attributes;
mod catalog;
mod certify;
mod client;
mod client_new;
mod clients;
mod desk;
mod draft;
mod draft_attributes;
mod draft_files;
mod home;
mod own;
mod party;
mod purpose;
mod purpose_form;
mod purposes;
mod received;
mod request;
mod requests;
mod settle;
mod tester;
mod verify;
mod words;

use axum::Router;
use axum::routing::get;

use super::at;
use crate::Ui;
use crate::i18n::Messages;

/// Where the pages are.
const PATH: &str = "/interop";

/// What a page of the menu is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Using,
    Offering,
    Body,
}

/// A page of the menu.
struct Place {
    path: &'static str,
    mode: Mode,
    label: fn(&Messages) -> &'static str,
    about: fn(&Messages) -> &'static str,
    roles: &'static [&'static str],
}

const EVERYBODY_BUT_KEEPERS: &[&str] = &["admin", "api", "support", "viewer"];
const ADMINS: &[&str] = &["admin", "support", "viewer"];
const KEEPERS: &[&str] = &["admin", "security", "support", "viewer"];

/// The menu. An operator of the APIs works on what the body offers, an operator of keys sees his clients and nothing else (guide, "Attori").
const PLACES: [Place; 12] = [
    place("/catalogo", Mode::Using, |t| t.interop_catalog, |t| t.interop_catalog_about, EVERYBODY_BUT_KEEPERS),
    place("/richieste", Mode::Using, |t| t.interop_requests, |t| t.interop_requests_about, ADMINS),
    place("/finalita", Mode::Using, |t| t.interop_purposes, |t| t.interop_purposes_about, ADMINS),
    place("/client", Mode::Using, |t| t.interop_clients, |t| t.interop_clients_about, KEEPERS),
    place("/m2m", Mode::Using, |t| t.interop_m2m, |t| t.interop_m2m_about, KEEPERS),
    place("/prova", Mode::Using, |t| t.interop_tester, |t| t.interop_tester_about, KEEPERS),
    place("/e-service", Mode::Offering, |t| t.interop_own, |t| t.interop_own_about, EVERYBODY_BUT_KEEPERS),
    place("/ricevute", Mode::Offering, |t| t.interop_received, |t| t.interop_received_about, ADMINS),
    place("/da-evadere", Mode::Offering, |t| t.interop_settle, |t| t.interop_settle_about, ADMINS),
    place("/fruitori", Mode::Offering, |t| t.interop_verify, |t| t.interop_verify_about, ADMINS),
    place("/ente", Mode::Body, |t| t.interop_party, |t| t.interop_party_about, ADMINS),
    place("/attributi", Mode::Body, |t| t.interop_registry, |t| t.interop_registry_about, EVERYBODY_BUT_KEEPERS),
];

const fn place(
    path: &'static str,
    mode: Mode,
    label: fn(&Messages) -> &'static str,
    about: fn(&Messages) -> &'static str,
    roles: &'static [&'static str],
) -> Place {
    Place { path, mode, label, about, roles }
}

/// The pages by their address.
pub fn routes() -> Router<Ui> {
    let here = |path: &str| at(&format!("{PATH}{path}"));
    Router::new()
        .route(&here(""), get(home::show))
        .route(&here("/catalogo"), get(catalog::list))
        .route(&here("/catalogo/{eservice}/{version}"), get(catalog::show).post(catalog::ask))
        .route(&here("/catalogo/{eservice}/{version}/file/{file}"), get(catalog::file))
        .route(&here("/richieste"), get(requests::list))
        .route(&here("/richieste/{id}"), get(request::show).post(request::act))
        .route(&here("/richieste/{id}/file/{file}"), get(request::file))
        .route(&here("/finalita"), get(purposes::list))
        .route(&here("/finalita/nuova"), get(purpose_form::show_new).post(purpose_form::create))
        .route(&here("/finalita/{id}"), get(purpose::show).post(purpose::act))
        .route(&here("/finalita/{id}/documento/{version}/{document}"), get(purpose::document))
        .route(&here("/finalita/{id}/dati"), get(purpose_form::show).post(purpose_form::change))
        .route(&here("/finalita/{id}/analisi"), get(analysis::of_purpose).post(analysis::save_of_purpose))
        .route(&here("/client"), get(clients::list))
        .route(&here("/m2m"), get(clients::list_m2m))
        .route(&here("/client/nuovo"), get(client_new::show).post(client_new::create))
        .route(&here("/client/{id}"), get(client::show).post(client::act))
        .route(&here("/client/{id}/chiavi/{key}"), get(client::key))
        .route(&here("/prova"), get(tester::show).post(tester::test))
        .route(&here("/e-service"), get(own::list))
        .route(&here("/e-service/nuovo"), get(draft::show_new).post(draft::create))
        .route(&here("/e-service/{eservice}/{version}"), get(own::show).post(own::act))
        .route(&here("/e-service/importa"), get(archive::show).post(archive::import))
        .route(&here("/e-service/{eservice}/{version}/esporta"), get(archive::export))
        .route(&here("/e-service/{eservice}/{version}/fruitori"), get(own::consumers_csv))
        .route(&here("/e-service/{eservice}/{version}/dati"), get(draft::show_general).post(draft::save_general))
        .route(&here("/e-service/{eservice}/{version}/versione"), get(draft::show_version).post(draft::save_version))
        .route(&here("/e-service/{eservice}/{version}/attributi"), get(draft_attributes::show).post(draft_attributes::save))
        .route(&here("/e-service/{eservice}/{version}/analisi"), get(analysis::list).post(analysis::add))
        .route(&here("/e-service/{eservice}/{version}/analisi/{analysis}"), get(analysis::show).post(analysis::save))
        .route(&here("/e-service/{eservice}/{version}/file"), get(draft_files::show).post(draft_files::act))
        .route(&here("/e-service/{eservice}/{version}/file/{file}"), get(draft_files::file))
        .route(&here("/ricevute"), get(received::list))
        .route(&here("/ricevute/{id}"), get(received::show).post(received::act))
        .route(&here("/ricevute/{id}/file/{file}"), get(received::file))
        .route(&here("/da-evadere"), get(settle::list))
        .route(&here("/da-evadere/{id}"), get(settle::show).post(settle::act))
        .route(&here("/fruitori"), get(verify::list))
        .route(&here("/fruitori/{id}"), get(verify::show).post(verify::act))
        .route(&here("/ente"), get(party::show).post(party::act))
        .route(&here("/enti/{id}"), get(party::other))
        .route(&here("/attributi"), get(attributes::list).post(attributes::create))
        .route(&here(certify::PATH), get(certify::show).post(certify::act))
}
