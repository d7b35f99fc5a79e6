//! `PUT` and `PATCH /applications/{id}`: the answers of a draft; registration numbers and notes of the office.

use axum::extract::State as Ctx;
use axum::response::Response;
use contracts::Raw;
use http::StatusCode;
use kernel::{ApplicationId, RomeTime};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use web::{ApiResult, Caller, Id, Json, Tenant};

use super::answer;
use super::create::{self, claim};
use super::transition::number;
use crate::applications::access::visible;
use crate::applications::answers;
use crate::applications::change;
use crate::applications::state::{Command, State};
use crate::applications::view::ApiVersion;
use crate::context::Context;
use crate::errors::Error;
use crate::users;

/// New answers of a draft.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The answers, as the form has them or with dotted keys.
    #[schema(value_type = Object)]
    data: Value,
    /// Notes of the applicant.
    #[serde(default)]
    user_compilation_notes: Option<String>,
}

/// Replaces the answers of a draft. They may be incomplete, but what is there must be right.
#[utoipa::path(put, path = "/{tenant}/api/applications/{id}", tag = "applications", request_body = Draft,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application"),
        ("version" = Option<u8>, Query, description = "1: flat data, 2: nested data")),
    responses((status = 200, description = "the application"), (status = 403, description = "an operator, not the applicant"),
        (status = 404, description = "no such application, or not the caller's"), (status = 422, description = "not a draft any more, or fields are wrong")))]
pub async fn put(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    version: ApiVersion,
    Id(id): Id<ApplicationId>,
    Json(draft): Json<Draft>,
) -> ApiResult<Response> {
    let notes = create::notes(draft.user_compilation_notes)?;
    let (tenant_id, viewer) = (tenant.id, caller.clone());
    let (service, user) = context
        .app
        .db()
        .read(move |tx| {
            let (stored, actor) = visible(tx, &viewer, tenant_id, id)?;
            actor.require_applicant(stored.application.user)?;
            let user = users::store::find(tx, tenant_id, stored.application.user)?.ok_or(Error::NotFound)?;
            Ok::<_, Error>((stored.application.service_id, user))
        })
        .await?;
    let offer = context.offer(tenant.id, &service.to_string()).await?;
    let answers = answers::check(&offer, &user, draft.data, true, context.app.clock().now())?;
    let (files, viewer) = (answers.file_ids()?, caller.clone());
    change::change(&context, &tenant, &caller, id, move |step, _| {
        if step.application().status != State::Draft {
            return Err(Error::Precondition(
                "La pratica è già stata inviata: per correggerla usare i messaggi o le integrazioni.",
            ));
        }
        let known: Vec<_> = step.application().attachments.iter().map(|file| file.id).collect();
        let new: Vec<_> = files.into_iter().filter(|file| !known.contains(file)).collect();
        let mut claimed = claim(step, user.id, &new)?;
        step.application().attachments.append(&mut claimed);
        step.application().user_compilation_notes = notes;
        let refreshed = answers.into_stored(step.stored.application.clone(), step.tenant)?;
        step.stored = refreshed;
        Ok(())
    })
    .await?;
    let stored = context.app.db().read(move |tx| visible(tx, &viewer, tenant_id, id)).await?.0;
    Ok(answer(StatusCode::OK, &tenant, &stored, version)?)
}

/// What the office may change of an application that was submitted.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Changes {
    /// Registration number: an acquired application becomes registered.
    protocol_number: Option<String>,
    /// Document at the registry.
    protocol_document_id: Option<String>,
    /// Number of the folder.
    protocol_folder_number: Option<String>,
    /// Code of the folder.
    protocol_folder_code: Option<String>,
    /// When it was registered.
    #[schema(value_type = Option<String>)]
    protocolled_at: Option<RomeTime>,
    /// Registration number of the decision.
    outcome_protocol_number: Option<String>,
    /// Document of the decision at the registry.
    outcome_protocol_document_id: Option<String>,
    /// When the decision was registered.
    #[schema(value_type = Option<String>)]
    outcome_protocolled_at: Option<RomeTime>,
    /// What the office filled in.
    #[schema(value_type = Option<Object>)]
    backoffice_data: Option<Value>,
}

/// Changes registration numbers and the office's own data. Registration numbers take the application on: acquired to registered, decision
/// to be registered to decided.
#[utoipa::path(patch, path = "/{tenant}/api/applications/{id}", tag = "applications", request_body = Changes,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application"),
        ("version" = Option<u8>, Query, description = "1: flat data, 2: nested data")),
    responses((status = 200, description = "the application"), (status = 403, description = "not for the applicant"),
        (status = 404, description = "no such application, or not the caller's"), (status = 422, description = "a draft, or waiting for a payment")))]
pub async fn patch(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    version: ApiVersion,
    Id(id): Id<ApplicationId>,
    Json(changes): Json<Changes>,
) -> ApiResult<Response> {
    let (tenant_id, viewer) = (tenant.id, caller.clone());
    change::change(&context, &tenant, &caller, id, move |step, actor| {
        actor.require_staff()?;
        if matches!(step.application().status, State::Draft | State::PaymentPending | State::PaymentOutcomePending) {
            return Err(Error::Precondition("La pratica è una bozza o attende un pagamento: non si può ancora modificare."));
        }
        let now = step.now;
        let application = step.application();
        let set = |field: &mut Option<String>, value: Option<String>| *field = value.or_else(|| field.take());
        set(&mut application.protocol_document_id, changes.protocol_document_id);
        set(&mut application.protocol_folder_number, changes.protocol_folder_number);
        set(&mut application.protocol_folder_code, changes.protocol_folder_code);
        set(&mut application.outcome_protocol_document_id, changes.outcome_protocol_document_id);
        if let Some(data) = changes.backoffice_data {
            application.backoffice_data = Raw::of(&data).map_err(|error| Error::Defect(error.to_string()))?;
        }
        if let Some(given) = changes.protocol_number {
            application.protocol_number = Some(number("/protocol_number", &given)?);
            application.protocolled_at = Some(changes.protocolled_at.unwrap_or(now));
            if application.status == State::Submitted {
                step.apply(Command::Register)?;
            }
        }
        if let Some(given) = changes.outcome_protocol_number {
            let application = step.application();
            application.outcome_protocol_number = Some(number("/outcome_protocol_number", &given)?);
            application.outcome_protocolled_at = Some(changes.outcome_protocolled_at.unwrap_or(now));
            match application.status {
                State::AcceptedToRegister => step.apply(Command::Accept)?,
                State::RejectedToRegister => step.apply(Command::Reject)?,
                _ => {}
            }
        }
        Ok(())
    })
    .await?;
    let stored = context.app.db().read(move |tx| visible(tx, &viewer, tenant_id, id)).await?.0;
    Ok(answer(StatusCode::OK, &tenant, &stored, version)?)
}
