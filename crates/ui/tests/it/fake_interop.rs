//! The stand-in's side of the interoperability platform: what a thing is follows from its identifier, and everything that is told is kept.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::fake::{Fake, caller, missing};
use super::fake_payments::TENANT_ID;

/// Another body.
const OTHER: &str = "11111111-0000-4000-8000-000000000001";

type Ids = Path<BTreeMap<String, String>>;

pub fn routes(fake: &Fake) -> Router {
    let inner = Router::new()
        .route("/selfcare/institutions", get(institutions))
        .route("/tenants", get(|| async { list(vec![json!({ "id": OTHER, "name": "Regione Esempio" })]) }))
        .route("/tenants/{id}", get(body))
        .route("/tenants/attributes/certified", get(certified))
        .route(
            "/tenants/{id}/users",
            get(|| async { Json(json!([person("u-admin", "Ada", &["admin"]), person("u-2", "Sara", &["security"])])) }),
        )
        .route("/catalog", get(|| async { list(vec![listed("published")]) }))
        .route("/catalog/eservices/{eservice}/descriptor/{id}", get(catalogued))
        .route("/producers", get(|| async { list(vec![json!({ "id": OTHER, "name": "Regione Esempio" })]) }))
        .route("/agreements/filter/consumers", get(|| async { list(vec![json!({ "id": OTHER, "name": "Regione Esempio" })]) }))
        .route("/producers/eservices", get(|| async { list(vec![listed("published"), listed("draft")]) }))
        .route("/producers/eservices/{eservice}/descriptors/{id}", get(own))
        .route("/consumers/agreements", get(|| async { list(vec![agreement_row("active"), agreement_row("draft")]) }))
        .route("/producers/agreements", get(|| async { list(vec![agreement_row("r-pending")]) }))
        .route("/agreements/{id}", get(one_agreement).delete(told))
        .route("/consumers/purposes", get(|| async { list(vec![purpose("active"), purpose("draft")]) }))
        .route("/producers/purposes", get(|| async { list(vec![purpose("r-waiting")]) }))
        .route("/purposes/riskAnalysis/latest", get(questions))
        .route("/purposes/riskAnalysis/version/{version}", get(questions))
        .route("/export/eservices/{eservice}/descriptors/{id}", get(|| async { ready("export") }))
        .route("/export/files/ticket", get(|| async { file("application/zip", "archivio.zip", "PK") }))
        .route("/import/eservices/presignedUrl", get(where_to_send))
        .route("/eservices/{eservice}/consumers", get(|| async { file("text/csv; charset=utf-8", "fruitori.csv", "versione\n") }))
        .route("/purposes/{id}", get(|Path(ids): Ids| async move { Json(purpose(&ids["id"])) }).post(told).delete(told))
        .route("/purposes/{id}/operability", get(operability))
        .route(
            "/purposes/{id}/remainingDailyCalls",
            get(|| async { Json(json!({ "remainingDailyCallsPerConsumer": 900, "remainingDailyCallsTotal": 99_000 })) }),
        )
        .route("/clients", get(|| async { list(vec![json!({ "id": "k-1", "name": "Client uno", "hasKeys": true })]) }))
        .route("/clients/{id}", get(client).delete(told))
        .route("/clients/{id}/users", get(users).post(told))
        .route("/clients/{id}/keys", get(keys).post(told))
        .route("/clients/{id}/encoded/keys/{key}", get(|| async { Json(json!({ "key": "LS0tLS1CRUdJTg==" })) }))
        .route("/attributes", get(|| async { list(vec![json!({ "id": "a-1", "name": "Comuni", "kind": "CERTIFIED" })]) }))
        .fallback(told)
        .with_state(fake.clone());
    Router::new().nest("/0.0/backend-for-frontend", inner)
}

/// What is told is kept under its method and path; `refuse` in the memory is a refusal instead: status, code, sentence.
async fn told(State(fake): State<Fake>, method: Method, uri: Uri, body: Bytes) -> Response {
    if method == Method::GET {
        return missing();
    }
    let mut memory = fake.memory();
    if let Some(refusal) = memory.said.get("refuse").cloned() {
        let status = StatusCode::from_u16(refusal[0].as_u64().unwrap() as u16).unwrap();
        return refused(status, refusal[1].as_str().unwrap(), refusal[2].as_str().unwrap());
    }
    let body = serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body)));
    memory.said.insert(format!("{method} {}", uri.path()), body);
    Json(json!({ "id": "draft", "descriptorId": "draft", "purposeId": "draft", "versionId": "v" })).into_response()
}

