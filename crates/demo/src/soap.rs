//! SOAP as strict stand-ins read it: every element has its namespace, its place in the order of the contract, and nothing beside it.

use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// An element with its text and the elements in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    pub namespace: String,
    pub name: String,
    pub text: String,
    /// Name and value, namespaces left out.
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Node>,
}

/// What a contract says of an element's children, in their order: name, and whether it must be there.
pub(crate) type Sequence<'a> = &'a [(&'a str, bool)];

impl Node {
    /// Reads a document; a DTD, a processing instruction and whatever is not well formed are refused.
    pub fn read(document: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(document).map_err(|_| "not in UTF-8")?;
        let mut reader = NsReader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            let (namespace, event) = reader.read_resolved_event().map_err(|error| error.to_string())?;
            let namespace = match namespace {
                ResolveResult::Bound(namespace) => String::from_utf8_lossy(namespace.0).into_owned(),
                ResolveResult::Unbound => String::new(),
                ResolveResult::Unknown(_) => return Err("a prefix that was not declared".to_owned()),
            };
            let named = |name: &[u8]| Self {
                namespace: namespace.clone(),
                name: String::from_utf8_lossy(name).into_owned(),
                ..Self::default()
            };
            match event {
                Event::Start(start) => {
                    let attributes = attributes(&start)?;
                    open.push(Self { attributes, ..named(start.local_name().as_ref()) });
                }
                Event::Empty(start) => {
                    let attributes = attributes(&start)?;
                    last(&mut open).children.push(Self { attributes, ..named(start.local_name().as_ref()) });
                }
                Event::End(_) => {
                    let closed = open.pop().ok_or("not well formed")?;
                    if open.is_empty() {
                        return Err("not well formed".to_owned());
                    }
                    last(&mut open).children.push(closed);
                }
                Event::Text(text) => last(&mut open).text.push_str(&text.decode().map_err(|error| error.to_string())?),
                Event::GeneralRef(reference) => {
                    let character = match (reference.resolve_char_ref().map_err(|error| error.to_string())?, &*reference) {
                        (Some(character), _) => character,
                        (None, b"amp") => '&',
                        (None, b"lt") => '<',
                        (None, b"gt") => '>',
                        (None, b"quot") => '"',
                        (None, b"apos") => '\'',
                        (None, _) => return Err("an entity".to_owned()),
                    };
                    last(&mut open).text.push(character);
                }
                Event::Decl(_) | Event::Comment(_) => {}
                Event::Eof => break,
                _ => return Err("a DTD, a CDATA section or a processing instruction".to_owned()),
            }
        }
        match &mut open[..] {
            [document] if document.children.len() == 1 => Ok(document.children.remove(0)),
            _ => Err("not one element".to_owned()),
        }
    }

    /// The header, empty if there is none, and the body of a message.
    pub fn message(document: &[u8]) -> Result<(Self, Self), String> {
        let mut envelope = Self::read(document)?;
        if envelope.name != "Envelope" || envelope.namespace != ENVELOPE {
            return Err("no SOAP 1.1 envelope".to_owned());
        }
        envelope.check(ENVELOPE, &[("Header", false), ("Body", true)])?;
        let body = envelope.children.pop().ok_or("no body")?;
        Ok((envelope.children.pop().unwrap_or_default(), body))
    }

    /// Whether the children are those of the contract, in its order and of `namespace`.
    pub fn check(&self, namespace: &str, sequence: Sequence<'_>) -> Result<(), String> {
        let mut rest = self.children.iter().peekable();
        for (name, required) in sequence {
            let mut count = 0;
            while rest.next_if(|child| child.name == *name && child.namespace == namespace).is_some() {
                count += 1;
            }
            if *required && count == 0 {
                return Err(format!("{}: {name} is missing or not in its place", self.name));
            }
        }
        match rest.next() {
            Some(child) => Err(format!("{}: {} is not expected here", self.name, child.name)),
            None => Ok(()),
        }
    }

    /// The only child.
    pub fn only(&self) -> Result<&Self, String> {
        match &self.children[..] {
            [child] => Ok(child),
            _ => Err(format!("{}: one element is expected", self.name)),
        }
    }

    /// The first child with this name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The child with this name, which must be there.
    pub fn get(&self, name: &str) -> Result<&Self, String> {
        self.child(name).ok_or_else(|| format!("{}: {name} is missing", self.name))
    }

    /// The value of the attribute with this name.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Whether every text is as long as `lengths` has it for its element, here and in the children.
    pub fn check_lengths(&self, lengths: &[(&str, usize)]) -> Result<(), String> {
        for child in &self.children {
            let longest = lengths.iter().find(|(name, _)| *name == child.name);
            if child.children.is_empty() && longest.is_some_and(|(_, max)| !(1..=*max).contains(&child.text.chars().count())) {
                return Err(format!("{}: length", child.name));
            }
            child.check_lengths(lengths)?;
        }
        Ok(())
    }

    /// The text of the child with this name.
    pub fn text(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| &child.text)
    }
}

