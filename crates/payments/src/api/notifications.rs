//! The provider tells that something happened to a position.

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{ApiResult, Json};

use super::ProblemBody;
use crate::errors::Error;
use crate::proxy::{Errand, Proxy};
use crate::store::home;

/// What happened to which position.
#[derive(Deserialize, ToSchema)]
pub struct Notification {
    /// Identifier of the due.
    #[schema(example = "2cc87ee53f574f20a703e6718c21b95b")]
    iud: String,
}

/// Notifica dell'intermediario
///
/// Takes note that something happened to a position. What happened, the provider is asked: a notification that somebody else invents
/// changes nothing.
#[utoipa::path(
    post,
    path = "/notifications",
    tag = "intermediario",
    request_body = Notification,
    responses(
        (status = 202, description = "La posizione sarà controllata"),
        (status = 404, description = "Posizione sconosciuta", body = ProblemBody),
    )
)]
pub async fn notify(State(proxy): State<Proxy>, Json(notification): Json<Notification>) -> ApiResult<StatusCode> {
    let checking = proxy.clone();
    let noted = proxy.app().db().write(move |tx| {
        let payment = home::find_by_iud(tx, checking.name(), &notification.iud)?.ok_or(Error::NotFound)?;
        checking.enqueue(tx, Errand::Check { payment }, checking.app().clock().now())?;
        Ok::<_, Error>(())
    });
    noted.await?;
    Ok(StatusCode::ACCEPTED)
}
