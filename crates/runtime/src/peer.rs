//! Calls to other roles: through the router of this process, or over HTTP to the process that runs the role. Same code path.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::{Stream, TryStreamExt};
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use kernel::{Problem, TenantId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::ServiceExt;

use crate::{App, ServiceToken, Settings};

/// A role that others call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// Tenants, users, services, applications.
    Platform,
    /// Sessions, tokens, keys.
    Identity,
    /// Payment proxies and the read model.
    Payments,
    /// Registry proxies.
    Registry,
    /// Messages to citizens.
    Messaging,
    /// Certified data of other bodies.
    Pdnd,
    /// Who offers which API to whom.
    Interop,
    /// Stand-ins for outside parties.
    Demo,
}

impl Peer {
    const ALL: [Self; 8] =
        [Self::Platform, Self::Identity, Self::Payments, Self::Registry, Self::Messaging, Self::Pdnd, Self::Interop, Self::Demo];

    fn variable(self) -> &'static str {
        match self {
            Self::Platform => "SPORTELLO_PLATFORM_URL",
            Self::Identity => "SPORTELLO_IDENTITY_URL",
            Self::Payments => "SPORTELLO_PAYMENTS_URL",
            Self::Registry => "SPORTELLO_REGISTRY_URL",
            Self::Messaging => "SPORTELLO_MESSAGING_URL",
            Self::Pdnd => "SPORTELLO_PDND_URL",
            Self::Interop => "SPORTELLO_INTEROP_URL",
            Self::Demo => "SPORTELLO_DEMO_URL",
        }
    }
}

/// Addresses of the roles that run in other processes.
#[derive(Clone, Debug, Default)]
pub(crate) struct PeerUrls(BTreeMap<Peer, String>);

impl PeerUrls {
    pub(crate) fn read(settings: &mut Settings) -> Self {
        let about = "indirizzo del ruolo, se gira in un altro processo";
        let urls = Peer::ALL.into_iter().filter_map(|peer| Some((peer, settings.optional(peer.variable(), about)?)));
        Self(urls.map(|(peer, url)| (peer, url.trim_end_matches('/').to_owned())).collect())
    }
}

/// How to reach the other roles.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    urls: PeerUrls,
    local: Arc<OnceLock<Router>>,
    http: reqwest::Client,
}

impl Peers {
    pub(crate) fn new(urls: PeerUrls) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(3))
            .timeout(Duration::from_secs(30))
            .no_proxy()
            .build()
            .expect("the client's settings are constant");
        Self { urls, local: Arc::default(), http }
    }

    pub(crate) fn bind(&self, router: Router) {
        let _ = self.local.set(router);
    }
}

/// A call to another role failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerError {
    /// It could not be reached, or did not answer in time.
    #[error("{0:?} cannot be reached: {1}")]
    Unreachable(Peer, String),
    /// It refused or failed, with this problem.
    #[error("{0:?} answered {status} {title}", status = .1.status, title = .1.title)]
    Refused(Peer, Box<Problem>),
    /// Its answer is larger than the caller takes, in bytes.
    #[error("{0:?} answered more than {1} bytes")]
    TooLarge(Peer, usize),
    /// Its answer could not be read.
    #[error("{0:?} answered something else than expected: {1}")]
    Unexpected(Peer, String),
}

impl PeerError {
    /// The status that was answered, if any.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(_, problem) => Some(problem.status),
            _ => None,
        }
    }

    /// Whether the same call may succeed later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable(..) => true,
            Self::Refused(_, problem) => problem.status >= 500 || problem.status == 429,
            Self::TooLarge(..) | Self::Unexpected(..) => false,
        }
    }
}

/// Calls one role.
#[derive(Clone, Debug)]
pub struct PeerClient {
    app: App,
    peer: Peer,
}

/// A request to a role, being built.
#[must_use = "a request does nothing until it is sent"]
#[derive(Debug)]
pub struct PeerRequest {
    client: PeerClient,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
    limit: usize,
}

/// What a role answered, below 400.
#[derive(Clone, Debug)]
pub struct PeerResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    peer: Peer,
}

