//! A stand-in for an intermediary of payments (PSP): takes positions, lets them be paid on a page of its own, notifies. Real HTTP, no
//! money, and a ledger of everything that it was asked, committed before it answers.
//!
//! | request | what |
//! | --- | --- |
//! | `POST /demo/psp/positions` | takes a position; the same `iud` again gives the same one |
//! | `GET /demo/psp/positions/{iud}` | where it stands: `OPEN`, `PROCESSING`, `PAID`, `EXPIRED`, `WITHDRAWN` |
//! | `POST /demo/psp/positions/{iud}/cancel` | withdraws it, unless it was paid |
//! | `GET /demo/psp/checkout/{iud}` | the page where the citizen pays, refuses or gives up |
//! | `POST /demo/psp/carts` | takes a cart of one to five open positions; the same `id` again is the same cart |
//! | `GET /demo/psp/carts/{id}` | the page where the citizen pays them all |
//! | `GET /demo/psp/positions` | every position |
//! | `GET /demo/psp/ledger?iud=` | everything that it was asked |
//!
//! Programs show the key [`API_KEY`] in `x-api-key`. After a payment it posts `{"iud": ...}` to the position's `notify_url`. How it
//! misbehaves is told by magic values, see [`Mode`].

pub(crate) mod carts;
mod dues;
pub(crate) mod ledger;
mod mode;
mod notify;
pub(crate) mod page;
pub(crate) mod positions;

use std::time::Duration;

use axum::Router;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{HeaderValue, LOCATION};
use http::{HeaderMap, StatusCode};
use jiff::SignedDuration;
use kernel::{Money, NoticeNumber, Problem, RomeTime};
use runtime::{App, Role};
use serde::{Deserialize, Serialize};
use storage::{Migrations, Tx};
use web::{ApiError, ApiResult, Json, Path, Query};

pub use mode::Mode;
use positions::{Position, Status};

/// The tables of the stand-in.
pub const MIGRATIONS: Migrations = storage::migrations!("demo_psp", "V1__psp", "V2__details", "V3__carts");

/// The only key that programs are let in with.
pub const API_KEY: &str = "sandbox";

/// How long [`Mode::Timeout`] does not answer: longer than any caller waits.
const SILENCE: Duration = Duration::from_secs(60);
/// How long [`Mode::Slow`] takes.
const SLOW: Duration = Duration::from_secs(1);
/// How long after the citizen has paid a payment of [`Mode::Late`] is final.
const LATE: SignedDuration = SignedDuration::from_secs(30);

/// The stand-ins of intermediaries as a role: their routes, the worker that notifies, and the reader of imported dues. They share positions, page and ledger.
pub fn role(app: &App) -> Role {
    let soap = crate::mypay::routes(app).merge(crate::efil::routes(app)).merge(crate::iris::routes(app));
    let routes = routes(app).merge(crate::pagopa::routes(app)).merge(soap);
    Role { routes, workers: vec![notify::worker(app)], consumers: vec![dues::consumer(app)], ..Role::new("demo-psp") }
}

fn routes(app: &App) -> Router {
    Router::new()
        .route("/demo/psp/positions", post(create).get(list))
        .route("/demo/psp/positions/{iud}", get(find))
        .route("/demo/psp/positions/{iud}/cancel", post(cancel))
        .route("/demo/psp/checkout/{iud}", get(checkout).post(decide))
        .route("/demo/psp/ledger", get(read_ledger))
        .with_state(app.clone())
        .merge(carts::routes(app))
}

/// A position as a program sends it; what the stand-in has no use for is left out.
#[derive(Deserialize)]
struct NewPosition {
    iud: String,
    notice_number: Option<NoticeNumber>,
    creditor_tax_code: kernel::TaxCode,
    creditor_name: String,
    amount: Money,
    reason: String,
    expires_at: Option<RomeTime>,
    debtor_name: String,
    #[serde(default)]
    split: Vec<Part>,
    #[serde(default)]
    stamps: Vec<Stamp>,
    return_url: String,
    notify_url: String,
}

#[derive(Deserialize)]
struct Part {
    amount: Option<Money>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stamp {
    amount: Money,
    document_hash: String,
    province: String,
}

/// A position as it is answered.
#[derive(Serialize)]
struct Answer {
    iud: String,
    status: Status,
    notice_number: Option<String>,
    checkout_url: String,
    paid_at: Option<RomeTime>,
    transaction_id: Option<String>,
}

#[derive(Deserialize)]
struct LedgerQuery {
    iud: Option<String>,
}

/// What the citizen pressed.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Choice {
    Paga,
    Rifiuta,
    Annulla,
}

#[derive(Deserialize)]
struct Decision {
    esito: Choice,
}

