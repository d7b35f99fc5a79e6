//! Who asks, and what they may do: pages show only what their visitor may use.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiResult, Json};

use super::Refused;
use crate::context::Context;
use crate::intermediary::people::{Actor, Duty};
use crate::intermediary::store::people;

/// Who asks.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// The name that the audit has.
    name: String,
    /// `ENTE`, `FORNITORE` or `REVISORE`.
    #[schema(value_type = String, example = "ENTE")]
    duty: Duty,
    /// The supplier, with `FORNITORE`.
    provider_id: Option<String>,
    /// Its name.
    provider_name: Option<String>,
}

/// Chi sono
///
/// Who asks, and for whom.
#[utoipa::path(get, path = "/me", tag = "abilitazioni", responses((status = 200, description = "Chi chiede", body = Me), Refused))]
pub async fn get(State(context): State<Context>, actor: Actor) -> ApiResult<Json<Me>> {
    let (tenant, provider) = (actor.tenant_id, actor.provider_id);
    let read = context.app.db().read(move |tx| match provider {
        Some(id) => people::find_provider(tx, tenant, id),
        None => storage::Result::Ok(None),
    });
    let provider_name = read.await?.map(|provider| provider.name);
    Ok(Json(Me { name: actor.name, duty: actor.duty, provider_id: provider.map(|id| id.to_string()), provider_name }))
}
