//! Payments: makes one payment of each application that is to be paid, has intermediaries of pagoPA take it, follows it until the money
//! is there, and tells the platform. README.md has the picture.

mod api;
mod cart;
mod clients;
mod config;
pub mod configuration;
mod consume;
mod documents;
mod errors;
mod identifier;
mod import;
mod jobs;
mod ksql;
mod ladder;
mod links;
mod metering;
pub mod parity;
pub mod payment;
mod prepare;
pub mod providers;
mod proxy;
mod store;
mod tasks;
mod tree;

pub use config::Config;
pub use errors::Error;

use import::Importer;
use providers::About;
use providers::efil::Efil;
use providers::iris::Iris;
use providers::mypay::Mypay;
use providers::pagopa::Pagopa;
use providers::sandbox::Sandbox;
use proxy::Proxy;
use runtime::{App, Role};

/// The tables of payments.
pub const MIGRATIONS: storage::Migrations = storage::migrations!(
    "payments",
    "V1__init",
    "V2__proxies",
    "V3__imports",
    "V4__read_model",
    "V5__carts_and_progress",
    "V6__fewer_indexes",
    "V7__iuds_of_dues",
);

/// The roles: dispatcher, one proxy per provider, poller, updater, read model, importer. They share nothing but topics and addresses.
pub fn roles(app: &App, config: Config) -> Vec<Role> {
    let timeout = config.provider_timeout;
    let proxies = [
        Proxy::new(app, Sandbox::new(app, config.sandbox_url.as_deref(), timeout), &config),
        Proxy::new(app, Pagopa::new(app, &config.pagopa, timeout), &config),
        Proxy::new(app, Mypay::new(app, config.mypay_url.as_deref(), timeout), &config),
        Proxy::new(app, Efil::new(app, &config.efil, timeout), &config),
        Proxy::new(app, Iris::new(app, &config.iris, timeout), &config),
    ];
    let providers = proxies.iter().map(Proxy::about).collect();
    let mut roles =
        vec![dispatcher(app), poller(app, &config, &proxies), updater(app), read_model(app, providers), importer(app, &proxies)];
    roles.extend(proxies.into_iter().map(proxy_role));
    roles
}

/// From topic `applications` to payments to be created.
fn dispatcher(app: &App) -> Role {
    Role { consumers: vec![consume::dispatcher::consumer(app)], ..Role::new(consume::dispatcher::ROLE) }
}

/// Between the payments of one provider and the provider.
fn proxy_role(proxy: Proxy) -> Role {
    proxy.meter().announce();
    let title = format!("Proxy di pagamento {}", proxy.name());
    let mut role = web::role(proxy.role(), &title, api::proxy_routes(proxy.clone()));
    role.consumers.push(consume::proxy::consumer(proxy.clone()));
    role.workers.push(tasks::errands::worker(proxy.clone()));
    role.workers.extend(tree::worker(&proxy));
    role.jobs.extend(tree::job(&proxy));
    role
}

/// Has the proxies check open payments, by the ladder.
fn poller(app: &App, config: &Config, proxies: &[Proxy]) -> Role {
    let own = proxies.iter().map(|proxy| (proxy.urls().internal.clone(), proxy.base_path())).collect();
    Role { jobs: vec![jobs::poll::job(app, config, own)], ..Role::new("payment-poller") }
}

/// From topic `payments` to the platform's applications.
fn updater(app: &App) -> Role {
    let (consumers, workers) = (vec![consume::updater::consumer(app)], vec![tasks::tell::worker(app)]);
    Role { consumers, workers, ..Role::new("payment-updater") }
}

/// From files of dues to payments that are to be paid.
fn importer(app: &App, proxies: &[Proxy]) -> Role {
    let proxies = proxies.iter().map(|proxy| (proxy.name(), proxy.urls().clone())).collect();
    let importer = Importer::new(app, proxies);
    let mut role = web::role(import::ROLE, "Importazione dei dovuti", api::importer_routes(importer.clone()));
    role.workers.push(import::worker(importer));
    role
}

/// Every payment as its latest event has it; and which providers there are to configure.
fn read_model(app: &App, providers: Vec<&'static About>) -> Role {
    let mut role = web::role("payment-read-model", "Pagamenti", api::read_model_routes(app, providers));
    role.consumers.push(consume::read_model::consumer(app));
    role
}
