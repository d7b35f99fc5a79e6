//! One installation: every role of payments at work, the stand-in intermediary, a platform that is told things, people with tokens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use http::Request;
use http::header::CONTENT_TYPE;
use jiff::SignedDuration;
use kernel::{Clock, Rng, Uuid};
use payments::Config;
use runtime::{App, Role, Settings, Stopper};
use serde_json::{Value, json};
use storage::{DatabaseUrl, Db, DbOptions};
use tempfile::TempDir;
pub use testkit::{BUGLIANO, Reply as Answer, VALLELAGHI};
use tokio::task::JoinSet;
use web::Web;

use crate::platform::Platform;
use crate::served::{SANDBOX, Served};

/// A payment to be created.
pub const CREATION_PENDING: &str = include_str!("../../../contracts/samples/payments/2.0/creation_pending.json");
/// A due that was imported.
pub const IMPORTED_DUE: &str = include_str!("../../../contracts/samples/payments/2.0/imported_due.json");
/// The service whose payments the sandbox takes.
pub const SERVICE: &str = "b21c4429-95e4-45d5-930f-44eb74136625";
/// The citizen of the sample application.
pub const CITIZEN: &str = "5b00796e-ef10-4c98-b9f5-b0f7ffd7a17d";
/// What the proxy's addresses begin with.
pub const PROXY: &str = "/payment-proxy/sandbox";
/// When tests begin.
const START: &str = "2025-03-12T09:15:02.25+01:00";
/// How long a test waits for something that must happen.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// An installation, on a database of its own.
pub struct World {
    /// Whose proxy the payments go through.
    pub served: &'static Served,
    pub app: App,
    pub clock: Clock,
    pub roles: Vec<Role>,
    /// The platform that is told what became of payments.
    pub platform: Platform,
    router: Router,
    database: DatabaseUrl,
    settings: Vec<(&'static str, String)>,
    stopper: Stopper,
    running: JoinSet<()>,
    keep: Arc<Keep>,
}

/// What goes with the last process of an installation.
struct Keep {
    dir: TempDir,
    _database: Option<engines::Database>,
    /// Brokers know groups by their names, which are the same everywhere: an installation has one of its own.
    broker: Option<Mutex<engines::Kafka>>,
}

impl World {
    pub async fn on_sqlite() -> Self {
        Self::with_on_sqlite(&SANDBOX).await
    }

    pub async fn on_postgres() -> Self {
        Self::with_on_postgres(&SANDBOX).await
    }

    /// Whose payments go through the proxy of `served`.
    pub async fn with_on_sqlite(served: &'static Served) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(dir.path().join("test.db"));
        Self::furnished(served, dir, (None, None), url, START).await
    }

    /// Over Kafka.
    pub async fn with_over_kafka(served: &'static Served) -> Self {
        let broker = tokio::task::spawn_blocking(engines::Kafka::start).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(dir.path().join("test.db"));
        Self::furnished(served, dir, (None, Some(broker)), url, START).await
    }

    pub async fn with_on_postgres(served: &'static Served) -> Self {
        let database = tokio::task::spawn_blocking(engines::postgres).await.unwrap();
        let url = database.url().parse().unwrap();
        Self::furnished(served, tempfile::tempdir().unwrap(), (Some(database), None), url, START).await
    }

    /// With tenant and payment configured.
    async fn furnished(
        served: &'static Served,
        dir: TempDir,
        (database, broker): (Option<engines::Database>, Option<engines::Kafka>),
        url: DatabaseUrl,
        start: &str,
    ) -> Self {
        let bus = broker.as_ref().map_or("embedded:".to_owned(), |broker| format!("kafka://{}", broker.bootstrap()));
        let data = match &url {
            DatabaseUrl::Sqlite(file) => file.parent().unwrap(),
            DatabaseUrl::Postgres(_) => dir.path(),
        };
        let settings = vec![
            ("SPORTELLO_BUS", bus),
            ("SPORTELLO_DATA", data.display().to_string()),
            ("SPORTELLO_SECRET", "s".repeat(32)),
            // Metrics are one set for all tests of the process; the environment tells ours apart.
            ("SPORTELLO_ENVIRONMENT", engines::unique("test")),
            ("SPORTELLO_DEMO", "true".to_owned()),
            // Tests run the poller by hand.
            ("SPORTELLO_TIMED_JOBS", "false".to_owned()),
            ("SPORTELLO_PAYMENTS_PROVIDER_TIMEOUT_MS", "1500".to_owned()),
            ("INTERNAL_API_URL", "http://payments.internal:8080/payment-proxy/{provider}/".to_owned()),
        ];
        let clock = Clock::manual(start.parse().unwrap());
        let keep = Arc::new(Keep { dir, _database: database, broker: broker.map(Mutex::new) });
        let world = Self::start(served, settings, clock, url, Platform::default(), keep).await;
        let proxy = world.proxy();
        // A process that is started again finds them there.
        for (path, config) in [
            (format!("{proxy}/v2/tenants/{BUGLIANO}"), world.tenant_config()),
            (format!("{proxy}/v2/configs/{SERVICE}"), world.payment_config()),
        ] {
            let answer = world.call("PUT", &path, &config).await;
            assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
        }
        world
    }

