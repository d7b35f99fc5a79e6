//! The configuration API of a registry proxy (developers' documentation, "Configurazione tenant e servizi", and the published API of a
//! proxy): one file per operation. Administrators change the configurations of their own tenant, and so does the platform itself;
//! another tenant's are not found.

mod schema;
pub mod services;
mod status;
pub mod tenants;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{Method, StatusCode};
use kernel::{FieldError, TenantId};
use serde_json::{Map, Value};
use storage::Tx;
use url::Url;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Caller, Kind};

use crate::configuration::{ServiceConfig, TenantConfig};
use crate::errors::Error;
use crate::proxy::Proxy;
use crate::tree::Object;
use crate::{store, tree};

/// The routes of `proxy`, under its base path.
pub fn router(proxy: &Proxy) -> OpenApiRouter {
    let routes = OpenApiRouter::new()
        .routes(routes!(schema::schema))
        .routes(routes!(schema::tenant_schema))
        .routes(routes!(status::status))
        .routes(routes!(web::status::metrics))
        .routes(routes!(tenants::list::list, tenants::create::create))
        .routes(routes!(tenants::get::get, tenants::replace::replace, tenants::change::change, tenants::remove::remove))
        .routes(routes!(services::list::list, services::create::create))
        .routes(routes!(services::get::get, services::replace::replace, services::change::change, services::remove::remove))
        // The published API writes these two with a slash at the end, the text without.
        .route("/tenants/", post(tenants::create::create).get(tenants::list::list))
        .route("/services/", post(services::create::create).get(services::list::list))
        .layer(from_fn_with_state(proxy.clone(), answer))
        .with_state(proxy.clone());
    OpenApiRouter::new().nest(proxy.names().base_path, routes)
}

/// Stores the configuration of a tenant, and has it written to the storage tree; gives it as it is now.
fn save_tenant(proxy: &Proxy, tx: &mut Tx<'_>, config: &TenantConfig) -> Result<TenantConfig, Error> {
    let (provider, now) = (proxy.names().provider, proxy.app().clock().now());
    store::put_tenant(tx, provider, config, now)?;
    tree::note(proxy, tx, Object::Tenant { id: config.id }, now)?;
    store::find_tenant(tx, provider, config.id)?.ok_or(Error::NotConfigured)
}

/// The same for a service; gives what is answered.
fn save_service(proxy: &Proxy, tx: &mut Tx<'_>, config: &ServiceConfig) -> Result<Value, Error> {
    let (provider, now) = (proxy.names().provider, proxy.app().clock().now());
    let ServiceConfig { id, tenant_id, .. } = *config;
    store::put_service(tx, provider, config, now)?;
    tree::note(proxy, tx, Object::Service { id, tenant_id }, now)?;
    let stored = store::find_service(tx, provider, tenant_id, id)?.ok_or(Error::NotConfigured)?;
    Ok(stored.answer(proxy.provider()))
}

/// Answers `OPTIONS` with what an address takes, and counts the request under its method and the status of its answer.
async fn answer(State(proxy): State<Proxy>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let mut response = next.run(request).await;
    if method == Method::OPTIONS && response.status() == StatusCode::METHOD_NOT_ALLOWED {
        // The router adds the methods, in `Allow`, to whatever is answered here.
        response = StatusCode::NO_CONTENT.into_response();
    }
    proxy.metrics().api_answered(method.as_str(), response.status().as_u16());
    response
}

/// Keeps an administrator from having files, and with them the installation's own password, asked for anywhere: elsewhere than here only
/// where the installation says so.
///
/// # Errors
/// [`Error::Invalid`].
fn require_known_platform(proxy: &Proxy, caller: &Caller, config: &TenantConfig) -> Result<(), Error> {
    let origin = |address: &str| Url::parse(address).ok().map(|url| url.origin());
    let (named, own) = (origin(&config.base_url), origin(proxy.app().public_url()));
    let listed = proxy.config().platforms.iter().any(|platform| Some(platform.origin()) == named);
    if caller.kind == Kind::Service || named == own || listed {
        return Ok(());
    }
    let message = "Usare l'indirizzo di questa installazione, o di una piattaforma indicata in SPORTELLO_REGISTRY_PLATFORMS.";
    Err(Error::Invalid(vec![FieldError::new("/base_url", "unknown_platform", message)]))
}

/// Hides what is another tenant's.
///
/// # Errors
/// [`Error::NotConfigured`].
fn require_own(caller: &Caller, tenant: TenantId) -> Result<(), Error> {
    if caller.tenant_id == tenant { Ok(()) } else { Err(Error::NotConfigured) }
}

/// The fields of `stored` with those of `change` laid over them (RFC 7396).
fn merged(stored: Value, change: Map<String, Value>) -> Map<String, Value> {
    let Value::Object(mut fields) = stored else { return change };
    kernel::merge_patch(&mut fields, change);
    fields
}
