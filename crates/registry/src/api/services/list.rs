//! `GET /services`: the configurations of services that the caller may see.

use axum::extract::State;
use serde_json::Value;
use web::{ApiResult, Caller, Json};

use crate::configuration::ServiceConfig;
use crate::proxy::Proxy;
use crate::store;

/// The configurations of the services of the caller's tenant, active or not, in the order of their identifiers.
#[utoipa::path(
    get,
    path = "/services",
    tag = "services",
    operation_id = "list_services",
    responses(
        (status = 200, description = "The configurations.", body = Vec<ServiceConfig>),
        (status = 401, description = "No token, or one that does not hold."),
        (status = 403, description = "Not an administrator."),
    )
)]
pub async fn list(State(proxy): State<Proxy>, caller: Caller) -> ApiResult<Json<Vec<Value>>> {
    caller.require_admin()?;
    let (provider, tenant) = (proxy.names().provider, caller.tenant_id);
    let found = proxy.app().db().read(move |tx| store::services_of(tx, provider, tenant)).await?;
    Ok(Json(found.iter().map(|config| config.answer(proxy.provider())).collect()))
}
