//! Telling the creditor's program that a position was paid.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use jiff::SignedDuration;
use kernel::RomeTime;
use runtime::{App, Peer, Retry, TaskError, Worker};
use serde::{Deserialize, Serialize};
use storage::{NewTask, Result, Tx};

use super::positions::Position;
use super::{Mode, ledger};

const QUEUE: &str = "demo-psp";
/// Intermediaries give up after a while.
const RETRY: Retry = Retry { first: SignedDuration::from_secs(1), longest: SignedDuration::from_secs(60), attempts: 8 };
/// Largest answer that is read.
const MAX_ANSWER: usize = 64 * 1024;

/// A notification to be sent.
#[derive(Serialize, Deserialize)]
struct Notification {
    iud: String,
    url: String,
    /// The SOAP message that some intermediaries notify by; the others send the identifier.
    #[serde(default)]
    soap: Option<String>,
}

/// What an intermediary writes when a position was paid.
fn soap(position: &Position, at: RomeTime) -> Option<String> {
    let details: serde_json::Value = serde_json::from_str(position.details.as_deref()?).ok()?;
    match details["kind"].as_str()? {
        "efil" => Some(crate::efil::notification(position, at)),
        "iris" => Some(crate::iris::notification(position, at)),
        _ => None,
    }
}

/// Writes down that the payment of `position` is to be notified at `at`, as often as `mode` says.
pub(super) fn enqueue(tx: &mut Tx<'_>, position: &Position, mode: Mode, at: RomeTime, now: RomeTime) -> Result<()> {
    let times = match mode {
        Mode::Silent => 0,
        // Some programs only ask.
        _ if position.notify_url.is_empty() => 0,
        Mode::Twice => 2,
        _ => 1,
    };
    let notification = Notification { iud: position.iud.clone(), url: position.notify_url.clone(), soap: soap(position, at) };
    let payload = serde_json::to_string(&notification).expect("a notification is plain data");
    for _ in 0..times {
        tx.enqueue(&NewTask { queue: QUEUE, lane: &position.iud, payload: &payload, run_at: at }, now)?;
    }
    Ok(())
}

/// The worker that sends notifications.
pub(super) fn worker(app: &App) -> Worker {
    let app = app.clone();
    Worker::new(QUEUE, 4, RETRY, move |task| {
        let app = app.clone();
        async move {
            let Notification { iud, url, soap } = task.payload()?;
            let message = match soap {
                Some(soap) => ("text/xml; charset=utf-8", soap),
                None => ("application/json", serde_json::json!({ "iud": iud }).to_string()),
            };
            let status = send(&app, &url, message).await?;
            if status.is_server_error() {
                return Err(TaskError::Retry(format!("notification answered {status}")));
            }
            let now = app.clock().now().trunc_to_second();
            Ok(task.complete(move |tx| ledger::append(tx, now, "notify", &iud, status.as_str(), Mode::Ok)).await?)
        }
    })
}

/// Posts the notification; an address of this platform is reached directly.
async fn send(
    app: &App,
    url: &str,
    (content_type, message): (&'static str, String),
) -> std::result::Result<http::StatusCode, TaskError> {
    let body = Bytes::from(message);
    if let Some(path) = url.strip_prefix(app.public_url()) {
        return Ok(app.peer(Peer::Payments).post(path).body(content_type, body).send_any().await?.status);
    }
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    let answer = app.egress().call(Method::POST, url, headers, body, MAX_ANSWER).await;
    Ok(answer.map_err(|error| TaskError::Retry(error.to_string()))?.status)
}
