//! The operations, one file each.

mod jwks;
mod problem;
mod token;
mod validate;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::Context;

/// The voucher server.
pub fn voucher_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(token::issue)).routes(routes!(jwks::list)).routes(routes!(validate::validate))
}

/// The same at the address that the published documentation gives.
pub fn short_routes() -> OpenApiRouter<Context> {
    let (router, _) = OpenApiRouter::new().routes(routes!(token::issue_short)).split_for_parts();
    router.into()
}
