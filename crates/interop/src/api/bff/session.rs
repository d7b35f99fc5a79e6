//! People show the token of a session: of an identity portal whose keys the installation trusts, of this installation, whose own pages
//! stand before this interface, or one that was given here for the portal's word ([`super::tokens`]). The portal's says for which body
//! somebody acts and in which roles; with the others somebody has the roles that the platform knows of him now.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts as _;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method};
use kernel::{TenantId, UserId, Uuid};
use moka::sync::Cache;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use web::Caller;

use super::super::front::{Asker, Gate};
use crate::clients::key::{PublicKey, Verifier};
use crate::context::Context;
use crate::deeds::Actor;
use crate::errors::{Error, Fault, Service};
use crate::roles::Role;
use crate::store::{Purpose as Why, bodies};
use crate::vouchers::jws::Jws;

/// The gate of people.
#[derive(Clone)]
pub struct People(pub Context);

/// Whom any token is from and for, and when it holds.
#[derive(Deserialize)]
struct Said {
    iss: String,
    aud: String,
    exp: i64,
    #[serde(default)]
    nbf: i64,
}

/// What a session's token says.
#[derive(Deserialize)]
struct Claims {
    uid: UserId,
    #[serde(rename = "user-roles")]
    roles: String,
    #[serde(rename = "organizationId")]
    organization_id: TenantId,
}

/// A set of keys (RFC 7517), as far as it matters here.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

/// Keys of the portal, by their names.
#[derive(Clone)]
pub struct PortalKeys {
    known: Cache<String, Arc<Verifier>>,
    /// Set while the portal is not to be asked again.
    asked: Cache<(), ()>,
    /// Held by whoever asks: the others wait for the answer.
    asking: Arc<tokio::sync::Mutex<()>>,
}

/// How long keys of the portal are believed.
const BELIEVED: Duration = Duration::from_secs(600);
/// How often the portal is asked at most: a token with a made-up key makes nobody ask.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest set of keys.
const LARGEST: usize = 256 * 1024;

impl PortalKeys {
    /// None yet.
    pub fn new() -> Self {
        Self {
            known: Cache::builder().max_capacity(64).time_to_live(BELIEVED).build(),
            asked: Cache::builder().max_capacity(1).time_to_live(PATIENCE).build(),
            asking: Arc::default(),
        }
    }

    async fn get(&self, context: &Context, kid: &str) -> Result<Option<Arc<Verifier>>, Error> {
        if let Some(key) = self.known.get(kid) {
            return Ok(Some(key));
        }
        let _asking = self.asking.lock().await;
        let url = &context.config.bff.session_keys;
        if url.is_empty() || self.asked.contains_key(&()) {
            return Ok(self.known.get(kid));
        }
        let answer = context.app.egress().call(Method::GET, url, HeaderMap::new(), Bytes::new(), LARGEST).await;
        let answer = answer.map_err(|error| Error::Defect(format!("keys of sessions: {error}")))?;
        let set: KeySet =
            serde_json::from_slice(&answer.body).map_err(|error| Error::Defect(format!("keys of sessions: {error}")))?;
        for key in set.keys {
            let signs = key["kty"] == "RSA" && key["use"].as_str().is_none_or(|usage| usage == "sig");
            let public = serde_json::from_value::<PublicKey>(key.clone()).ok().and_then(|public| public.verifier());
            if let (true, Some(kid), Some(public)) = (signs, key["kid"].as_str(), public) {
                self.known.insert(kid.to_owned(), Arc::new(public));
            }
        }
        self.asked.insert((), ());
        Ok(self.known.get(kid))
    }
}

impl Default for PortalKeys {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate for People {
    const SERVICE: Service = Service::Web;

    fn context(&self) -> &Context {
        &self.0
    }

