//! The app's interface as the intermediary calls it: this platform's own, or the real one.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use runtime::{EgressError, Peer, PeerError};
use serde_json::{Value, json};

use crate::api::API;
use crate::context::Context;

/// Largest answer that is read.
const MAX_ANSWER: usize = 256 * 1024;
/// The header with the key.
const KEY: HeaderName = HeaderName::from_static("ocp-apim-subscription-key");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What a citizen wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Messages of this service.
    Allowed,
    /// None of this service.
    Denied,
    /// There is no profile, or its inbox is off. That is data, not a fault.
    Missing,
}

/// Why a call did not give what it was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not now, and surely nothing was done. Seconds to wait, when the app counts calls.
    Later(Option<u64>, String),
    /// The key is not accepted.
    Key,
    /// The answer would be the same for every row: somebody has to mend something.
    Everyone(String),
    /// This row will never be accepted.
    Row(String),
    /// Nobody knows whether it was done.
    Unknown(String),
}

/// What became of a message, as the app tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// `ACCEPTED`, `PROCESSED`, `REJECTED`, `FAILED`, `THROTTLED`.
    pub status: String,
    /// Why it was rejected, when the app tells.
    pub reason: Option<String>,
    /// Whether the citizen has read it, when the app tells (Premium).
    pub is_read: bool,
    /// Whether it was paid, when the app tells (Premium).
    pub is_paid: bool,
}

/// What was answered.
struct Answer {
    status: u16,
    body: Value,
    retry_after: Option<u64>,
}

/// Why nothing was answered.
enum Silence {
    NotSent(String),
    Unknown(String),
}

impl Answer {
    fn reason(&self) -> String {
        let text = |name: &str| self.body[name].as_str().unwrap_or_default();
        let (title, detail) = (text("title"), text("detail"));
        let told: String = format!("{title}: {detail}").chars().take(300).collect();
        format!("{} {told}", self.status)
    }

    /// What every call may be answered besides what it was made for.
    fn fault(&self) -> Fault {
        match self.status {
            401 => Fault::Key,
            429 => Fault::Later(Some(self.retry_after.unwrap_or(5)), "troppe chiamate".to_owned()),
            403 if self.body["title"] != "Recipient forbidden" => Fault::Everyone(self.reason()),
            400..500 => Fault::Row(self.reason()),
            _ => Fault::Unknown(self.reason()),
        }
    }
}

/// Calls the app in the name of a service.
#[derive(Clone)]
pub struct Upstream {
    context: Context,
}

impl Upstream {
    /// The app that the settings name.
    pub fn new(context: &Context) -> Self {
        Self { context: context.clone() }
    }

    /// Whether the same request with the same key is the same message: then whatever happened, asking again is safe.
    pub fn is_idempotent(&self) -> bool {
        self.context.config.upstream_url.is_none() || self.context.config.upstream_idempotent
    }

    /// What a citizen wants. Asking again is always safe.
    ///
    /// # Errors
    /// [`Fault`], never [`Fault::Unknown`].
    pub async fn profile(&self, key: &str, fiscal_code: &str) -> Result<Profile, Fault> {
        let body = json!({ "fiscal_code": fiscal_code });
        let answer = match self.call(Method::POST, "/profiles", key, None, Some(&body)).await {
            Ok(answer) => answer,
            Err(Silence::NotSent(reason) | Silence::Unknown(reason)) => return Err(Fault::Later(None, reason)),
        };
        match answer.status {
            200 if answer.body["sender_allowed"] == true => Ok(Profile::Allowed),
            200 => Ok(Profile::Denied),
            404 => Ok(Profile::Missing),
            _ => Err(safe(answer.fault())),
        }
    }

