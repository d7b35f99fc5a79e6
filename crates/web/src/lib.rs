//! HTTP as the platform speaks it: problems (RFC 9457), tenants, callers, JSON with limits, pages, and the server itself.

mod caller;
mod docs;
mod error;
mod error_pages;
mod extract;
mod layers;
mod serve;
mod status;
mod tenant;
mod verifier;

pub use caller::{Caller, Kind, MaybeCaller, Principal};
pub use docs::docs;
pub use error::{ApiError, ApiResult, FailureSource};
pub use extract::{Id, Json, Path, Query};
pub use layers::{ClientAddress, Web, wrap};
pub use serve::serve;
pub use status::status_routes;
pub use tenant::{HostTenant, Tenant, TenantInfo};
pub use verifier::Claims;

/// Largest JSON body unless a route says otherwise: 1 MiB.
pub const JSON_LIMIT: usize = 1024 * 1024;

use runtime::Role;
use utoipa::openapi::{InfoBuilder, OpenApi};
use utoipa_axum::router::OpenApiRouter;

/// A role called `name` with its routes, documented under `title`. Consumers, workers and jobs are added by its context.
pub fn role(name: &'static str, title: &str, routes: OpenApiRouter) -> Role {
    let (routes, mut document): (_, OpenApi) = routes.split_for_parts();
    document.info = InfoBuilder::new()
        .title(title)
        .version(runtime::VERSION)
        .license(Some(utoipa::openapi::License::new("EUPL-1.2")))
        .build();
    let mut openapi = serde_json::to_value(&document).unwrap_or_default();
    name_operations(&mut openapi);
    Role { routes, openapi, ..Role::new(name) }
}

/// Names each operation by its method and path: handlers in different files share their names, operations must not (OpenAPI 3.1,
/// "Operation Object").
fn name_operations(openapi: &mut serde_json::Value) {
    let paths = openapi["paths"].as_object_mut().into_iter().flatten();
    for (path, operations) in paths {
        let words: Vec<&str> = path.split(|char: char| !char.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        for (method, operation) in operations.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                operation.insert("operationId".to_owned(), format!("{method}_{}", words.join("_")).into());
            }
        }
    }
}