    /// What the addresses of the proxy begin with.
    pub fn proxy(&self) -> String {
        format!("/payment-proxy/{}", self.served.name)
    }

    /// On the SQLite database and the files that an earlier process may have left in `folder`, from `start` on.
    pub async fn in_folder(served: &'static Served, folder: &std::path::Path, start: &str) -> Self {
        let url = DatabaseUrl::Sqlite(folder.join("test.db"));
        Self::furnished(served, tempfile::tempdir().unwrap(), (None, None), url, start).await
    }

    async fn start(
        served: &'static Served,
        settings: Vec<(&'static str, String)>,
        clock: Clock,
        database: DatabaseUrl,
        platform: Platform,
        keep: Arc<Keep>,
    ) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        runtime::prometheus();
        // The last value of a setting counts; an empty one unsets it.
        let laid: HashMap<_, _> = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let mut source = Settings::from_pairs(laid.into_iter().filter(|(_, value)| !value.is_empty()));
        let (config, own) = (runtime::Config::read(&mut source), Config::read(&mut source));
        assert_eq!(source.errors(), []);
        let options = DbOptions { connections: 2, durable: false };
        let db = Db::open(&database, options, &[payments::MIGRATIONS, demo::psp::MIGRATIONS]).await.unwrap();
        let (stopper, stop) = Stopper::new();
        let app = App::new(config, db, clock.clone(), Rng::system(), stop).unwrap();
        let mut roles = payments::roles(&app, own);
        roles.push(demo::psp::role(&app));
        let others = testkit::keys().merge(testkit::tenants(&app)).merge(platform.routes());
        let routes = roles.iter().fold(others, |all, role| all.merge(role.routes.clone()));
        let router = web::wrap(routes, Web::new(app.clone()));
        app.bind_local(router.clone());
        if let Some(kafka) = app.kafka() {
            let topics: std::collections::BTreeSet<_> =
                roles.iter().flat_map(|role| &role.consumers).map(|consumer| consumer.topic).collect();
            kafka.ensure_topics(&topics.into_iter().collect::<Vec<_>>(), 2).await.unwrap();
        }
        let running = runtime::supervise(&app, &roles).await.unwrap();
        Self { served, app, clock, roles, platform, router, database, settings, stopper, running, keep }
    }

    /// A folder of its own, which goes when it goes.
    pub fn folder(&self) -> std::path::PathBuf {
        self.keep.dir.path().to_owned()
    }

    /// Does something to the broker, which only this installation has.
    pub fn broker(&self, what: impl FnOnce(&mut engines::Kafka)) {
        tokio::task::block_in_place(|| what(&mut self.keep.broker.as_ref().unwrap().lock().unwrap()));
    }

    /// Answers on a drawn port too; gives the address.
    pub async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(web::serve(listener, self.router.clone(), self.app.stop().clone(), Duration::from_secs(1)));
        url
    }

