//! `DELETE /tenants/{id}`: switches a tenant off.

use axum::extract::State;
use http::StatusCode;
use kernel::TenantId;
use web::{ApiResult, Caller, Path};

use crate::api::{require_own, save_tenant};
use crate::configuration::TenantConfig;
use crate::errors::Error;
use crate::proxy::Proxy;
use crate::store;

/// Switches the tenant off: its documents are not registered any more, its configuration stays.
#[utoipa::path(
    delete,
    path = "/tenants/{id}",
    tag = "tenants",
    operation_id = "remove_tenant",
    params(("id" = Uuid, Path, description = "The tenant.")),
    responses(
        (status = 204, description = "Switched off, now or before."),
        (status = 401, description = "No token, or one that does not hold."),
        (status = 403, description = "Not an administrator."),
        (status = 404, description = "Not configured, or another tenant's."),
    )
)]
pub async fn remove(State(proxy): State<Proxy>, caller: Caller, Path(id): Path<TenantId>) -> ApiResult<StatusCode> {
    require_own(&caller, id)?;
    caller.require_admin()?;
    let (provider, saving) = (proxy.names().provider, proxy.clone());
    let removed = proxy.app().db().write(move |tx| {
        let stored = store::find_tenant_to_change(tx, provider, id)?.ok_or(Error::NotConfigured)?;
        save_tenant(&saving, tx, &TenantConfig { is_active: false, ..stored })
    });
    removed.await?;
    Ok(StatusCode::NO_CONTENT)
}
