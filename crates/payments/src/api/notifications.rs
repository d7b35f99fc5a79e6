//! The provider tells that something happened to a position.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use kernel::FieldError;
use web::ApiResult;

use super::ProblemBody;
use crate::errors::Error;
use crate::proxy::{Errand, Proxy};
use crate::store::home;

/// Notifica dell'intermediario
///
/// Takes note that something happened to a position. What happened, the provider is asked: a notification that somebody else invents
/// changes nothing. Its form is the provider's.
#[utoipa::path(
    post,
    path = "/notifications",
    tag = "intermediario",
    request_body(content = serde_json::Value, description = "Nella forma dell'intermediario; quello di prova invia {\"iud\": ...}"),
    responses(
        (status = 200, description = "Presa in carico, con la risposta che l'intermediario attende", content_type = "text/xml", body = String),
        (status = 202, description = "La posizione sarà controllata"),
        (status = 404, description = "Posizione sconosciuta", body = ProblemBody),
        (status = 422, description = "Notifica non compresa", body = ProblemBody),
    )
)]
pub async fn notify(State(proxy): State<Proxy>, headers: HeaderMap, body: Bytes) -> ApiResult<Response> {
    let notified = proxy.provider().notified(&headers, &body);
    let notified = notified.map_err(|wrong| Error::Invalid(vec![FieldError::new("", "format", wrong)]))?;
    let (checking, positions, reference) = (proxy.clone(), notified.positions, notified.reference);
    let noted = proxy.app().db().write(move |tx| {
        let mut payments = Vec::new();
        for position in &positions {
            payments.extend(home::find_named(tx, checking.name(), position)?);
        }
        let Some(&first) = payments.first() else { return Err(Error::NotFound) };
        let now = checking.app().clock().now();
        let acknowledge = reference.map(|reference| Errand::Acknowledge { payment: first, reference });
        let checks = payments.into_iter().map(|payment| Errand::Check { payment });
        checks.chain(acknowledge).try_for_each(|errand| Ok(checking.enqueue(tx, errand, now)?))
    });
    noted.await?;
    Ok(match notified.answer {
        Some((content_type, answer)) => ([(CONTENT_TYPE, content_type)], answer).into_response(),
        None => StatusCode::ACCEPTED.into_response(),
    })
}
