//! The office accepts or rejects.

use axum::extract::State as Ctx;
use contracts::applications::{File, PaymentData};
use http::StatusCode;
use kernel::ApplicationId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{ApiResult, Caller, Id, Tenant};

use super::{Optional, done, require_in_charge};
use crate::applications::access::visible;
use crate::applications::answers;
use crate::applications::state::Command;
use crate::context::Context;
use crate::errors::Error;
use crate::uploads::{self, InlineFile};
use crate::users;

/// A decision.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Decision {
    /// The reasons, as the applicant reads them.
    message: Option<String>,
    /// Files that go with it.
    attachments: Vec<InlineFile>,
}

/// Accepts an application. If something is to be paid before it takes effect, the payment is asked for now.
#[utoipa::path(post, path = "/{tenant}/api/applications/{id}/transition/accept", tag = "transitions", request_body = Decision,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 204, description = "done"), (status = 403, description = "not in charge of it"),
        (status = 404, description = "no such application, or not the caller's"), (status = 422, description = "not possible now")))]
pub async fn accept(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    Optional(decision): Optional<Decision>,
) -> ApiResult<StatusCode> {
    decide(context, tenant, caller, id, decision, true).await
}

/// Rejects an application.
#[utoipa::path(post, path = "/{tenant}/api/applications/{id}/transition/reject", tag = "transitions", request_body = Decision,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 204, description = "done"), (status = 403, description = "not in charge of it"),
        (status = 404, description = "no such application, or not the caller's"), (status = 422, description = "not possible now")))]
pub async fn reject(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    Optional(decision): Optional<Decision>,
) -> ApiResult<StatusCode> {
    decide(context, tenant, caller, id, decision, false).await
}

async fn decide(
    context: Context,
    tenant: Tenant,
    caller: Caller,
    id: ApplicationId,
    decision: Decision,
    accepted: bool,
) -> ApiResult<StatusCode> {
    let files = uploads::keep_inline(&context, &tenant, &caller, id, "outcome_attachment", decision.attachments).await?;
    let payment = if accepted { fee(&context, &tenant, &caller, id).await? } else { None };
    let attachments: Vec<File> = files.iter().map(|file| file.as_file(&tenant)).collect();
    done(&context, &tenant, &caller, id, move |step, actor| {
        require_in_charge(step, actor)?;
        for file in &files {
            uploads::store::insert(step.tx, file)?;
        }
        let registers = step.service.protocol_required;
        let application = step.application();
        application.outcome = Some(accepted);
        application.outcome_motivation = decision.message.clone();
        application.outcome_attachments = attachments;
        step.message = decision.message.map(|message| (message, None));
        if let Some(payment) = payment {
            step.application().payment_type = step.service.payment_parameters.gateways.keys().next().cloned();
            step.application().payment_data = Some(payment);
            return step.apply(Command::AskPayment);
        }
        step.apply(match (accepted, registers) {
            (true, true) => Command::AcceptToRegister,
            (true, false) => Command::Accept,
            (false, true) => Command::RejectToRegister,
            (false, false) => Command::Reject,
        })
    })
    .await
}

/// What is to be paid when an application of this service is accepted.
async fn fee(context: &Context, tenant: &Tenant, caller: &Caller, id: ApplicationId) -> Result<Option<PaymentData>, Error> {
    let (tenant_id, viewer) = (tenant.id, caller.clone());
    let (stored, user) = context
        .app
        .db()
        .read(move |tx| {
            let (stored, _) = visible(tx, &viewer, tenant_id, id)?;
            let user = users::store::find(tx, tenant_id, stored.application.user)?.ok_or(Error::NotFound)?;
            Ok::<_, Error>((stored, user))
        })
        .await?;
    let offer = context.offer(tenant.id, &stored.application.service_id.to_string()).await?;
    // Paid already, or nothing to pay at this point.
    if offer.service.payment_required != 2 || stored.application.payment_data.is_some() {
        return Ok(None);
    }
    let now = context.app.clock().now();
    let data = kernel::read_json(&stored.data.answers).map_err(|error| Error::Defect(format!("answers: {error}")))?;
    answers::check(&offer, &user, data, false, now)?.payment(tenant, &offer.service, &stored.application, now)
}
