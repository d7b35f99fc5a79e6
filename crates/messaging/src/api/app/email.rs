//! The address to which copies of messages go: the citizen proves that it is theirs.

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{ApiError, ApiResult, Caller, Json};

use super::super::ProblemBody;
use super::citizen;
use crate::context::Context;
use crate::copies::{self, EMAILS};
use crate::errors::Error;
use crate::store::citizens;

/// Seconds between two e-mails with a code to one citizen.
const PAUSE_S: i64 = 60;

/// The code that came to the address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The code; without one it is sent again.
    #[serde(default)]
    code: Option<String>,
}

/// Conferma l'indirizzo e-mail
///
/// With the code that came by e-mail copies begin to come; without one the code is sent again, once a minute at most.
#[utoipa::path(
    post,
    path = "/profile/email",
    tag = "cittadino",
    request_body = Proof,
    responses(
        (status = 204, description = "Indirizzo confermato, o codice inviato"),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata ai cittadini", body = ProblemBody),
        (status = 404, description = "Nessun profilo, o nessun indirizzo da confermare", body = ProblemBody),
        (status = 422, description = "Codice sbagliato", body = ProblemBody),
    )
)]
pub async fn post(State(context): State<Context>, caller: Caller, Json(proof): Json<Proof>) -> ApiResult<StatusCode> {
    let (code, now) = (citizen(&caller)?, context.now());
    let asking = context.clone();
    let changed = context.app.db().write(move |tx| {
        let mut profile = citizens::find_profile(tx, code)?.ok_or(Error::ProfileNotFound)?;
        let Some(address) = profile.email.clone().filter(|_| !profile.is_email_validated) else {
            return Err(Error::ProfileNotFound);
        };
        match proof.code.map(|typed| typed.trim().to_uppercase()) {
            // The code depends on the secret alone: nobody learns from the time that a comparison takes how much of a guess is right.
            Some(typed) if asking.digest(&typed) == asking.digest(&copies::proof(&asking, code, &address)) => {
                profile.is_email_validated = true;
            }
            Some(_) => return Ok(false),
            None if profile.email_told_at.is_some_and(|told| now.since(told).as_secs() < PAUSE_S) => return Ok(true),
            // Nobody sends emails here: there is no code to come.
            None if !asking.app.sends_mail() => return Err(Error::ProfileNotFound),
            None => {
                profile.email_told_at = Some(now);
                copies::proof_email(&asking, code, &address, now).post(tx, EMAILS, now)?;
            }
        }
        citizens::put_profile(tx, code, &profile, now)?;
        Ok::<_, Error>(true)
    });
    if changed.await.map_err(ApiError::from)? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let error = kernel::FieldError::new("/code", "wrong", "Il codice non è quello inviato a questo indirizzo.");
    Err(kernel::Problem::new(422, "invalid-fields", "Campi non validi").errors(vec![error]).into())
}
