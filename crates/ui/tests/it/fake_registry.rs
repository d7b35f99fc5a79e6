//! The stand-in's registries: two proxies that are configured by forms. The others of the installation are not run.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::fake::Fake;

/// The stand-in and the name of one of its registries.
type Registry = (Fake, &'static str);

/// The addresses of the proxies.
pub fn routes(fake: &Fake) -> Router {
    ["docarea", "iride"].into_iter().fold(Router::new(), |all, name| all.merge(proxy((fake.clone(), name))))
}

fn proxy(registry: Registry) -> Router {
    let at = |path: &str| format!("/registry-proxy/{}/v1{path}", registry.1);
    let settings = [("url", "textfield"), ("password", "password"), ("codice_aoo", "textfield")];
    Router::new()
        .route(&at("/schema"), get(move || async move { Json(form(&settings)) }))
        .route(&at("/tenants/schema"), get(|| async { Json(form(&[("aoo_code", "textfield")])) }))
        .route(&at("/{part}"), get(list).post(put))
        .route(&at("/{part}/{id}"), get(one).patch(change))
        .with_state(registry)
}

fn form(fields: &[(&str, &str)]) -> Value {
    let field = |(key, kind): &(&str, &str)| json!({ "key": key, "type": kind, "label": key, "input": true, "validate": { "required": true } });
    let fields: Vec<_> = fields.iter().map(field).collect();
    let switch = json!({ "key": "is_active", "type": "checkbox", "label": "Attivo", "input": true });
    let within = json!({ "key": "registry", "type": "container", "input": true, "components": fields });
    json!({ "display": "form", "components": [within, switch] })
}

/// Where the stand-in keeps a configuration.
fn key(name: &str, part: &str, id: &str) -> String {
    let place = if name == "docarea" { "registry" } else { name };
    format!("{place}/{part}/{id}")
}

async fn list(State((fake, name)): State<Registry>, Path(part): Path<String>) -> Response {
    let memory = fake.memory();
    let of_part = memory.said.iter().filter(|(known, _)| known.starts_with(&key(name, &part, "")));
    Json(of_part.map(|(_, document)| document.clone()).collect::<Vec<_>>()).into_response()
}

async fn one(State((fake, name)): State<Registry>, Path((part, id)): Path<(String, String)>) -> Response {
    match fake.memory().said.get(&key(name, &part, &id)) {
        Some(document) => Json(document.clone()).into_response(),
        None => super::fake::missing(),
    }
}

/// Secrets are never answered.
async fn put(State((fake, name)): State<Registry>, Path(part): Path<String>, Json(mut document): Json<Value>) -> Response {
    if document["registry"]["url"] == "x" {
        let errors = json!([{ "field": "/registry/url", "code": "pattern", "message": "Usare un indirizzo https." }]);
        return super::fake::problem(422, "Campi non validi", errors);
    }
    fake.memory().said.insert("registry".into(), document.clone());
    if let Some(settings) = document["registry"].as_object_mut() {
        settings.remove("password");
    }
    let id = document["id"].as_str().unwrap().to_owned();
    fake.memory().said.insert(key(name, &part, &id), document.clone());
    (StatusCode::CREATED, Json(document)).into_response()
}

async fn change(
    State((fake, name)): State<Registry>,
    Path((part, id)): Path<(String, String)>,
    Json(changes): Json<Value>,
) -> Response {
    let mut memory = fake.memory();
    let document = memory.said.get_mut(&key(name, &part, &id)).unwrap();
    document["is_active"] = changes["is_active"].clone();
    Json(document.clone()).into_response()
}
