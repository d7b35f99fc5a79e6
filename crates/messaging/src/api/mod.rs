//! The operations, one file each, in three interfaces: `/io/api/v1` for senders, `/io/app/v1` for citizens, `/io/admin/v1` for the body.

mod accounts;
mod activations;
pub mod app;
mod configurations;
mod get_message;
mod history;
mod keys;
mod logos;
mod profiles;
mod release;
mod review;
mod services;
mod submit_message;
mod subscriptions;
mod subscriptions_feed;
mod webhook;

use axum::extract::DefaultBodyLimit;
use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use submit_message::accepted_event;

use crate::context::Context;
use crate::errors::Error;
use crate::formats::{CITIZEN_PATTERN, CitizenCode};

/// Where the interface for senders begins.
pub const API: &str = "/io/api/v1";

/// The routes for senders.
#[allow(deprecated)] // the published interface deprecates fiscal codes in addresses, and keeps them
pub fn sender_routes(context: &Context) -> OpenApiRouter {
    let routes = OpenApiRouter::new()
        .routes(routes!(submit_message::submit))
        .routes(routes!(submit_message::submit_by_path))
        .routes(routes!(get_message::get))
        .routes(routes!(profiles::post))
        .routes(routes!(profiles::get))
        .routes(routes!(subscriptions_feed::get))
        .routes(routes!(activations::read, activations::upsert))
        .routes(routes!(configurations::list, configurations::create))
        .routes(routes!(configurations::get, configurations::replace))
        .routes(routes!(services::list, services::create))
        .routes(routes!(services::topics))
        .routes(routes!(services::get, services::replace, services::regroup, services::delete))
        .routes(routes!(review::request, review::explain))
        .routes(routes!(release::get, release::release, release::unpublish))
        .routes(routes!(keys::get))
        .routes(routes!(keys::regenerate))
        .routes(routes!(history::get))
        .routes(routes!(webhook::put, webhook::delete));
    // Logos are images in base 64: they may be larger than other bodies.
    let logos = OpenApiRouter::new().routes(routes!(logos::organization)).routes(routes!(logos::service));
    let logos = logos.layer(DefaultBodyLimit::max(logos::LIMIT));
    OpenApiRouter::new().nest(API, routes.merge(logos).with_state(context.clone()))
}

/// The routes for the body that keeps the installation.
pub fn admin_routes(context: &Context) -> OpenApiRouter {
    let routes = OpenApiRouter::new()
        .routes(routes!(accounts::list, accounts::create))
        .routes(routes!(accounts::get, accounts::replace))
        .routes(routes!(subscriptions::create))
        .routes(routes!(subscriptions::suspend))
        .routes(routes!(subscriptions::get_keys))
        .routes(routes!(subscriptions::regenerate))
        .routes(routes!(review::categorise))
        .routes(routes!(review::waiting))
        .routes(routes!(review::decide));
    OpenApiRouter::new().nest("/io/admin/v1", routes.with_state(context.clone()))
}

/// The routes for everybody: logos.
pub fn public_routes(context: &Context) -> OpenApiRouter {
    let routes = OpenApiRouter::new().routes(routes!(logos::show_service)).routes(routes!(logos::show_organization));
    OpenApiRouter::new().nest("/io", routes.with_state(context.clone()))
}

/// A body as JSON; `name` is what the published interface calls it.
fn json(body: &Bytes, name: &'static str) -> Result<Value, Error> {
    serde_json::from_slice(body).map_err(|_| Error::InvalidBody(name, "the body is not valid JSON".to_owned()))
}

/// The fiscal code in an address.
fn citizen(text: &str) -> Result<CitizenCode, Error> {
    text.parse().map_err(|_| {
        let complaint =
            format!("value {} at root is not a valid [string that matches the pattern \"{CITIZEN_PATTERN}\"]", Value::from(text));
        Error::InvalidBody("FiscalCode", complaint)
    })
}

/// An answer of JSON with a status.
fn answer(status: StatusCode, body: &impl Serialize) -> Result<axum::response::Response, Error> {
    use axum::response::IntoResponse;
    let body = serde_json::to_vec(body).map_err(|error| Error::Defect(error.to_string()))?;
    Ok((status, [(http::header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// What a refused or failed request is answered with: the members of the published interface and of its gateway together.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct ProblemBody {
    /// Relative address of the page that explains this kind of problem.
    #[serde(rename = "type")]
    kind: String,
    /// The published title.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened this time.
    detail: String,
    /// The request's identifier, as in the log.
    instance: Option<String>,
    /// The HTTP status, as the gateway writes it.
    #[serde(rename = "statusCode")]
    status_code: u16,
    /// What to do about it.
    message: String,
    /// What tells this kind of problem from others: `SOURCE_IP_NOT_ALLOWED`.
    code: String,
}