fn attributes(start: &BytesStart<'_>) -> Result<Vec<(String, String)>, String> {
    let mut all = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
        if name != "xmlns" && !name.starts_with("xmlns:") {
            let value = quick_xml::escape::unescape(std::str::from_utf8(&attribute.value).map_err(|_| "not in UTF-8")?)
                .map_err(|error| error.to_string())?;
            all.push((name, value.into_owned()));
        }
    }
    Ok(all)
}

/// Refuses a request over HTTP that is not let in with this name and password.
pub(crate) fn check_basic(headers: &HeaderMap, name: &str, word: &str) -> Result<(), Response> {
    let expected = format!("Basic {}", STANDARD.encode(format!("{name}:{word}")));
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given == Some(expected.as_str()) { Ok(()) } else { Err((StatusCode::UNAUTHORIZED, "credenziali errate").into_response()) }
}

/// The one operation that a message asks for; its `SOAPAction` must be `action`, with the operation's name in the place of `{}`.
pub(crate) fn request(headers: &HeaderMap, body: &[u8], action: &str) -> Result<Node, String> {
    let (_, mut body) = Node::message(body)?;
    body.only()?;
    let request = body.children.remove(0);
    let given = headers.get("soapaction").and_then(|action| action.to_str().ok()).map(|action| action.trim_matches('"'));
    if given == Some(action.replace("{}", &request.name).as_str()) {
        Ok(request)
    } else {
        Err("SOAPAction is not the operation".to_owned())
    }
}

/// A message as it is answered.
pub(crate) fn message(body: &str) -> Response {
    ([(CONTENT_TYPE, "text/xml; charset=utf-8")], envelope(body)).into_response()
}

/// A request that breaks the contract, as it is answered.
pub(crate) fn rejected(wrong: &str) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, [(CONTENT_TYPE, "text/xml; charset=utf-8")], fault(wrong)).into_response()
}

fn last(open: &mut [Node]) -> &mut Node {
    let last = open.len() - 1;
    &mut open[last]
}

/// A text as it stands in an element.
pub(crate) fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

/// A message with `body`, which is XML already.
pub(crate) fn envelope(body: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><S:Envelope xmlns:S=\"{ENVELOPE}\"><S:Body>{body}</S:Body></S:Envelope>")
}

/// A fault: the request was wrong.
pub(crate) fn fault(reason: &str) -> String {
    envelope(&format!("<S:Fault><faultcode>S:Client</faultcode><faultstring>{}</faultstring></S:Fault>", escape(reason)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_and_the_namespaces_of_the_contract_are_kept() {
        let node = Node::read(b"<a:r xmlns:a='x'><b>1 &amp; 2</b><c/></a:r>").unwrap();
        assert_eq!((node.namespace.as_str(), node.text("b")), ("x", "1 & 2"));
        assert_eq!(node.check("", &[("b", true), ("c", true), ("d", false)]), Ok(()));
        assert!(node.check("", &[("c", true), ("b", true)]).is_err(), "another order");
        assert!(node.check("x", &[("b", true), ("c", true)]).is_err(), "another namespace");
        assert!(node.check("", &[("b", true)]).is_err(), "one too many");
        assert!(Node::read(b"<!DOCTYPE a><a/>").is_err() && Node::read(b"<b:a/>").is_err() && Node::read(b"<a/><b/>").is_err());
        assert_eq!(Node::read(b"<r a='1 &lt; 2' xmlns='x'/>").unwrap().attribute("a"), "1 < 2");
        let (header, body) = Node::message(envelope("<x/>").as_bytes()).unwrap();
        assert_eq!((header, body.only().unwrap().name.as_str()), (Node::default(), "x"));
    }
}
