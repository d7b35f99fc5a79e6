//! What a citizen chooses for each service.

use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{ApiError, ApiResult, Caller, Json};

use super::super::ProblemBody;
use super::citizen;
use crate::context::Context;
use crate::errors::Error;
use crate::formats::CitizenCode;
use crate::preferences::{Preference, Standing, current, sender_allowed};
use crate::store::services::Service;
use crate::store::{citizens, services};
use crate::ulid::Ulid;

/// A service, as citizens see it.
#[derive(Serialize, ToSchema)]
pub struct Offered {
    /// The service.
    id: String,
    /// Its name.
    name: String,
    /// Whose it is.
    organization: String,
    /// What it is for, in Markdown.
    description: String,
}

/// What a citizen chooses for a service.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Choice {
    /// Whether the service may write.
    is_inbox_enabled: bool,
    /// Whether the service may know what was read.
    can_access_message_read_status: bool,
}

/// Servizi pubblicati
///
/// The services that citizens see, by name.
#[utoipa::path(
    get,
    path = "/services",
    tag = "cittadino",
    responses(
        (status = 200, description = "I servizi", body = Vec<Offered>),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata ai cittadini", body = ProblemBody),
    )
)]
pub async fn list(State(context): State<Context>, caller: Caller) -> ApiResult<Json<Vec<Offered>>> {
    citizen(&caller)?;
    let found = context.app.db().read(|tx| services::list_published(tx, 1_000)).await?;
    let offered = |service: Service| {
        let payload = service.published?.payload;
        let (name, organization, description) = (payload.name, payload.organization.name, payload.description);
        Some(Offered { id: service.id.to_string(), name, organization, description })
    };
    Ok(Json(found.into_iter().filter_map(offered).collect()))
}

/// La propria scelta per un servizio
///
/// What counts now: what was chosen, or what the mode of the profile gives.
#[utoipa::path(
    get,
    path = "/services/{id}/preference",
    tag = "cittadino",
    params(("id" = String, Path, description = "Servizio")),
    responses(
        (status = 200, description = "La scelta", body = Choice),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata ai cittadini", body = ProblemBody),
        (status = 404, description = "Servizio o profilo sconosciuto", body = ProblemBody),
    )
)]
pub async fn get(State(context): State<Context>, caller: Caller, Path(id): Path<String>) -> ApiResult<Json<Choice>> {
    let (code, now) = (citizen(&caller)?, context.now());
    let found = context.app.db().read(move |tx| choice(tx, code, &id, now)).await?;
    Ok(Json(found.0))
}

/// Sceglie per un servizio
///
/// Whether a service may write, and know what was read, from now on.
#[utoipa::path(
    put,
    path = "/services/{id}/preference",
    tag = "cittadino",
    params(("id" = String, Path, description = "Servizio")),
    request_body = Choice,
    responses(
        (status = 200, description = "La scelta", body = Choice),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Operazione riservata ai cittadini", body = ProblemBody),
        (status = 404, description = "Servizio o profilo sconosciuto", body = ProblemBody),
    )
)]
pub async fn put(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<String>,
    Json(wanted): Json<Choice>,
) -> ApiResult<Json<Choice>> {
    let (code, now) = (citizen(&caller)?, context.now());
    let chosen = context.app.db().write(move |tx| {
        let (before, service, settings_version) = choice(tx, code, &id, now)?;
        let preference = Preference {
            is_inbox_enabled: wanted.is_inbox_enabled,
            can_access_message_read_status: wanted.can_access_message_read_status,
            settings_version,
        };
        citizens::put_preference(tx, code, service, preference, before.is_inbox_enabled, now)?;
        Ok::<_, Error>(wanted)
    });
    Ok(Json(chosen.await.map_err(ApiError::from)?))
}

/// What counts now, for which service, at which version of the settings.
fn choice(tx: &mut storage::Tx<'_>, code: CitizenCode, id: &str, now: kernel::RomeTime) -> Result<(Choice, Ulid, i64), Error> {
    let missing = || Error::NoItem(id.to_owned());
    let service = services::look(tx, id.parse().map_err(|_| missing())?)?.ok_or_else(missing)?;
    let profile = citizens::find_profile(tx, code)?.ok_or(Error::ProfileNotFound)?;
    let preference = citizens::find_preference(tx, code, service.id, profile.settings_version)?;
    let shown = Choice {
        is_inbox_enabled: sender_allowed(&profile, &service.id.to_string(), Standing::Ordinary(preference), now),
        can_access_message_read_status: current(&profile, preference).is_none_or(|found| found.can_access_message_read_status),
    };
    Ok((shown, service.id, profile.settings_version))
}
