//! One public address for several processes: a small reverse proxy.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use reqwest::redirect;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Finds the address, without a trailing slash, of who answers a path; nobody: 404.
type Route = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Headers of one connection, not of what it carries.
const HOP_BY_HOP: [HeaderName; 3] = [CONNECTION, TRANSFER_ENCODING, CONTENT_LENGTH];

/// A running reverse proxy; it stops when this is dropped.
pub(crate) struct Gateway {
    runtime: Option<Runtime>,
}

impl Gateway {
    /// Listens at `address`.
    ///
    /// # Panics
    /// When it cannot.
    pub fn start(address: SocketAddr, route: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        // Threads of its own: a test may block its own while it waits for an answer.
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads can be started");
        let http = reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build().expect("constant settings");
        let route: Arc<Route> = Arc::new(route);
        let router = Router::new().fallback(forward).layer(DefaultBodyLimit::disable()).with_state((http, route));
        let listener = runtime.block_on(TcpListener::bind(address)).expect("the drawn port is free");
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { runtime: Some(runtime) }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Not waiting: the test that drops this may run on an asynchronous thread, which must not block.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn forward(
    State((http, route)): State<(reqwest::Client, Arc<Route>)>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(upstream) = route(uri.path()) else { return StatusCode::NOT_FOUND.into_response() };
    HOP_BY_HOP.iter().for_each(|name| drop(headers.remove(name)));
    let address = format!("{upstream}{}", uri.path_and_query().map_or("/", |path| path.as_str()));
    let Ok(answer) = http.request(method, address).headers(headers).body(body).send().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    HOP_BY_HOP.iter().for_each(|name| drop(headers.remove(name)));
    match answer.bytes().await {
        Ok(body) => (status, headers, Body::from(body)).into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
