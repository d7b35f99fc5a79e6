//! The indicator of the economic situation (ISEE) at INPS, by SOAP 1.1.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Value, json};

use crate::connector::{Connector, Line};
use crate::errors::Error;
use crate::exchange::{self, Asker, Message};

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Namespace of the service's messages.
pub const NAMESPACE: &str = "http://inps.it/ConsultazioneISEE";
const ACTION: HeaderName = HeaderName::from_static("soapaction");
const ACTION_VALUE: &str = "\"http://inps.it/ConsultazioneISEE/ISvcConsultazione/ConsultazioneIndicatore\"";
/// Attempts while the service says that it is out of order.
const ATTEMPTS: usize = 2;

/// The ordinary indicator of the asker.
pub async fn isee(connector: &Connector, line: &Line, asker: &Asker) -> Result<Value, Error> {
    let message = message(line, &asker.fiscal_code);
    let mut attempt = 1;
    loop {
        let answer = exchange::post(connector, line, asker, &message).await?;
        match read(answer.status.as_u16(), &answer.body) {
            Err(Error::Unavailable(_)) if attempt < ATTEMPTS => attempt += 1,
            other => return other,
        }
    }
}

fn message(line: &Line, fiscal_code: &str) -> Message {
    let credentials = &line.credentials;
    let text = |text: &Option<String>| escape(text.as_deref().unwrap_or_default()).into_owned();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <soapenv:Envelope xmlns:soapenv=\"{ENVELOPE}\" xmlns:con=\"{NAMESPACE}\">\
         <soapenv:Header><con:Identity><con:UserId>{}</con:UserId><con:CodiceUfficio>{}</con:CodiceUfficio></con:Identity></soapenv:Header>\
         <soapenv:Body><con:ConsultazioneIndicatore><con:request><con:TipoIndicatore>Ordinario</con:TipoIndicatore>\
         <con:RicercaCF><con:CodiceFiscale>{}</con:CodiceFiscale></con:RicercaCF></con:request></con:ConsultazioneIndicatore></soapenv:Body>\
         </soapenv:Envelope>",
        text(&credentials.user_id),
        text(&credentials.office_code),
        escape(fiscal_code),
    );
    let headers = HeaderMap::from_iter([(ACTION, HeaderValue::from_static(ACTION_VALUE))]);
    Message { body: Bytes::from(body), content_type: "text/xml; charset=utf-8", headers }
}

fn read(status: u16, body: &[u8]) -> Result<Value, Error> {
    let unreadable = |what: &str| Error::Unreadable(format!("isee: {what}"));
    let text = |name: &str| element(body, name).ok().flatten().map(|element| element.text);
    // A fault that blames the request; one that blames the server passes.
    if text("faultcode").is_some_and(|code| code.ends_with("Client")) {
        let reason = text("faultstring").unwrap_or_default();
        return Err(Error::Refused(format!("INPS: {}.", reason.chars().take(300).collect::<String>())));
    }
    let outcome = match element(body, "Esito") {
        Ok(Some(outcome)) => outcome.text,
        _ if status >= 500 => return Err(Error::Unavailable(format!("isee: status {status}"))),
        Ok(None) => return Err(unreadable("no outcome")),
        Err(wrong) => return Err(unreadable(&wrong)),
    };
    match outcome.as_str() {
        "OK" => {}
        "DATI_NON_TROVATI" => return Err(Error::Unknown),
        // These two pass; the others do not.
        "DATABASE_OFFLINE" | "ERRORE_INTERNO" => return Err(Error::Unavailable(format!("isee: {outcome}"))),
        _ => return Err(Error::Refused(format!("INPS: {}.", outcome.chars().take(60).collect::<String>()))),
    }
    let certificate = element(body, "XmlEsitoIndicatore").ok().flatten().ok_or_else(|| unreadable("no certificate"))?;
    let certificate: String = certificate.text.split_whitespace().collect();
    let certificate = STANDARD.decode(certificate).map_err(|_| unreadable("no Base64"))?;
    let indicator = element(&certificate, "Indicatore").map_err(|wrong| unreadable(&wrong))?;
    let indicator = indicator.ok_or_else(|| unreadable("no indicator"))?;
    let member = |name: &str| indicator.attribute(name).ok_or_else(|| unreadable(name));
    let amount: f64 = member("ISEE")?.replace(',', ".").parse().map_err(|_| unreadable("ISEE"))?;
    let submitted: kernel::jiff::civil::Date = member("DataPresentazione")?
        .get(..10)
        .and_then(|date| date.parse().ok())
        .ok_or_else(|| unreadable("DataPresentazione"))?;
    Ok(json!({
        "isee": amount,
        // A declaration holds until the end of the year in which it was submitted.
        "valid_until": format!("{:04}-12-31", submitted.year()),
        "submission_date": submitted.to_string(),
        "dsu_protocol_number": member("ProtocolloDSU")?,
    }))
}

