//! What the proxy knows of the payments of a service: configuration API version 1, `/services` (developers' documentation, "API v1",
//! "Configurazione servizio"). How much, for what and until when, the event says. For administrators of the body, and for the platform
//! itself.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use kernel::Uuid;
use web::{ApiResult, Caller, Json, Path};

use super::{Desk, ProblemBody, configs};
use crate::configuration::Document;

/// Modulo di configurazione dei pagamenti di un servizio
///
/// The Form.io form that an administrator fills in.
#[utoipa::path(
    get,
    path = "/services/schema",
    tag = "configurazione",
    responses((status = 200, description = "Form.io", body = Value))
)]
pub async fn schema(State(desk): State<Desk>) -> Response {
    ([(CONTENT_TYPE, "application/json")], desk.proxy.about().service_form).into_response()
}

/// Configurazione dei pagamenti di un servizio
///
/// As it was sent. A disabled one has `active: false`.
#[utoipa::path(
    get,
    path = "/services/{id}",
    tag = "configurazione",
    params(("id" = Uuid, Path, description = "Identificativo del servizio")),
    responses(
        (status = 200, description = "La configurazione", body = Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Configurazione sconosciuta o di un altro ente", body = ProblemBody),
    )
)]
pub async fn get(State(desk): State<Desk>, caller: Caller, Path(id): Path<Uuid>) -> ApiResult<Json<Document>> {
    configs::show(&desk, &caller, id).await
}

/// Crea la configurazione dei pagamenti di un servizio
///
/// A disabled configuration may be created anew.
#[utoipa::path(
    post,
    path = "/services",
    tag = "configurazione",
    request_body = Value,
    responses(
        (status = 201, description = "La configurazione creata", body = Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Ente diverso dal proprio", body = ProblemBody),
        (status = 409, description = "Esiste già una configurazione attiva del servizio", body = ProblemBody),
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn create(State(desk): State<Desk>, caller: Caller, Json(document): Json<Document>) -> ApiResult<Response> {
    configs::add(&desk, &caller, document).await
}

/// Sostituisce la configurazione dei pagamenti di un servizio
///
/// Creates it if there is none.
#[utoipa::path(
    put,
    path = "/services/{id}",
    tag = "configurazione",
    params(("id" = Uuid, Path, description = "Identificativo del servizio")),
    request_body = Value,
    responses(
        (status = 200, description = "La configurazione sostituita", body = Value),
        (status = 201, description = "La configurazione creata", body = Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Configurazione di un altro ente", body = ProblemBody),
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn put(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(document): Json<Document>,
) -> ApiResult<Response> {
    configs::replace(&desk, &caller, id, document).await
}

/// Modifica la configurazione dei pagamenti di un servizio
///
/// Lays the members sent over those stored (JSON Merge Patch, RFC 7396).
#[utoipa::path(
    patch,
    path = "/services/{id}",
    tag = "configurazione",
    params(("id" = Uuid, Path, description = "Identificativo del servizio")),
    request_body = Value,
    responses(
        (status = 200, description = "La configurazione modificata", body = Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Configurazione sconosciuta o di un altro ente", body = ProblemBody),
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn patch(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(patch): Json<Document>,
) -> ApiResult<Json<Document>> {
    Ok(Json(configs::change(&desk, &caller, id, patch).await?))
}

/// Disattiva la configurazione dei pagamenti di un servizio
///
/// Nothing is removed: `active` becomes false, and these payments are none of this proxy's business any more.
#[utoipa::path(
    delete,
    path = "/services/{id}",
    tag = "configurazione",
    params(("id" = Uuid, Path, description = "Identificativo del servizio")),
    responses(
        (status = 204, description = "Disattivata"),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Configurazione sconosciuta o di un altro ente", body = ProblemBody),
    )
)]
pub async fn delete(State(desk): State<Desk>, caller: Caller, Path(id): Path<Uuid>) -> ApiResult<StatusCode> {
    configs::disable(&desk, &caller, id).await
}
