//! The stand-in's inbox and intermediary: one message of each kind, one lot that moves, one that waits, one service of each state.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::fake::{CITIZEN, Fake, caller};

type Named = Query<BTreeMap<String, String>>;

/// The addresses of both interfaces.
pub fn routes(fake: &Fake) -> Router {
    let inbox = Router::new()
        .route("/profile", get(profile).put(set_profile))
        .route("/profile/email", post(prove))
        .route("/messages", get(messages))
        .route("/messages/{id}", get(message))
        .route("/messages/{id}/status", put(change))
        .route("/messages/{id}/calendar.ics", get(|| async { ([(CONTENT_TYPE, "text/calendar")], "BEGIN:VCALENDAR") }))
        .route("/third-party-messages/{id}", get(remote))
        .route("/third-party-messages/{id}/precondition", get(precondition))
        .route("/third-party-messages/{id}/attachments/{url}", get(|| async { ([(CONTENT_TYPE, "application/pdf")], "%PDF-") }))
        .route("/services", get(senders))
        .route("/services/{id}/preference", get(choice).put(choose));
    let lots = Router::new()
        .route("/me", get(me))
        .route("/services", get(services).post(propose))
        .route("/services/{id}", get(service).put(done))
        .route("/services/{id}/command", post(service_command))
        .route(
            "/services/{id}/check",
            post(|| async { Json(json!({ "ready": false, "findings": ["chiave primaria: non accettata"] })) }),
        )
        .route("/services/{id}/templates", get(templates).post(done))
        .route("/lots", get(lots).post(hand_in))
        .route("/lots/{id}", get(lot))
        .route("/lots/{id}/test", post(done))
        .route("/lots/{id}/approval", post(done))
        .route("/lots/{id}/command", post(lot_command))
        .route("/lots/{id}/rows", get(rows))
        .route("/lots/{id}/rows/{number}", get(row).post(done))
        .route("/lots/{id}/report", get(report))
        .route("/tickets", get(tickets).post(open_ticket))
        .route("/tickets/{id}", post(ticket_command))
        .route(
            "/tickets/{id}/attachments/{file}",
            get(|| async { ([(CONTENT_DISPOSITION, "attachment; filename*=UTF-8''errore.png")], "immagine") }),
        )
        .route("/members", get(members))
        .route("/members/{username}", put(put_member).delete(delete_member))
        .route("/providers", get(providers).post(add_provider))
        .route("/providers/{id}", put(change_provider))
        .route(
            "/providers/{id}/keys",
            get(keys).post(|| async { (StatusCode::CREATED, Json(json!({ "key": "0123456789abcdef9f3c" }))) }),
        )
        .route("/providers/{id}/keys/{key}", axum::routing::delete(revoke_key))
        .route("/settings", get(settings).put(set_settings))
        .route("/audit", get(audit));
    Router::new().nest("/io/app/v1", inbox).nest("/ioservice/v1", lots).with_state(fake.clone())
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "status": 404, "title": "Non trovato", "type": "x" }))).into_response()
}

fn wrong(field: &str, message: &str) -> Response {
    let errors = json!([{ "field": field, "code": "x", "message": message }]);
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "status": 422, "title": "Campi non validi", "type": "x", "errors": errors })))
        .into_response()
}

fn note(fake: &Fake, name: &str, body: &Bytes) -> Value {
    let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    fake.memory().said.insert(name.to_owned(), body.clone());
    body
}

async fn profile(State(fake): State<Fake>) -> Response {
    let memory = fake.memory();
    if memory.broken.as_deref() == Some("no-profile") && !memory.said.contains_key("profile") {
        drop(memory);
        return missing();
    }
    let mut profile = json!({
        "is_inbox_enabled": true, "mode": "AUTO", "version": 0, "reminders": false, "full_previews": false, "preferred_languages": ["it_IT"],
        "app_version": "3.0.0", "email": "m@example.it", "is_email_enabled": true, "is_email_validated": false
    });
    if let Some(said) = memory.said.get("profile") {
        profile.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    }
    Json(profile).into_response()
}

