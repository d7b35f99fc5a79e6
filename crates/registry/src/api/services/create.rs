//! `POST /services`: stores the configuration of a service.

use axum::extract::State;
use http::StatusCode;
use serde_json::Value;
use web::{ApiResult, Caller, Json};

use crate::api::require_own;
use crate::configuration::{ServiceConfig, submitted};
use crate::errors::Error;
use crate::proxy::Proxy;
use crate::store;

/// Stores the configuration of a service, over the one that was there. Takes the fields, or the Form.io submission of `/schema` with the
/// fields in `data`.
#[utoipa::path(
    post,
    path = "/services",
    tag = "services",
    operation_id = "create_service",
    request_body = ServiceConfig,
    responses(
        (status = 201, description = "Stored.", body = ServiceConfig),
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
) -> ApiResult<(StatusCode, Json<ServiceConfig>)> {
    caller.require_admin()?;
    let config = ServiceConfig::read(&submitted(body), proxy.provider()).map_err(Error::Invalid)?;
    require_own(&caller, config.tenant_id)?;
    let (provider, now) = (proxy.names().provider, proxy.app().clock().now());
    let stored = proxy.app().db().write(move |tx| {
        if !store::put_service(tx, provider, &config, now)? {
            return Err(Error::NotConfigured);
        }
        store::find_service(tx, provider, config.tenant_id, config.id)?.ok_or(Error::NotConfigured)
    });
    Ok((StatusCode::CREATED, Json(stored.await?)))
}