/// An element that was looked for.
struct Element {
    text: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The first element with a name, whatever its prefix, with its own text. A document with a DTD is refused.
fn element(document: &[u8], name: &str) -> Result<Option<Element>, String> {
    let text = std::str::from_utf8(document).map_err(|_| "not in UTF-8")?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut found: Option<Element> = None;
    let mut depth = 0_usize;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => match found {
                Some(_) => depth += 1,
                None if start.local_name().as_ref() == name.as_bytes() => found = Some(begin(&start)?),
                None => {}
            },
            Event::Empty(start) if found.is_none() && start.local_name().as_ref() == name.as_bytes() => {
                return begin(&start).map(Some);
            }
            Event::End(_) if found.is_some() && depth == 0 => return Ok(found),
            Event::End(_) => depth = depth.saturating_sub(usize::from(found.is_some())),
            Event::Text(text) if depth == 0 => {
                if let Some(element) = &mut found {
                    element.text.push_str(&text.decode().map_err(|error| error.to_string())?);
                }
            }
            Event::DocType(_) => return Err("a DTD".to_owned()),
            Event::Eof => return Ok(None),
            _ => {}
        }
    }
}

fn begin(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = std::str::from_utf8(&attribute.value).map_err(|_| "not in UTF-8")?;
        let value = quick_xml::escape::unescape(value).map_err(|error| error.to_string())?.into_owned();
        attributes.push((String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned(), value));
    }
    Ok(Element { text: String::new(), attributes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(outcome: &str, indicator: &str) -> Vec<u8> {
        let certificate = STANDARD.encode(indicator);
        format!(
            "<s:Envelope xmlns:s='{ENVELOPE}'><s:Body><r xmlns='{NAMESPACE}'><IdRichiesta>1</IdRichiesta><Esito>{outcome}</Esito>\
             <XmlEsitoIndicatore>{certificate}</XmlEsitoIndicatore></r></s:Body></s:Envelope>"
        )
        .into_bytes()
    }

    const INDICATOR: &str = "<i:Indicatore xmlns:i='http://inps.it/ISEERiforma' TipoIndicatore='Ordinario' ISEE='12345.60' \
                             ProtocolloDSU='INPS-ISEE-2026-1' DataPresentazione='2026-01-15'><i:Altro/></i:Indicatore>";

    #[test]
    fn the_indicator_is_read_from_the_certificate() {
        let data = read(200, &answer("OK", INDICATOR)).unwrap();
        let expected = json!({
            "isee": 12345.6, "valid_until": "2026-12-31", "submission_date": "2026-01-15", "dsu_protocol_number": "INPS-ISEE-2026-1"
        });
        assert_eq!(data, expected);
    }

    #[test]
    fn outcomes_and_broken_answers_are_told_apart() {
        assert!(matches!(read(200, &answer("DATI_NON_TROVATI", "")), Err(Error::Unknown)));
        assert!(matches!(read(200, &answer("DATABASE_OFFLINE", "")), Err(Error::Unavailable(_))));
        assert!(matches!(read(200, &answer("RICHIESTA_INVALIDA", "")), Err(Error::Refused(_))));
        assert!(matches!(read(200, &answer("OK", "<a/>")), Err(Error::Unreadable(_))));
        assert!(matches!(read(200, b"<!DOCTYPE a><a><Esito>OK</Esito></a>"), Err(Error::Unreadable(_))));
        assert!(matches!(read(200, b"{}"), Err(Error::Unreadable(_))));
        assert!(matches!(read(500, b"<html>"), Err(Error::Unavailable(_))));
        let fault = |code: &str| {
            format!("<e><Fault><faultcode>s:{code}</faultcode><faultstring>no</faultstring></Fault></e>").into_bytes()
        };
        assert!(matches!(read(500, &fault("Client")), Err(Error::Refused(_))));
        assert!(matches!(read(500, &fault("Server")), Err(Error::Unavailable(_))));
    }
}
