//! What citizens see of a service.

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::Value;

use super::services::scope;
use super::{ProblemBody, answer};
use crate::access::Sender;
use crate::context::Context;
use crate::errors::Error;
use crate::formats::utc_millis;
use crate::service::Publication;
use crate::services;
use crate::store::services::Service;

/// What is published, as the published interface shows it: here the status is a word.
fn shown(service: &Service) -> Option<Value> {
    let published = service.published.as_ref()?;
    let mut shown = published.payload.shown();
    shown["id"] = service.id.to_string().into();
    shown["status"] = published.publication.word().into();
    shown["version"] = published.version.into();
    shown["last_update"] = utc_millis(published.at).into();
    Some(shown)
}

/// Pubblica
///
/// Lets citizens see the version that was approved last.
#[utoipa::path(
    post,
    path = "/manage/services/{id}/release",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    responses(
        (status = 204, description = "Pubblicato"),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto", body = ProblemBody),
        (status = 409, description = "Nessuna versione approvata", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn release(State(context): State<Context>, sender: Sender, Path(id): Path<String>) -> Result<StatusCode, Error> {
    change(&context, &sender, id, Publication::Published).await
}

/// Ritira
///
/// Citizens see the service no more; its content stays.
#[utoipa::path(
    delete,
    path = "/manage/services/{id}/release",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    responses(
        (status = 204, description = "Ritirato"),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto", body = ProblemBody),
        (status = 409, description = "Mai approvato", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn unpublish(State(context): State<Context>, sender: Sender, Path(id): Path<String>) -> Result<StatusCode, Error> {
    change(&context, &sender, id, Publication::Unpublished).await
}

async fn change(context: &Context, sender: &Sender, id: String, publication: Publication) -> Result<StatusCode, Error> {
    let (scope, now) = (scope(sender)?, context.now());
    let changed = context.app.db().write(move |tx| {
        let mut service = services::load(tx, &scope, &id)?;
        services::show(tx, &mut service, publication, now)
    });
    changed.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Versione pubblicata
///
/// What citizens see, or saw, of the service.
#[utoipa::path(
    get,
    path = "/manage/services/{id}/release",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    responses(
        (status = 200, description = "La versione pubblicata", body = serde_json::Value),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto, o mai approvato", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn get(State(context): State<Context>, sender: Sender, Path(id): Path<String>) -> Result<Response, Error> {
    let (scope, wanted) = (scope(&sender)?, id.clone());
    let found = context.app.db().read(move |tx| services::look(tx, &scope, &wanted)).await?;
    answer(StatusCode::OK, &shown(&found).ok_or(Error::NoItem(id))?)
}
