//! The operations. Those of the voucher server have a file each; the two front ends one for each kind of thing.

mod bff;
mod front;
mod jwks;
mod m2m;
mod problem;
mod token;
mod validate;

use axum::routing::post;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::context::Context;

pub use bff::routes as bff_routes;
pub use bff::session::PortalKeys;
pub use m2m::routes as m2m_routes;

/// The voucher server. The short address answers too: clients are configured with it.
pub fn voucher_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(token::issue))
        .routes(routes!(jwks::list))
        .routes(routes!(validate::validate))
        .route("/token.oauth2", post(token::issue))
}
