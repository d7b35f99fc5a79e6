//! A stand-in for E-Fil's Plug&Pay: SOAP below `/demo/efil`, as strict as the WSDL about order and namespaces.
//!
//! | address | operations |
//! | --- | --- |
//! | `feed` | `CaricaPosizioneConEsitoArricchito` takes a position, `ValidaPosizioni` looks whether it could be taken, `RimuoviPosizione` withdraws it |
//! | `deliver` | `RicercaArricchitaPosizionePerIdentificavo`: where a position stands; one that was withdrawn is not found |
//! | `payment` | `InviaCarrelloPosizioni`: the page where it is paid; `DownloadDatiRicevuta`: what pagoPA said of the payment |
//! | `pdf` | `CreatePdfAvviso`, `CreatePdfRT` |
//!
//! The program [`APPLICATION`] of the body [`BODY`] is let in. Positions, page and magic values are those of the other stand-ins
//! ([`crate::psp`]). A payment is notified (`NotificaPagamento`) to the proxy of this platform, where it would be agreed on with E-Fil.

mod wire;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use kernel::RomeTime;
use runtime::App;
use serde_json::json;
use storage::Tx;
use web::ApiResult;

use crate::psp::positions::{self, Position, Status};
use crate::psp::{consult, dawdle, submit};
use crate::soap::{Node, message, rejected, request};
use wire::{DELIVER, FEED, NewPosition, PAYMENT, PDF};

/// The only program that is let in.
pub const APPLICATION: &str = "7d3c1f9a-5b0e-4c2d-9a64-2f8b6d1e0c35";
/// The only body that is known.
pub const BODY: &str = "BUGLIANO";

pub(crate) fn routes(app: &App) -> Router {
    Router::new()
        .route("/demo/efil/feed", post(feed))
        .route("/demo/efil/deliver", post(deliver))
        .route("/demo/efil/payment", post(payment))
        .route("/demo/efil/pdf", post(pdf))
        .with_state(app.clone())
}

/// What Plug&Pay sends when a position was paid.
pub(crate) fn notification(position: &Position, at: RomeTime) -> String {
    wire::notification(position, at)
}

/// A request that keeps the contract, or what is answered to one that does not.
fn read(headers: &HeaderMap, body: &[u8], namespace: &str, contract: &str) -> Result<Node, Box<Response>> {
    let read = request(headers, body, &format!("{namespace}/{contract}/{{}}")).and_then(|node| {
        if node.namespace != namespace {
            return Err("another namespace is expected".to_owned());
        }
        node.check(namespace, &[("request", true)])?;
        Ok(node)
    });
    read.map_err(|wrong| Box::new(rejected(&wrong)))
}

async fn feed(State(app): State<App>, headers: HeaderMap, body: Bytes) -> ApiResult<Response> {
    let node = match read(&headers, &body, FEED, "IPlugAndPayFeed") {
        Ok(node) => node,
        Err(rejected) => return Ok(*rejected),
    };
    let inner = &node.children[0];
    let answered = match node.name.as_str() {
        "CaricaPosizioneConEsitoArricchito" => match NewPosition::to_load(inner) {
            Ok(new) => return load(&app, new).await,
            Err(wrong) => Err(wrong),
        },
        "ValidaPosizioni" => match NewPosition::to_validate(inner) {
            Ok(new) => Ok(validate(&app, new).await?),
            Err(wrong) => Err(wrong),
        },
        "RimuoviPosizione" => match wire::numbered(inner, FEED) {
            Ok(iuv) => Ok(remove(&app, iuv).await?),
            Err(wrong) => Err(wrong),
        },
        _ => Err("no such operation".to_owned()),
    };
    Ok(answered.map_or_else(|wrong| rejected(&wrong), |answer| message(&wire::result(FEED, &node.name, &answer))))
}

/// Takes a position. How it misbehaves is told by its magic values.
async fn load(app: &App, new: NewPosition) -> ApiResult<Response> {
    let operation = "CaricaPosizioneConEsitoArricchito";
    let answer = |outcome: &str| message(&wire::result(FEED, operation, &wire::loaded(outcome)));
    let position = match new.accepted {
        Ok(()) => new.position(app),
        Err(wrong) => return Ok(answer(&wire::refused("PosizioneNonValida", &wrong))),
    };
    let (iuv, notice) = (new.iuv, position.notice_number.clone().unwrap_or_default());
    let submission = submit(app, position, None).await?;
    match &submission.outcome {
        Ok(true) => {}
        Ok(false) => return Ok(answer(&wire::duplicate())),
        Err(problem) if problem.status == 503 => return Ok((StatusCode::SERVICE_UNAVAILABLE, "manutenzione").into_response()),
        Err(problem) if problem.status == 409 => return Ok(answer(&wire::duplicate())),
        Err(problem) => return Ok(answer(&wire::refused("PosizioneNonValida", &problem.title))),
    }
    if let Some(trouble) = submission.trouble().await {
        return Ok(trouble);
    }
    Ok(answer(&wire::accepted(&iuv, &notice)))
}

/// Looks whether a position could be taken.
async fn validate(app: &App, new: NewPosition) -> ApiResult<String> {
    let outcome = match new.accepted {
        Err(wrong) => wire::refused("PosizioneNonValida", &wrong),
        Ok(()) if by_number(app, new.iuv).await?.is_some() => wire::duplicate(),
        Ok(()) => "<Esito>Ok</Esito>".to_owned(),
    };
    Ok(wire::validated(&outcome))
}

