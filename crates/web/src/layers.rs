//! What surrounds every route: identity of the request, limits, problems for what no handler answered, one log line, metrics.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequestParts, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::header::{
    ALLOW, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{Method, StatusCode, Uri, Version};
use kernel::{Problem, RomeTime};
use runtime::{App, Network};

use crate::error::{FailureSource, Reported};
use crate::patience::{self, Late};
use crate::serve::Received;
use crate::tenant::{Directory, tenant_key};
use crate::verifier::Verifier;
use crate::{ApiError, JSON_LIMIT};

/// Name of the header that carries the request's identifier.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the extractors of this crate need; one per process, and cheap to clone: each request has it several times.
#[derive(Clone)]
pub struct Web {
    pub(crate) app: App,
    pub(crate) directory: Arc<Directory>,
    pub(crate) verifier: Arc<Verifier>,
}

impl Web {
    /// The extractors' needs, over `app`.
    pub fn new(app: App) -> Self {
        Self { directory: Arc::new(Directory::new(app.clone())), verifier: Arc::new(Verifier::new(app.clone())), app }
    }

    /// Those that [`wrap`] put into the request.
    pub(crate) fn of(parts: &Parts) -> Self {
        parts.extensions.get::<Self>().expect("every router is wrapped by web::wrap").clone()
    }
}

/// Surrounds all routes of a process; the last thing done to a router.
pub fn wrap(router: Router, web: Web) -> Router {
    let routes = router
        .fallback(|| async { ApiError::not_found() })
        .layer(DefaultBodyLimit::max(JSON_LIMIT))
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            ApiError::internal("a handler panicked").into_response()
        }))
        .layer(from_fn(note_route));
    // A router in a router: `Allow` is added where routes are chosen, and must be there when a 405 is explained.
    Router::new().fallback_service(routes).layer(from_fn_with_state(web, around))
}

/// The route of a request, told from where it is chosen to where it is logged.
#[derive(Clone, Default)]
struct Route(Arc<OnceLock<String>>);

async fn note_route(request: Request, next: Next) -> Response {
    if let (Some(route), Some(path)) = (request.extensions().get::<Route>(), request.extensions().get::<MatchedPath>()) {
        let _ = route.0.set(path.as_str().to_owned());
    }
    next.run(request).await
}

