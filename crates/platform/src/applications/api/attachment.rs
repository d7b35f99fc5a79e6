//! `GET /applications/{id}/attachments/{attachment}`.

use axum::extract::State as Ctx;
use axum::response::Response;
use kernel::{ApplicationId, AttachmentId};
use serde::Deserialize;
use web::{ApiResult, Caller, Path, Tenant};

use crate::applications::access::legible;
use crate::context::Context;
use crate::errors::Error;
use crate::uploads;

/// Which file.
#[derive(Debug, Deserialize)]
pub struct Which {
    id: ApplicationId,
    attachment: AttachmentId,
}

/// A file of an application: what was attached, the compiled form, the decision.
#[utoipa::path(get, path = "/{tenant}/api/applications/{id}/attachments/{attachment}", tag = "applications",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application"),
        ("attachment" = kernel::Uuid, Path, description = "the file")),
    responses((status = 200, description = "the file"), (status = 401, description = "no valid token"),
        (status = 404, description = "no such file, or not the caller's")))]
pub async fn handle(Ctx(context): Ctx<Context>, tenant: Tenant, caller: Caller, Path(which): Path<Which>) -> ApiResult<Response> {
    let (tenant_id, Which { id, attachment }) = (tenant.id, which);
    let attachment = context
        .app
        .db()
        .read(move |tx| {
            legible(tx, &caller, tenant_id, id)?;
            uploads::store::find(tx, tenant_id, id, attachment)?.ok_or(Error::NotFound)
        })
        .await?;
    uploads::download(&context.app, &attachment).await
}
