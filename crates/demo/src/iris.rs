//! A stand-in for IRIS: SOAP below `/demo/iris`, as strict as the schemas about order, namespaces and lengths.
//!
//! | address | operation |
//! | --- | --- |
//! | `iuv` | `GeneraIUV`: a number that is never given twice |
//! | `otf` | `IdpAllineamentoPendenzeEnteOTF`: takes a due (`Insert`), closes it (`UpdateStatus`); with `IdpOTF` opens a session in which it is paid |
//! | `verifica` | `IdpVerificaStatoPagamenti`: where a due stands |
//! | `avvisi` | `GeneraAvviso`: the notice |
//! | `esito` | hears that a notification was understood |
//!
//! The program [`SYSTEM`] of the body [`BODY`] is let in with [`PASSWORD`]. Positions, page and magic values are those of the other
//! stand-ins ([`crate::psp`]). A payment is notified (`IdpInformativaPagamento`) to the proxy of this platform, where it would be agreed
//! on with IRIS. Numbers are of application code 1.

mod rules;
mod wire;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use kernel::{NoticeNumber, RomeTime, Series};
use runtime::App;
use serde_json::json;
use web::{ApiError, ApiResult};

use crate::psp::positions::{self, Position, Status};
use crate::psp::{consult, dawdle, note, submit};
use crate::soap::{Node, check_basic, message, rejected, request};
use rules::{Alignment, Operation};

/// The only body that is known.
pub const BODY: &str = "CBugliano";
/// Its program.
pub const SYSTEM: &str = "SIL_CBUGLIANO_OPEN";
/// The program's password.
pub const PASSWORD: &str = "iris-demo";
/// Application code of the numbers that are given.
const APPLICATION: u8 = 1;

pub(crate) fn routes(app: &App) -> Router {
    Router::new()
        .route("/demo/iris/iuv", post(numbers))
        .route("/demo/iris/otf", post(align))
        .route("/demo/iris/verifica", post(verify))
        .route("/demo/iris/avvisi", post(notices))
        .route("/demo/iris/esito", post(understood))
        .with_state(app.clone())
}

/// What IRIS sends when a due was paid.
pub(crate) fn notification(position: &Position, at: RomeTime) -> String {
    wire::notification(position, at)
}

/// The request, if it is let in and is the operation that `action` names.
fn read(headers: &HeaderMap, body: &[u8], action: &str, namespace: &str) -> Result<Node, Box<Response>> {
    check_basic(headers, SYSTEM, PASSWORD).map_err(Box::new)?;
    let node = request(headers, body, action).map_err(|wrong| Box::new(rejected(&wrong)))?;
    if node.namespace == namespace { Ok(node) } else { Err(Box::new(rejected("another namespace is expected"))) }
}

async fn numbers(State(app): State<App>, headers: HeaderMap, body: Bytes) -> ApiResult<Response> {
    let action = "http://idp.tasgroup.it/GenerazioneIUV/GeneraIUV";
    let read = read_plain(&headers, &body, action, rules::IUV, ("GeneraIUVRequest", &["IdentificativoDominio", "TipoDebito"]));
    let node = match read {
        Ok(node) => node,
        Err(rejected) => return Ok(*rejected),
    };
    let (domain, kind) = (node.text("IdentificativoDominio"), node.text("TipoDebito"));
    if domain.parse::<kernel::TaxCode>().is_err() || kind.is_empty() {
        return Ok(message(&wire::number_fault("ENTE_NON_VALIDO", "Ente non valido")));
    }
    // Drawn, and so many that none comes twice; one that is taken is refused with the due.
    let counter = app.rng().below(10_u64.pow(13));
    let notice = NoticeNumber::new(Series::Application(APPLICATION), counter).map_err(ApiError::internal)?;
    Ok(message(&wire::number(domain, kind, notice)))
}

/// A request for numbers or notices: its elements have no namespace, but the outermost.
fn read_plain(
    headers: &HeaderMap,
    body: &[u8],
    action: &str,
    namespace: &str,
    (name, members): (&str, &[&str]),
) -> Result<Node, Box<Response>> {
    let node = read(headers, body, action, namespace)?;
    let sequence: Vec<_> = members.iter().map(|member| (*member, true)).collect();
    let wrong = if node.name == name { node.check("", &sequence).err() } else { Some("no such operation".to_owned()) };
    wrong.map_or(Ok(node), |wrong| Err(Box::new(rejected(&wrong))))
}

async fn align(State(app): State<App>, headers: HeaderMap, body: Bytes) -> ApiResult<Response> {
    let read = read(&headers, &body, "{}", rules::PROXY)
        .and_then(|node| Alignment::read(&node).map_err(|wrong| Box::new(rejected(&wrong))));
    let alignment = match read {
        Ok(alignment) => alignment,
        Err(rejected) => return Ok(*rejected),
    };
    let failed = |code: &str, text: &str| Ok(message(&wire::failed(&alignment.message, &alignment.iud, code, text)));
    if let Err(wrong) = &alignment.accepted {
        return failed("A0000010", wrong);
    }
    match (&alignment.operation, &alignment.online) {
        (Operation::Insert(_), None) => insert(&app, &alignment).await,
        (Operation::Insert(_), Some(returns)) => open(&app, &alignment, returns).await,
        (Operation::Close, None) => close(&app, &alignment).await,
        (Operation::Close, Some(_)) => failed("A0000020", "Sono consentite solo operazioni di inserimento"),
    }
}

