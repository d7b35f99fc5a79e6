//! Vouchers: asked for once for each person and configuration, held as long as they live, and kept for the auditors.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use jiff::SignedDuration;
use kernel::{RomeTime, UserId, Uuid};
use moka::sync::Cache;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::assertion::{self, EVIDENCE_S};
use crate::connector::{Connector, Line};
use crate::errors::Error;
use crate::store::records::{self, VoucherRecord};

/// A voucher and the tracking evidence that it is bound to: one is worth nothing without the other.
#[derive(Debug)]
pub struct Held {
    /// The voucher.
    pub voucher: String,
    /// The evidence.
    pub evidence: String,
    /// Until when it is used.
    ends: RomeTime,
}

/// The vouchers that a process holds. Each place has a lock, and whoever has it may ask: the others wait for what comes.
pub struct Desk(Cache<(Uuid, UserId), Arc<Place>>);

#[derive(Default)]
struct Place {
    /// Times that it was asked for.
    asked: AtomicU64,
    content: Mutex<Content>,
}

#[derive(Default)]
struct Content {
    held: Option<Arc<Held>>,
    /// The last failure, and which time it was: whoever waited for it takes it, too.
    failed: Option<(u64, Error)>,
}

/// Places of one process, and how long one stays without being used.
const PLACES: (u64, Duration) = (10_000, Duration::from_secs(3600));
/// How much earlier a voucher counts as ended: the clocks of others, and the time until it is shown.
const MARGIN_S: i64 = 30;
/// Attempts to get a voucher: an answer that was lost costs nobody anything but the voucher.
const ATTEMPTS: usize = 2;
/// Longest answer.
const LARGEST: usize = 64 * 1024;
/// Longest reason that is told.
const LONGEST_REASON: usize = 500;

impl Desk {
    /// Holds none.
    pub fn new() -> Self {
        Self(Cache::builder().max_capacity(PLACES.0).time_to_idle(PLACES.1).build())
    }

    fn place(&self, line: &Line, user: UserId) -> Arc<Place> {
        self.0.get_with((line.config.id, user), Arc::default)
    }

    /// Forgets a voucher that a provider does not take.
    pub async fn drop_refused(&self, line: &Line, user: UserId, refused: &Arc<Held>) {
        let place = self.place(line, user);
        let mut content = place.content.lock().await;
        if content.held.as_ref().is_some_and(|held| Arc::ptr_eq(held, refused)) {
            content.held = None;
        }
    }
}

/// The voucher for calls by `line` in the name of `user`: the one that is held, or a new one.
pub async fn get(connector: &Connector, line: &Line, user: UserId, subject: &str) -> Result<Arc<Held>, Error> {
    let place = connector.vouchers().place(line, user);
    let before = place.asked.load(Ordering::SeqCst);
    let mut content = place.content.lock().await;
    let now = connector.app().clock().now();
    if let Some(held) = content.held.as_ref().filter(|held| now < held.ends) {
        return Ok(Arc::clone(held));
    }
    if let Some((_, error)) = content.failed.as_ref().filter(|(time, _)| *time > before) {
        return Err(error.clone());
    }
    let asked = ask(connector, line, user, subject).await.map(Arc::new);
    let time = place.asked.fetch_add(1, Ordering::SeqCst) + 1;
    *content = match &asked {
        Ok(held) => Content { held: Some(Arc::clone(held)), failed: None },
        Err(error) => Content { held: None, failed: Some((time, error.clone())) },
    };
    asked
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    token_type: String,
    expires_in: i64,
}

