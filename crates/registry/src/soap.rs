//! XML and SOAP 1.1 as registries speak them: what is written is escaped and never holds what XML cannot, what is read is a short
//! document without DTD, and its elements are found whatever their prefix and case.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;
use runtime::{Egress, EgressError};

use crate::providers::ProviderError;

/// Deepest nesting that is read.
const DEEPEST: usize = 64;
/// Longest reason that is taken from an answer, in characters.
const LONGEST_REASON: usize = 200;
/// Longest answer that is read, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

/// The document is not one that we read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("la risposta non è XML leggibile ({0})")]
pub struct XmlError(String);

/// The elements of a document that hold text, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaves(Vec<(String, String)>);

impl Leaves {
    /// Reads a document.
    ///
    /// # Errors
    /// When it is not well formed, has a DTD or an entity of its own, is too deep, or not in UTF-8.
    pub fn read(document: &[u8]) -> Result<Self, XmlError> {
        let wrong = |what: &str| XmlError(what.to_owned());
        let text = std::str::from_utf8(document).map_err(|_| wrong("non è in UTF-8"))?;
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim_start());
        let (mut leaves, mut open, mut elements) = (Vec::new(), Vec::<(String, String, bool)>::new(), 0);
        loop {
            match reader.read_event().map_err(|error| XmlError(error.to_string()))? {
                Event::Start(start) => {
                    if open.len() == DEEPEST {
                        return Err(wrong("troppi livelli"));
                    }
                    if let Some((.., is_leaf)) = open.last_mut() {
                        *is_leaf = false;
                    }
                    elements += 1;
                    open.push((name(start.local_name().as_ref()), String::new(), true));
                }
                Event::Empty(start) => {
                    if let Some((.., is_leaf)) = open.last_mut() {
                        *is_leaf = false;
                    }
                    elements += 1;
                    leaves.push((name(start.local_name().as_ref()), String::new()));
                }
                Event::End(_) => {
                    let (name, text, is_leaf) = open.pop().ok_or_else(|| wrong("una fine senza inizio"))?;
                    if is_leaf {
                        leaves.push((name, text));
                    }
                }
                Event::Text(text) => add(&mut open, &text.decode().map_err(|error| XmlError(error.to_string()))?),
                Event::CData(text) => add(&mut open, &text.decode().map_err(|error| XmlError(error.to_string()))?),
                Event::GeneralRef(reference) => {
                    let character = reference.resolve_char_ref().map_err(|error| XmlError(error.to_string()))?;
                    let character = match (character, &*reference) {
                        (Some(character), _) => character,
                        (None, b"amp") => '&',
                        (None, b"lt") => '<',
                        (None, b"gt") => '>',
                        (None, b"quot") => '"',
                        (None, b"apos") => '\'',
                        (None, _) => return Err(wrong("un'entità che non è di XML")),
                    };
                    add(&mut open, character.encode_utf8(&mut [0; 4]));
                }
                Event::DocType(_) => return Err(wrong("contiene una DTD")),
                Event::PI(_) => return Err(wrong("contiene un'istruzione di elaborazione")),
                Event::Decl(declared) => match declared.encoding() {
                    Some(Ok(encoding)) if !encoding.eq_ignore_ascii_case(b"utf-8") => return Err(wrong("non è in UTF-8")),
                    _ => {}
                },
                Event::Comment(_) => {}
                Event::Eof if open.is_empty() && elements > 0 => return Ok(Self(leaves)),
                Event::Eof => return Err(wrong("finisce prima del previsto")),
            }
        }
    }

    /// The text of the first element that is called so, in whatever case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, text)| text.trim())
    }

    /// The text of the first element that is called like one of `names`.
    pub fn any(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }
}

fn name(local: &[u8]) -> String {
    String::from_utf8_lossy(local).into_owned()
}

fn add(open: &mut [(String, String, bool)], text: &str) {
    if let Some((_, content, _)) = open.last_mut() {
        content.push_str(text);
    }
}

/// A text as XML can hold it: control characters, which it cannot, become spaces.
pub fn clean(text: &str) -> String {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if allowed(c) { c } else { ' ' }).collect()
}

/// Elements with their texts, escaped, one after the other.
pub fn elements(prefix: &str, fields: &[(&str, &str)]) -> String {
    let element = |(name, text): &(&str, &str)| format!("<{prefix}{name}>{}</{prefix}{name}>", escape(clean(text)));
    fields.iter().map(element).collect()
}

