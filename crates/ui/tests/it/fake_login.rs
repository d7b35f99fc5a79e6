//! The identity role's side of signing in at a login provider, for the stand-in.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::fake::{CITIZEN, Fake};

/// Where browsers are sent.
pub const PROVIDER: &str = "https://login.example.it/authorize?response_type=code&state=s1";
/// Where browsers are sent to sign out.
pub const LOGOUT: &str = "https://login.example.it/logout?redirect=https%3A%2F%2Fservizi.example.it";
/// What the browser keeps.
pub const SECRET: &str = "se-cr_et";

pub async fn begin(State(fake): State<Fake>, Json(body): Json<Value>) -> Response {
    let mut memory = fake.memory();
    if memory.broken.as_deref() == Some("login") {
        return problem(503, "unavailable");
    }
    memory.said.insert("begin_oauth".into(), body);
    (StatusCode::CREATED, Json(json!({ "url": PROVIDER, "secret": SECRET, "expires_at": "2030-01-01T00:00:00+01:00" })))
        .into_response()
}

/// `POST session` of who comes back.
pub fn come_back(fake: &Fake, body: &Value) -> Response {
    let mut memory = fake.memory();
    memory.said.insert("come_back".into(), body.clone());
    match body["code"].as_str() {
        Some("good") if body["state"] == "s1" && body["secret"] == SECRET => {
            let return_to = memory.said["begin_oauth"]["return_to"].clone();
            let session = json!({ "session": CITIZEN, "expires_at": "2030-01-01T00:00:00+01:00", "return_to": return_to });
            (StatusCode::CREATED, Json(session)).into_response()
        }
        Some("astray") => {
            let session =
                json!({ "session": CITIZEN, "expires_at": "2030-01-01T00:00:00+01:00", "return_to": "//evil.example/" });
            (StatusCode::CREATED, Json(session)).into_response()
        }
        Some("poor") => problem(422, "incomplete-identity"),
        Some("unknown") => problem(401, "identity-not-confirmed"),
        Some("down") => problem(503, "login-provider-unavailable"),
        Some("nonsense") => problem(502, "login-provider-failed"),
        _ => problem(401, "sign-in-lapsed"),
    }
}

/// `DELETE session`: at the provider too for who came back from there.
pub async fn end(State(fake): State<Fake>) -> Response {
    if fake.memory().said.contains_key("come_back") {
        return Json(json!({ "logout_url": LOGOUT })).into_response();
    }
    StatusCode::NO_CONTENT.into_response()
}

fn problem(status: u16, code: &str) -> Response {
    let body = json!({ "type": format!("/errors/{code}"), "title": "secret stack trace", "status": status });
    (StatusCode::from_u16(status).unwrap(), [(CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}
