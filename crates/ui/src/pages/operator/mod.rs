//! `/operatori`: the work of the offices.

mod action;
mod application;
mod inbox;

use axum::Router;
use axum::routing::{get, post};

use super::{at, file};
use crate::Ui;

/// The operators' pages by their address.
pub fn routes() -> Router<Ui> {
    Router::new()
        .route(&at("/operatori"), get(inbox::show))
        .route(&at("/operatori/{id}"), get(application::show))
        .route(&at("/operatori/{id}/messages"), post(application::send))
        .route(&at("/operatori/{id}/attachments/{file}"), get(file::of_application))
        .route(&at("/operatori/{id}/messages/{message}/attachments/{file}"), get(file::of_message))
        .route(&at("/operatori/{id}/{action}"), get(action::show).post(action::perform))
}
