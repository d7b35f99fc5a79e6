//! The applicant withdraws, the office annuls.

use axum::extract::State as Ctx;
use http::StatusCode;
use kernel::ApplicationId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{ApiResult, Caller, Id, Tenant};

use super::{Optional, done};
use crate::applications::state::{Command, State};
use crate::context::Context;
use crate::errors::Error;

/// Why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Reason {
    /// What is said with it.
    message: Option<String>,
}

/// Withdraws an application: only the applicant, while the office has not decided and nothing was paid.
#[utoipa::path(post, path = "/{tenant}/api/applications/{id}/transition/withdraw", tag = "transitions", request_body = Reason,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 204, description = "done"), (status = 403, description = "only the applicant"),
        (status = 404, description = "no such application, or not the caller's"), (status = 422, description = "not possible now")))]
pub async fn withdraw(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    Optional(reason): Optional<Reason>,
) -> ApiResult<StatusCode> {
    done(&context, &tenant, &caller, id, move |step, actor| {
        let applicant = step.application().user;
        if actor.user_id() != Some(applicant) {
            return Err(Error::Forbidden("Solo il richiedente può ritirare la pratica."));
        }
        let service = step.service;
        let application = step.application();
        if !service.allow_withdraw {
            return Err(Error::Precondition("Il servizio non prevede il ritiro delle pratiche."));
        }
        if application.payment_data.is_some() {
            return Err(Error::Precondition("La pratica ha un pagamento: per ritirarla rivolgersi all'ufficio."));
        }
        if application.status == State::PreSubmit && service.protocol_required {
            return Err(Error::Precondition("La pratica è in corso di protocollazione: riprovare fra poco."));
        }
        if service.workflow == 1 && application.status != State::PreSubmit {
            return Err(Error::Precondition("La pratica è già stata inoltrata."));
        }
        step.message = reason.message.map(|message| (message, None));
        step.apply(Command::Withdraw)
    })
    .await
}

/// Annuls an application.
#[utoipa::path(post, path = "/{tenant}/api/applications/{id}/transition/revoke", tag = "transitions", request_body = Reason,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 204, description = "done"), (status = 403, description = "not for the applicant"),
        (status = 404, description = "no such application, or not the caller's"), (status = 422, description = "not possible now")))]
pub async fn revoke(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    Optional(reason): Optional<Reason>,
) -> ApiResult<StatusCode> {
    done(&context, &tenant, &caller, id, move |step, actor| {
        actor.require_staff()?;
        step.message = reason.message.map(|message| (message, None));
        step.apply(Command::Revoke)
    })
    .await
}
