//! One request of somebody for a page: which tenant, which language, who looks, and how to ask the other roles in their name.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderValue, Method};
use kernel::RomeTime;

use crate::clients::interop::Interop;
use crate::clients::{Duty, Identity, Inbox, Kind, Lots, Payments, Platform, Proxies, Registers};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Locale;
use crate::session::{self, ANONYMOUS_COOKIE, Role, SESSION_COOKIE, VISITOR_COOKIE, Viewer};
use crate::tenant::Tenant;
use crate::{Ui, csrf};

/// What every page knows about its request.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The pages' state.
    pub ui: Ui,
    /// The public body.
    pub tenant: Arc<Tenant>,
    /// The language.
    pub locale: Locale,
    /// Who looks; `None` before signing in.
    pub viewer: Option<Arc<Viewer>>,
    /// Address below the tenant and language, with its query: `/servizi?q=nido`.
    pub here: String,
    /// The token of an anonymous citizen, if this browser has one.
    pub anonymous: Option<String>,
    /// The browser's secret for forms.
    secret: String,
    /// Cookie to set because the browser had none.
    new_visitor: bool,
    method: Method,
    /// The address of the browser, as far as it is known.
    pub client: Option<IpAddr>,
    /// The browser has a session that is over.
    lapsed: bool,
    /// Path and query of the page that the request came from, as far as the browser says it.
    from: Option<String>,
}

impl Visit {
    /// Understands a request that a page's route has matched.
    pub async fn of(ui: &Ui, parts: &mut Parts) -> Result<Self, PageError> {
        let path = parts.uri.path().to_owned();
        let mut segments = path.trim_start_matches('/').splitn(3, '/');
        let (prefix, language) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
        let locale = Locale::parse(language).ok_or(PageError::NotFound)?;
        let tenant = Arc::new(ui.tenant(parts, prefix).await?);
        let mut here = format!("/{}", segments.next().unwrap_or_default());
        if let Some(query) = parts.uri.query() {
            here = format!("{here}?{query}");
        }
        let client = parts.extensions.get::<web::ClientAddress>().and_then(|address| address.0);
        let (headers, slug) = (&parts.headers, tenant.slug.as_str());

        let session = session::cookie(headers, SESSION_COOKIE);
        let viewer = match session {
            Some(session) => {
                let (identity, peers) = (ui.identity(slug, locale), ui.clone());
                let platform = |token| peers.platform(slug, locale, Some(token));
                let lots = |token| peers.lots(locale, Some(token));
                let interop = |token| peers.interop(locale, Some(token));
                ui.sessions().viewer(slug, session, &identity, platform, lots, interop).await?
            }
            None => None,
        };
        let visitor = session::cookie(headers, VISITOR_COOKIE);
        let (secret, new_visitor) = match (&viewer, session, visitor) {
            (Some(_), Some(session), _) => (session.to_owned(), false),
            (_, _, Some(visitor)) => (visitor.to_owned(), false),
            _ => (URL_SAFE_NO_PAD.encode(ui.rng().bytes::<32>()), true),
        };
        let lapsed = viewer.is_none() && session.is_some();
        let from = headers.get(http::header::REFERER).and_then(|from| from.to_str().ok()).and_then(path_of).map(str::to_owned);
        let anonymous = session::cookie(headers, ANONYMOUS_COOKIE).filter(|_| viewer.is_none()).map(str::to_owned);
        Ok(Self {
            ui: ui.clone(),
            tenant,
            locale,
            viewer,
            here,
            anonymous,
            secret,
            new_visitor,
            method: parts.method.clone(),
            client,
            lapsed,
            from,
        })
    }

    /// The frame of the page that answers.
    pub fn frame(&self) -> Frame {
        Frame {
            t: self.locale.messages(),
            locale: self.locale,
            tenant: self.tenant.clone(),
            viewer: self.viewer.clone(),
            here: self.here.clone(),
            csrf: csrf::token(&self.secret),
            notice: None,
        }
    }

    fn token(&self) -> Option<String> {
        self.viewer.as_ref().map(|viewer| viewer.token.clone()).or_else(|| self.anonymous.clone())
    }

    /// The platform, asked in the viewer's name.
    pub fn platform(&self) -> Platform {
        self.ui.platform(&self.tenant.slug, self.locale, self.token())
    }

    /// The payments, asked in the viewer's name.
    pub fn payments(&self) -> Payments {
        self.ui.payments(&self.tenant.slug, self.locale, self.token())
    }

    /// The proxies of a kind, asked in the viewer's name.
    pub fn proxies(&self, kind: Kind) -> Proxies {
        self.ui.proxies(kind, &self.tenant.slug, self.locale, self.token())
    }

    /// The citizen's inbox, asked in the viewer's name.
    pub fn inbox(&self) -> Inbox {
        self.ui.inbox(self.locale, self.token())
    }

    /// The intermediary, asked in the viewer's name.
    pub fn lots(&self) -> Lots {
        self.ui.lots(self.locale, self.token())
    }

    /// The interoperability platform, asked in the viewer's name.
    pub(crate) fn interop(&self) -> Interop {
        self.ui.interop(self.locale, self.token())
    }