async fn set_profile(State(fake): State<Fake>, body: Bytes) -> Response {
    let body = note(&fake, "profile", &body);
    if body["email"] == "nessuno" { wrong("/email", "Usare un indirizzo completo.") } else { Json(body).into_response() }
}

async fn prove(State(fake): State<Fake>, body: Bytes) -> Response {
    let body = note(&fake, "prove", &body);
    if body["code"] == "SBAGLIATO" { wrong("/code", "Il codice non è quello.") } else { StatusCode::NO_CONTENT.into_response() }
}

fn letter(id: &str) -> Value {
    let kind = match id {
        "payment" | "over" => "PAYMENT",
        "remote" | "silent" => "REMOTE",
        "deadline" => "DEADLINE",
        _ => "GENERIC",
    };
    json!({
        "id": id, "created_at": "2025-03-01T09:00:00.000Z", "subject": format!("Oggetto di {id} <b>"), "service_name": "Tributi",
        "organization_name": "Comune di Bugliano", "category": kind, "is_read": id == "deadline", "is_archived": id == "old",
        "has_attachments": id == "remote", "has_precondition": id == "remote",
        "due_date": match id { "over" => json!("2020-01-01T22:59:59.000Z"), "payment" | "deadline" => json!("2999-01-01T22:59:59.000Z"), _ => Value::Null }
    })
}

async fn messages(Query(query): Named) -> Json<Value> {
    let ids: &[&str] = match (query.get("archived").map(String::as_str), query.get("before").map(String::as_str)) {
        (Some("true"), _) => &["old"],
        (_, Some("remote")) => &[],
        _ => &["news", "payment", "deadline", "remote"],
    };
    let next = if ids.len() > 1 { json!("remote") } else { Value::Null };
    Json(json!({ "items": ids.iter().map(|id| letter(id)).collect::<Vec<_>>(), "next": next }))
}

async fn message(Path(id): Path<String>) -> Response {
    if id == "niente" {
        return missing();
    }
    let mut letter = letter(&id);
    let payment = json!({ "notice_number": "302872234000000343", "payee": "00337460224", "amount": 8450, "invalid_after_due_date": true, "is_paid": false });
    let own = json!({
        "markdown": "# Titolo\n\nUn **testo** con [un collegamento](https://example.it) e <script>alert(1)</script>.",
        "buttons": [{ "text": "Prenota", "kind": "open", "target": "https://bugliano.example.it/x" }, { "text": "Profilo", "kind": "inside", "target": "profile" }],
        "payment": if matches!(id.as_str(), "payment" | "over") { payment } else { Value::Null },
        "has_remote_content": matches!(id.as_str(), "remote" | "silent")
    });
    letter.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    Json(letter).into_response()
}

async fn change(State(fake): State<Fake>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    let body = note(&fake, &format!("status {id}"), &body);
    assert!(body["change_type"].is_string());
    StatusCode::NO_CONTENT
}

async fn precondition(Path(_): Path<String>) -> Json<Value> {
    Json(json!({ "title": "Prima di aprire", "markdown": "Aprendo **confermi**." }))
}

async fn remote(Path(id): Path<String>) -> Response {
    if id == "silent" {
        return StatusCode::GATEWAY_TIMEOUT.into_response();
    }
    let files = json!([{ "id": "1", "url": "a/verbale.pdf", "name": "verbale.pdf", "content_type": "application/pdf", "category": "DOCUMENT" }]);
    Json(json!({ "attachments": files, "details": { "subject": "Oggetto del mittente", "markdown": "Testo del mittente." } }))
        .into_response()
}

async fn senders() -> Json<Value> {
    Json(json!([{ "id": "s1", "name": "Tributi", "organization": "Comune di Bugliano", "description": "Avvisi **e** rate." }]))
}

async fn choice(Path(id): Path<String>) -> Response {
    if id == "s1" {
        Json(json!({ "is_inbox_enabled": true, "can_access_message_read_status": false })).into_response()
    } else {
        missing()
    }
}

