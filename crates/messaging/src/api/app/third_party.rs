//! Remote content: the citizen opens it, the sender is asked.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use web::{ApiError, ApiResult, Caller, Json};

use super::super::ProblemBody;
use super::{citizen, inbox};
use crate::clients::sender::{self, Asked};
use crate::context::Context;
use crate::errors::Error;
use crate::formats::CitizenCode;
use crate::message::ThirdParty;
use crate::precondition::is_shown;
use crate::remote::answers::consistent;
use crate::remote::configuration::Configuration;
use crate::store::configurations;
use crate::store::messages::Message;
use crate::ulid::Ulid;

/// A remote message and how its sender is asked.
async fn load(context: &Context, code: CitizenCode, id: String) -> Result<(Message, ThirdParty, Configuration), Error> {
    let found = context.app.db().read(move |tx| {
        let message = inbox::find(tx, code, &id)?;
        let data = message.content.third_party_data.clone().ok_or(Error::MessageNotFound)?;
        let configuration =
            data.configuration_id.as_ref().and_then(|id| id.parse::<Ulid>().ok()).ok_or(Error::NoConfigurationId)?;
        let stored = configurations::find(tx, configuration)?.ok_or(Error::UnknownConfiguration)?;
        Ok::<_, Error>((message, data, stored))
    });
    let (message, data, stored) = found.await?;
    let id = stored.id;
    Ok((message, data, stored.body.open(context, id)?))
}

/// Contenuto remoto
///
/// Asks the sender for subject, text and files of a message.
#[utoipa::path(
    get,
    path = "/third-party-messages/{id}",
    tag = "cittadino",
    params(("id" = String, Path, description = "Messaggio")),
    responses(
        (status = 200, description = "Il contenuto", body = serde_json::Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata ai cittadini, o firma mancante", body = ProblemBody),
        (status = 404, description = "Messaggio sconosciuto, qui o presso il mittente", body = ProblemBody),
        (status = 502, description = "Il mittente risponde diversamente da quanto promesso", body = ProblemBody),
        (status = 504, description = "Il mittente non risponde", body = ProblemBody),
    )
)]
pub async fn get(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let code = citizen(&caller)?;
    let (message, data, configuration) = load(&context, code, id).await.map_err(ApiError::from)?;
    let asked = Asked { configuration: &configuration, id: &data.id, citizen: code, app: &headers };
    let answer = sender::message(&context, &asked).await.map_err(ApiError::from)?;
    let most = context.config.most_attachments;
    let details = consistent(&data, &message.content, answer, most).map_err(|failure| ApiError::from(Error::Remote(failure)))?;
    Ok(([(CACHE_CONTROL, "private, no-store")], Json(details)).into_response())
}

/// Precondizione
///
/// What the sender wants confirmed before the message opens; 404 when nothing is to be confirmed now.
#[utoipa::path(
    get,
    path = "/third-party-messages/{id}/precondition",
    tag = "cittadino",
    params(("id" = String, Path, description = "Messaggio")),
    responses(
        (status = 200, description = "La precondizione", body = serde_json::Value),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata ai cittadini, o firma mancante", body = ProblemBody),
        (status = 404, description = "Nessuna precondizione", body = ProblemBody),
        (status = 502, description = "Il mittente rifiuta la piattaforma", body = ProblemBody),
        (status = 504, description = "Il mittente non risponde", body = ProblemBody),
    )
)]
pub async fn precondition(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let code = citizen(&caller)?;
    let (message, data, configuration) = load(&context, code, id).await.map_err(ApiError::from)?;
    if !is_shown(data.has_precondition, Some(configuration.has_precondition), message.read_at.is_some()) {
        return Err(Error::MessageNotFound.into());
    }
    let asked = Asked { configuration: &configuration, id: &data.id, citizen: code, app: &headers };
    let shown = sender::precondition(&context, &asked).await.map_err(ApiError::from)?;
    Ok(Json(shown).into_response())
}

/// Allegato
///
/// Passes a file of the sender on, piece by piece. Only PDFs are.
#[utoipa::path(
    get,
    path = "/third-party-messages/{id}/attachments/{url}",
    tag = "cittadino",
    params(("id" = String, Path, description = "Messaggio"), ("url" = String, Path, description = "Indirizzo relativo dell'allegato")),
    responses(
        (status = 200, description = "Il file", content_type = "application/pdf"),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata ai cittadini, o firma mancante", body = ProblemBody),
        (status = 404, description = "Allegato sconosciuto", body = ProblemBody),
        (status = 415, description = "Il file non è un PDF", body = ProblemBody),
        (status = 503, description = "Il file non è ancora pronto", body = ProblemBody),
        (status = 504, description = "Il mittente non risponde", body = ProblemBody),
    )
)]
pub async fn attachment(
    State(context): State<Context>,
    caller: Caller,
    Path((id, url)): Path<(String, String)>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let code = citizen(&caller)?;
    let (_, data, configuration) = load(&context, code, id).await.map_err(ApiError::from)?;
    if !data.has_attachments {
        return Err(Error::MessageNotFound.into());
    }
    let asked = Asked { configuration: &configuration, id: &data.id, citizen: code, app: &headers };
    let body = sender::attachment(&context, &asked, &url).await.map_err(ApiError::from)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, body).into_response())
}
