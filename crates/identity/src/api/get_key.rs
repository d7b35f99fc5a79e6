//! `/internal/keys/{kid}`: one public key, for the roles that verify tokens.

use axum::extract::State;
use kernel::TenantId;
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, ApiResult, Json, Path};

use crate::context::Context;
use crate::store;

/// A public key and whose it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenantKey {
    /// The tenant whose tokens it verifies, and no other's.
    #[schema(value_type = kernel::Uuid)]
    tenant_id: TenantId,
    /// The thumbprint (RFC 7638).
    kid: String,
    /// Modulus, base64url.
    n: String,
    /// Exponent, base64url.
    e: String,
}

/// The public key of a thumbprint.
#[utoipa::path(get, path = "/internal/keys/{kid}", tag = "internal",
    params(("kid" = String, Path, description = "thumbprint of the key")),
    responses((status = 200, description = "the key", body = TenantKey), (status = 404, description = "no such key, or it is published no more")))]
pub async fn get(State(context): State<Context>, Path(kid): Path<String>) -> ApiResult<Json<TenantKey>> {
    let since = context.published_since(context.app.clock().now());
    let key = context.app.db().read(move |tx| store::find_public_key(tx, &kid, since)).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(TenantKey { tenant_id: key.tenant_id, kid: key.kid, n: key.n, e: key.e }))
}
