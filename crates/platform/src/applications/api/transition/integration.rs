//! The office asks for more, the applicant answers.

use axum::extract::State as Ctx;
use contracts::applications::File;
use http::StatusCode;
use kernel::{ApplicationId, MessageId, RomeTime};
use serde::Deserialize;
use utoipa::ToSchema;
use web::{ApiResult, Caller, Id, Json, Tenant};

use super::{Optional, done, number, require_in_charge};
use crate::applications::Step;
use crate::applications::application::{Integration, IntegrationStep};
use crate::applications::state::Command;
use crate::context::Context;
use crate::errors::Error;
use crate::messages;
use crate::uploads::{self, InlineFile};

/// A request for more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What is missing, as the applicant reads it.
    message: String,
    /// Files that go with it.
    #[serde(default)]
    attachments: Vec<InlineFile>,
}

/// Asks the applicant for more. If requests are registered, the applicant can answer when this one has its number.
#[utoipa::path(post, path = "/{tenant}/api/applications/{id}/transition/request-integration", tag = "transitions", request_body = Request,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 204, description = "done"), (status = 403, description = "not in charge of it"),
        (status = 404, description = "no such application, or not the caller's"), (status = 422, description = "not possible now")))]
pub async fn request(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    Json(request): Json<Request>,
) -> ApiResult<StatusCode> {
    if request.message.trim().is_empty() {
        return Err(Error::field("/message", "required", "Spiegare al richiedente che cosa manca.").into());
    }
    let files = uploads::keep_inline(&context, &tenant, &caller, id, "attachment", request.attachments).await?;
    let attachments: Vec<File> = files.iter().map(|file| file.as_file(&tenant)).collect();
    done(&context, &tenant, &caller, id, move |step, actor| {
        require_in_charge(step, actor)?;
        if !step.service.allow_integration_request {
            return Err(Error::Precondition("Il servizio non prevede richieste di integrazioni."));
        }
        for file in &files {
            uploads::store::insert(step.tx, file)?;
        }
        let now = step.now;
        let outbound = IntegrationStep {
            message: request.message.clone(),
            created_at: Some(now),
            attachments,
            ..IntegrationStep::default()
        };
        step.application().integrations.push(Integration { outbound, inbound: None });
        step.message = Some((request.message, None));
        step.apply(Command::RequestIntegration)?;
        // Without a registry nobody gives the request a number: the applicant can answer at once.
        if step.service.protocol_required { Ok(()) } else { step.apply(Command::OpenIntegration) }
    })
    .await
}

/// Registration of a request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestRegistration {
    /// Registration number.
    integration_outbound_protocol_number: String,
    /// Document at the registry.
    integration_outbound_protocol_document_id: Option<String>,
    /// When it was registered.
    #[schema(value_type = Option<String>)]
    integration_outbound_protocolled_at: Option<RomeTime>,
}

/// Registers the request for more: the applicant can answer now.
#[utoipa::path(post, path = "/{tenant}/api/applications/{id}/transition/register-integration-request", tag = "transitions",
    request_body = RequestRegistration,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 204, description = "done"), (status = 403, description = "not for the applicant"),
        (status = 404, description = "no such application, or not the caller's"), (status = 422, description = "not possible now")))]
pub async fn register_request(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    Json(registration): Json<RequestRegistration>,
) -> ApiResult<StatusCode> {
    done(&context, &tenant, &caller, id, move |step, actor| {
        actor.require_staff()?;
        let number = number("/integration_outbound_protocol_number", &registration.integration_outbound_protocol_number)?;
        let now = step.now;
        let request = &mut open(step)?.outbound;
        request.protocol_number = Some(number);
        request.protocol_document_id = registration.integration_outbound_protocol_document_id;
        request.protocolled_at = Some(registration.integration_outbound_protocolled_at.unwrap_or(now));
        step.apply(Command::OpenIntegration)
    })
    .await
}

/// Which messages are the answer.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    /// Null: all messages of the applicant since the request; a list: these.
    #[schema(value_type = Option<Vec<kernel::Uuid>>)]
    messages: Option<Vec<MessageId>>,
}

