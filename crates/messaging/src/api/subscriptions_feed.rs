//! A sender learns who can be reached since a day, and who cannot any more.

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ProblemBody, answer};
use crate::access::Sender;
use crate::context::Context;
use crate::errors::Error;
use crate::feed::feed;
use crate::groups::Group;
use crate::store::citizens;

/// What changed on a day; citizens by the SHA-256 of their fiscal codes.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct SubscriptionsFeed {
    /// The day, in UTC.
    #[serde(rename = "dateUTC")]
    date: String,
    /// Those who can be reached now.
    subscriptions: Vec<String>,
    /// Those who cannot any more.
    unsubscriptions: Vec<String>,
}

/// Iscrizioni e disiscrizioni di un giorno
///
/// Who can be reached by this service since a day (UTC), and who cannot any more. A day is told when it is over.
#[utoipa::path(
    get,
    path = "/subscriptions-feed/{date}",
    tag = "profili",
    params(("date" = String, Path, description = "Giorno UTC, AAAA-MM-GG")),
    responses(
        (status = 200, description = "Le variazioni del giorno", body = SubscriptionsFeed),
        (status = 400, description = "Giorno non valido", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Lettura non consentita", body = ProblemBody),
        (status = 404, description = "Giorno non ancora concluso", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn get(State(context): State<Context>, sender: Sender, Path(date): Path<String>) -> Result<Response, Error> {
    let service = sender.use_service(&[Group::ApiSubscriptionsFeedRead])?.id;
    let invalid = || {
        let complaint = format!("value {} at root is not a valid [YYYY-MM-DD]", serde_json::Value::from(date.as_str()));
        Error::InvalidBody("Date", complaint)
    };
    let day: Date = date.parse().map_err(|_| invalid())?;
    if day.to_string() != date {
        return Err(invalid());
    }
    let available = day.tomorrow().ok().and_then(|next| next.to_zoned(jiff::tz::TimeZone::UTC).ok()).ok_or_else(invalid)?;
    if context.now().timestamp() < available.timestamp() {
        // As JavaScript writes an instant in UTC.
        return Err(Error::NotYetAvailable(date, available.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()));
    }
    let wanted = date.clone();
    let day = context.app.db().read(move |tx| citizens::feed_day(tx, &wanted, service)).await?;
    let told = feed(&day);
    answer(StatusCode::OK, &SubscriptionsFeed { date, subscriptions: told.subscriptions, unsubscriptions: told.unsubscriptions })
}
