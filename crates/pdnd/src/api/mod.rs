//! The interface of the connector (developers' documentation, "PDND connector"): configuration for the administrators of a body, data for
//! whoever signed in there.

mod clients;
mod configs;
mod data;
mod eservices;
mod keys;
mod status;
mod tenants;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{Method, StatusCode};
use kernel::{FieldError, Page, PageQuery, Problem, Sort, TenantId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiResult, Caller};

use crate::connector::Connector;
use crate::errors::Error;

/// Base of the addresses.
pub const BASE: &str = "/pdnd/v1";

/// The routes.
pub fn router(connector: &Connector) -> OpenApiRouter {
    let routes = OpenApiRouter::new()
        .routes(routes!(data::read, data::validate))
        // The documentation has three ways to write these addresses.
        .route("/e-services/{provider}/{service}", get(data::read).post(data::validate))
        .route("/validate/{provider}/{service}", post(data::validate))
        .routes(routes!(eservices::list))
        .routes(routes!(tenants::create))
        .routes(routes!(tenants::get, tenants::replace, tenants::change, tenants::remove))
        .routes(routes!(clients::list, clients::create))
        .routes(routes!(clients::get, clients::replace, clients::change, clients::remove))
        .routes(routes!(configs::list, configs::create))
        .routes(routes!(configs::get, configs::replace, configs::change, configs::remove))
        .routes(routes!(keys::get))
        .routes(routes!(keys::remove))
        .routes(routes!(status::status))
        .routes(routes!(web::status::metrics))
        .layer(from_fn(options));
    let internal = OpenApiRouter::new().route("/internal/pdnd/e-services/{id}", axum::routing::put(eservices::put));
    OpenApiRouter::new().nest(BASE, routes).merge(internal).with_state(connector.clone())
}

/// Answers `OPTIONS` with what an address takes.
async fn options(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let mut response = next.run(request).await;
    if method == Method::OPTIONS && response.status() == StatusCode::METHOD_NOT_ALLOWED {
        // The router adds the methods, in `Allow`, to whatever is answered here.
        response = StatusCode::OK.into_response();
    }
    response
}

/// Lets administrators of the body, and the platform itself, pass. To those of another body it does not exist.
fn authorise(caller: &Caller, tenant: TenantId) -> ApiResult<()> {
    caller.require_admin()?;
    if caller.tenant_id == tenant { Ok(()) } else { Err(Error::NotConfigured.into()) }
}

/// What a page of a collection is asked by.
fn paging(query: &PageQuery, allowed: &[&'static str]) -> ApiResult<(u64, u64, Sort)> {
    let (offset, limit) = query.bounds()?;
    let first = Sort { field: allowed.first().copied().unwrap_or("id"), descending: false };
    Ok((offset, limit, query.order(allowed, first)?))
}

/// A page of the collection at `path`.
fn page<T>(connector: &Connector, path: &str, query: &PageQuery, bounds: (u64, u64), found: (u64, Vec<T>)) -> Page<T> {
    let url = format!("{}{BASE}{path}", connector.app().public_url());
    Page::new(&url, query, bounds.0, bounds.1, found.0, found.1)
}

/// The writable members of what is stored, as `T` writes them, with those of `change` laid over them (RFC 7396).
fn merged<T: Serialize + DeserializeOwned>(stored: &T, change: Map<String, Value>) -> Result<T, Error> {
    let mut members = match serde_json::to_value(stored) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    kernel::merge_patch(&mut members, change);
    serde_json::from_value(Value::Object(members))
        .map_err(|error| Error::Invalid(vec![FieldError::new("", "type", error.to_string())]))
}

/// Each text with its name must have 1 to `longest` characters.
fn check_texts(texts: &[(&str, &str)], longest: usize) -> Result<(), Error> {
    let wrong = texts.iter().filter(|(_, text)| !(1..=longest).contains(&text.trim().chars().count()));
    let wrong: Vec<_> =
        wrong.map(|(name, _)| FieldError::new(*name, "length", format!("Indicare da 1 a {longest} caratteri."))).collect();
    if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
}

/// A refusal, as the document shows it.
#[derive(ToSchema)]
#[schema(as = Problem)]
#[allow(dead_code, reason = "only the document is made from it")]
pub struct ProblemBody {
    /// Relative address of the page that explains this kind of problem.
    #[schema(rename = "type")]
    r#type: String,
    /// One short sentence, the same for every occurrence.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened this time and what to do about it.
    detail: Option<String>,
    /// The request's identifier, as in the log.
    instance: Option<String>,
}

/// What every operation of administrators may refuse.
#[derive(utoipa::IntoResponses)]
#[allow(dead_code, reason = "only the document is made from it")]
enum Refusals {
    /// Token mancante o non valido
    #[response(status = 401)]
    Anonymous(ProblemBody),
    /// Operazione riservata agli amministratori
    #[response(status = 403)]
    Stranger(ProblemBody),
    /// Non configurato, o di un altro ente
    #[response(status = 404)]
    Missing(ProblemBody),
}

/// What is wrong with a parameter of the query.
fn bad_query(name: &str, message: &str) -> web::ApiError {
    Problem::new(400, "bad-query", "Parametri della richiesta non validi")
        .errors(vec![FieldError::new(name, "invalid", message)])
        .into()
}
