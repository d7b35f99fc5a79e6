//! An organisation keeps its services.

use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json as object};
use utoipa::IntoParams;

use super::{ProblemBody, answer, json};
use crate::access::Sender;
use crate::accounts::{Keys, Purpose, subscription};
use crate::context::Context;
use crate::decode::{Member, Reader};
use crate::errors::Error;
use crate::formats::utc_millis;
use crate::groups::Group;
use crate::service::{Payload, topics};
use crate::services::{self, Scope};
use crate::store::accounts;
use crate::store::services::{self as store, Service};
use crate::ulid::Ulid;

/// Whose services the caller keeps.
pub fn scope(sender: &Sender) -> Result<Scope, Error> {
    let group = sender.manage(Group::ApiServiceWrite)?.map(str::to_owned);
    Ok(Scope { account: sender.account().id.clone(), group })
}

/// A service as the published interface shows it.
pub fn shown(service: &Service) -> Value {
    let mut shown = service.payload.shown();
    shown["id"] = service.id.to_string().into();
    shown["status"] = match &service.reason {
        Some(reason) => object!({ "value": service.state.word(), "reason": reason }),
        None => object!({ "value": service.state.word() }),
    };
    shown["version"] = service.version.into();
    shown["last_update"] = utc_millis(service.updated_at).into();
    shown
}

/// Which part of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// How many, 1 to 100; 20 unless told.
    limit: Option<String>,
    /// First, from 0.
    offset: Option<String>,
}

/// A whole number of a query within bounds.
pub fn number(text: Option<&str>, name: &'static str, default: i64, (least, most): (i64, i64)) -> Result<i64, Error> {
    let Some(text) = text else { return Ok(default) };
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| {
        let complaint = format!("value {} at root is not a valid [integer >= {least} and <= {most}]", Value::from(text));
        Error::InvalidBody(name, complaint)
    })
}