impl PeerClient {
    pub(crate) fn new(app: App, peer: Peer) -> Self {
        Self { app, peer }
    }

    /// A request to `path`, which begins with `/` and carries its query.
    pub fn request(&self, method: Method, path: impl Into<String>) -> PeerRequest {
        PeerRequest {
            client: self.clone(),
            method,
            path: path.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            limit: usize::MAX,
        }
    }

    /// A GET of `path`.
    pub fn get(&self, path: impl Into<String>) -> PeerRequest {
        self.request(Method::GET, path)
    }

    /// A POST to `path`.
    pub fn post(&self, path: impl Into<String>) -> PeerRequest {
        self.request(Method::POST, path)
    }

    /// A PUT to `path`.
    pub fn put(&self, path: impl Into<String>) -> PeerRequest {
        self.request(Method::PUT, path)
    }
}

impl PeerRequest {
    /// With a header; a value that HTTP cannot carry is left out.
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// In the name of the user whose token this is.
    pub fn bearer(self, token: &str) -> Self {
        self.header(AUTHORIZATION, &format!("Bearer {token}"))
    }

    /// In the name of the session whose cookie this is.
    pub fn cookie(self, cookie: &str) -> Self {
        self.header(COOKIE, cookie)
    }

    /// In the name of the platform itself, for `tenant`.
    pub fn service(self, tenant: TenantId) -> Self {
        let token = ServiceToken::issue(self.client.app.secret(), tenant, self.client.app.clock().now());
        self.bearer(&token)
    }

    /// With a JSON body.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.body = serde_json::to_vec(body).expect("request bodies are plain data").into();
        self.header(CONTENT_TYPE, "application/json")
    }

    /// With a body of any type.
    pub fn body(mut self, content_type: &str, body: Bytes) -> Self {
        self.body = body;
        self.header(CONTENT_TYPE, content_type)
    }

    /// Takes an answer of at most so many bytes: what comes after them is not read.
    pub fn at_most(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Sends the request; an answer of 400 or more is an error.
    ///
    /// # Errors
    /// [`PeerError`].
    pub async fn send(self) -> Result<PeerResponse, PeerError> {
        let peer = self.client.peer;
        let response = self.send_any().await?;
        if response.status.as_u16() < 400 {
            return Ok(response);
        }
        let problem = serde_json::from_slice(&response.body).unwrap_or_else(|_| {
            Problem::new(response.status.as_u16(), "unknown", response.status.canonical_reason().unwrap_or("error"))
        });
        Err(PeerError::Refused(peer, Box::new(problem)))
    }

    /// Sends the request and gives whatever is answered.
    ///
    /// # Errors
    /// [`PeerError::Unreachable`], [`PeerError::TooLarge`].
    pub async fn send_any(self) -> Result<PeerResponse, PeerError> {
        let Self { client, method, path, headers, body, limit } = self;
        let (peer, peers) = (client.peer, client.app.peers());
        let unreachable = |error: String| PeerError::Unreachable(peer, error);
        storage::fault::step("before call");
        let response = match (peers.urls.0.get(&peer), peers.local.get()) {
            (Some(base), _) => {
                let request = peers.http.request(method, format!("{base}{path}")).headers(headers).body(body);
                exchange(peer, request, limit).await?
            }
            (None, Some(router)) => {
                let mut request = Request::new(Body::from(body));
                *request.method_mut() = method;
                *request.headers_mut() = headers;
                *request.uri_mut() =
                    path.parse().map_err(|error: http::uri::InvalidUri| PeerError::Unexpected(peer, error.to_string()))?;
                let response = router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
                let (parts, body) = response.into_parts();
                let pieces = body.into_data_stream().map_err(|error| unreachable(error.to_string()));
                let body = gather(peer, pieces, limit).await?;
                PeerResponse { status: parts.status, headers: parts.headers, body, peer }
            }
            (None, None) => return Err(unreachable("the role runs neither here nor at a configured address".to_owned())),
        };
        storage::fault::step("after call");
        Ok(response)
    }
}

