//! A stand-in for pagoPA's services to public bodies: debt positions (GPD), Checkout, receipts and the printing of notices. It is as
//! strict as their published interfaces: what they do not name is refused, and so is what does not add up.
//!
//! | request | what |
//! | --- | --- |
//! | `POST .../gpd/organizations/{cf}/debtpositions?toPublish=true` | takes a position; one with a known `iupd` or number is a 409 |
//! | `GET .../gpd/organizations/{cf}/debtpositions/{iupd}` | where it stands: `VALID`, `INVALID`, `EXPIRED`, `PAID` |
//! | `POST .../gpd/organizations/{cf}/debtpositions/{iupd}/invalidate` | withdraws it; a 409 when it is not payable |
//! | `POST .../checkout/carts` | 302 to the page where one to five notices are paid |
//! | `GET .../bizevents/organizations/{cf}/receipts/{iur}/paymentoptions/{iuv}` | the receipt of a paid one |
//! | `POST .../print/notices/generate` | the notice as PDF |
//!
//! All below `/demo/pagopa`. Programs show the key [`API_KEY`] in `Ocp-Apim-Subscription-Key`. Positions, page and magic values are those
//! of the other stand-in ([`crate::psp`]). pagoPA does not notify.

mod rules;
mod wire;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use http::{HeaderMap, StatusCode};
use kernel::{Problem, RomeTime};
use runtime::App;
use storage::Tx;
use web::{ApiError, ApiResult, Json, Path};

use crate::psp::carts;
use crate::psp::positions::{self, Position, Status};
use crate::psp::{consult, dawdle, submit};
use wire::{Cart, NewDebtPosition, PrintRequest, ReturnUrls};

/// The only key that programs are let in with.
pub const API_KEY: &str = "pagopa-demo";
/// The only template that notices are printed with.
pub const TEMPLATE: &str = "TemplateSingleInstalment";
/// Who takes every payment.
pub const PSP: &str = "Banca di prova S.p.A.";

pub(crate) fn routes(app: &App) -> Router {
    let positions = "/demo/pagopa/gpd/organizations/{cf}/debtpositions";
    Router::new()
        .route(positions, post(create))
        .route(&format!("{positions}/{{iupd}}"), get(find))
        .route(&format!("{positions}/{{iupd}}/invalidate"), post(invalidate))
        .route("/demo/pagopa/checkout/carts", post(cart))
        .route("/demo/pagopa/bizevents/organizations/{cf}/receipts/{iur}/paymentoptions/{iuv}", get(receipt))
        .route("/demo/pagopa/print/notices/generate", post(print))
        .with_state(app.clone())
}

async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    Path(cf): Path<String>,
    RawQuery(query): RawQuery,
    Json(new): Json<NewDebtPosition>,
) -> ApiResult<Response> {
    let now = app.clock().now().trunc_to_second();
    check_key(&headers)?;
    if query.as_deref() != Some("toPublish=true") {
        return Err(bad("toPublish: this stand-in takes positions that are published at once").into());
    }
    let refused = rules::check(&cf, &new, now).map(|wrong| bad(&wrong));
    let option = new.payment_option.first().cloned().unwrap_or_default();
    let position = Position {
        iud: new.iupd.clone(),
        creditor: cf.clone(),
        creditor_name: new.company_name.clone(),
        notice_number: option.nav.clone(),
        amount: kernel::Money::from_cents(option.amount).unwrap_or_default(),
        reason: option.description.clone(),
        debtor_name: new.full_name.clone(),
        expires_at: wire::instant(&option.due_date).filter(|_| new.switch_to_expired),
        return_url: String::new(),
        notify_url: String::new(),
        status: Status::Open,
        settles_at: None,
        transaction_id: None,
        created_at: now,
        details: Some(serde_json::json!({ "position": new }).to_string()),
    };
    let iupd = position.iud.clone();
    let submission = submit(&app, position, refused).await?;
    match &submission.outcome {
        Ok(true) => {}
        Ok(false) => return Err(conflict("Already exists a debt position with this iupd").into()),
        Err(problem) if problem.status == 422 => return Err(bad(problem.detail.as_deref().unwrap_or(&problem.title)).into()),
        Err(problem) => return Err(problem.clone().into()),
    }
    if let Some(trouble) = submission.trouble().await {
        return Ok(trouble);
    }
    let (_, position, now) = consult(&app, iupd, "create-answer").await?.ok_or_else(ApiError::not_found)?;
    Ok((StatusCode::CREATED, Json(wire::answer(&position, now))).into_response())
}

async fn find(
    State(app): State<App>,
    headers: HeaderMap,
    Path((cf, iupd)): Path<(String, String)>,
) -> ApiResult<Json<serde_json::Value>> {
    check_key(&headers)?;
    let found = consult(&app, iupd, "find").await?.filter(|(_, position, _)| position.creditor == cf);
    let (mode, position, now) = found.ok_or_else(ApiError::not_found)?;
    dawdle(mode).await;
    Ok(Json(wire::answer(&position, now)))
}

