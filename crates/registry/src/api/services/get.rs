//! `GET /services/{id}`: the configuration of a service.

use axum::extract::State;
use kernel::ServiceId;
use serde_json::Value;
use web::{ApiResult, Caller, Json, Path};

use crate::configuration::ServiceConfig;
use crate::errors::Error;
use crate::proxy::Proxy;
use crate::store;

/// The configuration of a service, active or not.
#[utoipa::path(
    get,
    path = "/services/{id}",
    tag = "services",
    operation_id = "get_service",
    params(("id" = Uuid, Path, description = "The service.")),
    responses(
        (status = 200, description = "The configuration.", body = ServiceConfig),
        (status = 401, description = "No token, or one that does not hold."),
        (status = 403, description = "Not an administrator."),
        (status = 404, description = "Not configured, or another tenant's."),
    )
)]
pub async fn get(State(proxy): State<Proxy>, caller: Caller, Path(id): Path<ServiceId>) -> ApiResult<Json<Value>> {
    caller.require_admin()?;
    let provider = proxy.names().provider;
    let found = proxy.app().db().read(move |tx| store::find_service(tx, provider, caller.tenant_id, id)).await?;
    Ok(Json(found.ok_or(Error::NotConfigured)?.answer(proxy.provider())))
}
