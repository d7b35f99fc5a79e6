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
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::request::Parts;
use axum::routing::get;
use kernel::{Rng, RomeTime};
use runtime::{App, Peer, Settings};

use clients::interop::Interop;
use clients::{Identity, Inbox, Kind, Lots, Payments, Platform, Proxies, Registers};
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
    config: Config,
    sessions: Sessions,
    sites: moka::sync::Cache<String, Option<String>>,
}

impl Ui {
    fn new(app: App, config: Config) -> Self {
        let sites = moka::sync::Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(300)).build();
        Self(Arc::new(Inner { app, config, sessions: Sessions::default(), sites }))
    }

    pub(crate) fn identity(&self, tenant: &str, locale: Locale) -> Identity {
        Identity::new(self.0.app.peer(Peer::Identity), tenant, locale)
    }

    pub(crate) fn platform(&self, tenant: &str, locale: Locale, token: Option<String>) -> Platform {
        Platform::new(self.0.app.peer(Peer::Platform), tenant, locale, token)
    }

    pub(crate) fn payments(&self, tenant: &str, locale: Locale, token: Option<String>) -> Payments {
        Payments::new(self.0.app.peer(Peer::Payments), tenant, locale, token)
    }

    pub(crate) fn proxies(&self, kind: Kind, tenant: &str, locale: Locale, token: Option<String>) -> Proxies {
        let peer = match kind {
            Kind::Payments => Peer::Payments,
            Kind::Registry => Peer::Registry,
        };
        Proxies::new(kind, self.0.app.peer(peer), tenant, locale, token)
    }

    pub(crate) fn inbox(&self, locale: Locale, token: Option<String>) -> Inbox {
        Inbox::new(self.0.app.peer(Peer::Messaging), locale, token)
    }

    pub(crate) fn lots(&self, locale: Locale, token: Option<String>) -> Lots {
        Lots::new(self.0.app.peer(Peer::Messaging), locale, token)
    }

    pub(crate) fn interop(&self, locale: Locale, token: Option<String>) -> Interop {
        Interop::new(self.0.app.peer(Peer::Interop), &self.0.config.interop_path, locale, token)
    }

    /// A line that stands between the parts of a form with files: long and drawn, so that it is in none of them.
    pub(crate) fn boundary(&self) -> String {
        let words = [self.rng().uuid(), self.rng().uuid()].map(|word| word.to_string());
        words.concat()
    }

    pub(crate) fn registers(&self, locale: Locale, token: String) -> Registers {
        Registers::new(self.0.app.peer(Peer::Pdnd), locale, token)
    }

    pub(crate) fn now(&self) -> RomeTime {
        self.0.app.clock().now()
    }

    pub(crate) fn rng(&self) -> &Rng {
        self.0.app.rng()
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// The public body that a request is about. `prefix` is the first segment of its path.
    pub(crate) async fn tenant(&self, parts: &mut Parts, prefix: &str) -> Result<Tenant, PageError> {
        let info = web::Tenant::from_request_parts(parts, self).await.map_err(|error| match error.problem.status {
            404 => PageError::NotFound,
            _ => PageError::Unavailable(error.source().unwrap_or("the tenant could not be asked for").to_owned()),
        })?;
        Ok(Tenant {
            id: info.id.to_string(),
            slug: info.slug.clone(),
            prefix: prefix.to_owned(),
            name: info.name.clone(),
            site_url: self.site_url(&info.slug).await,
            base_url: info.base_url.clone(),
            secure: info.base_url.starts_with("https://"),
        })
    }

    /// The tenant's own site, as known in the last minutes. Pages do without it while the platform does not tell.
    async fn site_url(&self, slug: &str) -> Option<String> {
        if let Some(known) = self.0.sites.get(slug) {
            return known;
        }
        let page = self.platform(slug, Locale::It, None).tenant_page().await.ok()?;
        let url = page.site_url.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
        self.0.sites.insert(slug.to_owned(), url.clone());
        url
    }

    /// Every tenant of this installation.
    pub(crate) async fn tenants(&self) -> Result<Vec<tenant::TenantPage>, PageError> {
        Ok(self.platform("", Locale::It, None).tenants().await?)
    }
}

/// Settings of the pages: what they must know of other roles.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the back end of the interoperability platform's pages is.
    interop_path: String,
}

impl Config {
    /// Reads the settings.
    pub fn read(settings: &mut Settings) -> Self {
        let about = "indirizzo di base del back end delle pagine di interoperabilità";
        Self { interop_path: settings.text("SPORTELLO_INTEROP_BFF_PATH", "/0.0/backend-for-frontend", about) }
    }
}

/// Every address of the pages.
pub fn routes(app: App, config: Config) -> Router {
    let ui = Ui::new(app, config);
    let pages = pages::routes()
        .layer(DefaultBodyLimit::max(posted::MAX_FORM_BYTES))
        .layer(axum::middleware::from_fn_with_state(ui.clone(), errors::render))
        .with_state(ui);
    Router::new()
        .route("/assets/licenses", get(assets::licenses))
        .route("/assets/{hash}/{*name}", get(assets::serve))
        .merge(pages)
}
