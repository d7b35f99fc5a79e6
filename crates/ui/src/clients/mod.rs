//! The other roles as the pages see them: typed requests over HTTP, nothing shared with their code.

mod certified;
mod identity;
mod imports;
mod inbox;
pub(crate) mod interop;
mod lots;
mod lots_people;
mod model;
mod payments;
mod platform;
mod proxies;
mod registered;

pub use certified::Registers;
pub use identity::{Citizen, Elsewhere, Identity, LoginProvider, Session};
pub use imports::{Import, ImportProgress, NewImport, WrongRow};
pub use inbox::{Choice, Inbox, IoMessage, IoProfile, OpenIoMessage, Remote, RemoteFile, Sender};
pub use lots::{Attached, Check, Deed, Duty, IoService, Lot, LotRow, LotTemplate, Lots, Me, NewTicket, Said, Ticket};
pub use lots_people::{Member, Supplier, SupplierKey};
pub use model::*;
pub use payments::{Cart, Payment, PaymentPage, PaymentQuery, Payments, Provider};
pub use platform::Platform;
pub use proxies::{Configuration, Kind, Part, Proxies};
pub use registered::{DeadLetter, Document, DocumentQuery, Folder, Listed};

use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, header};
use kernel::Problem;
use runtime::{PeerClient, PeerError, PeerRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::i18n::Locale;

/// Why a role did not give what a page needs.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The role refused and said why; the status is 400 to 499.
    #[error("{} {}", .0.status, .0.title)]
    Refused(Box<Problem>),
    /// The role failed, did not answer in time, or answered what cannot be read. The text is for the log only.
    #[error("{0}")]
    Failed(String),
}

impl ClientError {
    /// Whether the role said that there is no such thing, or none that the caller may know of.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused(problem) if problem.status == 404)
    }
}

/// A file as another role sent it.
#[derive(Debug)]
pub struct Download {
    /// Content type, disposition and length, as sent.
    pub headers: HeaderMap,
    /// The bytes.
    pub body: Bytes,
}

impl From<PeerError> for ClientError {
    fn from(error: PeerError) -> Self {
        match error {
            PeerError::Refused(_, problem) if (400..500).contains(&problem.status) => Self::Refused(problem),
            error => Self::Failed(error.to_string()),
        }
    }
}

/// One request on its way to a role.
#[derive(Debug)]
pub(crate) struct Call {
    request: PeerRequest,
    /// Method and path without its query, which may carry personal data and must not reach the log.
    what: String,
}

impl Call {
    /// A request for texts in a language, in the name of a token's holder if there is one.
    pub(crate) fn new(peer: &PeerClient, method: Method, path: String, locale: Locale, token: Option<&str>) -> Self {
        let what = format!("{method} {}", path.split('?').next().unwrap_or_default());
        let request = peer
            .request(method, path)
            .header(HeaderName::from_static("x-locale"), locale.code())
            .header(header::ACCEPT_LANGUAGE, locale.code());
        Self { request: if let Some(token) = token { request.bearer(token) } else { request }, what }
    }

    /// Tells on whose behalf, for limits and logs.
    pub(crate) fn client(mut self, address: Option<IpAddr>) -> Self {
        if let Some(address) = address {
            self.request = self.request.header(HeaderName::from_static("x-forwarded-for"), &address.to_string());
        }
        self
    }

    /// Passes one cookie on.
    pub(crate) fn cookie(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.cookie(&format!("{name}={value}"));
        self
    }

    /// Sends `body` as JSON.
    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        self.request = self.request.json(body);
        self
    }

    /// Sends `body` as it is.
    pub(crate) fn body(mut self, kind: &str, body: Vec<u8>) -> Self {
        self.request = self.request.body(kind, body.into());
        self
    }

    /// Sends and reads the answer's JSON.
    pub(crate) async fn read<T: DeserializeOwned>(self) -> Result<T, ClientError> {
        let answer = self.request.send().await?;
        serde_json::from_slice(&answer.body).map_err(|error| ClientError::Failed(format!("{}: {error}", self.what)))
    }

    /// Sends; the answer's body does not matter.
    pub(crate) async fn done(self) -> Result<(), ClientError> {
        self.request.send().await?;
        Ok(())
    }

    /// Sends and keeps the answer as a file.
    pub(crate) async fn download(self) -> Result<Download, ClientError> {
        let answer = self.request.send().await?;
        Ok(Download { headers: answer.headers, body: answer.body })
    }
}

/// `path` with the parameters that are not empty.
fn query(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters.iter().filter(|(_, value)| !value.is_empty()));
    format!("{path}?{}", query.finish())
}

/// A path segment with everything but unreserved characters escaped.
pub(crate) fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, SEGMENT).to_string()
}

/// Everything but the unreserved characters of RFC 3986.
const SEGMENT: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
