//! A service's sender says where it wants to be told what becomes of messages: our extension of the published interface.

use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::services::scope;
use super::{ProblemBody, answer, json};
use crate::access::Sender;
use crate::context::Context;
use crate::decode::{Member, Reader};
use crate::errors::Error;
use crate::services;
use crate::store::services as store;
use crate::tasks::tell;

/// Where a sender is told.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Webhook {
    /// The address.
    url: String,
    /// What signs; shown once.
    secret: String,
}

/// Imposta il webhook
///
/// From now on the status of every message of this service is posted to an address, signed as the Standard Webhooks specification says.
/// Answers with a new secret, which is not shown again.
#[utoipa::path(
    put,
    path = "/manage/services/{id}/webhook",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    request_body = serde_json::Value,
    responses(
        (status = 200, description = "Indirizzo e segreto", body = Webhook),
        (status = 400, description = "Indirizzo non ammesso", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn put(State(context): State<Context>, sender: Sender, Path(id): Path<String>, body: Bytes) -> Result<Response, Error> {
    let scope = scope(&sender)?;
    let body = json(&body, "Webhook")?;
    let mut reader = Reader::default();
    let url = reader.non_empty(&Member::root(&body).get("url"));
    let url = reader.finish(url).map_err(|complaints| Error::InvalidBody("Webhook", complaints))?;
    let refuse = |reason: String| Error::BadRequest(format!("url: {reason}"));
    let parsed = Url::parse(&url).map_err(|error| refuse(error.to_string()))?;
    context.app.config().egress.check(&parsed).map_err(|error| refuse(error.to_string()))?;
    let secret = tell::new_secret(&context);
    let (sealing, shown) = (context.clone(), Webhook { url: url.clone(), secret: secret.clone() });
    let set = context.app.db().write(move |tx| {
        let service = services::load(tx, &scope, &id)?.id;
        let sealed = sealing.seal(&tell::place(service), &secret);
        store::set_webhook(tx, service, Some((&url, &sealed))).map_err(Error::from)
    });
    set.await?;
    answer(StatusCode::OK, &shown)
}

/// Toglie il webhook
///
/// The sender is told no more.
#[utoipa::path(
    delete,
    path = "/manage/services/{id}/webhook",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    responses(
        (status = 204, description = "Tolto"),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn delete(State(context): State<Context>, sender: Sender, Path(id): Path<String>) -> Result<StatusCode, Error> {
    let scope = scope(&sender)?;
    let removed = context.app.db().write(move |tx| {
        let service = services::load(tx, &scope, &id)?.id;
        store::set_webhook(tx, service, None).map_err(Error::from)
    });
    removed.await?;
    Ok(StatusCode::NO_CONTENT)
}
