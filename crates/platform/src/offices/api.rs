//! Offices over HTTP (platform API, `/user-groups`): everybody reads, administrators write.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kernel::{OfficeId, ServiceId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiResult, Caller, Json, Path, Query, Tenant};

use super::{Office, store};
use crate::context::Context;
use crate::errors::Error;
use crate::services;

/// The operations on offices.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(show, put, patch, delete))
}

/// What the list can be narrowed by.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filter {
    has_calendar: Option<bool>,
    service_id: Option<ServiceId>,
}

/// An office with its numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Counted {
    #[serde(flatten)]
    office: Office,
    /// How many users work in it.
    users_count: i64,
    /// How many services it handles.
    services_count: usize,
}

/// The offices of the tenant, by name.
#[utoipa::path(get, path = "/{tenant}/api/user-groups", tag = "offices",
    params(("tenant" = String, Path, description = "slug of the tenant"),
        ("has_calendar" = Option<bool>, Query, description = "with, or without, a calendar for appointments"),
        ("service_id" = Option<kernel::Uuid>, Query, description = "those that handle this service")),
    responses((status = 200, description = "the offices", body = Vec<Counted>), (status = 400, description = "a parameter is wrong")))]
async fn list(State(context): State<Context>, tenant: Tenant, Query(filter): Query<Filter>) -> ApiResult<Json<Vec<Counted>>> {
    let tenant_id = tenant.id;
    let (offices, members, services) = context
        .app
        .db()
        .read(move |tx| {
            Ok::<_, Error>((store::list(tx, tenant_id)?, store::members(tx, tenant_id)?, services::store::list(tx, tenant_id)?))
        })
        .await?;
    let handles = |office: &Office, service: &services::Service| service.user_group_ids.contains(&office.id);
    let offices = offices
        .into_iter()
        .filter(|office| filter.has_calendar.is_none_or(|wanted| office.calendar_id.is_some() == wanted))
        .filter(|office| {
            filter.service_id.is_none_or(|id| services.iter().any(|service| service.id == id && handles(office, service)))
        })
        .map(|office| Counted {
            users_count: members.get(&office.id).copied().unwrap_or(0),
            services_count: services.iter().filter(|service| handles(&office, service)).count(),
            office,
        })
        .collect();
    Ok(Json(offices))
}

/// One office.
#[utoipa::path(get, path = "/{tenant}/api/user-groups/{id}", tag = "offices",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the office")),
    responses((status = 200, description = "the office", body = Office), (status = 404, description = "no such office")))]
async fn show(
    State(context): State<Context>,
    tenant: Tenant,
    Path((_slug, id)): Path<(String, OfficeId)>,
) -> ApiResult<Json<Office>> {
    let tenant_id = tenant.id;
    let office = context.app.db().read(move |tx| store::find(tx, tenant_id, id)).await.map_err(Error::from)?;
    Ok(Json(office.ok_or(Error::NotFound)?))
}

/// Creates an office.
#[utoipa::path(post, path = "/{tenant}/api/user-groups", tag = "offices", request_body = Office,
    params(("tenant" = String, Path, description = "slug of the tenant")),
    responses((status = 201, description = "created", body = Office), (status = 401, description = "no valid token"),
        (status = 403, description = "not an administrator"), (status = 409, description = "name in use"),
        (status = 422, description = "a field is wrong")))]
async fn create(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Json(office): Json<Office>,
) -> ApiResult<Response> {
    caller.require_admin()?;
    let now = context.app.clock().now();
    let id = OfficeId(context.app.rng().uuid_at(now));
    let office = save(&context, &tenant, id, move |_| Ok(office)).await?;
    Ok((StatusCode::CREATED, Json(office)).into_response())
}

/// Creates or replaces an office under a given identifier.
#[utoipa::path(put, path = "/{tenant}/api/user-groups/{id}", tag = "offices", request_body = Office,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the office")),
    responses((status = 200, description = "stored", body = Office), (status = 401, description = "no valid token"),
        (status = 403, description = "not an administrator"), (status = 404, description = "the identifier is of another tenant"),
        (status = 409, description = "name in use"), (status = 422, description = "a field is wrong")))]
async fn put(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, id)): Path<(String, OfficeId)>,
    Json(office): Json<Office>,
) -> ApiResult<Json<Office>> {
    caller.require_admin()?;
    Ok(Json(save(&context, &tenant, id, move |_| Ok(office)).await?))
}

/// Changes some members of an office (RFC 7396 merge patch).
#[utoipa::path(patch, path = "/{tenant}/api/user-groups/{id}", tag = "offices", request_body = Object,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the office")),
    responses((status = 200, description = "stored", body = Office), (status = 401, description = "no valid token"),
        (status = 403, description = "not an administrator"), (status = 404, description = "no such office"),
        (status = 409, description = "name in use"), (status = 422, description = "a field is wrong")))]
async fn patch(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, id)): Path<(String, OfficeId)>,
    Json(changes): Json<Map<String, Value>>,
) -> ApiResult<Json<Office>> {
    caller.require_admin()?;
    let office = save(&context, &tenant, id, move |before| {
        let mut object =
            serde_json::to_value(before.ok_or(Error::NotFound)?).map_err(|error| Error::Defect(error.to_string()))?;
        if let Value::Object(members) = &mut object {
            kernel::merge_patch(members, changes);
        }
        serde_json::from_value(object).map_err(|error| Error::field("", "type", web::misread(&error)))
    })
    .await?;
    Ok(Json(office))
}

/// Removes an office that is in charge of no application and handles no service.
#[utoipa::path(delete, path = "/{tenant}/api/user-groups/{id}", tag = "offices",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the office")),
    responses((status = 204, description = "removed, or not there"), (status = 401, description = "no valid token"),
        (status = 403, description = "not an administrator"), (status = 422, description = "it is in charge of applications or handles services")))]
async fn delete(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, id)): Path<(String, OfficeId)>,
) -> ApiResult<StatusCode> {
    caller.require_admin()?;
    let (tenant_id, now) = (tenant.id, context.app.clock().now());
    context.app.db().write(move |tx| store::delete(tx, tenant_id, id, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stores what `change` makes of the office as it is, if it is.
async fn save<F>(context: &Context, tenant: &Tenant, id: OfficeId, change: F) -> Result<Office, Error>
where
    F: FnOnce(Option<&Office>) -> Result<Office, Error> + Send + 'static,
{
    let (tenant_id, now) = (tenant.id, context.app.clock().now());
    context
        .app
        .db()
        .write(move |tx| {
            let before = store::find_for_change(tx, tenant_id, id)?;
            let after = change(before.as_ref())?;
            let errors = after.mistakes();
            if !errors.is_empty() {
                return Err(Error::Invalid(errors));
            }
            let created_at = before.and_then(|before| before.created_at).or(Some(now));
            let office = Office { id, created_at, updated_at: Some(now), ..after };
            store::put(tx, tenant_id, &office, now)?;
            Ok(office)
        })
        .await
}
