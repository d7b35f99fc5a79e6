//! Who may do what: kept by the body's referents.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use web::{ApiResult, Json, Path};

use super::{Refused, id};
use crate::context::Context;
use crate::intermediary::errors::{Refusal, invalid};
use crate::intermediary::people::{Actor, Duty};
use crate::intermediary::store::people::{self, Member};

/// What somebody may do.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct MemberBody {
    /// The user name, of citizens the fiscal code.
    #[serde(default)]
    #[schema(read_only)]
    username: String,
    /// `ENTE`, `FORNITORE` or `REVISORE`.
    #[schema(value_type = String, example = "FORNITORE")]
    duty: Duty,
    /// The supplier, with `FORNITORE`.
    #[serde(default)]
    provider_id: Option<String>,
}

/// Abilitati
///
/// Who may do something here, besides the administrators of the body.
#[utoipa::path(get, path = "/members", tag = "abilitazioni", responses((status = 200, description = "Gli abilitati", body = Vec<MemberBody>), Refused))]
pub async fn list(State(context): State<Context>, actor: Actor) -> ApiResult<Json<Vec<MemberBody>>> {
    actor.require_body()?;
    let found = context.app.db().read(move |tx| people::list_members(tx, actor.tenant_id)).await?;
    let shown = |member: Member| MemberBody {
        username: member.username,
        duty: member.duty,
        provider_id: member.provider_id.map(|id| id.to_string()),
    };
    Ok(Json(found.into_iter().map(shown).collect()))
}

/// Abilita
///
/// Lets a user of the body do something here, or something else than before.
#[utoipa::path(
    put,
    path = "/members/{username}",
    tag = "abilitazioni",
    params(("username" = String, Path, description = "Nome utente, per i cittadini il codice fiscale")),
    request_body = MemberBody,
    responses((status = 204, description = "Abilitato"), Refused)
)]
pub async fn put(
    State(context): State<Context>,
    actor: Actor,
    Path(username): Path<String>,
    Json(body): Json<MemberBody>,
) -> ApiResult<StatusCode> {
    actor.require_body()?;
    if !(1..=200).contains(&username.chars().count()) || username.chars().any(char::is_control) {
        return Err(invalid("/username", "indicare il nome utente, fino a 200 caratteri").into());
    }
    let provider_id = body.provider_id.as_deref().map(id).transpose()?;
    if provider_id.is_some() != (body.duty == Duty::Provider) {
        return Err(invalid("/provider_id", "indicare il fornitore per i suoi referenti, e soltanto per loro").into());
    }
    let noting = context.clone();
    let stored = context.app.db().write(move |tx| {
        if let Some(id) = provider_id {
            people::find_provider(tx, actor.tenant_id, id)?.ok_or(Refusal::NotFound)?;
        }
        let member = Member { username, duty: body.duty, provider_id };
        people::put_member(tx, actor.tenant_id, &member)?;
        let became = json!({ "duty": member.duty, "provider_id": member.provider_id });
        Ok::<_, Refusal>(actor.note(&noting, tx, "member.put", &member.username, (None, Some(became)))?)
    });
    stored.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Disabilita
///
/// Takes from a user what they might do here.
#[utoipa::path(
    delete,
    path = "/members/{username}",
    tag = "abilitazioni",
    params(("username" = String, Path, description = "Nome utente, per i cittadini il codice fiscale")),
    responses((status = 204, description = "Disabilitato"), Refused)
)]
pub async fn delete(State(context): State<Context>, actor: Actor, Path(username): Path<String>) -> ApiResult<StatusCode> {
    actor.require_body()?;
    let noting = context.clone();
    let stored = context.app.db().write(move |tx| {
        if !people::delete_member(tx, actor.tenant_id, &username)? {
            return Err(Refusal::NotFound);
        }
        Ok(actor.note(&noting, tx, "member.delete", &username, (None, None))?)
    });
    stored.await?;
    Ok(StatusCode::NO_CONTENT)
}
