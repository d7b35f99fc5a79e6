//! The back end that the public web front end of the platform speaks to. People come with a session's token of an identity portal that the
//! installation trusts.

mod agreement_files;
mod agreement_lists;
mod agreement_shapes;
mod agreements;
mod attributes;
mod bodies;
mod body_shapes;
mod catalog;
mod catalog_shapes;
mod clients;
mod descriptor_files;
mod descriptors;
mod eservices;
mod holdings;
mod keychains;
mod keys;
mod portal;
mod purpose_drafts;
mod purposes;
mod risk_shapes;
pub mod session;
mod shapes;
mod tokens;
mod transfer;

use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::front;
use super::validate;
use crate::catalog::documents::LARGEST;
use crate::context::Context;

/// Every operation behind its gate, below the address of the settings.
pub fn routes(context: &Context) -> OpenApiRouter<Context> {
    let mut routes = OpenApiRouter::new()
        .merge(agreement_routes())
        .merge(body_routes())
        .merge(catalog_routes())
        .merge(eservice_routes())
        .merge(purpose_routes())
        .merge(client_routes())
        .merge(keychain_routes())
        .merge(portal_routes())
        .layer(DefaultBodyLimit::max(LARGEST + 64 * 1024))
        .layer(from_fn_with_state(session::People(context.clone()), front::gate::<session::People>));
    front::complete(routes.get_openapi_mut());
    // These answer without a session: an assertion is its own proof, and so are the portal's word and the ticket in an archive's address.
    let open = OpenApiRouter::new()
        .routes(routes!(tokens::open))
        .route("/tools/validateTokenGeneration", post(validate::validate))
        .route("/export/files/{ticket}", get(transfer::fetch))
        .route("/import/files/{ticket}", put(transfer::send).layer(DefaultBodyLimit::max(crate::transfer::LARGEST)));
    OpenApiRouter::new().nest(&context.config.bff.path, routes.merge(open))
}

fn agreement_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(agreements::create))
        .routes(routes!(agreements::get, agreements::delete))
        .routes(routes!(agreements::submit))
        .routes(routes!(agreements::update))
        .routes(routes!(agreements::approve))
        .routes(routes!(agreements::activate))
        .routes(routes!(agreements::reject))
        .routes(routes!(agreements::suspend))
        .routes(routes!(agreements::unsuspend))
        .routes(routes!(agreements::upgrade))
        .routes(routes!(agreements::reapply))
        .routes(routes!(agreements::archive))
        .routes(routes!(agreement_files::attach))
        .routes(routes!(agreement_files::get, agreement_files::detach))
        .routes(routes!(agreement_files::contract))
        .routes(routes!(agreement_lists::of_consumer))
        .routes(routes!(agreement_lists::of_producer))
        .routes(routes!(agreement_lists::eservices_of_consumer))
        .routes(routes!(agreement_lists::eservices_of_producer))
        .routes(routes!(agreement_lists::producers))
        .routes(routes!(agreement_lists::consumers))
}

fn body_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(attributes::list))
        .routes(routes!(attributes::get))
        .routes(routes!(attributes::create_certified))
        .routes(routes!(attributes::create_declared))
        .routes(routes!(attributes::create_verified))
        .routes(routes!(bodies::list))
        .routes(routes!(bodies::get))
        .routes(routes!(bodies::producers))
        .routes(routes!(bodies::consumers))
        .routes(routes!(bodies::users))
        .routes(routes!(bodies::set_mail))
        .routes(routes!(holdings::assigned))
        .routes(routes!(holdings::certified, holdings::certify))
        .routes(routes!(holdings::decertify))
        .routes(routes!(holdings::declared))
        .routes(routes!(holdings::declare))
        .routes(routes!(holdings::withdraw))
        .routes(routes!(holdings::verified, holdings::verify))
        .routes(routes!(holdings::set_expiry, holdings::unverify))
}

fn catalog_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(catalog::list))
        .routes(routes!(catalog::version))
        .routes(routes!(catalog::own))
        .routes(routes!(catalog::own_details))
        .routes(routes!(catalog::own_version))
        .routes(routes!(catalog::consumers))
}

fn eservice_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(eservices::create))
        .routes(routes!(eservices::edit, eservices::delete))
        .routes(routes!(eservices::redescribe))
        .routes(routes!(eservices::rename))
        .routes(routes!(eservices::say_personal_data))
        .routes(routes!(eservices::add_analysis))
        .routes(routes!(eservices::get_analysis, eservices::edit_analysis, eservices::remove_analysis))
        .routes(routes!(descriptors::begin))
        .routes(routes!(descriptors::edit, descriptors::delete))
        .routes(routes!(descriptors::publish))
        .routes(routes!(descriptors::suspend))
        .routes(routes!(descriptors::activate))
        .routes(routes!(descriptors::archive))
        .routes(routes!(descriptors::copy))
        .routes(routes!(descriptors::set_quotas))
        .routes(routes!(descriptors::widen))
        .routes(routes!(descriptor_files::add))
        .routes(routes!(descriptor_files::get, descriptor_files::remove))
        .routes(routes!(descriptor_files::rename))
        .routes(routes!(transfer::export))
        .routes(routes!(transfer::where_to_send))
        .routes(routes!(transfer::import))
}

fn purpose_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(purpose_drafts::create))
        .routes(routes!(purpose_drafts::create_reverse))
        .routes(routes!(purpose_drafts::edit_reverse))
        .routes(routes!(purpose_drafts::copy))
        .routes(routes!(purpose_drafts::latest))
        .routes(routes!(purpose_drafts::version))
        .routes(routes!(purposes::get, purpose_drafts::edit, purpose_drafts::delete))
        .routes(routes!(purposes::of_producer))
        .routes(routes!(purposes::of_consumer))
        .routes(routes!(purposes::operability))
        .routes(routes!(purposes::remaining))
        .routes(routes!(purposes::change_load))
        .routes(routes!(purposes::withdraw))
        .routes(routes!(purposes::activate))
        .routes(routes!(purposes::suspend))
        .routes(routes!(purposes::archive))
        .routes(routes!(purposes::reject))
        .routes(routes!(purposes::expect))
        .routes(routes!(purposes::document))
}

fn client_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
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
}

fn keychain_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(keychains::list, keychains::create))
        .routes(routes!(keychains::get, keychains::delete))
        .routes(routes!(keychains::users, keychains::add_users))
        .routes(routes!(keychains::remove_user))
        .routes(routes!(keychains::link))
        .routes(routes!(keychains::unlink))
        .routes(routes!(keychains::keys, keychains::deposit))
        .routes(routes!(keychains::key, keychains::delete_key))
        .routes(routes!(keychains::encoded))
}

fn portal_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(portal::products))
        .routes(routes!(portal::institutions))
        .routes(routes!(portal::consent, portal::accept))
        .routes(routes!(portal::notices))
        .routes(routes!(portal::may_delegate))
        .routes(routes!(portal::delegators))
}
