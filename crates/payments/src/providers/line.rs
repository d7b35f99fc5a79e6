//! The line to a provider: HTTP to an address of the settings, or to the stand-in of a demonstration.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use runtime::{App, Peer};
use serde::de::DeserializeOwned;

use super::ProviderError;

/// Largest answer that is read: a notice with its graphics.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// A line to one address of a provider; cheap to clone.
#[derive(Clone, Debug)]
pub struct Line {
    app: App,
    base: Base,
    timeout: Duration,
    /// The certificate that is shown, with its key.
    identity: Option<String>,
}

#[derive(Clone, Debug)]
enum Base {
    /// Anywhere.
    Url(String),
    /// A path of the stand-ins.
    StandIn(&'static str),
}

/// What a provider answered, whatever the status.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Line {
    /// The line to `url`, or to the stand-in at `path` when there is none. A call that takes longer than `timeout` is unclear.
    pub fn new(app: &App, url: Option<&str>, path: &'static str, timeout: Duration) -> Self {
        let base = url.map_or(Base::StandIn(path), |url| Base::Url(url.trim_end_matches('/').to_owned()));
        Self { app: app.clone(), base, timeout, identity: None }
    }

    /// The same line, on which a certificate is shown; a stand-in is shown none.
    pub fn identified(&self, identity: Option<String>) -> Self {
        Self { identity, ..self.clone() }
    }

    /// Calls the address with `path` behind it.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(HeaderName, &str)],
        content_type: &'static str,
        body: Bytes,
    ) -> Result<Reply, ProviderError> {
        let mut fields = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).map_err(|_| ProviderError::Refused(format!("{name} cannot be sent")))?;
            fields.insert(name, value);
        }
        let sent = tokio::time::timeout(self.timeout, self.send(method, path, fields, content_type, body)).await;
        sent.map_err(|_| ProviderError::Unclear("no answer in time".to_owned()))?
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        mut headers: HeaderMap,
        content_type: &'static str,
        body: Bytes,
    ) -> Result<Reply, ProviderError> {
        let unclear = |error: &dyn std::fmt::Display| ProviderError::Unclear(error.to_string());
        match &self.base {
            Base::StandIn(base) => {
                let mut request = self.app.peer(Peer::Demo).request(method, format!("{base}{path}"));
                for (name, value) in &headers {
                    request = request.header(name.clone(), value.to_str().unwrap_or_default());
                }
                let request = if body.is_empty() { request } else { request.body(content_type, body) };
                let answer = request.send_any().await.map_err(|error| unclear(&error))?;
                Ok(Reply { status: answer.status, headers: answer.headers, body: answer.body })
            }
            Base::Url(base) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
                let egress = match &self.identity {
                    None => self.app.egress(),
                    Some(pem) => &self.app.egress().identified(pem).map_err(ProviderError::Refused)?,
                };
                let answer = egress.call(method, &format!("{base}{path}"), headers, body, MAX_ANSWER).await;
                let answer = answer.map_err(|error| unclear(&error))?;
                Ok(Reply { status: answer.status, headers: answer.headers, body: answer.body })
            }
        }
    }
}

impl Reply {
    /// The JSON of the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ProviderError> {
        // Not the error's own text: it quotes values, and errors end in the log.
        let place = |error: serde_json::Error| format!("answer not understood at {}:{}", error.line(), error.column());
        serde_json::from_slice(&self.body).map_err(|error| ProviderError::Unclear(place(error)))
    }

    /// What an answer means that is no success: a refusal is final, everything else is not known.
    pub fn failure(&self, said: impl FnOnce(&Self) -> Option<String>) -> ProviderError {
        match self.status {
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => ProviderError::Unclear(self.status.to_string()),
            status if status.is_client_error() => ProviderError::Refused(format!("{status}: {}", said(self).unwrap_or_default())),
            status => ProviderError::Unclear(status.to_string()),
        }
    }

    /// The body, if it is a PDF.
    pub fn pdf(self) -> Result<Vec<u8>, ProviderError> {
        if self.body.starts_with(b"%PDF-") {
            return Ok(self.body.into());
        }
        Err(ProviderError::Unclear("the answer is no PDF".to_owned()))
    }
}

/// An address that the citizen's browser may be sent to: nothing but one of the web.
pub fn page(url: String) -> Result<String, ProviderError> {
    match url::Url::parse(&url) {
        Ok(parsed) if matches!(parsed.scheme(), "https" | "http") => Ok(url),
        _ => Err(ProviderError::Unclear("the page's address is none".to_owned())),
    }
}
