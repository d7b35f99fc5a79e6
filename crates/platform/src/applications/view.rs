//! The texts of an application: what the database keeps is what the API answers and what the event carries.

use contracts::applications::ApplicationV2;
use contracts::{Event as _, NumberVersion};
use forms::Submission;
use kernel::{ApplicationId, EventId, RomeTime};
use serde::Serialize;
use web::TenantInfo;

use super::Application;
use crate::errors::Error;

/// The answers of an application, in the two forms that are stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Data {
    /// As the form gave them: what its renderer shows again.
    pub answers: String,
    /// One object with dotted keys: version 1 of the API, and the events.
    pub flat: String,
}

/// Answers are personal data: only their sizes are shown.
impl std::fmt::Debug for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Data({} bytes)", self.answers.len())
    }
}

/// Which form `data` has in an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApiVersion {
    /// Flat, dotted keys.
    #[default]
    One,
    /// Nested.
    Two,
}

/// The application as JSON text, without `data`.
pub fn object(application: &Application) -> Result<String, Error> {
    serde_json::to_string(application).map_err(|error| Error::Defect(error.to_string()))
}

/// The answers as one object of objects: version 2 of the API.
///
/// # Errors
/// When `answers` are no JSON.
pub fn nested(answers: &str, tenant: &TenantInfo, id: ApplicationId) -> Result<String, kernel::Unreadable> {
    let submission = Submission::from_stored(kernel::read_json(answers)?);
    Ok(submission.nested(&file_url(tenant, id)).to_string())
}

/// Where the files of an application are, by their identifiers.
pub fn file_url(tenant: &TenantInfo, id: ApplicationId) -> impl Fn(&str) -> String {
    let base = format!("{}/applications/{id}/attachments", tenant.api_url());
    move |file| format!("{base}/{file}?version=1")
}

/// The whole application: `object` (an object's text) with `data` as its last member.
pub fn with_data(object: &str, data: &str, out: &mut String) {
    out.push_str(object.strip_suffix('}').unwrap_or(object));
    out.push_str(",\"data\":");
    out.push_str(data);
    out.push('}');
}

/// The members that the event has and the API has not.
#[derive(Serialize)]
struct EventMembers<'a> {
    app_id: &'a str,
    app_version: &'a str,
    event_created_at: RomeTime,
    event_id: EventId,
    event_version: NumberVersion<2>,
    tenant_id: kernel::TenantId,
}

/// The event of an application, version 2.
pub fn event(
    application: &Application,
    object: &str,
    data: &Data,
    event_id: EventId,
    app_id: &str,
    now: RomeTime,
) -> Result<String, Error> {
    let members = EventMembers {
        app_id,
        app_version: runtime::VERSION,
        event_created_at: now,
        event_id,
        event_version: NumberVersion,
        tenant_id: application.tenant,
    };
    let members = serde_json::to_string(&members).map_err(|error| Error::Defect(error.to_string()))?;
    let mut text = String::with_capacity(object.len() + data.flat.len() + members.len() + 16);
    with_data(object, &data.flat, &mut text);
    text.pop();
    text.push(',');
    text.push_str(&members[1..]);
    Ok(text)
}

/// The topic of the event, and its key: the service.
pub fn address(application: &Application) -> (&'static str, String) {
    (ApplicationV2::TOPIC, application.service_id.to_string())
}

/// The version that a request asks for: `?version=`, the header `X-Accept-Version`, or a parameter of `Accept`; 1 unless told.
impl<S: Send + Sync> axum::extract::FromRequestParts<S> for ApiVersion {
    type Rejection = web::ApiError;

    async fn from_request_parts(parts: &mut http::request::Parts, _: &S) -> Result<Self, Self::Rejection> {
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let query = parts.uri.query().unwrap_or_default();
        let by_query = query.split('&').find_map(|pair| pair.strip_prefix("version="));
        let by_accept =
            header("accept").and_then(|accept| accept.split(';').find_map(|part| part.trim().strip_prefix("version=")));
        match by_query.or_else(|| header("x-accept-version")).or(by_accept).map(str::trim) {
            None | Some("1" | "1.0") => Ok(Self::One),
            Some("2" | "2.0") => Ok(Self::Two),
            Some(_) => Err(kernel::Problem::new(400, "unknown-version", "Versione dell'API sconosciuta")
                .detail("Usare la versione 1 o 2.")
                .into()),
        }
    }
}
