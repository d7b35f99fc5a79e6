//! One installation with two tenants, people with tokens, and requests to it.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use kernel::{Clock, Rng};
use runtime::{App, Config, Role, Settings, Stopper};
use serde_json::{Value, json};
use storage::{DatabaseUrl, Db, DbOptions, DeadLetter, params};
use tempfile::TempDir;
pub use testkit::{BUGLIANO, Reply as Answer, VALLELAGHI};
use web::Web;

use crate::outside::{self, Outside};

/// Addresses of the first tenant.
pub const HERE: &str = "/comune-di-bugliano";
/// Addresses of the other one.
pub const THERE: &str = "/comune-di-vallelaghi";
/// A service of the first tenant.
pub const SERVICE: &str = "11111111-2222-4333-8444-555555555501";
/// Another one.
pub const OTHER_SERVICE: &str = "11111111-2222-4333-8444-555555555502";
const FORM: &str = "65f0c0ffee0000000000beef";

/// Largest file, in bytes: small, so that tests need not send much.
pub const UPLOAD_LIMIT: usize = 100_000;
/// A file that is a PDF as far as its first bytes say.
pub const PDF: &[u8] = b"%PDF-1.7\n1 0 obj <<>> endobj\n";

/// An installation, on a database of its own.
pub struct World {
    pub app: App,
    pub clock: Clock,
    pub role: Role,
    outside: outside::Shared,
    router: Router,
    _stopper: Stopper,
    _keep: (TempDir, Option<engines::Database>),
}

/// Somebody with a token.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: String,
    pub token: String,
}

