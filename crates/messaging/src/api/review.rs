//! A service is put forward for review, and the body judges what nobody else can.

use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Caller, Json};

use super::services::{scope, shown};
use super::{ProblemBody, answer, json};
use crate::access::Sender;
use crate::context::Context;
use crate::decode::{Member, Reader};
use crate::errors::Error;
use crate::services;
use crate::store::accounts;
use crate::store::services as store;

/// Richiede la revisione
///
/// Puts a draft forward. What lacks something is rejected at once, and so passes what has changed little; the rest waits for somebody.
#[utoipa::path(
    put,
    path = "/manage/services/{id}/review",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    request_body = serde_json::Value,
    responses(
        (status = 204, description = "In revisione, o già deciso"),
        (status = 400, description = "Richiesta non valida", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto", body = ProblemBody),
        (status = 409, description = "Non è una bozza", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn request(
    State(context): State<Context>,
    sender: Sender,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Error> {
    let scope = scope(&sender)?;
    let body = json(&body, "ReviewRequest")?;
    let mut reader = Reader::default();
    let auto_publish = reader.bool(&Member::root(&body).get("auto_publish"));
    let auto_publish = reader.finish(auto_publish).map_err(|complaints| Error::InvalidBody("ReviewRequest", complaints))?;
    let now = context.now();
    let submitted = context.app.db().write(move |tx| {
        let mut service = services::load(tx, &scope, &id)?;
        services::submit(tx, &mut service, auto_publish, now)
    });
    submitted.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Risponde a chi revisiona
///
/// Adds a comment for whoever reviews the service.
#[utoipa::path(
    patch,
    path = "/manage/services/{id}/review",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    request_body = serde_json::Value,
    responses(
        (status = 204, description = "Commento aggiunto"),
        (status = 400, description = "Richiesta non valida", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto", body = ProblemBody),
        (status = 409, description = "Non è in revisione", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn explain(
    State(context): State<Context>,
    sender: Sender,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Error> {
    let scope = scope(&sender)?;
    let body = json(&body, "ReviewComment")?;
    let mut reader = Reader::default();
    let comment = reader.bounded(&Member::root(&body).get("comment"), 1, 4_000);
    let comment = reader.finish(comment).map_err(|complaints| Error::InvalidBody("ReviewComment", complaints))?;
    let now = context.now();
    let added = context.app.db().write(move |tx| {
        let mut service = services::load(tx, &scope, &id)?;
        if service.state != crate::service::State::Submitted {
            return Err(Error::NoTransition);
        }
        // It stands in the history, where the reviewer reads it; the service itself does not change.
        service.reason = Some(comment);
        store::note(tx, &service, "lifecycle", service.state.word(), now).map_err(Error::from)
    });
    added.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the body decides.
#[derive(Deserialize, ToSchema)]
pub struct Decision {
    /// Whether the service passes.
    approved: bool,
    /// Why not; required then.
    #[serde(default)]
    reason: Option<String>,
}

/// A service that waits for a decision.
#[derive(Serialize, ToSchema)]
pub struct Waiting {
    /// Its organisation.
    account_id: String,
    /// The service.
    service: serde_json::Value,
    /// What citizens see of it now.
    published: Option<serde_json::Value>,
}

/// Servizi da revisionare
///
/// The services of this body's organisations that wait for somebody's eyes, the longest first. For administrators.
#[utoipa::path(
    get,
    path = "/reviews",
    tag = "organizzazioni",
    responses(
        (status = 200, description = "I servizi in attesa", body = Vec<Waiting>),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
    )
)]
pub async fn waiting(State(context): State<Context>, caller: Caller) -> Result<Response, web::ApiError> {
    caller.require_admin()?;
    let found = context.app.db().read(move |tx| store::list_to_review(tx, caller.tenant_id, 100)).await?;
    let waiting = |service: &store::Service| Waiting {
        account_id: service.account_id.clone(),
        service: shown(service),
        published: service.published.as_ref().map(|published| published.payload.shown()),
    };
    Ok(answer(StatusCode::OK, &found.iter().map(waiting).collect::<Vec<_>>())?)
}

/// Decide una revisione
///
/// Passes a service or does not. For administrators.
#[utoipa::path(
    put,
    path = "/reviews/{id}",
    tag = "organizzazioni",
    params(("id" = String, Path, description = "Servizio")),
    request_body = Decision,
    responses(
        (status = 200, description = "Il servizio", body = serde_json::Value),
        (status = 400, description = "Manca il motivo", body = ProblemBody),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto", body = ProblemBody),
        (status = 409, description = "Non è in revisione", body = ProblemBody),
    )
)]
pub async fn decide(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<String>,
    Json(decision): Json<Decision>,
) -> Result<Response, web::ApiError> {
    caller.require_admin()?;
    let reason = decision.reason.filter(|reason| !reason.trim().is_empty());
    if !decision.approved && reason.is_none() {
        return Err(Error::BadRequest("reason: indicare il motivo del rifiuto".to_owned()).into());
    }
    let now = context.now();
    let decided = context.app.db().write(move |tx| {
        let mut service = of_tenant(tx, caller.tenant_id, &id)?;
        match reason.filter(|_| !decision.approved) {
            Some(reason) => services::reject(tx, &mut service, reason, now)?,
            None => services::approve(tx, &mut service, now)?,
        }
        Ok::<_, Error>(shown(&service))
    });
    Ok(answer(StatusCode::OK, &decided.await?)?)
}

/// What kind of service it is.
#[derive(Deserialize, ToSchema)]
pub struct Category {
    /// `STANDARD`, or `SPECIAL`: each citizen activates it.
    category: String,
}

/// Decide la categoria
///
/// Makes a service special, which each citizen activates, or ordinary again. For administrators: a sender does not choose it.
#[utoipa::path(
    put,
    path = "/services/{id}/category",
    tag = "organizzazioni",
    params(("id" = String, Path, description = "Servizio")),
    request_body = Category,
    responses(
        (status = 204, description = "Fatto"),
        (status = 400, description = "Categoria sconosciuta", body = ProblemBody),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata agli amministratori", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto", body = ProblemBody),
    )
)]
pub async fn categorise(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<String>,
    Json(wanted): Json<Category>,
) -> Result<StatusCode, web::ApiError> {
    caller.require_admin()?;
    let category = match wanted.category.as_str() {
        "STANDARD" => None,
        "SPECIAL" => Some(wanted.category),
        _ => return Err(Error::BadRequest("category: usare STANDARD o SPECIAL".to_owned()).into()),
    };
    let changed = context.app.db().write(move |tx| {
        let mut service = of_tenant(tx, caller.tenant_id, &id)?;
        service.payload.metadata.category = category;
        store::save(tx, &service).map_err(Error::from)
    });
    changed.await?;
    context.forget_access();
    Ok(StatusCode::NO_CONTENT)
}

/// A service of one of a body's organisations.
fn of_tenant(tx: &mut storage::Tx<'_>, tenant: kernel::TenantId, id: &str) -> Result<store::Service, Error> {
    let missing = || Error::NoItem(id.to_owned());
    let service = store::find(tx, id.parse().map_err(|_| missing())?)?.ok_or_else(missing)?;
    accounts::find(tx, tenant, &service.account_id)?.ok_or_else(missing)?;
    Ok(service)
}
