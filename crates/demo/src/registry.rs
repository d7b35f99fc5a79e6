//! A stand-in for the registry (protocollo informatico) of public bodies: registers documents with their attachments and puts them
//! into folders. Real HTTP, real numbers, and a ledger of everything that it was asked, committed before it answers.
//!
//! | request | what |
//! | --- | --- |
//! | `POST /demo/registry/{aoo}/documents` | registers a document: `{document_id, number, registered_at}` |
//! | `POST /demo/registry/{aoo}/documents/{id}/attachments` | adds a file to it: `{attachment_id}` |
//! | `POST /demo/registry/{aoo}/folders` | opens a folder: `{number}` |
//! | `POST /demo/registry/{aoo}/filings` | puts a document into a folder |
//! | `PUT /demo/registry/{aoo}/mode` | how it behaves from now on, see [`Mode`] |
//! | `GET /demo/registry/ledger?aoo=` | everything that it was asked |
//!
//! Each `POST` carries an `Idempotency-Key`: a key that was accepted gets the first answer again and nothing else happens. `aoo` is the
//! office (area organizzativa omogenea) whose registry it is; every one is known, its only register is [`REGISTER`].

pub mod docarea;
pub mod iride;
mod ledger;
mod mode;
pub mod pitre;
mod wire;

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use kernel::{Problem, RomeTime};
use runtime::App;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use storage::{Migrations, Tx};
use web::{ApiError, ApiResult, Json, Path, Query};

use ledger::Asked;
pub use mode::Mode;

/// The tables of the stand-in.
pub const MIGRATIONS: Migrations = storage::migrations!("demo_registry", "V1__registry");

/// Code of the only register of every office.
pub const REGISTER: &str = "PROTOCOLLO";

/// Largest request: a file of 25 MiB in Base64, and what describes it.
const MAX_BODY: usize = 36 * 1024 * 1024;
/// How long [`Mode::Timeout`] does not answer: longer than any caller waits.
const SILENCE: Duration = Duration::from_secs(120);
/// How long [`Mode::Slow`] takes.
const SLOW: Duration = Duration::from_secs(1);

/// The routes of the stand-in.
pub fn routes(app: &App) -> Router {
    Router::new()
        .route("/demo/registry/{aoo}/documents", post(register))
        .route("/demo/registry/{aoo}/documents/{id}/attachments", post(attach))
        .route("/demo/registry/{aoo}/folders", post(open_folder))
        .route("/demo/registry/{aoo}/filings", post(file))
        .route("/demo/registry/{aoo}/mode", put(set_mode))
        .route("/demo/registry/ledger", get(read_ledger))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(app.clone())
        .merge(docarea::routes(app))
        .merge(iride::routes(app))
        .merge(pitre::routes(app))
}

#[derive(Deserialize)]
struct Document {
    register: String,
    subject: String,
    transmission: Transmission,
    file: File,
}

/// Arrival, departure, internal.
#[derive(Deserialize)]
enum Transmission {
    Inbound,
    Outbound,
    Internal,
}

#[derive(Deserialize)]
struct Attachment {
    file: File,
}

#[derive(Deserialize)]
struct File {
    name: String,
    /// Base64.
    content: String,
}

#[derive(Deserialize)]
struct Folder {
    title: String,
}

#[derive(Deserialize)]
struct Filing {
    document_id: String,
    folder: String,
}

#[derive(Deserialize)]
struct ModeChange {
    mode: Mode,
    /// After how many requests that go well.
    #[serde(default)]
    before: u32,
    /// For how many requests; for all when absent.
    #[serde(default)]
    times: Option<u32>,
}

#[derive(Deserialize)]
struct LedgerQuery {
    #[serde(default)]
    aoo: Option<String>,
}

