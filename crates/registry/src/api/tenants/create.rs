//! `POST /tenants`: stores the configuration of a tenant.

use axum::extract::State;
use http::StatusCode;
use serde_json::Value;
use web::{ApiResult, Caller, Json};

use crate::api::{require_known_platform, save_tenant};
use crate::configuration::{TenantConfig, submitted};
use crate::errors::Error;
use crate::proxy::Proxy;

/// Stores the configuration of a tenant, over the one that was there. Takes the fields, or a Form.io submission with the fields in `data`.
#[utoipa::path(
    post,
    path = "/tenants",
    tag = "tenants",
    operation_id = "create_tenant",
    request_body = TenantConfig,
    responses(
        (status = 201, description = "Stored.", body = TenantConfig),
        (status = 401, description = "No token, or one that does not hold."),
        (status = 403, description = "Not an administrator."),
        (status = 404, description = "Another tenant's."),
        (status = 422, description = "Fields are missing or wrong."),
    )
)]
pub async fn create(
    State(proxy): State<Proxy>,
    caller: Caller,
    Json(body): Json<Value>,
) -> ApiResult<(StatusCode, Json<TenantConfig>)> {
    caller.require_admin()?;
    let config = TenantConfig::read(&submitted(body)).map_err(Error::Invalid)?;
    if config.id != caller.tenant_id {
        return Err(Error::AnotherTenants.into());
    }
    require_known_platform(&proxy, &caller, &config)?;
    let saving = proxy.clone();
    let stored = proxy.app().db().write(move |tx| save_tenant(&saving, tx, &config));
    Ok((StatusCode::CREATED, Json(stored.await?)))
}
