//! Files of applications and messages, fetched from the API in the visitor's name.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};

use crate::clients::Download;
use crate::errors::PageError;
use crate::visit::Visit;

/// Tenant, language, application, file.
type FilePath = (String, String, String, String);
/// The same with the message before the file.
type MessageFilePath = (String, String, String, String, String);

/// A file of an application.
pub async fn of_application(visit: Visit, Path((_, _, id, file)): Path<FilePath>) -> Result<Response, PageError> {
    allow(&visit)?;
    Ok(send(visit.platform().attachment(&id, &file).await?))
}

/// A file of a message.
pub async fn of_message(visit: Visit, Path((_, _, id, message, file)): Path<MessageFilePath>) -> Result<Response, PageError> {
    allow(&visit)?;
    Ok(send(visit.platform().message_attachment(&id, &message, &file).await?))
}

fn allow(visit: &Visit) -> Result<(), PageError> {
    if visit.anonymous.is_some() { Ok(()) } else { visit.signed_in().map(drop) }
}

/// The file as it came, but always as a download and without any right to run: somebody uploaded it.
pub(super) fn send(file: Download) -> Response {
    let kind = file.headers.get(CONTENT_TYPE).cloned().unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let name = file
        .headers
        .get(CONTENT_DISPOSITION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(';'))
        .map(|(_, name)| name.trim());
    let disposition = name
        .and_then(|name| HeaderValue::from_str(&format!("attachment; {name}")).ok())
        .unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_DISPOSITION, disposition),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    (headers, file.body).into_response()
}
