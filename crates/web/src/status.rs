//! `/status` and `/metrics` of a process (developers' documentation, "Healthcheck" and "Monitoring metriche").

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::CONTENT_TYPE;
use kernel::Problem;
use runtime::{App, VERSION};
use serde_json::json;

use crate::{ApiError, Json};

/// The routes of a process that runs `roles`: how it is, and what the problems of every role mean.
pub fn status_routes(app: App, roles: Vec<&'static str>) -> Router {
    let own = Router::new().route("/status", get(status)).route("/metrics", get(metrics)).with_state((app, roles));
    own.merge(crate::error_pages::routes())
}

async fn status(State((app, roles)): State<(App, Vec<&'static str>)>) -> Response {
    let health = app.health().await;
    let failures: serde_json::Map<_, _> =
        health.failures.iter().map(|(part, _)| ((*part).to_owned(), "unavailable".into())).collect();
    for (part, reason) in &health.failures {
        tracing::warn!(part, reason, "status: a part does not answer");
    }
    if failures.is_empty() {
        return Json(json!({ "status": "ok", "version": VERSION, "roles": roles, "failures": failures })).into_response();
    }
    ApiError::from(failing().extension("version", VERSION).extension("roles", roles).extension("failures", failures))
        .into_response()
}

/// The problem of a process of which a part does not answer; who says it adds which.
pub fn failing() -> Problem {
    Problem::new(503, "unavailable", "Servizio momentaneamente non disponibile")
        .detail("Una parte da cui il servizio dipende non risponde: riprovare fra qualche secondo.")
}

/// Metriche Prometheus
///
/// Those of the whole process.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "servizio",
    responses((status = 200, description = "Metriche", body = String, content_type = "text/plain"))
)]
pub async fn metrics() -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], runtime::prometheus().render()).into_response()
}
