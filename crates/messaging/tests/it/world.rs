//! One installation with the demo's organisations and citizens, and requests to it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, Request};
use http_body_util::BodyExt;
use kernel::{Clock, Rng, Uuid};
use messaging::Config;
use runtime::{App, Role, Settings, Stopper};
use serde_json::{Value, json};
use storage::{DatabaseUrl, Db, DbOptions};
use tempfile::TempDir;
pub use testkit::{BUGLIANO, VALLELAGHI};
use tokio::task::JoinSet;
use tower::ServiceExt;
use web::Web;

/// The interface for senders.
pub const API: &str = "/io/api/v1";
/// When tests begin.
const START: &str = "2025-03-12T09:15:02.25+01:00";
/// How long a test waits for something that must happen.
const DEADLINE: Duration = Duration::from_secs(40);

/// The demo's citizen with this last digit.
pub fn citizen(last: u8) -> String {
    format!("AAAAAA00A00A00{last}A")
}

/// A message to the demo's citizen with this last digit.
pub fn message(last: u8) -> Value {
    json!({ "fiscal_code": citizen(last), "content": { "subject": "Un oggetto valido", "markdown": "m".repeat(80) } })
}

/// An installation, on a database of its own.
pub struct World {
    pub app: App,
    pub clock: Clock,
    pub roles: Vec<Role>,
    /// The letters that were sent.
    pub letters: Arc<Mutex<Vec<Value>>>,
    router: Router,
    database: DatabaseUrl,
    settings: Vec<(&'static str, String)>,
    stopper: Stopper,
    running: JoinSet<()>,
    keep: Arc<(TempDir, Option<engines::Database>)>,
}

impl World {
    pub async fn on_sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(dir.path().join("test.db"));
        Self::settled(dir, None, url).await
    }

    pub async fn on_postgres() -> Self {
        let database = tokio::task::spawn_blocking(engines::postgres).await.unwrap();
        let url = database.url().parse().unwrap();
        Self::settled(tempfile::tempdir().unwrap(), Some(database), url).await
    }

    async fn settled(dir: TempDir, database: Option<engines::Database>, url: DatabaseUrl) -> Self {
        let settings = vec![
            ("SPORTELLO_DATA", dir.path().display().to_string()),
            ("SPORTELLO_SECRET", "s".repeat(32)),
            ("SPORTELLO_DEMO", "true".to_owned()),
            // Tests run jobs by hand.
            ("SPORTELLO_TIMED_JOBS", "false".to_owned()),
            ("SPORTELLO_TRUSTED_PROXIES", "10.0.0.0/8".to_owned()),
        ];
        let clock = Clock::manual(START.parse().unwrap());
        let world = Self::start(settings, clock, url, Arc::new((dir, database))).await;
        world.job("messaging-demo").await;
        world
    }

    async fn start(
        settings: Vec<(&'static str, String)>,
        clock: Clock,
        database: DatabaseUrl,
        keep: Arc<(TempDir, Option<engines::Database>)>,
    ) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let laid: HashMap<_, _> = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let mut source = Settings::from_pairs(laid);
        let (config, own) = (runtime::Config::read(&mut source), Config::read(&mut source));
        assert_eq!(source.errors(), []);
        let options = DbOptions { connections: 2, durable: false };
        let db = Db::open(&database, options, &[messaging::MIGRATIONS]).await.unwrap();
        let (stopper, stop) = Stopper::new();
        let app = App::new(config, db, clock.clone(), Rng::system(), stop).unwrap();
        let roles = messaging::roles(&app, own);
        let letters = Arc::new(Mutex::new(Vec::new()));
        let mailbox = Arc::clone(&letters);
        let take = move |axum::Json(letter): axum::Json<Value>| async move {
            mailbox.lock().unwrap().push(letter);
        };
        let mail = Router::new().route("/demo/mail/{id}", axum::routing::put(take));
        let others = testkit::keys().merge(demo::notices::role().routes).merge(mail);
        let routes = roles.iter().fold(others, |all, role| all.merge(role.routes.clone()));
        let router = web::wrap(routes, Web::new(app.clone()));
        app.bind_local(router.clone());
        let running = runtime::supervise(&app, &roles).await.unwrap();
        Self { app, clock, roles, letters, router, database, settings, stopper, running, keep }
    }

