//! A stand-in for MyPay (`pa-per-ente`): SOAP at `POST /demo/mypay/ws/pa`, as strict as the schema about order, namespaces and lengths.
//!
//! | operation | what |
//! | --- | --- |
//! | `paaSILImportaDovuto` | takes (`I`), withdraws (`A`) or prints (`S`) a due, and tells its number |
//! | `paaSILChiediPagatiConRicevuta` | what was paid; otherwise a fault says where the due stands |
//! | `paaSILVerificaAvviso` | the page where it is paid |
//!
//! The body [`IPA_CODE`] is let in with [`PASSWORD`]. Positions, page and magic values are those of the other stand-ins
//! ([`crate::psp`]). Numbers are drawn here, in the series of segregation code 47.

mod wire;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use kernel::{NoticeNumber, RomeTime, Series};
use runtime::App;
use storage::Tx;
use web::ApiResult;

use crate::psp::positions::{self, Position, Status};
use crate::psp::{consult, dawdle, submit};
use crate::soap::{Node, envelope, fault};
use wire::{Due, Fault, Operation};

/// The only body that is known.
pub const IPA_CODE: &str = "c_bugl";
/// Its password.
pub const PASSWORD: &str = "mypay-demo";
/// Segregation code of the numbers that are given.
const SEGREGATION: u8 = 47;

pub(crate) fn routes(app: &App) -> Router {
    Router::new().route("/demo/mypay/ws/pa", post(serve)).with_state(app.clone())
}

/// What is answered.
type Answer = Result<String, Fault>;

