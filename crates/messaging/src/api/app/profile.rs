//! The citizen's own profile.

use axum::extract::State;
use http::StatusCode;
use kernel::{FieldError, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{ApiError, ApiResult, Caller, Json};

use super::super::ProblemBody;
use super::citizen;
use crate::context::Context;
use crate::copies;
use crate::preferences::{Mode, Profile};
use crate::store::citizens;

/// The languages that senders are told of.
const LANGUAGES: [&str; 5] = ["it_IT", "en_GB", "es_ES", "de_DE", "fr_FR"];

/// A citizen's profile, as the citizen sees and sets it.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct OwnProfile {
    /// Whether messages are taken at all.
    is_inbox_enabled: bool,
    /// `AUTO`: services may write unless refused; `MANUAL`: none unless allowed; `LEGACY`: as before there was a choice.
    #[schema(value_type = String)]
    mode: Mode,
    /// Grows with every change of `mode`.
    #[serde(default)]
    #[schema(read_only)]
    version: i64,
    /// Whether reminders are wanted.
    #[serde(default)]
    reminders: bool,
    /// Whether notifications may show sender and subject.
    #[serde(default)]
    full_previews: bool,
    /// Languages, the first preferred: `it_IT`, `de_DE` ...
    #[serde(default)]
    preferred_languages: Vec<String>,
    /// The app's version; without one no sender learns what was read.
    #[serde(default)]
    app_version: Option<String>,
    /// Where copies of messages go. A new address gets a code that proves that it is the caller's.
    #[serde(default)]
    email: Option<String>,
    /// Whether copies of messages are wanted.
    #[serde(default)]
    is_email_enabled: bool,
    /// Whether the address is proved to be the caller's: nothing is copied before.
    #[serde(default)]
    #[schema(read_only)]
    is_email_validated: bool,
}

fn shown(profile: Profile) -> OwnProfile {
    OwnProfile {
        is_inbox_enabled: profile.is_inbox_enabled,
        mode: profile.mode,
        version: profile.settings_version,
        reminders: profile.reminders,
        full_previews: profile.full_previews,
        preferred_languages: profile.preferred_languages,
        app_version: profile.app_version,
        email: profile.email,
        is_email_enabled: profile.is_email_enabled,
        is_email_validated: profile.is_email_validated,
    }
}

/// Il proprio profilo
///
/// The caller's profile; 404 before the first `PUT`.
#[utoipa::path(
    get,
    path = "/profile",
    tag = "cittadino",
    responses(
        (status = 200, description = "Il profilo", body = OwnProfile),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata ai cittadini", body = ProblemBody),
        (status = 404, description = "Nessun profilo", body = ProblemBody),
    )
)]
pub async fn get(State(context): State<Context>, caller: Caller) -> ApiResult<Json<OwnProfile>> {
    let code = citizen(&caller)?;
    let found = context.app.db().read(move |tx| citizens::find_profile(tx, code)).await?;
    found.map(|profile| Json(shown(profile))).ok_or_else(ApiError::not_found)
}

/// Imposta il proprio profilo
///
/// Makes or changes the caller's profile. Another `mode` makes every earlier choice stop counting.
#[utoipa::path(
    put,
    path = "/profile",
    tag = "cittadino",
    request_body = OwnProfile,
    responses(
        (status = 200, description = "Il profilo", body = OwnProfile),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata ai cittadini", body = ProblemBody),
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn put(State(context): State<Context>, caller: Caller, Json(wanted): Json<OwnProfile>) -> ApiResult<Json<OwnProfile>> {
    let code = citizen(&caller)?;
    if let Some(index) = wanted.preferred_languages.iter().position(|language| !LANGUAGES.contains(&language.as_str())) {
        let message = format!("Usare una di: {}.", LANGUAGES.join(", "));
        let error = FieldError::new(format!("/preferred_languages/{index}"), "enum", message);
        return Err(Problem::new(422, "invalid-fields", "Campi non validi").errors(vec![error]).into());
    }
    let email = wanted.email.map(|address| address.trim().to_owned()).filter(|address| !address.is_empty());
    if email.as_ref().is_some_and(|address| !runtime::is_address(address)) {
        let error = FieldError::new("/email", "format", "Usare un indirizzo e-mail completo, per esempio nome@example.it.");
        return Err(Problem::new(422, "invalid-fields", "Campi non validi").errors(vec![error]).into());
    }
    let now = context.now();
    let asking = context.clone();
    let changed = context.app.db().write(move |tx| {
        let before = citizens::find_profile(tx, code)?;
        let mut profile = before.clone().unwrap_or_else(Profile::new);
        // A citizen who comes and chooses at once has changed nothing before.
        match before {
            Some(_) => profile.choose(wanted.mode),
            None => profile.mode = wanted.mode,
        }
        profile.is_inbox_enabled = wanted.is_inbox_enabled;
        profile.reminders = wanted.reminders;
        profile.full_previews = wanted.full_previews;
        profile.preferred_languages = wanted.preferred_languages;
        profile.app_version = wanted.app_version;
        profile.is_email_enabled = wanted.is_email_enabled;
        if profile.email != email {
            (profile.email, profile.is_email_validated) = (email, false);
            // Nobody is asked to prove an address to which nothing is to go.
            profile.email_told_at = None;
        }
        if let Some(address) = profile.email.clone()
            && profile.is_email_enabled
            && !profile.is_email_validated
            && profile.email_told_at.is_none()
            && asking.app.sends_mail()
        {
            profile.email_told_at = Some(now);
            copies::proof_email(&asking, code, &address, now).post(tx, copies::EMAILS, now)?;
        }
        citizens::put_profile(tx, code, &profile, now)?;
        storage::Result::Ok(profile)
    });
    Ok(Json(shown(changed.await?)))
}

/// Elimina il proprio profilo
///
/// The caller leaves: profile, choices and reminders go; messages that came stay with their senders' answers.
#[utoipa::path(
    delete,
    path = "/profile",
    tag = "cittadino",
    responses(
        (status = 204, description = "Eliminato"),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata ai cittadini", body = ProblemBody),
    )
)]
pub async fn delete(State(context): State<Context>, caller: Caller) -> ApiResult<StatusCode> {
    let (code, now) = (citizen(&caller)?, context.now());
    context.app.db().write(move |tx| citizens::delete_profile(tx, code, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}
