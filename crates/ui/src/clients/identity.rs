//! Who signs in: sessions and the tokens made from them (developers' documentation, "SSO mediante JWT").

use std::net::IpAddr;

use http::Method;
use runtime::PeerClient;
use serde::{Deserialize, Serialize};

use super::{Call, ClientError, query, segment};
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
    /// `password`, `demo`, or `redirect`: the citizen is sent to the body's login provider.
    pub kind: String,
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
    /// Where the citizen wanted to be, if that was said when the sign-in began.
    #[serde(default)]
    pub return_to: Option<String>,
}

/// A sign-in that has begun at the login provider.
#[derive(Clone, Debug, Deserialize)]
pub struct Elsewhere {
    /// Where the browser goes.
    pub url: String,
    /// What it keeps meanwhile.
    pub secret: String,
}

#[derive(Deserialize)]
struct Ended {
    logout_url: String,
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

    /// Begins a sign-in at the login provider, which ends at the path `return_to`. `host` is that of the page, where it is the
    /// body's own, `client` the address of the browser, by which too many are recognised.
    pub async fn begin_oauth(
        &self,
        client: Option<IpAddr>,
        return_to: &str,
        host: Option<&str>,
    ) -> Result<Elsewhere, ClientError> {
        let body = serde_json::json!({ "return_to": return_to, "host": host });
        self.call(Method::POST, "/session/oauth").client(client).json(&body).read().await
    }

    /// Signs in who came back from the login provider.
    pub async fn sign_in_oauth(&self, code: &str, state: &str, secret: &str) -> Result<Session, ClientError> {
        let body = serde_json::json!({ "provider": "oauth", "code": code, "state": state, "secret": secret });
        self.call(Method::POST, "/session").json(&body).read().await
    }

    /// Ends a session; one that has ended already is no error. Gives the address at which the login provider ends its own, if it
    /// has one.
    pub async fn sign_out(&self, session: &str, host: Option<&str>) -> Result<Option<String>, ClientError> {
        let path = query("/session", &[("host", host.unwrap_or_default())]);
        let answer = self.call(Method::DELETE, &path).cookie(SESSION_COOKIE, session).download().await?;
        Ok(serde_json::from_slice::<Ended>(&answer.body).ok().map(|ended| ended.logout_url))
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