    /// A second process on the same database, with other settings laid over those of this one.
    pub async fn another(&self, settings: &[(&'static str, &str)]) -> Self {
        let over = settings.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let settings = self.settings.iter().cloned().chain(over).collect();
        Self::start(settings, self.clock.clone(), self.database.clone(), Arc::clone(&self.keep)).await
    }

    /// Ends what this process does besides answering, as if it died after its last answer.
    pub async fn halt(&mut self) {
        self.stopper.stop();
        while self.running.join_next().await.is_some() {}
    }

    /// Runs a job.
    pub async fn job(&self, name: &str) {
        let job = self.roles.iter().flat_map(|role| &role.jobs).find(|job| job.name == name).unwrap();
        job.run().await.unwrap();
    }

    /// A request.
    pub fn call(&self, method: &str, path: &str) -> Call {
        let mut request = Request::builder().method(method).uri(path).body(Vec::new()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new("198.51.100.7".parse().unwrap(), 40_000)));
        Call { router: self.router.clone(), request }
    }

    /// A request to the interface for senders with a key.
    pub fn send(&self, key: &str, method: &str, path: &str, body: &Value) -> Call {
        self.call(method, &format!("{API}{path}")).key(key).json(body)
    }

    /// Submits a message that is accepted; gives its identifier.
    pub async fn submit(&self, key: &str, message: &Value) -> String {
        let answer = self.send(key, "POST", "/messages", message).answer().await.expect(201);
        answer["id"].as_str().unwrap().to_owned()
    }

    /// A message as its sender sees it.
    pub async fn look(&self, key: &str, citizen: &str, id: &str) -> Value {
        self.send(key, "GET", &format!("/messages/{citizen}/{id}"), &Value::Null).answer().await.expect(200)
    }

    /// Waits until a message is no longer on its way; gives it.
    pub async fn decided(&self, key: &str, citizen: &str, id: &str) -> Value {
        let began = Instant::now();
        loop {
            let message = self.look(key, citizen, id).await;
            if message["status"] != "ACCEPTED" {
                return message;
            }
            assert!(began.elapsed() < DEADLINE, "nothing becomes of {message}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until `done` gives something.
    pub async fn eventually<T>(&self, what: &str, mut done: impl AsyncFnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(value) = done().await {
                return value;
            }
            assert!(began.elapsed() < DEADLINE, "{what} does not come");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Runs a statement without parameters.
    pub async fn execute(&self, sql: &'static str) -> u64 {
        self.app.db().write(move |tx| tx.execute(sql, storage::params![])).await.unwrap()
    }

    /// The number that a query gives.
    pub async fn count(&self, sql: &'static str) -> i64 {
        self.app.db().read(move |tx| tx.one(sql, storage::params![], |row| row.get(0))).await.unwrap()
    }

    /// A token by which another role speaks for a body.
    pub fn service_token(&self, tenant: &str) -> String {
        testkit::service_token(&self.app, tenant)
    }

    /// A request of the body, by another role.
    pub fn admin(&self, method: &str, path: &str, body: &Value) -> Call {
        self.call(method, &format!("/io/admin/v1{path}")).bearer(&self.service_token(BUGLIANO)).json(body)
    }

    /// A request of the demo's citizen with this last digit, as their app makes it.
    pub fn app(&self, last: u8, method: &str, path: &str, body: &Value) -> Call {
        let token = self.token(BUGLIANO, &citizen(last), &["ROLE_USER", "ROLE_CPS_USER"]);
        self.call(method, &format!("/io/app/v1{path}")).bearer(&token).json(body)
    }

    /// A token as the identity role makes it.
    pub fn token(&self, tenant: &str, username: &str, roles: &[&str]) -> String {
        testkit::token(self.clock.now(), tenant, &Uuid::from_u128(7).to_string(), username, roles)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stopper.stop();
    }
}

/// A request, being built.
pub struct Call {
    router: Router,
    request: Request<Vec<u8>>,
}

impl Call {
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.request.headers_mut().insert(HeaderName::from_static(name), value.parse().unwrap());
        self
    }

    /// With a key; with none when it is empty.
    pub fn key(self, key: &str) -> Self {
        if key.is_empty() { self } else { self.header("ocp-apim-subscription-key", key) }
    }

    pub fn bearer(self, token: &str) -> Self {
        if token.is_empty() { self } else { self.header("authorization", &format!("Bearer {token}")) }
    }

    /// From an address; from nowhere known when it is empty.
    pub fn from(mut self, address: &str) -> Self {
        match address.parse() {
            Ok(address) => drop(self.request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 40_000)))),
            Err(_) => drop(self.request.extensions_mut().remove::<ConnectInfo<SocketAddr>>()),
        }
        self
    }

    pub fn json(mut self, body: &Value) -> Self {
        if body.is_null() {
            return self;
        }
        *self.request.body_mut() = body.to_string().into_bytes();
        self.header("content-type", "application/json")
    }

    pub fn text(mut self, body: &str) -> Self {
        *self.request.body_mut() = body.as_bytes().to_vec();
        self
    }

    /// Whether an answer begins well and does not come to its end.
    pub async fn breaks_off(self) -> bool {
        let response = self.router.oneshot(self.request.map(Body::from)).await.unwrap();
        response.status().is_success() && response.into_body().collect().await.is_err()
    }

    pub async fn answer(self) -> Answer {
        let response = self.router.oneshot(self.request.map(Body::from)).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body, bytes }
    }
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body, if it is JSON.
    pub body: Value,
    /// The body as it came.
    pub bytes: Bytes,
}

impl Answer {
    /// The body, if the status is the one expected.
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// A refusal with this status and title; every body is the superset that clients read.
    pub fn refused(self, status: u16, title: &str) -> Value {
        assert_eq!((self.status, self.body["title"].as_str()), (status, Some(title)), "{}", self.body);
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json");
        for member in ["type", "title", "detail", "message", "code", "instance"] {
            assert!(self.body[member].is_string(), "{member} lacks in {}", self.body);
        }
        assert_eq!((&self.body["status"], &self.body["statusCode"]), (&json!(status), &json!(status)));
        self.body
    }
}
