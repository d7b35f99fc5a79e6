//! `GET /applications/{id}/announcements`.

use axum::extract::State as Ctx;
use kernel::{ApplicationId, RomeTime};
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiResult, Caller, Id, Json, Tenant};

use super::{Announcement, store};
use crate::applications::access::visible;
use crate::context::Context;
use crate::errors::Error;

/// What the applicant was told, and where it went.
#[derive(Serialize, ToSchema)]
pub struct AnnouncementBody {
    /// Code of the status that it is about.
    status_code: i64,
    /// Its identifier.
    status_name: &'static str,
    /// `waiting`, `calling` (the app IO may have it), `io`, `mail`, `nobody`.
    #[schema(example = "mail")]
    state: &'static str,
    /// The message at the app IO.
    io_message_id: Option<String>,
    /// Why it did not end there, for people.
    reason: Option<String>,
    /// When the status was reached.
    #[schema(value_type = String)]
    created_at: RomeTime,
    /// When it was known what became of it.
    #[schema(value_type = Option<String>)]
    settled_at: Option<RomeTime>,
}

impl From<Announcement> for AnnouncementBody {
    fn from(announcement: Announcement) -> Self {
        let Announcement { status, progress, io_message_id, reason, created_at, settled_at, .. } = announcement;
        let (status_code, status_name) = (status.code(), status.name());
        Self { status_code, status_name, state: progress.word(), io_message_id, reason, created_at, settled_at }
    }
}

/// What the applicant was told of the application, oldest first: in the app IO or by e-mail, and why not. For the office only.
#[utoipa::path(get, path = "/{tenant}/api/applications/{id}/announcements", tag = "applications",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 200, description = "what was told", body = Vec<AnnouncementBody>), (status = 401, description = "no valid token"),
        (status = 403, description = "not one of the office"), (status = 404, description = "no such application, or not the caller's")))]
pub async fn list(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
) -> ApiResult<Json<Vec<AnnouncementBody>>> {
    let tenant_id = tenant.id;
    let read = context.app.db().read(move |tx| {
        let (_, actor) = visible(tx, &caller, tenant_id, id)?;
        actor.require_staff()?;
        Ok::<_, Error>(store::list(tx, tenant_id, id)?)
    });
    Ok(Json(read.await?.into_iter().map(AnnouncementBody::from).collect()))
}
