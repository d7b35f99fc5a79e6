//! How the three operations travel, which is where vendors differ.

use bytes::Bytes;
use contracts::documents::File;

use crate::providers::base64 as encode;
use crate::soap::{clean, elements, envelope};

/// A vendor's way with files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Attachments of the SOAP message (SwA, `multipart/related`): ADS, Maggioli, Datagraph.
    #[default]
    Swa,
    /// Base64 and XML within elements: Halley.
    Base64,
    /// Remote procedure calls with encoded parameters: Tinn.
    Rpc,
}

/// One of the three operations.
#[derive(Clone, Copy)]
pub enum Operation<'a> {
    /// Begins a session.
    #[allow(missing_docs)]
    Login { body: &'a str, user: &'a str, password: &'a str },
    /// Sends a file.
    #[allow(missing_docs)]
    Insert { user: &'a str, token: &'a str, file: &'a File, content: &'a Bytes },
    /// Asks for the number of the document that `profile` describes.
    #[allow(missing_docs)]
    Register { user: &'a str, token: &'a str, profile: &'a str },
}

/// A request, ready to be sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    pub action: String,
    pub content_type: String,
    pub body: Vec<u8>,
}

/// The namespace of every vendor.
const NAMESPACE: &str = "http://tempuri.org/";

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 3] = [Self::Swa, Self::Base64, Self::Rpc];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Swa => "swa",
            Self::Base64 => "base64",
            Self::Rpc => "rpc",
        }
    }

    /// What it is called in forms.
    pub fn label(self) -> &'static str {
        match self {
            Self::Swa => "Allegati SOAP (ADS, Maggioli, Datagraph)",
            Self::Base64 => "Base64 (Halley)",
            Self::Rpc => "RPC (Tinn)",
        }
    }

    /// The dialect of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    /// The request of an operation. `boundary` separates the parts of a message with attachments: it must not be in them, and is drawn.
    pub fn request(self, operation: Operation<'_>, boundary: &str) -> Request {
        match self {
            Self::Swa => swa(operation, boundary),
            Self::Base64 => base64(operation),
            Self::Rpc => rpc(operation),
        }
    }
}

/// Element of an operation in the namespace of the vendors.
fn literal(name: &str, fields: &[(&str, &str)]) -> String {
    let body = format!("<tem:{name}>{}</tem:{name}>", elements("tem:", fields));
    envelope(&format!(" xmlns:tem=\"{NAMESPACE}\""), &body)
}

fn swa(operation: Operation<'_>, boundary: &str) -> Request {
    let xml =
        |text: String| Request { action: String::new(), content_type: "text/xml; charset=UTF-8".to_owned(), body: text.into() };
    match operation {
        Operation::Login { body, user, password } => {
            xml(literal("login", &[("strCodEnte", body), ("strUserName", user), ("strPassword", password)]))
        }
        Operation::Insert { user, token, file, content } => {
            let root = literal("inserimento", &[("strUserName", user), ("strDST", token)]);
            with_attachment(
                &root,
                &header(&file.mime_type, "application/octet-stream"),
                &header(&file.filename, "file"),
                content,
                boundary,
            )
        }
        Operation::Register { user, token, profile } => {
            let root = literal("protocollazione", &[("strUserName", user), ("strDST", token)]);
            with_attachment(&root, "text/xml; charset=UTF-8", "profilazione", profile.as_bytes(), boundary)
        }
    }
}

/// A message of two parts: the envelope, and a file as it is.
fn with_attachment(root: &str, media_type: &str, content_id: &str, content: &[u8], boundary: &str) -> Request {
    let head = format!(
        "--{boundary}\r\nContent-Type: text/xml; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\nContent-ID: <root>\r\n\r\n{root}\r\n\
         --{boundary}\r\nContent-Type: {media_type}\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <{content_id}>\r\n\r\n"
    );
    let body = [head.as_bytes(), content, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
    let content_type = format!("multipart/related; type=\"text/xml\"; start=\"<root>\"; boundary=\"{boundary}\"");
    Request { action: String::new(), content_type, body }
}

/// A text as a header of a part can hold it; `otherwise` when nothing of it can.
fn header(text: &str, otherwise: &str) -> String {
    let kept: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() || "._-/+".contains(c) { c } else { '_' }).take(120).collect();
    if kept.trim_matches('_').is_empty() { otherwise.to_owned() } else { kept }
}

fn base64(operation: Operation<'_>) -> Request {
    let (name, text) = match operation {
        Operation::Login { body, user, password } => {
            ("Login", literal("Login", &[("strCodEnte", body), ("strUserName", user), ("strPassword", password)]))
        }
        Operation::Insert { user, token, file: _, content } => {
            let content = encode(content);
            let fields = [("strUserName", user), ("strDST", token), ("strDocument", &content), ("objDocument", "")];
            ("Inserimento", literal("Inserimento", &fields))
        }
        Operation::Register { user, token, profile } => {
            let fields = [("strUserName", user), ("strDST", token), ("strDocumentInfo", profile)];
            ("Protocollazione", literal("Protocollazione", &fields))
        }
    };
    Request { action: format!("{NAMESPACE}{name}"), content_type: "text/xml; charset=UTF-8".to_owned(), body: text.into() }
}

fn rpc(operation: Operation<'_>) -> Request {
    let (name, fields) = match operation {
        Operation::Login { body, user, password } => (
            "Login",
            vec![
                ("CodiceEnte", "string", body.to_owned()),
                ("Username", "string", user.into()),
                ("UserPassword", "string", password.into()),
            ],
        ),
        Operation::Insert { user, token, file: _, content } => (
            "Inserimento",
            vec![
                ("Username", "string", user.to_owned()),
                ("DSTLogin", "string", token.into()),
                ("FileBinario", "base64Binary", encode(content)),
            ],
        ),
        Operation::Register { user, token, profile } => (
            "Protocollazione",
            vec![
                ("Username", "string", user.to_owned()),
                ("DSTLogin", "string", token.into()),
                ("FileXML", "base64Binary", encode(profile.as_bytes())),
            ],
        ),
    };
    let fields: String = fields
        .iter()
        .map(|(name, kind, text)| format!("<{name} xsi:type=\"xsd:{kind}\">{}</{name}>", quick_xml::escape::escape(clean(text))))
        .collect();
    let namespaces = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"";
    let body = format!(
        "<tem:{name} xmlns:tem=\"{NAMESPACE}\" soapenv:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\">{fields}</tem:{name}>"
    );
    Request {
        action: format!("{NAMESPACE}#{name}"),
        content_type: "text/xml; charset=UTF-8".to_owned(),
        body: envelope(namespaces, &body).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_no_header_can_hold_does_not_break_the_message() {
        assert_eq!(header("modulo firmato.pdf\r\nX: y", "file"), "modulo_firmato.pdf__X__y");
        assert_eq!(header("домк", "file"), "file");
    }

    #[test]
    fn what_is_said_is_escaped_in_every_dialect() {
        let login = Operation::Login { body: "C&T", user: "<u>", password: "p\"\u{1}]]>" };
        for dialect in Dialect::ALL {
            let request = dialect.request(login, "b");
            let leaves = crate::soap::Leaves::read(&request.body).unwrap();
            assert_eq!(leaves.any(&["strCodEnte", "CodiceEnte"]), Some("C&T"), "{dialect:?}");
            assert_eq!(leaves.any(&["strUserName", "Username"]), Some("<u>"));
            assert_eq!(leaves.any(&["strPassword", "UserPassword"]), Some("p\" ]]>"));
        }
    }
}
