//! One installation with its database, and requests to it.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, HeaderName};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use kernel::{Clock, Rng, TenantId, UserId};
use runtime::{App, Config, Role, ServiceToken, Settings, Stopper};
use serde_json::{Value, json};
use storage::{DatabaseUrl, Db, DbOptions};
use tempfile::TempDir;
use tower::ServiceExt;
use web::{Caller, Json, Web};

use crate::platform::{Platform, bugliano};

/// A password that satisfies every rule.
pub const PASSWORD: &str = "una frase piuttosto lunga";

/// One process of an installation. [`World::another`] gives a second one on the same database.
pub struct World {
    pub app: App,
    pub clock: Clock,
    pub platform: Platform,
    pub role: Role,
    router: Router,
    settings: Vec<(&'static str, String)>,
    database: DatabaseUrl,
    _stopper: Stopper,
    _keep: std::sync::Arc<(TempDir, Option<engines::Database>)>,
}

impl World {
    pub async fn on_sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(dir.path().join("test.db"));
        Self::start(dir, None, url).await
    }

    pub async fn on_postgres() -> Self {
        let database = tokio::task::spawn_blocking(engines::postgres).await.unwrap();
        let url = database.url().parse().unwrap();
        Self::start(tempfile::tempdir().unwrap(), Some(database), url).await
    }

    async fn start(dir: TempDir, database: Option<engines::Database>, url: DatabaseUrl) -> Self {
        let settings = vec![("SPORTELLO_DATA", dir.path().display().to_string()), ("SPORTELLO_SECRET", "s".repeat(32))];
        let clock = Clock::manual("2026-03-02T09:00:00Z".parse().unwrap());
        let keep = std::sync::Arc::new((dir, database));
        Self::build(settings, clock, Platform::default(), url, keep).await
    }

    /// A second process on the same database, with other settings laid over those of this one.
    pub async fn another(&self, settings: &[(&'static str, &str)]) -> Self {
        let over = settings.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let settings = self.settings.iter().cloned().chain(over).collect();
        let keep = std::sync::Arc::clone(&self._keep);
        Self::build(settings, self.clock.clone(), self.platform.clone(), self.database.clone(), keep).await
    }

    async fn build(
        settings: Vec<(&'static str, String)>,
        clock: Clock,
        platform: Platform,
        database: DatabaseUrl,
        keep: std::sync::Arc<(TempDir, Option<engines::Database>)>,
    ) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut source = Settings::from_pairs(settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let (config, own) = (Config::read(&mut source), identity::Config::read(&mut source));
        assert_eq!(source.errors(), []);
        let options = DbOptions { connections: 2, durable: false };
        let db = Db::open(&database, options, &[identity::MIGRATIONS]).await.unwrap();
        let (stopper, stop) = Stopper::new();
        let app = App::new(config, db, clock.clone(), Rng::system(), stop).unwrap();
        let role = identity::roles(&app, own).remove(0);
        let probe = Router::new().route("/{tenant}/api/probe", get(probe));
        let router = role.routes.clone().merge(platform.routes()).merge(probe);
        let router = web::wrap(router, Web::new(app.clone()));
        app.bind_local(router.clone());
        Self { app, clock, platform, role, router, settings, database, _stopper: stopper, _keep: keep }
    }

    /// A request of this process's router.
    pub fn call(&self, method: &str, path: &str) -> Call {
        let request = Request::builder().method(method).uri(path).body(Vec::new()).unwrap();
        Call { router: self.router.clone(), request }
    }

    /// Adds a user who signs in with [`PASSWORD`].
    pub async fn user(&self, username: &str, roles: &[&'static str]) -> UserId {
        let id = self.platform.add(&bugliano(), username, roles);
        let path = format!("/comune-di-bugliano/api/users/{id}/password");
        let body = json!({ "username": username, "password": PASSWORD });
        let answer = self.call("PUT", &path).bearer(&self.service(bugliano().id)).json(&body).send().await;
        assert_eq!(answer.status, 204, "{answer:?}");
        id
    }

    /// A token by which another role speaks for `tenant`.
    pub fn service(&self, tenant: TenantId) -> String {
        ServiceToken::issue(self.app.secret(), tenant, self.clock.now())
    }

    /// `POST auth`.
    pub async fn auth(&self, username: &str, password: &str) -> Answer {
        let body = json!({ "username": username, "password": password });
        self.call("POST", "/comune-di-bugliano/api/auth").json(&body).send().await
    }

    /// A token of somebody added by [`World::user`].
    pub async fn token(&self, username: &str) -> String {
        let answer = self.auth(username, PASSWORD).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.token()
    }

    /// The value of the cookie of a fresh session.
    pub async fn session(&self, username: &str) -> String {
        let body = json!({ "provider": "password", "username": username, "password": PASSWORD });
        let answer = self.call("POST", "/comune-di-bugliano/api/session").json(&body).send().await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.body["session"].as_str().unwrap().to_owned()
    }

    /// `GET session-auth` with a cookie.
    pub async fn session_auth(&self, session: &str) -> Answer {
        self.call("GET", "/comune-di-bugliano/api/session-auth").session(session).send().await
    }

    /// How every other role judges a token.
    pub async fn probe(&self, tenant: &str, token: &str) -> Answer {
        self.call("GET", &format!("/{tenant}/api/probe")).bearer(token).send().await
    }

    /// Runs a job of the role.
    pub async fn job(&self, name: &str) {
        self.role.jobs.iter().find(|job| job.name == name).unwrap().run().await.unwrap();
    }
}

async fn probe(caller: Caller) -> Json<Value> {
    Json(json!({ "tenant_id": caller.tenant_id, "kind": format!("{:?}", caller.kind) }))
}

/// A request, being built.
pub struct Call {
    router: Router,
    request: Request<Vec<u8>>,
}

impl Call {
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.request.headers_mut().insert(name, value.parse().unwrap());
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header(AUTHORIZATION, &format!("Bearer {token}"))
    }

    pub fn session(self, session: &str) -> Self {
        self.header(COOKIE, &format!("sportello_session={session}"))
    }

    pub fn host(self, host: &str) -> Self {
        self.header(HOST, host)
    }

    pub fn json(mut self, body: &Value) -> Self {
        *self.request.body_mut() = body.to_string().into_bytes();
        self.header(CONTENT_TYPE, "application/json")
    }

    /// As it comes from the network, from `address`.
    pub fn from(mut self, address: &str) -> Self {
        self.request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address.parse().unwrap(), 40_000)));
        self
    }

    pub async fn send(self) -> Answer {
        let response = self.router.oneshot(self.request.map(Body::from)).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn token(&self) -> String {
        self.body["token"].as_str().unwrap_or_else(|| panic!("no token: {self:?}")).to_owned()
    }
}

/// A part of a token, decoded: 0 the header, 1 the claims.
pub fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}
