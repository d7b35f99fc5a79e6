//! `PATCH /services/{id}`: changes some fields of a service's configuration.

use axum::extract::State;
use kernel::ServiceId;
use serde_json::{Value, json};
use web::{ApiResult, Caller, Json, Path};

use crate::api::{merged, save_service};
use crate::configuration::{ServiceConfig, submitted};
use crate::errors::Error;
use crate::proxy::Proxy;
use crate::store;

/// Changes the fields that are sent and keeps the others; `registry` is one field.
#[utoipa::path(
    patch,
    path = "/services/{id}",
    tag = "services",
    operation_id = "change_service",
    params(("id" = Uuid, Path, description = "The service.")),
    request_body(content = Object, description = "Some of the fields."),
    responses(
        (status = 200, description = "Changed.", body = ServiceConfig),
        (status = 401, description = "No token, or one that does not hold."),
        (status = 403, description = "Not an administrator."),
        (status = 404, description = "Not configured, or another tenant's."),
        (status = 422, description = "Fields would be missing or wrong."),
    )
)]
pub async fn change(
    State(proxy): State<Proxy>,
    caller: Caller,
    Path(id): Path<ServiceId>,
    Json(body): Json<Value>,
) -> ApiResult<Json<Value>> {
    caller.require_admin()?;
    let (provider, tenant) = (proxy.names().provider, caller.tenant_id);
    let mut change = submitted(body);
    change.insert("id".into(), json!(id));
    change.insert("tenant_id".into(), json!(tenant));
    let changing = proxy.clone();
    let changed = proxy.app().db().write(move |tx| {
        let stored = store::find_service_to_change(tx, provider, tenant, id)?.ok_or(Error::NotConfigured)?;
        // Without the secrets: only those that were sent count as sent.
        let fields = merged(stored.answer(changing.provider()), change);
        let config = ServiceConfig::read(&fields, changing.provider(), Some(&stored)).map_err(Error::Invalid)?;
        save_service(&changing, tx, &config)
    });
    Ok(Json(changed.await?))
}
