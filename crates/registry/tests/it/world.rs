//! One installation: dispatcher and proxy at work, the stand-in registry, a platform that gives files, and people with tokens.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use bytes::Bytes;
use jiff::SignedDuration;
use kernel::{Clock, Rng, Uuid};
use registry::Config;
use runtime::{App, Role, Settings, Stopper};
use serde_json::{Value, json};
use storage::{DatabaseUrl, Db, DbOptions};
use tempfile::TempDir;
pub use testkit::{BUGLIANO, Reply as Answer, VALLELAGHI};
use tokio::task::JoinSet;
use web::{ApiError, Web};

use crate::frozen;

/// The service whose documents are registered.
pub const SERVICE: &str = "b21c4429-95e4-45d5-930f-44eb74136625";
/// The office of the tenant's registry.
pub const AOO: &str = "c_bugl-AOO1";
/// What the proxy's addresses begin with.
pub const API: &str = "/registry-proxy/sandbox/v1";
/// The proxies' consumers.
const PROXIES: [&str; 4] = ["sandbox-registry-proxy", "docarea-registry-proxy", "iride-registry-proxy", "pitre-registry-proxy"];
/// How long a test waits for something that must happen.
const DEADLINE: Duration = Duration::from_secs(30);

/// An installation, on a database of its own.
pub struct World {
    pub app: App,
    pub clock: Clock,
    pub roles: Vec<Role>,
    pub config: Config,
    /// What the platform answers for a file, by the end of its address; others are 404.
    pub files: Files,
    router: Router,
    database: DatabaseUrl,
    settings: Vec<(&'static str, String)>,
    stopper: Stopper,
    running: JoinSet<()>,
    keep: Arc<(TempDir, Option<engines::Database>)>,
}

/// The files of the platform; shared by the processes of one installation.
pub type Files = Arc<std::sync::Mutex<HashMap<String, Bytes>>>;

impl World {
    pub async fn on_sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(dir.path().join("test.db"));
        Self::furnished(dir, None, url).await
    }

    pub async fn on_postgres() -> Self {
        let database = tokio::task::spawn_blocking(engines::postgres).await.unwrap();
        let url = database.url().parse().unwrap();
        Self::furnished(tempfile::tempdir().unwrap(), Some(database), url).await
    }

    /// With tenant and service configured.
    async fn furnished(dir: TempDir, database: Option<engines::Database>, url: DatabaseUrl) -> Self {
        let settings = vec![
            ("SPORTELLO_DATA", dir.path().display().to_string()),
            ("SPORTELLO_SECRET", "s".repeat(32)),
            // Metrics are one set for all tests of the process; the environment tells ours apart.
            ("SPORTELLO_ENVIRONMENT", engines::unique("test")),
            ("SPORTELLO_DEMO", "true".to_owned()),
            ("SDC_AUTH_TOKEN_USER", "proxy".to_owned()),
            ("SDC_AUTH_TOKEN_PASSWORD", "segreto".to_owned()),
        ];
        let clock = Clock::manual("2026-03-02T09:00:00Z".parse().unwrap());
        let world = Self::start(settings, clock, url, Files::default(), Arc::new((dir, database))).await;
        world.call("POST", &format!("{API}/tenants"), &world.tenant_config()).await.expect(201);
        world.call("POST", &format!("{API}/services"), &world.service_config()).await.expect(201);
        world
    }

