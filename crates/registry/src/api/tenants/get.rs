//! `GET /tenants/{id}`: the configuration of a tenant.

use axum::extract::State;
use kernel::TenantId;
use web::{ApiResult, Caller, Json, Path};

use crate::api::require_own;
use crate::configuration::TenantConfig;
use crate::errors::Error;
use crate::proxy::Proxy;
use crate::store;

/// The configuration of a tenant, active or not.
#[utoipa::path(
    get,
    path = "/tenants/{id}",
    tag = "tenants",
    operation_id = "get_tenant",
    params(("id" = Uuid, Path, description = "The tenant.")),
    responses(
        (status = 200, description = "The configuration.", body = TenantConfig),
        (status = 401, description = "No token, or one that does not hold."),
        (status = 403, description = "Not an administrator."),
        (status = 404, description = "Not configured, or another tenant's."),
    )
)]
pub async fn get(State(proxy): State<Proxy>, caller: Caller, Path(id): Path<TenantId>) -> ApiResult<Json<TenantConfig>> {
    require_own(&caller, id)?;
    caller.require_admin()?;
    let provider = proxy.names().provider;
    let found = proxy.app().db().read(move |tx| store::find_tenant(tx, provider, id)).await?;
    Ok(Json(found.ok_or(Error::NotConfigured)?))
}
