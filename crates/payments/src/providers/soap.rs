//! SOAP 1.1 by types: requests are written from structures whose members stand in the order of the vendor's contract, answers are read
//! into structures that take their elements by name, whatever their prefix, and pass over what they do not know.
//!
//! What could do harm is refused before it is read: a DTD and with it every entity of its own, processing instructions, other encodings
//! than UTF-8, and what is nested too deep.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderName, Method};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::ProviderError;
use super::line::{Line, Reply};

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
const ACTION: HeaderName = HeaderName::from_static("soapaction");
/// Deepest nesting that is read.
const DEEPEST: usize = 64;

/// The namespaces of a vendor: prefix and address.
pub type Namespaces = &'static [(&'static str, &'static str)];

/// Elements whose names are those of an enum's variants.
#[derive(Serialize)]
struct Elements<'a, T> {
    #[serde(rename = "$value")]
    elements: &'a T,
}

/// A SOAP fault.
#[derive(Deserialize)]
struct Fault {
    #[serde(default)]
    faultcode: String,
    #[serde(default)]
    faultstring: String,
}

/// How an operation of a vendor is called.
#[derive(Clone, Copy, Debug, Default)]
pub struct Operation<'a> {
    /// Its `SOAPAction`.
    pub action: &'a str,
    /// The namespaces that are declared on the envelope.
    pub namespaces: Namespaces,
    /// Name and password, where the vendor wants them in the head of the HTTP request.
    pub credentials: Option<(&'a str, &'a str)>,
    /// Faults that say nothing of the request, though their code blames it: the name of the element in their detail.
    pub internal_faults: &'static [&'static str],
}

/// No header.
pub const NO_HEADER: Option<&()> = None;

/// Sends a request, and reads the element in the body of the answer. Header and body are enums: their variants name the elements.
pub async fn call<T: DeserializeOwned>(
    line: &Line,
    operation: &Operation<'_>,
    header: Option<&impl Serialize>,
    body: &impl Serialize,
) -> Result<T, ProviderError> {
    let declare = |(prefix, address): &(&str, &str)| format!(" xmlns:{prefix}=\"{address}\"");
    let declared: String = operation.namespaces.iter().map(declare).collect();
    let header = header.map(|header| element("soapenv:Header", &Elements { elements: header })).transpose()?.unwrap_or_default();
    let body = element("soapenv:Body", &Elements { elements: body })?;
    let envelope =
        format!("{DECLARATION}<soapenv:Envelope xmlns:soapenv=\"{ENVELOPE}\"{declared}>{header}{body}</soapenv:Envelope>");
    let quoted = format!("\"{}\"", operation.action);
    let basic = operation.credentials.map(|(name, word)| format!("Basic {}", STANDARD.encode(format!("{name}:{word}"))));
    let mut headers = vec![(ACTION, quoted.as_str())];
    headers.extend(basic.as_deref().map(|basic| (AUTHORIZATION, basic)));
    let reply = line.call(Method::POST, "", &headers, "text/xml; charset=utf-8", Bytes::from(envelope)).await?;
    answer(&reply, operation.internal_faults)
}

/// A document: the XML of a value, with the element `name` around it.
pub fn write(name: &str, value: &impl Serialize) -> Result<String, ProviderError> {
    Ok(format!("{DECLARATION}{}", element(name, value)?))
}

fn element(name: &str, value: &impl Serialize) -> Result<String, ProviderError> {
    let written = quick_xml::se::to_string_with_root(name, value);
    written.map_err(|error| ProviderError::Refused(format!("request not written: {error}")))
}

/// The element in the body of an answer. A fault is a refusal when it says that the request was wrong; otherwise nobody knows.
fn answer<T: DeserializeOwned>(reply: &Reply, internal: &[&str]) -> Result<T, ProviderError> {
    let element = match body(&reply.body) {
        Ok(element) => element,
        // Whoever has not got as far as SOAP has done nothing.
        Err(_) if reply.status.is_client_error() => return Err(reply.failure(|_| None)),
        Err(wrong) => return Err(ProviderError::Unclear(format!("{}: {wrong}", reply.status))),
    };
    if element.name == "Fault" {
        let fault: Fault = read(element.xml)?;
        let reason = format!("{} {}", fault.faultcode, fault.faultstring);
        let code = fault.faultcode.rsplit(':').next().unwrap_or_default();
        let detail = find(element.xml.as_bytes(), 2).map(|(_, element)| element.name);
        return Err(match code {
            _ if detail.is_ok_and(|name| internal.contains(&name)) => ProviderError::Unclear(reason),
            "Client" | "VersionMismatch" | "MustUnderstand" => ProviderError::Refused(reason),
            _ => ProviderError::Unclear(reason),
        });
    }
    if reply.status.is_success() { read(element.xml) } else { Err(ProviderError::Unclear(reply.status.to_string())) }
}

/// A value from XML that has no DTD.
pub fn read<T: DeserializeOwned>(xml: &str) -> Result<T, ProviderError> {
    quick_xml::de::from_str(xml).map_err(|_| ProviderError::Unclear("answer not understood".to_owned()))
}

/// An element of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Its local name.
    pub name: &'a str,
    /// All of it, from its first to its last character.
    pub xml: &'a str,
}

