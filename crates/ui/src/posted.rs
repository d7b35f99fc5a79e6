//! What a form of ours sends back.

use axum::extract::{FromRequest, Multipart, Request};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use http::header::CONTENT_TYPE;

use crate::clients::{NewFile, NewMessage};
use crate::errors::PageError;
use crate::visit::Visit;
use crate::{Ui, csrf, markup};

/// Most bytes of a form with its files: the platform's limit for one request.
pub const MAX_FORM_BYTES: usize = 20 * 1024 * 1024;
/// Most bytes without files: what the API takes. An empty field is two bytes there, but fifty in memory.
const MAX_TEXT_BYTES: usize = web::JSON_LIMIT;
/// Most fields of a form; the longest of ours has one for every service of a tenant.
const MAX_FIELDS: usize = 1000;

/// A form that this browser was given, filled in. Refused when it comes from elsewhere.
#[derive(Debug)]
pub struct Posted {
    /// The visit that sent it.
    pub visit: Visit,
    fields: Vec<(String, String)>,
    /// Its files; empty file inputs are left out.
    pub files: Vec<NewFile>,
}

impl Posted {
    /// The text of a field, without spaces around it; empty when it is missing.
    pub fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    /// The text of a field exactly as it was typed: for passwords.
    pub fn secret(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field that may be repeated.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim())
    }

    /// Whether a checkbox is checked.
    pub fn checked(&self, name: &str) -> bool {
        self.fields.iter().any(|(known, _)| known == name)
    }

    /// The field `message` and the files as a message, whose text is HTML.
    pub fn message(&self, visibility: &'static str) -> NewMessage {
        NewMessage {
            message: markup::paragraphs(self.text("message")),
            visibility: Some(visibility),
            attachments: self.files.clone(),
        }
    }

    /// The field `message` and the files as the words of a transition, which are plain text: they are printed on documents too.
    pub fn reasons(&self) -> NewMessage {
        NewMessage { message: self.text("message").to_owned(), visibility: None, attachments: self.files.clone() }
    }

    /// Sends the browser to a page of this tenant and language, to say there what has been done.
    pub fn then(&self, path: &str, done: &str) -> Response {
        Redirect::to(&format!("{}{path}?done={done}", self.visit.root())).into_response()
    }
}

impl FromRequest<Ui> for Posted {
    type Rejection = PageError;

    async fn from_request(request: Request, ui: &Ui) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        if !csrf::same_site(&parts.headers) {
            return Err(PageError::StaleForm);
        }
        let visit = Visit::of(ui, &mut parts).await?;
        let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let (mut fields, mut files) = (Vec::new(), Vec::new());
        if kind.starts_with("multipart/form-data") {
            let request = Request::from_parts(parts, body);
            let mut multipart = Multipart::from_request(request, ui).await.map_err(|_| PageError::StaleForm)?;
            while let Some(field) = multipart.next_field().await.map_err(|_| PageError::TooLarge)? {
                if fields.len() + files.len() == MAX_FIELDS {
                    return Err(PageError::TooLarge);
                }
                let name = field.name().unwrap_or_default().to_owned();
                let file = field.file_name().map(|file| (file_name(file), field.content_type().unwrap_or_default().to_owned()));
                let bytes = field.bytes().await.map_err(|_| PageError::TooLarge)?;
                match file {
                    Some((file_name, _)) if file_name.is_empty() && bytes.is_empty() => {}
                    Some((name, mime_type)) => {
                        files.push(NewFile { name, mime_type, file: base64::engine::general_purpose::STANDARD.encode(&bytes) });
                    }
                    None => fields.push((name, String::from_utf8_lossy(&bytes).into_owned())),
                }
            }
        } else {
            let bytes = axum::body::to_bytes(body, MAX_TEXT_BYTES).await.map_err(|_| PageError::TooLarge)?;
            fields = pairs(&visit, &bytes)?;
        }
        let posted = Self { visit, fields, files };
        if posted.visit.trusts(posted.text(csrf::FIELD)) { Ok(posted) } else { Err(posted.visit.untrusted()) }
    }
}

/// The name of a file as it was before the browser wrote it into the form: a quotation mark and the two line breaks are escaped there,
/// and nothing else (HTML standard, "multipart form data"). A line break becomes a blank: names are shown in one line.
fn file_name(written: &str) -> String {
    written.replace("%22", "\"").replace("%0D%0A", " ").replace("%0D", " ").replace("%0A", " ")
}

/// The fields of a form without files. Nothing is kept before the form is known to be ours and of a sensible size.
fn pairs(visit: &Visit, bytes: &[u8]) -> Result<Vec<(String, String)>, PageError> {
    let pairs = url::form_urlencoded::parse(bytes);
    if pairs.take(MAX_FIELDS + 1).count() > MAX_FIELDS {
        return Err(PageError::TooLarge);
    }
    let token = pairs.into_iter().find(|(name, _)| name == csrf::FIELD);
    if !token.is_some_and(|(_, token)| visit.trusts(token.trim())) {
        return Err(visit.untrusted());
    }
    Ok(pairs.into_owned().collect())
}

/// JSON that a script of ours sends, with the form's proof in a header.
#[derive(Debug)]
pub struct PostedJson {
    /// The visit that sent it.
    pub visit: Visit,
    /// The body.
    pub body: serde_json::Value,
}

impl FromRequest<Ui> for PostedJson {
    type Rejection = PageError;

    async fn from_request(request: Request, ui: &Ui) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let token = parts.headers.get(csrf::HEADER).and_then(|token| token.to_str().ok()).unwrap_or_default().to_owned();
        if !csrf::same_site(&parts.headers) {
            return Err(PageError::StaleForm);
        }
        let visit = Visit::of(ui, &mut parts).await?;
        if !visit.trusts(&token) {
            return Err(visit.untrusted());
        }
        let bytes = axum::body::to_bytes(body, MAX_TEXT_BYTES).await.map_err(|_| PageError::TooLarge)?;
        let body = serde_json::from_slice(&bytes).map_err(|_| PageError::StaleForm)?;
        Ok(Self { visit, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_read_as_browsers_write_them() {
        assert_eq!(file_name("foto è %22bella%22.png"), "foto è \"bella\".png");
        assert_eq!(file_name("a%0D%0Ab%0Ac.pdf"), "a b c.pdf");
        assert_eq!(file_name("sconto 20%20.pdf"), "sconto 20%20.pdf", "nothing else is escaped");
    }
}
