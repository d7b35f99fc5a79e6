//! `/.well-known/jwks.json`: the keys that verify tokens (RFC 7517; developers' documentation, "Integrazione di un servizio di terze
//! parti protetto da autenticazione").

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL};
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiResult, HostTenant, Json};

use crate::context::Context;
use crate::errors::Error;
use crate::keys::PUBLISHED_S;
use crate::store::{self, PublicKey};

/// Most keys that are given when the host name does not say whose are wanted.
const LIMIT: i64 = 500;

/// A JSON Web Key Set.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeySet {
    /// The keys.
    keys: Vec<Key>,
}

/// A public key of a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Key {
    /// `RSA`.
    kty: &'static str,
    /// `sig`.
    #[serde(rename = "use")]
    usage: &'static str,
    /// `RS256`.
    alg: &'static str,
    /// The thumbprint (RFC 7638), which the header of a token names.
    kid: String,
    /// Modulus, base64url.
    n: String,
    /// Exponent, base64url.
    e: String,
}

impl From<PublicKey> for Key {
    fn from(PublicKey { kid, n, e, .. }: PublicKey) -> Self {
        Self { kty: "RSA", usage: "sig", alg: "RS256", kid, n, e }
    }
}

/// The keys that verify the tokens of the tenant that the host name names, or of every tenant when it names none: the 500 newest.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "auth",
    responses((status = 200, description = "the keys, to be kept for ten minutes", body = KeySet)))]
pub async fn list(State(context): State<Context>, HostTenant(tenant): HostTenant) -> ApiResult<Response> {
    let since = context.published_since(context.app.clock().now());
    let tenant_id = tenant.map(|tenant| tenant.id);
    if let Some(tenant_id) = tenant_id {
        // Whoever sets up a verifier before anybody has signed in needs the key already.
        context.keys.ensure(tenant_id).await?;
    }
    let keys = context.app.db().read(move |tx| match tenant_id {
        Some(tenant_id) => store::list_public_keys(tx, tenant_id, since),
        None => store::list_all_public_keys(tx, since, LIMIT),
    });
    let keys = keys.await.map_err(Error::from)?.into_iter().map(Key::from).collect();
    let headers = [(CACHE_CONTROL, format!("public, max-age={PUBLISHED_S}")), (ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned())];
    Ok((headers, Json(KeySet { keys })).into_response())
}
