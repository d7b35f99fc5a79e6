//! Bodies that the connector works for: `/tenants`.

use axum::extract::State;
use http::StatusCode;
use kernel::{TenantId, Uuid};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use storage::Purpose;
use utoipa::ToSchema;
use web::{ApiResult, Caller, Json, Path};

use super::{ProblemBody, Refusals, authorise, check_texts, merged};
use crate::connector::Connector;
use crate::errors::Error;
use crate::store::tenants::{self, Tenant};

/// What can be written of a body.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = TenantFields)]
pub struct Fields {
    /// Name.
    name: String,
    /// Code in the index of public administrations.
    ipa_code: String,
}

/// A new body.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewTenant)]
pub struct New {
    /// Identifier, the platform's own.
    id: Uuid,
    #[serde(flatten)]
    fields: Fields,
}

fn check(fields: &Fields) -> Result<(), Error> {
    check_texts(&[("name", &fields.name), ("ipa_code", &fields.ipa_code)], 255)
}

/// Configura un ente
///
/// One that was deleted can be configured anew.
#[utoipa::path(
    post,
    path = "/tenants",
    tag = "enti",
    request_body = New,
    responses(
        (status = 201, description = "L'ente", body = Tenant),
        Refusals,
        (status = 409, description = "Già presente", body = ProblemBody),
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn create(
    State(connector): State<Connector>,
    caller: Caller,
    Json(new): Json<New>,
) -> ApiResult<(StatusCode, Json<Tenant>)> {
    authorise(&caller, TenantId(new.id))?;
    check(&new.fields)?;
    let now = connector.app().clock().now();
    let Fields { name, ipa_code } = new.fields;
    let tenant = Tenant { id: TenantId(new.id), name, ipa_code, created_at: now, updated_at: now };
    let created = connector.app().db().write(move |tx| {
        if tenants::find(tx, tenant.id, Purpose::Change)?.is_some() {
            return Err(Error::Exists);
        }
        tenants::put(tx, &tenant)?;
        Ok(tenant)
    });
    Ok((StatusCode::CREATED, Json(created.await?)))
}

/// Un ente
#[utoipa::path(
    get,
    path = "/tenants/{tenant_id}",
    tag = "enti",
    params(("tenant_id" = Uuid, Path, description = "Ente")),
    responses(
        (status = 200, description = "L'ente", body = Tenant),
        Refusals,
    )
)]
pub async fn get(State(connector): State<Connector>, caller: Caller, Path(id): Path<TenantId>) -> ApiResult<Json<Tenant>> {
    authorise(&caller, id)?;
    let found = connector.app().db().read(move |tx| tenants::find(tx, id, Purpose::Look)).await?;
    Ok(Json(found.ok_or(Error::NotConfigured)?))
}

/// Sostituisce un ente
#[utoipa::path(
    put,
    path = "/tenants/{tenant_id}",
    tag = "enti",
    params(("tenant_id" = Uuid, Path, description = "Ente")),
    request_body = Fields,
    responses(
        (status = 200, description = "L'ente", body = Tenant),
        Refusals,
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn replace(
    State(connector): State<Connector>,
    caller: Caller,
    Path(id): Path<TenantId>,
    Json(fields): Json<Fields>,
) -> ApiResult<Json<Tenant>> {
    authorise(&caller, id)?;
    save(&connector, id, move |_| Ok(fields)).await
}

/// Modifica un ente
#[utoipa::path(
    patch,
    path = "/tenants/{tenant_id}",
    tag = "enti",
    params(("tenant_id" = Uuid, Path, description = "Ente")),
    request_body = Fields,
    responses(
        (status = 200, description = "L'ente", body = Tenant),
        Refusals,
        (status = 422, description = "Campi non validi", body = ProblemBody),
    )
)]
pub async fn change(
    State(connector): State<Connector>,
    caller: Caller,
    Path(id): Path<TenantId>,
    Json(change): Json<Map<String, Value>>,
) -> ApiResult<Json<Tenant>> {
    authorise(&caller, id)?;
    save(&connector, id, move |tenant| merged(&Fields { name: tenant.name.clone(), ipa_code: tenant.ipa_code.clone() }, change))
        .await
}

async fn save(
    connector: &Connector,
    id: TenantId,
    fields: impl FnOnce(&Tenant) -> Result<Fields, Error> + Send + 'static,
) -> ApiResult<Json<Tenant>> {
    let now = connector.app().clock().now();
    let saved = connector.app().db().write(move |tx| {
        let stored = tenants::find(tx, id, Purpose::Change)?.ok_or(Error::NotConfigured)?;
        let fields = fields(&stored)?;
        check(&fields)?;
        let Fields { name, ipa_code } = fields;
        let tenant = Tenant { name, ipa_code, updated_at: now, ..stored };
        tenants::put(tx, &tenant)?;
        Ok::<_, Error>(tenant)
    });
    Ok(Json(saved.await?))
}

/// Elimina un ente
///
/// What was recorded of its requests is kept as long as it must be.
#[utoipa::path(
    delete,
    path = "/tenants/{tenant_id}",
    tag = "enti",
    params(("tenant_id" = Uuid, Path, description = "Ente")),
    responses(
        (status = 204, description = "Eliminato"),
        Refusals,
    )
)]
pub async fn remove(State(connector): State<Connector>, caller: Caller, Path(id): Path<TenantId>) -> ApiResult<StatusCode> {
    authorise(&caller, id)?;
    let now = connector.app().clock().now();
    let deleted = connector.app().db().write(move |tx| tenants::delete(tx, id, now)).await?;
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(Error::NotConfigured.into()) }
}
