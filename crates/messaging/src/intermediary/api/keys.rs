//! The keys by which suppliers' programs call. A new one works beside the others until those are revoked, so that programs change over
//! without a pause.

use axum::extract::{Path, State};
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use web::{ApiResult, Id, Json};

use super::{Refused, id};
use crate::context::Context;
use crate::formats::utc_millis;
use crate::intermediary::errors::Refusal;
use crate::intermediary::people::{Actor, Duty};
use crate::intermediary::store::people::{self, Key};
use crate::ulid::Ulid;

/// A key as it is shown afterwards.
#[derive(Serialize, ToSchema)]
pub struct KeyBody {
    /// What it is revoked by; it opens nothing.
    id: String,
    /// How it ends.
    #[schema(example = "…9f3c")]
    hint: String,
    /// When it was made.
    created_at: String,
}

/// A key, shown once.
#[derive(Serialize, ToSchema)]
pub struct ProviderKey {
    /// To be sent as `X-IOService-Key`.
    key: String,
}

/// The name of a key: the beginning of its digest, from which nobody finds the key.
fn name(key: &Key) -> String {
    hex::encode(&key.digest[..8])
}

/// Chiavi
///
/// The keys of a supplier's programs, oldest first, by how they end.
#[utoipa::path(
    get,
    path = "/providers/{id}/keys",
    tag = "fornitori",
    params(("id" = String, Path, description = "Fornitore")),
    responses((status = 200, description = "Le chiavi", body = Vec<KeyBody>), Refused)
)]
pub async fn list(State(context): State<Context>, actor: Actor, Id(id): Id<Ulid>) -> ApiResult<Json<Vec<KeyBody>>> {
    let read = context.app.db().read(move |tx| {
        let found = people::find_provider(tx, actor.tenant_id, id)?.filter(|provider| actor.sees(Some(provider.id)));
        let provider = found.ok_or(Refusal::NotFound)?;
        Ok::<_, Refusal>(people::list_keys(tx, actor.tenant_id, provider.id)?)
    });
    let shown = |key: Key| KeyBody { id: name(&key), created_at: utc_millis(key.created_at), hint: key.hint };
    Ok(Json(read.await?.into_iter().map(shown).collect()))
}

/// Nuova chiave
///
/// A key by which the supplier's programs call, shown this once. It opens what the supplier's services are, and nothing else.
#[utoipa::path(
    post,
    path = "/providers/{id}/keys",
    tag = "fornitori",
    params(("id" = String, Path, description = "Fornitore")),
    responses((status = 201, description = "La chiave", body = ProviderKey), Refused)
)]
pub async fn create(
    State(context): State<Context>,
    actor: Actor,
    Id(id): Id<Ulid>,
) -> ApiResult<(StatusCode, Json<ProviderKey>)> {
    may_keep(&actor, id)?;
    let (key, now) = (context.new_key(), context.now());
    let hint = format!("…{}", &key[key.len() - 4..]);
    let made = Key { digest: context.digest(&key), hint, created_at: now, made_by: actor.person.clone() };
    let noting = context.clone();
    let stored = context.app.db().write(move |tx| {
        people::find_provider(tx, actor.tenant_id, id)?.ok_or(Refusal::NotFound)?;
        people::insert_key(tx, actor.tenant_id, id, &made)?;
        Ok::<_, Refusal>(actor.note(&noting, tx, "provider.key", id, (None, Some(json!({ "chiave": made.hint }))))?)
    });
    stored.await?;
    Ok((StatusCode::CREATED, Json(ProviderKey { key })))
}

/// Revoca una chiave
///
/// The key ends now, the others go on.
#[utoipa::path(
    delete,
    path = "/providers/{id}/keys/{key}",
    tag = "fornitori",
    params(("id" = String, Path, description = "Fornitore"), ("key" = String, Path, description = "Identificativo della chiave")),
    responses((status = 204, description = "Revocata"), Refused)
)]
pub async fn delete(
    State(context): State<Context>,
    actor: Actor,
    Path((provider, key)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    let provider = id(&provider)?;
    may_keep(&actor, provider)?;
    let noting = context.clone();
    let stored = context.app.db().write(move |tx| {
        let found = people::list_keys(tx, actor.tenant_id, provider)?.into_iter().find(|found| name(found) == key);
        let found = found.ok_or(Refusal::NotFound)?;
        people::delete_key(tx, actor.tenant_id, provider, &found.digest)?;
        let was = Some(json!({ "chiave": found.hint }));
        Ok::<_, Refusal>(actor.note(&noting, tx, "provider.key-end", provider, (was, None))?)
    });
    stored.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revoca le chiavi
///
/// Every key of the supplier's programs ends now.
#[utoipa::path(
    delete,
    path = "/providers/{id}/keys",
    tag = "fornitori",
    params(("id" = String, Path, description = "Fornitore")),
    responses((status = 204, description = "Revocate"), Refused)
)]
pub async fn delete_all(State(context): State<Context>, actor: Actor, Id(id): Id<Ulid>) -> ApiResult<StatusCode> {
    may_keep(&actor, id)?;
    let noting = context.clone();
    let stored = context.app.db().write(move |tx| {
        people::find_provider(tx, actor.tenant_id, id)?.ok_or(Refusal::NotFound)?;
        let ended = people::delete_keys(tx, actor.tenant_id, id)?;
        Ok::<_, Refusal>(actor.note(&noting, tx, "provider.keys-end", id, (Some(json!({ "chiavi": ended })), None))?)
    });
    stored.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The body keeps every supplier's keys; a supplier's own people keep theirs.
fn may_keep(actor: &Actor, id: Ulid) -> Result<(), Refusal> {
    actor.require_change()?;
    if actor.duty == Duty::Provider && actor.provider_id != Some(id) { Err(Refusal::NotFound) } else { Ok(()) }
}
