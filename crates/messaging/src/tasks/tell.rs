//! Telling a sender what became of a message: a signed POST to the address that its service names (the Standard Webhooks
//! specification: `webhook-id`, `webhook-timestamp`, `webhook-signature`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use contracts::io_messages::IoMessageV1;
use hmac::{Hmac, Mac};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use jiff::SignedDuration;
use kernel::RomeTime;
use runtime::{Completed, Retry, Task, TaskError, Worker};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use storage::{NewTask, Tx};

use crate::context::Context;
use crate::formats::utc_millis;
use crate::store::{services, to_text};
use crate::ulid::Ulid;

/// The queue.
pub const QUEUE: &str = "messaging-webhooks";
/// Calls at the same time.
const CONCURRENCY: usize = 16;
/// Largest answer that is read; nothing in it counts.
const MAX_ANSWER: usize = 64 * 1024;
/// A sender who is away is told for about a day.
const RETRY: Retry = Retry { first: SignedDuration::from_secs(5), longest: SignedDuration::from_secs(3600), attempts: 32 };
/// What secrets begin with, as the specification has it.
const PREFIX: &str = "whsec_";

/// What is told, and about whom.
#[derive(Debug, Serialize, Deserialize)]
struct News {
    service: Ulid,
    webhook_id: String,
    body: String,
}

/// What a sender gets.
#[derive(Debug, Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Debug, Serialize)]
struct Data<'a> {
    id: &'a str,
    sender_service_id: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection_reason: Option<&'a str>,
}

/// Writes down that a service's sender is to be told, if it wants to be.
pub fn enqueue(tx: &mut Tx<'_>, event: &IoMessageV1, now: RomeTime) -> storage::Result<()> {
    let Ok(service) = event.sender_service_id.parse::<Ulid>() else { return Ok(()) };
    if services::find_webhook(tx, service)?.is_none() {
        return Ok(());
    }
    let data = Data {
        id: &event.message_id,
        sender_service_id: &event.sender_service_id,
        status: &event.status,
        rejection_reason: event.rejection_reason.as_deref(),
    };
    let body = to_text(&Body { kind: "message.status", timestamp: utc_millis(now), data })?;
    // The same for each attempt: the receiver knows by it what it has seen.
    let news = News { service, webhook_id: format!("msg_{}", event.event_id.0.simple()), body };
    tx.enqueue(&NewTask { queue: QUEUE, lane: &event.message_id, payload: &to_text(&news)?, run_at: now }, now)
}

/// A new secret, as it is shown to the sender once.
pub fn new_secret(context: &Context) -> String {
    format!("{PREFIX}{}", STANDARD.encode(context.app.rng().bytes::<24>()))
}

/// Where a service's secret is sealed.
pub fn place(service: Ulid) -> String {
    format!("webhook {service}")
}

/// The signature of a call.
fn sign(secret: &str, id: &str, timestamp: i64, body: &str) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// The worker that calls.
pub fn worker(context: &Context) -> Worker {
    let context = context.clone();
    Worker::new(QUEUE, CONCURRENCY, RETRY, move |task| {
        let context = context.clone();
        async move { tell(&context, &task).await }
    })
}

async fn tell(context: &Context, task: &Task) -> Result<Completed, TaskError> {
    let News { service, webhook_id, body } = task.payload()?;
    let Some((url, sealed)) = context.app.db().read(move |tx| services::find_webhook(tx, service)).await? else {
        return Ok(task.complete(|_| Ok::<_, storage::Error>(())).await?);
    };
    let secret = context.open(&place(service), &sealed)?;
    let timestamp = context.now().as_second();
    let signature = sign(&secret, &webhook_id, timestamp, &body)
        .ok_or_else(|| TaskError::Fail("il segreto del webhook non è utilizzabile".to_owned()))?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let texts = [("webhook-id", webhook_id), ("webhook-timestamp", timestamp.to_string()), ("webhook-signature", signature)];
    for (name, text) in texts {
        headers.insert(name, HeaderValue::from_str(&text).map_err(|error| TaskError::Fail(error.to_string()))?);
    }
    let answered = context.app.egress().call(Method::POST, &url, headers, Bytes::from(body), MAX_ANSWER).await;
    let status = answered.map_err(|error| TaskError::Retry(error.to_string()))?.status;
    if !status.is_success() {
        return Err(TaskError::Retry(format!("il webhook del mittente ha risposto {status}")));
    }
    Ok(task.complete(|_| Ok::<_, storage::Error>(())).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn signatures_are_those_of_the_specification() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let signature = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}").unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(sign("secret", "m", 0, ""), None);
    }
}
