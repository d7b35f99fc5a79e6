//! The pages, one file each: handler, the struct of its template, what it asks of the API.

mod admin;
mod application;
mod application_message;
mod applications;
mod cart;
mod certified;
mod documents;
mod file;
pub(crate) mod form;
mod home;
mod inbox;
mod interop;
mod login;
mod logout;
mod lots;
mod oauth;
mod operator;
mod password;
mod payments;
mod profile;
mod service;
mod services;
mod settled;
mod tenants;
mod text;
mod upload;
mod withdraw;

use axum::Router;
use axum::routing::{any, get, post, put};

use crate::Ui;
use crate::errors::PageError;
use crate::visit::Visit;

/// The address `path` below a tenant and a language.
fn at(path: &str) -> String {
    format!("/{{tenant}}/{{locale}}{path}")
}

/// Every page by its address.
pub fn routes() -> Router<Ui> {
    Router::new()
        .route("/", get(tenants::show))
        .route("/interop", get(tenants::interop))
        .route("/{tenant}", get(home::to_language))
        .route("/{tenant}/", get(home::to_language))
        .route(&at(""), get(home::to_home))
        .route(&at("/"), get(home::show))
        .route(&at("/servizi"), get(services::show))
        .route(&at("/servizi/{service}"), get(service::show))
        .route(&at("/servizi/{service}/access"), get(form::show).post(form::submit))
        .route(&at("/upload"), post(upload::begin))
        .route(&at("/upload/{id}"), put(upload::finish))
        .route(&at("/pratiche"), get(applications::show))
        .route(&at("/pratiche/{id}/detail"), get(application::show))
        .route(&at("/pratiche/{id}/messages"), post(application_message::send))
        .route(&at("/pratiche/{id}/withdraw"), get(withdraw::show).post(withdraw::confirm))
        .route(&at("/pratiche/{id}/attachments/{file}"), get(file::of_application))
        .route(&at("/pratiche/{id}/messages/{message}/attachments/{file}"), get(file::of_message))
        .route(&at("/documenti"), get(documents::list))
        .route(&at("/documenti/{id}"), get(documents::show))
        .route(&at("/pagamenti"), get(payments::list))
        .route(&at("/pagamenti/carrello"), get(cart::show).post(cart::pay))
        .route(&at("/pagamenti/carrello/esito"), get(cart::back))
        .route(&at("/pagamenti/{id}"), get(payments::show))
        .route(&at("/login"), get(login::show).post(login::sign_in))
        .route(&at("/login/oauth"), post(oauth::begin))
        .route("/{tenant}/auth/login-oauth", get(oauth::to_language))
        .route(&at("/auth/login-oauth"), get(oauth::finish))
        .route(&at("/logout"), get(logout::show).post(logout::sign_out))
        .route(&at("/user"), get(profile::show).post(profile::save))
        .route(&at("/user/password"), post(password::change))
        .route(&at("/accessibilita"), get(text::accessibility))
        .route(&at("/privacy"), get(text::privacy))
        .merge(inbox::routes())
        .merge(lots::routes())
        .merge(interop::routes())
        .merge(operator::routes())
        .merge(admin::routes())
        .route(&at("/{*unknown}"), any(missing))
}

/// Any other address below a tenant's language.
async fn missing(_visit: Visit) -> PageError {
    PageError::NotFound
}
