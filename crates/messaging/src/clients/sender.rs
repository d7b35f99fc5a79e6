//! Asking a sender for the content of its messages: three calls, ten seconds each, no redirects, never into our own network.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::stream;
use http::header::{CONTENT_LENGTH, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use runtime::EgressStream;
use serde_json::Value;

use crate::context::Context;
use crate::errors::Error;
use crate::formats::CitizenCode;
use crate::remote::answers::{Failure, Shown, failure, is_pdf, is_relative};
use crate::remote::configuration::Configuration;
use crate::remote::lollipop;

/// Longest wait for an answer to begin.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest message that is read.
const MAX_MESSAGE: usize = 1024 * 1024;
/// What a segment of a path keeps as it is (RFC 3986, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A message at its sender, for one citizen.
pub struct Asked<'a> {
    /// How the sender is asked.
    pub configuration: &'a Configuration,
    /// What the sender calls the message.
    pub id: &'a str,
    /// Who opens it.
    pub citizen: CitizenCode,
    /// The headers of the app's own request.
    pub app: &'a HeaderMap,
}

/// What stands before the message.
///
/// # Errors
/// [`Error::Remote`].
pub async fn precondition(context: &Context, asked: &Asked<'_>) -> Result<Shown, Error> {
    let answer = json(context, asked, &["precondition"]).await?;
    serde_json::from_value(answer).map_err(|error| Error::Remote(Failure::Unreachable(error.to_string())))
}

/// The message, as the sender answers.
///
/// # Errors
/// [`Error::Remote`].
pub async fn message(context: &Context, asked: &Asked<'_>) -> Result<Value, Error> {
    json(context, asked, &[]).await
}

/// An attachment, passed on piece by piece. What does not begin as a PDF is refused before anything is passed on.
///
/// # Errors
/// [`Error::Remote`].
pub async fn attachment(context: &Context, asked: &Asked<'_>, url: &str) -> Result<Body, Error> {
    let segments: Vec<&str> = url.split('/').collect();
    if !is_relative(url) {
        return Err(Error::BadRequest("the address of an attachment is relative to its message".to_owned()));
    }
    let mut answer = call(context, asked, &segments, true).await?;
    let largest = context.config.largest_attachment;
    let told = answer.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|length| length > largest) {
        return Err(Error::Remote(Failure::Attachments("a file is larger than what is passed on")));
    }
    let mut first = BytesMut::new();
    while first.len() < 5 {
        match answer.chunk().await.map_err(unreachable)? {
            Some(chunk) => first.extend_from_slice(&chunk),
            None => break,
        }
    }
    if !is_pdf(&first) {
        return Err(Error::Remote(Failure::NotPdf));
    }
    let rest = stream::try_unfold((Some(first.freeze()), answer, 0), move |(first, mut answer, passed)| async move {
        let chunk = match first {
            Some(first) => Some(first),
            None => answer.chunk().await.map_err(|error| std::io::Error::other(error.to_string()))?,
        };
        let Some(chunk) = chunk else { return Ok::<_, std::io::Error>(None) };
        let passed = passed + chunk.len();
        // One that did not tell its length breaks off, so that nobody takes it for whole.
        if passed > largest {
            return Err(std::io::Error::other("the attachment is larger than what is passed on"));
        }
        Ok(Some((chunk, (None, answer, passed))))
    });
    Ok(Body::from_stream(rest))
}

async fn json(context: &Context, asked: &Asked<'_>, path: &[&str]) -> Result<Value, Error> {
    let mut answer = call(context, asked, path, false).await?;
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_MESSAGE {
            return Err(Error::Remote(Failure::Unreachable("the answer is too large".to_owned())));
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(|error| Error::Remote(Failure::Unreachable(format!("answer not understood: {error}"))))
}

/// Sends the request; gives an answer of 200.
async fn call(context: &Context, asked: &Asked<'_>, path: &[&str], attachment: bool) -> Result<EgressStream, Error> {
    let environment = asked.configuration.environment(asked.citizen).ok_or(Error::NoEnvironment)?;
    let mut url = format!("{}/messages", environment.base_url.trim_end_matches('/'));
    for segment in std::iter::once(&asked.id).chain(path) {
        url.push('/');
        url.extend(utf8_percent_encode(segment, SEGMENT));
    }
    let mut headers = if asked.configuration.is_signed_for(asked.citizen) {
        lollipop::headers(asked.app, asked.citizen).map_err(|name| Error::Remote(Failure::Unsigned(name)))?
    } else {
        HeaderMap::new()
    };
    let defect = |error: String| Error::Defect(error);
    let authentication = &environment.details_authentication;
    let name = HeaderName::from_bytes(authentication.header_key_name.as_bytes()).map_err(|error| defect(error.to_string()))?;
    let mut key = HeaderValue::from_str(&authentication.key).map_err(|error| defect(error.to_string()))?;
    key.set_sensitive(true);
    headers.insert("fiscal_code", HeaderValue::from_str(asked.citizen.as_str()).map_err(|error| defect(error.to_string()))?);
    headers.insert(name, key);
    let sent = context.app.egress().open(Method::GET, &url, headers, Bytes::new());
    let answer = tokio::time::timeout(PATIENCE, sent)
        .await
        .map_err(|_| Error::Remote(Failure::Unreachable("no answer in time".to_owned())))?;
    let answer = answer.map_err(unreachable)?;
    if answer.status == http::StatusCode::OK {
        return Ok(answer);
    }
    let retry_after = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Err(Error::Remote(failure(answer.status.as_u16(), retry_after, attachment)))
}

fn unreachable(error: runtime::EgressError) -> Error {
    Error::Remote(Failure::Unreachable(error.to_string()))
}