async fn serve(State(app): State<App>, headers: HeaderMap, body: Bytes) -> ApiResult<Response> {
    let operation = match read(&headers, &body) {
        Ok(operation) => operation,
        Err(wrong) => return Ok((StatusCode::INTERNAL_SERVER_ERROR, [(CONTENT_TYPE, "text/xml")], fault(&wrong)).into_response()),
    };
    let (name, answer) = match operation {
        Operation::Import(due) if due.action == "I" => match insert(&app, due).await? {
            Ok(answer) => ("paaSILImportaDovutoRisposta", answer),
            Err(trouble) => return Ok(*trouble),
        },
        Operation::Import(due) => ("paaSILImportaDovutoRisposta", change(&app, due).await?),
        Operation::Paid(iud) => ("paaSILChiediPagatiConRicevutaRisposta", paid(&app, iud).await?),
        Operation::Verify(iuv, url) => ("paaSILVerificaAvvisoRisposta", verify(&app, iuv, url).await?),
        Operation::Refused(name, fault) => (name, Err(fault)),
    };
    let answer = answer.unwrap_or_else(|fault| fault.xml());
    let message = envelope(&format!("<ns3:{name} xmlns:ns3=\"{}\">{answer}</ns3:{name}>", wire::PPT));
    Ok(([(CONTENT_TYPE, "text/xml; charset=utf-8")], message).into_response())
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<Operation, String> {
    let (header, body) = Node::message(body)?;
    let request = body.only()?;
    let action = headers.get("soapaction").and_then(|action| action.to_str().ok()).map(|action| action.trim_matches('"'));
    if action != Some(request.name.as_str()) {
        return Err("SOAPAction is not the operation".to_owned());
    }
    Operation::read(&header, request)
}

/// Takes a due. What is wrong with it is a fault; how it misbehaves is told by its magic values.
async fn insert(app: &App, due: Due) -> ApiResult<Result<Answer, Box<Response>>> {
    let now = app.clock().now().trunc_to_second();
    // A number that is never given twice: drawn, and kept only if the due is taken.
    let counter = app.rng().below(10_u64.pow(13));
    let notice = NoticeNumber::new(Series::Segregated(SEGREGATION), counter).map_err(web::ApiError::internal)?;
    let position = Position {
        iud: due.iud.clone(),
        creditor: IPA_CODE.to_owned(),
        creditor_name: IPA_CODE.to_owned(),
        notice_number: Some(notice.to_string()),
        amount: due.amount,
        reason: due.reason,
        debtor_name: due.debtor_name,
        expires_at: due.expires_at,
        return_url: String::new(),
        notify_url: String::new(),
        status: Status::Open,
        settles_at: None,
        transaction_id: None,
        created_at: now,
        details: None,
    };
    let submission = submit(app, position, None).await?;
    match &submission.outcome {
        Ok(true) => {}
        Ok(false) => return Ok(Ok(Err(Fault::of("PAA_DOVUTO_DUPLICATO", "Dovuto già esistente")))),
        Err(problem) if problem.status == 503 => {
            return Ok(Err(Box::new((StatusCode::SERVICE_UNAVAILABLE, "manutenzione").into_response())));
        }
        Err(problem) => return Ok(Ok(Err(Fault::of("PAA_IMPORTO_SINGOLO_VERSAMENTO_NON_VALIDO", &problem.title)))),
    }
    if let Some(trouble) = submission.trouble().await {
        return Ok(Err(Box::new(trouble)));
    }
    Ok(Ok(Ok(wire::imported(notice))))
}

/// Withdraws or prints a due.
async fn change(app: &App, due: Due) -> ApiResult<Answer> {
    let operation = if due.action == "A" { "cancel" } else { "print" };
    let Some((_, position, now)) = consult(app, due.iud, operation).await? else {
        return Ok(Err(Fault::of("PAA_IMPORT_DOVUTO_NON_PRESENTE", "Dovuto non presente")));
    };
    if position.standing(now) != Status::Open {
        return Ok(Err(Fault::of("PAA_DOVUTO_NON_PAGABILE", "Dovuto non pagabile")));
    }
    if operation == "cancel" {
        let iud = position.iud.clone();
        app.db().write(move |tx| positions::withdraw(tx, &iud)).await?;
    }
    let notice = position.notice_number.as_deref().and_then(|notice| notice.parse().ok());
    Ok(notice.map(wire::imported).ok_or_else(|| Fault::of("PAA_SYSTEM_ERROR", "Errore generico")))
}

async fn paid(app: &App, iud: String) -> ApiResult<Answer> {
    let Some((mode, position, now)) = consult(app, iud, "find").await? else {
        return Ok(Err(Fault::of("PAA_IUD_NON_VALIDO", "Nessuna posizione debitoria trovata")));
    };
    dawdle(mode).await;
    Ok(match position.standing(now) {
        Status::Open => Err(Fault::of("PAA_PAGAMENTO_NON_INIZIATO", "Pagamento non effettuato")),
        Status::Processing => Err(Fault::of("PAA_PAGAMENTO_IN_CORSO", "Pagamento in corso")),
        Status::Expired => Err(Fault::of("PAA_PAGAMENTO_SCADUTO", "Pagamento scaduto")),
        Status::Withdrawn => Err(Fault::of("PAA_PAGAMENTO_ANNULLATO", "Pagamento annullato")),
        Status::Paid => Ok(wire::receipt(&position)),
    })
}

async fn verify(app: &App, iuv: String, url: String) -> ApiResult<Answer> {
    let session = app.rng().uuid().to_string();
    let join = if url.contains('?') { '&' } else { '?' };
    let back = |outcome: &str| format!("{url}{join}idSession={session}&esito={outcome}");
    let returns = serde_json::json!({ "returns": { "ok": back("OK"), "ko": back("ERROR") } });
    let (notice, now) = (format!("3{iuv}"), app.clock().now());
    let found = app.db().write(move |tx| opened(tx, &notice, &returns.to_string(), now)).await?;
    Ok(match found {
        Some(iud) => Ok(wire::verified(&session, &format!("{}/demo/psp/checkout/{iud}", app.public_url()))),
        None => Err(Fault::of("PAA_IUV_NON_VALIDO", "IUV non valido o non pagabile")),
    })
}

/// The due with this number, if it can be paid, with the addresses that its payer goes back to.
fn opened(tx: &mut Tx<'_>, notice: &str, returns: &str, now: RomeTime) -> storage::Result<Option<String>> {
    let Some(position) = positions::find_by_notice(tx, IPA_CODE, notice)? else { return Ok(None) };
    if position.standing(now) != Status::Open {
        return Ok(None);
    }
    positions::set_details(tx, &position.iud, returns)?;
    Ok(Some(position.iud))
}
