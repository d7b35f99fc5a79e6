//! `POST /services`: stores the configuration of a service.

use axum::extract::State;
use http::StatusCode;
use kernel::ServiceId;
use serde_json::Value;
use web::{ApiResult, Caller, Json};

use crate::api::save_service;
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
pub async fn create(State(proxy): State<Proxy>, caller: Caller, Json(body): Json<Value>) -> ApiResult<(StatusCode, Json<Value>)> {
    caller.require_admin()?;
    let fields = submitted(body);
    // Stored already, it is stored anew: the secrets that the form does not have are kept.
    let id = fields.get("id").and_then(|id| serde_json::from_value::<ServiceId>(id.clone()).ok());
    let (provider, tenant, saving) = (proxy.names().provider, caller.tenant_id, proxy.clone());
    let saved = proxy.app().db().write(move |tx| {
        let stored = id.map(|id| store::find_service_to_change(tx, provider, tenant, id)).transpose()?.flatten();
        let config = ServiceConfig::read(&fields, saving.provider(), stored.as_ref()).map_err(Error::Invalid)?;
        if config.tenant_id != tenant {
            return Err(Error::AnotherTenants);
        }
        save_service(&saving, tx, &config)
    });
    Ok((StatusCode::CREATED, Json(saved.await?)))
}