/// Sends a request to another process. Errors are without the address: its query may hold a fiscal code, and errors end in the log.
async fn exchange(peer: Peer, request: reqwest::RequestBuilder, limit: usize) -> Result<PeerResponse, PeerError> {
    let unreachable = |error: reqwest::Error| PeerError::Unreachable(peer, error.without_url().to_string());
    let response = request.send().await.map_err(unreachable)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = gather(peer, response.bytes_stream().map_err(unreachable), limit).await?;
    Ok(PeerResponse { status, headers, body, peer })
}

/// The pieces of an answer in one, as long as they are no more than `limit` bytes.
async fn gather(peer: Peer, pieces: impl Stream<Item = Result<Bytes, PeerError>>, limit: usize) -> Result<Bytes, PeerError> {
    let mut pieces = pin!(pieces);
    let Some(first) = pieces.try_next().await? else { return Ok(Bytes::new()) };
    let too_large = |length: usize| if length > limit { Err(PeerError::TooLarge(peer, limit)) } else { Ok(()) };
    too_large(first.len())?;
    let Some(second) = pieces.try_next().await? else { return Ok(first) };
    let mut whole = BytesMut::from(first);
    let mut next = Some(second);
    while let Some(piece) = next {
        too_large(whole.len() + piece.len())?;
        whole.extend_from_slice(&piece);
        next = pieces.try_next().await?;
    }
    Ok(whole.freeze())
}

impl PeerResponse {
    /// The body as JSON.
    ///
    /// # Errors
    /// [`PeerError::Unexpected`] when it is not a `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, PeerError> {
        // Not the error's own text: it quotes values, and errors end in the log.
        let place =
            |error: serde_json::Error| format!("{:?} at line {}, column {}", error.classify(), error.line(), error.column());
        serde_json::from_slice(&self.body).map_err(|error| PeerError::Unexpected(self.peer, place(error)))
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;

    #[test]
    fn an_answer_that_does_not_read_is_not_quoted() {
        let body = Bytes::from_static(br#"{"age": "BNRMHL75C06G702B"}"#);
        let response = PeerResponse { status: StatusCode::OK, headers: HeaderMap::new(), body, peer: Peer::Platform };
        let error = response.json::<BTreeMap<String, u8>>().unwrap_err().to_string();
        assert_eq!(error, "Platform answered something else than expected: Data at line 1, column 26");
    }

    /// What reqwest says of a call that failed names the address unless told otherwise.
    #[tokio::test]
    async fn an_address_that_cannot_be_reached_is_not_told_with_its_query() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let request = Peers::new(PeerUrls::default()).http.get("http://127.0.0.1:1/internal/users?fiscal_code=BNRMHL75C06G702B");
        let error = exchange(Peer::Platform, request, usize::MAX).await.unwrap_err().to_string();
        assert!(error.starts_with("Platform cannot be reached") && !error.contains("BNRMHL75C06G702B"), "{error}");
    }

    /// A platform that sends without end is listened to no longer than the limit.
    #[tokio::test]
    async fn an_answer_is_read_up_to_its_limit() {
        let pieces = |sizes: Vec<usize>| futures::stream::iter(sizes).map(|size| Ok(Bytes::from(vec![b'x'; size])));
        let gathered = async |sizes: Vec<usize>, limit| gather(Peer::Platform, pieces(sizes), limit).await;
        for (sizes, length) in [(vec![], 0), (vec![10], 10), (vec![4, 6], 10), (vec![4, 0, 3, 3], 10)] {
            assert_eq!(gathered(sizes, 10).await.unwrap().len(), length);
        }
        for sizes in [vec![11], vec![10, 1], vec![4, 4, 4]] {
            assert_eq!(gathered(sizes, 10).await, Err(PeerError::TooLarge(Peer::Platform, 10)));
        }
        let endless = futures::stream::repeat_with(|| Ok(Bytes::from_static(&[0; 1024])));
        assert_eq!(gather(Peer::Demo, endless, 1 << 20).await, Err(PeerError::TooLarge(Peer::Demo, 1 << 20)));
    }
}
