//! Services over HTTP (platform API, `/services`).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kernel::ServiceId;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiResult, Caller, Id, Json, MaybeCaller, Query, Tenant};

use super::{Service, store};
use crate::context::{Context, Offer};
use crate::errors::Error;

/// The operations on services.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(show, put, patch, delete)).routes(routes!(form))
}

/// What the list can be narrowed by.
#[derive(Debug, Default, Deserialize)]
struct Filter {
    q: Option<String>,
    status: Option<u8>,
    identifier: Option<String>,
    limit: Option<usize>,
}

/// The services of the tenant: to everybody those that are published, to staff all of them.
#[utoipa::path(get, path = "/{tenant}/api/services", tag = "services",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("q" = Option<String>, Query, description = "words in name or description"),
        ("status" = Option<u8>, Query, description = "status"), ("identifier" = Option<String>, Query, description = "identifier"),
        ("limit" = Option<usize>, Query, description = "at most so many")),
    responses((status = 200, description = "the services", body = Vec<Service>)))]
async fn list(
    State(context): State<Context>,
    tenant: Tenant,
    MaybeCaller(caller): MaybeCaller,
    Query(filter): Query<Filter>,
) -> ApiResult<Json<Vec<Service>>> {
    let (id, now) = (tenant.id, context.app.clock().now());
    let staff = caller.is_some_and(|caller| caller.is_staff());
    let words = filter.q.unwrap_or_default().to_lowercase();
    let mut services = context.app.db().read(move |tx| store::list(tx, id)).await?;
    services.retain(|service| {
        (staff || service.is_listed(now))
            && filter.status.is_none_or(|status| service.status == status)
            && filter.identifier.as_ref().is_none_or(|identifier| service.identifier == *identifier)
            && [&service.name, &service.short_description, &service.description]
                .iter()
                .any(|text| text.to_lowercase().contains(&words))
    });
    services.sort_by_key(|service| !service.sticky);
    services.truncate(filter.limit.unwrap_or(usize::MAX));
    Ok(Json(services.into_iter().map(Service::shown).collect()))
}

/// One service, by id or identifier.
#[utoipa::path(get, path = "/{tenant}/api/services/{id}", tag = "services",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = String, Path, description = "id or identifier")),
    responses((status = 200, description = "the service", body = Service), (status = 404, description = "no such service")))]
async fn show(
    State(context): State<Context>,
    tenant: Tenant,
    MaybeCaller(caller): MaybeCaller,
    Id(key): Id<String>,
) -> ApiResult<Json<Service>> {
    Ok(Json(visible(&context, &tenant, caller, &key).await?.service.clone().shown()))
}

/// The service, if the caller may see it: only staff sees one that was cancelled.
async fn visible(context: &Context, tenant: &Tenant, caller: Option<Caller>, key: &str) -> Result<Arc<Offer>, Error> {
    let offer = context.offer(tenant.id, key).await?;
    let staff = caller.is_some_and(|caller| caller.is_staff());
    if staff || offer.service.status != 0 { Ok(offer) } else { Err(Error::NotFound) }
}

/// The form of a service, nested forms put in place: what the renderer needs.
#[utoipa::path(get, path = "/{tenant}/api/services/{id}/form", tag = "services",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = String, Path, description = "id or identifier")),
    responses((status = 200, description = "the Form.io definition"), (status = 404, description = "no such service, or it has no form")))]
async fn form(
    State(context): State<Context>,
    tenant: Tenant,
    MaybeCaller(caller): MaybeCaller,
    Id(key): Id<String>,
) -> ApiResult<Response> {
    let offer = visible(&context, &tenant, caller, &key).await?;
    let id = offer.service.form_id().ok_or(Error::NotFound)?.to_owned();
    let form = context.app.db().read(move |tx| crate::formserver::store::resolved(tx, &id)).await?.ok_or(Error::NotFound)?;
    Ok(Json(form.inlined()).into_response())
}

/// Creates a service.
#[utoipa::path(post, path = "/{tenant}/api/services", tag = "services", request_body = Service,
    params(("tenant" = String, Path, description = "slug of the tenant")),
    responses((status = 201, description = "created", body = Service), (status = 403, description = "not an administrator"),
        (status = 409, description = "identifier in use"), (status = 422, description = "a field is wrong")))]
async fn create(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Json(service): Json<Service>,
) -> ApiResult<Response> {
    caller.require_admin()?;
    let id = ServiceId(context.app.rng().uuid_at(context.app.clock().now()));
    let service = store_service(&context, &tenant, Service { id, created_at: None, ..service }).await?;
    Ok((StatusCode::CREATED, Json(service)).into_response())
}

/// Creates or replaces a service.
#[utoipa::path(put, path = "/{tenant}/api/services/{id}", tag = "services", request_body = Service,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the service")),
    responses((status = 200, description = "stored", body = Service), (status = 403, description = "not an administrator"),
        (status = 404, description = "the identifier is of another tenant"), (status = 422, description = "a field is wrong")))]
