//! `/ioservice`: lots of messages of the body and its suppliers: services, lots, requests for help, the register of what was done, who
//! may do what, and how the body wants it.
//! The interface of the same name is at `/ioservice/v1`, below no tenant.

mod audit;
mod deeds;
mod list;
mod lot;
mod members;
mod rows;
mod service;
mod services;
mod settings;
mod suppliers;
mod tickets;

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use super::at;
use crate::Ui;
use crate::clients::Duty;
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::visit::Visit;

/// Where the pages are.
const PATH: &str = "/ioservice";

/// The pages by their address.
pub fn routes() -> Router<Ui> {
    Router::new()
        .route(&at("/ioservice"), get(home))
        .route(&at("/ioservice/lotti"), get(list::show).post(list::hand_in))
        .route(&at("/ioservice/lotti/{id}"), get(lot::show).post(lot::command))
        .route(&at("/ioservice/lotti/{id}/righe"), get(rows::list))
        .route(&at("/ioservice/lotti/{id}/righe/{number}"), get(rows::show).post(rows::decide))
        .route(&at("/ioservice/lotti/{id}/esiti/{format}"), get(lot::report))
        .route(&at("/ioservice/servizi"), get(services::list))
        .route(&at("/ioservice/servizi/nuovo"), get(service::show_new).post(service::propose))
        .route(&at("/ioservice/servizi/{id}"), get(services::show).post(services::command))
        .route(&at("/ioservice/servizi/{id}/modifica"), get(service::show_change).post(service::change))
        .route(&at("/ioservice/servizi/{id}/verifica"), post(services::check))
        .route(&at("/ioservice/servizi/{id}/modelli"), post(services::add_template))
        .route(&at("/ioservice/assistenza"), get(tickets::list).post(tickets::open))
        .route(&at("/ioservice/assistenza/{id}"), post(tickets::answer))
        .route(&at("/ioservice/assistenza/{id}/allegati/{file}"), get(tickets::file))
        .route(&at("/ioservice/abilitati"), get(members::list).post(members::put))
        .route(&at("/ioservice/abilitati/rimuovi"), post(members::delete))
        .route(&at("/ioservice/fornitori"), get(suppliers::list).post(suppliers::add))
        .route(&at("/ioservice/fornitori/{id}"), get(suppliers::show).post(suppliers::change))
        .route(&at("/ioservice/fornitori/{id}/chiavi"), post(suppliers::keys))
        .route(&at("/ioservice/impostazioni"), get(settings::show).post(settings::save))
        .route(&at("/ioservice/registro"), get(audit::list))
}

async fn home(visit: Visit) -> Result<Response, PageError> {
    visit.sender()?;
    Ok(Redirect::to(&format!("{}{PATH}/lotti", visit.root())).into_response())
}

/// An entry of the part's own menu.
struct Entry {
    href: String,
    label: &'static str,
    current: bool,
}

/// What somebody may use here, the part that is shown marked.
fn menu(visit: &Visit, f: &Frame, duty: Duty, here: &str) -> Vec<Entry> {
    let mut parts = vec![
        ("/lotti", f.t.lots_lots),
        ("/servizi", f.t.lots_services),
        ("/fornitori", f.t.lots_suppliers),
        ("/assistenza", f.t.lots_help),
    ];
    if duty != Duty::Provider {
        parts.push(("/registro", f.t.lots_audit));
    }
    if duty == Duty::Body {
        parts.extend([("/abilitati", f.t.lots_members), ("/impostazioni", f.t.lots_settings)]);
    }
    let entry = |(path, label): (&str, &'static str)| Entry {
        href: format!("{}{PATH}{path}", visit.root()),
        label,
        current: path == here,
    };
    parts.into_iter().map(entry).collect()
}

/// Label and colour of where a lot stands.
fn lot_state(t: &Messages, state: &str) -> (&'static str, &'static str) {
    match state {
        "IN_LETTURA" => (t.lots_state_loading, "info"),
        "ILLEGGIBILE" => (t.lots_state_refused, "bad"),
        "PRONTO" => (t.lots_state_ready, "action"),
        "IN_INVIO" => (t.lots_state_sending, "info"),
        "PRIMA_TRANCHE" => (t.lots_state_staged, "action"),
        "FERMATO" => (t.lots_state_stopped, "bad"),
        "CONCLUSO" => (t.lots_state_finished, "good"),
        _ => (t.lots_state_cancelled, "neutral"),
    }
}

/// Label and colour of where a service stands.
fn service_state(t: &Messages, state: &str) -> (&'static str, &'static str) {
    match state {
        "PROPOSTO" => (t.lots_service_proposed, "action"),
        "ATTIVO" => (t.lots_service_active, "good"),
        "SOSPESO" => (t.lots_service_suspended, "bad"),
        _ => (t.lots_service_refused, "neutral"),
    }
}

/// The outcomes of rows in the order in which they are told: word, label, colour.
fn outcomes(t: &Messages) -> [(&'static str, &'static str, &'static str); 14] {
    [
        ("IN_CODA", t.lots_row_queued, "info"),
        ("IN_INVIO", t.lots_row_sending, "info"),
        ("INVIATO", t.lots_row_sent, "good"),
        ("CONSEGNATO", t.lots_row_delivered, "good"),
        ("LETTO", t.lots_row_read, "good"),
        ("PAGATO", t.lots_row_paid, "good"),
        ("NON_ISCRITTO", t.lots_row_missing, "neutral"),
        ("NON_AUTORIZZATO", t.lots_row_denied, "neutral"),
        ("SCARTATO", t.lots_row_discarded, "bad"),
        ("RIFIUTATO", t.lots_row_rejected, "bad"),
        ("FALLITO", t.lots_row_failed, "bad"),
        ("SCADUTO", t.lots_row_expired, "bad"),
        ("INCERTO", t.lots_row_uncertain, "action"),
        ("ANNULLATO", t.lots_row_cancelled, "neutral"),
    ]
}

/// Label and colour of an outcome.
fn outcome(t: &Messages, word: &str) -> (&'static str, &'static str) {
    outcomes(t)
        .into_iter()
        .find(|(known, ..)| *known == word)
        .map_or((t.lots_row_queued, "neutral"), |(_, label, tone)| (label, tone))
}
