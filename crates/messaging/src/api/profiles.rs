//! A sender asks whether a citizen can be written to.

use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ProblemBody, answer, citizen, json};
use crate::access::Sender;
use crate::context::Context;
use crate::decode::{Member, Reader};
use crate::errors::Error;
use crate::formats::CitizenCode;
use crate::groups::Group;
use crate::preferences::sender_allowed;
use crate::store::citizens;
use crate::submit::require_recipient;

/// Whether a citizen can be written to.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct LimitedProfile {
    /// Whether this service may write.
    sender_allowed: bool,
    /// The languages that the citizen prefers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    preferred_languages: Vec<String>,
}

/// Profilo di un cittadino
///
/// Whether this service may write to the citizen that the body names. To be asked before sending. A 404 is no fault: the citizen does not
/// use the app, or takes no messages.
#[utoipa::path(
    post,
    path = "/profiles",
    tag = "profili",
    request_body = serde_json::Value,
    responses(
        (status = 200, description = "Il cittadino ha un profilo", body = LimitedProfile),
        (status = 400, description = "Richiesta non valida", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Richiesta non consentita", body = ProblemBody),
        (status = 404, description = "Nessun profilo, o messaggi disattivati", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn post(State(context): State<Context>, sender: Sender, body: Bytes) -> Result<Response, Error> {
    const NAME: &str = "GetLimitedProfileByPOSTPayload";
    sender.use_service(&[Group::ApiLimitedProfileRead])?;
    let body = json(&body, NAME)?;
    let mut reader = Reader::default();
    let root = Member::root(&body);
    let code = reader.object(&root, NAME).and_then(|root| reader.citizen(&root.get("fiscal_code")));
    let code = reader.finish(code).map_err(|complaints| Error::InvalidBody(NAME, complaints))?;
    show(&context, &sender, code).await
}

/// Profilo di un cittadino (codice fiscale nel percorso)
///
/// The same for the citizen that the address names; deprecated, because addresses end in logs.
#[utoipa::path(
    get,
    path = "/profiles/{fiscal_code}",
    tag = "profili",
    params(("fiscal_code" = String, Path, description = "Codice fiscale del cittadino")),
    responses(
        (status = 200, description = "Il cittadino ha un profilo", body = LimitedProfile),
        (status = 400, description = "Richiesta non valida", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Richiesta non consentita", body = ProblemBody),
        (status = 404, description = "Nessun profilo, o messaggi disattivati", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
#[deprecated]
pub async fn get(State(context): State<Context>, sender: Sender, Path(fiscal_code): Path<String>) -> Result<Response, Error> {
    sender.use_service(&[Group::ApiLimitedProfileRead])?;
    show(&context, &sender, citizen(&fiscal_code)?).await
}

async fn show(context: &Context, sender: &Sender, code: CitizenCode) -> Result<Response, Error> {
    let service = sender.service()?;
    // Before the profile is looked up: whoever may not ask does not learn whether there is one.
    require_recipient(&sender.groups, &service.payload.rules(), code)?;
    let (id, special, now) = (service.id, service.payload.is_special(), context.now());
    let shown = context.app.db().read(move |tx| {
        let profile =
            citizens::find_profile(tx, code)?.filter(|profile| profile.is_inbox_enabled).ok_or(Error::ProfileNotFound)?;
        let standing = citizens::standing(tx, code, &profile, id, special)?;
        let sender_allowed = sender_allowed(&profile, &id.to_string(), standing, now);
        Ok::<_, Error>(LimitedProfile { sender_allowed, preferred_languages: profile.preferred_languages })
    });
    answer(StatusCode::OK, &shown.await?)
}
