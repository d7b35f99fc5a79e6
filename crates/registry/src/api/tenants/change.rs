//! `PATCH /tenants/{id}`: changes some fields of a tenant's configuration.

use axum::extract::State;
use kernel::TenantId;
use serde_json::{Value, json};
use web::{ApiResult, Caller, Json, Path};

use crate::api::{merged, require_known_platform, require_own, save_tenant};
use crate::configuration::{TenantConfig, submitted};
use crate::errors::Error;
use crate::proxy::Proxy;
use crate::store;

/// Changes the fields that are sent and keeps the others.
#[utoipa::path(
    patch,
    path = "/tenants/{id}",
    tag = "tenants",
    operation_id = "change_tenant",
    params(("id" = Uuid, Path, description = "The tenant.")),
    request_body(content = Object, description = "Some of the fields."),
    responses(
        (status = 200, description = "Changed.", body = TenantConfig),
        (status = 401, description = "No token, or one that does not hold."),
        (status = 403, description = "Not an administrator."),
        (status = 404, description = "Not configured, or another tenant's."),
        (status = 422, description = "Fields would be missing or wrong."),
    )
)]
pub async fn change(
    State(proxy): State<Proxy>,
    caller: Caller,
    Path(id): Path<TenantId>,
    Json(body): Json<Value>,
) -> ApiResult<Json<TenantConfig>> {
    require_own(&caller, id)?;
    caller.require_admin()?;
    let mut change = submitted(body);
    change.insert("id".into(), json!(id));
    let (provider, saving) = (proxy.names().provider, proxy.clone());
    let changed = proxy.app().db().write(move |tx| {
        let stored = store::find_tenant_to_change(tx, provider, id)?.ok_or(Error::NotConfigured)?;
        let config = TenantConfig::read(&merged(json!(stored), change)).map_err(Error::Invalid)?;
        require_known_platform(&saving, &caller, &config)?;
        save_tenant(&saving, tx, &config)
    });
    Ok(Json(changed.await?))
}