async fn invalidate(
    State(app): State<App>,
    headers: HeaderMap,
    Path((cf, iupd)): Path<(String, String)>,
) -> ApiResult<Json<serde_json::Value>> {
    check_key(&headers)?;
    let found = consult(&app, iupd.clone(), "cancel").await?.filter(|(_, position, _)| position.creditor == cf);
    let (_, position, now) = found.ok_or_else(ApiError::not_found)?;
    if position.standing(now) != Status::Open {
        return Err(conflict("Debt position is not in an invalidable state").into());
    }
    let position = app
        .db()
        .write(move |tx| {
            positions::withdraw(tx, &iupd)?;
            positions::find(tx, &iupd)
        })
        .await?;
    Ok(Json(wire::answer(&position.ok_or_else(ApiError::not_found)?, now)))
}

async fn cart(State(app): State<App>, headers: HeaderMap, Json(cart): Json<Cart>) -> ApiResult<Response> {
    check_key(&headers)?;
    if let Some(wrong) = rules::check_cart(&cart) {
        return Err(bad(&wrong).into());
    }
    let now = app.clock().now().trunc_to_second();
    let id = cart.id_cart.clone().unwrap_or_else(|| app.rng().uuid().to_string());
    let taken = app
        .db()
        .write(move |tx| {
            let mut iuds = Vec::new();
            for notice in &cart.payment_notices {
                let known = positions::find_by_notice(tx, &notice.fiscal_code, &notice.notice_number)?;
                match known.filter(|position| position.amount.cents() == notice.amount) {
                    Some(position) => iuds.push(position.iud),
                    None => return Ok(Err(unprocessable("no such notice of this amount"))),
                }
            }
            if let ([iud], None) = (&iuds[..], &cart.id_cart) {
                return keep_returns(tx, iud, &cart.return_urls).map(|()| Ok(format!("/demo/psp/checkout/{iud}")));
            }
            let (ok_url, ko_url) = (cart.return_urls.return_ok_url, cart.return_urls.return_cancel_url);
            let page = format!("/demo/psp/carts/{id}");
            let taken = carts::take(tx, &carts::Cart { id, iuds, ok_url, ko_url }, now)?;
            storage::Result::Ok(
                taken.map(|()| page).map_err(|problem| unprocessable(problem.detail.as_deref().unwrap_or_default())),
            )
        })
        .await?;
    let page = format!("{}{}", app.public_url(), taken?);
    Ok((StatusCode::FOUND, [(LOCATION, HeaderValue::from_str(&page).map_err(ApiError::internal)?)]).into_response())
}

/// Where the payer of a single notice goes afterwards.
fn keep_returns(tx: &mut Tx<'_>, iud: &str, urls: &ReturnUrls) -> storage::Result<()> {
    let details = positions::find(tx, iud)?.and_then(|position| position.details);
    let mut details: serde_json::Value = details.and_then(|details| serde_json::from_str(&details).ok()).unwrap_or_default();
    details["returns"] = serde_json::json!({ "ok": urls.return_ok_url, "ko": urls.return_cancel_url });
    positions::set_details(tx, iud, &details.to_string())
}

fn unprocessable(detail: &str) -> Problem {
    Problem::new(422, "cart", "Unprocessable cart").detail(detail)
}

async fn receipt(
    State(app): State<App>,
    headers: HeaderMap,
    Path((cf, iur, iuv)): Path<(String, String, String)>,
) -> ApiResult<Json<serde_json::Value>> {
    check_key(&headers)?;
    let now = app.clock().now();
    let notice = format!("3{iuv}");
    let position = app.db().read(move |tx| positions::find_by_notice(tx, &cf, &notice)).await?;
    let paid =
        |position: &Position| position.standing(now) == Status::Paid && position.transaction_id.as_deref() == Some(iur.as_str());
    Ok(Json(wire::receipt(&position.filter(paid).ok_or_else(ApiError::not_found)?)))
}

async fn print(State(app): State<App>, headers: HeaderMap, Json(request): Json<PrintRequest>) -> ApiResult<Response> {
    check_key(&headers)?;
    if let Some(wrong) = rules::check_print(&request, TEMPLATE) {
        return Err(bad(&wrong).into());
    }
    let (creditor, code) = (request.data.creditor_institution.tax_code.clone(), request.data.notice.code.clone());
    let known = app.db().read(move |tx| positions::find_by_notice(tx, &creditor, &code)).await?;
    known.ok_or_else(ApiError::not_found)?;
    Ok(([(CONTENT_TYPE, "application/pdf")], wire::pdf(&request)).into_response())
}

fn check_key(headers: &HeaderMap) -> Result<(), Problem> {
    let key = headers.get("ocp-apim-subscription-key").and_then(|key| key.to_str().ok());
    if key == Some(API_KEY) {
        return Ok(());
    }
    let detail = "Access denied due to missing or invalid subscription key.";
    Err(Problem::new(401, "pagopa-key", "Unauthorized").detail(detail))
}

fn bad(detail: &str) -> Problem {
    Problem::new(400, "pagopa-bad-request", "Bad Request").detail(detail)
}

fn conflict(detail: &str) -> Problem {
    Problem::new(409, "pagopa-conflict", "Conflict").detail(detail)
}

/// Whether a moment is over.
fn is_past(at: Option<RomeTime>, now: RomeTime) -> bool {
    at.is_none_or(|at| at < now)
}
