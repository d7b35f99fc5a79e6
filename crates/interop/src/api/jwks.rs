//! `GET /authorization-server/.well-known/jwks.json`: the keys that verify vouchers (RFC 7517).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL};
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, ApiResult, Json};

use crate::context::Context;
use crate::vouchers::keys::PUBLISHED_S;

/// A JSON Web Key Set.
#[derive(Debug, Serialize, ToSchema)]
pub struct VoucherKeySet {
    /// The keys.
    keys: Vec<VoucherKey>,
}

/// A key that verifies vouchers.
#[derive(Debug, Serialize, ToSchema)]
pub struct VoucherKey {
    /// `RSA`.
    kty: &'static str,
    /// `sig`.
    #[serde(rename = "use")]
    usage: &'static str,
    /// `RS256`.
    alg: &'static str,
    /// The thumbprint (RFC 7638), which the header of a voucher names.
    kid: String,
    /// Modulus, base64url.
    n: String,
    /// Exponent, base64url.
    e: String,
}

/// Chiavi dei voucher
///
/// The keys that verify vouchers. A new one is here a day before it signs, an old one until its last voucher has ended.
#[utoipa::path(get, path = "/authorization-server/.well-known/jwks.json", tag = "voucher",
    responses((status = 200, description = "Le chiavi, da conservare per dieci minuti", body = VoucherKeySet)))]
pub async fn list(State(context): State<Context>) -> ApiResult<Response> {
    let keys = context.keys.published().await.map_err(ApiError::internal)?.into_iter();
    let keys = keys.map(|(kid, key)| VoucherKey { kty: "RSA", usage: "sig", alg: "RS256", kid, n: key.n, e: key.e });
    let headers = [(CACHE_CONTROL, format!("public, max-age={PUBLISHED_S}")), (ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned())];
    Ok((headers, Json(VoucherKeySet { keys: keys.collect() })).into_response())
}