    /// A second process on the same database, with other settings laid over those of this one.
    pub async fn another(&self, settings: &[(&'static str, &str)]) -> Self {
        let over = settings.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let settings = self.settings.iter().cloned().chain(over).collect();
        let (clock, database, platform) = (self.clock.clone(), self.database.clone(), self.platform.clone());
        Self::start(self.served, settings, clock, database, platform, Arc::clone(&self.keep)).await
    }

    /// Ends this process as a crash would: what is being done is never finished. Gives another process on the same database.
    pub async fn crash(self) -> Self {
        self.replaced(&[]).await
    }

    /// The same, with other settings laid over those of this one.
    pub async fn replaced(mut self, settings: &[(&'static str, &str)]) -> Self {
        self.running.abort_all();
        // Where leases are kept for processes that may still live, they run out first.
        self.clock.advance(SignedDuration::from_secs(120));
        self.another(settings).await
    }

    /// The configuration of the tenant.
    pub fn tenant_config(&self) -> Value {
        self.served.tenant()
    }

    /// The configuration of the service's payments.
    pub fn payment_config(&self) -> Value {
        self.served.payment()
    }

    /// Lays changes over the configuration of the service's payment.
    pub async fn configure(&self, changes: Value) {
        let mut config = self.payment_config();
        config["items"][0].as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        self.call("PUT", &format!("{}/v2/configs/{SERVICE}", self.proxy()), &config).await.expect(200);
    }

    /// An application to be paid that nobody has seen yet.
    pub fn application(&self, amount: &str) -> Value {
        let mut event: Value =
            serde_json::from_str(include_str!("../../../contracts/samples/applications/2/payment_pending.json")).unwrap();
        let id = self.app.rng().uuid();
        event["id"] = json!(id);
        event["event_id"] = json!(self.app.event_id());
        event["payment_data"]["amount"] = json!(amount);
        event["payment_data"]["stamps"] = json!([]);
        event["payment_data"]["reason"] = json!(format!("{id} - FRRNNA84L52G702G"));
        let page = format!("https://servizi.example.it/comune-di-bugliano/it/pratiche/{id}/detail?lang=it");
        event["payment_data"]["landing"]["url"] = json!(page);
        event
    }

    /// A payment event of the frozen samples, by another producer, that nobody has seen yet.
    pub fn sample(&self, text: &str) -> Value {
        let mut event: Value = serde_json::from_str(text).unwrap();
        event["app_id"] = json!("test:1.0");
        event["event_id"] = json!(self.app.event_id());
        event
    }

    /// Puts an event into a topic, as another producer would.
    pub async fn publish(&self, topic: &'static str, event: &Value) {
        self.publish_text(topic, event["event_id"].as_str().unwrap_or_default(), event.to_string()).await;
    }

    /// Puts a text into a topic.
    pub async fn publish_text(&self, topic: &'static str, event_id: &str, text: String) {
        let id = event_id.parse().unwrap_or_else(|_| self.app.event_id());
        let now = self.clock.now();
        self.app.db().write(move |tx| tx.append(topic, SERVICE, id, &text, now)).await.unwrap();
    }

    /// The events of topic `payments` with their keys, oldest first. Whatever we wrote there keeps the contract's rules.
    pub async fn keyed_events(&self) -> Vec<(String, Value)> {
        let sql = "SELECT key, payload FROM events WHERE topic = 'payments' ORDER BY position";
        let read = move |tx: &mut storage::Tx<'_>| tx.all(sql, storage::params![], |row| Ok((row.get(0)?, row.get(1)?)));
        let read: Vec<(String, String)> = self.app.db().read(read).await.unwrap();
        let parse = |(key, payload): (String, String)| Some((key, serde_json::from_str::<Value>(&payload).ok()?));
        let events: Vec<_> = read.into_iter().filter_map(parse).collect();
        for (key, event) in events.iter().filter(|(_, event)| is_ours(event)) {
            let typed: contracts::payments::PaymentV2 = serde_json::from_value(event.clone()).unwrap();
            assert_eq!(typed.validate(), vec![]);
            assert_eq!(json!(key), event["service_id"]);
        }
        events
    }

    /// The events about a payment, or about the payment of an application, oldest first.
    pub async fn events_of(&self, application: &Value) -> Vec<Value> {
        // An application, or the payment itself.
        let events = self.keyed_events().await.into_iter().map(|(_, event)| event);
        events.filter(|event| event["remote_id"] == application["id"] || event["id"] == application["id"]).collect()
    }

    /// The statuses that the payment of an application went through.
    pub async fn statuses(&self, application: &Value) -> Vec<String> {
        self.events_of(application).await.iter().map(|event| event["status"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until the last event about the payment of an application has this status; gives the event.
    pub async fn payment(&self, application: &Value, status: &str) -> Value {
        let began = Instant::now();
        loop {
            match self.events_of(application).await.pop() {
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

    /// The same, while time passes so that failed attempts are repeated.
    pub async fn payment_in_time(&self, application: &Value, status: &str) -> Value {
        let began = Instant::now();
        while self.statuses(application).await.last().is_none_or(|last| last != status) {
            assert!(began.elapsed() < DEADLINE, "{:?}, dead: {:?}", self.statuses(application).await, self.dead_letters().await);
            self.clock.advance(SignedDuration::from_secs(1));
            // A provider's slow answer takes a real second: less than the minute for which a task is leased.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.payment(application, status).await
    }

    /// An application whose payment the provider has taken: the application and its payment.
    pub async fn pending(&self, amount: &str) -> (Value, Value) {
        let application = self.application(amount);
        self.publish("applications", &application).await;
        let payment = self.payment(&application, "PAYMENT_PENDING").await;
        (application, payment)
    }

    /// The last event about a payment.
    pub async fn last_event(&self, payment: &Value) -> Value {
        let mut events = self.keyed_events().await.into_iter().map(|(_, event)| event);
        events.rfind(|event| event["id"] == payment["id"]).unwrap()
    }

    /// Where the position of a payment stands at the stand-in.
    pub async fn standing(&self, payment: &Value) -> String {
        let positions = self.call("GET", "/demo/psp/positions", &Value::Null).await.expect(200);
        let mut positions = positions.as_array().unwrap().iter();
        positions.find(|position| position["iud"] == payment["payment"]["iud"]).unwrap()["status"].as_str().unwrap().to_owned()
    }

    /// What the platform was told last of an application, once everything is done.
    pub async fn told_last(&self, application: &Value) -> String {
        self.idle().await;
        self.platform.told(application).pop().unwrap_or_default()
    }

    /// Waits until the platform was told this of an application.
    pub async fn told(&self, application: &Value, expected: &[&str]) {
        let began = Instant::now();
        while self.platform.told(application) != expected {
            assert!(began.elapsed() < DEADLINE, "told {:?} instead of {expected:?}", self.platform.told(application));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Runs the poller once, and waits until everything that came of it is done.
    pub async fn poll(&self) {
        self.idle().await;
        self.begin_to_poll().await;
        self.idle().await;
    }

    /// Runs the poller once.
    pub async fn begin_to_poll(&self) {
        let poller = self.roles.iter().find(|role| role.name == "payment-poller").unwrap();
        poller.jobs[0].run().await.unwrap();
    }

    /// Reasons of the dead letters.
    pub async fn dead_letters(&self) -> Vec<String> {
        let sql = "SELECT reason FROM dead_letters ORDER BY created_at, id";
        self.app.db().read(move |tx| tx.all(sql, storage::params![], |row| row.get(0))).await.unwrap()
    }

    /// What the stand-in was asked about a payment: the outcomes of one operation.
    pub async fn ledger(&self, payment: &Value, operation: &str) -> Vec<String> {
        let iud = payment["payment"]["iud"].as_str().unwrap();
        let entries = self.call("GET", &format!("/demo/psp/ledger?iud={iud}"), &Value::Null).await.expect(200);
        let entries = entries.as_array().unwrap().iter().filter(|entry| entry["operation"] == operation);
        entries.map(|entry| entry["outcome"].as_str().unwrap().to_owned()).collect()
    }

    /// How often the stand-in has taken a position for the payment.
    pub async fn taken(&self, payment: &Value) -> usize {
        self.ledger(payment, "create").await.iter().filter(|outcome| *outcome == "accepted").count()
    }

    /// The citizen presses a button of the stand-in's page; gives the address that the browser is sent to.
    pub async fn press(&self, payment: &Value, button: &str) -> String {
        self.press_on(&format!("/demo/psp/checkout/{}", payment["payment"]["iud"].as_str().unwrap()), button).await
    }

    /// The same on any page of the stand-in's.
    pub async fn press_on(&self, page: &str, button: &str) -> String {
        let page = page.strip_prefix(self.app.public_url()).unwrap_or(page);
        let request = Request::builder().method("POST").uri(page).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = testkit::send(&self.router, request.body(Body::from(format!("esito={button}"))).unwrap()).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        answer.location()
    }

    /// Follows a link of a payment, or any address of this installation, as a browser would.
    pub async fn open(&self, url: &str) -> Answer {
        let path = url.strip_prefix(self.app.public_url()).or_else(|| url.strip_prefix("http://payments.internal:8080"));
        self.call_by("", "GET", path.unwrap_or_else(|| panic!("{url} leads elsewhere")), &Value::Null).await
    }

    /// Follows the link of a payment called `name`.
    pub async fn open_link(&self, payment: &Value, name: &str) -> Answer {
        let url = payment["links"][name]["url"].as_str().unwrap_or_else(|| panic!("no link {name}"));
        self.open(url).await
    }

    /// The value of one of the proxy's metrics; 0 when it was never counted.
    pub fn metric(&self, name: &str) -> f64 {
        let env = format!("env=\"{}\"", self.app.config().environment);
        let app_name = format!("app_name=\"{}-payment-proxy\"", self.served.name);
        let rendered = runtime::prometheus().render();
        let of_ours = rendered
            .lines()
            .filter(|line| line.starts_with(&format!("{name}{{")) && line.contains(&env) && line.contains(&app_name));
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

    /// A token as the identity role makes it, for a user with this identifier and name.
    pub fn token(&self, tenant: &str, user: Uuid, username: &str, roles: &[&str]) -> String {
        testkit::token(self.clock.now(), tenant, &user.to_string(), username, roles)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stopper.stop();
    }
}

/// Whether the event was made by this context, and not by a test.
fn is_ours(event: &Value) -> bool {
    let app_id = event["app_id"].as_str().unwrap_or_default();
    let ours = app_id.strip_suffix(&format!(":{}", runtime::VERSION));
    ours.is_some_and(|name| matches!(name, "payment-dispatcher" | "payment-importer") || name.ends_with("-payment-proxy"))
}
