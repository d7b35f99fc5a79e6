//! `/admin`: services, users and offices of the tenant, and what went wrong.

mod home;
mod letters;
mod offices;
mod proxies;
mod proxy_form;
mod service;
mod services;
mod user;
mod users;

use axum::Router;
use axum::routing::{get, post};

use super::at;
use crate::Ui;
use crate::clients::Kind;

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
        .route(&at("/admin/uffici"), get(offices::show).post(offices::create))
        .route(&at("/admin/lettere-morte"), get(letters::list))
        .route(&at("/admin/lettere-morte/{id}"), get(letters::show).post(letters::act))
        .merge(proxy_routes("/admin/pagamenti", Kind::Payments))
        .merge(proxy_routes("/admin/protocollo", Kind::Registry))
}

/// The pages that configure the proxies of a kind.
fn proxy_routes(path: &str, kind: Kind) -> Router<Ui> {
    let below = |rest: &str| at(&format!("{path}{rest}"));
    Router::new()
        .route(&below(""), get(move |visit, arrival| proxies::show(kind, visit, arrival)))
        .route(
            &below("/{provider}"),
            get(move |visit, path, next| proxy_form::show_tenant(kind, visit, path, next))
                .post(move |path, next, posted| proxy_form::save_tenant(kind, path, next, posted)),
        )
        .route(&below("/{provider}/servizi"), get(move |visit, path, choice| proxies::choose(kind, visit, path, choice)))
        .route(
            &below("/{provider}/servizi/{service}"),
            get(move |visit, path| proxy_form::show_service(kind, visit, path))
                .post(move |path, posted| proxy_form::save_service(kind, path, posted)),
        )
        .route(&below("/{provider}/active"), post(move |path, posted| proxies::activate(kind, path, posted)))
}
