//! The citizen's documents and the administrator's failed operations; and the part of the stand-in that has them.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::browser::{Browser, at};
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

/// What the stand-in begins with.
pub fn letters() -> Vec<Value> {
    let letter = |id: &str, reason: &str| {
        json!({ "id": id, "source": "retry-orchestrator", "topic": "documents", "key": "k", "reason": reason,
                "buried_at": "2026-03-02T10:00:00+01:00", "payload": { "title": "<script>alert(1)</script>", "amount": 1.10 } })
    };
    vec![letter(LETTER, "tried again 58 times"), letter(BROKEN, "not a document: <b>EOF</b>")]
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

async fn dead_letters(State(fake): State<Fake>) -> Response {
    page(&fake.memory().letters)
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

#[tokio::test]
async fn a_citizen_finds_documents_by_words_and_folder() {
    let mut citizen = Browser::of("cittadino").await;
    let all = citizen.get(&at("/documenti")).await;
    assert_eq!(all.texts(".row-card h3"), ["Domanda presentata", "Ritiro"]);
    assert_eq!(all.texts(".row-card .state"), ["Protocollato"], "of what nobody has taken nothing is said");
    assert!(all.texts(".row-card-facts")[0].contains("0000012/2026"));
    assert_eq!(all.texts("#folder option")[1], "12/2026 – Occupazione di suolo <b>pubblico</b>-Anna Ferri (1)");
    assert_eq!(all.texts(".site-nav [aria-current]"), ["Documenti"]);
    let found = citizen.get(&at("/documenti?q=PLANIMETRIA")).await;
    assert_eq!(
        (found.texts(".row-card h3"), found.texts("h2.count")),
        (vec!["Domanda presentata".into()], vec!["1 documento".into()])
    );
    let folder = citizen.get(&at(&format!("/documenti?folder={}", id("7000")))).await;
    assert_eq!(folder.attributes("#folder option[selected]", "value"), [id("7000")]);
    assert_eq!(folder.texts(".row-card h3").len(), 1);
    let none = citizen.get(&at("/documenti?q=zzz&folder=x%27--")).await;
    assert_eq!((none.status, none.texts(".row-card").len()), (StatusCode::OK, 0));
    assert!(none.texts(".empty")[0].starts_with("Nessun documento trovato"));
}

#[tokio::test]
async fn a_document_shows_its_registration_and_leads_to_its_files() {
    let mut citizen = Browser::of("cittadino").await;
    let page = citizen.get(&at(&format!("/documenti/{REGISTERED}"))).await;
    assert_eq!(page.texts("h1"), ["Domanda presentata"]);
    let facts = page.texts(".facts dd");
    assert_eq!(facts[..4], ["0000012/2026", "02/03/2026, 10:00", "Inviato all'ente", "01/03/2026, 09:00"]);
    assert_eq!(page.texts(".files a"), ["Modulo <compilato>", "planimetria.pdf"]);
    let files = page.attributes(".files a", "href");
    assert_eq!(files[0], at(&format!("/pratiche/{}/attachments/f-mod", id("7000"))));
    assert_eq!(citizen.get(&files[0]).await.status, StatusCode::OK);
    let elsewhere = citizen.get(&at(&format!("/documenti/{ELSEWHERE}"))).await;
    assert_eq!((elsewhere.status, elsewhere.texts(".files a").len()), (StatusCode::OK, 0));
    assert_eq!(citizen.get(&at("/documenti/d1bbcafb-ee78-4cd1-9b8e-000000000009")).await.status, StatusCode::NOT_FOUND);
    for (language, title) in [("de", "Eingereichter Antrag"), ("en", "Application sent")] {
        let page = citizen.get(&at(&format!("/documenti/{REGISTERED}")).replace("/it/", &format!("/{language}/"))).await;
        assert_eq!(page.texts("h1"), [title]);
    }
}

#[tokio::test]
async fn an_administrator_tries_again_or_gives_up() {
    let mut admin = Browser::of("admin").await;
    let list = admin.get(&at("/admin/lettere-morte")).await;
    assert_eq!(list.texts(".row-card h3"), ["tried again 58 times", "not a document: <b>EOF</b>"]);
    let (letter, broken) = (at(&format!("/admin/lettere-morte/{LETTER}")), at(&format!("/admin/lettere-morte/{BROKEN}")));
    let page = admin.get(&letter).await;
    assert!(page.texts("#payload")[0].contains("\"amount\": 1.10"), "digits are kept: {:?}", page.texts("#payload"));
    assert!(!page.body.contains("<script>alert"));
    // Giving up has to be meant.
    let answer = admin.submit(&letter, &[("action", "drop")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.texts("#sure-error").len(), 1);
    assert_eq!(admin.fake.memory().letters.len(), 2);
    let answer = admin.submit(&broken, &[("action", "replay")]).await;
    assert_eq!(answer.texts("#replay-error"), ["Non è un oggetto JSON."]);
    let answer = admin.submit(&letter, &[("action", "replay")]).await;
    assert_eq!(answer.location(), at("/admin/lettere-morte?done=replayed"));
    let answer = admin.submit(&broken, &[("action", "drop"), ("sure", "yes")]).await;
    assert_eq!(answer.location(), at("/admin/lettere-morte?done=dropped"));
    let said = admin.fake.memory().said.clone();
    assert_eq!((&said["replayed"], &said["dropped"]), (&json!(LETTER), &json!(BROKEN)));
    let empty = admin.get(&at("/admin/lettere-morte?done=dropped")).await;
    assert_eq!(empty.texts(".empty").len(), 1);
    // Not for others, by whatever way.
    for who in ["cittadino", "operatore"] {
        let mut other = Browser::of(who).await;
        let csrf = other.csrf().await;
        assert_eq!(other.get(&letter).await.status, StatusCode::FORBIDDEN, "{who}");
        let act = [("csrf", &*csrf), ("action", "drop"), ("sure", "yes")];
        assert_eq!(other.post(&letter, &act).await.status, StatusCode::FORBIDDEN, "{who}");
        assert!(other.fake.memory().said.is_empty());
    }
}
