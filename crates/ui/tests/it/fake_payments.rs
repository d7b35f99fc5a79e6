//! The stand-in's payments: a read model that filters by status, and one proxy that is configured by forms.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
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
            get(|| async { Json(json!([{ "name": "sandbox", "path": "/payment-proxy/sandbox", "cart": 5 }])) }),
        )
        .route("/{tenant}/api/payments/export", get(export))
        .route("/{tenant}/api/payments/{id}", get(find))
        .route("/{tenant}/api/jobs", get(imports).post(import))
        .route("/{tenant}/api/jobs/{id}", get(one_import).delete(cancel_import))
        .route("/{tenant}/api/jobs/{id}/errors", get(import_errors))
        .route("/{tenant}/api/jobs/{id}/errors/export", get(export_import_errors))
        .route("/payment-proxy/sandbox/carts", post(make_cart))
        .route("/payment-proxy/sandbox/carts/{id}", get(cart))
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
    // A citizen who owes several has one more of them.
    let several = wanted.is_some_and(|wanted| wanted == "PAYMENT_PENDING") && fake.memory().said.contains_key("several");
    let mut list: Vec<_> = [pending, "COMPLETE", "CREATION_PENDING"]
        .into_iter()
        .filter(|status| !none && wanted.is_none_or(|wanted| wanted == status))
        .map(samples::payment)
        .collect();
    // One whose payer began and gave up, and one that the office cancelled.
    let of_application = [("PAYMENT_STARTED", "begun", "1510"), ("CANCELED", "canceled", "1530")];
    for (status, said, application) in of_application {
        if wanted.is_some_and(|wanted| wanted == status) && fake.memory().said.contains_key(said) {
            let mut payment = samples::payment(status);
            payment["remote_id"] = json!(samples::id(application));
            list.push(payment);
        }
    }
    if several {
        list.push(called("p-due-2"));
    }
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

/// A payment whose identifier says how it stands.
fn called(id: &str) -> Value {
    let status = ["COMPLETE", "CANCELED"].into_iter().find(|status| id.contains(&status.to_lowercase()));
    let mut payment = samples::payment(status.unwrap_or("PAYMENT_PENDING"));
    payment["id"] = json!(id);
    payment["reason"] = json!(format!("Mensa {id}"));
    payment
}

async fn find(Path((_, id)): Path<(String, String)>) -> Response {
    match id.as_str() {
        "p-theirs" => super::fake::missing(),
        id if id.starts_with("p-") => Json(called(id)).into_response(),
        _ => Json(samples::payment("PAYMENT_PENDING")).into_response(),
    }
}

async fn make_cart(State(fake): State<Fake>, Json(body): Json<Value>) -> Response {
    let broken = fake.memory().broken.clone();
    match broken.as_deref() {
        Some("carts") => return super::fake::problem(503, "secret stack trace", json!([])),
        Some("cart-refused") => {
            let errors = json!([{ "field": "/payments/1", "code": "complete", "message": "Il pagamento risulta già eseguito." }]);
            return super::fake::problem(409, "Alcuni pagamenti non si possono eseguire", errors);
        }
        _ => {}
    }
    let cart = json!({ "id": "c-1", "payments": body["payments"], "checkout_url": "https://pay.example.it/carts/c-1" });
    fake.memory().said.insert("make_cart".into(), body);
    (StatusCode::CREATED, Json(cart)).into_response()
}

/// The carts are called as what is in them stands.
async fn cart(Path(id): Path<String>) -> Response {
    let payments = match id.as_str() {
        "paid" => json!(["p-complete-1", "p-complete-2"]),
        "partly" => json!(["p-complete-1", "p-due-2", "p-canceled-3"]),
        "open" => json!(["p-due-1", "p-due-2"]),
        _ => return super::fake::missing(),
    };
    Json(json!({ "id": id, "payments": payments, "checkout_url": "https://pay.example.it/carts/c-1" })).into_response()
}

/// An import whose identifier is its status.
fn sample_import(status: &str) -> Value {
    let output = (status == "failed").then_some(r#"{"error":"Nella prima riga manca la colonna notice_number.","errors":[]}"#);
    json!({
        "id": status, "type": "import_dovuti", "status": status, "attachment": { "name": "mensa.csv", "mime_type": "text/csv" },
        "args": { "service_id": "5a1f6f3e-0000-4000-8000-000000000001" }, "output": output, "running_output": null,
        "progress": { "rows": 250, "imported": 240, "already_present": 7, "failed": 3, "expected": 1000 },
        "created_at": "2025-03-10T09:45:00+01:00", "terminated_at": (status != "running").then_some("2025-03-10T09:46:00+01:00"),
    })
}

async fn imports(State(fake): State<Fake>) -> Response {
    let none = fake.memory().broken.as_deref() == Some("no-imports");
    let list: Vec<_> = ["running", "finished", "failed", "cancelled"].into_iter().filter(|_| !none).map(sample_import).collect();
    Json(json!({ "meta": { "total": list.len(), "page": {} }, "links": {}, "data": list })).into_response()
}

async fn import(State(fake): State<Fake>, Json(body): Json<Value>) -> Response {
    if body["attachment"]["name"] == "niente.csv" {
        let errors =
            json!([{ "field": "/args/service_id", "code": "configured", "message": "Il servizio non ha una configurazione." }]);
        return super::fake::problem(422, "Importazione non valida", errors);
    }
    fake.memory().said.insert("import".into(), body);
    (StatusCode::CREATED, Json(json!({ "id": "running" }))).into_response()
}

async fn one_import(Path((_, id)): Path<(String, String)>) -> Response {
    if id == "x" { super::fake::missing() } else { Json(sample_import(&id)).into_response() }
}

async fn cancel_import(State(fake): State<Fake>, Path((_, id)): Path<(String, String)>) -> StatusCode {
    fake.memory().said.insert("cancel_import".into(), json!(id));
    StatusCode::NO_CONTENT
}

async fn import_errors(Path((_, id)): Path<(String, String)>) -> Response {
    let wrong = json!({ "row": 7, "field": "amount", "error": "Indicare un importo in euro, per esempio 12.34." });
    let rows: Vec<_> = ["running", "finished"].contains(&id.as_str()).then_some(wrong).into_iter().collect();
    Json(json!({ "meta": { "total": rows.len(), "page": {} }, "links": {}, "data": rows })).into_response()
}

async fn export_import_errors() -> Response {
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"righe-errate.csv\"")];
    (headers, "row;field;error\r\n").into_response()
}