async fn choose(State(fake): State<Fake>, body: Bytes) -> Json<Value> {
    Json(note(&fake, "choice", &body))
}

/// Citizens are nobody here, unless a test has said what they are.
async fn me(State(fake): State<Fake>, headers: HeaderMap) -> Response {
    let duty = fake.memory().said.get("duty").cloned();
    let is_citizen = caller(&headers).is_none_or(|caller| caller["id"] == CITIZEN);
    match duty {
        None if is_citizen => (StatusCode::FORBIDDEN, Json(json!({ "status": 403, "title": "No", "type": "x" }))).into_response(),
        duty => Json(json!({ "name": "chi", "duty": duty.unwrap_or(json!("ENTE")) })).into_response(),
    }
}

fn one_service(id: &str) -> Value {
    let state = match id {
        "active" => "ATTIVO",
        "suspended" => "SOSPESO",
        "refused" => "RIFIUTATO",
        _ => "PROPOSTO",
    };
    json!({
        "id": id, "name": format!("Servizio {id}"), "department": "Tributi", "organization_name": "Comune di Bugliano", "organization_fiscal_code": "00337460224",
        "service_code": "01JAVB5SKRB4E6X3YV9K2M7QZC", "test_fiscal_codes": ["AAAAAA00A00A000A"], "connector": "WEB_SERVICE", "notes": "", "state": state,
        "reason": if id == "refused" { json!("Chiavi sbagliate") } else { Value::Null }, "provider_name": "Fornitore Srl", "key_in_use": "primary",
        "keys_at": "2025-03-01T09:00:00.000Z", "last_run_at": null
    })
}

async fn services() -> Json<Value> {
    Json(["active", "proposed", "suspended", "refused"].iter().map(|id| one_service(id)).collect())
}

async fn service(Path(id): Path<String>) -> Response {
    if id == "niente" { missing() } else { Json(one_service(&id)).into_response() }
}

async fn propose(State(fake): State<Fake>, body: Bytes) -> Response {
    let body = note(&fake, "propose", &body);
    if body["primary_key"].is_null() {
        return wrong("/primary_key", "indicare entrambe le chiavi");
    }
    (StatusCode::CREATED, Json(one_service("proposed"))).into_response()
}

async fn service_command(State(fake): State<Fake>, body: Bytes) -> Response {
    let body = note(&fake, "service_command", &body);
    if body["command"] == "refuse" && body["reason"].is_null() {
        wrong("/reason", "indicare il motivo")
    } else {
        Json(one_service("active")).into_response()
    }
}

async fn templates() -> Json<Value> {
    Json(
        json!([{ "id": "t1", "version": 2, "columns": ["nome"], "name": "Rata", "subject": "Rata di {{nome}}", "markdown": "Gentile {{nome}}", "premium": false, "secure": false }]),
    )
}

async fn done(State(fake): State<Fake>, body: Bytes) -> Json<Value> {
    Json(note(&fake, "done", &body))
}

fn one_lot(id: &str) -> Value {
    let (state, commands, tested) = match id {
        "moving" => ("IN_INVIO", json!(["stop", "cancel"]), json!("2025-03-01T09:00:00.000Z")),
        "tested" => ("PRONTO", json!(["test", "approve", "cancel"]), json!("2025-03-01T09:00:00.000Z")),
        "ready" => ("PRONTO", json!(["test", "approve", "cancel"]), Value::Null),
        "unreadable" => ("ILLEGGIBILE", json!([]), Value::Null),
        _ => ("CONCLUSO", json!([]), Value::Null),
    };
    json!({
        "id": id, "name": format!("Lotto {id}"), "service_id": "active", "service_name": "Servizio active", "template": null, "connector": "WEB_SERVICE",
        "state": state, "reason": if id == "unreadable" { json!("manca la colonna codice_fiscale") } else { Value::Null },
        "rows": if id == "unreadable" { 0 } else { 10 }, "totals": { "IN_CODA": 6, "CONSEGNATO": 3, "SCARTATO": 1, "INVIATO": 0 }, "percent": 40,
        "needs_approval": true, "commands": commands, "created_by": "operatore", "approved_by": null, "tested_at": tested,
        "created_at": "2025-03-01T09:00:00.000Z", "released_at": null, "ended_at": null
    })
}

