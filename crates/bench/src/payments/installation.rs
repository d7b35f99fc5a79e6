//! One role of payments in this process, over a durable database of its own, with a body and a payment configured through the proxy's API.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use contracts::topic;
use kernel::{Clock, Rng};
use runtime::{App, Role, Settings, Stopper};
use serde_json::{Value, json};
use storage::{DatabaseUrl, Db, DbOptions, params};
use tempfile::TempDir;
use testkit::BUGLIANO;
use tokio::task::JoinSet;
use web::Web;

/// The proxy under test.
pub const PROXY: &str = "payment-proxy-sandbox";
/// The service whose payments it takes.
pub const SERVICE: &str = "b21c4429-95e4-45d5-930f-44eb74136625";

/// A role and what it needs.
pub struct Installation {
    /// The handle that it runs on.
    pub app: App,
    /// Whom the proxy asks.
    pub intermediary: Intermediary,
    /// The addresses of all roles of payments.
    pub router: Router,
    role: Role,
    stopper: Stopper,
    _folder: TempDir,
}

impl Installation {
    /// `role` on the embedded engines, but for those that `engines` names as the environment would.
    pub async fn new(role: &str, engines: Vec<(&str, String)>) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        runtime::prometheus();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut settings = vec![
            ("SPORTELLO_DATA", folder.path().display().to_string()),
            ("SPORTELLO_SECRET", "s".repeat(32)),
            ("SPORTELLO_DEMO", "true".to_owned()),
            ("SPORTELLO_TIMED_JOBS", "false".to_owned()),
        ];
        settings.extend(engines);
        let mut source = Settings::from_pairs(settings.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let (config, own) = (runtime::Config::read(&mut source), payments::Config::read(&mut source));
        assert_eq!(source.errors(), []);
        let url = DatabaseUrl::Sqlite(folder.path().join("bench.db"));
        let db = Db::open(&url, DbOptions::default(), &[payments::MIGRATIONS]).await.expect("a database");
        let (stopper, stop) = Stopper::new();
        let app = App::new(config, db, Clock::system(), Rng::system(), stop).expect("an installation");
        let intermediary = Intermediary::default();
        let roles = payments::roles(&app, own);
        let routes = intermediary.routes().merge(testkit::keys()).merge(testkit::tenants(&app));
        let routes = roles
            .iter()
            .filter(|known| [PROXY, role].contains(&known.name))
            .fold(routes, |routes, role| routes.merge(role.routes.clone()));
        let router = web::wrap(routes, Web::new(app.clone()));
        app.bind_local(router.clone());
        let role = roles.into_iter().find(|known| known.name == role).expect("the role is there");
        let installation = Self { app, intermediary, router, role, stopper, _folder: folder };
        installation.configure().await;
        installation
    }

    async fn configure(&self) {
        let tenant = json!({
            "id": BUGLIANO, "name": "Comune di Bugliano", "tax_identification_number": "00337460224", "segregation_code": 2
        });
        let service = json!({
            "id": SERVICE, "tenant_id": BUGLIANO, "remote_collection": { "id": SERVICE, "type": "service" }, "active": true,
            "items": [{
                "payment_type": "pagopa", "management_id": "DIRITTI_SEGRETERIA", "amount": 20, "reason": "Diritti di segreteria",
                "expire_at": 90, "collection_data": "9/0101100IM/", "split": []
            }]
        });
        for (path, body) in [(format!("tenants/{BUGLIANO}"), tenant), (format!("configs/{SERVICE}"), service)] {
            self.call("PUT", &format!("/payment-proxy/sandbox/v2/{path}"), &body).await.expect(201);
        }
    }

    /// Asks a role as another service of the body does.
    pub async fn call(&self, method: &str, path: &str, body: &Value) -> testkit::Reply {
        testkit::call(&self.router, &testkit::service_token(&self.app, BUGLIANO), method, path, body).await
    }

    /// Begins to work.
    pub async fn run(&self) -> JoinSet<()> {
        if let Some(kafka) = self.app.kafka() {
            kafka.ensure_topics(&[topic::PAYMENTS], 1).await.expect("the broker makes topics");
        }
        runtime::supervise(&self.app, std::slice::from_ref(&self.role)).await.expect("the role starts")
    }

    /// Ends what [`Self::run`] began.
    pub async fn stop(&self, mut running: JoinSet<()>) {
        self.stopper.stop();
        while running.join_next().await.is_some() {}
    }

    /// A number that the database gives.
    pub async fn count(&self, sql: &'static str) -> usize {
        let count: i64 =
            self.app.db().read(move |tx| tx.one(sql, params![], |row| row.get(0))).await.expect("the database answers");
        usize::try_from(count).unwrap_or_default()
    }
}

/// An intermediary that takes every position at once and counts how often it was asked for each.
#[derive(Clone, Default)]
pub struct Intermediary(Arc<Mutex<HashMap<String, u32>>>);

impl Intermediary {
    fn routes(&self) -> Router {
        Router::new().route("/demo/psp/positions", post(take)).with_state(self.clone())
    }

    /// For how many positions it was asked; each once.
    ///
    /// # Panics
    /// When it was asked for one of them twice.
    pub fn asked_once(&self) -> usize {
        let asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(asked.values().all(|times| *times == 1), "each position is created once");
        asked.len()
    }

    /// Forgets whom it was asked for.
    pub fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

async fn take(State(intermediary): State<Intermediary>, Json(position): Json<Value>) -> Json<Value> {
    let iud = position["iud"].as_str().expect("a position has an IUD").to_owned();
    *intermediary.0.lock().unwrap_or_else(PoisonError::into_inner).entry(iud.clone()).or_default() += 1;
    Json(
        json!({ "iud": iud, "status": "OPEN", "notice_number": position["notice_number"], "checkout_url": "https://psp.example.it/1" }),
    )
}