async fn create(State(app): State<App>, headers: HeaderMap, Json(new): Json<NewPosition>) -> ApiResult<Response> {
    let wrong_key = check_key(&headers).err();
    let refused = wrong_key.or_else(|| check(&new));
    let position = Position {
        iud: new.iud,
        creditor: new.creditor_tax_code.to_string(),
        creditor_name: new.creditor_name,
        notice_number: new.notice_number.map(|number| number.to_string()),
        amount: new.amount,
        reason: new.reason,
        debtor_name: new.debtor_name,
        expires_at: new.expires_at,
        return_url: new.return_url,
        notify_url: new.notify_url,
        status: Status::Open,
        settles_at: None,
        transaction_id: None,
        created_at: app.clock().now().trunc_to_second(),
        details: None,
    };
    let iud = position.iud.clone();
    let submission = submit(&app, position, refused).await?;
    let fresh = submission.outcome.clone()?;
    if let Some(trouble) = submission.trouble().await {
        return Ok(trouble);
    }
    let answer = look(&app, iud, "create-answer").await?.ok_or_else(ApiError::not_found)?.1;
    Ok((if fresh { StatusCode::CREATED } else { StatusCode::OK }, Json(answer)).into_response())
}

/// What became of a position that a program sent.
pub(crate) struct Submission {
    /// Whether it is new, or why it is refused.
    pub outcome: Result<bool, Problem>,
    mode: Mode,
    first: bool,
}

/// Takes a position, unless it is `refused` or its magic values say otherwise, and notes in the ledger what was made of it.
pub(crate) async fn submit(app: &App, position: Position, refused: Option<Problem>) -> storage::Result<Submission> {
    let (now, mode) = (position.created_at, Mode::of(position.amount, &position.reason));
    let refused = refused.or_else(|| (mode == Mode::Refuse).then(|| refusal("La posizione è stata rifiutata.")));
    app.db()
        .write(move |tx| {
            let earlier = ledger::count(tx, &position.iud, "create")?;
            let outcome = match refused {
                Some(problem) => Err(problem),
                None if mode == Mode::Down && earlier < 2 => Err(Problem::new(503, "psp-down", "Intermediario non disponibile")),
                None => positions::take(tx, &position)?,
            };
            let noted = match &outcome {
                Ok(true) => "accepted",
                Ok(false) => "repeated",
                Err(problem) => problem.code(),
            };
            ledger::append(tx, now, "create", &position.iud, noted, mode)?;
            Ok(Submission { outcome, mode, first: earlier == 0 })
        })
        .await
}

impl Submission {
    /// What is answered instead of the answer, by the magic values of a position that was taken.
    pub(crate) async fn trouble(&self) -> Option<Response> {
        match self.mode {
            Mode::Timeout if self.first => {
                tokio::time::sleep(SILENCE).await;
                Some(ApiError::unavailable("the stand-in was told not to answer").into_response())
            }
            Mode::Error if self.first => {
                Some(ApiError::internal("the stand-in was told to fail after accepting").into_response())
            }
            Mode::Garbage if self.first => Some((StatusCode::CREATED, "<html><body>Posizione creata</body>").into_response()),
            Mode::Slow => {
                tokio::time::sleep(SLOW).await;
                None
            }
            _ => None,
        }
    }
}

async fn find(State(app): State<App>, headers: HeaderMap, Path(iud): Path<String>) -> ApiResult<Json<Answer>> {
    check_key(&headers)?;
    let (mode, answer) = look(&app, iud, "find").await?.ok_or_else(ApiError::not_found)?;
    dawdle(mode).await;
    Ok(Json(answer))
}

async fn cancel(State(app): State<App>, headers: HeaderMap, Path(iud): Path<String>) -> ApiResult<Json<Answer>> {
    check_key(&headers)?;
    let withdrawn = iud.clone();
    app.db().write(move |tx| positions::withdraw(tx, &withdrawn)).await?;
    Ok(Json(look(&app, iud, "cancel").await?.ok_or_else(ApiError::not_found)?.1))
}

async fn look(app: &App, iud: String, operation: &'static str) -> ApiResult<Option<(Mode, Answer)>> {
    let found = consult(app, iud, operation).await?;
    Ok(found.map(|(mode, position, now)| (mode, answer(app, position, now))))
}

/// The position with its mode, and when it was looked at; notes in the ledger that it was asked for.
pub(crate) async fn consult(
    app: &App,
    iud: String,
    operation: &'static str,
) -> storage::Result<Option<(Mode, Position, RomeTime)>> {
    let now = app.clock().now().trunc_to_second();
    app.db()
        .write(move |tx| {
            let position = positions::find(tx, &iud)?;
            let mode = position.as_ref().map_or(Mode::Ok, |position| Mode::of(position.amount, &position.reason));
            let outcome = position.as_ref().map_or("unknown", |position| position.standing(now).name());
            ledger::append(tx, now, operation, &iud, outcome, mode)?;
            Ok(position.map(|position| (mode, position, now)))
        })
        .await
}

/// Notes in the ledger what a program said of a position.
pub(crate) async fn note(app: &App, iud: String, operation: &'static str, outcome: &'static str) -> storage::Result<()> {
    let now = app.clock().now().trunc_to_second();
    app.db().write(move |tx| ledger::append(tx, now, operation, &iud, outcome, Mode::Ok)).await
}

