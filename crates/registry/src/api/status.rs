//! `GET /status`: whether the proxy works, said as the published API of a proxy says it.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, Json};

use crate::proxy::Proxy;

/// How the proxy is, in the form of a problem (RFC 9457) whether there is one or not.
#[derive(Serialize, ToSchema)]
#[schema(as = RegistryProxyStatus)]
pub struct Status {
    /// `about:blank`
    r#type: &'static str,
    /// In a word.
    title: &'static str,
    /// 200
    status: u16,
    /// In a sentence.
    detail: &'static str,
    /// The address that was asked.
    instance: String,
}

/// Whether the proxy works: its database, its files and the event bus answer.
#[utoipa::path(
    get,
    path = "/status",
    tag = "status",
    operation_id = "get_status",
    responses(
        (status = 200, description = "It works.", body = Status, content_type = "application/problem+json"),
        (status = 503, description = "A part does not answer.", body = Status),
    )
)]
pub async fn status(State(proxy): State<Proxy>) -> Response {
    if !proxy.app().health().await.failures.is_empty() {
        return ApiError::from(web::failing()).into_response();
    }
    let instance = format!("{}/status", proxy.names().base_path);
    let detail = "Tutte le parti da cui il servizio dipende rispondono.";
    let mut response = Json(Status { r#type: "about:blank", title: "Funziona", status: 200, detail, instance }).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}