    /// The registers of other bodies, asked in the name of whoever is signed in.
    pub fn registers(&self) -> Option<Registers> {
        Some(self.ui.registers(self.locale, self.viewer.as_ref()?.token.clone()))
    }

    /// The identity role.
    pub fn identity(&self) -> Identity {
        self.ui.identity(&self.tenant.slug, self.locale)
    }

    /// The viewer, whoever it is.
    ///
    /// # Errors
    /// Sends to the sign-in page when nobody is signed in.
    pub fn signed_in(&self) -> Result<&Arc<Viewer>, PageError> {
        self.viewer.as_ref().ok_or_else(|| PageError::SignIn { return_to: self.return_to() })
    }

    /// The viewer if it is one of the tenant's staff.
    ///
    /// # Errors
    /// Sends to the sign-in page when nobody is signed in; refuses citizens.
    pub fn staff(&self) -> Result<&Arc<Viewer>, PageError> {
        let viewer = self.signed_in()?;
        if matches!(viewer.role, Role::Operator | Role::Admin) { Ok(viewer) } else { Err(PageError::Forbidden) }
    }

    /// The viewer if it is an administrator.
    ///
    /// # Errors
    /// Sends to the sign-in page when nobody is signed in; refuses everybody else.
    pub fn admin(&self) -> Result<&Arc<Viewer>, PageError> {
        let viewer = self.signed_in()?;
        if viewer.role == Role::Admin { Ok(viewer) } else { Err(PageError::Forbidden) }
    }

    /// The viewer if it is a citizen.
    ///
    /// # Errors
    /// Sends to the sign-in page when nobody is signed in; refuses the staff.
    pub fn citizen(&self) -> Result<&Arc<Viewer>, PageError> {
        let viewer = self.signed_in()?;
        if viewer.role == Role::Citizen { Ok(viewer) } else { Err(PageError::Forbidden) }
    }

    /// For whom the viewer acts at the intermediary.
    ///
    /// # Errors
    /// Sends to the sign-in page when nobody is signed in; refuses those who act for nobody there.
    pub fn sender(&self) -> Result<Duty, PageError> {
        self.signed_in()?.duty.ok_or(PageError::Forbidden)
    }

    /// Lets pass whoever acts for the body at the intermediary.
    ///
    /// # Errors
    /// Sends to the sign-in page when nobody is signed in; refuses everybody else.
    pub fn body(&self) -> Result<Duty, PageError> {
        self.sender().and_then(|duty| if duty == Duty::Body { Ok(duty) } else { Err(PageError::Forbidden) })
    }

    /// What time it is.
    pub fn now(&self) -> RomeTime {
        self.ui.now()
    }

    /// `/{tenant}/{locale}`.
    pub fn root(&self) -> String {
        format!("/{}/{}", self.tenant.prefix, self.locale.code())
    }

    /// The address to come back to after signing in: this page, or the home page when this request was a form's.
    fn return_to(&self) -> String {
        let path = if self.method == Method::GET { self.here.as_str() } else { "/" };
        format!("{}{path}", self.root())
    }

    /// `path` if it is an address of this tenant's pages; anything else (other hosts, other tenants, tricks with slashes) is the
    /// list of the viewer's applications.
    pub fn safe_return(&self, path: &str) -> String {
        let prefix = format!("/{}/", self.tenant.prefix);
        let clean = path.starts_with(&prefix) && !path.contains(['\\', '\r', '\n', '\t', '\0']) && !path.contains("//");
        if clean && path.is_ascii() { path.to_owned() } else { format!("{}/pratiche", self.root()) }
    }

    /// Why a form without its right proof is refused: the session in which it was given is over, or it is none of ours.
    pub fn untrusted(&self) -> PageError {
        if !self.lapsed {
            return PageError::StaleForm;
        }
        let own = format!("/{}/", self.tenant.prefix);
        let return_to = self.from.clone().filter(|from| from.starts_with(&own)).unwrap_or_else(|| format!("{}/", self.root()));
        PageError::Lapsed { return_to }
    }

    /// The sign-in page, which leads on to `return_to`.
    pub fn sign_in_url(&self, return_to: &str) -> String {
        let return_to = percent_encoding::utf8_percent_encode(return_to, percent_encoding::NON_ALPHANUMERIC);
        format!("{}/login?return-url={return_to}", self.root())
    }

    /// Whether `token` came from a form that was given to this browser.
    pub fn trusts(&self, token: &str) -> bool {
        !self.new_visitor && csrf::verify(&self.secret, token)
    }

    /// The cookie that makes this browser's next form recognisable, when it has none yet.
    pub fn visitor_cookie(&self) -> Option<HeaderValue> {
        self.new_visitor.then(|| session::set_cookie(VISITOR_COOKIE, &self.secret, &self.tenant, None))
    }
}

/// Path and query of an address.
fn path_of(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let path = &rest[rest.find('/')?..];
    path.split('#').next()
}

impl FromRequestParts<Ui> for Visit {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, ui: &Ui) -> Result<Self, PageError> {
        Self::of(ui, parts).await
    }
}
