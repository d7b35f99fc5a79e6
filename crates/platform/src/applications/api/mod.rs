//! Applications over HTTP: one file for each operation.

mod attachment;
mod create;
mod history;
mod list;
mod payment;
mod show;
mod transition;
mod update;

pub(crate) use list::COUNT_AGE;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::TenantInfo;

use super::store::Stored;
use super::view::{self, ApiVersion};
use crate::context::Context;
use crate::errors::Error;

/// The operations on applications.
pub fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(list::handle, create::handle))
        .routes(routes!(show::handle, update::put, update::patch))
        .routes(routes!(history::handle))
        .routes(routes!(crate::notify::api::list))
        .routes(routes!(attachment::handle))
        .routes(routes!(payment::handle))
        .routes(routes!(payment::internal))
        .merge(transition::routes())
}

/// The application as an answer.
fn answer(status: StatusCode, tenant: &TenantInfo, stored: &Stored, version: ApiVersion) -> Result<Response, Error> {
    answer_with(status, tenant, stored, &view::object(&stored.application)?, version)
}

/// The same where the text of its object is at hand.
fn answer_with(
    status: StatusCode,
    tenant: &TenantInfo,
    stored: &Stored,
    object: &str,
    version: ApiVersion,
) -> Result<Response, Error> {
    let nested;
    let data = match version {
        ApiVersion::One => &stored.data.flat,
        ApiVersion::Two => {
            nested = view::nested(&stored.data.answers, tenant, stored.application.id)
                .map_err(|error| Error::Defect(format!("answers: {error}")))?;
            &nested
        }
    };
    let mut text = String::with_capacity(object.len() + data.len() + 16);
    view::with_data(object, data, &mut text);
    Ok(json_text(status, text))
}

fn json_text(status: StatusCode, text: String) -> Response {
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
}