/// Closes the request: the applicant's messages are the answer.
#[utoipa::path(post, path = "/{tenant}/api/applications/{id}/transition/accept-integration", tag = "transitions", request_body = Answer,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 204, description = "done"), (status = 403, description = "not in charge of it"),
        (status = 404, description = "no such application, or not the caller's"), (status = 422, description = "not possible now")))]
pub async fn accept(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    Optional(answer): Optional<Answer>,
) -> ApiResult<StatusCode> {
    done(&context, &tenant, &caller, id, move |step, actor| {
        require_in_charge(step, actor)?;
        let (tenant_id, applicant) = (step.tenant.id, step.application().user);
        let since = open(step)?.outbound.created_at;
        let written = messages::store::of_author_since(step.tx, tenant_id, id, applicant, since)?;
        let chosen =
            written.into_iter().filter(|message| answer.messages.as_ref().is_none_or(|chosen| chosen.contains(&message.id)));
        let (mut text, mut attachments) = (Vec::new(), Vec::new());
        for message in chosen {
            text.push(message.message);
            attachments.extend(message.attachments);
        }
        close(step, text.join("\n"), attachments, false)
    })
    .await
}

/// Closes the request without an answer.
#[utoipa::path(post, path = "/{tenant}/api/applications/{id}/transition/cancel-integration", tag = "transitions",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 204, description = "done"), (status = 403, description = "not in charge of it"),
        (status = 404, description = "no such application, or not the caller's"), (status = 422, description = "not possible now")))]
pub async fn cancel(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
) -> ApiResult<StatusCode> {
    done(&context, &tenant, &caller, id, move |step, actor| {
        require_in_charge(step, actor)?;
        close(step, String::new(), Vec::new(), true)
    })
    .await
}

/// Registration of an answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerRegistration {
    /// Registration number.
    integration_inbound_protocol_number: String,
    /// Document at the registry.
    integration_inbound_protocol_document_id: Option<String>,
    /// When it was registered.
    #[schema(value_type = Option<String>)]
    integration_inbound_protocolled_at: Option<RomeTime>,
}

/// Registers the answer: the office goes on.
#[utoipa::path(post, path = "/{tenant}/api/applications/{id}/transition/register-integration-answer", tag = "transitions",
    request_body = AnswerRegistration,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 204, description = "done"), (status = 403, description = "not for the applicant"),
        (status = 404, description = "no such application, or not the caller's"), (status = 422, description = "not possible now")))]
pub async fn register_answer(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    Json(registration): Json<AnswerRegistration>,
) -> ApiResult<StatusCode> {
    done(&context, &tenant, &caller, id, move |step, actor| {
        actor.require_staff()?;
        let number = number("/integration_inbound_protocol_number", &registration.integration_inbound_protocol_number)?;
        let now = step.now;
        let answer = open(step)?.inbound.get_or_insert_default();
        answer.protocol_number = Some(number);
        answer.protocol_document_id = registration.integration_inbound_protocol_document_id;
        answer.protocolled_at = Some(registration.integration_inbound_protocolled_at.unwrap_or(now));
        step.apply(Command::RegisterIntegration)?;
        step.apply(Command::Resume)
    })
    .await
}

/// The integration that is going on.
fn open<'s>(step: &'s mut Step<'_, '_>) -> Result<&'s mut Integration, Error> {
    step.application().integrations.last_mut().ok_or(Error::Precondition("Non è in corso nessuna richiesta di integrazioni."))
}

fn close(step: &mut Step<'_, '_>, message: String, attachments: Vec<File>, cancelled: bool) -> Result<(), Error> {
    let now = step.now;
    let answer = IntegrationStep { message, created_at: Some(now), attachments, cancelled, ..IntegrationStep::default() };
    open(step)?.inbound = Some(answer);
    step.apply(Command::CloseIntegration)?;
    if step.service.protocol_required { Ok(()) } else { step.apply(Command::Resume) }
}