/// One request, from its identity to its log line.
async fn around(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let began = web.app.clock().now();
    let (method, client_ip) = (request.method().clone(), client_ip(&request, &web.app.config().trusted_proxies));
    let route = Route::default();
    request.extensions_mut().insert(route.clone());
    let request_id = request_id(&request).unwrap_or_else(|| web.app.rng().uuid_at(began).to_string());
    request.extensions_mut().insert(web.clone());
    request.extensions_mut().insert(ClientAddress(client_ip.parse().ok()));
    let key = tenant_key(request.uri().path(), request.headers());

    let response = if has_null_character(request.uri()) {
        ApiError::from(null_character()).into_response()
    } else if is_misaddressed(&request) {
        // Whoever passed it on may have understood another request: nothing more is taken from this connection.
        ([(CONNECTION, "close")], ApiError::from(misaddressed())).into_response()
    } else {
        match patience::answer(request, |request| next.run(request)).await {
            Ok(answer) => answer,
            Err(Late::Caller) => ([(CONNECTION, "close")], ApiError::from(too_slow())).into_response(),
            Err(Late::Server) => ApiError::unavailable("the request timed out").into_response(),
        }
    };
    let path = route.0.get().cloned().unwrap_or_else(|| "unmatched".to_owned());
    let mut response = explain(response, &method, &request_id);

    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.entry(X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    let tenant = web.directory.known(&key).map(|id| id.to_string()).unwrap_or_default();
    record(&Line { method, path, tenant, client_ip, request_id, began, ended: web.app.clock().now() }, &response);
    response
}

/// Whether an address names the null character, which no name has and PostgreSQL keeps in no text.
fn has_null_character(uri: &Uri) -> bool {
    uri.path().contains("%00") || uri.query().is_some_and(|query| query.contains("%00"))
}

/// Whether a request of HTTP/1.1 from the network does not say once at whose site it is directed (RFC 9112 section 3.2). HTTP/2 says it
/// in `:authority`, and roles of one process say it to each other in the path.
fn is_misaddressed(request: &Request) -> bool {
    let received = request.extensions().get::<Received>().is_some();
    received && request.version() == Version::HTTP_11 && request.headers().get_all(HOST).iter().count() != 1
}

fn misaddressed() -> Problem {
    Problem::new(400, "refused", "Richiesta rifiutata")
        .detail("La richiesta deve indicare una volta sola, nell'intestazione Host, il sito a cui è diretta.")
}

/// RFC 9110 section 15.5.9.
fn too_slow() -> Problem {
    Problem::new(408, "request-timeout", "Richiesta troppo lenta").detail(
        "Il contenuto della richiesta non è arrivato in tempo: inviarla di nuovo, se possibile con una connessione migliore.",
    )
}

fn null_character() -> Problem {
    Problem::new(400, "bad-query", "Indirizzo non valido")
        .detail("L'indirizzo contiene il carattere nullo (%00), che nessun nome può avere: toglierlo.")
}

/// Turns what axum answers by itself (404, 405, 4xx in plain text) into a problem, and gives each problem its occurrence.
fn explain(response: Response, method: &Method, request_id: &str) -> Response {
    let status = response.status();
    if status == StatusCode::METHOD_NOT_ALLOWED {
        return other_method(response, method, request_id);
    }
    let plain = response.headers().get(CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let reported = response.extensions().get::<Reported>().is_some();
    let mut response = if (status.is_client_error() || status.is_server_error()) && plain && !reported {
        let source = response.extensions().get::<FailureSource>().map_or("unknown", |source| source.0.as_str());
        unexplained(status, source).into_response()
    } else {
        response
    };
    let Some(Reported { mut problem, source }) = response.extensions_mut().remove::<Reported>() else { return response };
    if problem.instance.is_some() {
        response.extensions_mut().insert(Reported { problem, source });
        return response;
    }
    problem.instance = Some(request_id.to_owned());
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    parts.extensions.insert(Reported { problem, source });
    Response::from_parts(parts, body.into())
}

/// The problem of an answer that has only a status.
fn unexplained(status: StatusCode, source: &str) -> ApiError {
    match status {
        StatusCode::NOT_FOUND => ApiError::not_found(),
        StatusCode::SERVICE_UNAVAILABLE => ApiError::unavailable(source),
        status if status.is_server_error() => ApiError::internal(source),
        status => Problem::new(status.as_u16(), "refused", "Richiesta rifiutata")
            .detail("La richiesta non è come il server la attende: controllarla con la documentazione dell'indirizzo.")
            .into(),
    }
}

/// Answers a method that an address does not have. `OPTIONS` is one that every address has, with the headers that pages of other sites
/// ask for (CORS), where the address gives them.
fn other_method(response: Response, method: &Method, request_id: &str) -> Response {
    let methods = response.headers().get(ALLOW).and_then(|allow| allow.to_str().ok()).unwrap_or_default();
    let mut methods: Vec<_> = methods.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if !methods.contains(&"OPTIONS") {
        methods.push("OPTIONS");
    }
    let methods = methods.join(", ");
    let allow = HeaderValue::from_str(&methods).unwrap_or(HeaderValue::from_static("OPTIONS"));
    let mut answer = if *method == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        let detail = format!("Metodi ammessi su questo indirizzo: {methods}.");
        let mut problem: Problem = Problem::new(405, "method-not-allowed", "Metodo non ammesso").detail(detail);
        problem.instance = Some(request_id.to_owned());
        ApiError::from(problem).into_response()
    };
    let shared = |name: &HeaderName| *name == VARY || name.as_str().starts_with("access-control-");
    answer.headers_mut().extend(response.headers().iter().filter(|(name, _)| shared(name)).map(|(n, v)| (n.clone(), v.clone())));
    answer.headers_mut().insert(ALLOW, allow);
    answer
}

/// The caller's own identifier of the request, if it is a sane one.
fn request_id(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let sane = (8..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    sane.then(|| id.to_owned())
}

/// The address of the client, as far as it is known: of the connection, or as a trusted proxy or another role of this process tells in
/// `X-Forwarded-For`. For limits and logs, never for permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(None)))
    }
}

