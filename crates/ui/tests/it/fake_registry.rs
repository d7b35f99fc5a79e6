//! The stand-in's registry: one proxy that is configured by forms. The others of the installation are not run.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::fake::Fake;

/// The addresses of the proxy.
pub fn routes(fake: &Fake) -> Router {
    Router::new()
        .route(
            "/registry-proxy/docarea/v1/schema",
            get(|| async { Json(form(&[("url", "textfield"), ("password", "password")])) }),
        )
        .route("/registry-proxy/docarea/v1/tenants/schema", get(|| async { Json(form(&[("aoo_code", "textfield")])) }))
        .route("/registry-proxy/docarea/v1/{part}", get(list).post(put))
        .route("/registry-proxy/docarea/v1/{part}/{id}", get(one).patch(change))
        .with_state(fake.clone())
}

fn form(fields: &[(&str, &str)]) -> Value {
    let field = |(key, kind): &(&str, &str)| json!({ "key": key, "type": kind, "label": key, "input": true, "validate": { "required": true } });
    let fields: Vec<_> = fields.iter().map(field).collect();
    let switch = json!({ "key": "is_active", "type": "checkbox", "label": "Attivo", "input": true });
    let within = json!({ "key": "registry", "type": "container", "input": true, "components": fields });
    json!({ "display": "form", "components": [within, switch] })
}

fn key(part: &str, id: &str) -> String {
    format!("registry/{part}/{id}")
}

async fn list(State(fake): State<Fake>, Path(part): Path<String>) -> Response {
    let memory = fake.memory();
    let of_part = memory.said.iter().filter(|(name, _)| name.starts_with(&key(&part, "")));
    Json(of_part.map(|(_, document)| document.clone()).collect::<Vec<_>>()).into_response()
}

async fn one(State(fake): State<Fake>, Path((part, id)): Path<(String, String)>) -> Response {
    match fake.memory().said.get(&key(&part, &id)) {
        Some(document) => Json(document.clone()).into_response(),
        None => super::fake::missing(),
    }
}

/// Secrets are never answered.
async fn put(State(fake): State<Fake>, Path(part): Path<String>, Json(mut document): Json<Value>) -> Response {
    if document["registry"]["url"] == "x" {
        let errors = json!([{ "field": "/registry/url", "code": "pattern", "message": "Usare un indirizzo https." }]);
        return super::fake::problem(422, "Campi non validi", errors);
    }
    fake.memory().said.insert("registry".into(), document.clone());
    if let Some(settings) = document["registry"].as_object_mut() {
        settings.remove("password");
    }
    let id = document["id"].as_str().unwrap().to_owned();
    fake.memory().said.insert(key(&part, &id), document.clone());
    (StatusCode::CREATED, Json(document)).into_response()
}

async fn change(State(fake): State<Fake>, Path((part, id)): Path<(String, String)>, Json(changes): Json<Value>) -> Response {
    let mut memory = fake.memory();
    let document = memory.said.get_mut(&key(&part, &id)).unwrap();
    document["is_active"] = changes["is_active"].clone();
    Json(document.clone()).into_response()
}
