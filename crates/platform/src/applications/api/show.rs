//! `GET /applications/{id}`.

use axum::extract::State as Ctx;
use axum::response::Response;
use http::StatusCode;
use kernel::ApplicationId;
use web::{ApiResult, Caller, Id, Tenant};

use super::answer;
use crate::applications::access::{Actor, legible};
use crate::applications::view::ApiVersion;
use crate::context::Context;

/// One application.
#[utoipa::path(get, path = "/{tenant}/api/applications/{id}", tag = "applications",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application"),
        ("version" = Option<u8>, Query, description = "1: flat data, 2: nested data")),
    responses((status = 200, description = "the application"), (status = 401, description = "no valid token"),
        (status = 404, description = "no such application, or not the caller's")))]
pub async fn handle(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    version: ApiVersion,
    Id(id): Id<ApplicationId>,
) -> ApiResult<Response> {
    let tenant_id = tenant.id;
    let (mut stored, actor) = context.app.db().read(move |tx| legible(tx, &caller, tenant_id, id)).await?;
    if matches!(actor, Actor::Relative(_)) {
        stored.application.links.clear();
    }
    Ok(answer(StatusCode::OK, &tenant, &stored, version)?)
}