    async fn start(
        settings: Vec<(&'static str, String)>,
        clock: Clock,
        database: DatabaseUrl,
        files: Files,
        keep: Arc<(TempDir, Option<engines::Database>)>,
    ) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        runtime::prometheus();
        let mut source = Settings::from_pairs(settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let (config, own) = (runtime::Config::read(&mut source), Config::read(&mut source));
        assert_eq!(source.errors(), []);
        let options = DbOptions { connections: 2, durable: false };
        let db = Db::open(&database, options, &[registry::MIGRATIONS, demo::registry::MIGRATIONS]).await.unwrap();
        let (stopper, stop) = Stopper::new();
        let app = App::new(config, db, clock.clone(), Rng::system(), stop).unwrap();
        let mut roles = registry::roles(&app, own.clone());
        let wanted = &app.config().roles;
        roles.retain(|role| wanted.is_empty() || wanted.iter().any(|name| name == role.name));
        let given = Router::new()
            .route("/{tenant}/api/applications/{id}/attachments/{attachment}", get(file))
            .with_state(Arc::clone(&files));
        let others = testkit::keys().merge(testkit::tenants(&app)).merge(given);
        let routes = roles.iter().fold(Router::new(), |all, role| all.merge(role.routes.clone()));
        let router = web::wrap(routes.merge(demo::registry::routes(&app)).merge(others), Web::new(app.clone()));
        app.bind_local(router.clone());
        if let Some(kafka) = app.kafka() {
            let read = roles.iter().flat_map(|role| &role.consumers).map(|consumer| consumer.topic);
            let mut topics: Vec<_> = read.chain(roles.iter().flat_map(|role| &role.topics).map(String::as_str)).collect();
            topics.sort_unstable();
            topics.dedup();
            kafka.ensure_topics(&topics, 2).await.unwrap();
        }
        let running = runtime::supervise(&app, &roles).await.unwrap();
        Self { app, clock, roles, config: own, files, router, database, settings, stopper, running, keep }
    }

    /// A second process on the same database, with other settings laid over those of this one.
    pub async fn another(&self, settings: &[(&'static str, &str)]) -> Self {
        let over = settings.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let settings = self.settings.iter().cloned().chain(over).collect();
        let (clock, database, files) = (self.clock.clone(), self.database.clone(), Arc::clone(&self.files));
        Self::start(settings, clock, database, files, Arc::clone(&self.keep)).await
    }

    /// The same installation, giving the registry three seconds to answer: for tests that wait until they are over. On a busy machine
    /// large files take longer.
    pub async fn impatient(self) -> Self {
        self.crash().restart(&[("SPORTELLO_REGISTRY_TIMEOUT_S", "3")]).await
    }

    /// Ends this process as a crash would: what is being done is never finished.
    pub fn crash(mut self) -> Crashed {
        self.running.abort_all();
        Crashed(self)
    }

    /// The configuration of the tenant.
    pub fn tenant_config(&self) -> Value {
        json!({
            "id": BUGLIANO, "description": "Comune di Bugliano", "slug": "comune-di-bugliano", "institution_code": "c_bugl",
            "aoo_code": "AOO1", "base_url": format!("{}/comune-di-bugliano", self.app.public_url())
        })
    }

    /// The configuration of the service.
    pub fn service_config(&self) -> Value {
        json!({
            "id": SERVICE, "tenant_id": BUGLIANO, "description": "Occupazione di suolo pubblico", "is_active": true,
            "registry": { "register": demo::registry::REGISTER, "classification_hierarchy": "6.3.4" }
        })
    }

    /// A document with two attachments that nobody has seen yet, in its first event; its files can be fetched.
    pub fn document(&self) -> Value {
        let mut document: Value = serde_json::from_str(frozen::CREATED).unwrap();
        let (id, application) = (self.app.rng().uuid(), self.app.rng().uuid());
        document["id"] = json!(id);
        document["app_id"] = json!("test:1.0");
        document["event_id"] = json!(self.app.event_id());
        document["remote_id"] = json!(application);
        for file in ["/main_document", "/attachments/0", "/attachments/1"] {
            let (attachment, content) = (self.app.rng().uuid(), format!("contenuto di {file} di {id}"));
            let base = format!("{}/comune-di-bugliano", self.app.public_url());
            let url = format!("{base}/api/applications/{application}/attachments/{attachment}?version=2");
            *document.pointer_mut(&format!("{file}/url")).unwrap() = json!(url);
            self.files.lock().unwrap().insert(attachment.to_string(), content.into());
        }
        document
    }

    /// Puts an event into a topic, as another producer would.
    pub async fn publish(&self, topic: &'static str, event: &Value) {
        let (key, id, text) =
            (event["remote_id"].as_str().unwrap_or("key").to_owned(), event["event_id"].clone(), event.to_string());
        let id = serde_json::from_value(id).unwrap_or_else(|_| self.app.event_id());
        let now = self.clock.now();
        self.app.db().write(move |tx| tx.append(topic, &key, id, &text, now)).await.unwrap();
    }

    /// The events of a topic with their keys, oldest first. Whatever we wrote there satisfies the published schema.
    pub async fn keyed_events(&self, topic: &'static str) -> Vec<(String, Value)> {
        let sql = "SELECT key, payload FROM events WHERE topic = $1 ORDER BY position";
        let read = self
            .app
            .db()
            .read(move |tx| tx.all(sql, storage::params![topic], |row| Ok((row.get(0)?, row.get::<String>(1)?))))
            .await
            .unwrap();
        let events = read.into_iter().map(|(key, payload): (String, _)| (key, serde_json::from_str::<Value>(&payload).unwrap()));
        events
            .inspect(|(_, event)| {
                if is_ours(event) {
                    frozen::assert_valid(event)
                }
            })
            .collect()
    }

    /// The events of a topic, oldest first.
    pub async fn events(&self, topic: &'static str) -> Vec<Value> {
        self.keyed_events(topic).await.into_iter().map(|(_, event)| event).collect()
    }

    /// The statuses that a document went through in the topic of documents.
    pub async fn statuses(&self, document: &Value) -> Vec<String> {
        let events = self.events("documents").await.into_iter().filter(|event| event["id"] == document["id"]);
        events.map(|event| event["status"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until a document is registered; gives its last event.
    pub async fn registered(&self, document: &Value) -> Value {
        self.last_event("documents", document, "REGISTRATION_COMPLETE").await
    }

    /// Waits until the last event of a document in a topic has a status; gives the event.
    pub async fn last_event(&self, topic: &'static str, document: &Value, status: &str) -> Value {
        let began = Instant::now();
        loop {
            let of_document = self.events(topic).await.into_iter().rfind(|event| event["id"] == document["id"]);
            match of_document {
                Some(event) if event["status"] == status => return event,
                last => assert!(
                    began.elapsed() < DEADLINE,
                    "{status} does not come; last: {last:?}; dead: {:?}",
                    self.dead_letters().await
                ),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until every event is read and no document is being registered.
    pub async fn idle(&self) {
        let began = Instant::now();
        while !self.is_idle().await {
            assert!(began.elapsed() < DEADLINE, "the installation does not come to rest");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn is_idle(&self) -> bool {
        let consumers = self.roles.iter().flat_map(|role| &role.consumers);
        let consumers: Vec<_> = consumers.map(|consumer| (consumer.topic, consumer.name)).collect();
        let now = self.clock.now();
        let look = self.app.db().read(move |tx| {
            let mut read = true;
            // The last positions as they are, not as a reader may see them: in PostgreSQL the newest events become visible a little later.
            for (topic, _, last) in tx.topics()? {
                for (_, consumer) in consumers.iter().filter(|(of, _)| *of == topic) {
                    read &= tx.consumer_position(consumer, &topic)? >= last;
                }
            }
            // What is due to be tried again is on its way.
            let due = "SELECT 1 FROM tasks WHERE queue = $1 AND run_at <= $2 LIMIT 1";
            let due = tx.optional(due, storage::params![registry::retry::ORCHESTRATOR, now], |_| Ok(()))?.is_some();
            let open = tx.open_tasks()?;
            storage::Result::Ok(
                read && !due && !open.iter().any(|(queue, _)| queue.ends_with(".register") || queue.ends_with(".tree")),
            )
        });
        look.await.unwrap()
    }

    /// Reasons of the dead letters.
    pub async fn dead_letters(&self) -> Vec<String> {
        let sql = "SELECT reason FROM dead_letters ORDER BY created_at, id";
        self.app.db().read(move |tx| tx.all(sql, storage::params![], |row| row.get(0))).await.unwrap()
    }

    /// Waits until there are as many dead letters.
    pub async fn buried(&self, count: usize) {
        let began = Instant::now();
        while self.dead_letters().await.len() < count {
            assert!(began.elapsed() < DEADLINE, "{:?}", self.dead_letters().await);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Moves the clock past the longest wait between two attempts, when whatever failed so far waits.
    pub async fn wait_for_retry(&self) {
        self.idle().await;
        self.clock.advance(SignedDuration::from_hours(2));
    }

    /// How the stand-in registry behaves for the next `times` requests; always when `None`.
    pub async fn registry_is(&self, mode: &str, times: Option<u32>) {
        self.registry_will_be(mode, 0, times).await;
    }

    /// The same, after `before` requests that go well.
    pub async fn registry_will_be(&self, mode: &str, before: u32, times: Option<u32>) {
        let body = json!({ "mode": mode, "before": before, "times": times });
        self.call("PUT", &format!("/demo/registry/{AOO}/mode"), &body).await.expect(204);
    }

    /// What the stand-in was asked, by outcome and operation: `ledger("accepted", "document")`.
    pub async fn ledger(&self, outcome: &str, operation: &str) -> Vec<Value> {
        let entries = self.call("GET", "/demo/registry/ledger", &Value::Null).await.expect(200);
        let entries = entries.as_array().unwrap().iter();
        entries.filter(|entry| entry["outcome"] == outcome && entry["operation"] == operation).cloned().collect()
    }

    /// The value of one of the proxy's metrics; 0 when it was never counted.
    pub fn metric(&self, name: &str) -> f64 {
        let env = format!("env=\"{}\"", self.app.config().environment);
        let rendered = runtime::prometheus().render();
        let of_ours = rendered.lines().filter(|line| line.starts_with(&format!("{name}{{")) && line.contains(&env));
        of_ours.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
    }

    /// Waits until one of the proxy's metrics has a value: counting follows the commit.
    pub async fn counted(&self, name: &str, value: f64) {
        let began = Instant::now();
        while self.metric(name) != value {
            assert!(began.elapsed() < DEADLINE, "{name} is {} and should be {value}", self.metric(name));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// A token by which the platform itself speaks for a tenant.
    pub fn service_token(&self, tenant: &str) -> String {
        testkit::service_token(&self.app, tenant)
    }

    /// A request by the platform itself for the tenant.
    pub async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.call_by(&self.service_token(BUGLIANO), method, path, body).await
    }

    /// A request by the holder of a token; by nobody when it is empty.
    pub async fn call_by(&self, token: &str, method: &str, path: &str, body: &Value) -> Answer {
        testkit::call(&self.router, token, method, path, body).await
    }

    /// A token as the identity role makes it.
    pub fn token(&self, tenant: &str, roles: &[&str]) -> String {
        testkit::token(self.clock.now(), tenant, &Uuid::from_u128(1).to_string(), "qualcuno", roles)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stopper.stop();
    }
}

/// A process that has ended; what it had in hand is never done, and its database lives on.
pub struct Crashed(World);

impl Crashed {
    /// Another process on the same database.
    pub async fn restart(&self, settings: &[(&'static str, &str)]) -> World {
        // Where leases are kept for processes that may still live, they run out first.
        self.0.clock.advance(SignedDuration::from_secs(120));
        self.0.another(settings).await
    }
}

/// The same configuration or document with the addresses of the other tenant.
pub fn at_vallelaghi(value: &Value) -> Value {
    serde_json::from_str(&value.to_string().replace("comune-di-bugliano", "comune-di-vallelaghi")).unwrap()
}

/// Whether the event was made by this context, and not by a test.
fn is_ours(event: &Value) -> bool {
    let app_id = event["app_id"].as_str().unwrap_or_default();
    PROXIES.iter().chain(&[registry::DISPATCHER]).any(|name| app_id == format!("{name}:{}", runtime::VERSION))
}

/// A file, for the platform's own roles.
async fn file(
    State(files): State<Files>,
    caller: web::Caller,
    Path((_, _, attachment)): Path<(String, String, String)>,
) -> Result<Bytes, ApiError> {
    caller.require_service()?;
    files.lock().unwrap().get(&attachment).cloned().ok_or_else(ApiError::not_found)
}
