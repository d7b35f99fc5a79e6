//! E-services: `/e-services`. They are the same for every body, so that only the platform itself changes them.

use axum::extract::State;
use http::StatusCode;
use kernel::{FieldError, Page, PageQuery, Uuid};
use serde::Deserialize;
use url::Url;
use utoipa::IntoParams;
use web::{ApiResult, Caller, Json, Path, Query};

use super::{ProblemBody, page, paging};
use crate::connector::Connector;
use crate::errors::Error;
use crate::service::{EService, Environment, Service};
use crate::store::eservices;

/// Fields by which the list can be ordered; the first one orders it unless told.
const ORDERS: [&str; 4] = ["slug", "name", "env", "version"];

/// What a page is asked by.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only the document is made from it")]
pub struct PageParameters {
    /// First element, from 0.
    offset: Option<u64>,
    /// How many elements, 1 to 100.
    limit: Option<u64>,
    /// Field to order by; a leading `-` means descending.
    sort: Option<String>,
}

/// E-service disponibili
#[utoipa::path(
    get,
    path = "/e-services",
    tag = "e-service",
    params(PageParameters),
    responses(
        (status = 200, description = "Una pagina", body = Object),
        (status = 400, description = "Parametri non validi", body = ProblemBody),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
    )
)]
pub async fn list(
    State(connector): State<Connector>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<EService>>> {
    caller.require_admin()?;
    let (offset, limit, sort) = paging(&query, &ORDERS)?;
    let found = connector.app().db().read(move |tx| eservices::list(tx, &sort, offset, limit)).await?;
    Ok(Json(page(&connector, "/e-services", &query, (offset, limit), found)))
}

/// What can be written of an e-service.
#[derive(Clone, Debug, Deserialize)]
pub struct Fields {
    slug: String,
    name: String,
    version: String,
    env: Environment,
    endpoint: String,
    audience: String,
    aud_client_assertion: String,
}

/// Stores an e-service, for the platform itself.
pub async fn put(
    State(connector): State<Connector>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(fields): Json<Fields>,
) -> ApiResult<StatusCode> {
    caller.require_service()?;
    let Fields { slug, name, version, env, endpoint, audience, aud_client_assertion } = fields;
    let mut wrong = Vec::new();
    if Service::by_slug(&slug).is_none() {
        wrong.push(FieldError::new("slug", "unknown", "Il connettore non sa leggere i dati di questo e-service."));
    }
    if !Url::parse(&endpoint).is_ok_and(|url| connector.app().egress().allows(&url)) {
        wrong.push(FieldError::new("endpoint", "address", "Indicare un indirizzo https pubblico."));
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong).into());
    }
    let eservice = EService { id, slug, name, version, env, endpoint, audience, aud_client_assertion };
    connector.app().db().write(move |tx| eservices::put(tx, &eservice)).await?;
    Ok(StatusCode::NO_CONTENT)
}
