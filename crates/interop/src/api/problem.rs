//! Problems in the shape of the public API: closed, so whatever is to be told fits its members.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use kernel::Uuid;
use serde::Serialize;
use utoipa::ToSchema;
use web::FailureSource;

/// The body of an answer that refuses or fails, `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InteropProblem {
    /// `about:blank`: the code says what kind of problem it is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// One short sentence, the same for every occurrence.
    pub title: String,
    /// What happened this time, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// One element: the code.
    pub errors: Vec<CodedError>,
    /// The request, as in the log.
    pub correlation_id: String,
}

/// A code, and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CodedError {
    /// Three digits of the service, four of the error.
    pub code: String,
    /// What it means.
    pub detail: String,
}

/// Longest `detail`.
const LINE: usize = 1024;

/// One line that fits `detail`.
pub fn one_line(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).take(LINE).collect()
}

impl InteropProblem {
    /// A problem with one code.
    pub fn new(status: StatusCode, title: &str, detail: Option<String>, code: &str, meaning: &str, request: Uuid) -> Self {
        Self {
            kind: "about:blank",
            status: status.as_u16(),
            title: title.to_owned(),
            detail: detail.map(|detail| one_line(&detail)),
            errors: vec![CodedError { code: code.to_owned(), detail: one_line(meaning) }],
            correlation_id: request.to_string(),
        }
    }

    /// The answer. `source` says, for the log alone, why something failed.
    pub fn answer(&self, source: Option<String>) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(self).unwrap_or_default();
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("application/problem+json")),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        let mut response = (status, headers, body).into_response();
        if let Some(source) = source {
            response.extensions_mut().insert(FailureSource(source));
        }
        response
    }
}