async fn ask(connector: &Connector, line: &Line, user: UserId, subject: &str) -> Result<Held, Error> {
    let (app, loa) = (connector.app(), &connector.config().level_of_assurance);
    let (mut attempt, began) = (1, app.clock().now());
    let evidence = assertion::tracking_evidence(line, user, loa, app.rng(), began)?;
    let answer = loop {
        match ask_once(connector, line, &evidence).await {
            Err(Error::Unavailable(_)) if attempt < ATTEMPTS => attempt += 1,
            other => break other?,
        }
    };
    let lives = answer.expires_in.clamp(0, EVIDENCE_S);
    let held = Held { voucher: answer.access_token, evidence, ends: began.plus(SignedDuration::from_secs(lives - MARGIN_S)) };
    keep(connector, line, subject, &held, began, lives).await?;
    metrics::counter!("sportello_pdnd_vouchers_total", "eservice" => line.eservice.slug.clone()).increment(1);
    Ok(held)
}

async fn ask_once(connector: &Connector, line: &Line, evidence: &str) -> Result<Answer, Error> {
    let app = connector.app();
    // A new assertion for each attempt: the platform takes each once.
    let assertion = assertion::client_assertion(line, evidence, app.rng(), app.clock().now())?;
    let client = line.config.client_id.to_string();
    let form = serde_urlencoded::to_string([
        ("client_id", client.as_str()),
        ("client_assertion", &assertion),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("grant_type", "client_credentials"),
    ]);
    let form = form.map_err(|error| Error::Defect(error.to_string()))?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json, application/problem+json"));
    let url = connector.token_url(line.env);
    let call = app.egress().call(Method::POST, &url, headers, Bytes::from(form), LARGEST);
    let answer = tokio::time::timeout(connector.config().timeout, call).await;
    let answer = answer.map_err(|_| Error::Unavailable("voucher: no answer in time".to_owned()))?;
    let answer = answer.map_err(|error| Error::Unavailable(format!("voucher: {error}")))?;
    match answer.status.as_u16() {
        200 => {
            let read: Answer = serde_json::from_slice(&answer.body)
                .map_err(|error| Error::Unreadable(format!("voucher: {:?}", error.classify())))?;
            let usable = read.token_type.eq_ignore_ascii_case("bearer") && read.expires_in > MARGIN_S;
            let clean = !read.access_token.is_empty() && HeaderValue::from_str(&read.access_token).is_ok();
            if usable && clean { Ok(read) } else { Err(Error::Unreadable("voucher: not one to be shown".to_owned())) }
        }
        429 => Err(Error::VoucherRefused("troppe richieste, riprovare fra poco.".to_owned())),
        status @ 400..=499 => Err(Error::VoucherRefused(reason(status, &answer.body))),
        status => Err(Error::Unavailable(format!("voucher: status {status}"))),
    }
}

/// What the platform says of a refusal.
fn reason(status: u16, body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let told = [&body["detail"], &body["errors"][0]["detail"], &body["error_description"], &body["title"]];
    let told = told.into_iter().filter_map(Value::as_str).find(|text| !text.is_empty());
    told.map_or_else(|| format!("stato {status}."), |text| text.chars().take(LONGEST_REASON).collect())
}

/// Keeps the voucher before it is used.
async fn keep(
    connector: &Connector,
    line: &Line,
    subject: &str,
    held: &Held,
    issued_at: RomeTime,
    lives: i64,
) -> Result<(), Error> {
    let app = connector.app();
    let (id, config) = (app.rng().uuid_at(issued_at), &line.config);
    let body = json!({
        "voucher": held.voucher, "tracking_evidence": held.evidence, "purpose_id": config.purpose_id, "kid": line.pair.kid
    });
    let body = connector.seal(config.id).close(app.rng(), &id.to_string(), body.to_string().as_bytes());
    let record = VoucherRecord {
        id,
        tenant_id: config.tenant_id,
        config_id: config.id,
        client_id: config.client_id,
        subject: subject.to_owned(),
        body,
        issued_at,
        ends_at: issued_at.plus(SignedDuration::from_secs(lives)),
    };
    app.db().write(move |tx| records::keep_voucher(tx, &record)).await?;
    Ok(())
}
