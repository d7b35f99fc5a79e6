//! The back end that the public web front end of the platform speaks to. People come with a session's token of an identity portal that the
//! installation trusts.

mod clients;
mod keys;
mod purposes;
pub mod session;
mod shapes;

use axum::middleware::from_fn_with_state;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::front;
use super::validate;
use crate::context::Context;

/// Every operation behind its gate, below the address of the settings.
pub fn routes(context: &Context) -> OpenApiRouter<Context> {
    let mut routes = OpenApiRouter::new()
        .routes(routes!(clients::list))
        .routes(routes!(clients::create_consumer))
        .routes(routes!(clients::create_api))
        .routes(routes!(clients::get, clients::delete))
        .routes(routes!(clients::set_admin))
        .routes(routes!(clients::remove_admin))
        .routes(routes!(clients::users, clients::add_users))
        .routes(routes!(clients::remove_user))
        .routes(routes!(clients::link))
        .routes(routes!(clients::unlink))
        .routes(routes!(keys::list, keys::deposit))
        .routes(routes!(keys::get, keys::delete))
        .routes(routes!(keys::encoded))
        .routes(routes!(purposes::of_producer))
        .routes(routes!(purposes::of_consumer))
        .routes(routes!(purposes::get))
        .routes(routes!(purposes::remaining))
        .routes(routes!(purposes::change_load))
        .routes(routes!(purposes::withdraw))
        .routes(routes!(purposes::activate))
        .routes(routes!(purposes::suspend))
        .routes(routes!(purposes::archive))
        .routes(routes!(purposes::reject))
        .routes(routes!(purposes::expect))
        .layer(from_fn_with_state(session::People(context.clone()), front::gate::<session::People>));
    front::complete(routes.get_openapi_mut());
    let tools = OpenApiRouter::new().route("/tools/validateTokenGeneration", axum::routing::post(validate::validate));
    OpenApiRouter::new().nest(&context.config.bff.path, routes.merge(tools))
}
