//! Files that come and go in parts of a form.

use axum::extract::{FromRequest, Multipart, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use kernel::Uuid;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::{Asker, Refused};
use crate::catalog::documents::{file_name, is_pretty};
use crate::deeds::files::key;
use crate::errors::{Error, Fault};
use crate::ids::FileId;

/// A file with its name for people.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only the document is made from it")]
#[schema(as = FileUpload)]
pub struct FileForm {
    /// The bytes.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Name for people.
    #[serde(rename = "prettyName")]
    pretty_name: String,
}

/// A file with its names, as the pages send it.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only the document is made from it")]
#[schema(as = WebFileUpload)]
pub struct WebFileForm {
    /// The bytes.
    #[schema(value_type = String, format = Binary)]
    doc: Vec<u8>,
    /// Name of the file, if it is not that of the part.
    name: Option<String>,
    /// Name for people.
    #[serde(rename = "prettyName")]
    pretty_name: String,
    /// Of a file of a version: `INTERFACE` or `DOCUMENT`.
    kind: Option<String>,
}

/// A file that came.
#[derive(Clone, Debug)]
pub struct Uploaded {
    /// Its identifier.
    pub id: FileId,
    /// Name of the file.
    pub name: String,
    /// Name for people.
    pub pretty_name: String,
    /// Media type.
    pub content_type: String,
    /// What it is, if the form says so.
    pub kind: Option<String>,
    /// The bytes.
    pub content: Bytes,
}

impl Uploaded {
    /// SHA-256 of the bytes.
    pub fn checksum(&self) -> String {
        hex::encode(Sha256::digest(&self.content))
    }

    /// Stores the bytes; what names them is stored afterwards.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn keep(&self, asker: &Asker) -> Result<(), Refused> {
        let put = asker.context.app.files().put(&key(self.id), self.content.clone()).await;
        put.map_err(|error| Refused(Error::Defect(error.to_string())))
    }
}

impl<S: Send + Sync> FromRequest<S> for Uploaded {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let asker = request.extensions().get::<Asker>().cloned();
        let asker = asker.ok_or_else(|| Refused(Error::Defect("a route stands outside of its gate".to_owned())))?;
        let malformed = |told: String| Refused(Fault::Malformed(asker.service).told(told).into());
        let mut form = Multipart::from_request(request, state).await.map_err(|error| malformed(error.body_text()))?;
        let (mut file, mut pretty_name, mut given_name, mut kind) = (None, None, None, None);
        while let Some(field) = form.next_field().await.map_err(|error| malformed(error.body_text()))? {
            let member = field.name().unwrap_or_default().to_owned();
            let name = field.file_name().map(file_name);
            let content_type = field.content_type().map(str::to_owned);
            let content = field.bytes().await.map_err(|error| malformed(error.body_text()))?;
            let text = || String::from_utf8(content.to_vec()).map_err(|_| malformed(format!("{member}: testo UTF-8")));
            match member.as_str() {
                "file" | "doc" => file = Some((name.unwrap_or_else(|| "file".to_owned()), content_type, content)),
                "prettyName" => pretty_name = Some(text()?),
                "name" => given_name = Some(file_name(&text()?)),
                "kind" => kind = Some(text()?),
                _ => {}
            }
        }
        let (name, content_type, content) = file.ok_or_else(|| malformed("file: obbligatorio".to_owned()))?;
        let pretty_name =
            pretty_name.filter(|name| is_pretty(name)).ok_or_else(|| malformed("prettyName: da 5 a 60 caratteri".to_owned()))?;
        if content.is_empty() {
            return Err(malformed("file: vuoto".to_owned()));
        }
        let content_type = content_type.filter(|kind| kind.len() <= 100 && kind.is_ascii());
        let content_type = content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
        let id = FileId(asker.context.app.rng().uuid());
        Ok(Self { id, name: given_name.unwrap_or(name), pretty_name, content_type, kind, content })
    }
}

/// What is told of a file beside its bytes.
pub struct Told {
    /// Identifier.
    pub id: FileId,
    /// Name of the file.
    pub name: String,
    /// Name for people.
    pub pretty_name: String,
    /// Media type.
    pub content_type: String,
}

async fn bytes_of(asker: &Asker, id: FileId) -> Result<Bytes, Refused> {
    let content = asker.context.app.files().get(&key(id)).await;
    content.map_err(|error| Refused(Error::Defect(format!("file {id}: {error}"))))
}

/// A file as it is, as the pages want it.
///
/// # Errors
/// When the store does not have it.
pub async fn as_bytes(asker: &Asker, told: Told) -> Result<Response, Refused> {
    let content = bytes_of(asker, told.id).await?;
    attachment("application/octet-stream", &told.name, content)
}

/// A document of the platform's own making, as it is.
///
/// # Errors
/// When the store does not have it.
pub async fn attachment_of(asker: &Asker, told: Told) -> Result<Response, Refused> {
    let content = bytes_of(asker, told.id).await?;
    attachment(&told.content_type, &told.name, content)
}

/// Bytes to be saved under a name. They are never shown by the browser: whoever wrote them may be anybody.
///
/// # Errors
/// When the type is none.
pub fn attachment(content_type: &str, name: &str, content: impl Into<Bytes>) -> Result<Response, Refused> {
    let defect = |error: http::header::InvalidHeaderValue| Error::Defect(error.to_string());
    // The name in the percent-encoding of RFC 8187, which every byte may take.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encoded: String =
        name.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect();
    let disposition = HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{encoded}")).map_err(defect)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_str(content_type).map_err(defect)?),
        (CONTENT_DISPOSITION, disposition),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, content.into()).into_response())
}

/// A file as a form of several parts, as the API of machines gives it.
///
/// # Errors
/// When the store does not have it.
pub async fn as_form(asker: &Asker, told: Told) -> Result<Response, Refused> {
    let content = bytes_of(asker, told.id).await?;
    // Long and drawn: it stands nowhere in the bytes.
    let boundary = format!("{}{}", Uuid::simple(asker.context.app.rng().uuid()), Uuid::simple(asker.context.app.rng().uuid()));
    let Told { id, name, pretty_name, content_type } = told;
    let mut body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {content_type}\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(&content);
    let members = [("filename", name), ("contentType", content_type), ("id", id.to_string()), ("prettyName", pretty_name)];
    for (member, value) in members {
        let part = format!("\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"{member}\"\r\n\r\n{value}");
        body.extend_from_slice(part.as_bytes());
    }
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let kind = format!("multipart/form-data; boundary={boundary}");
    let private = (CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    let kind = (CONTENT_TYPE, HeaderValue::from_str(&kind).map_err(|error| Error::Defect(error.to_string()))?);
    Ok(([kind, private], body).into_response())
}
