//! The two keys of a service: either works, and one is replaced while the other goes on.

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::services::scope;
use super::{ProblemBody, answer};
use crate::access::Sender;
use crate::accounts::{Keys, kept, show};
use crate::context::Context;
use crate::errors::Error;
use crate::services;
use crate::store::accounts::{self, Which};

/// The keys of a service.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Pair {
    /// The first.
    primary_key: String,
    /// The second.
    secondary_key: String,
}

impl From<Keys> for Pair {
    fn from(keys: Keys) -> Self {
        Self { primary_key: keys.primary, secondary_key: keys.secondary }
    }
}

/// Which of the two keys a word of an address names.
pub fn which(key_type: &str) -> Result<Which, Error> {
    match key_type {
        "primary" => Ok(Which::Primary),
        "secondary" => Ok(Which::Secondary),
        other => {
            let value = serde_json::Value::from(other);
            let complaint = format!("value {value} at root is not a valid [\"primary\" | \"secondary\"]");
            Err(Error::InvalidBody("SubscriptionKeyType", complaint))
        }
    }
}

/// Chiavi di un servizio
///
/// Both keys. Who looked, and when, is in the log.
#[utoipa::path(
    get,
    path = "/manage/services/{id}/keys",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    responses(
        (status = 200, description = "Le chiavi", body = Pair),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn get(State(context): State<Context>, sender: Sender, Path(id): Path<String>) -> Result<Response, Error> {
    let scope = scope(&sender)?;
    tracing::info!(account_id = scope.account, service_id = id, "keys of a service shown");
    let opening = context.clone();
    let keys = context.app.db().read(move |tx| {
        let service = services::look(tx, &scope, &id)?;
        show(&opening, tx, &service.id.to_string())
    });
    answer(StatusCode::OK, &Pair::from(keys.await?))
}

/// Rigenera una chiave
///
/// Replaces one key; the other goes on working.
#[utoipa::path(
    put,
    path = "/manage/services/{id}/keys/{key_type}",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio"), ("key_type" = String, Path, description = "primary o secondary")),
    responses(
        (status = 200, description = "Le chiavi", body = Pair),
        (status = 400, description = "Chiave che non esiste", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn regenerate(
    State(context): State<Context>,
    sender: Sender,
    Path((id, key_type)): Path<(String, String)>,
) -> Result<Response, Error> {
    let scope = scope(&sender)?;
    let which = which(&key_type)?;
    let making = context.clone();
    let keys = context.app.db().write(move |tx| {
        let subscription = services::load(tx, &scope, &id)?.id.to_string();
        let key = kept(&making, &subscription, which, &making.new_key());
        accounts::replace_key(tx, &subscription, which, &key)?;
        show(&making, tx, &subscription)
    });
    let keys = keys.await?;
    context.forget_access();
    answer(StatusCode::OK, &Pair::from(keys))
}
