//! Errors as answers.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use kernel::{PageError, Problem};

/// What a handler gives.
pub type ApiResult<T> = Result<T, ApiError>;

/// A problem to be answered. A 5xx carries its source for the log, never into the answer.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// What is answered.
    pub problem: Box<Problem>,
    source: Option<String>,
    retry_after_s: Option<u64>,
}

impl ApiError {
    /// The same problem with the seconds after which to try again (RFC 9110 section 10.2.3); 5 unless told. Said with 429 and 503.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Why it failed, for the log.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// The row, page or tenant does not exist, or is somebody else's: the answer is the same.
    pub fn not_found() -> Self {
        Problem::new(404, "not-found", "Non trovato")
            .detail("La risorsa non esiste o non è accessibile: controllare l'indirizzo.")
            .into()
    }

    /// Nobody is signed in, or the token does not hold.
    pub fn unauthorized(detail: &str) -> Self {
        Problem::new(401, "unauthorized", "Autenticazione necessaria").detail(detail).into()
    }

    /// The caller is known but may not.
    pub fn forbidden(detail: &str) -> Self {
        Problem::new(403, "forbidden", "Operazione non consentita").detail(detail).into()
    }

    /// A part of the platform does not answer; try again.
    pub fn unavailable(source: impl ToString) -> Self {
        let problem =
            Problem::new(503, "unavailable", "Servizio momentaneamente non disponibile").detail("Riprovare fra qualche secondo.");
        Self { problem: Box::new(problem), source: Some(source.to_string()), retry_after_s: None }
    }

    /// A defect of ours.
    pub fn internal(source: impl ToString) -> Self {
        let problem = Problem::new(500, "internal", "Errore interno")
            .detail("L'errore è stato registrato. Se si ripete, segnalarlo con l'identificativo indicato in instance.");
        Self { problem: Box::new(problem), source: Some(source.to_string()), retry_after_s: None }
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self { problem: Box::new(problem), source: None, retry_after_s: None }
    }
}

impl From<storage::Error> for ApiError {
    fn from(error: storage::Error) -> Self {
        match error {
            storage::Error::NotFound => Self::not_found(),
            error if error.is_temporary() => Self::unavailable(error),
            error => Self::internal(error),
        }
    }
}

impl From<storage::FileError> for ApiError {
    fn from(error: storage::FileError) -> Self {
        match error {
            storage::FileError::NotFound(_) => Self::not_found(),
            error => Self::unavailable(error),
        }
    }
}

impl From<runtime::PeerError> for ApiError {
    fn from(error: runtime::PeerError) -> Self {
        match error {
            runtime::PeerError::Refused(_, problem) if problem.status < 500 => Self::from(*problem),
            error if error.is_temporary() => Self::unavailable(error),
            error => Self::internal(error),
        }
    }
}

impl From<PageError> for ApiError {
    fn from(PageError(field): PageError) -> Self {
        Problem::new(400, "bad-query", "Parametri della richiesta non validi").errors(vec![field]).into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.problem).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match status {
            StatusCode::UNAUTHORIZED => drop(headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(RETRY_AFTER, self.retry_after_s.unwrap_or(5).into());
            }
            _ => {}
        }
        // The layer that logs the request finds here why it failed.
        response.extensions_mut().insert(Reported { problem: *self.problem, source: self.source });
        response
    }
}

/// Why a request was refused or failed, for the log.
#[derive(Clone, Debug)]
pub(crate) struct Reported {
    pub(crate) problem: Problem,
    pub(crate) source: Option<String>,
}

/// Why an answer that is no problem (a page) failed, for the log: put into its extensions by whoever makes it.
#[derive(Clone, Debug)]
pub struct FailureSource(pub String);
