//! A sender looks what became of a message.

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ProblemBody, answer, citizen};
use crate::access::Sender;
use crate::clients::payment_info;
use crate::context::Context;
use crate::errors::Error;
use crate::formats::{CitizenCode, utc_millis};
use crate::groups::Group;
use crate::message::{Content, FeatureLevel, Rejection, State as Status};
use crate::premium::{PaymentStatus, ReadStatus, View, read_status};
use crate::store::{citizens, messages};
use crate::ulid::Ulid;

/// A message and what became of it.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Shown {
    /// The message.
    #[schema(value_type = serde_json::Value)]
    message: ShownMessage,
    /// `ACCEPTED`, `THROTTLED`, `PROCESSED`, `REJECTED`, `FAILED`.
    #[schema(value_type = String)]
    status: Status,
    /// Why it was rejected: `USER_NOT_FOUND`, `SERVICE_NOT_ALLOWED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    rejection_reason: Option<Rejection>,
    /// `READ`, `UNREAD`, `UNAVAILABLE`; of Premium messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    read_status: Option<ReadStatus>,
    /// `PAID`, `NOT_PAID`; of Premium messages with a payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    payment_status: Option<PaymentStatus>,
    /// What became of the notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    notification: Option<Notified>,
}

/// The message as it was sent. Published clients do not decode it without `content` and `payee`.
#[derive(Serialize, Deserialize)]
struct ShownMessage {
    id: String,
    fiscal_code: CitizenCode,
    created_at: String,
    sender_service_id: String,
    feature_level_type: FeatureLevel,
    time_to_live: i64,
    content: Content,
}

#[derive(Serialize, Deserialize)]
struct Notified {
    webhook: String,
}

/// Stato di un messaggio
///
/// A message of this service with its status; of Premium messages whether it was read and paid, to senders who may know.
#[utoipa::path(
    get,
    path = "/messages/{fiscal_code}/{id}",
    tag = "messaggi",
    params(
        ("fiscal_code" = String, Path, description = "Codice fiscale del destinatario"),
        ("id" = String, Path, description = "Identificativo del messaggio")
    ),
    responses(
        (status = 200, description = "Il messaggio e il suo stato", body = Shown),
        (status = 400, description = "Codice fiscale non valido", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Lettura non consentita", body = ProblemBody),
        (status = 404, description = "Messaggio sconosciuto", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno, o stato del pagamento non disponibile", body = ProblemBody),
    )
)]
pub async fn get(
    State(context): State<Context>,
    sender: Sender,
    Path((fiscal_code, id)): Path<(String, String)>,
) -> Result<Response, Error> {
    let service = sender.use_service(&[Group::ApiMessageRead])?.id;
    let code = citizen(&fiscal_code)?;
    let id: Ulid = id.parse().map_err(|_| Error::MessageNotFound)?;
    let (message, profile, preference) = context
        .app
        .db()
        .read(move |tx| {
            let message = messages::find(tx, code, id)?.ok_or(Error::MessageNotFound)?;
            if message.service_id != service {
                return Err(Error::NotYourMessage);
            }
            let profile = citizens::find_profile(tx, code)?;
            let preference = match &profile {
                Some(profile) => citizens::find_preference(tx, code, service, profile.settings_version)?,
                None => None,
            };
            Ok((message, profile, preference))
        })
        .await?;
    let view = View {
        level: message.level,
        state: message.state,
        may_read_advanced: sender.groups.has(Group::ApiMessageReadAdvanced),
        has_payment: message.content.rpt_id().is_some(),
    };
    let read = view.shows_read_status().then(|| read_status(profile.as_ref(), preference, message.read_at.is_some()));
    let payment_status = match message.content.rpt_id().filter(|_| view.shows_payment_status()) {
        Some(rpt_id) => Some(payment_info::status(&context, rpt_id).await?),
        None => None,
    };
    let shown = Shown {
        status: message.state,
        rejection_reason: message.rejection,
        read_status: read,
        payment_status,
        notification: message.notification.map(|webhook| Notified { webhook }),
        message: ShownMessage {
            id: message.id.to_string(),
            fiscal_code: message.fiscal_code,
            created_at: utc_millis(message.created_at),
            sender_service_id: message.service_id.to_string(),
            feature_level_type: message.level,
            time_to_live: message.time_to_live,
            content: message.content,
        },
    };
    answer(StatusCode::OK, &shown)
}
