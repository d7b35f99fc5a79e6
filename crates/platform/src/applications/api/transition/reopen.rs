//! The office takes a closed application up again.

use axum::extract::State as Ctx;
use http::StatusCode;
use kernel::ApplicationId;
use web::{ApiResult, Caller, Id, Tenant};

use super::done;
use crate::applications::state::Command;
use crate::context::Context;
use crate::errors::Error;

/// Takes a closed application up again, if its service allows it. The decision is taken back.
#[utoipa::path(post, path = "/{tenant}/api/applications/{id}/transition/reopen", tag = "transitions",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 204, description = "done"), (status = 403, description = "not for the applicant"),
        (status = 404, description = "no such application, or not the caller's"), (status = 422, description = "not possible now")))]
pub async fn handle(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
) -> ApiResult<StatusCode> {
    done(&context, &tenant, &caller, id, move |step, actor| {
        actor.require_staff()?;
        if !step.service.allow_reopening {
            return Err(Error::Precondition("Il servizio non prevede la riapertura delle pratiche."));
        }
        let application = step.application();
        application.outcome = None;
        application.outcome_motivation = None;
        application.outcome_file = None;
        application.outcome_attachments.clear();
        application.closing_file = None;
        step.apply(Command::Reopen)
    })
    .await
}
