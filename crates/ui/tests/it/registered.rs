//! The part of the stand-in that has documents and dead letters.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::fake::{Fake, missing, problem};
use super::samples::id;

/// A document of the citizen that has a number.
pub const REGISTERED: &str = "d1bbcafb-ee78-4cd1-9b8e-000000000001";
/// A document whose file is kept elsewhere, and which nobody has registered.
pub const ELSEWHERE: &str = "d1bbcafb-ee78-4cd1-9b8e-000000000002";
/// A failed operation that can be tried again.
pub const LETTER: &str = "e1bbcafb-ee78-4cd1-9b8e-000000000001";
/// One that cannot.
pub const BROKEN: &str = "e1bbcafb-ee78-4cd1-9b8e-000000000002";

fn documents() -> Vec<Value> {
    let file = |id: Value, name: &str| json!({ "id": id, "name": name, "filename": name, "description": "Modulo <compilato>", "mime_type": "application/pdf", "url": "https://e.it/x", "md5": "" });
    let folder = json!({ "id": id("7000"), "title": "Occupazione di suolo <b>pubblico</b>-Anna Ferri", "number": "12/2026" });
    let document = json!({
        "id": REGISTERED, "title": "Occupazione di suolo pubblico Anna Ferri", "type": "application-request", "status": "REGISTRATION_COMPLETE",
        "remote_id": id("7000"), "folder": folder, "transmission_type": "Inbound", "document_number": "0000012/2026",
        "registered_at": "2026-03-02T10:00:00+01:00", "created_at": "2026-03-01T09:00:00+01:00",
        "main_document": file(json!("f-mod"), "modulo.pdf"), "attachments": [file(json!("f-att"), "planimetria.pdf")]
    });
    let mut elsewhere = document.clone();
    elsewhere["id"] = json!(ELSEWHERE);
    elsewhere["type"] = json!("application-withdraw");
    elsewhere["status"] = json!("DOCUMENT_CREATED");
    for member in ["folder", "document_number", "registered_at", "remote_id"] {
        elsewhere[member] = Value::Null;
    }
    elsewhere["main_document"] = file(Value::Null, "ritiro.pdf");
    elsewhere["attachments"] = json!([]);
    vec![document, elsewhere]
}

/// What the stand-in begins with: a document of an application, and what nobody can read.
pub fn letters() -> Vec<Value> {
    let letter = |id: &str, reason: &str, payload: Value| {
        json!({ "id": id, "source": "retry-orchestrator", "topic": "documents", "key": "k", "reason": reason,
                "buried_at": "2026-03-02T10:00:00+01:00", "payload": payload })
    };
    let document = json!({
        "title": "<script>alert(1)</script>", "amount": 1.10, "remote_id": id("7000"),
        "remote_collection": { "id": "5a1f6f3e-0000-4000-8000-000000000001", "type": "service" },
        "author": [{ "name": "Anna", "family_name": "Ferri" }]
    });
    vec![letter(LETTER, "tried again 58 times", document), letter(BROKEN, "not a document: <b>EOF</b>", json!(["../x"]))]
}

/// The addresses of documents and dead letters.
pub fn routes() -> Router<Fake> {
    let api = |path: &str| format!("/{{tenant}}/api{path}");
    Router::new()
        .route(&api("/documents"), get(list))
        .route(&api("/documents/{id}"), get(document))
        .route(&api("/folders"), get(|| async { Json(json!([folder()])) }))
        .route(&api("/dead-letters"), get(dead_letters))
        .route(&api("/dead-letters/{id}"), get(dead_letter).delete(drop_letter))
        .route(&api("/dead-letters/{id}/replay"), post(replay))
}

fn folder() -> Value {
    let mut folder = documents()[0]["folder"].clone();
    folder["documents_count"] = json!(1);
    folder
}

fn page(elements: &[Value]) -> Response {
    let meta = json!({ "page": { "offset": 0, "limit": 20, "sort": null }, "total": elements.len() });
    Json(json!({ "meta": meta, "links": { "self": "", "prev": null, "next": null }, "data": elements })).into_response()
}

async fn list(Query(query): Query<BTreeMap<String, String>>) -> Response {
    let words = query.get("q").map(|words| words.to_lowercase()).unwrap_or_default();
    let in_folder = |document: &Value| query.get("folder").is_none_or(|folder| document["folder"]["id"] == folder.as_str());
    let found =
        documents().into_iter().filter(|document| document.to_string().to_lowercase().contains(&words) && in_folder(document));
    page(&found.collect::<Vec<_>>())
}

async fn document(Path(ids): Path<BTreeMap<String, String>>) -> Response {
    let found = documents().into_iter().find(|document| document["id"] == ids["id"].as_str());
    found.map_or_else(missing, |document| Json(document).into_response())
}

/// Without their contents.
async fn dead_letters(State(fake): State<Fake>) -> Response {
    let mut letters = fake.memory().letters.clone();
    letters.iter_mut().filter_map(Value::as_object_mut).for_each(|letter| drop(letter.remove("payload")));
    page(&letters)
}

async fn dead_letter(State(fake): State<Fake>, Path(ids): Path<BTreeMap<String, String>>) -> Response {
    let found = fake.memory().letters.iter().find(|letter| letter["id"] == ids["id"].as_str()).cloned();
    found.map_or_else(missing, |letter| Json(letter).into_response())
}

async fn replay(State(fake): State<Fake>, Path(ids): Path<BTreeMap<String, String>>) -> Response {
    if ids["id"] == BROKEN {
        return problem(
            422,
            "Campi non validi",
            json!([{ "field": "/payload", "code": "x", "message": "Non è un oggetto JSON." }]),
        );
    }
    remove(&fake, "replayed", &ids["id"])
}

async fn drop_letter(State(fake): State<Fake>, Path(ids): Path<BTreeMap<String, String>>) -> Response {
    remove(&fake, "dropped", &ids["id"])
}

fn remove(fake: &Fake, how: &str, id: &str) -> Response {
    let mut memory = fake.memory();
    memory.said.insert(how.into(), json!(id));
    memory.letters.retain(|letter| letter["id"] != id);
    StatusCode::NO_CONTENT.into_response()
}