/// The first element in the body of a SOAP message.
///
/// # Errors
/// What is wrong with the document, without anything that stands in it.
pub fn body(document: &[u8]) -> Result<Element<'_>, &'static str> {
    find(document, 2).and_then(|(path, element)| match path[..] {
        ["Envelope", "Body"] => Ok(element),
        _ => Err("no SOAP message"),
    })
}

/// The outermost element of a document.
///
/// # Errors
/// As [`body`].
pub fn root(document: &[u8]) -> Result<Element<'_>, &'static str> {
    Ok(find(document, 0)?.1)
}

/// The last element that stands `depth` levels below the outermost, with the names above it. Looks at all of the document.
fn find(document: &[u8], depth: usize) -> Result<(Vec<&str>, Element<'_>), &'static str> {
    let text = std::str::from_utf8(document).map_err(|_| "not in UTF-8")?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let mut reader = Reader::from_str(text);
    let mut open: Vec<&str> = Vec::new();
    let (mut began, mut found) = (0, None);
    loop {
        let before = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader.read_event().map_err(|_| "not well formed")?;
        let after = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match event {
            Event::Start(_) => {
                if open.len() == DEEPEST {
                    return Err("nested too deep");
                }
                if open.len() == depth {
                    began = before;
                }
                open.push(local_name(&text[before..after]));
            }
            Event::Empty(_) if open.len() == depth => {
                found = Some((open.clone(), Element { name: local_name(&text[before..after]), xml: &text[before..after] }));
            }
            Event::End(_) => {
                let name = open.pop().ok_or("not well formed")?;
                if open.len() == depth {
                    found = Some((open.clone(), Element { name, xml: &text[began..after] }));
                }
            }
            Event::DocType(_) => return Err("it has a DTD"),
            Event::PI(_) => return Err("it has a processing instruction"),
            Event::Decl(declared) => match declared.encoding() {
                Some(Ok(encoding)) if !encoding.eq_ignore_ascii_case(b"utf-8") => return Err("not in UTF-8"),
                _ => {}
            },
            Event::Eof if open.is_empty() => return found.ok_or("nothing in it"),
            Event::Eof => return Err("it ends too early"),
            _ => {}
        }
    }
}

/// The name of a tag (`<a:b c="d">`) without its prefix.
fn local_name(tag: &str) -> &str {
    let name = tag.trim_start_matches('<').split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default();
    name.rsplit(':').next().unwrap_or_default()
}

/// At most `max` characters of a text, of those that XML can hold: control characters become spaces.
pub fn text(text: &str, max: usize) -> String {
    let allowed = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.trim().chars().map(|c| if allowed(c) { c } else { ' ' }).take(max).collect()
}

/// The same of a text that may be missing, or say nothing.
pub fn said(value: Option<&str>, max: usize) -> Option<String> {
    value.map(|value| text(value, max)).filter(|value| !value.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Answer {
        esito: Option<String>,
    }

    #[test]
    fn an_answer_is_read_whatever_its_prefixes_and_whatever_else_is_in_it() {
        let document = "\u{feff} <?xml version='1.0' encoding='utf-8'?><!-- c --><S:Envelope xmlns:S='x'><S:Header><a/></S:Header>\
                        <S:Body><ns3:risposta xmlns:ns3='y'><nuovo><b/></nuovo><esito>a &amp; &#233;</esito></ns3:risposta></S:Body></S:Envelope>";
        let element = body(document.as_bytes()).unwrap();
        assert_eq!(element.name, "risposta");
        assert_eq!(read::<Answer>(element.xml), Ok(Answer { esito: Some("a & é".to_owned()) }));
        assert_eq!(root(b"<a:b><c/></a:b>").unwrap().name, "b");
        assert_eq!(body(b"<a><b><c/></b></a>"), Err("no SOAP message"));
    }

    #[test]
    fn what_could_do_harm_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
        for document in [
            "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
            "<!DOCTYPE a SYSTEM 'http://example.org/a.dtd'><a/>",
            "<!DOCTYPE a [<!ENTITY a '1'><!ENTITY b '&a;&a;&a;'>]><a>&b;</a>",
            "<?xml-stylesheet href='x'?><a/>",
            "<?xml version='1.0' encoding='UTF-7'?><a/>",
            "<a><b></a>",
            "<a>",
            "",
            "Non disponibile",
            &deep,
        ] {
            assert!(root(document.as_bytes()).is_err(), "{document:.80}");
        }
        assert!(root(b"\xff\xfe<\0a\0/\0>\0").is_err(), "UTF-16");
        assert!(read::<Answer>("<a><esito>&x;</esito></a>").is_err(), "an entity that nobody declared");
    }

    proptest! {
        #[test]
        fn any_text_arrives_as_xml_can_hold_it(said in any::<String>()) {
            let clean = text(&said, 1000);
            let written = write("a", &Answer { esito: Some(clean.clone()) }).unwrap();
            let element = root(written.as_bytes()).unwrap();
            let read: Answer = read(element.xml).unwrap();
            let arrived = read.esito.unwrap_or_default();
            prop_assert_eq!(arrived.trim(), clean.trim());
        }

        #[test]
        fn any_document_is_read_or_refused(document in "[<>&;!?/a-c \\[\\]\"'-]{0,60}") {
            let _ = root(document.as_bytes());
            let _ = body(document.as_bytes());
        }
    }
}
