//! A special service reads and sets where it stands with a citizen.

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ProblemBody, answer, json};
use crate::access::Sender;
use crate::context::Context;
use crate::decode::{Member, Reader};
use crate::errors::Error;
use crate::formats::CitizenCode;
use crate::groups::Group;
use crate::preferences::Activation;
use crate::store::citizens;
use crate::submit::require_recipient;
use crate::ulid::Ulid;

/// Where a special service stands with a citizen.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Shown {
    /// The service.
    service_id: String,
    /// The citizen.
    #[schema(value_type = String)]
    fiscal_code: CitizenCode,
    /// `ACTIVE`, `INACTIVE`, `PENDING`.
    #[schema(value_type = String)]
    status: Activation,
    /// How often it changed.
    version: i64,
}

/// Stato di attivazione
///
/// Where this service stands with the citizen that the body names. Only for services that each citizen activates.
#[utoipa::path(
    post,
    path = "/activations/",
    tag = "attivazioni",
    request_body = serde_json::Value,
    responses(
        (status = 200, description = "Lo stato di attivazione", body = Shown),
        (status = 400, description = "Richiesta non valida", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Il servizio non è speciale", body = ProblemBody),
        (status = 404, description = "Mai attivato", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn read(State(context): State<Context>, sender: Sender, body: Bytes) -> Result<Response, Error> {
    let service = special(&sender)?;
    let (code, _) = parse(&body, false)?;
    require_recipient(&sender.groups, &sender.service()?.payload.rules(), code)?;
    let found = context.app.db().read(move |tx| citizens::find_activation(tx, service, code)).await?;
    let (status, _, version) = found.ok_or_else(|| Error::NoItem(service.to_string()))?;
    answer(StatusCode::OK, &Shown { service_id: service.to_string(), fiscal_code: code, status, version })
}

/// Imposta lo stato di attivazione
///
/// Sets where this service stands with the citizen that the body names.
#[utoipa::path(
    put,
    path = "/activations/",
    tag = "attivazioni",
    request_body = serde_json::Value,
    responses(
        (status = 200, description = "Lo stato di attivazione", body = Shown),
        (status = 400, description = "Richiesta non valida", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Il servizio non è speciale", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn upsert(State(context): State<Context>, sender: Sender, body: Bytes) -> Result<Response, Error> {
    let service = special(&sender)?;
    let (code, status) = parse(&body, true)?;
    let status = status.ok_or_else(|| Error::Defect("a status that was read is there".to_owned()))?;
    require_recipient(&sender.groups, &sender.service()?.payload.rules(), code)?;
    let now = context.now();
    let version = context.app.db().write(move |tx| citizens::put_activation(tx, service, code, status, now)).await?;
    answer(StatusCode::OK, &Shown { service_id: service.to_string(), fiscal_code: code, status, version })
}

fn special(sender: &Sender) -> Result<Ulid, Error> {
    let service = sender.use_service(&[Group::ApiMessageWrite])?;
    if service.payload.is_special() { Ok(service.id) } else { Err(Error::NotAllowed) }
}

fn parse(body: &Bytes, with_status: bool) -> Result<(CitizenCode, Option<Activation>), Error> {
    const NAME: &str = "ActivationPayload";
    let body = json(body, NAME)?;
    let mut reader = Reader::default();
    let root = Member::root(&body);
    let code = reader.citizen(&root.get("fiscal_code"));
    let status = with_status
        .then(|| reader.word(&root.get("status"), "\"ACTIVE\" | \"INACTIVE\" | \"PENDING\"", |word| word.parse().ok()));
    let read = code.map(|code| (code, status.flatten()));
    reader.finish(read).map_err(|complaints| Error::InvalidBody(NAME, complaints))
}
