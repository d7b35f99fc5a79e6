//! The operations, one file each for what belongs together: `/ioservice/v1/...`.

mod audit;
mod keys;
mod lot;
mod lots;
mod me;
mod members;
mod providers;
mod rows;
mod services;
mod settings;
mod templates;
mod ticket_files;
mod tickets;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::errors::{Refusal, invalid};
use super::files::MAX_FILE;
use crate::context::Context;
use crate::ulid::Ulid;

/// The routes.
pub fn routes(context: &Context) -> OpenApiRouter {
    let routes = OpenApiRouter::new()
        .routes(routes!(me::get))
        .routes(routes!(members::list))
        .routes(routes!(members::put, members::delete))
        .routes(routes!(providers::list, providers::create))
        .routes(routes!(providers::replace))
        .routes(routes!(keys::list, keys::create, keys::delete_all))
        .routes(routes!(keys::delete))
        .routes(routes!(services::list, services::propose))
        .routes(routes!(services::get, services::change))
        .routes(routes!(services::command))
        .routes(routes!(services::check))
        .routes(routes!(templates::list, templates::create))
        .routes(routes!(templates::add_version))
        .routes(routes!(lot::get))
        .routes(routes!(lot::test))
        .routes(routes!(lot::approve))
        .routes(routes!(lot::command))
        .routes(routes!(rows::list))
        .routes(routes!(rows::get))
        .routes(routes!(rows::decide))
        .routes(routes!(rows::report))
        .routes(routes!(settings::get, settings::put))
        .routes(routes!(audit::list))
        .routes(routes!(ticket_files::get));
    // A lot is a file: it may be larger than other bodies.
    let lots = OpenApiRouter::new().routes(routes!(lots::list, lots::create)).layer(DefaultBodyLimit::max(MAX_FILE));
    // Requests for help come with files.
    let help = OpenApiRouter::new()
        .routes(routes!(tickets::list, tickets::open))
        .routes(routes!(tickets::command))
        .layer(DefaultBodyLimit::max(ticket_files::LIMIT));
    OpenApiRouter::new().nest("/ioservice/v1", routes.merge(lots).merge(help).with_state(context.clone()))
}

/// An identifier in an address or a body; one that does not read names nothing.
fn id(text: &str) -> Result<Ulid, Refusal> {
    text.parse().map_err(|_| Refusal::NotFound)
}

/// A command with its reason.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// What to do.
    command: String,
    /// Why.
    #[serde(default)]
    reason: Option<String>,
}

impl Order {
    /// The reason, if there is one.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for one that is too long to be shown.
    fn reason(&self) -> Result<Option<String>, Refusal> {
        let reason = self.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
        if reason.is_some_and(|reason| reason.chars().count() > 1_000) {
            return Err(invalid("/reason", "usare al massimo 1000 caratteri"));
        }
        Ok(reason.map(str::to_owned))
    }
}

/// What a refused or failed request is answered with (RFC 9457).
#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct IntermediaryProblem {
    /// Relative address of the page that explains this kind of problem.
    #[serde(rename = "type")]
    kind: String,
    /// One short sentence, the same for every occurrence.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened this time and what to do about it.
    detail: Option<String>,
    /// The request's identifier, as in the log.
    instance: Option<String>,
}

/// What every operation may be answered besides what it is for.
#[derive(utoipa::IntoResponses)]
#[allow(dead_code)] // for the document only
enum Refused {
    /// Token o chiave mancante o non valida
    #[response(status = 401)]
    Unauthorized(IntermediaryProblem),
    /// Operazione non consentita
    #[response(status = 403)]
    Forbidden(IntermediaryProblem),
    /// Risorsa sconosciuta o di altri
    #[response(status = 404)]
    NotFound(IntermediaryProblem),
    /// Lo stato non lo consente
    #[response(status = 409)]
    Conflict(IntermediaryProblem),
    /// Campi non validi
    #[response(status = 422)]
    Invalid(IntermediaryProblem),
}
