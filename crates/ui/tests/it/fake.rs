//! A stand-in for the roles that the pages talk to: real HTTP, a handful of rows, the shapes of the documented API. It keeps what it
//! is told, so that a page shows what a form has just done.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header::{AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE, COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post, put};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{fake_interop, fake_io, fake_login, fake_payments, fake_registry, registered, samples};

/// The only tenant.
pub const TENANT: &str = "comune-di-bugliano";
/// Citizen of the samples.
pub const CITIZEN: &str = "u-citizen";
/// Operator of the samples.
pub const OPERATOR: &str = "u-operator";

/// What the stand-in remembers.
#[derive(Default)]
pub struct Memory {
    pub services: Vec<Value>,
    pub applications: Vec<Value>,
    pub histories: BTreeMap<String, Vec<Value>>,
    pub messages: BTreeMap<String, Vec<Value>>,
    pub users: Vec<Value>,
    pub offices: Vec<Value>,
    pub letters: Vec<Value>,
    /// The last body of each operation, by its name.
    pub said: BTreeMap<String, Value>,
    /// When set, every call of this path's end fails with a 500.
    pub broken: Option<String>,
}

/// The stand-in.
#[derive(Clone, Default)]
pub struct Fake(Arc<Mutex<Memory>>);

type Ids = Path<BTreeMap<String, String>>;

impl Fake {
    pub fn new() -> Self {
        let fake = Self::default();
        samples::fill(&mut fake.memory());
        fake.memory().letters = registered::letters();
        fake
    }

    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every address of the stand-in.
    pub fn routes(&self) -> Router {
        let api = |path: &str| format!("/{{tenant}}/api{path}");
        Router::new()
            .route("/internal/tenants", get(tenant))
            .route("/internal/tenants/all", get(|| async { Json(json!([{ "name": samples::TENANT_NAME, "slug": TENANT }])) }))
            .route(
                &api("/tenants/info"),
                get(|| async {
                    Json(json!({ "name": samples::TENANT_NAME, "slug": TENANT, "site_url": "https://www.comune.bugliano.pi.it" }))
                }),
            )
            .route(&api("/session/providers"), get(|| async { Json(samples::providers()) }))
            .route(&api("/session"), post(open_session).delete(fake_login::end))
            .route(&api("/session/oauth"), post(fake_login::begin))
            .route(
                &api("/session-auth"),
                get(session_auth).post(|| async { Json(json!({ "token": token("u-anonymous", "ROLE_USER") })) }),
            )
            .route(&api("/services"), get(services).post(create_service))
            .route(&api("/services/{id}"), get(service).patch(change_service))
            .route(&api("/services/{id}/form"), get(service_form))
            .route(&api("/applications"), get(applications).post(create_application))
            .route(&api("/applications/{id}"), get(application).put(save_draft))
            .route(&api("/applications/{id}/history"), get(history))
            .route(&api("/applications/{id}/announcements"), get(announcements))
            .route(&api("/payments"), get(payments))
            .route(&api("/applications/{id}/messages"), get(messages).post(send_message))
            .route(&api("/applications/{id}/transition/{action}"), post(transition))
            .route(&api("/applications/{id}/attachments/{file}"), get(file))
            .route(&api("/applications/{id}/messages/{message}/attachments/{file}"), get(file))
            .route(&api("/uploads"), post(begin_upload))
            .route(&api("/uploads/{id}"), put(|| async { StatusCode::NO_CONTENT }))
            .route(&api("/users"), get(users).post(create_user))
            .route(&api("/users/{id}"), get(user).merge(patch(change_user)).delete(delete_user))
            .route(&api("/users/{id}/password"), put(set_password))
            .route(&api("/user-groups"), get(offices).post(create_office))
            .merge(registered::routes())
            .with_state(self.clone())
            .merge(fake_payments::routes(self))
            .merge(fake_registry::routes(self))
            .merge(fake_io::routes(self))
            .merge(fake_interop::routes(self))
    }
}

