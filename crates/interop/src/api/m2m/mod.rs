//! The API of machines, version 2: what people do in the pages, for programs of a body. Keys are read here and written in the pages only
//! (guide, "API M2M").

mod agreement_files;
mod agreements;
mod analyses;
mod attributes;
mod catalog_shapes;
mod clients;
mod descriptor_attributes;
mod descriptor_files;
mod descriptors;
mod eservices;
mod events;
mod keychains;
mod purposes;
mod reverse_purposes;
mod shapes;
mod tenants;
mod voucher;

use axum::Json;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::descriptor_attributes::{certified, declared, verified};
use super::front::{self, no_delegation};
use crate::catalog::documents::LARGEST;
use crate::context::Context;
use crate::deeds::Done;
use crate::errors::{Error, Fault, Service};

/// Every operation behind its gate.
pub fn routes(context: &Context) -> OpenApiRouter<Context> {
    let mut routes = OpenApiRouter::new()
        .merge(agreement_routes())
        .merge(catalog_routes())
        .merge(purpose_routes())
        .merge(body_routes())
        .merge(event_routes())
        .layer(DefaultBodyLimit::max(LARGEST + 64 * 1024))
        .layer(from_fn_with_state(voucher::Machines(context.clone()), front::gate::<voucher::Machines>));
    front::complete(routes.get_openapi_mut());
    routes.merge(OpenApiRouter::new().routes(routes!(status)))
}

/// `before` with a merge patch laid over it (RFC 7396).
fn patched<T: Serialize + DeserializeOwned>(before: &T, patch: Map<String, Value>, service: Service) -> Done<T> {
    let Ok(Value::Object(mut members)) = serde_json::to_value(before) else {
        return Err(Error::Defect("what is patched is no object".to_owned()));
    };
    kernel::merge_patch(&mut members, patch);
    let after = serde_json::from_value(Value::Object(members));
    after.map_err(|error| Fault::Malformed(service).told(error.to_string()).into())
}

fn agreement_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(agreements::list, agreements::create))
        .routes(routes!(agreements::get, agreements::delete))
        .routes(routes!(agreements::submit))
        .routes(routes!(agreements::approve))
        .routes(routes!(agreements::reject))
        .routes(routes!(agreements::suspend))
        .routes(routes!(agreements::unsuspend))
        .routes(routes!(agreements::upgrade))
        .routes(routes!(agreements::reapply))
        .routes(routes!(agreements::purposes))
        .routes(routes!(agreement_files::list, agreement_files::attach))
        .routes(routes!(agreement_files::get, agreement_files::detach))
        .routes(routes!(agreement_files::contract))
}

fn catalog_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(eservices::list, eservices::create))
        .routes(routes!(eservices::get, eservices::edit, eservices::delete))
        .routes(routes!(eservices::rename))
        .routes(routes!(eservices::redescribe))
        .routes(routes!(eservices::set_signal_hub))
        .routes(routes!(eservices::set_delegation))
        .routes(routes!(eservices::say_personal_data))
        .routes(routes!(analyses::list, analyses::add))
        .routes(routes!(analyses::get, analyses::remove))
        .routes(routes!(descriptors::list, descriptors::begin))
        .routes(routes!(descriptors::get, descriptors::edit, descriptors::delete))
        .routes(routes!(descriptors::set_quotas))
        .routes(routes!(descriptors::publish))
        .routes(routes!(descriptors::suspend))
        .routes(routes!(descriptors::unsuspend))
        .routes(routes!(descriptor_files::list, descriptor_files::add))
        .routes(routes!(descriptor_files::get, descriptor_files::remove))
        .routes(routes!(descriptor_files::get_interface, descriptor_files::add_interface, descriptor_files::remove_interface))
        .routes(routes!(certified::list))
        .routes(routes!(certified::add_group))
        .routes(routes!(certified::widen))
        .routes(routes!(certified::narrow))
        .routes(routes!(declared::list))
        .routes(routes!(declared::add_group))
        .routes(routes!(declared::widen))
        .routes(routes!(declared::narrow))
        .routes(routes!(verified::list))
        .routes(routes!(verified::add_group))
        .routes(routes!(verified::widen))
        .routes(routes!(verified::narrow))
}

fn purpose_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(purposes::list, purposes::create))
        .routes(routes!(purposes::get, purposes::edit, purposes::delete))
        .routes(routes!(purposes::versions, purposes::change_load))
        .routes(routes!(purposes::version, purposes::withdraw))
        .routes(routes!(purposes::document))
        .routes(routes!(purposes::activate))
        .routes(routes!(purposes::approve))
        .routes(routes!(purposes::suspend))
        .routes(routes!(purposes::unsuspend))
        .routes(routes!(purposes::archive))
        .routes(routes!(purposes::agreement))
        .routes(routes!(purposes::operability))
        .routes(routes!(reverse_purposes::create))
        .routes(routes!(reverse_purposes::edit))
}

fn body_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(attributes::list_certified, attributes::create_certified))
        .routes(routes!(attributes::get_certified))
        .routes(routes!(attributes::list_declared, attributes::create_declared))
        .routes(routes!(attributes::get_declared))
        .routes(routes!(attributes::list_verified, attributes::create_verified))
        .routes(routes!(attributes::get_verified))
        .routes(routes!(tenants::list))
        .routes(routes!(tenants::get))
        .routes(routes!(tenants::certified, tenants::certify))
        .routes(routes!(tenants::decertify))
        .routes(routes!(tenants::declared, tenants::declare))
        .routes(routes!(tenants::withdraw))
        .routes(routes!(tenants::verified, tenants::verify))
        .routes(routes!(tenants::unverify))
        .routes(routes!(tenants::verifiers))
        .routes(routes!(tenants::revokers))
        .routes(routes!(clients::list))
        .routes(routes!(clients::get))
        .routes(routes!(clients::purposes, clients::link))
        .routes(routes!(clients::unlink))
        .routes(routes!(clients::keys))
        .routes(routes!(clients::key))
        .routes(routes!(keychains::list))
        .routes(routes!(keychains::get))
        .routes(routes!(keychains::eservices, keychains::link))
        .routes(routes!(keychains::unlink))
        .routes(routes!(keychains::keys))
        .routes(routes!(keychains::key))
}

fn event_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(events::eservices))
        .routes(routes!(events::agreements))
        .routes(routes!(events::purposes))
        .routes(routes!(events::tenants))
        .routes(routes!(events::attributes))
        .routes(routes!(events::clients))
        .routes(routes!(events::keys))
        .routes(routes!(events::keychains))
        .routes(routes!(events::producer_keys))
        .routes(routes!(events::templates))
        .routes(routes!(events::producer_delegations))
        .routes(routes!(events::consumer_delegations))
}

/// Stato
///
/// Answers that the API answers; nobody has to say who he is.
#[utoipa::path(get, path = "/interop/v2/status", tag = "stato", responses((status = 200, description = "L'API risponde")))]
async fn status() -> Response {
    let body = json!({ "type": "about:blank", "status": 200, "title": "Servizio attivo" });
    ([(CONTENT_TYPE, "application/problem+json")], Json(body)).into_response()
}
