//! What happened to a service.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json as object};
use utoipa::IntoParams;

use super::services::{number, scope};
use super::{ProblemBody, answer};
use crate::access::Sender;
use crate::context::Context;
use crate::errors::Error;
use crate::formats::utc_millis;
use crate::services;
use crate::store::services::{self as store, Entry};

/// Which part of the history.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// `ASC` or `DESC`; newest first unless told.
    order: Option<String>,
    /// How many, 1 to 100; 10 unless told.
    limit: Option<String>,
    /// Where an earlier part ended.
    continuation_token: Option<String>,
}

fn shown(id: &str, entry: &Entry) -> Value {
    let mut shown = entry.payload.shown();
    shown["id"] = id.into();
    shown["status"] = object!({ "kind": entry.kind, "value": entry.value });
    if let Some(reason) = &entry.reason {
        shown["status"]["reason"] = reason.as_str().into();
    }
    shown["version"] = entry.version.into();
    shown["last_update"] = utc_millis(entry.at).into();
    shown
}

/// Storia di un servizio
///
/// What happened to a service and to its publication, in parts.
#[utoipa::path(
    get,
    path = "/manage/services/{id}/history",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio"), Paging),
    responses(
        (status = 200, description = "Una parte della storia", body = serde_json::Value),
        (status = 400, description = "Parametri non validi", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn get(
    State(context): State<Context>,
    sender: Sender,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Response, Error> {
    let scope = scope(&sender)?;
    let limit = number(paging.limit.as_deref(), "limit", 10, (1, 100))?;
    let ascending = match paging.order.as_deref() {
        None | Some("DESC") => false,
        Some("ASC") => true,
        Some(_) => return Err(Error::InvalidBody("order", "order is ASC or DESC".to_owned())),
    };
    let after = match paging.continuation_token.as_deref() {
        Some(token) => Some(number(Some(token), "continuationToken", 0, (0, i64::MAX))?),
        None => None,
    };
    let wanted = id.clone();
    // One more than asked for tells whether there is more.
    let read = context.app.db().read(move |tx| {
        let service = services::look(tx, &scope, &wanted)?;
        store::history(tx, service.id, ascending, after, limit + 1).map_err(Error::from)
    });
    let mut entries = read.await?;
    let more = i64::try_from(entries.len()).is_ok_and(|count| count > limit);
    entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let items: Vec<_> = entries.iter().map(|entry| shown(&id, entry)).collect();
    let mut answered = object!({ "items": items });
    if let Some(last) = entries.last().filter(|_| more) {
        answered["continuationToken"] = last.number.to_string().into();
    }
    answer(StatusCode::OK, &answered)
}
