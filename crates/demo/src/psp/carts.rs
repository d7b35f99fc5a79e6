//! Carts: positions that are paid together on one page. Each is paid by itself: one that was paid, withdrawn or is over its term
//! meanwhile is left out, and the payer hears that not everything was paid.

use axum::Router;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{HeaderValue, LOCATION};
use http::{HeaderMap, StatusCode};
use kernel::{Problem, RomeTime};
use runtime::App;
use serde::{Deserialize, Serialize};
use storage::{Result, Tx, from_text, params, to_text};
use web::{ApiError, ApiResult, Json, Path};

use super::positions::{self, Position, Status};
use super::{Choice, Decision, Mode, check_key, ledger, page, pay};

/// Most positions of a cart.
pub(crate) const MOST: usize = 5;

/// A cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cart {
    /// As the program calls it, or as we do.
    pub id: String,
    /// Its positions.
    pub iuds: Vec<String>,
    /// Where the payer goes when everything was paid.
    pub ok_url: String,
    /// Where the payer goes otherwise.
    pub ko_url: String,
}

/// A cart as a program sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCart {
    id: kernel::Uuid,
    iuds: Vec<String>,
    return_url: String,
}

/// A cart as it is answered.
#[derive(Serialize)]
struct Answer {
    id: kernel::Uuid,
    checkout_url: String,
}

pub(super) fn routes(app: &App) -> Router {
    Router::new()
        .route("/demo/psp/carts", post(create))
        .route("/demo/psp/carts/{id}", get(show).post(decide))
        .with_state(app.clone())
}

/// The page of a cart.
pub(crate) fn page_url(app: &App, id: &str) -> String {
    format!("{}/demo/psp/carts/{id}", app.public_url())
}

/// Takes a cart; the same identifier again is the same cart.
///
/// # Errors
/// Inside: a problem when one of its positions is unknown or cannot be paid, or the identifier is another cart's.
pub(crate) fn take(tx: &mut Tx<'_>, new: &Cart, now: RomeTime) -> Result<std::result::Result<(), Problem>> {
    for iud in &new.iuds {
        let standing = positions::find(tx, iud)?.map(|position| position.standing(now));
        let outcome = match standing {
            Some(Status::Open) => None,
            Some(_) => {
                Some(Problem::new(409, "psp-conflict", "Posizione in conflitto").detail("Una posizione non si può pagare."))
            }
            None => Some(super::refusal("Posizione sconosciuta.")),
        };
        ledger::append(tx, now, "cart", iud, outcome.as_ref().map_or("accepted", Problem::code), Mode::Ok)?;
        if let Some(problem) = outcome {
            return Ok(Err(problem));
        }
    }
    tx.execute(
        "INSERT INTO demo_psp_carts (id, iuds, ok_url, ko_url, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING",
        params![new.id, to_text(&new.iuds)?, new.ok_url, new.ko_url, now],
    )?;
    let same = find(tx, &new.id)?.is_some_and(|known| known == *new);
    Ok(if same { Ok(()) } else { Err(Problem::new(409, "psp-conflict", "Carrello in conflitto").detail("Carrello già noto.")) })
}

fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<Cart>> {
    tx.optional("SELECT id, iuds, ok_url, ko_url FROM demo_psp_carts WHERE id = $1", params![id], |row| {
        Ok(Cart { id: row.get(0)?, iuds: from_text(&row.get::<String>(1)?)?, ok_url: row.get(2)?, ko_url: row.get(3)? })
    })
}

/// The cart with its positions.
fn load(tx: &mut Tx<'_>, id: &str) -> Result<Option<(Cart, Vec<Position>)>> {
    let Some(cart) = find(tx, id)? else { return Ok(None) };
    let mut held = Vec::new();
    for iud in &cart.iuds {
        held.extend(positions::find(tx, iud)?);
    }
    Ok(Some((cart, held)))
}

async fn create(State(app): State<App>, headers: HeaderMap, Json(new): Json<NewCart>) -> ApiResult<Response> {
    check_key(&headers)?;
    let mut different = new.iuds.clone();
    different.sort_unstable();
    different.dedup();
    if !(1..=MOST).contains(&new.iuds.len()) || different.len() != new.iuds.len() {
        return Err(super::refusal("Un carrello ha da una a cinque posizioni diverse.").into());
    }
    if !super::is_web(&new.return_url) {
        return Err(super::refusal("Indirizzo di ritorno non valido.").into());
    }
    let back = |outcome: &str| format!("{}?status={outcome}", new.return_url);
    let cart = Cart { id: new.id.to_string(), iuds: new.iuds.clone(), ok_url: back("OK"), ko_url: back("KO") };
    let now = app.clock().now().trunc_to_second();
    app.db().write(move |tx| take(tx, &cart, now)).await??;
    let answer = Answer { id: new.id, checkout_url: page_url(&app, &new.id.to_string()) };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

async fn show(State(app): State<App>, Path(id): Path<String>) -> ApiResult<Response> {
    let now = app.clock().now();
    let (cart, held) = app.db().read(move |tx| load(tx, &id)).await?.ok_or_else(ApiError::not_found)?;
    page::answer(page::cart(&held, &cart.ok_url, &cart.ko_url, now))
}

async fn decide(State(app): State<App>, Path(id): Path<String>, Form(Decision { esito }): Form<Decision>) -> ApiResult<Response> {
    let now = app.clock().now().trunc_to_second();
    let transaction = app.rng().uuid().simple().to_string();
    let back = app
        .db()
        .write(move |tx| {
            let (cart, held) = load(tx, &id)?.ok_or(storage::Error::NotFound)?;
            let mut all = matches!(esito, Choice::Paga);
            for (index, position) in held.iter().enumerate() {
                let mode = Mode::of(position.amount, &position.reason);
                let (operation, paid) = match esito {
                    Choice::Paga => ("pay", pay(tx, position, mode, &format!("{transaction}{index}"), now)?),
                    Choice::Rifiuta => ("refuse-payment", false),
                    Choice::Annulla => ("give-up", false),
                };
                let noted = if paid { "paid" } else { position.standing(now).name() };
                ledger::append(tx, now, operation, &position.iud, noted, mode)?;
                all &= paid;
            }
            Ok::<_, storage::Error>(if all { cart.ok_url } else { cart.ko_url })
        })
        .await?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, HeaderValue::from_str(&back).map_err(ApiError::internal)?)]).into_response())
}
