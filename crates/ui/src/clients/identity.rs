//! Who signs in: sessions and the tokens made from them (developers' documentation, "SSO mediante JWT").

use std::net::IpAddr;

use http::Method;
use runtime::PeerClient;
use serde::{Deserialize, Serialize};

use super::{Call, ClientError, segment};
use crate::i18n::Locale;
use crate::session::SESSION_COOKIE;

/// The identity role, for one tenant.
#[derive(Clone, Debug)]
pub struct Identity {
    peer: PeerClient,
    tenant: String,
    locale: Locale,
}

/// A way to sign in that the tenant offers.
#[derive(Clone, Debug, Deserialize)]
pub struct LoginProvider {
    /// The provider's name in `POST /session`.
    pub id: String,
    /// `password`, `demo`, or a provider that the citizen is sent to: `spid`, `cie`, `oauth2`.
    pub kind: String,
    /// What the button says; empty for the well-known kinds.
    #[serde(default)]
    pub label: String,
    /// Where the citizen is sent to, below this address; absent for kinds that answer on our page.
    #[serde(default)]
    pub start_url: Option<String>,
    /// The citizens of the demonstration.
    #[serde(default)]
    pub citizens: Vec<Citizen>,
}

/// A citizen of the demonstration provider.
#[derive(Clone, Debug, Deserialize)]
pub struct Citizen {
    /// Codice fiscale.
    pub fiscal_code: String,
    /// First name.
    pub name: String,
    /// Family name.
    pub family_name: String,
    /// What this citizen is good for in a demonstration, if said.
    #[serde(default)]
    pub note: String,
}

/// A fresh session.
#[derive(Clone, Debug, Deserialize)]
pub struct Session {
    /// The value of the cookie.
    pub session: String,
    /// When it ends.
    pub expires_at: kernel::RomeTime,
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

impl Identity {
    /// The identity role as the tenant with this path segment knows it.
    pub fn new(peer: PeerClient, tenant: &str, locale: Locale) -> Self {
        Self { peer, tenant: segment(tenant), locale }
    }

    fn call(&self, method: Method, path: &str) -> Call {
        Call::new(&self.peer, method, format!("/{}/api{path}", self.tenant), self.locale, None)
    }

    /// The ways to sign in, in the order to show them.
    pub async fn providers(&self) -> Result<Vec<LoginProvider>, ClientError> {
        self.call(Method::GET, "/session/providers").read().await
    }

    /// Signs an operator or administrator in. `client` is the address of the browser, by which too many attempts are recognised.
    pub async fn sign_in_with_password(
        &self,
        client: Option<IpAddr>,
        username: &str,
        password: &str,
    ) -> Result<Session, ClientError> {
        #[derive(Serialize)]
        struct Body<'a> {
            provider: &'a str,
            username: &'a str,
            password: &'a str,
        }
        self.call(Method::POST, "/session").client(client).json(&Body { provider: "password", username, password }).read().await
    }

    /// Sets the password by which another user of the staff signs in, in the name of the administrator whose token this is.
    pub async fn set_password(&self, token: &str, user: &str, username: &str, password: &str) -> Result<(), ClientError> {
        let path = format!("/{}/api/users/{}/password", self.tenant, segment(user));
        let body = serde_json::json!({ "username": username, "password": password });
        Call::new(&self.peer, Method::PUT, path, self.locale, Some(token)).json(&body).done().await
    }

    /// Changes one's own password, which must be known. Ends every session of the user, that of `token` too.
    pub async fn change_password(
        &self,
        client: Option<IpAddr>,
        token: &str,
        user: &str,
        username: &str,
        current: &str,
        password: &str,
    ) -> Result<(), ClientError> {
        let path = format!("/{}/api/users/{}/password", self.tenant, segment(user));
        let body = serde_json::json!({ "username": username, "password": password, "current_password": current });
        Call::new(&self.peer, Method::PUT, path, self.locale, Some(token)).client(client).json(&body).done().await
    }

    /// Signs a citizen of the demonstration in.
    pub async fn sign_in_demo(&self, fiscal_code: &str) -> Result<Session, ClientError> {
        #[derive(Serialize)]
        struct Body<'a> {
            provider: &'a str,
            fiscal_code: &'a str,
        }
        self.call(Method::POST, "/session").json(&Body { provider: "demo", fiscal_code }).read().await
    }

    /// Ends a session; one that has ended already is no error.
    pub async fn sign_out(&self, session: &str) -> Result<(), ClientError> {
        self.call(Method::DELETE, "/session").cookie(SESSION_COOKIE, session).done().await
    }

    /// A token for whoever holds the session.
    pub async fn token(&self, session: &str) -> Result<String, ClientError> {
        let token: Token = self.call(Method::GET, "/session-auth").cookie(SESSION_COOKIE, session).read().await?;
        Ok(token.token)
    }

    /// A token for a fresh anonymous citizen.
    pub async fn anonymous_token(&self) -> Result<String, ClientError> {
        let token: Token = self.call(Method::POST, "/session-auth").read().await?;
        Ok(token.token)
    }
}