/// Takes a due. How it misbehaves is told by its magic values.
async fn insert(app: &App, alignment: &Alignment) -> ApiResult<Response> {
    let failed = |code: &str, text: &str| Ok(message(&wire::failed(&alignment.message, &alignment.iud, code, text)));
    let Some(position) = alignment.position(app) else { return failed("A0000010", "Numero non valido") };
    let submission = submit(app, position, None).await?;
    match &submission.outcome {
        Ok(true) => {}
        Ok(false) => return failed("A0000007", "Pendenza già presente"),
        Err(problem) if problem.status == 503 => return Ok((StatusCode::SERVICE_UNAVAILABLE, "manutenzione").into_response()),
        Err(problem) => return failed("A0000011", &problem.title),
    }
    if let Some(trouble) = submission.trouble().await {
        return Ok(trouble);
    }
    Ok(message(&wire::done(&alignment.message, None)))
}

/// Opens a session in which a due that is there is paid.
async fn open(app: &App, alignment: &Alignment, returns: &rules::Returns) -> ApiResult<Response> {
    let (iud, now, notice) = (alignment.iud.clone(), app.clock().now(), alignment.notice.clone());
    let details = json!({ "kind": "iris", "returns": { "ok": returns.done, "ko": returns.cancelled } }).to_string();
    let opened = app.db().write(move |tx| {
        let position = positions::find(tx, &iud)?.filter(|position| position.notice_number == notice);
        if position.is_none_or(|position| position.standing(now) != Status::Open) {
            return Ok(false);
        }
        positions::set_details(tx, &iud, &details)?;
        storage::Result::Ok(true)
    });
    if !opened.await? {
        return Ok(message(&wire::failed(&alignment.message, &alignment.iud, "A0000036", "La pendenza non si può pagare")));
    }
    let page = format!("{}/demo/psp/checkout/{}", app.public_url(), alignment.iud);
    let session = app.rng().uuid().simple().to_string();
    Ok(message(&wire::done(&alignment.message, Some((&session, &page)))))
}

/// Closes a due, so that nobody can pay it.
async fn close(app: &App, alignment: &Alignment) -> ApiResult<Response> {
    let failed = |text: &str| Ok(message(&wire::failed(&alignment.message, &alignment.iud, "A0000008", text)));
    match consult(app, alignment.iud.clone(), "cancel").await? {
        Some((_, position, now)) if position.standing(now) == Status::Open => {
            let iud = alignment.iud.clone();
            app.db().write(move |tx| positions::withdraw(tx, &iud)).await?;
            Ok(message(&wire::done(&alignment.message, None)))
        }
        Some(_) => failed("La pendenza non si può modificare"),
        None => failed("Pendenza non presente"),
    }
}

async fn verify(State(app): State<App>, headers: HeaderMap, body: Bytes) -> ApiResult<Response> {
    let read = read(&headers, &body, "{}", rules::PROXY)
        .and_then(|node| rules::Question::read(&node).map_err(|wrong| Box::new(rejected(&wrong))));
    let question = match read {
        Ok(question) => question,
        Err(rejected) => return Ok(*rejected),
    };
    let notice = question.notice.clone();
    let iud = match notice {
        Some(notice) => app.db().read(move |tx| positions::find_by_notice(tx, BODY, &notice)).await?.map(|position| position.iud),
        None => None,
    };
    // The books have what was asked, also of what is not there.
    let found = consult(&app, iud.unwrap_or_else(|| question.iuv.clone()), "find").await?;
    if let Some((mode, ..)) = &found {
        dawdle(*mode).await;
    }
    Ok(message(&wire::verified(&question, found.as_ref().map(|(_, position, now)| (position, *now)))))
}

async fn notices(State(app): State<App>, headers: HeaderMap, body: Bytes) -> ApiResult<Response> {
    let action = "http://idp.tasgroup.it/GenerazioneAvvisi/GeneraAvviso";
    let members: &[&str] = &["IdentificativoDominio", "IdentificativoUnivocoVersamento"];
    let node = match read_plain(&headers, &body, action, rules::AVVISI, ("GeneraAvvisoRequest", members)) {
        Ok(node) => node,
        Err(rejected) => return Ok(*rejected),
    };
    let notice = rules::notice(node.text("IdentificativoUnivocoVersamento"));
    let found = match notice {
        Some(notice) => app.db().read(move |tx| positions::find_by_notice(tx, BODY, &notice)).await?,
        None => None,
    };
    Ok(message(&wire::typeset(found.as_ref())))
}

/// Notes in the books that a notification was understood.
async fn understood(State(app): State<App>, headers: HeaderMap, body: Bytes) -> ApiResult<Response> {
    let read = read(&headers, &body, "{}", rules::PROXY)
        .and_then(|node| rules::understood(&node).map_err(|wrong| Box::new(rejected(&wrong))));
    match read {
        Ok(iud) => {
            note(&app, iud, "understood", "ok").await?;
            Ok(message(&wire::heard()))
        }
        Err(rejected) => Ok(*rejected),
    }
}
