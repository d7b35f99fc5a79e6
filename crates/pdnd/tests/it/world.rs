//! One installation: the connector with a body configured for every e-service, the platform, ANPR and INPS behind it, over real HTTP.

use std::sync::Arc;

use axum::Router;
use kernel::{Clock, Rng, Uuid};
use pdnd::Config;
use runtime::{App, Role, Settings, Stopper};
use serde_json::{Value, json};
use storage::{DatabaseUrl, Db, DbOptions};
use tempfile::TempDir;
pub use testkit::{BUGLIANO, Reply as Answer, VALLELAGHI};
use tokio::net::TcpListener;
use web::Web;

use crate::platform::Platform;

/// What the connector's addresses begin with.
pub const API: &str = "/pdnd/v1";
/// Citizens of the demonstration, heads of a household each.
pub const CITIZEN: &str = "BNRMHL75C06G702B";
pub const OTHER: &str = "CLNVTR76P01G822Q";
/// The client of the body.
pub const CLIENT: Uuid = Uuid::from_u128(0xc11e47);
/// The e-services, by the name that the stand-ins have for them.
pub const SERVICES: [(&str, &str); 5] = [
    ("C030", "accertamento-id-unico-nazionale"),
    ("C020", "accertamento-residenza"),
    ("C021", "stato-famiglia"),
    ("C018", "accertamento-cittadinanza"),
    ("ISEE", "isee"),
];

