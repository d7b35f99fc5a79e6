//! `/status` at the address of the documentation; what it says is said of the whole process.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kernel::{RomeTime, Uuid};
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, Json};

use super::ProblemBody;
use crate::connector::Connector;

/// How the connector is.
#[derive(Serialize, ToSchema)]
#[schema(as = ConnectorStatus)]
pub struct Status {
    /// Identifier of this answer.
    id: Uuid,
    /// `ok`
    status: &'static str,
    /// When it was looked.
    #[schema(value_type = String, format = DateTime)]
    checked_at: RomeTime,
}

/// Stato del connettore
#[utoipa::path(
    get,
    path = "/status",
    tag = "servizio",
    responses(
        (status = 200, description = "Funziona", body = Status),
        (status = 503, description = "Una parte non risponde", body = ProblemBody),
    )
)]
pub async fn status(State(connector): State<Connector>) -> Response {
    let app = connector.app();
    let (health, checked_at) = (app.health().await, app.clock().now());
    if health.failures.is_empty() {
        Json(Status { id: app.rng().uuid_at(checked_at), status: "ok", checked_at }).into_response()
    } else {
        ApiError::from(web::failing()).into_response()
    }
}