    async fn asker(&self, parts: &mut Parts, token: &str, request: Uuid) -> Result<Asker, Error> {
        let jws = Jws::parse(token).ok_or(Fault::TokenMissing(Service::Web))?;
        // Only the tokens of people who have signed in to this installation have this claim, and identity's keys check them.
        let signed_in = jws.payload.get("tenant_id").is_some();
        let given_here = jws.payload["iss"] == own_issuer(&self.0);
        let actor = match (signed_in, given_here) {
            (true, _) => self.of_caller(parts).await?,
            (false, true) => self.of_session(&jws).await?,
            (false, false) => self.of_portal(&jws).await?,
        };
        Ok(Asker { context: self.0.clone(), actor, machine: None, request, service: Service::Web })
    }
}

impl People {
    async fn of_portal(&self, jws: &Jws<'_>) -> Result<Actor, Error> {
        let claims: Claims = read(portal_word(&self.0, jws, &self.0.config.bff.session_audience).await?)?;
        let roles = claims.roles.split(',').filter_map(|name| Role::parse(name.trim()));
        Ok(Actor { tenant: claims.organization_id, user: Some(claims.uid), roles: of_people(roles) })
    }

    async fn of_session(&self, jws: &Jws<'_>) -> Result<Actor, Error> {
        let context = &self.0;
        let key = context.keys.verifier(kid(jws)?).await?;
        let claims = checked(context, jws, key.as_deref(), (&own_issuer(context), &context.config.bff.session_audience))?;
        let claims: Claims = read(claims)?;
        self.known(claims.organization_id, claims.uid).await
    }

    async fn of_caller(&self, parts: &mut Parts) -> Result<Actor, Error> {
        let caller = Caller::from_request_parts(parts, &()).await.map_err(|error| match error.problem.status {
            400..500 => Fault::TokenInvalid(Service::Web).into(),
            _ => Error::Defect(error.source().unwrap_or("a session could not be checked").to_owned()),
        })?;
        let user = caller.principal.ok_or(Fault::TokenInvalid(Service::Web))?.user_id;
        self.known(caller.tenant_id, user).await
    }

    /// The platform is asked each time: a role that was taken away counts no more from the next request on.
    async fn known(&self, tenant: TenantId, user: UserId) -> Result<Actor, Error> {
        let body = self.0.app.db().read(move |tx| bodies::find_tenant(tx, tenant, Why::Look)).await?;
        let person = body.and_then(|mut body| body.users.remove(&user)).ok_or(Fault::Unauthorized(Service::Web))?;
        Ok(Actor { tenant, user: Some(user), roles: of_people(person.roles.into_iter()) })
    }
}

/// Machines have vouchers: a session never makes somebody one.
pub fn of_people(roles: impl Iterator<Item = Role>) -> Vec<Role> {
    roles.filter(|role| !role.is_machine()).collect()
}

/// Who issues the platform's own sessions. Vouchers are signed with the same key, by another issuer.
pub fn own_issuer(context: &Context) -> String {
    format!("{}/sessions", context.config.vouchers.issuer)
}

/// The claims of a token that the portal has signed for `audience`.
///
/// # Errors
/// [`Fault::TokenMissing`], [`Fault::TokenInvalid`]; when the portal does not answer.
pub async fn portal_word(context: &Context, jws: &Jws<'_>, audience: &str) -> Result<Value, Error> {
    let key = context.portal_keys.get(context, kid(jws)?).await?;
    checked(context, jws, key.as_deref(), (&context.config.bff.session_issuer, audience))
}

/// The name of the key of a token that is signed in the one way that is known.
fn kid<'a>(jws: &'a Jws<'_>) -> Result<&'a str, Fault> {
    let member = |name: &str| jws.header.get(name).and_then(Value::as_str);
    if member("alg") != Some("RS256") || member("typ").is_some_and(|typ| !["at+jwt", "JWT"].contains(&typ)) {
        return Err(Fault::TokenInvalid(Service::Web));
    }
    member("kid").ok_or(Fault::TokenMissing(Service::Web))
}

fn checked(context: &Context, jws: &Jws<'_>, key: Option<&Verifier>, (issuer, audience): (&str, &str)) -> Result<Value, Error> {
    let invalid = || Error::from(Fault::TokenInvalid(Service::Web));
    if !key.is_some_and(|key| jws.signed_by(key)) {
        return Err(invalid());
    }
    let said: Said = read(jws.payload.clone())?;
    let now = context.app.clock().now().as_second();
    if said.iss != issuer || said.aud != audience || said.exp <= now || said.nbf > now {
        return Err(invalid());
    }
    Ok(jws.payload.clone())
}

/// Claims of a token that holds.
pub fn read<T: DeserializeOwned>(claims: Value) -> Result<T, Fault> {
    serde_json::from_value(claims).map_err(|_| Fault::TokenMissing(Service::Web))
}