/// An installation, on a database of its own.
pub struct World {
    pub app: App,
    pub clock: Clock,
    pub roles: Vec<Role>,
    pub platform: Arc<Platform>,
    /// The configuration of each e-service.
    pub configs: Vec<String>,
    router: Router,
    stopper: Stopper,
    _keep: (TempDir, Option<engines::Database>),
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
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let settings = [
            ("SPORTELLO_DATA", dir.path().display().to_string()),
            ("SPORTELLO_SECRET", "s".repeat(32)),
            ("SPORTELLO_DEMO", "true".to_owned()),
            ("SPORTELLO_HTTP", address.to_string()),
            ("SPORTELLO_PDND_TIMEOUT_S", "5".to_owned()),
        ];
        let mut settings = Settings::from_pairs(settings.map(|(name, value)| (name.to_owned(), value)));
        let (config, own) = (runtime::Config::read(&mut settings), Config::read(&mut settings));
        assert_eq!(settings.errors(), []);
        let options = DbOptions { connections: 4, durable: false };
        let db = Db::open(&url, options, &[pdnd::MIGRATIONS, demo::anpr::MIGRATIONS]).await.unwrap();
        let clock = Clock::manual("2026-03-02T09:00:00Z".parse().unwrap());
        let (stopper, stop) = Stopper::new();
        let app = App::new(config, db, clock.clone(), Rng::system(), stop.clone()).unwrap();
        let platform = Platform::new(address.to_string(), clock.clone());
        let roles = pdnd::roles(&app, own);
        let routes = roles.iter().fold(Router::new(), |all, role| all.merge(role.routes.clone()));
        let others = testkit::keys().merge(testkit::tenants(&app)).merge(platform.routes()).merge(demo::anpr::routes(&app));
        let router = web::wrap(routes.merge(others), Web::new(app.clone()));
        app.bind_local(router.clone());
        tokio::spawn(web::serve(listener, router.clone(), stop, std::time::Duration::from_secs(1)));
        let mut world = Self { app, clock, roles, platform, configs: Vec::new(), router, stopper, _keep: (dir, database) };
        world.configs = world.furnish(BUGLIANO, CLIENT).await;
        world
    }

    /// Configures a body for every e-service; gives the configurations.
    pub async fn furnish(&self, tenant: &str, client: Uuid) -> Vec<String> {
        let service = self.service_token(tenant);
        let url = self.app.public_url();
        let body = json!({ "id": tenant, "name": "Comune", "ipa_code": "c_bugl" });
        self.call_by(&service, "POST", &format!("{API}/tenants"), &body).await.expect(201);
        let tenant_api = format!("{API}/tenants/{tenant}");
        let key = self.call_by(&service, "GET", &format!("{tenant_api}/keys"), &Value::Null).await.expect(200);
        let body = json!({ "id": client, "name": "Client", "env": "locale", "key_pair_id": key["id"] });
        let made = self.call_by(&service, "POST", &format!("{tenant_api}/clients"), &body).await.expect(201);
        let (kid, pem) = (made["key_id"].as_str().unwrap(), made["public_key"].as_str().unwrap());
        self.platform.keys.lock().unwrap().insert((client.to_string(), kid.to_owned()), pem.to_owned());
        let deposit = json!({ "client_id": client, "public_key": pem });
        self.call_by("", "PUT", &format!("/demo/anpr/keys/{kid}"), &deposit).await.expect(204);
        let mut configs = Vec::new();
        for (index, (code, slug)) in SERVICES.iter().enumerate() {
            let id = Uuid::from_u128(0xe5e0 + index as u128);
            let (endpoint, audience) = if *code == "ISEE" {
                (demo::anpr::isee_address(url), demo::anpr::isee_address(url))
            } else {
                (demo::anpr::endpoint(url, code), demo::anpr::audience(url, code))
            };
            let eservice = json!({
                "slug": slug, "name": slug, "version": "1", "env": "locale", "endpoint": endpoint, "audience": audience,
                "aud_client_assertion": format!("{}/client-assertion", self.platform.host)
            });
            self.call_by(&service, "PUT", &format!("/internal/pdnd/e-services/{id}"), &eservice).await.expect(204);
            let purpose = self.app.rng().uuid();
            self.platform.purposes.lock().unwrap().insert(purpose.to_string(), audience);
            let (user_id, office_code) = demo::anpr::INPS_USER;
            let config = json!({
                "client_id": client, "eservice_id": id, "purpose_id": purpose,
                "provider": { "user_id": user_id, "office_code": office_code }
            });
            let made = self.call_by(&service, "POST", &format!("{tenant_api}/configs"), &config).await.expect(201);
            configs.push(made["id"].as_str().unwrap().to_owned());
        }
        configs
    }

    /// The configuration of an e-service.
    pub fn config(&self, slug: &str) -> &str {
        let index = SERVICES.iter().position(|(_, known)| *known == slug).unwrap();
        &self.configs[index]
    }

    /// Asks for the data of a citizen, as the citizen.
    pub async fn ask(&self, path: &str, format: &str, citizen: &str) -> Answer {
        let path = format!("{API}{path}?fiscal_code={citizen}&format={format}");
        self.call_by(&self.citizen(citizen), "GET", &path, &Value::Null).await
    }

    /// Has data validated, as the citizen.
    pub async fn validate(&self, path: &str, signed: &Value, citizen: &str) -> Answer {
        let path = format!("{API}{path}?fiscal_code={citizen}");
        self.call_by(&self.citizen(citizen), "POST", &path, signed).await
    }

    /// How ANPR and INPS behave for the next `times` requests; always when `None`.
    pub async fn providers_are(&self, mode: &str, times: Option<u32>) {
        let body = json!({ "mode": mode, "times": times });
        self.call_by("", "PUT", "/demo/anpr/mode", &body).await.expect(204);
    }

    /// How often a provider was asked.
    pub async fn calls(&self, service: &str) -> u64 {
        let calls = self.call_by("", "GET", "/demo/anpr/calls", &Value::Null).await.expect(200);
        calls[service].as_u64().unwrap_or_default()
    }

    /// The token of a citizen.
    pub fn citizen(&self, code: &str) -> String {
        let user = Uuid::from_u128(code.bytes().fold(0, |sum, byte| sum * 31 + u128::from(byte))).to_string();
        testkit::token(self.clock.now(), BUGLIANO, &user, code, &["ROLE_USER", "ROLE_CPS_USER"])
    }

    /// A token as the identity role makes it.
    pub fn token(&self, tenant: &str, roles: &[&str]) -> String {
        testkit::token(self.clock.now(), tenant, &Uuid::from_u128(1).to_string(), "qualcuno", roles)
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

    /// The number in the first row of a query without parameters.
    pub async fn number(&self, sql: &'static str) -> i64 {
        self.app.db().read(move |tx| tx.one(sql, storage::params![], |row| row.get(0))).await.unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stopper.stop();
    }
}