async fn remove(app: &App, iuv: String) -> ApiResult<String> {
    let Some(iud) = by_number(app, iuv).await? else { return Ok("<Esito>Nok</Esito>".to_owned()) };
    let found = consult(app, iud.clone(), "cancel").await?;
    let payable = found.is_some_and(|(_, position, now)| matches!(position.standing(now), Status::Open | Status::Expired));
    if payable {
        app.db().write(move |tx| positions::withdraw(tx, &iud)).await?;
    }
    Ok(format!("<Esito>{}</Esito>", if payable { "Ok" } else { "Nok" }))
}

async fn deliver(State(app): State<App>, headers: HeaderMap, body: Bytes) -> ApiResult<Response> {
    let read = read(&headers, &body, DELIVER, "IPlugAndPayDeliver").and_then(|node| {
        if node.name != "RicercaArricchitaPosizionePerIdentificavo" {
            return Err(Box::new(rejected("no such operation")));
        }
        wire::numbered(&node.children[0], DELIVER).map(|iuv| (node.name, iuv)).map_err(|wrong| Box::new(rejected(&wrong)))
    });
    let (name, iuv) = match read {
        Ok(read) => read,
        Err(rejected) => return Ok(*rejected),
    };
    let iud = by_number(&app, iuv.clone()).await?.unwrap_or(iuv);
    let position = match consult(&app, iud, "find").await? {
        Some((mode, position, now)) => {
            dawdle(mode).await;
            wire::found(&position, now)
        }
        None => String::new(),
    };
    Ok(message(&wire::result(DELIVER, &name, &position)))
}

async fn payment(State(app): State<App>, headers: HeaderMap, body: Bytes) -> ApiResult<Response> {
    let node = match read(&headers, &body, PAYMENT, "IPlugAndPayPayment") {
        Ok(node) => node,
        Err(rejected) => return Ok(*rejected),
    };
    let inner = &node.children[0];
    let answer = match node.name.as_str() {
        "InviaCarrelloPosizioni" => match wire::cart(inner) {
            Ok(cart) => Ok(open(&app, cart).await?),
            Err(wrong) => Err(wrong),
        },
        "DownloadDatiRicevuta" => match wire::paid(inner) {
            Ok(iuv) => {
                let found = find(&app, iuv).await?.filter(|(position, now)| position.standing(*now) == Status::Paid);
                Ok(found.map_or_else(|| "<Esito>Nok</Esito>".to_owned(), |(position, _)| wire::receipt(&position)))
            }
            Err(wrong) => Err(wrong),
        },
        _ => Err("no such operation".to_owned()),
    };
    Ok(answer.map_or_else(|wrong| rejected(&wrong), |answer| message(&wire::result(PAYMENT, &node.name, &answer))))
}

/// The page where the only position of a cart is paid.
async fn open(app: &App, cart: wire::Cart) -> ApiResult<String> {
    let session = app.rng().uuid();
    let join = if cart.done.contains('?') { '&' } else { '?' };
    let done = format!("{}{join}idTransazione={session}&stato=OK", cart.done);
    let (notice, amount, now) = (format!("3{}", cart.iuv), cart.cents, app.clock().now());
    let returns = json!({ "ok": done, "ko": cart.back });
    let opened = app.db().write(move |tx| opened(tx, &notice, amount, returns, now)).await?;
    Ok(match opened {
        Some(iud) => wire::sent(&cart.iuv, &session.to_string(), &format!("{}/demo/psp/checkout/{iud}", app.public_url())),
        None => wire::not_sent(&cart.iuv),
    })
}

/// The position with this number and amount, if it can be paid, with the addresses that its payer goes back to.
fn opened(
    tx: &mut Tx<'_>,
    notice: &str,
    cents: i64,
    returns: serde_json::Value,
    now: RomeTime,
) -> storage::Result<Option<String>> {
    let Some(position) = positions::find_by_notice(tx, BODY, notice)? else { return Ok(None) };
    if position.standing(now) != Status::Open || position.amount.cents() != cents {
        return Ok(None);
    }
    positions::set_details(tx, &position.iud, &json!({ "kind": "efil", "returns": returns }).to_string())?;
    Ok(Some(position.iud))
}

async fn pdf(State(app): State<App>, headers: HeaderMap, body: Bytes) -> ApiResult<Response> {
    let node = match read(&headers, &body, PDF, "IGeneratorPdfBytes") {
        Ok(node) => node,
        Err(rejected) => return Ok(*rejected),
    };
    let (iuv, wanted) = match (node.name.as_str(), wire::document(&node.name, &node.children[0])) {
        ("CreatePdfAvviso", Ok(iuv)) => (iuv, Status::Open),
        ("CreatePdfRT", Ok(iuv)) => (iuv, Status::Paid),
        (_, Err(wrong)) => return Ok(rejected(&wrong)),
        _ => return Ok(rejected("no such operation")),
    };
    let found = find(&app, iuv).await?.filter(|(position, now)| position.standing(*now) == wanted);
    let answer = found.map_or_else(String::new, |(position, _)| wire::pdf(&node.name, &position));
    Ok(message(&wire::result(PDF, &node.name, &answer)))
}

/// The identifier of the position with this number.
async fn by_number(app: &App, iuv: String) -> ApiResult<Option<String>> {
    let found = app.db().read(move |tx| positions::find_by_notice(tx, BODY, &format!("3{iuv}"))).await?;
    Ok(found.map(|position| position.iud))
}

async fn find(app: &App, iuv: String) -> ApiResult<Option<(Position, RomeTime)>> {
    let now = app.clock().now();
    let found = app.db().read(move |tx| positions::find_by_notice(tx, BODY, &format!("3{iuv}"))).await?;
    Ok(found.map(|position| (position, now)))
}
