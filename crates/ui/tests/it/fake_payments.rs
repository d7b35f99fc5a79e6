//! The stand-in's payments: a read model that filters by status, and one proxy that is configured by forms.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::fake::Fake;
use super::samples;

/// Identifier of the tenant.
pub const TENANT_ID: &str = "60e35f02-1509-408c-b101-3b1a28109329";

/// The forms are those that the proxy of the sandbox serves.
const TENANT_FORM: &str = include_str!("../../../payments/forms/sandbox/tenant.json");
const PAYMENT_FORM: &str = include_str!("../../../payments/forms/sandbox/payment.json");

/// The addresses of the read model's further operations, and of the proxy.
pub fn routes(fake: &Fake) -> Router {
    Router::new()
        .route(
            "/{tenant}/api/payments/providers",
            get(|| async { Json(json!([{ "name": "sandbox", "path": "/payment-proxy/sandbox" }])) }),
        )
        .route("/{tenant}/api/payments/export", get(export))
        .route("/payment-proxy/sandbox/payments/{id}", patch(cancel))
        .route("/payment-proxy/sandbox/v2/tenants/schema", get(|| async { form(TENANT_FORM) }))
        .route("/payment-proxy/sandbox/v2/configs/schema", get(|| async { form(PAYMENT_FORM) }))
        .route("/payment-proxy/sandbox/v2/{part}", get(configurations))
        .route("/payment-proxy/sandbox/v2/{part}/{id}", get(configuration).put(configure).patch(change))
        .with_state(fake.clone())
}

/// A page of payments, those in one status if it is asked for.
pub fn page(fake: &Fake, query: &BTreeMap<String, String>) -> Response {
    let canceled = fake.memory().said.contains_key("cancel_payment");
    let pending = if canceled { "CANCELED" } else { "PAYMENT_PENDING" };
    let wanted = query.get("status");
    let none = query.get("q").is_some_and(|q| q == "zzz");
    let list: Vec<_> = [pending, "COMPLETE", "CREATION_PENDING"]
        .into_iter()
        .filter(|status| !none && wanted.is_none_or(|wanted| wanted == status))
        .map(samples::payment)
        .collect();
    Json(json!({ "meta": { "total": list.len(), "page": {} }, "links": {}, "data": list })).into_response()
}

async fn export(State(fake): State<Fake>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    fake.memory().said.insert("export_payments".into(), json!(query));
    ([(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"pagamenti.csv\"")], "id\r\n")
        .into_response()
}

async fn cancel(State(fake): State<Fake>, Json(body): Json<Value>) -> Response {
    if fake.memory().broken.as_deref() == Some("cancel") {
        let problem = json!({ "type": "/errors/payment-state", "status": 409, "title": "No", "detail": "Il pagamento risulta già eseguito." });
        return (StatusCode::CONFLICT, [(CONTENT_TYPE, "application/problem+json")], problem.to_string()).into_response();
    }
    fake.memory().said.insert("cancel_payment".into(), body);
    Json(samples::payment("CANCELED")).into_response()
}

fn form(text: &'static str) -> Response {
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

fn key(part: &str, id: &str) -> String {
    format!("{part}/{id}")
}

async fn configurations(State(fake): State<Fake>, Path(part): Path<String>) -> Response {
    let memory = fake.memory();
    let of_part = memory.said.iter().filter(|(name, _)| name.starts_with(&format!("{part}/")));
    Json(of_part.map(|(_, document)| document.clone()).collect::<Vec<_>>()).into_response()
}

async fn configuration(State(fake): State<Fake>, Path((part, id)): Path<(String, String)>) -> Response {
    match fake.memory().said.get(&key(&part, &id)) {
        Some(document) => Json(document.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn configure(State(fake): State<Fake>, Path((part, id)): Path<(String, String)>, body: Bytes) -> Response {
    let document: Value = serde_json::from_slice(&body).unwrap();
    if document["tax_identification_number"] == "x" {
        let errors = json!([{ "field": "/tax_identification_number", "code": "pattern", "message": "Usare un codice fiscale." }]);
        let problem = json!({ "type": "/errors/invalid-configuration", "status": 422, "title": "Configurazione non valida", "errors": errors });
        return (StatusCode::UNPROCESSABLE_ENTITY, [(CONTENT_TYPE, "application/problem+json")], problem.to_string())
            .into_response();
    }
    fake.memory().said.insert(key(&part, &id), document.clone());
    Json(document).into_response()
}

async fn change(State(fake): State<Fake>, Path((part, id)): Path<(String, String)>, Json(changes): Json<Value>) -> Response {
    let mut memory = fake.memory();
    let document = memory.said.get_mut(&key(&part, &id)).unwrap();
    document["active"] = changes["active"].clone();
    Json(document.clone()).into_response()
}