async fn register(
    State(app): State<App>,
    Path(aoo): Path<String>,
    headers: HeaderMap,
    Json(document): Json<Document>,
) -> ApiResult<Response> {
    let sha256 = digest(&document.file).ok_or_else(no_content)?;
    let known = document.register == REGISTER;
    let asked = Asked {
        operation: "document",
        subject: Some(document.subject),
        file_name: Some(document.file.name),
        sha256: Some(sha256),
        ..Asked::default()
    };
    let flow = match document.transmission {
        Transmission::Inbound => "E",
        Transmission::Outbound => "U",
        Transmission::Internal => "I",
    };
    let id = app.rng().uuid_at(app.clock().now());
    answer(app, aoo, headers, asked, move |tx, aoo, asked, at| {
        if !known {
            return Ok(Err(refusal("Registro sconosciuto.")));
        }
        let (number, year) = ledger::next_number(tx, aoo, "document", at)?;
        let (id, number) = (ledger::identifier(id), format!("{number:07}/{year}"));
        (asked.document_id, asked.number) = (Some(id.clone()), Some(number.clone()));
        Ok(Ok(json!({ "document_id": id, "number": number, "registered_at": at, "flow": flow })))
    })
    .await
}

async fn attach(
    State(app): State<App>,
    Path((aoo, id)): Path<(String, String)>,
    headers: HeaderMap,
    Json(attachment): Json<Attachment>,
) -> ApiResult<Response> {
    let sha256 = digest(&attachment.file).ok_or_else(no_content)?;
    let asked = Asked {
        operation: "attachment",
        document_id: Some(id.clone()),
        file_name: Some(attachment.file.name),
        sha256: Some(sha256),
        ..Asked::default()
    };
    let attachment_id = app.rng().uuid_at(app.clock().now());
    answer(app, aoo, headers, asked, move |tx, aoo, _, _| {
        if !ledger::has_document(tx, aoo, &id)? {
            return Ok(Err(refusal("Documento sconosciuto.")));
        }
        Ok(Ok(json!({ "attachment_id": ledger::identifier(attachment_id) })))
    })
    .await
}

async fn open_folder(
    State(app): State<App>,
    Path(aoo): Path<String>,
    headers: HeaderMap,
    Json(folder): Json<Folder>,
) -> ApiResult<Response> {
    let asked = Asked { operation: "folder", subject: Some(folder.title), ..Asked::default() };
    answer(app, aoo, headers, asked, |tx, aoo, asked, at| {
        let (number, year) = ledger::next_number(tx, aoo, "folder", at)?;
        let number = format!("{number}/{year}");
        asked.number = Some(number.clone());
        Ok(Ok(json!({ "number": number })))
    })
    .await
}

async fn file(
    State(app): State<App>,
    Path(aoo): Path<String>,
    headers: HeaderMap,
    Json(Filing { document_id, folder }): Json<Filing>,
) -> ApiResult<Response> {
    let (document, number) = (Some(document_id.clone()), Some(folder.clone()));
    let asked = Asked { operation: "filing", document_id: document, number, ..Asked::default() };
    answer(app, aoo, headers, asked, move |tx, aoo, _, _| {
        if !ledger::has_document(tx, aoo, &document_id)? {
            return Ok(Err(refusal("Documento sconosciuto.")));
        }
        if !ledger::has_folder(tx, aoo, &folder)? {
            return Ok(Err(refusal("Fascicolo sconosciuto.")));
        }
        Ok(Ok(json!({ "document_id": document_id, "folder": folder })))
    })
    .await
}