fn token(id: &str, role: &str) -> String {
    let claims = json!({ "id": id, "username": id, "roles": [role], "iat": 0, "exp": 4_000_000_000_u64 });
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// Who calls, by the token's claims.
pub fn caller(headers: &HeaderMap) -> Option<Value> {
    let token = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?).ok()
}

fn caller_id(headers: &HeaderMap) -> String {
    caller(headers).and_then(|claims| claims["id"].as_str().map(str::to_owned)).unwrap_or_default()
}

fn is_staff(headers: &HeaderMap) -> bool {
    caller(headers)
        .is_some_and(|claims| ["ROLE_OPERATORE", "ROLE_ADMIN"].contains(&claims["roles"][0].as_str().unwrap_or_default()))
}

pub fn problem(status: u16, title: &str, errors: Value) -> Response {
    let body = json!({ "type": "/errors/x", "title": title, "status": status, "errors": errors });
    (StatusCode::from_u16(status).unwrap(), [(CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

pub fn missing() -> Response {
    problem(404, "Non trovato", json!([]))
}

async fn tenant(Query(query): Query<BTreeMap<String, String>>) -> Response {
    if query.get("slug").is_none_or(|slug| slug != TENANT) {
        return missing();
    }
    let (id, url) = (fake_payments::TENANT_ID, format!("http://localhost/{TENANT}"));
    Json(json!({ "id": id, "slug": TENANT, "name": samples::TENANT_NAME, "ipa_code": "c_x000", "tax_code": "01234567890", "hosts": [],
        "locales": ["it", "de", "en"], "base_url": url }))
    .into_response()
}

async fn open_session(State(fake): State<Fake>, Json(body): Json<Value>) -> Response {
    if body["provider"] == "oauth" {
        return fake_login::come_back(&fake, &body);
    }
    let session = match (body["provider"].as_str(), body["username"].as_str()) {
        (Some("demo"), _) => CITIZEN,
        (_, Some("admin")) if body["password"] == "secret" => "u-admin",
        (_, Some("operatore")) if body["password"] == "secret" || body["password"] == "una frase lunga" => OPERATOR,
        (_, Some("troppi")) => return problem(429, "Troppi tentativi", json!([])),
        _ => return problem(401, "Credenziali non valide.", json!([])),
    };
    Json(json!({ "session": session, "expires_at": "2030-01-01T00:00:00+01:00" })).into_response()
}

async fn session_auth(headers: HeaderMap) -> Response {
    let cookie = headers.get(COOKIE).and_then(|cookie| cookie.to_str().ok()).unwrap_or_default();
    match cookie.strip_prefix("sportello_session=") {
        Some(id @ CITIZEN) => Json(json!({ "token": token(id, "ROLE_CPS_USER") })).into_response(),
        Some(id @ OPERATOR) => Json(json!({ "token": token(id, "ROLE_OPERATORE") })).into_response(),
        Some(id @ "u-admin") => Json(json!({ "token": token(id, "ROLE_ADMIN") })).into_response(),
        _ => problem(401, "Sessione scaduta", json!([])),
    }
}

async fn services(State(fake): State<Fake>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let memory = fake.memory();
    if memory.broken.as_deref() == Some("services") {
        return problem(500, "secret stack trace", json!([]));
    }
    let words = query.get("q").map(|q| q.to_lowercase()).unwrap_or_default();
    let found =
        memory.services.iter().filter(|service| service["name"].as_str().unwrap_or_default().to_lowercase().contains(&words));
    Json(Value::Array(found.cloned().collect())).into_response()
}

fn find<'a>(list: &'a mut [Value], id: &str) -> Option<&'a mut Value> {
    list.iter_mut().find(|item| ["id", "slug", "identifier"].iter().any(|key| item[*key] == id))
}

async fn service(State(fake): State<Fake>, Path(ids): Ids) -> Response {
    find(&mut fake.memory().services, &ids["id"]).map_or_else(missing, |service| Json(service.clone()).into_response())
}

async fn create_service(State(fake): State<Fake>, Json(mut body): Json<Value>) -> Response {
    let mut memory = fake.memory();
    if find(&mut memory.services, body["identifier"].as_str().unwrap_or("-")).is_some() {
        return problem(
            409,
            "Esiste già",
            json!([{ "field": "/identifier", "code": "taken", "message": "Questo identificativo è già in uso." }]),
        );
    }
    memory.said.insert("create_service".into(), body.clone());
    body["id"] = "new-service".into();
    memory.services.push(body.clone());
    (StatusCode::CREATED, Json(body)).into_response()
}

async fn change_service(State(fake): State<Fake>, Path(ids): Ids, Json(body): Json<Value>) -> Response {
    let mut memory = fake.memory();
    memory.said.insert("change_service".into(), body.clone());
    let Some(service) = find(&mut memory.services, &ids["id"]) else { return missing() };
    service.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    Json(service.clone()).into_response()
}

async fn service_form(State(fake): State<Fake>, Path(ids): Ids) -> Response {
    let name = find(&mut fake.memory().services, &ids["id"]).map(|service| service["access_level"] == 0);
    match name {
        Some(true) => Json(samples::form("segnalazione")).into_response(),
        Some(false) => Json(samples::form("occupazione")).into_response(),
        None => missing(),
    }
}

async fn applications(State(fake): State<Fake>, headers: HeaderMap, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let Some(claims) = caller(&headers) else { return problem(401, "Autenticazione necessaria", json!([])) };
    let memory = fake.memory();
    let wanted = |key: &str, value: &Value| query.get(key).is_none_or(|wanted| value == wanted);
    let list: Vec<Value> = memory
        .applications
        .iter()
        .filter(|a| (is_staff(&headers) && a["status"] != "1000") || a["user"] == claims["id"] || a["related"] == claims["id"])
        .filter(|a| wanted("status", &a["status"]) && wanted("service_id", &a["service_id"]))
        .filter(|a| query.get("mine").is_none_or(|_| a["operator_id"] == claims["id"]))
        .filter(|a| query.get("q").is_none_or(|text| a.to_string().to_lowercase().contains(&text.to_lowercase())))
        .cloned()
        .collect();
    let number = |key: &str| query.get(key).and_then(|text| text.parse::<usize>().ok());
    let page: Vec<Value> = list.iter().skip(number("offset").unwrap_or(0)).take(number("limit").unwrap_or(10)).cloned().collect();
    Json(json!({ "meta": { "parameter": {}, "count": list.len(), "total": list.len() }, "links": {}, "data": page }))
        .into_response()
}

/// The application if the caller may see it.
fn visible(memory: &Memory, id: &str, headers: &HeaderMap) -> Option<Value> {
    let application = memory.applications.iter().find(|application| application["id"] == id)?;
    let caller = caller_id(headers);
    (is_staff(headers) || application["user"] == caller || application["related"] == caller).then(|| application.clone())
}

async fn application(State(fake): State<Fake>, headers: HeaderMap, Path(ids): Ids) -> Response {
    visible(&fake.memory(), &ids["id"], &headers).map_or_else(missing, |application| Json(application).into_response())
}

async fn create_application(State(fake): State<Fake>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let mut memory = fake.memory();
    memory.said.insert("create_application".into(), body.clone());
    if body["data"]["subject"] == "rifiuta" || body["data"]["place"] == "rifiuta" {
        let field = if body["data"]["place"].is_null() { "/data/subject" } else { "/data/place" };
        return problem(
            422,
            "Dati non validi",
            json!([{ "field": field, "code": "pattern", "message": "Scrivi il nome di una via del Comune." }]),
        );
    }
    let Some(service) = find(&mut memory.services, body["service"].as_str().unwrap_or_default()).cloned() else {
        return missing();
    };
    let id = format!("a1bbcafb-ee78-4cd1-9b8e-{:012}", memory.applications.len());
    let application = samples::application(&id, &service, body["status"].as_str().unwrap_or("1000"), &caller_id(&headers));
    memory.histories.insert(id, samples::history(&["1000", body["status"].as_str().unwrap_or("1000")]));
    memory.applications.push(application.clone());
    (StatusCode::CREATED, Json(application)).into_response()
}

async fn save_draft(State(fake): State<Fake>, headers: HeaderMap, Path(ids): Ids, Json(body): Json<Value>) -> Response {
    let mut memory = fake.memory();
    memory.said.insert("save_draft".into(), body);
    visible(&memory, &ids["id"], &headers).map_or_else(missing, |application| Json(application).into_response())
}

async fn history(State(fake): State<Fake>, Path(ids): Ids) -> Response {
    Json(fake.memory().histories.get(&ids["id"]).cloned().unwrap_or_default()).into_response()
}

/// One of each end; only for those who work there.
async fn announcements(State(fake): State<Fake>, headers: HeaderMap) -> Response {
    if fake.memory().broken.as_deref() == Some("announcements") {
        return problem(503, "secret stack trace", json!([]));
    }
    if !is_staff(&headers) {
        return problem(403, "no", json!([]));
    }
    let told = |code: i64, state: &str, reason: Value| {
        let at = "2025-03-01T09:00:00+01:00";
        json!({ "status_code": code, "status_name": "x", "state": state, "io_message_id": null, "reason": reason, "created_at": at, "settled_at": at })
    };
    Json(json!([
        told(2000, "io", Value::Null),
        told(4000, "mail", json!("il cittadino non usa l'app <b>IO</b>")),
        told(7000, "nobody", json!("il richiedente non ha un codice fiscale")),
        told(9000, "waiting", Value::Null)
    ]))
    .into_response()
}

async fn payments(State(fake): State<Fake>, headers: HeaderMap, Query(query): Query<BTreeMap<String, String>>) -> Response {
    if fake.memory().broken.as_deref() == Some("payments") {
        return problem(503, "secret stack trace", json!([]));
    }
    let Some(id) = query.get("remote_id") else {
        return fake_payments::page(&fake, &query);
    };
    let application = visible(&fake.memory(), id, &headers);
    match application.as_ref().map(|application| application["status"].as_str().unwrap_or_default()) {
        Some("1500") => Json([samples::payment("PAYMENT_PENDING")]).into_response(),
        Some("1510") => Json([samples::payment("PAYMENT_STARTED")]).into_response(),
        Some("1530") => Json([samples::payment("CANCELED")]).into_response(),
        Some("4000" | "7000") => Json([samples::payment("COMPLETE")]).into_response(),
        _ => Json(json!([])).into_response(),
    }
}

async fn messages(State(fake): State<Fake>, headers: HeaderMap, Path(ids): Ids) -> Response {
    let all = fake.memory().messages.get(&ids["id"]).cloned().unwrap_or_default();
    Json(all.into_iter().filter(|message| is_staff(&headers) || message["visibility"] != "internal").collect::<Vec<_>>())
        .into_response()
}

async fn send_message(State(fake): State<Fake>, headers: HeaderMap, Path(ids): Ids, Json(body): Json<Value>) -> Response {
    if body["attachments"][1]["name"] == "finto.pdf" {
        let wrong = "Il contenuto non è quello di un file pdf.";
        let errors = json!([{ "field": "/attachments/1/file", "code": "content", "message": wrong }]);
        return problem(422, "Campi non validi", errors);
    }
    let mut memory = fake.memory();
    let mut message = body.clone();
    message["id"] = "m-new".into();
    message["author_id"] = caller_id(&headers).into();
    message["created_at"] = "2025-03-14T10:00:00+01:00".into();
    message["attachments"] = json!([]);
    memory.said.insert("send_message".into(), body);
    memory.messages.entry(ids["id"].clone()).or_default().push(message.clone());
    (StatusCode::CREATED, Json(message)).into_response()
}

async fn transition(State(fake): State<Fake>, Path(ids): Ids, body: Bytes) -> Response {
    let body: Value = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    let mut memory = fake.memory();
    memory.said.insert(ids["action"].clone(), body);
    let Some(application) = find(&mut memory.applications, &ids["id"]) else { return missing() };
    let status = match ids["action"].as_str() {
        "submit" => "1900",
        "assign" | "cancel-integration" | "accept-integration" => "4000",
        "accept" => "7000",
        "reject" => "9000",
        "request-integration" => "4200",
        "register" => "3000",
        "withdraw" => "20000",
        _ => return missing(),
    };
    if !application["links"].as_array().unwrap().iter().any(|link| link["action"] == ids["action"]) {
        return problem(422, "Non è possibile in questo stato", json!([]));
    }
    application["status"] = status.into();
    application["links"] = samples::links(status);
    memory
        .histories
        .entry(ids["id"].clone())
        .or_default()
        .push(json!({ "status_code": status, "date": "2025-03-14T11:00:00+01:00" }));
    StatusCode::NO_CONTENT.into_response()
}

async fn file() -> Response {
    ([(CONTENT_TYPE, "text/html"), (CONTENT_DISPOSITION, "inline; filename=\"modulo.pdf\"")], "<script>alert(1)</script>")
        .into_response()
}

async fn begin_upload(State(fake): State<Fake>, Json(body): Json<Value>) -> Response {
    if body["name"] == "finto.pdf" {
        let errors = json!([{ "field": "/name", "code": "type", "message": "Questo tipo di file non è ammesso." }]);
        return problem(422, "Campi non validi", errors);
    }
    fake.memory().said.insert("upload".into(), body);
    Json(json!({ "id": "f-1", "uri": format!("https://public.example.it/{TENANT}/api/uploads/f-1/content?expires=1") }))
        .into_response()
}

async fn users(State(fake): State<Fake>) -> Response {
    Json(fake.memory().users.iter().filter(|user| user["role"] != "user").cloned().collect::<Vec<_>>()).into_response()
}

async fn user(State(fake): State<Fake>, Path(ids): Ids) -> Response {
    find(&mut fake.memory().users, &ids["id"]).map_or_else(missing, |user| Json(user.clone()).into_response())
}

async fn create_user(State(fake): State<Fake>, Json(mut body): Json<Value>) -> Response {
    let mut memory = fake.memory();
    memory.said.insert("create_user".into(), body.clone());
    if body["username"] == "operatore" {
        return problem(
            409,
            "Esiste già",
            json!([{ "field": "/username", "code": "taken", "message": "Questo nome utente è già in uso." }]),
        );
    }
    body["id"] = "u-new".into();
    memory.users.push(body.clone());
    (StatusCode::CREATED, Json(body)).into_response()
}

async fn set_password(State(fake): State<Fake>, headers: HeaderMap, Path(ids): Ids, Json(body): Json<Value>) -> Response {
    if ids["id"] == caller_id(&headers) && body["current_password"] != "secret" {
        return problem(
            403,
            "Password attuale errata",
            json!([{ "field": "/current_password", "code": "password", "message": "x" }]),
        );
    }
    let password = body["password"].as_str().unwrap_or_default().to_owned();
    fake.memory().said.insert("set_password".into(), body);
    if password.len() < 8 {
        return problem(
            422,
            "Dati non validi",
            json!([{ "field": "/password", "code": "weak", "message": "Usare almeno 8 caratteri." }]),
        );
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn delete_user(State(fake): State<Fake>, Path(ids): Ids) -> StatusCode {
    fake.memory().users.retain(|user| user["id"] != ids["id"]);
    StatusCode::NO_CONTENT
}

async fn change_user(State(fake): State<Fake>, Path(ids): Ids, Json(body): Json<Value>) -> Response {
    let mut memory = fake.memory();
    memory.said.insert("change_user".into(), body.clone());
    if body["email"].as_str().is_some_and(|email| !email.is_empty() && !email.contains('@')) {
        return problem(
            422,
            "Dati non validi",
            json!([{ "field": "/email", "code": "email", "message": "Scrivi un indirizzo email valido." }]),
        );
    }
    let Some(user) = find(&mut memory.users, &ids["id"]) else { return missing() };
    user.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    Json(user.clone()).into_response()
}

async fn offices(State(fake): State<Fake>) -> Response {
    Json(fake.memory().offices.clone()).into_response()
}

async fn create_office(State(fake): State<Fake>, Json(mut body): Json<Value>) -> Response {
    body["id"] = "o-new".into();
    fake.memory().offices.push(body.clone());
    (StatusCode::CREATED, Json(body)).into_response()
}
