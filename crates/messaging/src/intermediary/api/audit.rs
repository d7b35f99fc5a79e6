//! Who did what.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use web::{ApiResult, Json, Query};

use super::{IntermediaryProblem, Refused};
use crate::context::Context;
use crate::formats::utc_millis;
use crate::intermediary::errors::Refusal;
use crate::intermediary::people::{Actor, Duty};
use crate::intermediary::store::shared::{self, Deed};

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// Lines before this number.
    before: Option<i64>,
}

/// A line.
#[derive(Serialize, ToSchema)]
pub struct DeedBody {
    /// Its number.
    number: i64,
    /// When.
    at: String,
    /// Who.
    actor: String,
    /// From where.
    address: Option<String>,
    /// What: `lot.release` ...
    action: String,
    /// To what.
    subject: String,
    /// What it was before.
    was: Option<Value>,
    /// What it was afterwards.
    became: Option<Value>,
}

/// Registro delle attività
///
/// Who did what, newest first, a hundred lines at a time. Nothing changes or removes a line. For the body and for auditors.
#[utoipa::path(get, path = "/audit", tag = "registro", params(Part), responses((status = 200, description = "Le attività", body = Vec<DeedBody>), (status = 400, description = "Parametri non validi", body = IntermediaryProblem), Refused))]
pub async fn list(State(context): State<Context>, actor: Actor, Query(part): Query<Part>) -> ApiResult<Json<Vec<DeedBody>>> {
    if actor.duty == Duty::Provider {
        return Err(Refusal::Forbidden("Il registro è riservato all'ente e ai revisori.").into());
    }
    let before = part.before.unwrap_or(i64::MAX);
    let found = context.app.db().read(move |tx| shared::list_deeds(tx, actor.tenant_id, before, 100)).await?;
    let shown = |deed: Deed| {
        let Deed { number, actor, address, action, subject, was, became, at } = deed;
        DeedBody { number, at: utc_millis(at), actor, address, action, subject, was, became }
    };
    Ok(Json(found.into_iter().map(shown).collect()))
}