/// Waits before it answers a program, where the mode says so.
pub(crate) async fn dawdle(mode: Mode) {
    if mode == Mode::Slow {
        tokio::time::sleep(SLOW).await;
    }
}

fn answer(app: &App, position: Position, now: RomeTime) -> Answer {
    let status = position.standing(now);
    Answer {
        status,
        checkout_url: format!("{}/demo/psp/checkout/{}", app.public_url(), position.iud),
        notice_number: position.notice_number,
        paid_at: position.settles_at.filter(|_| status == Status::Paid),
        transaction_id: position.transaction_id.filter(|_| status == Status::Paid),
        iud: position.iud,
    }
}

async fn checkout(State(app): State<App>, Path(iud): Path<String>) -> ApiResult<Response> {
    let now = app.clock().now();
    let position = app.db().read(move |tx| positions::find(tx, &iud)).await?.ok_or_else(ApiError::not_found)?;
    let status = position.standing(now);
    page::answer(page::checkout(&position, status))
}

async fn decide(
    State(app): State<App>,
    Path(iud): Path<String>,
    Form(Decision { esito }): Form<Decision>,
) -> ApiResult<Response> {
    let now = app.clock().now().trunc_to_second();
    let transaction = app.rng().uuid().simple().to_string();
    let (paid, position) = app
        .db()
        .write(move |tx| {
            let position = positions::find(tx, &iud)?.ok_or(storage::Error::NotFound)?;
            let mode = Mode::of(position.amount, &position.reason);
            let standing = position.standing(now);
            let (operation, paid) = match esito {
                Choice::Paga => ("pay", pay(tx, &position, mode, &transaction, now)?),
                Choice::Rifiuta => ("refuse-payment", false),
                Choice::Annulla => ("give-up", false),
            };
            ledger::append(tx, now, operation, &iud, if paid { "paid" } else { standing.name() }, mode)?;
            Ok::<_, storage::Error>((paid, position))
        })
        .await?;
    let back = page::back(&position, paid);
    Ok((StatusCode::SEE_OTHER, [(LOCATION, HeaderValue::from_str(&back).map_err(ApiError::internal)?)]).into_response())
}

/// Pays the position and has it notified. Whoever pays on a page that was paid meanwhile has paid.
fn pay(tx: &mut Tx<'_>, position: &Position, mode: Mode, transaction: &str, now: RomeTime) -> storage::Result<bool> {
    let settles_at = if mode == Mode::Late { now.plus(LATE) } else { now };
    if positions::pay(tx, position, transaction, settles_at, now)? {
        notify::enqueue(tx, position, mode, settles_at, now)?;
        return Ok(true);
    }
    Ok(matches!(position.standing(now), Status::Paid | Status::Processing))
}

async fn list(State(app): State<App>) -> ApiResult<Response> {
    let now = app.clock().now();
    let positions = app.db().read(positions::list).await?;
    let answers: Vec<Answer> = positions.into_iter().map(|position| answer(&app, position, now)).collect();
    Ok(Json(answers).into_response())
}

async fn read_ledger(State(app): State<App>, Query(query): Query<LedgerQuery>) -> ApiResult<Response> {
    let entries = app.db().read(move |tx| ledger::list(tx, query.iud.as_deref())).await?;
    Ok(Json(entries).into_response())
}

fn check_key(headers: &HeaderMap) -> Result<(), Problem> {
    let key = headers.get("x-api-key").and_then(|key| key.to_str().ok());
    if key == Some(API_KEY) {
        Ok(())
    } else {
        Err(Problem::new(401, "psp-key", "Chiave non valida").detail("Chiave non valida."))
    }
}

/// What is wrong with a position, if anything.
fn check(new: &NewPosition) -> Option<Problem> {
    // Items of the budget and stamps together are the amount.
    let parts = new.split.iter().filter_map(|part| part.amount).chain(new.stamps.iter().map(|stamp| stamp.amount));
    let sum: Money = parts.sum();
    let wrong = [
        (!(1..=50).contains(&new.iud.len()) || !new.iud.bytes().all(|byte| byte.is_ascii_alphanumeric()), "IUD non valido."),
        (new.amount == Money::ZERO, "Importo nullo."),
        (!(1..=140).contains(&new.reason.chars().count()), "Causale vuota o troppo lunga."),
        (new.split.iter().any(|part| part.amount.is_none()), "Voce di bilancio senza importo."),
        (!new.split.is_empty() && sum != new.amount, "La somma delle voci di bilancio è diversa dall'importo."),
        (
            new.stamps.iter().any(|stamp| {
                stamp.amount.cents() != 1600 || stamp.province.len() != 2 || !(1..=72).contains(&stamp.document_hash.len())
            }),
            "Marca da bollo non valida.",
        ),
        (!is_web(&new.return_url) || !is_web(&new.notify_url), "Indirizzo di ritorno o di notifica non valido."),
    ];
    wrong.iter().find(|(wrong, _)| *wrong).map(|(_, detail)| refusal(detail))
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

pub(crate) fn refusal(detail: &str) -> Problem {
    Problem::new(422, "psp-refused", "Posizione rifiutata").detail(detail)
}
