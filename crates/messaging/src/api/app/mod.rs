//! The citizen's side: what the app on the phone asks for.

mod calendar;
mod email;
mod inbox;
mod preferences;
mod profile;
mod third_party;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, ApiResult, Caller, Kind};

use crate::context::Context;
use crate::formats::CitizenCode;

/// The routes for citizens.
pub fn routes(context: &Context) -> OpenApiRouter {
    let routes = OpenApiRouter::new()
        .routes(routes!(profile::get, profile::put, profile::delete))
        .routes(routes!(email::post))
        .routes(routes!(preferences::list))
        .routes(routes!(preferences::get, preferences::put))
        .routes(routes!(inbox::list))
        .routes(routes!(inbox::get))
        .routes(routes!(inbox::put_status))
        .routes(routes!(inbox::notifications))
        .routes(routes!(calendar::get))
        .routes(routes!(third_party::get))
        .routes(routes!(third_party::precondition))
        .routes(routes!(third_party::attachment));
    OpenApiRouter::new().nest("/io/app/v1", routes.with_state(context.clone()))
}

/// The citizen who calls. Their user name is their fiscal code.
fn citizen(caller: &Caller) -> ApiResult<CitizenCode> {
    let refused = || ApiError::forbidden("L'operazione è riservata ai cittadini che hanno effettuato l'accesso.");
    let principal = caller.principal.as_ref().filter(|_| caller.kind == Kind::Citizen).ok_or_else(refused)?;
    principal.username.to_uppercase().parse().map_err(|_| refused())
}
