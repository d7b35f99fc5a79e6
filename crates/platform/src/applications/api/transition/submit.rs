//! The applicant submits a draft.

use axum::extract::State as Ctx;
use http::StatusCode;
use kernel::ApplicationId;
use web::{ApiResult, Caller, Id, Tenant};

use super::done;
use crate::applications::access::visible;
use crate::applications::api::create::submit_now;
use crate::applications::{answers, certified, state::State};
use crate::context::Context;
use crate::errors::Error;
use crate::users;

/// Submits a draft: to the payment if something is to be paid now, otherwise to the office. The answers are checked as a whole.
#[utoipa::path(post, path = "/{tenant}/api/applications/{id}/transition/submit", tag = "transitions",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 204, description = "done"), (status = 403, description = "an operator, not the applicant"), (status = 404, description = "no such application, or not the caller's"),
        (status = 409, description = "another one with the same unique value is open"),
        (status = 422, description = "not a draft, or fields are wrong")))]
pub async fn handle(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
) -> ApiResult<StatusCode> {
    let (tenant_id, viewer) = (tenant.id, caller.clone());
    let (stored, user) = context
        .app
        .db()
        .read(move |tx| {
            let (stored, actor) = visible(tx, &viewer, tenant_id, id)?;
            actor.require_applicant(stored.application.user)?;
            let user = users::store::find(tx, tenant_id, stored.application.user)?.ok_or(Error::NotFound)?;
            Ok::<_, Error>((stored, user))
        })
        .await?;
    if stored.application.status != State::Draft {
        return Err(Error::Precondition("La pratica è già stata inviata.").into());
    }
    let offer = context.offer(tenant.id, &stored.application.service_id.to_string()).await?;
    let now = context.app.clock().now();
    let data = kernel::read_json(&stored.data.answers).map_err(|error| Error::Defect(format!("answers: {error}")))?;
    certified::check(&context, tenant.id, &offer, &user, &data).await?;
    let answers = answers::check(&offer, &user, data, false, now)?;
    let payment = answers.payment(&tenant, &offer.service, &stored.application, now)?;
    let seen = stored.data.answers;
    done(&context, &tenant, &caller, id, move |step, _| {
        if step.stored.data.answers != seen {
            return Err(Error::Precondition("La bozza è stata modificata nel frattempo: rileggerla e inviare di nuovo."));
        }
        step.stored = answers.into_stored(step.stored.application.clone(), step.tenant)?;
        submit_now(step, payment)
    })
    .await
}
