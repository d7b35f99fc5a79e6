//! `/admin`: services, users and offices of the tenant, and what went wrong.

mod home;
mod letters;
mod offices;
mod payment_form;
mod payments;
mod service;
mod services;
mod user;
mod users;

use axum::Router;
use axum::routing::{get, post};

use super::at;
use crate::Ui;

/// The administrators' pages by their address.
pub fn routes() -> Router<Ui> {
    Router::new()
        .route(&at("/admin"), get(home::show))
        .route(&at("/admin/servizi"), get(services::show))
        .route(&at("/admin/servizi/new"), get(service::show_new).post(service::create))
        .route(&at("/admin/servizi/{id}"), get(service::show).post(service::save))
        .route(&at("/admin/servizi/{id}/status"), post(services::set_status))
        .route(&at("/admin/utenti"), get(users::show))
        .route(&at("/admin/utenti/new"), get(user::show_new).post(user::create))
        .route(&at("/admin/utenti/{id}"), get(user::show).post(user::save))
        .route(&at("/admin/pagamenti"), get(payments::show))
        .route(&at("/admin/pagamenti/{provider}"), get(payment_form::show_tenant).post(payment_form::save_tenant))
        .route(&at("/admin/pagamenti/{provider}/servizi"), get(payments::choose))
        .route(
            &at("/admin/pagamenti/{provider}/servizi/{service}"),
            get(payment_form::show_payment).post(payment_form::save_payment),
        )
        .route(&at("/admin/pagamenti/{provider}/active"), post(payments::activate))
        .route(&at("/admin/uffici"), get(offices::show).post(offices::create))
        .route(&at("/admin/lettere-morte"), get(letters::list))
        .route(&at("/admin/lettere-morte/{id}"), get(letters::show).post(letters::act))
}
