//! One role of one context in this process, over a durable database of its own, and what it needs of others.

use axum::Router;
use contracts::topic;
use kernel::{Clock, Rng};
use runtime::{App, Role, Settings, Stopper};
use serde_json::Value;
use storage::{DatabaseUrl, Db, DbOptions, Migrations, params};
use tempfile::TempDir;
use testkit::BUGLIANO;
use tokio::task::JoinSet;
use web::Web;

/// A role and what it needs.
pub struct Installation {
    /// The handle that it runs on.
    pub app: App,
    role: Role,
    router: Router,
    stopper: Stopper,
    _folder: TempDir,
}

impl Installation {
    /// The role called `role` of those that `context` makes, on the embedded engines but for those that `engines` names as the environment
    /// would. It finds the addresses of the whole context, and `others`.
    pub async fn new(
        role: &str,
        migrations: Migrations,
        context: impl FnOnce(&App, &mut Settings) -> Vec<Role>,
        others: Router,
        engines: Vec<(&str, String)>,
    ) -> Self {
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
        let config = runtime::Config::read(&mut source);
        let url = DatabaseUrl::Sqlite(folder.path().join("bench.db"));
        let db = Db::open(&url, DbOptions::default(), &[migrations]).await.expect("a database");
        let (stopper, stop) = Stopper::new();
        let app = App::new(config, db, Clock::system(), Rng::system(), stop).expect("an installation");
        let roles = context(&app, &mut source);
        assert_eq!(source.errors(), []);
        let own = testkit::keys().merge(testkit::tenants(&app));
        let routes = roles.iter().fold(own, |routes, role| routes.merge(role.routes.clone()));
        // Others answer without the layers of a role, whose work here is nobody's.
        let router = web::wrap(routes, Web::new(app.clone())).merge(others);
        app.bind_local(router.clone());
        let role = roles.into_iter().find(|known| known.name == role).expect("the role is there");
        Self { app, role, router, stopper, _folder: folder }
    }

    /// Asks a role as another service of the body does.
    pub async fn call(&self, method: &str, path: &str, body: &Value) -> testkit::Reply {
        self.call_of(BUGLIANO, method, path, body).await
    }

    /// The same by a service of the body `tenant`.
    pub async fn call_of(&self, tenant: &str, method: &str, path: &str, body: &Value) -> testkit::Reply {
        testkit::call(&self.router, &testkit::service_token(&self.app, tenant), method, path, body).await
    }

    /// Begins to work.
    pub async fn run(&self) -> JoinSet<()> {
        if let Some(kafka) = self.app.kafka() {
            kafka.ensure_topics(&[topic::PAYMENTS, topic::DOCUMENTS], 1).await.expect("the broker makes topics");
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
