//! Whether the proxy works.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, Json};

use super::ProblemBody;
use crate::proxy::Proxy;

/// Whether the proxy works.
#[derive(Serialize, ToSchema)]
pub struct Status {
    /// `ok`.
    status: &'static str,
    /// The proxy and its version.
    app_id: String,
    /// The version of the payment event that it writes.
    event_version: &'static str,
    /// The versions of the payment event that it accepts.
    accepted_event_versions: Vec<String>,
    /// The parts that do not work: none.
    failures: Vec<&'static str>,
}

/// Stato del servizio
///
/// Healthy when database and event bus answer.
#[utoipa::path(
    get,
    path = "/status",
    tag = "servizio",
    responses((status = 200, description = "Funziona", body = Status), (status = 503, description = "Una parte non risponde; `failures` dice quale", body = ProblemBody))
)]
pub async fn status(State(proxy): State<Proxy>) -> Response {
    let health = proxy.app().health().await;
    let failures: Vec<_> = health.failures.iter().map(|(part, _)| *part).collect();
    if !failures.is_empty() {
        return ApiError::from(web::failing().extension("app_id", proxy.app_id()).extension("failures", failures))
            .into_response();
    }
    let accepted_event_versions = proxy.about().events.iter().map(ToString::to_string).collect();
    let app_id = proxy.app_id().to_owned();
    Json(Status { status: "ok", app_id, event_version: "2.0", accepted_event_versions, failures }).into_response()
}
