//! The pages: HTML made on the server for citizens, operators and administrators, in Italian, German and English.
//!
//! This crate decides nothing. It asks the other roles by their HTTP API in the visitor's name and shows what they answer. A page
//! is one file in [`pages`]: its route, its handler, the struct that its template shows. Everything but filling in a form works
//! without JavaScript.

pub mod assets;
pub mod clients;
mod csrf;
pub mod errors;
mod format;
pub mod frame;
pub mod i18n;
mod markup;
pub mod pages;
mod posted;
mod respond;
pub mod session;
mod status;
pub mod tenant;
mod views;
pub mod visit;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use kernel::Rng;
use runtime::{App, Peer};

use clients::{Identity, Platform};
use errors::PageError;
use i18n::Locale;
use session::Sessions;
use tenant::Tenant;

/// The state of the pages: ways to the other roles, and short memories.
#[derive(Clone, Debug)]
pub struct Ui(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    app: App,
    sessions: Sessions,
    tenants: moka::sync::Cache<String, Arc<Tenant>>,
}

impl Ui {
    fn new(app: App) -> Self {
        let tenants = moka::sync::Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(60)).build();
        Self(Arc::new(Inner { app, sessions: Sessions::default(), tenants }))
    }

    pub(crate) fn identity(&self, tenant: &str, locale: Locale) -> Identity {
        Identity::new(self.0.app.peer(Peer::Identity), tenant, locale)
    }

    pub(crate) fn platform(&self, tenant: &str, locale: Locale, token: Option<String>) -> Platform {
        Platform::new(self.0.app.peer(Peer::Platform), tenant, locale, token)
    }

    pub(crate) fn rng(&self) -> &Rng {
        self.0.app.rng()
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// The public body with this path segment, as known in the last minute.
    pub(crate) async fn tenant(&self, slug: &str) -> Result<Arc<Tenant>, PageError> {
        if let Some(tenant) = self.0.tenants.get(slug) {
            return Ok(tenant);
        }
        let info = self.platform(slug, Locale::It, None).tenant_info().await?;
        let tenant = Arc::new(Tenant {
            slug: slug.to_owned(),
            name: info.name,
            public_url: info.public_url.unwrap_or_else(|| self.0.app.public_url().to_owned()),
            site_url: info.site_url.filter(|url| url.starts_with("https://") || url.starts_with("http://")),
        });
        self.0.tenants.insert(slug.to_owned(), tenant.clone());
        Ok(tenant)
    }
}

/// Every address of the pages.
pub fn routes(app: App) -> Router {
    let ui = Ui::new(app);
    let pages = pages::routes()
        .layer(DefaultBodyLimit::max(posted::MAX_FORM_BYTES))
        .layer(axum::middleware::from_fn_with_state(ui.clone(), errors::render))
        .with_state(ui);
    Router::new()
        .route("/assets/licenses", get(assets::licenses))
        .route("/assets/{hash}/{*name}", get(assets::serve))
        .merge(pages)
}
