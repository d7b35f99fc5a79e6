//! The operations, one file each.

mod auth;
mod begin_oauth;
mod create_session;
mod end_session;
mod get_key;
mod list_keys;
mod list_providers;
mod session_auth;
mod set_password;

use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, HeaderValue};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Json;

use crate::context::Context;

/// Largest body: names, passwords and codes. Strangers send them, and what they have not finished takes memory.
const LARGEST_BODY: usize = 8 * 1024;

/// Every operation.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(auth::auth))
        .routes(routes!(session_auth::token, session_auth::anonymous, session_auth::preflight))
        .routes(routes!(create_session::create, end_session::end))
        .routes(routes!(begin_oauth::begin))
        .routes(routes!(list_providers::list))
        .routes(routes!(set_password::set))
        .routes(routes!(list_keys::list))
        .routes(routes!(get_key::get))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
}

/// A token, as `auth` and `session-auth` give it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Token {
    /// Signed JSON Web Token, for `Authorization: Bearer`.
    token: String,
}

/// An answer that nobody may keep: it is worth as much as a password.
struct Secret<T>(T);

impl<T: Serialize> IntoResponse for Secret<T> {
    fn into_response(self) -> Response {
        ([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(self.0)).into_response()
    }
}