async fn lots(Query(query): Named) -> Json<Value> {
    let ids: &[&str] =
        if query.contains_key("before") && query["before"] == "moving" { &[] } else { &["ready", "moving", "unreadable"] };
    let next = if ids.is_empty() { Value::Null } else { json!("moving") };
    Json(json!({ "items": ids.iter().map(|id| one_lot(id)).collect::<Vec<_>>(), "next": next }))
}

async fn hand_in(State(fake): State<Fake>, Query(query): Named, headers: HeaderMap, body: Bytes) -> Response {
    let said = json!({ "query": query, "kind": headers[CONTENT_TYPE].to_str().unwrap(), "text": String::from_utf8_lossy(&body) });
    fake.memory().said.insert("hand_in".into(), said);
    if body.starts_with(b"due") {
        let problem = json!({ "status": 409, "title": "Già presente", "detail": "Lo stesso file è già un lotto.", "type": "x" });
        return (StatusCode::CONFLICT, Json(problem)).into_response();
    }
    (StatusCode::CREATED, Json(one_lot("moving"))).into_response()
}

async fn lot(State(fake): State<Fake>, Path(id): Path<String>) -> Response {
    let mut lot = one_lot(&id);
    if let Some(name) = fake.memory().said.get("created_by") {
        lot["created_by"] = name.clone();
    }
    if id == "niente" { missing() } else { Json(lot).into_response() }
}

async fn lot_command(State(fake): State<Fake>, body: Bytes) -> Json<Value> {
    note(&fake, "lot_command", &body);
    Json(one_lot("moving"))
}

fn one_row(number: i64, outcome: &str, reason: Value) -> Value {
    json!({ "number": number, "fiscal_code": "AAA••••••••••••A", "outcome": outcome, "reason": reason, "warning": null, "updated_at": "2025-03-01T09:00:00.000Z" })
}

async fn rows(Query(query): Named) -> Json<Value> {
    match query.get("outcome").map(String::as_str) {
        Some("PAGATO") => Json(json!([])),
        _ => Json(json!([
            one_row(1, "CONSEGNATO", Value::Null),
            one_row(2, "SCARTATO", json!("il testo è troppo corto")),
            one_row(3, "INCERTO", Value::Null)
        ])),
    }
}

async fn row(Path((_, number)): Path<(String, i64)>) -> Json<Value> {
    let mut row = one_row(number, if number == 3 { "INCERTO" } else { "CONSEGNATO" }, Value::Null);
    let content = json!({ "subject": "Rata di marzo", "markdown": "---\nit:\n  cta_1:\n    text: x\n---\nGentile **Anna**", "due_date": "2025-03-31T21:59:59.000Z",
        "payment_data": { "amount": 1250, "notice_number": "302872234000000343" } });
    let more = json!({ "message": if number == 2 { Value::Null } else { json!({ "content": content }) }, "message_id": null, "subject_length": 13, "markdown_length": 90 });
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Json(row)
}

async fn report(Query(query): Named) -> Response {
    let name = format!("attachment; filename=\"esiti-1.{}\"", query["format"]);
    ([(CONTENT_TYPE, "text/csv".to_owned()), (CONTENT_DISPOSITION, name)], "riga").into_response()
}

async fn tickets() -> Json<Value> {
    let ticket = |id: &str, state: &str| {
        json!({ "id": id, "state": state, "subject": format!("Richiesta {id}"), "about": "", "opened_by": "fornitore", "assigned_to": "admin",
        "messages": [{ "by": "fornitore", "at": "2025-03-01T09:00:00.000Z", "text": "Come <b>si</b> fa?", "attachments": [{ "id": "f1", "name": "errore <b>.png", "size": 8 }] }], "updated_at": "2025-03-01T09:00:00.000Z" })
    };
    Json(json!([ticket("k1", "APERTO"), ticket("k2", "IN_CARICO"), ticket("k3", "RISOLTO"), ticket("k4", "CHIUSO")]))
}

