//! How the body wants its lots sent.

use axum::extract::State;
use serde_json::json;
use web::{ApiResult, Json};

use super::Refused;
use crate::context::Context;
use crate::intermediary::errors::Refusal;
use crate::intermediary::people::Actor;
use crate::intermediary::settings::Settings;
use crate::intermediary::store::shared;

/// Impostazioni
///
/// How the body wants its lots sent.
#[utoipa::path(get, path = "/settings", tag = "impostazioni", responses((status = 200, description = "Le impostazioni", body = Settings), Refused))]
pub async fn get(State(context): State<Context>, actor: Actor) -> ApiResult<Json<Settings>> {
    Ok(Json(context.app.db().read(move |tx| shared::settings(tx, actor.tenant_id)).await?))
}

/// Modifica le impostazioni
///
/// They count from the next step of every lot; a larger `four_eyes_above` for new lots only.
#[utoipa::path(
    put,
    path = "/settings",
    tag = "impostazioni",
    request_body = Settings,
    responses((status = 200, description = "Le impostazioni", body = Settings), Refused)
)]
pub async fn put(State(context): State<Context>, actor: Actor, Json(settings): Json<Settings>) -> ApiResult<Json<Settings>> {
    actor.require_body()?;
    let wrong = settings.complaints();
    if !wrong.is_empty() {
        return Err(Refusal::Invalid(wrong).into());
    }
    let (noting, wanted) = (context.clone(), settings.clone());
    let stored = context.app.db().write(move |tx| {
        let was = shared::settings(tx, actor.tenant_id)?;
        shared::put_settings(tx, actor.tenant_id, &settings)?;
        actor.note(&noting, tx, "settings.put", actor.tenant_id, (Some(json!(was)), Some(json!(settings))))
    });
    stored.await?;
    Ok(Json(wanted))
}