/// Nuovo servizio
///
/// Adds a draft with its two keys. The organisation's test citizen is among those whom a limited key may write to.
#[utoipa::path(
    post,
    path = "/manage/services",
    tag = "servizi",
    request_body = serde_json::Value,
    responses(
        (status = 201, description = "Il servizio", body = serde_json::Value),
        (status = 400, description = "Servizio non valido", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn create(State(context): State<Context>, sender: Sender, body: Bytes) -> Result<Response, Error> {
    let scope = scope(&sender)?;
    let mut payload = Payload::read(&json(&body, "ServicePayload")?)?;
    let sandbox = sender.account().sandbox_code;
    if !payload.authorized_recipients.contains(&sandbox) {
        payload.authorized_recipients.push(sandbox);
    }
    let now = context.now();
    let service = services::draft(Ulid::new(now, context.app.rng()), &scope, payload, now);
    let pair = subscription(&context, &scope.account, &Purpose::Use(service.id), &Keys::draw(&context));
    let answered = shown(&service);
    let added = context.app.db().write(move |tx| {
        store::insert(tx, &service)?;
        store::note(tx, &service, "lifecycle", service.state.word(), now)?;
        accounts::insert_subscription(tx, &pair)
    });
    added.await?;
    answer(StatusCode::CREATED, &answered)
}

/// Servizi
///
/// The services of this organisation, or of the key's group, newest first.
#[utoipa::path(
    get,
    path = "/manage/services",
    tag = "servizi",
    params(Paging),
    responses(
        (status = 200, description = "Una parte dei servizi", body = serde_json::Value),
        (status = 400, description = "Parametri non validi", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn list(
    State(context): State<Context>,
    sender: Sender,
    axum::extract::Query(paging): axum::extract::Query<Paging>,
) -> Result<Response, Error> {
    let scope = scope(&sender)?;
    let limit = number(paging.limit.as_deref(), "limit", 20, (1, 100))?;
    let offset = number(paging.offset.as_deref(), "offset", 0, (0, i64::from(i32::MAX)))?;
    let read = move |tx: &mut storage::Tx<'_>| store::list(tx, &scope.account, scope.group.as_deref(), offset, limit);
    let found = context.app.db().read(read).await?;
    let value: Vec<_> = found.iter().map(shown).collect();
    let pagination = object!({ "offset": offset, "limit": limit, "count": value.len() });
    answer(StatusCode::OK, &object!({ "value": value, "pagination": pagination }))
}

/// Servizio
///
/// One of them, as its newest version has it.
#[utoipa::path(
    get,
    path = "/manage/services/{id}",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    responses(
        (status = 200, description = "Il servizio", body = serde_json::Value),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn get(State(context): State<Context>, sender: Sender, Path(id): Path<String>) -> Result<Response, Error> {
    let scope = scope(&sender)?;
    let found = context.app.db().read(move |tx| services::look(tx, &scope, &id)).await?;
    answer(StatusCode::OK, &shown(&found))
}

/// Sostituisce un servizio
///
/// Replaces a service as a whole; it is a draft again. While it is under review nothing changes.
#[utoipa::path(
    put,
    path = "/manage/services/{id}",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    request_body = serde_json::Value,
    responses(
        (status = 200, description = "Il servizio", body = serde_json::Value),
        (status = 400, description = "Servizio non valido", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto", body = ProblemBody),
        (status = 409, description = "In revisione", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn replace(
    State(context): State<Context>,
    sender: Sender,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Error> {
    let scope = scope(&sender)?;
    let payload = Payload::read(&json(&body, "ServicePayload")?)?;
    let now = context.now();
    let changed = context.app.db().write(move |tx| {
        let mut service = services::load(tx, &scope, &id)?;
        services::edit(tx, &mut service, payload, now)?;
        Ok::<_, Error>(shown(&service))
    });
    let shown = changed.await?;
    context.forget_access();
    answer(StatusCode::OK, &shown)
}

/// Cambia il gruppo di un servizio
///
/// Puts a service into another group. With the key of the whole organisation.
#[utoipa::path(
    patch,
    path = "/manage/services/{id}",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    request_body = serde_json::Value,
    responses(
        (status = 204, description = "Fatto"),
        (status = 400, description = "Richiesta non valida", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage dell'organizzazione", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn regroup(
    State(context): State<Context>,
    sender: Sender,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Error> {
    let scope = scope(&sender)?;
    if scope.group.is_some() {
        return Err(Error::NotAllowed);
    }
    let body = json(&body, "ServiceMetadata")?;
    let mut reader = Reader::default();
    let group = reader.non_empty(&Member::root(&body).get("metadata").get("group_id"));
    let group = reader.finish(group).map_err(|complaints| Error::InvalidBody("ServiceMetadata", complaints))?;
    let changed = context.app.db().write(move |tx| {
        let mut service = services::load(tx, &scope, &id)?;
        service.payload.metadata.group_id = Some(group.clone());
        service.group_id = Some(group);
        store::save(tx, &service).map_err(Error::from)
    });
    changed.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Elimina un servizio
///
/// Removes a service, its keys and its publication.
#[utoipa::path(
    delete,
    path = "/manage/services/{id}",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    responses(
        (status = 204, description = "Eliminato"),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto", body = ProblemBody),
        (status = 409, description = "In revisione", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn delete(State(context): State<Context>, sender: Sender, Path(id): Path<String>) -> Result<StatusCode, Error> {
    let scope = scope(&sender)?;
    let now = context.now();
    let deleted = context.app.db().write(move |tx| {
        let mut service = services::load(tx, &scope, &id)?;
        services::delete(tx, &mut service, now)
    });
    deleted.await?;
    context.forget_access();
    Ok(StatusCode::NO_CONTENT)
}

/// Argomenti
///
/// The topics that a service can be about.
#[utoipa::path(
    get,
    path = "/manage/services/topics",
    tag = "servizi",
    responses(
        (status = 200, description = "Gli argomenti", body = serde_json::Value),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
    )
)]
pub async fn topics(sender: Sender) -> Result<Response, Error> {
    scope(&sender)?;
    let topics: Vec<_> = topics::TOPICS.iter().enumerate().map(|(id, name)| object!({ "id": id, "name": name })).collect();
    answer(StatusCode::OK, &object!({ "topics": topics }))
}
