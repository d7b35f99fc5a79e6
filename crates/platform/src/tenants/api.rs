//! Tenants over HTTP.

use axum::extract::State;
use http::StatusCode;
use kernel::TenantId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, ApiResult, Caller, Json, Path, Query, TenantInfo};

use super::{Tenant, store};
use crate::context::Context;
use crate::errors::Error;

/// The operations on tenants.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(info)).routes(routes!(list)).routes(routes!(find)).routes(routes!(put))
}

/// What everybody may know of a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicTenant {
    /// Identifier.
    #[schema(value_type = kernel::Uuid)]
    id: TenantId,
    /// Name, as citizens know it.
    name: String,
    /// First path segment of its addresses.
    slug: String,
    /// Code in the index of public administrations.
    ipa_code: String,
    /// Tax code.
    tax_code: String,
    /// Its own web site.
    site_url: Option<String>,
    /// JSON texts with `favicon`, `logo`, `theme`, as older clients read them.
    meta: Vec<String>,
}

impl From<Tenant> for PublicTenant {
    fn from(tenant: Tenant) -> Self {
        Self {
            id: tenant.id,
            name: tenant.name,
            slug: tenant.slug,
            ipa_code: tenant.ipa_code,
            tax_code: tenant.tax_code,
            site_url: tenant.site_url,
            meta: Vec::new(),
        }
    }
}

/// The tenant of this address.
#[utoipa::path(get, path = "/{tenant}/api/tenants/info", tag = "tenants",
    params(("tenant" = String, Path, description = "slug of the tenant")),
    responses((status = 200, description = "the tenant", body = PublicTenant), (status = 404, description = "no such tenant")))]
async fn info(State(context): State<Context>, tenant: web::Tenant) -> ApiResult<Json<PublicTenant>> {
    let id = tenant.id;
    let tenant = context.app.db().read(move |tx| store::get(tx, id)).await.map_err(Error::from)?;
    Ok(Json(tenant.into()))
}

/// Every tenant of this installation.
#[utoipa::path(get, path = "/internal/tenants/all", tag = "internal",
    responses((status = 200, description = "the tenants", body = Vec<PublicTenant>)))]
async fn list(State(context): State<Context>) -> ApiResult<Json<Vec<PublicTenant>>> {
    let tenants = context.app.db().read(store::list).await.map_err(Error::from)?;
    Ok(Json(tenants.into_iter().map(PublicTenant::from).collect()))
}

/// How a tenant is looked for: one of the two.
#[derive(Debug, Deserialize)]
struct Find {
    slug: Option<String>,
    host: Option<String>,
}

/// The tenant of a slug or host name, for the other roles.
#[utoipa::path(get, path = "/internal/tenants", tag = "internal",
    params(("slug" = Option<String>, Query, description = "first path segment"), ("host" = Option<String>, Query, description = "host name")),
    responses((status = 200, description = "the tenant"), (status = 404, description = "no such tenant")))]
async fn find(State(context): State<Context>, Query(find): Query<Find>) -> ApiResult<Json<TenantInfo>> {
    let found = context
        .app
        .db()
        .read(move |tx| match (find.slug, find.host) {
            (Some(slug), _) => store::find_by_slug(tx, &slug),
            (None, Some(host)) => store::find_by_host(tx, &host),
            (None, None) => Ok(None),
        })
        .await
        .map_err(Error::from)?;
    found.map(|tenant| Json(tenant.info(context.app.public_url()))).ok_or_else(ApiError::not_found)
}

/// What a tenant that is there already means to the caller.
#[derive(Debug, Deserialize)]
struct Put {
    #[serde(default)]
    replace: bool,
}

/// Creates a tenant; takes the place of another only when told to.
#[utoipa::path(put, path = "/internal/tenants/{id}", tag = "internal",
    params(("id" = kernel::Uuid, Path, description = "the tenant"),
        ("replace" = Option<bool>, Query, description = "whether to take the place of the tenant with this identifier")),
    request_body = Tenant,
    responses((status = 204, description = "stored"), (status = 404, description = "the caller is not the platform"),
        (status = 409, description = "another tenant has the identifier, slug, code or host"),
        (status = 422, description = "a field is wrong")))]
async fn put(
    State(context): State<Context>,
    caller: Caller,
    Path(id): Path<TenantId>,
    Query(Put { replace }): Query<Put>,
    Json(mut tenant): Json<Tenant>,
) -> ApiResult<StatusCode> {
    caller.require_service()?;
    tenant.check()?;
    tenant.id = id;
    let now = context.app.clock().now();
    let write = if replace { store::replace } else { store::create };
    context.app.db().write(move |tx| write(tx, &tenant, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}
