//! From cookies to people: the session cookie is turned into a token by the identity role and remembered for a moment.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use serde::Deserialize;

use crate::clients::interop::{Interop, Standing};
use crate::clients::{ClientError, Duty, Identity, Lots, Platform};
use crate::tenant::Tenant;

/// The cookie of whoever signed in.
pub const SESSION_COOKIE: &str = "sportello_session";
/// The cookie of a browser before anybody signs in: it keeps forms safe and remembers an anonymous citizen's token.
pub const VISITOR_COOKIE: &str = "sportello_visitor";
/// The token of an anonymous citizen, given when the form of a service without sign-in is opened.
pub const ANONYMOUS_COOKIE: &str = "sportello_anonymous";

/// The language, and the secret of a sign-in that has begun at the login provider: `it-<secret>`.
pub const LOGIN_COOKIE: &str = "sportello_login";

/// What the pages let somebody see. The API decides what somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A citizen, signed in.
    Citizen,
    /// An operator of the tenant.
    Operator,
    /// An administrator of the tenant.
    Admin,
}

/// Who looks at the page.
#[derive(Debug)]
pub struct Viewer {
    /// The user's identifier.
    pub id: String,
    /// First and family name.
    pub name: String,
    /// The name that they sign in with.
    pub username: String,
    /// What the menu offers.
    pub role: Role,
    /// The token for the API.
    pub token: String,
    /// For whom they send lots of messages, if they do.
    pub duty: Option<Duty>,
    /// What they may do on the interoperability platform, if it knows them.
    pub(crate) interop: Option<Standing>,
}

/// The claims of a token that the pages read (developers' documentation, "Anatomia di un Token").
#[derive(Deserialize)]
struct Claims {
    id: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    roles: Vec<String>,
}

impl Viewer {
    /// Reads a token that the identity role has just made. Its signature is not checked here: it came straight from its maker, and
    /// whoever receives it next does check.
    fn from_token(token: String) -> Option<Self> {
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        let claims: Claims = serde_json::from_slice(&payload).ok()?;
        let has = |role: &str| claims.roles.iter().any(|known| known == role);
        let role = if has("ROLE_ADMIN") || has("ROLE_SUPER_ADMIN") {
            Role::Admin
        } else if has("ROLE_OPERATORE") || has("ROLE_OPERATORE_ADMIN") || has("ROLE_OPERATOR") {
            Role::Operator
        } else {
            Role::Citizen
        };
        Some(Self {
            id: claims.id,
            name: claims.username.clone(),
            username: claims.username,
            role,
            token,
            duty: None,
            interop: None,
        })
    }
}

/// The viewers behind the sessions seen in the last half minute.
#[derive(Clone, Debug)]
pub struct Sessions(moka::sync::Cache<(String, String), Arc<Viewer>>);

impl Default for Sessions {
    fn default() -> Self {
        // Short, because a session that ends elsewhere is still believed here for as long.
        Self(moka::sync::Cache::builder().max_capacity(20_000).time_to_live(Duration::from_secs(30)).build())
    }
}

impl Sessions {
    /// Who holds `session`; `None` when it has ended or never was.
    pub async fn viewer(
        &self,
        tenant: &str,
        session: &str,
        identity: &Identity,
        platform: impl FnOnce(String) -> Platform,
        lots: impl FnOnce(String) -> Lots,
        interop: impl FnOnce(String) -> Interop,
    ) -> Result<Option<Arc<Viewer>>, ClientError> {
        let key = (tenant.to_owned(), session.to_owned());
        if let Some(viewer) = self.0.get(&key) {
            return Ok(Some(viewer));
        }
        let token = match identity.token(session).await {
            Err(ClientError::Refused(_)) => return Ok(None),
            token => token?,
        };
        let Some(mut viewer) = Viewer::from_token(token) else {
            return Err(ClientError::Failed("the identity role gave a token without readable claims".into()));
        };
        // The name is a courtesy of the header: without it the username stands there.
        let (asked, lots) = (platform(viewer.token.clone()), lots(viewer.token.clone()));
        let interop = interop(viewer.token.clone());
        // Citizens work for nobody there.
        let standing = async { if viewer.role == Role::Citizen { None } else { interop.standing().await.ok() } };
        let (user, me, standing) = tokio::join!(asked.user(&viewer.id), lots.me(), standing);
        if let Ok(user) = user {
            viewer.name = user.full_name();
        }
        // Whom the intermediary refuses, and everybody while it is away, is not offered its pages.
        viewer.duty = me.ok().map(|me| me.duty);
        viewer.interop = standing;
        let viewer = Arc::new(viewer);
        self.0.insert(key, viewer.clone());
        Ok(Some(viewer))
    }

    /// Forgets a session that signs out.
    pub fn forget(&self, tenant: &str, session: &str) {
        self.0.invalidate(&(tenant.to_owned(), session.to_owned()));
    }
}

/// The value of a cookie of the request.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(http::header::COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(known, value)| (known == name && !value.is_empty()).then_some(value))
}

/// A `Set-Cookie` that lasts until the browser closes, or `max_age_s` seconds, for one tenant's pages and API. Never readable by
/// scripts; `SameSite=Lax`, so that a link from a mail finds the citizen signed in but a form on another site does not.
pub fn set_cookie(name: &str, value: &str, tenant: &Tenant, max_age_s: Option<i64>) -> HeaderValue {
    let age = max_age_s.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let path = &tenant.prefix;
    let secure = if tenant.secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value}; Path=/{path}; HttpOnly; SameSite=Lax{secure}{age}"))
        .unwrap_or_else(|_| HeaderValue::from_static("sportello_invalid=; Max-Age=0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_never_by_a_part_of_its_name() {
        let mut headers = HeaderMap::new();
        headers.insert("cookie", "x_sportello_session=bad; sportello_session=good; a=b".parse().unwrap());
        assert_eq!(cookie(&headers, SESSION_COOKIE), Some("good"));
        assert_eq!(cookie(&headers, "session"), None);
    }

    #[test]
    fn a_value_cannot_smuggle_a_header() {
        let tenant = Tenant {
            id: String::new(),
            slug: "b".into(),
            prefix: "bugliano".into(),
            base_url: "https://servizi.example.it/bugliano".into(),
            name: "Bugliano".into(),
            site_url: None,
            secure: true,
        };
        let cookie = |value: &str, age| set_cookie(SESSION_COOKIE, value, &tenant, age).to_str().unwrap().to_owned();
        assert!(cookie("a\r\nSet-Cookie: b", None).starts_with("sportello_invalid"));
        assert_eq!(cookie("a", Some(0)), "sportello_session=a; Path=/bugliano; HttpOnly; SameSite=Lax; Secure; Max-Age=0");
    }

    #[test]
    fn the_role_is_the_highest_of_the_token() {
        let token = |roles: &str| {
            let claims = format!(r#"{{"id":"1","username":"a","roles":{roles}}}"#);
            Viewer::from_token(format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims))).unwrap().role
        };
        assert_eq!(token(r#"["ROLE_USER","ROLE_CPS_USER"]"#), Role::Citizen);
        assert_eq!(token(r#"["ROLE_OPERATORE"]"#), Role::Operator);
        assert_eq!(token(r#"["ROLE_OPERATORE","ROLE_ADMIN"]"#), Role::Admin);
    }
}
