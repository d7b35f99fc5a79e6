//! Reading what a client of the stand-in sends, strictly: namespaces, order and names as the contract has them.

use quick_xml::NsReader;
use quick_xml::XmlVersion;
use quick_xml::escape::escape;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

/// The namespace of envelopes of SOAP 1.1.
pub const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// The namespace of the vendors' operations.
pub const NAMESPACE: &str = "http://tempuri.org/";

/// An element.
#[derive(Debug, Default, PartialEq)]
pub struct Node {
    /// Its namespace; empty when it has none.
    pub namespace: String,
    /// Its name without prefix.
    pub name: String,
    /// Its attributes, without declarations of namespaces.
    pub attributes: Vec<(String, String)>,
    /// The elements within.
    pub children: Vec<Node>,
    /// The text within.
    pub text: String,
}

impl Node {
    /// Reads a document.
    pub fn read(document: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(document).map_err(|_| "not in UTF-8")?;
        let mut reader = NsReader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            let (namespace, event) = reader.read_resolved_event().map_err(|error| error.to_string())?;
            let element = |start: &quick_xml::events::BytesStart<'_>| -> Result<Self, String> {
                let namespace = match &namespace {
                    ResolveResult::Bound(namespace) => String::from_utf8_lossy(namespace.0).into_owned(),
                    ResolveResult::Unbound => String::new(),
                    ResolveResult::Unknown(prefix) => return Err(format!("prefix {prefix:?} is not declared")),
                };
                let mut attributes = Vec::new();
                for attribute in start.attributes() {
                    let attribute = attribute.map_err(|error| error.to_string())?;
                    let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
                    if key != "xmlns" && !key.starts_with("xmlns:") {
                        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
                        attributes.push((key, value.into_owned()));
                    }
                }
                let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
                Ok(Self { namespace, name, attributes, ..Self::default() })
            };
            let innermost = open.last_mut().ok_or("an end without a beginning")?;
            match event {
                Event::Start(start) => {
                    let node = element(&start)?;
                    open.push(node);
                }
                Event::Empty(start) => innermost.children.push(element(&start)?),
                Event::End(_) => {
                    let node = open.pop().ok_or("an end without a beginning")?;
                    open.last_mut().ok_or("an end without a beginning")?.children.push(node);
                }
                Event::Text(text) => innermost.text.push_str(&text.decode().map_err(|error| error.to_string())?),
                Event::CData(text) => innermost.text.push_str(&text.decode().map_err(|error| error.to_string())?),
                Event::GeneralRef(reference) => {
                    let name = reference.decode().map_err(|error| error.to_string())?;
                    let text = quick_xml::escape::unescape(&format!("&{name};")).map_err(|error| error.to_string())?.into_owned();
                    innermost.text.push_str(&text);
                }
                Event::Decl(_) | Event::Comment(_) => {}
                Event::DocType(_) | Event::PI(_) => return Err("a DTD or an instruction".to_owned()),
                Event::Eof if open.len() == 1 => {
                    let mut root = open.remove(0).children;
                    return if root.len() == 1 { Ok(root.remove(0)) } else { Err("not one root element".to_owned()) };
                }
                Event::Eof => return Err("it ends too early".to_owned()),
            }
        }
    }

    /// An attribute; empty when it is not there.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The child of that name.
    pub fn child(&self, name: &str) -> Result<&Self, String> {
        self.children.iter().find(|child| child.name == name).ok_or_else(|| format!("{} has no {name}", self.name))
    }

    /// That the children are the ones of `allowed`, in that order; those with a `?` may be missing, those with a `*` repeated.
    pub fn expect(&self, allowed: &[&str]) -> Result<(), String> {
        let mut left = self.children.iter().map(|child| child.name.as_str()).peekable();
        for rule in allowed {
            let name = rule.trim_end_matches(['?', '*', '+']);
            let mut count = 0;
            while left.next_if(|next| *next == name).is_some() {
                count += 1;
            }
            let enough = match rule.chars().last() {
                Some('?') => count <= 1,
                Some('*') => true,
                Some('+') => count >= 1,
                _ => count == 1,
            };
            if !enough {
                return Err(format!("{}: {count} times {name}", self.name));
            }
        }
        left.next().map_or(Ok(()), |other| Err(format!("{}: {other} is not in its place", self.name)))
    }
}

