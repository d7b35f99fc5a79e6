//! The economic indicator at INPS, by SOAP.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::gate::Refused;
use super::{INPS_USER, Stand, isee_address};
use crate::soap::{self, Node, rejected};

const NAMESPACE: &str = "http://inps.it/ConsultazioneISEE";
const ACTION: &str = "\"http://inps.it/ConsultazioneISEE/ISvcConsultazione/ConsultazioneIndicatore\"";

pub(super) async fn ask(State(stand): State<Stand>, headers: HeaderMap, body: Bytes) -> Response {
    let inner = &stand.0;
    if let Some(answer) = inner.behaviour.before("isee").await {
        return answer;
    }
    let audience = isee_address(inner.app.public_url());
    match inner.gate.admit(&headers, &body, &audience, "text/xml; charset=utf-8").await {
        Ok(_) => {}
        Err(Refused::Voucher(reason)) => return (StatusCode::UNAUTHORIZED, reason).into_response(),
        Err(Refused::Request(reason)) => return rejected(&reason),
    }
    if headers.get("soapaction").is_none_or(|action| action != ACTION) {
        return rejected("SOAPAction");
    }
    match code(&body) {
        Err(reason) => rejected(&reason),
        Ok(code) => answer(&stand, &code),
    }
}

/// The fiscal code that is asked about, if the message is one of the contract.
fn code(body: &Bytes) -> Result<String, String> {
    let (header, body) = Node::message(body)?;
    let identity = header.only()?;
    identity.check(NAMESPACE, &[("UserId", true), ("CodiceUfficio", true)])?;
    if (identity.text("UserId"), identity.text("CodiceUfficio")) != INPS_USER {
        return Err("Identity: unknown".to_owned());
    }
    let operation = body.only()?;
    if operation.name != "ConsultazioneIndicatore" || operation.namespace != NAMESPACE {
        return Err("unknown operation".to_owned());
    }
    operation.check(NAMESPACE, &[("request", true)])?;
    let request = operation.get("request")?;
    request.check(NAMESPACE, &[("TipoIndicatore", true), ("RicercaCF", true)])?;
    if request.text("TipoIndicatore") != "Ordinario" {
        return Err("TipoIndicatore".to_owned());
    }
    let search = request.get("RicercaCF")?;
    search.check(NAMESPACE, &[("CodiceFiscale", true), ("DataValidita", false), ("PrestazioneDaErogare", false)])?;
    Ok(search.text("CodiceFiscale").to_owned())
}

fn answer(stand: &Stand, code: &str) -> Response {
    let now = stand.0.app.clock().now();
    let found = stand.0.households.find(code).and_then(|(household, _)| household.isee_cents);
    let outcome = match found {
        None => "<Esito>DATI_NON_TROVATI</Esito>".to_owned(),
        Some(cents) => {
            let year = now.date().year();
            let indicator = format!(
                "<Indicatore xmlns=\"http://inps.it/ISEERiforma\" TipoIndicatore=\"Ordinario\" ISE=\"{0}.{1:02}\" \
                 ScalaEquivalenza=\"1.00\" ISEE=\"{0}.{1:02}\" ISR=\"{0}.{1:02}\" ISP=\"0.00\" \
                 ProtocolloDSU=\"INPS-ISEE-{year}-{2:08}\" DataPresentazione=\"{year}-01-15\"/>",
                cents / 100,
                cents % 100,
                cents % 100_000_000,
            );
            format!("<Esito>OK</Esito><XmlEsitoIndicatore>{}</XmlEsitoIndicatore>", STANDARD.encode(indicator))
        }
    };
    let id = stand.0.app.rng().uuid();
    soap::message(&format!(
        "<ConsultazioneIndicatoreResponse xmlns=\"{NAMESPACE}\"><ConsultazioneIndicatoreResult><IdRichiesta>{id}</IdRichiesta>\
         {outcome}</ConsultazioneIndicatoreResult></ConsultazioneIndicatoreResponse>"
    ))
}