/// An envelope around `body`, which is XML already.
pub fn envelope(namespaces: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"{namespaces}>\
         <soapenv:Header/><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    )
}

/// Sends a request and reads its answer.
///
/// # Errors
/// [`ProviderError::NotSent`] when nothing was sent, [`ProviderError::Refused`] when the answer is that the request was wrong, and
/// [`ProviderError::Unknown`] when it may have been done.
pub async fn call(egress: &Egress, url: &str, action: &str, content_type: &str, body: Bytes) -> Result<Leaves, ProviderError> {
    let malformed = |_| ProviderError::NotSent("un'intestazione della richiesta non è valida".to_owned());
    let headers = HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_str(content_type).map_err(malformed)?),
        (HeaderName::from_static("soapaction"), HeaderValue::from_str(&format!("\"{action}\"")).map_err(malformed)?),
    ]);
    let answer = egress.call(Method::POST, url, headers, body, LONGEST).await.map_err(|error| match error {
        EgressError::Forbidden(reason) | EgressError::NotSent(reason) => ProviderError::NotSent(reason),
        error => ProviderError::Unknown(error.to_string()),
    })?;
    let status = answer.status.as_u16();
    let leaves = match Leaves::read(&answer.body) {
        Ok(leaves) => leaves,
        // Whoever has not got as far as SOAP has done nothing.
        Err(_) if (400..500).contains(&status) && status != 408 => {
            return Err(ProviderError::Refused(format!("stato {status}")));
        }
        Err(error) => return Err(ProviderError::Unknown(format!("stato {status}, {error}"))),
    };
    match leaves.get("faultcode") {
        Some(code) => {
            let short = |text: &str| text.chars().take(LONGEST_REASON).collect::<String>();
            let reason = format!("{} {}", short(code), short(leaves.get("faultstring").unwrap_or_default()));
            // The request was wrong, says the one; something went wrong with it, says the other.
            let is_ours = code.rsplit(':').next().is_some_and(|code| ["Client", "VersionMismatch"].contains(&code));
            Err(if is_ours { ProviderError::Refused(reason) } else { ProviderError::Unknown(reason) })
        }
        None if answer.status.is_success() => Ok(leaves),
        None => Err(ProviderError::Unknown(format!("stato {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn elements_are_found_whatever_their_prefix_and_case() {
        let answer = "\u{feff}<?xml version='1.0' encoding='utf-8'?><s:Envelope xmlns:s='x'><!-- c --><s:Body><a:LOGINRESULT xmlns:a='y'>\
                      <strDST>abc &amp; &#233;</strDST><IngErrNumber> 0 </IngErrNumber><strErrString/></a:LOGINRESULT></s:Body></s:Envelope>";
        let leaves = Leaves::read(answer.as_bytes()).unwrap();
        assert_eq!(leaves.get("strdst"), Some("abc & é"));
        assert_eq!(leaves.any(&["lngErrNumber", "IngErrNumber"]), Some("0"));
        assert_eq!((leaves.get("strErrString"), leaves.get("LoginResult")), (Some(""), None));
    }

    #[test]
    fn what_could_do_harm_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
        for document in [
            "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
            "<!DOCTYPE a SYSTEM 'http://example.org/a.dtd'><a/>",
            "<!DOCTYPE a [<!ENTITY a '1'><!ENTITY b '&a;&a;&a;'>]><a>&b;</a>",
            "<a>&x;</a>",
            "<?xml-stylesheet href='x'?><a/>",
            "<?xml version='1.0' encoding='UTF-7'?><a/>",
            "<a><b></a>",
            "<a>",
            "",
            "Protocollo",
            &deep,
        ] {
            assert!(Leaves::read(document.as_bytes()).is_err(), "{document:.80}");
        }
        assert!(Leaves::read(b"\xff\xfe<\0a\0/\0>\0").is_err(), "UTF-16");
    }

    proptest! {
        #[test]
        fn any_text_arrives_as_xml_can_hold_it(text in any::<String>()) {
            let written = envelope("", &elements("", &[("t", &text)]));
            let read = Leaves::read(written.as_bytes()).unwrap();
            // A carriage return is a line break to every reader of XML.
            prop_assert_eq!(read.get("t").unwrap().replace(['\r', '\n'], " "), clean(&text).trim().replace(['\r', '\n'], " "));
        }

        #[test]
        fn any_document_is_read_or_refused(document in "[<>&;!?/a-c \\[\\]\"'-]{0,60}") {
            let _ = Leaves::read(document.as_bytes());
        }
    }
}