/// The address of the client as text; empty when it is not known.
fn client_ip(request: &Request, trusted: &[Network]) -> String {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let chain = request.headers().get_all("x-forwarded-for").iter().filter_map(|chain| chain.to_str().ok());
    let hops: Vec<_> = chain.flat_map(|chain| chain.split(',')).map(|hop| hop.trim().parse().ok()).collect();
    client(peer, &hops, trusted).map(|ip| ip.to_canonical().to_string()).unwrap_or_default()
}

/// Walks from the connection towards the client: each hop that we trust tells the one before it, and the first that we do not trust is
/// the client. A hop that is no address was written by nobody whom we trust.
fn client(peer: Option<IpAddr>, hops: &[Option<IpAddr>], trusted: &[Network]) -> Option<IpAddr> {
    // What comes without a connection comes from another role of this process.
    let believed = |ip: Option<IpAddr>| ip.is_none_or(|ip| trusted.iter().any(|network| network.contains(ip)));
    let mut client = peer;
    for hop in hops.iter().rev() {
        match hop {
            Some(hop) if believed(client) => client = Some(*hop),
            _ => break,
        }
    }
    client
}

struct Line {
    method: Method,
    path: String,
    tenant: String,
    client_ip: String,
    request_id: String,
    began: RomeTime,
    ended: RomeTime,
}

