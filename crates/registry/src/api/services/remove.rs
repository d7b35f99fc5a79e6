//! `DELETE /services/{id}`: switches a service off.

use axum::extract::State;
use http::StatusCode;
use kernel::ServiceId;
use web::{ApiResult, Caller, Path};

use crate::api::save_service;
use crate::configuration::ServiceConfig;
use crate::errors::Error;
use crate::proxy::Proxy;
use crate::store;

/// Switches the service off: its documents are not registered any more, its configuration stays.
#[utoipa::path(
    delete,
    path = "/services/{id}",
    tag = "services",
    operation_id = "remove_service",
    params(("id" = Uuid, Path, description = "The service.")),
    responses(
        (status = 204, description = "Switched off, now or before."),
        (status = 401, description = "No token, or one that does not hold."),
        (status = 403, description = "Not an administrator."),
        (status = 404, description = "Not configured, or another tenant's."),
    )
)]
pub async fn remove(State(proxy): State<Proxy>, caller: Caller, Path(id): Path<ServiceId>) -> ApiResult<StatusCode> {
    caller.require_admin()?;
    let (provider, tenant, saving) = (proxy.names().provider, caller.tenant_id, proxy.clone());
    let removed = proxy.app().db().write(move |tx| {
        let stored = store::find_service_to_change(tx, provider, tenant, id)?.ok_or(Error::NotConfigured)?;
        save_service(&saving, tx, &ServiceConfig { is_active: false, ..stored })
    });
    removed.await?;
    Ok(StatusCode::NO_CONTENT)
}