    /// Submits a message; gives its identifier.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn submit(&self, key: &str, once: &str, message: &Value) -> Result<String, Fault> {
        let fault = match self.call(Method::POST, "/messages", key, Some(once), Some(message)).await {
            Ok(answer) if answer.status == 201 && answer.body["id"].is_string() => {
                return Ok(answer.body["id"].as_str().unwrap_or_default().to_owned());
            }
            Ok(answer) => answer.fault(),
            Err(Silence::NotSent(reason)) => Fault::Later(None, reason),
            Err(Silence::Unknown(reason)) => Fault::Unknown(reason),
        };
        Err(if self.is_idempotent() { safe(fault) } else { fault })
    }

    /// What became of a message.
    ///
    /// # Errors
    /// [`Fault`], never [`Fault::Unknown`].
    pub async fn look(&self, key: &str, fiscal_code: &str, id: &str) -> Result<Look, Fault> {
        let path = format!("/messages/{fiscal_code}/{id}");
        let answer = match self.call(Method::GET, &path, key, None, None).await {
            Ok(answer) => answer,
            Err(Silence::NotSent(reason) | Silence::Unknown(reason)) => return Err(Fault::Later(None, reason)),
        };
        match answer.status {
            200 => Ok(Look {
                status: answer.body["status"].as_str().unwrap_or_default().to_owned(),
                reason: answer.body["rejection_reason"].as_str().map(str::to_owned),
                is_read: answer.body["read_status"] == "READ",
                is_paid: answer.body["payment_status"] == "PAID",
            }),
            _ => Err(safe(answer.fault())),
        }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        key: &str,
        once: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer, Silence> {
        let mut headers = HeaderMap::new();
        let value = |text: &str| HeaderValue::from_str(text).map_err(|error| Silence::NotSent(error.to_string()));
        headers.insert(KEY, value(key)?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(once) = once {
            headers.insert(IDEMPOTENCY_KEY, value(once)?);
        }
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let (status, headers, body) = match &self.context.config.upstream_url {
            Some(url) => {
                let sent = self.context.app.egress().call(method, &format!("{url}{path}"), headers, body, MAX_ANSWER).await;
                let answer = sent.map_err(|error| match error {
                    EgressError::Forbidden(_) | EgressError::NotSent(_) => Silence::NotSent(error.to_string()),
                    EgressError::Unknown(_) | EgressError::TooLarge(_) => Silence::Unknown(error.to_string()),
                })?;
                (answer.status, answer.headers, answer.body)
            }
            None => {
                let peer = self.context.app.peer(Peer::Messaging);
                // Services list the addresses from which they may be used; ours is this machine.
                let request =
                    peer.request(method, format!("{API}{path}")).header(HeaderName::from_static("x-forwarded-for"), "127.0.0.1");
                let request = headers
                    .iter()
                    .fold(request, |request, (name, value)| request.header(name.clone(), value.to_str().unwrap_or_default()));
                let sent = request.body("application/json", body).send_any().await;
                let answer = sent.map_err(|error: PeerError| Silence::Unknown(error.to_string()))?;
                (answer.status, answer.headers, answer.body)
            }
        };
        let seconds = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()?.parse().ok());
        Ok(Answer {
            status: status.as_u16(),
            retry_after: seconds("x-rate-limit-retry-after").or_else(|| seconds("retry-after")),
            body: serde_json::from_slice(&body).unwrap_or_default(),
        })
    }
}

/// A fault where asking again does no harm.
fn safe(fault: Fault) -> Fault {
    match fault {
        Fault::Unknown(reason) => Fault::Later(None, reason),
        fault => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart_by_whom_they_meet() {
        let fault = |status, title: &str| Answer { status, body: json!({ "title": title }), retry_after: None }.fault();
        assert_eq!(fault(401, "Access denied"), Fault::Key);
        assert!(matches!(fault(403, "Recipient forbidden"), Fault::Row(_)));
        assert!(matches!(fault(403, "You are not allowed here"), Fault::Everyone(_)));
        assert!(matches!(fault(400, "Bad"), Fault::Row(_)));
        assert!(matches!(fault(429, ""), Fault::Later(Some(5), _)));
        assert!(matches!(fault(503, ""), Fault::Unknown(_)));
        assert!(matches!(safe(fault(503, "")), Fault::Later(None, _)));
    }
}
