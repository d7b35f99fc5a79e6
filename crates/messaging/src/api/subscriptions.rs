//! The body keeps the pairs of keys: suspends them, shows and replaces those by which services are kept, and makes those of groups.

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Caller, Json};

use super::keys::{Pair, which};
use super::{ProblemBody, answer};
use crate::accounts::{Keys, Purpose, kept, show, subscription};
use crate::context::Context;
use crate::errors::Error;
use crate::store::accounts as store;

/// Whether a pair of keys works.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Suspension {
    /// Whether it does.
    active: bool,
}

/// A group of services that somebody is to keep.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct NewGroup {
    /// The group, as in `metadata.group_id` of its services.
    group_id: String,
}

/// Nuove chiavi di gruppo
///
/// Makes the pair of keys that keeps the services of one group of an organisation.
#[utoipa::path(
    post,
    path = "/accounts/{id}/groups",
    tag = "organizzazioni",
    params(("id" = String, Path, description = "Organizzazione")),
    request_body = NewGroup,
    responses(
        (status = 201, description = "Le chiavi", body = Pair),
        (status = 400, description = "Gruppo non valido", body = ProblemBody),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Organizzazione sconosciuta", body = ProblemBody),
        (status = 409, description = "Il gruppo ha già le chiavi", body = ProblemBody),
    )
)]
pub async fn create(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<String>,
    Json(group): Json<NewGroup>,
) -> Result<Response, web::ApiError> {
    caller.require_admin()?;
    let sane = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !(1..=64).contains(&group.group_id.len()) || !group.group_id.bytes().all(sane) {
        return Err(Error::BadRequest("group_id: usare da 1 a 64 lettere, cifre e trattini".to_owned()).into());
    }
    let pair = Keys::draw(&context);
    let new = subscription(&context, &id, &Purpose::ManageGroup(group.group_id), &pair);
    let added = context.app.db().write(move |tx| {
        store::find(tx, caller.tenant_id, &id)?.ok_or_else(|| Error::NoItem(id.clone()))?;
        store::insert_subscription(tx, &new).map_err(|error| match error {
            storage::Error::Unique(_) => Error::NoTransition,
            error => error.into(),
        })
    });
    added.await?;
    Ok(answer(StatusCode::CREATED, &Pair::from(pair))?)
}

/// Sospende o riattiva una coppia di chiavi
///
/// The keys of a service, of an organisation (`MANAGE-<organizzazione>`) or of a group (`MANAGE-GROUP-<gruppo>`) stop working or work again.
#[utoipa::path(
    put,
    path = "/subscriptions/{id}",
    tag = "organizzazioni",
    params(("id" = String, Path, description = "Servizio, MANAGE-<organizzazione> o MANAGE-GROUP-<gruppo>")),
    request_body = Suspension,
    responses(
        (status = 204, description = "Fatto"),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Chiavi sconosciute", body = ProblemBody),
    )
)]
pub async fn suspend(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<String>,
    Json(suspension): Json<Suspension>,
) -> Result<StatusCode, web::ApiError> {
    caller.require_admin()?;
    let found = context.app.db().write(move |tx| store::set_active(tx, caller.tenant_id, &id, suspension.active)).await?;
    context.forget_access();
    if found { Ok(StatusCode::NO_CONTENT) } else { Err(web::ApiError::not_found()) }
}

/// Chiavi
///
/// A pair of keys in clear. Who looked, and when, is in the log.
#[utoipa::path(
    get,
    path = "/subscriptions/{id}/keys",
    tag = "organizzazioni",
    params(("id" = String, Path, description = "Servizio, MANAGE-<organizzazione> o MANAGE-GROUP-<gruppo>")),
    responses(
        (status = 200, description = "Le chiavi", body = Pair),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Chiavi sconosciute", body = ProblemBody),
    )
)]
pub async fn get_keys(State(context): State<Context>, caller: Caller, Path(id): Path<String>) -> Result<Response, web::ApiError> {
    caller.require_admin()?;
    tracing::info!(subscription_id = id, "keys shown to an administrator");
    let opening = context.clone();
    let keys = context.app.db().read(move |tx| {
        store::is_of_tenant(tx, caller.tenant_id, &id)?.then_some(()).ok_or_else(|| Error::NoItem(id.clone()))?;
        show(&opening, tx, &id)
    });
    Ok(answer(StatusCode::OK, &Pair::from(keys.await?))?)
}

/// Rigenera una chiave
///
/// Replaces one key; the other goes on working.
#[utoipa::path(
    put,
    path = "/subscriptions/{id}/keys/{key_type}",
    tag = "organizzazioni",
    params(
        ("id" = String, Path, description = "Servizio, MANAGE-<organizzazione> o MANAGE-GROUP-<gruppo>"),
        ("key_type" = String, Path, description = "primary o secondary")
    ),
    responses(
        (status = 200, description = "Le chiavi", body = Pair),
        (status = 400, description = "Chiave che non esiste", body = ProblemBody),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Chiavi sconosciute", body = ProblemBody),
    )
)]
pub async fn regenerate(
    State(context): State<Context>,
    caller: Caller,
    Path((id, key_type)): Path<(String, String)>,
) -> Result<Response, web::ApiError> {
    caller.require_admin()?;
    let which = which(&key_type)?;
    let making = context.clone();
    let keys = context.app.db().write(move |tx| {
        store::is_of_tenant(tx, caller.tenant_id, &id)?.then_some(()).ok_or_else(|| Error::NoItem(id.clone()))?;
        store::replace_key(tx, &id, which, &kept(&making, &id, which, &making.new_key()))?;
        show(&making, tx, &id)
    });
    let keys = keys.await?;
    context.forget_access();
    Ok(answer(StatusCode::OK, &Pair::from(keys))?)
}