impl World {
    pub async fn on_sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(dir.path().join("test.db"));
        Self::start(dir, None, url, &[]).await
    }

    /// The same with settings of its own.
    pub async fn on_sqlite_with(settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(dir.path().join("test.db"));
        Self::start(dir, None, url, settings).await
    }

    pub async fn on_postgres() -> Self {
        let database = tokio::task::spawn_blocking(engines::postgres).await.unwrap();
        let url = database.url().parse().unwrap();
        Self::start(tempfile::tempdir().unwrap(), Some(database), url, &[]).await
    }

    async fn start(dir: TempDir, database: Option<engines::Database>, url: DatabaseUrl, own: &[(&str, &str)]) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let settings = [
            ("SPORTELLO_DATA", dir.path().display().to_string()),
            ("SPORTELLO_SECRET", "s".repeat(32)),
            ("SPORTELLO_UPLOAD_LIMIT_BYTES", UPLOAD_LIMIT.to_string()),
            // Letters go to a stand-in, and stand-ins of others may be on this machine.
            ("SPORTELLO_DEMO", "true".to_owned()),
        ];
        let own = own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut settings = Settings::from_pairs(settings.map(|(name, value)| (name.to_owned(), value)).into_iter().chain(own));
        let (config, own) = (Config::read(&mut settings), platform::Config::read(&mut settings));
        assert_eq!(settings.errors(), []);
        let options = DbOptions { connections: 2, durable: false };
        let db = Db::open(&url, options, &[platform::MIGRATIONS]).await.unwrap();
        let (stopper, stop) = Stopper::new();
        let clock = Clock::manual("2026-03-02T09:00:00Z".parse().unwrap());
        let app = App::new(config, db, clock.clone(), Rng::system(), stop).unwrap();
        let role = platform::roles(&app, own).remove(0);
        let outside = outside::Shared::default();
        let routes = role.routes.clone().merge(testkit::keys()).merge(outside::routes(&outside));
        let router = web::wrap(routes, Web::new(app.clone()));
        app.bind_local(router.clone());
        let world = Self { app, clock, role, outside, router, _stopper: stopper, _keep: (dir, database) };
        world.furnish().await;
        world
    }

    /// Two tenants, and in the first a form and two services.
    async fn furnish(&self) {
        for (id, slug, name, ipa_code, tax_code) in [
            (BUGLIANO, &HERE[1..], "Comune di Bugliano", "c_test", "00337460224"),
            (VALLELAGHI, &THERE[1..], "Comune di Vallelaghi", "c_vlgh", "02401970229"),
        ] {
            let tenant = json!({ "slug": slug, "name": name, "ipa_code": ipa_code, "tax_code": tax_code });
            let path = format!("/internal/tenants/{id}");
            self.call("PUT", &path).bearer(&self.service_of(id)).json(&tenant).send().await.expect(204);
        }
        let form = json!({ "title": "Prova", "name": "prova", "path": "prova", "display": "form", "type": "form", "components": [
            { "type": "textfield", "key": "note", "label": "Note", "input": true },
            { "type": "textfield", "key": "marca_da_bollo_numero", "label": "Marca da bollo", "input": true },
            { "type": "textfield", "key": "marca_da_bollo_data", "label": "Data della marca", "input": true },
            { "type": "hidden", "key": "related_cfs", "label": "Persone collegate", "input": true },
            { "type": "sdcfile", "key": "files", "label": "Allegati", "input": true, "multiple": true, "storage": "url" },
        ] });
        self.call("PUT", &format!("/form-server/form/{FORM}")).bearer(&self.service()).json(&form).send().await.expect(200);
        for (id, identifier) in [(SERVICE, "prova"), (OTHER_SERVICE, "altra-prova")] {
            let steps = json!([{ "identifier": "1", "type": "formio", "parameters": { "formio_id": FORM } }]);
            let service =
                json!({ "name": identifier, "identifier": identifier, "status": 1, "access_level": 0, "flow_steps": steps });
            let path = format!("{HERE}/api/services/{id}");
            self.call("PUT", &path).bearer(&self.service()).json(&service).send().await.expect(200);
        }
    }

    /// What is outside, and what it was asked.
    pub fn outside(&self) -> std::sync::MutexGuard<'_, Outside> {
        self.outside.lock().unwrap()
    }

    /// The app IO, to be served elsewhere.
    pub fn outside_routes(&self) -> Router {
        outside::app(&self.outside)
    }

    /// A request.
    pub fn call(&self, method: &str, path: &str) -> Call {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        Call { router: self.router.clone(), request }
    }

    /// A token by which another role speaks for the first tenant.
    pub fn service(&self) -> String {
        self.service_of(BUGLIANO)
    }

    /// A token by which another role speaks for a tenant.
    pub fn service_of(&self, tenant: &str) -> String {
        testkit::service_token(&self.app, tenant)
    }

    /// A token as the identity role makes it.
    pub fn token(&self, tenant: &str, id: &str, username: &str, roles: &[&str]) -> String {
        testkit::token(self.clock.now(), tenant, id, username, roles)
    }

    /// A citizen of the first tenant who has just signed in.
    pub async fn citizen(&self, fiscal_code: &str, given_name: &str, family_name: &str) -> Person {
        let person = json!({ "fiscal_code": fiscal_code, "given_name": given_name, "family_name": family_name });
        let known = self.call("POST", "/internal/users/identify").bearer(&self.service()).json(&person).send().await.expect(200);
        self.person(BUGLIANO, &known["id"], fiscal_code, &["ROLE_USER", "ROLE_CPS_USER"])
    }

    /// Mario Rossi.
    pub async fn mario(&self) -> Person {
        self.citizen("RSSMRA80A01H501U", "Mario", "Rossi").await
    }

    /// Anna Rossi, who has nothing to do with Mario.
    pub async fn anna(&self) -> Person {
        self.citizen("RSSNNA92D55F205M", "Anna", "Rossi").await
    }

    /// Somebody who works for the first tenant; `members` are what the row has besides.
    pub async fn staff(&self, role: &str, username: &str, members: Value) -> Person {
        let mut user = json!({ "role": role, "username": username, "given_name": username, "family_name": "Verdi" });
        user.as_object_mut().unwrap().extend(members.as_object().cloned().unwrap_or_default());
        let user = self.call("POST", &format!("{HERE}/api/users")).bearer(&self.service()).json(&user).send().await.expect(201);
        let roles: &[_] = if role == "admin" { &["ROLE_ADMIN", "ROLE_OPERATORE_ADMIN"] } else { &["ROLE_OPERATORE"] };
        self.person(BUGLIANO, &user["id"], username, roles)
    }

    /// An operator of [`SERVICE`].
    pub async fn operator(&self) -> Person {
        self.staff("operator", "operatore", json!({ "enabled_services_ids": [SERVICE] })).await
    }

    /// An administrator.
    pub async fn admin(&self) -> Person {
        self.staff("admin", "amministratore", json!({})).await
    }

    /// An administrator of the other tenant.
    pub async fn stranger(&self) -> Person {
        let user = json!({ "role": "admin", "username": "altrove", "given_name": "Al", "family_name": "Trove" });
        let call = self.call("POST", &format!("{THERE}/api/users")).bearer(&self.service_of(VALLELAGHI));
        let user = call.json(&user).send().await.expect(201);
        self.person(VALLELAGHI, &user["id"], "altrove", &["ROLE_ADMIN"])
    }

    /// The holder of an anonymous session of the first tenant.
    pub fn visitor(&self) -> Person {
        let id = self.app.rng().uuid().to_string();
        self.person(BUGLIANO, &id.clone().into(), &format!("anonymous-{id}"), &["ROLE_USER"])
    }

    fn person(&self, tenant: &str, id: &Value, username: &str, roles: &[&str]) -> Person {
        let id = id.as_str().unwrap().to_owned();
        Person { token: self.token(tenant, &id, username, roles), id }
    }

    /// A draft of [`SERVICE`]; gives its identifier.
    pub async fn draft(&self, applicant: &Person) -> String {
        let draft = json!({ "service": "prova", "status": "1000", "data": { "note": "ciao" } });
        let made = self.call("POST", &format!("{HERE}/api/applications")).by(applicant).json(&draft).send().await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    }

    /// An application of [`SERVICE`] that the office has; gives its identifier.
    pub async fn acquired(&self, applicant: &Person) -> String {
        let id = self.draft(applicant).await;
        self.stands(&id, 2000, json!({})).await;
        id
    }

    /// Puts an application into a status as if it had gone there, with `members` of its object besides.
    pub async fn stands(&self, id: &str, status: i64, members: Value) {
        let id = id.parse::<kernel::ApplicationId>().unwrap();
        let changed = self.app.db().write(move |tx| {
            let sql = "SELECT object FROM applications WHERE id = $1";
            let object: String = tx.one(sql, params![id], |row| row.get(0))?;
            let mut object: Value = serde_json::from_str(&object).unwrap();
            object["status"] = status.to_string().into();
            object.as_object_mut().unwrap().extend(members.as_object().cloned().unwrap_or_default());
            let sql = "UPDATE applications SET status = $2, object = $3 WHERE id = $1";
            tx.execute(sql, params![id, status, object.to_string()])
        });
        let changed: storage::Result<u64> = changed.await;
        assert_eq!(changed, Ok(1));
    }

    /// A document of an applicant, whose file is kept elsewhere; gives its identifier.
    pub async fn document_of(&self, owner: &Person, application: &str) -> String {
        let sample = include_str!("../../../contracts/samples/documents/1/created.json");
        let mut event: Value = serde_json::from_str(sample).unwrap();
        (event["tenant_id"], event["owner_id"], event["remote_id"]) = (json!(BUGLIANO), json!(owner.id), json!(application));
        self.tell(&[&event]).await;
        event["id"].as_str().unwrap().to_owned()
    }

    /// Lets the platform read events about documents.
    pub async fn tell(&self, events: &[&Value]) {
        let _running = runtime::supervise(&self.app, std::slice::from_ref(&self.role)).await.unwrap();
        for event in events {
            let (text, now) = (event.to_string(), self.clock.now());
            let id: kernel::EventId = serde_json::from_value(event["event_id"].clone()).unwrap();
            let append = move |tx: &mut storage::Tx<'_>| tx.append("documents", "k", id, &text, now);
            let appended: storage::Result<()> = self.app.db().write(append).await;
            appended.unwrap();
        }
        let began = Instant::now();
        let is_read = |tx: &mut storage::Tx<'_>| {
            let last = tx.topics()?.into_iter().find(|(topic, ..)| topic == "documents").map_or(0, |(_, _, last)| last);
            storage::Result::Ok(tx.consumer_position("platform-documents", "documents")? >= last)
        };
        while !self.app.db().read(is_read).await.unwrap() {
            assert!(began.elapsed() < Duration::from_secs(60));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Buries what a reader of documents could not deal with; gives the letter's identifier.
    pub async fn bury(&self, source: &'static str, payload: String) -> String {
        let (id, now) = (self.app.rng().uuid_at(self.clock.now()), self.clock.now());
        let buried = self.app.db().write(move |tx| {
            let letter =
                DeadLetter { id, source, topic: "documents", key: "k", payload: &payload, reason: "tried again 3 times" };
            tx.bury(&letter, now)
        });
        let buried: storage::Result<()> = buried.await;
        buried.unwrap();
        self.clock.advance(jiff::SignedDuration::from_secs(1));
        id.to_string()
    }

    /// Key and content of the events of a topic, oldest first. Read past the log's own readers, which in PostgreSQL wait for every
    /// transaction that is open on the server, those of other tests included.
    pub async fn events(&self, topic: &'static str) -> Vec<(String, Value)> {
        let read = self.app.db().read(move |tx| {
            let sql = "SELECT key, payload FROM events WHERE topic = $1 ORDER BY position";
            tx.all(sql, params![topic], |row| Ok((row.get(0)?, row.get::<String>(1)?)))
        });
        let events: storage::Result<Vec<(String, String)>> = read.await;
        events.unwrap().into_iter().map(|(key, payload)| (key, serde_json::from_str(&payload).unwrap())).collect()
    }

    /// Runs a job of the role.
    pub async fn job(&self, name: &str) {
        self.role.jobs.iter().find(|job| job.name == name).unwrap().run().await.unwrap();
    }

    /// The keys in the file store.
    pub async fn files(&self) -> Vec<String> {
        self.app.files().list("platform/attachments").await.unwrap()
    }
}

/// A file as it stands in the JSON of a request.
pub fn inline(name: &str, content: &[u8]) -> Value {
    json!({ "name": name, "mime_type": "application/octet-stream", "file": STANDARD.encode(content) })
}

/// A request, being built.
pub struct Call {
    router: Router,
    request: Request<Body>,
}

impl Call {
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.request.headers_mut().insert(name, value.parse().unwrap());
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header(AUTHORIZATION, &format!("Bearer {token}"))
    }

    pub fn by(self, person: &Person) -> Self {
        self.bearer(&person.token)
    }

    pub fn json(self, body: &Value) -> Self {
        self.body(body.to_string()).header(CONTENT_TYPE, "application/json")
    }

    pub fn body(mut self, body: impl Into<Body>) -> Self {
        *self.request.body_mut() = body.into();
        self
    }

    pub async fn send(self) -> Answer {
        testkit::send(&self.router, self.request).await
    }
}
