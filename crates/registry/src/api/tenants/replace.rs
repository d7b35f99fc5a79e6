//! `PUT /tenants/{id}`: replaces the configuration of a tenant.

use axum::extract::State;
use kernel::TenantId;
use serde_json::{Value, json};
use web::{ApiResult, Caller, Json, Path};

use crate::api::{require_known_platform, require_own, save_tenant};
use crate::configuration::{TenantConfig, submitted};
use crate::errors::Error;
use crate::proxy::Proxy;
use crate::store;

/// Replaces the configuration of a tenant; the address says which.
#[utoipa::path(
    put,
    path = "/tenants/{id}",
    tag = "tenants",
    operation_id = "replace_tenant",
    params(("id" = Uuid, Path, description = "The tenant.")),
    request_body = TenantConfig,
    responses(
        (status = 200, description = "Replaced.", body = TenantConfig),
        (status = 401, description = "No token, or one that does not hold."),
        (status = 403, description = "Not an administrator."),
        (status = 404, description = "Not configured, or another tenant's."),
        (status = 422, description = "Fields are missing or wrong."),
    )
)]
pub async fn replace(
    State(proxy): State<Proxy>,
    caller: Caller,
    Path(id): Path<TenantId>,
    Json(body): Json<Value>,
) -> ApiResult<Json<TenantConfig>> {
    require_own(&caller, id)?;
    caller.require_admin()?;
    let mut fields = submitted(body);
    fields.insert("id".into(), json!(id));
    let config = TenantConfig::read(&fields).map_err(Error::Invalid)?;
    require_known_platform(&proxy, &caller, &config)?;
    let (provider, saving) = (proxy.names().provider, proxy.clone());
    let replaced = proxy.app().db().write(move |tx| {
        store::find_tenant_to_change(tx, provider, id)?.ok_or(Error::NotConfigured)?;
        save_tenant(&saving, tx, &config)
    });
    Ok(Json(replaced.await?))
}