async fn put(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ServiceId>,
    Json(service): Json<Service>,
) -> ApiResult<Json<Service>> {
    caller.require_admin()?;
    let tenant_id = tenant.id;
    let before = context.app.db().read(move |tx| store::find(tx, tenant_id, id)).await?;
    let created_at = before.and_then(|service| service.created_at);
    Ok(Json(store_service(&context, &tenant, Service { id, created_at, ..service }).await?))
}

/// Changes some members of a service (RFC 7396 merge patch).
#[utoipa::path(patch, path = "/{tenant}/api/services/{id}", tag = "services", request_body = Object,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the service")),
    responses((status = 200, description = "stored", body = Service), (status = 403, description = "not an administrator"),
        (status = 404, description = "no such service"), (status = 422, description = "a field is wrong")))]
async fn patch(
    State(context): State<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ServiceId>,
    Json(changes): Json<Map<String, Value>>,
) -> ApiResult<Json<Service>> {
    caller.require_admin()?;
    let tenant_id = tenant.id;
    let before = context.app.db().read(move |tx| store::find(tx, tenant_id, id)).await?.ok_or(Error::NotFound)?;
    // The keys of before come back hidden, which keeps them.
    let created_at = before.created_at;
    let mut object = serde_json::to_value(before.shown()).map_err(|error| Error::Defect(error.to_string()))?;
    if let Value::Object(members) = &mut object {
        kernel::merge_patch(members, changes);
    }
    let after: Service = serde_json::from_value(object).map_err(|error| Error::field("", "type", web::misread(&error)))?;
    Ok(Json(store_service(&context, &tenant, Service { id, created_at, ..after }).await?))
}

/// Removes a service that nobody has applied for.
#[utoipa::path(delete, path = "/{tenant}/api/services/{id}", tag = "services",
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the service")),
    responses((status = 204, description = "removed, or not there"), (status = 403, description = "not an administrator"),
        (status = 422, description = "it has applications")))]
async fn delete(State(context): State<Context>, tenant: Tenant, caller: Caller, Id(id): Id<ServiceId>) -> ApiResult<StatusCode> {
    caller.require_admin()?;
    let tenant_id = tenant.id;
    context.app.db().write(move |tx| store::delete(tx, tenant_id, id)).await?;
    context.forget_services();
    Ok(StatusCode::NO_CONTENT)
}

async fn store_service(context: &Context, tenant: &Tenant, mut service: Service) -> Result<Service, Error> {
    let now = context.app.clock().now();
    if service.slug.is_empty() {
        service.slug = crate::text::slug(&service.name);
    }
    if service.identifier.is_empty() {
        service.identifier.clone_from(&service.slug);
    }
    let mut errors = Vec::new();
    let mut wrong = |field: &str, message: &str| errors.push(kernel::FieldError::new(field, "invalid", message));
    if service.name.trim().is_empty() || service.name.len() > 255 {
        wrong("/name", "Indicare un nome fino a 255 caratteri.");
    }
    if service.identifier != crate::text::slug(&service.identifier) {
        wrong("/identifier", "Usare lettere minuscole, cifre e trattini.");
    }
    if service.status > 4 {
        wrong("/status", "Usare 0 (annullato), 1 (pubblicato), 2 (sospeso), 3 (privato) o 4 (programmato).");
    }
    if service.payment_required > 2 {
        wrong("/payment_required", "Usare 0 (nessuno), 1 (immediato) o 2 (posticipato).");
    }
    if service.payment_required > 0 && service.payment_parameters.fixed_amount().is_err() {
        wrong("/payment_parameters/total_amounts", "Indicare l'importo in euro con due decimali, per esempio 20.00.");
    }
    if service.io_parameters.as_ref().is_some_and(|io| io.primary_key.is_empty() && io.secondary_key.is_empty()) {
        wrong("/io_parameters/primaryKey", "Indicare la chiave del servizio nell'app IO.");
    }
    if service.workflow > 1 {
        wrong("/workflow", "Usare 0 (approvazione) o 1 (inoltro).");
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    service.tenant = tenant.id;
    service.created_at = service.created_at.or(Some(now));
    service.updated_at = Some(now);
    let mut stored = service.clone();
    let (seal, rng) = (context.clone(), context.app.rng().clone());
    context
        .app
        .db()
        .write(move |tx| {
            if let Some(form) = stored.form_id()
                && crate::formserver::store::resolved(tx, form)?.is_none()
            {
                return Err(Error::field("/flow_steps", "unknown", "Il modulo indicato in formio_id non esiste."));
            }
            if let Some(written) = &stored.io_parameters {
                let before = store::find(tx, stored.tenant, stored.id)?.and_then(|before| before.io_parameters);
                stored.io_parameters = Some(written.kept(stored.id, before.as_ref(), seal.seal(), &rng));
            }
            store::put(tx, &stored, now)
        })
        .await?;
    context.forget_services();
    Ok(service.shown())
}
