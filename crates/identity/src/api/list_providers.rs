//! `GET session/providers`: the ways to sign in.

use axum::extract::State;
use web::{Json, Tenant};

use crate::context::Context;
use crate::providers::{self, Provider};

/// The ways to sign in that the tenant offers, in the order to show them.
#[utoipa::path(get, path = "/{tenant}/api/session/providers", tag = "session",
    params(("tenant" = String, Path, description = "slug of the tenant, or `lang`")),
    responses((status = 200, description = "the ways to sign in", body = Vec<Provider>), (status = 404, description = "no such tenant")))]
pub async fn list(State(context): State<Context>, _: Tenant) -> Json<Vec<Provider>> {
    Json(providers::offered(context.config.login.is_some(), context.app.config().demo))
}
