//! The app IO's interface as the platform calls it: this installation's own, or the real one.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use runtime::{EgressError, Peer};
use serde_json::{Value, json};

use crate::context::Context;

/// Largest answer that is read.
const MAX_ANSWER: usize = 256 * 1024;
/// Where the installation's own interface is.
const OWN: &str = "/io/api/v1";
const KEY: HeaderName = HeaderName::from_static("ocp-apim-subscription-key");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Why the app has no message of ours, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The citizen is not there, or wants nothing of this service: that is data, not a mistake.
    NotWanted(&'static str),
    /// Not now, and surely nothing was done.
    Later(String),
    /// It never will: somebody has to mend something.
    Never(String),
    /// Nobody knows whether it was done.
    Unknown(String),
}

/// What became of a message that the app has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Not decided yet.
    Open,
    /// The citizen has it.
    Taken,
    /// The citizen will not get it, and why.
    TurnedDown(String),
}

struct Answer {
    status: u16,
    body: Value,
}

impl Answer {
    /// What any call may be answered besides what it was made for.
    fn fault(&self) -> Fault {
        // The title says which rule refused; the detail may quote the message.
        let title: String = self.body["title"].as_str().unwrap_or_default().chars().take(120).collect();
        let reason = format!("{} {title}", self.status);
        match self.status {
            429 => Fault::Later(reason),
            400..500 => Fault::Never(reason),
            _ => Fault::Unknown(reason),
        }
    }
}

/// Calls the app in the name of one service.
pub struct Io<'a> {
    context: &'a Context,
    /// The service's keys, the one to try first before the other.
    keys: Vec<String>,
}

impl<'a> Io<'a> {
    /// The app that the settings name, for the service with these keys.
    pub fn new(context: &'a Context, keys: Vec<String>) -> Self {
        Self { context, keys }
    }

    /// Whether the same request with the same `Idempotency-Key` is the same message: then asking again is always safe.
    pub fn is_idempotent(context: &Context) -> bool {
        context.config.io_url.is_none() || context.config.io_idempotent
    }

    /// Whether the service may write to the citizen. Asking again is always safe.
    ///
    /// # Errors
    /// [`Fault`], never [`Fault::Unknown`].
    pub async fn check(&self, fiscal_code: &str) -> Result<(), Fault> {
        let answer = self.call("/profiles", None, Some(&json!({ "fiscal_code": fiscal_code }))).await.map_err(safe)?;
        match answer.status {
            200 if answer.body["sender_allowed"] == true => Ok(()),
            200 => Err(Fault::NotWanted("il cittadino non riceve messaggi di questo servizio")),
            404 => Err(Fault::NotWanted("il cittadino non usa l'app IO")),
            _ => Err(safe(answer.fault())),
        }
    }

    /// Submits a message once; gives its identifier.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn submit(&self, once: &str, message: &Value) -> Result<String, Fault> {
        let fault = match self.call("/messages", Some(once), Some(message)).await {
            Ok(Answer { status: 201, body }) => match body["id"].as_str() {
                Some(id) => return Ok(id.to_owned()),
                None => Fault::Unknown("201 without an identifier".to_owned()),
            },
            Ok(answer) => answer.fault(),
            Err(fault) => fault,
        };
        Err(if Self::is_idempotent(self.context) { safe(fault) } else { fault })
    }

    /// What became of a message. Asking again is always safe.
    ///
    /// # Errors
    /// [`Fault`], never [`Fault::Unknown`].
    pub async fn fate(&self, fiscal_code: &str, message: &str) -> Result<Fate, Fault> {
        let answer = self.call(&format!("/messages/{fiscal_code}/{message}"), None, None).await.map_err(safe)?;
        if answer.status != 200 {
            return Err(safe(answer.fault()));
        }
        Ok(match answer.body["status"].as_str() {
            Some("PROCESSED") => Fate::Taken,
            Some("REJECTED") => Fate::TurnedDown(match answer.body["rejection_reason"].as_str() {
                Some("USER_NOT_FOUND") => "il cittadino non usa l'app IO".to_owned(),
                Some("SERVICE_NOT_ALLOWED") => "il cittadino non riceve messaggi di questo servizio".to_owned(),
                _ => "l'app IO ha rifiutato il messaggio dopo averlo accettato".to_owned(),
            }),
            Some("FAILED") => Fate::TurnedDown("l'app IO non ha potuto consegnare il messaggio".to_owned()),
            _ => Fate::Open,
        })
    }

    /// Asks with the first key, and with the next one where that is not accepted: keys are replaced one at a time.
    async fn call(&self, path: &str, once: Option<&str>, body: Option<&Value>) -> Result<Answer, Fault> {
        let mut refused = Err(Fault::Never("il servizio non ha una chiave per l'app IO".to_owned()));
        for key in &self.keys {
            let answer = self.call_with(key, path, once, body).await?;
            if answer.status != 401 {
                return Ok(answer);
            }
            refused = Ok(answer);
        }
        refused
    }

    /// Sends a body, or asks when there is none.
    async fn call_with(&self, key: &str, path: &str, once: Option<&str>, body: Option<&Value>) -> Result<Answer, Fault> {
        let value = |text: &str| HeaderValue::from_str(text).map_err(|_| Fault::Never("the key is no header".to_owned()));
        let mut headers = HeaderMap::new();
        let mut secret = value(key)?;
        secret.set_sensitive(true);
        headers.insert(KEY, secret);
        if let Some(once) = once {
            headers.insert(IDEMPOTENCY_KEY, value(once)?);
        }
        let app = &self.context.app;
        let body = body.map(|body| Bytes::from(body.to_string()));
        let (status, body) = match &self.context.config.io_url {
            Some(url) => {
                let method = if body.is_some() { Method::POST } else { Method::GET };
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                let body = body.unwrap_or_default();
                let sent = app.egress().call(method, &format!("{url}{path}"), headers, body, MAX_ANSWER).await;
                let answer = sent.map_err(|error| match error {
                    EgressError::Forbidden(_) | EgressError::NotSent(_) => Fault::Later(error.to_string()),
                    EgressError::Unknown(_) | EgressError::TooLarge(_) => Fault::Unknown(error.to_string()),
                })?;
                (answer.status, answer.body)
            }
            None => {
                // Services list the addresses from which they may be used; ours is this machine.
                let (peer, path) = (app.peer(Peer::Messaging), format!("{OWN}{path}"));
                let mut request = match body {
                    Some(body) => peer.post(path).body("application/json", body),
                    None => peer.get(path),
                };
                request = request.header(HeaderName::from_static("x-forwarded-for"), "127.0.0.1").header(KEY, key);
                if let Some(once) = once {
                    request = request.header(IDEMPOTENCY_KEY, once);
                }
                let sent = request.at_most(MAX_ANSWER).send_any().await;
                let answer = sent.map_err(|error| Fault::Unknown(error.to_string()))?;
                (answer.status, answer.body)
            }
        };
        Ok(Answer { status: status.as_u16(), body: serde_json::from_slice(&body).unwrap_or_default() })
    }
}

/// A fault where asking again does no harm.
fn safe(fault: Fault) -> Fault {
    match fault {
        Fault::Unknown(reason) => Fault::Later(reason),
        fault => fault,
    }
}