fn refused(status: StatusCode, code: &str, detail: &str) -> Response {
    let body = json!({ "type": "about:blank", "status": status.as_u16(), "title": "Rifiutato", "detail": detail,
        "errors": [{ "code": code, "detail": "x" }], "correlationId": "c" });
    (status, [("content-type", "application/problem+json")], body.to_string()).into_response()
}

/// The roles of whoever asks: an administrator's, unless the memory says others; nobody else has any.
async fn institutions(State(fake): State<Fake>, headers: HeaderMap) -> Response {
    let admin = caller(&headers).is_some_and(|claims| claims["id"] == "u-admin");
    let roles = fake.memory().said.get("interop").cloned().or_else(|| admin.then(|| json!(["admin"])));
    match roles {
        Some(roles) => Json(json!([{ "id": TENANT_ID, "description": "Comune", "userProductRoles": roles }])).into_response(),
        None => refused(StatusCode::FORBIDDEN, "008-9993", "Ruolo non autorizzato"),
    }
}

fn list(results: Vec<Value>) -> Json<Value> {
    let total = results.len();
    Json(json!({ "results": results, "pagination": { "offset": 0, "limit": 50, "totalCount": total } }))
}

fn person(id: &str, name: &str, roles: &[&str]) -> Value {
    json!({ "userId": id, "tenantId": TENANT_ID, "name": name, "familyName": "Rossi", "roles": roles })
}

/// The address of an archive, at a host that nobody but browsers reaches.
fn ready(way: &str) -> Response {
    let url = format!("https://pubblico.example.it/0.0/backend-for-frontend/{way}/files/ticket");
    Json(json!({ "filename": "archivio.zip", "url": url })).into_response()
}

async fn where_to_send(State(fake): State<Fake>, uri: Uri) -> Response {
    fake.memory().said.insert("archive".into(), json!(uri.query()));
    ready("import")
}

fn file(kind: &'static str, name: &str, content: &'static str) -> Response {
    let disposition = format!("attachment; filename*=UTF-8''{name}");
    ([("content-type", kind.to_owned()), ("content-disposition", disposition)], content).into_response()
}

/// What this body has certified of others; none when it certifies nothing.
async fn certified(State(fake): State<Fake>) -> Response {
    if !certifies(&fake) {
        return refused(StatusCode::FORBIDDEN, "005-0012", "L'ente non è un certificatore");
    }
    let given = json!({ "tenantId": OTHER, "tenantName": "Regione Esempio", "attributeId": "a-1", "attributeName": "Comuni" });
    list(vec![given]).into_response()
}

/// This body certifies, unless the memory says otherwise.
fn certifies(fake: &Fake) -> bool {
    fake.memory().said.get("certifier") != Some(&json!(false))
}

async fn body(State(fake): State<Fake>, Path(ids): Ids) -> Json<Value> {
    let mut body = party(&ids["id"]);
    if ids["id"] == TENANT_ID && certifies(&fake) {
        body["features"] = json!([{ "certifier": { "certifierId": "REGISTRO" } }]);
    }
    Json(body)
}

fn party(id: &str) -> Value {
    let held = |id: &str, name: &str| json!({ "id": id, "name": name, "description": "Descrizione", "assignmentTimestamp": "2025-01-01T00:00:00Z" });
    let mut verified = held("a-3", "Convenzione");
    verified["verifiedBy"] = json!([{ "id": TENANT_ID, "verificationDate": "2025-01-01T00:00:00Z" }]);
    json!({
        "id": id, "name": if id == TENANT_ID { "Comune di Bugliano" } else { "Regione Esempio" }, "kind": "PA",
        "externalId": { "origin": "IPA", "value": "c_x" }, "contactMail": { "address": "pec@example.it" },
        "attributes": { "certified": [held("a-1", "Comuni")], "declared": [held("a-2", "Gestore")], "verified": [verified] },
    })
}

fn short(id: &str) -> Value {
    let state = id.trim_start_matches("r-").to_uppercase();
    json!({ "id": id, "state": state, "version": "1", "audience": ["api.example.it"] })
}

fn listed(state: &str) -> Value {
    let mut listed = json!({
        "id": "e-1", "name": "Anagrafe <b>comunale</b>", "description": "Dati dei residenti",
        "producer": { "id": OTHER, "name": "Regione Esempio" }, "isMine": false,
    });
    listed[if state == "draft" { "draftDescriptor" } else { "activeDescriptor" }] = short(state);
    listed
}

