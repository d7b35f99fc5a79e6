//! `PUT /services/{id}`: replaces the configuration of a service.

use axum::extract::State;
use kernel::ServiceId;
use serde_json::{Value, json};
use web::{ApiResult, Caller, Json, Path};

use crate::api::save_service;
use crate::configuration::{ServiceConfig, submitted};
use crate::errors::Error;
use crate::proxy::Proxy;
use crate::store;

/// Replaces the configuration of a service; the address says which, the token whose.
#[utoipa::path(
    put,
    path = "/services/{id}",
    tag = "services",
    operation_id = "replace_service",
    params(("id" = Uuid, Path, description = "The service.")),
    request_body = ServiceConfig,
    responses(
        (status = 200, description = "Replaced.", body = ServiceConfig),
        (status = 401, description = "No token, or one that does not hold."),
        (status = 403, description = "Not an administrator."),
        (status = 404, description = "Not configured, or another tenant's."),
        (status = 422, description = "Fields are missing or wrong."),
    )
)]
pub async fn replace(
    State(proxy): State<Proxy>,
    caller: Caller,
    Path(id): Path<ServiceId>,
    Json(body): Json<Value>,
) -> ApiResult<Json<Value>> {
    caller.require_admin()?;
    let (provider, tenant) = (proxy.names().provider, caller.tenant_id);
    let mut fields = submitted(body);
    fields.insert("id".into(), json!(id));
    fields.insert("tenant_id".into(), json!(tenant));
    let saving = proxy.clone();
    let replaced = proxy.app().db().write(move |tx| {
        let stored = store::find_service_to_change(tx, provider, tenant, id)?.ok_or(Error::NotConfigured)?;
        let config = ServiceConfig::read(&fields, saving.provider(), Some(&stored)).map_err(Error::Invalid)?;
        save_service(&saving, tx, &config)
    });
    Ok(Json(replaced.await?))
}
