//! The application, or the decision, has its registration number.

use axum::extract::State as Ctx;
use http::StatusCode;
use kernel::ApplicationId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{ApiResult, Caller, Id, Json, Tenant};

use super::{done, number};
use crate::applications::state::{Command, State};
use crate::context::Context;

/// Registration of an application.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// Number of the folder.
    protocol_folder_number: Option<String>,
    /// Code of the folder.
    protocol_folder_code: Option<String>,
    /// Registration number.
    protocol_number: String,
    /// Document at the registry.
    protocol_document_id: Option<String>,
}

/// Registers an application that was acquired.
#[utoipa::path(post, path = "/{tenant}/api/applications/{id}/transition/register", tag = "transitions", request_body = Registration,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 204, description = "done"), (status = 403, description = "not for the applicant"),
        (status = 404, description = "no such application, or not the caller's"), (status = 422, description = "not possible now")))]
pub async fn application(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    Json(registration): Json<Registration>,
) -> ApiResult<StatusCode> {
    done(&context, &tenant, &caller, id, move |step, actor| {
        actor.require_staff()?;
        let number = number("/protocol_number", &registration.protocol_number)?;
        let now = step.now;
        let application = step.application();
        application.protocol_number = Some(number);
        application.protocol_folder_number = registration.protocol_folder_number;
        application.protocol_folder_code = registration.protocol_folder_code;
        application.protocol_document_id = registration.protocol_document_id;
        application.protocolled_at = Some(now);
        step.apply(Command::Register)
    })
    .await
}

/// Registration of a decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutcomeRegistration {
    /// Registration number.
    protocol_number: String,
    /// Document at the registry.
    protocol_document_id: Option<String>,
}

/// Registers the decision of an application.
#[utoipa::path(post, path = "/{tenant}/api/applications/{id}/transition/register-outcome", tag = "transitions", request_body = OutcomeRegistration,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 204, description = "done"), (status = 403, description = "not for the applicant"),
        (status = 404, description = "no such application, or not the caller's"), (status = 422, description = "not possible now")))]
pub async fn outcome(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    Json(registration): Json<OutcomeRegistration>,
) -> ApiResult<StatusCode> {
    done(&context, &tenant, &caller, id, move |step, actor| {
        actor.require_staff()?;
        let number = number("/protocol_number", &registration.protocol_number)?;
        let now = step.now;
        let application = step.application();
        application.outcome_protocol_number = Some(number);
        application.outcome_protocol_document_id = registration.protocol_document_id;
        application.outcome_protocolled_at = Some(now);
        match application.status {
            State::RejectedToRegister => step.apply(Command::Reject),
            _ => step.apply(Command::Accept),
        }
    })
    .await
}
