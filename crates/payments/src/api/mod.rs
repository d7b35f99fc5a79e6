//! The operations, one file each. Those of a proxy have paths relative to `/payment-proxy/<provider>`.

mod cancel;
mod carts;
mod configs;
mod export;
mod jobs;
mod landing;
mod notice;
mod notifications;
mod online_payment;
mod parity;
mod payments;
mod providers;
mod query;
mod receipt;
mod services;
mod status;
mod stream;
mod tenants;
mod update;

use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue, LOCATION};
use kernel::Uuid;
use runtime::App;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, ApiResult};

use crate::clients::Operators;
use crate::configuration::Edition;
use crate::import::{Importer, MAX_INLINE};
use crate::metering::count_requests;
use crate::providers::About;
use crate::proxy::Proxy;

/// Where configurations are changed: a proxy, and the edition of the interface that it is spoken to by.
#[derive(Clone, Debug)]
pub struct Desk {
    proxy: Proxy,
    edition: Edition,
}

/// The routes of a proxy.
pub fn proxy_routes(proxy: Proxy) -> OpenApiRouter {
    let tenants = || {
        OpenApiRouter::new().routes(routes!(tenants::schema)).routes(routes!(tenants::list, tenants::create)).routes(routes!(
            tenants::get,
            tenants::put,
            tenants::patch,
            tenants::delete
        ))
    };
    let configs = || {
        OpenApiRouter::new().routes(routes!(configs::schema)).routes(routes!(configs::list, configs::create)).routes(routes!(
            configs::get,
            configs::put,
            configs::patch,
            configs::delete
        ))
    };
    let services = OpenApiRouter::new().routes(routes!(services::schema)).routes(routes!(services::create)).routes(routes!(
        services::get,
        services::put,
        services::patch,
        services::delete
    ));
    let desk = |edition| Desk { proxy: proxy.clone(), edition };
    let routes = OpenApiRouter::new()
        .routes(routes!(online_payment::online_payment))
        .routes(routes!(landing::landing))
        .routes(routes!(notice::offline_payment))
        .routes(routes!(notice::notice))
        .routes(routes!(receipt::receipt))
        .routes(routes!(update::update))
        .routes(routes!(cancel::cancel))
        .routes(routes!(carts::create))
        .routes(routes!(carts::get))
        .routes(routes!(carts::landing))
        .routes(routes!(notifications::notify))
        .routes(routes!(status::status))
        .merge(tenants().merge(services).with_state(desk(Edition::V1)))
        .nest("/v2", tenants().merge(configs()).with_state(desk(Edition::V2)))
        // The documentation's text names the same addresses without the version.
        .merge(undocumented(configs().with_state(desk(Edition::V2))))
        .layer(from_fn_with_state(proxy.meter().clone(), count_requests))
        .with_state(proxy.clone());
    OpenApiRouter::new().nest(&proxy.base_path(), routes)
}

/// Routes that answer but do not stand in the OpenAPI document, because others there do the same.
fn undocumented<S: Clone + Send + Sync + 'static>(routes: OpenApiRouter<S>) -> OpenApiRouter<S> {
    routes.split_for_parts().0.into()
}

/// The routes of the read model.
pub fn read_model_routes(app: &App, providers: Vec<&'static About>) -> OpenApiRouter {
    let providers = OpenApiRouter::new().routes(routes!(providers::list)).with_state(std::sync::Arc::from(providers));
    OpenApiRouter::new()
        .routes(routes!(payments::list))
        .routes(routes!(export::export))
        .routes(routes!(query::query))
        .routes(routes!(parity::compare, parity::repair))
        .routes(routes!(payments::get))
        .with_state(Operators::new(app))
        .merge(providers)
}

/// The routes of the importer of dues.
pub fn importer_routes(importer: Importer) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(jobs::list, jobs::create))
        .layer(DefaultBodyLimit::max(MAX_INLINE))
        .routes(routes!(jobs::get, jobs::cancel))
        .routes(routes!(jobs::errors))
        .routes(routes!(jobs::export_errors))
        .with_state(importer)
}

/// Sends a browser to `url`.
fn redirect(url: &str) -> ApiResult<Response> {
    let location = HeaderValue::from_str(url).map_err(ApiError::internal)?;
    Ok((StatusCode::FOUND, [(LOCATION, location), (CACHE_CONTROL, HeaderValue::from_static("no-store"))]).into_response())
}

/// A PDF shown by the browser; `name` is what it is called when saved.
fn pdf(name: &str, id: Uuid, bytes: Vec<u8>) -> ApiResult<Response> {
    let disposition = HeaderValue::from_str(&format!("inline; filename=\"{name}-{id}.pdf\"")).map_err(ApiError::internal)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (CONTENT_DISPOSITION, disposition),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, bytes).into_response())
}

/// What a refused or failed request is answered with (RFC 9457, `application/problem+json`).
#[derive(Serialize, Deserialize, ToSchema)]
pub struct ProblemBody {
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