async fn set_mode(State(app): State<App>, Path(aoo): Path<String>, Json(change): Json<ModeChange>) -> ApiResult<StatusCode> {
    app.db().write(move |tx| mode::set(tx, &aoo, change.mode, change.before, change.times)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn read_ledger(State(app): State<App>, Query(query): Query<LedgerQuery>) -> ApiResult<Response> {
    let entries = app.db().read(move |tx| ledger::list(tx, query.aoo.as_deref())).await?;
    Ok(Json(entries).into_response())
}

/// Writes the request into the ledger, with what `accept` makes of it unless its key was accepted before, and answers as the mode says.
async fn answer(
    app: App,
    aoo: String,
    headers: HeaderMap,
    asked: Asked,
    accept: impl FnOnce(&mut Tx<'_>, &str, &mut Asked, RomeTime) -> storage::Result<Result<Value, Problem>> + Send + 'static,
) -> ApiResult<Response> {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).filter(|key| (1..=200).contains(&key.len()));
    let key = key.ok_or_else(|| refusal("Manca l'intestazione Idempotency-Key."))?.to_owned();
    let at = app.clock().now().trunc_to_second();
    let (mode, outcome) = app.db().write(move |tx| decide(tx, &aoo, &key, asked, at, accept)).await?;
    let answer = outcome?;
    match mode {
        Mode::Timeout => {
            tokio::time::sleep(SILENCE).await;
            Err(ApiError::unavailable("the stand-in was told not to answer"))
        }
        Mode::Error => Err(ApiError::internal("the stand-in was told to fail after accepting")),
        Mode::Garbage => Ok((StatusCode::CREATED, "<html><body>Protocollo</body>").into_response()),
        Mode::Slow => {
            tokio::time::sleep(SLOW).await;
            Ok((StatusCode::CREATED, Json(answer)).into_response())
        }
        Mode::Ok | Mode::Refuse | Mode::Half => Ok((StatusCode::CREATED, Json(answer)).into_response()),
    }
}

/// The transaction of one request: mode, outcome and ledger.
fn decide(
    tx: &mut Tx<'_>,
    aoo: &str,
    key: &str,
    mut asked: Asked,
    at: RomeTime,
    accept: impl FnOnce(&mut Tx<'_>, &str, &mut Asked, RomeTime) -> storage::Result<Result<Value, Problem>>,
) -> storage::Result<(Mode, Result<Value, Problem>)> {
    let mode = mode::take(tx, aoo)?;
    let refused = match mode {
        Mode::Refuse => Some(refusal("Il protocollo rifiuta la richiesta.")),
        Mode::Half if !first_half(tx, aoo, &asked)? => Some(Problem::new(503, "registry-down", "Protocollo non disponibile")),
        _ => None,
    };
    let outcome = match refused {
        Some(problem) => Err(problem),
        None => match ledger::accepted(tx, aoo, key)? {
            Some(before) if before.operation != asked.operation || before.sha256 != asked.sha256 => {
                Err(Problem::new(409, "key-reused", "Chiave già usata per un'altra richiesta"))
            }
            Some(before) => {
                ledger::append(tx, aoo, key, "repeated", &asked, &before.answer, at)?;
                return Ok((mode, Ok(before.answer)));
            }
            None => accept(tx, aoo, &mut asked, at)?,
        },
    };
    match &outcome {
        Ok(answer) => {
            if !ledger::append(tx, aoo, key, "accepted", &asked, answer, at)? {
                // The same key at the same time, on another connection: the caller asks again and finds the answer.
                return Err(storage::Error::Conflict("the key was accepted meanwhile".to_owned()));
            }
        }
        Err(problem) => drop(ledger::append(tx, aoo, key, "refused", &asked, &json!(problem), at)?),
    }
    Ok((mode, outcome))
}

/// Whether [`Mode::Half`] still does this.
fn first_half(tx: &mut Tx<'_>, aoo: &str, asked: &Asked) -> storage::Result<bool> {
    match (asked.operation, &asked.document_id) {
        ("document", _) => Ok(true),
        ("attachment", Some(id)) => Ok(ledger::attachments(tx, aoo, id)? == 0),
        _ => Ok(false),
    }
}

/// Digest of a file's content; `None` when it is empty or no Base64.
fn digest(file: &File) -> Option<String> {
    let content = STANDARD.decode(&file.content).ok().filter(|content| !content.is_empty())?;
    Some(Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect())
}

fn no_content() -> Problem {
    refusal("Il contenuto del file manca o non è in Base64.")
}

fn refusal(detail: &str) -> Problem {
    Problem::new(422, "registry-refused", "Richiesta rifiutata dal protocollo").detail(detail)
}