fn version(eservice: &str, id: &str, producer: &str) -> Value {
    let asked = |id: &str, name: &str| json!({ "id": id, "name": name, "description": "d", "explicitAttributeVerification": false, "kind": "CERTIFIED" });
    let mut version = short(id);
    let more = json!({
        "description": "Prima versione", "voucherLifespan": 600, "dailyCallsPerConsumer": 1000, "dailyCallsTotal": 10_000,
        "agreementApprovalPolicy": "MANUAL", "serverUrls": [{ "url": "https://api.example.it" }],
        "interface": if id == "draft" { Value::Null } else { json!({ "id": "f-1", "name": "api.yaml", "prettyName": "Interfaccia" }) },
        "docs": [{ "id": "f-2", "name": "manuale.pdf", "prettyName": "Manuale" }],
        "attributes": { "certified": [[asked("a-1", "Comuni"), asked("a-9", "Regioni")]], "declared": [[asked("a-2", "Gestore")]],
            "verified": [[asked("a-8", "Altra convenzione")]] },
        "eservice": {
            "id": eservice, "name": "Anagrafe comunale", "description": "Dati dei residenti", "technology": "REST",
            "mode": if eservice == "receive" { "RECEIVE" } else { "DELIVER" }, "personalData": true,
            "riskAnalysis": [{ "id": "ra-1", "name": "Analisi uno", "riskAnalysisForm": { "version": "3.1", "answers": { "q1": ["YES"] } } }],
            "producer": { "id": producer, "name": "Regione Esempio" },
            "descriptors": if id == "draft" { json!([]) } else { json!([short(id), short("deprecated")]) },
            "agreements": [], "isMine": false, "hasCertifiedAttributes": eservice != "lacking",
        },
    });
    version.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    version
}

async fn catalogued(Path(ids): Ids) -> Response {
    if ids["id"] == "nowhere" {
        return missing();
    }
    Json(version(&ids["eservice"], &ids["id"], OTHER)).into_response()
}

async fn own(Path(ids): Ids) -> Json<Value> {
    Json(version(&ids["eservice"], &ids["id"], TENANT_ID))
}

fn used() -> Value {
    json!({ "id": "e-1", "name": "Anagrafe comunale", "version": "1", "mode": "DELIVER", "producer": { "id": OTHER, "name": "Regione Esempio" },
        "descriptor": short("published"), "activeDescriptor": { "id": "newer", "state": "PUBLISHED", "version": "2", "audience": [] } })
}

/// Identifiers that begin with `r-` are of what this body has received.
fn sides(id: &str) -> (&'static str, &'static str) {
    if id.starts_with("r-") { (OTHER, TENANT_ID) } else { (TENANT_ID, OTHER) }
}

fn agreement_row(id: &str) -> Value {
    let (consumer, _) = sides(id);
    let state = id.trim_start_matches("r-").to_uppercase();
    json!({ "id": id, "consumer": { "id": consumer, "name": "Fruitore" }, "eservice": used(), "state": state, "canBeUpgraded": true,
        "descriptor": short("published") })
}

async fn one_agreement(Path(ids): Ids) -> Json<Value> {
    let id = &ids["id"];
    let (consumer, producer) = sides(id);
    let state = match id.trim_start_matches("r-") {
        "missing" => "MISSING_CERTIFIED_ATTRIBUTES".to_owned(),
        state => state.to_uppercase(),
    };
    let asked = |id: &str, name: &str| json!({ "id": id, "name": name, "description": "d" });
    Json(json!({
        "id": id, "descriptorId": "published", "producer": { "id": producer, "name": "Regione Esempio" }, "consumer": party(consumer),
        "eservice": used(), "state": state, "certifiedAttributes": [asked("a-1", "Comuni")], "declaredAttributes": [asked("a-2", "Gestore")],
        "verifiedAttributes": [asked("a-3", "Convenzione"), asked("a-8", "Altra convenzione")],
        "suspendedByConsumer": state == "SUSPENDED", "suspendedByProducer": false, "suspendedByPlatform": false,
        "isArchivable": true, "isContractPresent": (state == "ACTIVE"), "consumerNotes": "Note", "rejectionReason": (state == "REJECTED").then_some("Mancano documenti"),
        "consumerDocuments": [{ "id": "f-3", "name": "c.pdf", "prettyName": "Convenzione" }], "createdAt": "2025-01-01T00:00:00Z",
    }))
}