/// A part of a message with attachments.
#[derive(Debug, PartialEq)]
pub struct Part<'a> {
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// What it holds.
    pub content: &'a [u8],
}

impl Part<'_> {
    /// A header; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// A parameter of a media type: `boundary`.
pub fn parameter(content_type: &str, name: &str) -> Option<String> {
    let mut parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.trim().split_once('='));
    parameters.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim_matches('"').to_owned())
}

/// The parts of a body between `boundary`s.
pub fn parts<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<Part<'a>>, String> {
    let delimiter = format!("--{boundary}");
    let mut rest = body.strip_prefix(delimiter.as_bytes()).ok_or("the body does not begin with its boundary")?;
    let delimiter = format!("\r\n{delimiter}");
    let mut parts = Vec::new();
    loop {
        if rest == b"--\r\n" || rest == b"--" {
            return Ok(parts);
        }
        rest = rest.strip_prefix(b"\r\n").ok_or("a boundary is not alone on its line")?;
        let end = find(rest, delimiter.as_bytes()).ok_or("a part does not end")?;
        let (part, after) = rest.split_at(end);
        let blank = find(part, b"\r\n\r\n").ok_or("a part has no headers")?;
        let head = std::str::from_utf8(&part[..blank]).map_err(|_| "headers are not text")?;
        let headers = head.split("\r\n").map(|line| line.split_once(": ").ok_or("a header has no value"));
        let headers = headers.map(|header| header.map(|(name, value)| (name.to_lowercase(), value.to_owned())));
        parts.push(Part { headers: headers.collect::<Result<_, _>>()?, content: &part[blank + 4..] });
        rest = &after[delimiter.len()..];
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    let mut from = 0;
    while let Some(at) = text.get(from..)?.iter().position(|byte| *byte == first) {
        if text[from + at..].starts_with(what) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

/// An envelope with one element in it, of texts.
pub fn envelope(operation: &str, result: &str, fields: &[(&str, String)]) -> String {
    let fields: String = fields.iter().map(|(name, text)| format!("<{name}>{}</{name}>", escape(text))).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
         <n:{operation} xmlns:n=\"http://tempuri.org/\"><{result}>{fields}</{result}></n:{operation}></soap:Body></soap:Envelope>"
    )
}

/// An envelope with a fault.
pub fn fault(code: &str, text: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><soap:Fault>\
         <faultcode>soap:{code}</faultcode><faultstring>{}</faultstring></soap:Fault></soap:Body></soap:Envelope>",
        escape(text)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart_whatever_is_in_them() {
        let body = b"--b\r\nContent-ID: <root>\r\n\r\n<a/>\r\n--b\r\nContent-ID: <x>\r\n\r\n\r\n-- \0--b\r\n--b--\r\n";
        let parts = parts(body, "b").unwrap();
        assert_eq!((parts[0].content, parts[1].content), (&b"<a/>"[..], &b"\r\n-- \0--b"[..]));
        assert_eq!(parts[1].header("content-id"), "<x>");
        assert!(super::parts(b"--b\r\n\r\n", "b").is_err() && super::parts(b"x", "b").is_err());
        assert_eq!(parameter("multipart/related; type=\"text/xml\"; boundary=\"a b\"", "boundary").as_deref(), Some("a b"));
    }

    #[test]
    fn order_and_number_of_elements_are_held() {
        let node = Node::read(b"<a><b/><c>1</c><c>2</c></a>").unwrap();
        assert_eq!(node.expect(&["b", "c+"]), Ok(()));
        assert_eq!(node.expect(&["x?", "b", "c*", "d?"]), Ok(()));
        for wrong in [&["c*", "b"][..], &["b", "c"], &["b"], &["b", "c+", "d"]] {
            assert!(node.expect(wrong).is_err(), "{wrong:?}");
        }
    }
}
