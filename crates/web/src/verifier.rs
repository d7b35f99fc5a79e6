//! Verifying the platform's tokens (RFC 7519, RS256 only).

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use kernel::{RomeTime, TenantId, UserId};
use moka::sync::Cache;
use runtime::{App, Peer, PeerError};
use serde::{Deserialize, Serialize};

use crate::ApiError;

/// The claims of a token (developers' documentation, "Anatomia di un Token").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// `ROLE_USER`, `ROLE_CPS_USER`, `ROLE_OPERATORE`, `ROLE_ADMIN` ...
    pub roles: Vec<String>,
    /// User name; of a citizen the fiscal code.
    pub username: String,
    /// The user.
    pub id: UserId,
    /// The user's tenant.
    pub tenant_id: TenantId,
}

/// A public key of a tenant, as the identity role gives it.
#[derive(Clone, Debug, Deserialize)]
struct TenantKey {
    tenant_id: TenantId,
    n: String,
    e: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    #[serde(default)]
    typ: Option<String>,
}

/// Longest token; ours have about 700 characters.
const MAX_TOKEN: usize = 4096;
/// Longest life of a token, in seconds: ten days, the longest that the identity role can be set to.
const MAX_LIFETIME_S: i64 = 10 * 24 * 3600;
/// How far the clocks of two machines may be apart, in seconds.
const LEEWAY_S: i64 = 30;

/// Verifies tokens, and remembers those that hold.
pub(crate) struct Verifier {
    app: App,
    held: Cache<String, Arc<Claims>>,
    keys: Cache<String, Arc<(TenantId, DecodingKey)>>,
    unknown: Cache<String, ()>,
}

impl Verifier {
    pub(crate) fn new(app: App) -> Self {
        Self {
            app,
            held: Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(300)).build(),
            keys: Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(600)).build(),
            unknown: Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(2)).build(),
        }
    }

    /// The claims of `token`, if it was issued by the platform and has not expired.
    pub(crate) async fn verify(&self, token: &str) -> Result<Arc<Claims>, ApiError> {
        let claims = match self.held.get(token) {
            Some(claims) => claims,
            None => {
                let claims = Arc::new(self.check(token).await?);
                self.held.insert(token.to_owned(), Arc::clone(&claims));
                claims
            }
        };
        let now: RomeTime = self.app.clock().now();
        if claims.exp.saturating_add(LEEWAY_S) < now.as_second() || claims.iat.saturating_sub(LEEWAY_S) > now.as_second() {
            return Err(ApiError::unauthorized("Il token è scaduto: chiederne uno nuovo."));
        }
        Ok(claims)
    }

    async fn check(&self, token: &str) -> Result<Claims, ApiError> {
        let invalid = || ApiError::unauthorized("Il token non è valido: chiederne uno nuovo.");
        let header = token.split('.').next().filter(|_| token.len() <= MAX_TOKEN).ok_or_else(invalid)?;
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| invalid())?;
        let header: Header = serde_json::from_slice(&header).map_err(|_| invalid())?;
        if header.alg != "RS256" || header.typ.is_some_and(|typ| typ != "JWT") {
            return Err(invalid());
        }
        let key = self.key(&header.kid).await?.ok_or_else(invalid)?;
        let mut validation = Validation::new(Algorithm::RS256);
        // Expiry is checked against our own clock, on every use.
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["exp"]);
        validation.validate_aud = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.1, &validation).map_err(|_| invalid())?.claims;
        // A tenant's key signs for that tenant only, and for no longer than we do.
        let lives = claims.exp.saturating_sub(claims.iat);
        if claims.tenant_id == key.0 && (1..=MAX_LIFETIME_S).contains(&lives) { Ok(claims) } else { Err(invalid()) }
    }

    async fn key(&self, kid: &str) -> Result<Option<Arc<(TenantId, DecodingKey)>>, ApiError> {
        let well_formed =
            (1..=64).contains(&kid.len()) && kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !well_formed || self.unknown.contains_key(kid) {
            return Ok(None);
        }
        if let Some(key) = self.keys.get(kid) {
            return Ok(Some(key));
        }
        match self.app.peer(Peer::Identity).get(format!("/internal/keys/{kid}")).send().await {
            Ok(response) => {
                let key: TenantKey = response.json()?;
                let decoding = DecodingKey::from_rsa_components(&key.n, &key.e).map_err(ApiError::internal)?;
                let key = Arc::new((key.tenant_id, decoding));
                self.keys.insert(kid.to_owned(), Arc::clone(&key));
                Ok(Some(key))
            }
            Err(PeerError::Refused(_, problem)) if problem.status == 404 => {
                self.unknown.insert(kid.to_owned(), ());
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