fn purpose(id: &str) -> Value {
    let (consumer, producer) = sides(id);
    let load = |state: &str, calls: u32| {
        json!({ "id": format!("v-{calls}"), "state": state, "dailyCalls": calls, "createdAt": "2025-01-01T00:00:00Z",
        "expectedApprovalDate": (state == "WAITING_FOR_APPROVAL").then_some("2026-12-01T22:59:59Z") })
    };
    let state = id.trim_start_matches("r-").to_uppercase();
    let (current, waiting) = match state.as_str() {
        "WAITING" => (load("ACTIVE", 10), load("WAITING_FOR_APPROVAL", 5000)),
        state => (load(state, 10), Value::Null),
    };
    let versions: Vec<_> = [&current, &waiting].into_iter().filter(|load| !load.is_null()).cloned().collect();
    let mut eservice = used();
    eservice["producer"]["id"] = json!(producer);
    json!({
        "id": id, "title": "Controllo dei residenti", "description": "Nelle pratiche", "consumer": { "id": consumer, "name": "Fruitore" },
        "riskAnalysisForm": { "version": "3.1", "answers": { "q1": ["YES"], "q2": ["testo"] } }, "eservice": eservice,
        "agreement": { "id": "active", "state": "ACTIVE" }, "currentVersion": current, "versions": versions,
        "waitingForApprovalVersion": waiting, "clients": [{ "id": "k-2", "name": "Client due" }], "suspendedByConsumer": false,
        "suspendedByProducer": false, "isFreeOfCharge": false, "dailyCallsPerConsumer": 1000, "dailyCallsTotal": 10_000,
    })
}

async fn operability(Path(ids): Ids) -> Json<Value> {
    let obstacles = if ids["id"] == "active" { json!([]) } else { json!(["purpose", "client"]) };
    Json(json!({ "operable": obstacles == json!([]), "obstacles": obstacles }))
}

/// One question of each look; the last two follow from the first. There is German for whoever asks for it, but not for the third.
async fn questions(uri: Uri) -> Json<Value> {
    let german = uri.query().unwrap_or_default().contains("language=de");
    let label = |text: &str| {
        let mut label = json!({ "it": text, "en": format!("{text} (en)") });
        if german && text != "Base giuridica" {
            label["de"] = json!(format!("{text} (de)"));
        }
        label
    };
    let choice = |value: &str, text: &str| json!({ "value": value, "label": label(text) });
    let yes_no = json!([choice("YES", "Sì"), choice("NO", "No")]);
    let after = json!([{ "id": "q1", "value": "YES" }]);
    Json(json!({ "version": "3.1", "questions": [
        { "id": "q1", "label": label("Usi dati personali?"), "visualType": "radio", "dependencies": [], "options": yes_no },
        { "id": "q2", "label": label("Quali?"), "visualType": "text", "dependencies": after, "validation": { "maxLength": 2000 } },
        { "id": "q3", "label": label("Base giuridica"), "visualType": "checkbox", "dependencies": after,
          "options": [choice("LAW", "Legge"), choice("CONSENT", "Consenso")] },
        { "id": "q4", "label": label("Confermo"), "visualType": "switch", "dependencies": [], "options": [choice("true", "true")] },
    ] }))
}

async fn client(Path(ids): Ids) -> Json<Value> {
    let kind = if ids["id"] == "api" { "API" } else { "CONSUMER" };
    Json(
        json!({ "id": ids["id"], "name": "Client uno", "description": "Per lo sportello", "kind": kind, "createdAt": "2025-01-01T00:00:00Z",
        "consumer": { "id": TENANT_ID, "name": "Comune" },
        "purposes": [{ "purposeId": "active", "title": "Controllo", "eservice": { "id": "e-1", "name": "Anagrafe" } }] }),
    )
}

async fn users(State(fake): State<Fake>) -> Json<Value> {
    let member = fake.memory().said.get("member").cloned().unwrap_or(json!("u-admin"));
    Json(json!([person(member.as_str().unwrap(), "Ada", &[])]))
}

async fn keys() -> Json<Value> {
    Json(
        json!({ "keys": [{ "keyId": "kid-1", "name": "Chiave uno", "user": person("u-9", "Ugo", &[]), "createdAt": "2025-01-01T00:00:00Z",
        "isOrphan": true }], "pagination": { "offset": 0, "limit": 50, "totalCount": 1 } }),
    )
}