/// One log line for each request: a failure once, a change at INFO, a look at DEBUG.
fn record(line: &Line, response: &Response) {
    let Line { method, path, tenant, client_ip, request_id, began, ended } = line;
    let status = response.status().as_u16();
    let elapsed = ended.since(*began);
    metrics::histogram!("sportello_http_request_seconds", "method" => method.to_string(), "path" => path.clone(), "status" => status.to_string())
        .record(elapsed.as_secs_f64());
    let duration_ms = u64::try_from(elapsed.as_millis()).unwrap_or(0);
    let reported = response.extensions().get::<Reported>();
    let event_type = format!("{method} {path}");
    if status >= 500 {
        let told = response.extensions().get::<FailureSource>().map(|source| source.0.as_str());
        let source = reported.and_then(|reported| reported.source.as_deref()).or(told).unwrap_or("unknown");
        tracing::error!(
            call_type = "HTTP",
            event_type,
            status,
            duration_ms,
            tenant,
            client_ip,
            request_id,
            source,
            "request failed"
        );
    } else if status >= 400 {
        let code = reported.map_or("refused", |reported| reported.problem.code());
        tracing::info!(
            call_type = "HTTP",
            event_type,
            status,
            duration_ms,
            tenant,
            client_ip,
            request_id,
            code,
            "request refused"
        );
    } else if method.is_safe() {
        tracing::debug!(call_type = "HTTP", event_type, status, duration_ms, tenant, client_ip, request_id, "request answered");
    } else {
        tracing::info!(call_type = "HTTP", event_type, status, duration_ms, tenant, client_ip, request_id, "request done");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(response: Response) -> Problem {
        response.extensions().get::<Reported>().unwrap().problem.clone()
    }

    #[test]
    fn what_has_only_a_status_becomes_a_problem_in_words() {
        let missing = problem(explain(StatusCode::NOT_FOUND.into_response(), &Method::GET, "request-1"));
        assert_eq!((missing.code(), missing.instance.as_deref()), ("not-found", Some("request-1")));
        assert!(missing.title == "Non trovato" && missing.detail.is_some());
        let refused = problem(explain((StatusCode::BAD_REQUEST, "nope").into_response(), &Method::POST, "request-1"));
        assert!(refused.code() == "refused" && refused.title == "Richiesta rifiutata" && refused.detail.is_some());
        let mut failed = StatusCode::SERVICE_UNAVAILABLE.into_response();
        failed.extensions_mut().insert(FailureSource("the platform is away".to_owned()));
        let failed = explain(failed, &Method::GET, "request-1");
        assert_eq!(failed.extensions().get::<Reported>().unwrap().source.as_deref(), Some("the platform is away"));
        assert_eq!(problem(failed).code(), "unavailable");
    }

    #[test]
    fn a_request_from_the_network_names_its_host_once() {
        let asked = |version: Version, hosts: &[&str], received: bool| {
            let request = http::Request::builder().version(version).uri("/status");
            let request = hosts.iter().fold(request, |request, host| request.header(HOST, *host));
            let mut request = request.body(axum::body::Body::empty()).unwrap();
            if received {
                request.extensions_mut().insert(Received);
            }
            !is_misaddressed(&request)
        };
        for (hosts, fits) in [(&[] as &[&str], false), (&["a.example.it"], true), (&["a.example.it", "b.example.it"], false)] {
            assert_eq!(asked(Version::HTTP_11, hosts, true), fits, "{hosts:?}");
            assert!(asked(Version::HTTP_11, hosts, false), "another role's: {hosts:?}");
        }
        assert!(asked(Version::HTTP_10, &[], true) && asked(Version::HTTP_2, &[], true));
        assert_eq!(misaddressed().status, 400);
    }

    #[test]
    fn every_address_has_options_and_keeps_what_other_sites_ask_for() {
        let answer = |method: Method| {
            let headers =
                [("allow", "GET,HEAD"), ("access-control-allow-origin", "*"), ("vary", "origin"), ("content-type", "x/y")];
            explain((StatusCode::METHOD_NOT_ALLOWED, headers).into_response(), &method, "request-1")
        };
        let options = answer(Method::OPTIONS);
        assert_eq!(
            (options.status(), options.headers()[ALLOW].to_str().unwrap()),
            (StatusCode::NO_CONTENT, "GET, HEAD, OPTIONS")
        );
        let delete = answer(Method::DELETE);
        assert_eq!(
            (delete.status(), delete.headers()[ALLOW].to_str().unwrap()),
            (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD, OPTIONS")
        );
        assert_eq!(delete.headers()[CONTENT_TYPE], "application/problem+json");
        for response in [options, delete] {
            assert!(response.headers()["access-control-allow-origin"] == "*" && response.headers()[VARY] == "origin");
        }
    }

    #[test]
    fn the_client_is_the_last_hop_that_no_trusted_one_is() {
        let networks = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let client = |peer: &str, chain: &str| {
            let hops: Vec<_> = chain.split(',').filter(|hop| !hop.is_empty()).map(|hop| hop.trim().parse().ok()).collect();
            client(peer.parse().ok(), &hops, &networks).map(|ip| ip.to_string()).unwrap_or_default()
        };
        assert_eq!(client("203.0.113.9", "192.0.2.7"), "203.0.113.9", "nobody believes a stranger");
        assert_eq!(client("10.1.2.3", "192.0.2.7"), "192.0.2.7");
        assert_eq!(client("10.1.2.3", ""), "10.1.2.3");
        assert_eq!(
            client("10.1.2.3", "1.1.1.1, 192.0.2.7, 10.9.9.9"),
            "192.0.2.7",
            "what the client wrote itself is not believed"
        );
        assert_eq!(client("fd00::1", "192.0.2.7, fd00::2"), "192.0.2.7");
        assert_eq!(client("10.1.2.3", "192.0.2.7, unknown"), "10.1.2.3");
        assert_eq!(client("10.1.2.3", "10.0.0.1"), "10.0.0.1", "a client inside");
        assert_eq!(client("", "192.0.2.7"), "192.0.2.7", "a role of this process");
    }
}
