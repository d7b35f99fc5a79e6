//! A sender submits a message: judged, stored, told to the processor; then answered. What becomes of it is decided later.

use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use contracts::io_messages::IoMessageV1;
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{API, ProblemBody, answer, citizen, json};
use crate::access::Sender;
use crate::context::Context;
use crate::errors::Error;
use crate::groups::Group;
use crate::message::{NewMessage, State as Status};
use crate::store::{configurations, messages};
use crate::submit::{self, Submission};
use crate::ulid::Ulid;

/// The identifier of a message.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Created {
    /// A ULID.
    id: String,
}

/// Longest `Idempotency-Key`.
const LONGEST_KEY: usize = 255;

/// Invia un messaggio
///
/// Accepts a message for the citizen that the body names. It is stored when this answers; whether it reaches the citizen is told by its
/// status. With `Idempotency-Key` the same request again gives the same message, for a week.
#[utoipa::path(
    post,
    path = "/messages",
    tag = "messaggi",
    params(("Idempotency-Key" = Option<String>, Header, description = "Chiave unica della richiesta, fino a 255 caratteri")),
    request_body = serde_json::Value,
    responses(
        (status = 201, description = "Messaggio accettato", body = Created),
        (status = 400, description = "Messaggio non valido", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Invio non consentito", body = ProblemBody),
        (status = 404, description = "Configurazione remota sconosciuta", body = ProblemBody),
        (status = 422, description = "Idempotency-Key già usata per un'altra richiesta", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn submit(State(context): State<Context>, sender: Sender, headers: HeaderMap, body: Bytes) -> Result<Response, Error> {
    accept(&context, &sender, None, &headers, &body).await
}

/// Invia un messaggio (codice fiscale nel percorso)
///
/// The same for the citizen that the address names; deprecated, because addresses end in logs.
#[utoipa::path(
    post,
    path = "/messages/{fiscal_code}",
    tag = "messaggi",
    params(
        ("fiscal_code" = String, Path, description = "Codice fiscale del destinatario"),
        ("Idempotency-Key" = Option<String>, Header, description = "Chiave unica della richiesta, fino a 255 caratteri")
    ),
    request_body = serde_json::Value,
    responses(
        (status = 201, description = "Messaggio accettato", body = Created),
        (status = 400, description = "Messaggio non valido", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Invio non consentito", body = ProblemBody),
        (status = 404, description = "Configurazione remota sconosciuta", body = ProblemBody),
        (status = 422, description = "Idempotency-Key già usata per un'altra richiesta", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
#[deprecated]
pub async fn submit_by_path(
    State(context): State<Context>,
    sender: Sender,
    Path(fiscal_code): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Error> {
    accept(&context, &sender, Some(&fiscal_code), &headers, &body).await
}

async fn accept(
    context: &Context,
    sender: &Sender,
    path: Option<&str>,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Response, Error> {
    sender.require(&[Group::ApiMessageWrite, Group::ApiLimitedMessageWrite])?;
    let source = sender.source()?;
    let service = sender.service()?;
    let read = NewMessage::read(&json(body, "message")?).map_err(|complaints| Error::InvalidBody("message", complaints))?;
    let path = path.map(citizen).transpose()?;
    let key = idempotency_key(headers)?;
    let account = sender.account();
    let third_party = read.content.third_party_data.as_ref();
    let configuration = match third_party.and_then(|data| data.configuration_id.clone()) {
        Some(id) => {
            let owner = account.id.clone();
            Some(context.app.db().read(move |tx| configurations::judged(tx, &id, &owner)).await?)
        }
        None => None,
    };
    let rules = service.payload.rules();
    let submission = Submission { groups: &sender.groups, rules: &rules, source, path, message: &read, configuration };
    let recipient = submit::check(&submission)?;

    let now = context.now();
    let mut content = read.content;
    content.fill_payee(&service.payload.organization.fiscal_code);
    let message = messages::Message {
        id: Ulid::new(now, context.app.rng()),
        service_id: service.id,
        account_id: account.id.clone(),
        fiscal_code: recipient,
        state: Status::Accepted,
        rejection: None,
        level: read.feature_level_type,
        time_to_live: read.time_to_live,
        content,
        notification: None,
        created_at: now,
        read_at: None,
        archived: false,
    };
    let event = accepted_event(context, account.tenant_id, &message);
    let key = key.map(|key| (key, request_digest(path.map(|code| code.to_string()).as_deref(), body)));
    let id = context.app.db().write(move |tx| {
        if let Some((key, digest)) = &key
            && let Some((first, id)) = messages::remember(tx, message.service_id, key, digest, message.id, now)?
        {
            return if first == *digest { Ok(id) } else { Err(Error::KeyReused) };
        }
        messages::insert(tx, &message)?;
        tx.emit(&event, now)?;
        Ok(message.id)
    });
    let id = id.await?.to_string();
    let mut response = answer(StatusCode::CREATED, &Created { id: id.clone() })?;
    let location = HeaderValue::from_str(&format!("{API}/messages/{recipient}/{id}"));
    response.headers_mut().insert(LOCATION, location.map_err(|error| Error::Defect(error.to_string()))?);
    Ok(response)
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=LONGEST_KEY).contains(&key.len()));
    key.map(|key| Some(key.to_owned()))
        .ok_or_else(|| Error::BadRequest(format!("Idempotency-Key must have 1 to {LONGEST_KEY} characters")))
}

/// What tells a request from another under the same key.
fn request_digest(path: Option<&str>, body: &[u8]) -> Vec<u8> {
    let mut digest = Sha256::new();
    digest.update(path.unwrap_or_default());
    digest.update([0]);
    digest.update(body);
    digest.finalize().to_vec()
}

/// What tells the processor of a message that was accepted.
pub fn accepted_event(context: &Context, tenant_id: kernel::TenantId, message: &messages::Message) -> IoMessageV1 {
    IoMessageV1 {
        id: message.id.0,
        message_id: message.id.to_string(),
        sender_service_id: message.service_id.to_string(),
        tenant_id,
        feature_level_type: if message.level == crate::message::FeatureLevel::Advanced { "ADVANCED" } else { "STANDARD" }
            .to_owned(),
        status: message.state.word().to_owned(),
        rejection_reason: None,
        created_at: message.created_at,
        event_id: context.app.event_id(),
        event_version: contracts::NumberVersion,
        event_created_at: message.created_at.trunc_to_second(),
        app_id: context.app.app_id(crate::ROLE),
        extra: contracts::Extra::default(),
    }
}