async fn open_ticket(State(fake): State<Fake>, body: Bytes) -> Response {
    let body = note(&fake, "ticket", &body);
    if body["subject"] == "" {
        wrong("/subject", "indicare l'oggetto, fino a 200 caratteri")
    } else {
        (StatusCode::CREATED, Json(json!({}))).into_response()
    }
}

async fn ticket_command(State(fake): State<Fake>, body: Bytes) -> Json<Value> {
    Json(note(&fake, "ticket_command", &body))
}

async fn members() -> Json<Value> {
    Json(
        json!([{ "username": "<b>operatore", "duty": "ENTE", "provider_id": null }, { "username": "rossi", "duty": "FORNITORE", "provider_id": "p1" }]),
    )
}

async fn put_member(State(fake): State<Fake>, Path(username): Path<String>, body: Bytes) -> Response {
    let body = note(&fake, &format!("member {username}"), &body);
    if body["duty"] == "FORNITORE" && body["provider_id"].is_null() {
        return wrong("/provider_id", "indicare il fornitore per i suoi referenti, e soltanto per loro");
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn delete_member(State(fake): State<Fake>, Path(username): Path<String>) -> StatusCode {
    fake.memory().said.insert("removed".into(), json!(username));
    StatusCode::NO_CONTENT
}

async fn providers() -> Json<Value> {
    Json(json!([
        { "id": "p1", "name": "Fornitore <b>Srl", "valid_from": "2025-01-01", "valid_until": "2026-12-31", "active": true },
        { "id": "p2", "name": "Altro", "valid_from": "2025-01-01", "valid_until": null, "active": false }
    ]))
}

async fn add_provider(State(fake): State<Fake>, body: Bytes) -> Response {
    let body = note(&fake, "provider", &body);
    if body["name"] == "" {
        return wrong("/name", "indicare il nome del fornitore, fino a 200 caratteri");
    }
    (StatusCode::CREATED, Json(json!({ "id": "p1", "name": body["name"], "valid_from": "2025-01-01" }))).into_response()
}

async fn change_provider(State(fake): State<Fake>, body: Bytes) -> Response {
    let body = note(&fake, "provider", &body);
    if body["valid_from"] == "domani" {
        (StatusCode::BAD_REQUEST, Json(json!({ "status": 400, "title": "x", "detail": "giorno non valido", "type": "x" })))
            .into_response()
    } else {
        Json(body).into_response()
    }
}

async fn keys(Path(id): Path<String>) -> Response {
    match id.as_str() {
        "p1" => Json(json!([{ "id": "k1", "hint": "…-key", "created_at": "2025-03-01T09:00:00.000Z" }])).into_response(),
        "p2" => Json(json!([])).into_response(),
        _ => missing(),
    }
}

async fn revoke_key(State(fake): State<Fake>, Path((_, key)): Path<(String, String)>) -> StatusCode {
    fake.memory().said.insert("revoked".into(), json!(key));
    StatusCode::NO_CONTENT
}

async fn settings() -> Json<Value> {
    Json(json!({
        "four_eyes_above": 100, "first_rows": 10, "calls_in_5_s": 150, "from_hour": 0, "to_hour": 24, "days_to_send": 7, "days_kept": 90,
        "help_email": "aiuto@example.it"
    }))
}

async fn set_settings(State(fake): State<Fake>, body: Bytes) -> Response {
    let body = note(&fake, "settings", &body);
    if body["to_hour"] == 25 {
        wrong("/to_hour", "ora di fine: dopo quella di inizio, fino a 24")
    } else {
        Json(body).into_response()
    }
}

async fn audit() -> Json<Value> {
    Json(
        json!([{ "number": 7, "at": "2025-03-01T09:00:00.000Z", "actor": "admin", "address": null, "action": "lot.release", "subject": "moving",
        "was": { "state": "PRONTO" }, "became": { "state": "IN_INVIO" } }]),
    )
}
