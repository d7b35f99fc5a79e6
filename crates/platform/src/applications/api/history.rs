//! `GET /applications/{id}/history`.

use axum::extract::State as Ctx;
use kernel::ApplicationId;
use web::{ApiResult, Caller, Id, Json, Tenant};

use crate::applications::access::legible;
use crate::applications::store::{self, HistoryEntry};
use crate::context::Context;
use crate::errors::Error;

/// The statuses that an application went through, oldest first.
#[utoipa::path(get, path = "/{tenant}/api/applications/{id}/history", tag = "applications",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 200, description = "the history", body = Vec<HistoryEntry>), (status = 401, description = "no valid token"),
        (status = 404, description = "no such application, or not the caller's")))]
pub async fn handle(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
) -> ApiResult<Json<Vec<HistoryEntry>>> {
    let tenant_id = tenant.id;
    let history = context
        .app
        .db()
        .read(move |tx| {
            legible(tx, &caller, tenant_id, id)?;
            Ok::<_, Error>(store::history(tx, id)?)
        })
        .await?;
    Ok(Json(history))
}
