//! `/operatori`: the work of the offices.

mod action;
mod application;
mod imports;
mod inbox;
mod payments;

use axum::Router;
use axum::routing::{get, post};

use super::{at, file};
use crate::Ui;

/// The operators' pages by their address.
pub fn routes() -> Router<Ui> {
    Router::new()
        .route(&at("/operatori"), get(inbox::show))
        .route(&at("/operatori/pagamenti"), get(payments::list))
        .route(&at("/operatori/pagamenti/export"), get(payments::export))
        .route(&at("/operatori/pagamenti/importazioni"), get(imports::list).post(imports::begin))
        .route(&at("/operatori/pagamenti/importazioni/modello"), get(imports::template))
        .route(&at("/operatori/pagamenti/importazioni/{id}"), get(imports::show).post(imports::cancel))
        .route(&at("/operatori/pagamenti/importazioni/{id}/righe-errate"), get(imports::errors))
        .route(&at("/operatori/pagamenti/{id}"), get(payments::show))
        .route(&at("/operatori/pagamenti/{id}/annulla"), get(payments::ask).post(payments::cancel))
        .route(&at("/operatori/{id}"), get(application::show))
        .route(&at("/operatori/{id}/messages"), post(application::send))
        .route(&at("/operatori/{id}/attachments/{file}"), get(file::of_application))
        .route(&at("/operatori/{id}/messages/{message}/attachments/{file}"), get(file::of_message))
        .route(&at("/operatori/{id}/{action}"), get(action::show).post(action::perform))
}
