//! HTTP as the platform speaks it: problems (RFC 9457), tenants, callers, JSON with limits, pages, and the server itself.

mod caller;
mod docs;
mod error;
mod error_pages;
mod extract;
mod layers;
mod misread;
mod openapi;
mod patience;
mod serve;
pub mod status;
mod tenant;
mod verifier;

pub use caller::{Caller, Kind, MaybeCaller, Principal};
pub use docs::docs;
pub use error::{ApiError, ApiResult, FailureSource};
pub use extract::{Id, Json, Path, Query, read_json};
pub use layers::{ClientAddress, Web, wrap};
pub use misread::value as misread;
pub use openapi::published;
pub use serve::serve;
pub use status::{failing, status_routes};
pub use tenant::{HostTenant, Tenant, TenantInfo};
pub use verifier::Claims;

/// Largest JSON body unless a route says otherwise: 1 MiB.
pub const JSON_LIMIT: usize = 1024 * 1024;

use runtime::Role;
use utoipa_axum::router::OpenApiRouter;

/// A role called `name` with its routes, documented under `title`. Consumers, workers and jobs are added by its context.
pub fn role(name: &'static str, title: &str, routes: OpenApiRouter) -> Role {
    let (routes, written) = routes.split_for_parts();
    Role { routes, openapi: openapi::document(title, &written), ..Role::new(name) }
}
