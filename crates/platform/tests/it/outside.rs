//! What is outside of the platform's role: the app IO as far as announcements need it, and everybody's mailbox.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

/// A message that the app has taken.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The key of the service.
    pub key: String,
    /// What tells it from others.
    pub once: String,
    /// The message.
    pub body: Value,
}

/// What is outside, and what it was asked.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    /// Citizens of the app, and whether they take messages.
    pub profiles: BTreeMap<String, bool>,
    /// Keys that count no more.
    pub refused_keys: Vec<String>,
    /// What is said of messages that were taken, and why; `PROCESSED` unless told.
    pub fate: Option<(String, Option<String>)>,
    /// How many messages are taken without an answer that reads.
    pub lost_answers: u32,
    /// The keys with which profiles were asked for.
    pub asked: Vec<String>,
    /// How often a message was handed in.
    pub submissions: usize,
    /// Messages that were taken.
    pub messages: Vec<Sent>,
    /// Letters by their identifiers.
    pub letters: BTreeMap<String, Value>,
}

pub type Shared = Arc<Mutex<Outside>>;

/// The app, below wherever its interface begins.
pub fn app(shared: &Shared) -> Router {
    Router::new()
        .route("/profiles", post(profile))
        .route("/messages", post(message))
        .route("/messages/{code}/{id}", get(fate))
        .with_state(Arc::clone(shared))
}

/// Everything outside, as a demonstration has it.
pub fn routes(shared: &Shared) -> Router {
    let mail = Router::new().route("/demo/mail/{id}", put(letter)).with_state(Arc::clone(shared));
    Router::new().nest("/io/api/v1", app(shared)).merge(mail)
}

fn header(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn refused() -> Response {
    (StatusCode::UNAUTHORIZED, Json(json!({ "statusCode": 401, "message": "Access denied" }))).into_response()
}

async fn profile(State(shared): State<Shared>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let mut outside = shared.lock().unwrap();
    let key = header(&headers, "ocp-apim-subscription-key");
    if outside.refused_keys.contains(&key) {
        return refused();
    }
    outside.asked.push(key);
    match outside.profiles.get(body["fiscal_code"].as_str().unwrap_or_default()) {
        Some(allowed) => Json(json!({ "sender_allowed": allowed })).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({ "title": "Profile not found", "status": 404 }))).into_response(),
    }
}

async fn message(State(shared): State<Shared>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let mut outside = shared.lock().unwrap();
    let (key, once) = (header(&headers, "ocp-apim-subscription-key"), header(&headers, "idempotency-key"));
    if outside.refused_keys.contains(&key) {
        return refused();
    }
    outside.submissions += 1;
    if !outside.messages.iter().any(|sent| sent.once == once) {
        outside.messages.push(Sent { key, once: once.clone(), body });
    }
    if outside.lost_answers > 0 {
        outside.lost_answers -= 1;
        return StatusCode::BAD_GATEWAY.into_response();
    }
    (StatusCode::CREATED, Json(json!({ "id": format!("message-{once}") }))).into_response()
}

async fn fate(State(shared): State<Shared>, headers: HeaderMap, Path((code, id)): Path<(String, String)>) -> Response {
    let outside = shared.lock().unwrap();
    let key = header(&headers, "ocp-apim-subscription-key");
    let is_its =
        |sent: &&Sent| format!("message-{}", sent.once) == id && sent.body["fiscal_code"] == json!(code) && sent.key == key;
    if !outside.messages.iter().any(|sent| is_its(&sent)) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let (status, reason) = outside.fate.clone().unwrap_or(("PROCESSED".to_owned(), None));
    Json(json!({ "status": status, "rejection_reason": reason })).into_response()
}

async fn letter(State(shared): State<Shared>, Path(id): Path<String>, Json(body): Json<Value>) -> StatusCode {
    shared.lock().unwrap().letters.insert(id, body);
    StatusCode::NO_CONTENT
}
