//! An operator or office takes charge.

use axum::extract::State as Ctx;
use http::StatusCode;
use kernel::{ApplicationId, OfficeId, RomeTime, UserId};
use serde::Deserialize;
use utoipa::ToSchema;
use web::{ApiResult, Caller, Id, Tenant};

use super::{Optional, done};
use crate::applications::access::Actor;
use crate::applications::state::{Command, State};
use crate::context::Context;
use crate::errors::Error;
use crate::{offices, users};

/// Who takes charge; with an empty body, the caller.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Assignment {
    /// The operator.
    #[schema(value_type = Option<kernel::Uuid>)]
    user_id: Option<UserId>,
    /// The office.
    #[schema(value_type = Option<kernel::Uuid>)]
    user_group_id: Option<OfficeId>,
    /// When, if it was elsewhere and before.
    #[schema(value_type = Option<String>)]
    assigned_at: Option<RomeTime>,
}

/// Gives an application to an operator or office.
#[utoipa::path(post, path = "/{tenant}/api/applications/{id}/transition/assign", tag = "transitions", request_body = Assignment,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 204, description = "done"), (status = 403, description = "not for the applicant"),
        (status = 404, description = "no such application, or not the caller's"),
        (status = 422, description = "not possible now, already so assigned, or nobody of the tenant's")))]
pub async fn handle(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    Optional(assignment): Optional<Assignment>,
) -> ApiResult<StatusCode> {
    done(&context, &tenant, &caller, id, move |step, actor| {
        actor.require_staff()?;
        let user_id = match (assignment.user_id, assignment.user_group_id, actor) {
            (Some(user), _, _) => Some(user),
            (None, Some(_), _) => None,
            (None, None, Actor::Service) => {
                return Err(Error::field("/user_id", "required", "Indicare un operatore o un ufficio."));
            }
            (None, None, _) => actor.user_id(),
        };
        let tenant_id = step.tenant.id;
        let mut office = assignment.user_group_id;
        if let Some(id) = office
            && offices::store::find(step.tx, tenant_id, id)?.is_none()
        {
            return Err(Error::field("/user_group_id", "unknown", "L'ufficio indicato non esiste."));
        }
        if let Some(user_id) = user_id {
            let operator = users::store::find(step.tx, tenant_id, user_id)?.filter(|user| user.role != users::Role::User);
            let operator = operator.ok_or_else(|| Error::field("/user_id", "unknown", "L'operatore indicato non esiste."))?;
            // Of the operator's offices, the first by name that handles the service.
            let handles = |id: &OfficeId| operator.user_groups_ids.contains(id) && step.service.user_group_ids.contains(id);
            if office.is_none() {
                office = offices::store::list(step.tx, tenant_id)?.into_iter().map(|office| office.id).find(handles);
            }
        }
        let needs_number = step.service.protocol_required;
        let application = step.application();
        if application.status == State::Pending && application.operator_id == user_id && application.user_group_id == office {
            return Err(Error::Precondition("La pratica è già assegnata così."));
        }
        if needs_number && application.protocol_number.is_none() {
            return Err(Error::Precondition("La pratica non è ancora protocollata: attendere il numero di protocollo."));
        }
        application.operator_id = user_id;
        application.user_group_id = office;
        step.apply(Command::Assign)?;
        if let Some(at) = assignment.assigned_at.filter(|at| *at <= step.now) {
            step.application().latest_status_change_at = at;
        }
        Ok(())
    })
    .await
}
