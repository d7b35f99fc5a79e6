//! `GET /tenants`: the configurations of tenants that the caller may see.

use axum::extract::State;
use web::{ApiResult, Caller, Json};

use crate::configuration::TenantConfig;
use crate::proxy::Proxy;
use crate::store;

/// The configuration of the caller's tenant, active or not, if there is one.
#[utoipa::path(
    get,
    path = "/tenants",
    tag = "tenants",
    operation_id = "list_tenants",
    responses(
        (status = 200, description = "The configurations.", body = Vec<TenantConfig>),
        (status = 401, description = "No token, or one that does not hold."),
        (status = 403, description = "Not an administrator."),
    )
)]
pub async fn list(State(proxy): State<Proxy>, caller: Caller) -> ApiResult<Json<Vec<TenantConfig>>> {
    caller.require_admin()?;
    let (provider, tenant) = (proxy.names().provider, caller.tenant_id);
    let found = proxy.app().db().read(move |tx| store::find_tenant(tx, provider, tenant)).await?;
    Ok(Json(found.into_iter().collect()))
}
