//! `/admin/pagamenti` and `/admin/protocollo`: through which providers the body is paid, and which have its documents registered, and for
//! which services.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;

use crate::clients::{Configuration, Kind, Part, Service, ServiceQuery, segment};
use crate::errors::PageError;
use crate::format;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::posted::Posted;
use crate::respond;
use crate::visit::Visit;

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    done: String,
}

/// A provider and what is configured of it.
struct Provider {
    name: String,
    title: String,
    /// The body's configuration: none, or whether it is on.
    tenant: Option<bool>,
    rows: Vec<Row>,
    /// Services that are not configured yet.
    free: Vec<(String, String)>,
}

/// A service that goes through the provider.
struct Row {
    id: String,
    name: String,
    /// What is paid for, and how much; of payments alone.
    reason: String,
    amount: String,
    active: bool,
}

#[derive(Template)]
#[template(path = "admin_proxies.html")]
struct Overview {
    f: Frame,
    words: Words,
    providers: Vec<Provider>,
}

/// What tells the pages of one kind of proxies from those of the other.
pub struct Words {
    /// Their address, below that of the body's pages.
    pub path: &'static str,
    /// Their title.
    pub title: &'static str,
    /// What they are for.
    pub lead: &'static str,
    /// What the services that go through a provider are called.
    pub services: &'static str,
    /// Whether services have a reason and an amount.
    pub paid: bool,
}

impl Words {
    /// Those of `kind`.
    pub fn of(kind: Kind, t: &'static Messages) -> Self {
        match kind {
            Kind::Payments => Self {
                path: "/admin/pagamenti",
                title: t.payments_title,
                lead: t.gateway_lead,
                services: t.gateway_services,
                paid: true,
            },
            Kind::Registry => Self {
                path: "/admin/protocollo",
                title: t.registry_title,
                lead: t.registry_lead,
                services: t.registry_services,
                paid: false,
            },
        }
    }
}

/// A provider as people call it.
pub fn title(kind: Kind, t: &Messages, name: &str) -> String {
    match (kind, name) {
        (Kind::Payments, "sandbox") => t.gateway_sandbox,
        (Kind::Registry, "sandbox") => t.registry_sandbox,
        (_, "pagopa") => "pagoPA",
        (_, "mypay") => "MyPay",
        (_, "efil") => "E-Fil",
        (_, "iris") => "IRIS",
        (_, "docarea") => "DocArea",
        (_, "iride") => "IRIDE",
        (_, "pitre") => "PiTre",
        (_, other) => other,
    }
    .to_owned()
}

/// Shows every provider.
pub async fn show(kind: Kind, visit: Visit, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    visit.admin()?;
    let (platform, proxies, all) = (visit.platform(), visit.proxies(kind), ServiceQuery::default());
    let (services, offered) = tokio::join!(platform.services(&all), proxies.providers());
    let (services, offered) = (services?, offered?);
    let mut f = visit.frame();
    f.notice = (arrival.done == "saved").then_some(f.t.done_saved);
    let mut providers = Vec::new();
    for name in offered {
        let (tenant, configured) =
            tokio::join!(proxies.configurations(&name, Part::Tenant), proxies.configurations(&name, Part::Service));
        providers.push(overview((kind, f.t), name, &tenant?, &configured?, &services));
    }
    Ok(respond::page(&visit, Overview { words: Words::of(kind, f.t), f, providers }))
}

fn overview(
    (kind, t): (Kind, &Messages),
    name: String,
    tenant: &[Configuration],
    configured: &[Configuration],
    services: &[Service],
) -> Provider {
    let rows: Vec<Row> = configured.iter().map(|document| row(kind, document, services)).collect();
    let free = services.iter().filter(|service| rows.iter().all(|row| row.id != service.id));
    Provider {
        title: title(kind, t, &name),
        tenant: tenant.first().map(|document| is_active(kind, document)),
        free: free.map(|service| (service.id.clone(), service.name.clone())).collect(),
        rows,
        name,
    }
}

fn row(kind: Kind, document: &Configuration, services: &[Service]) -> Row {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = text(document.get("id"));
    let item = document.get("items").and_then(|items| items.get(0));
    let of = |name: &str| item.and_then(|item| item.get(name)).or_else(|| document.get(name));
    let service = services.iter().find(|service| service.id == id);
    Row {
        name: service.map_or_else(|| id.clone(), |service| service.name.clone()),
        reason: text(of("reason")),
        amount: of("amount").map(format::euro).unwrap_or_default(),
        active: is_active(kind, document),
        id,
    }
}

fn is_active(kind: Kind, document: &Configuration) -> bool {
    document.get(kind.switch()).and_then(Value::as_bool).unwrap_or(true)
}

/// The service to be configured.
#[derive(Debug, Deserialize)]
pub struct Choice {
    service: String,
}

/// `…/{provider}/servizi?service=`: leads to the form of the service chosen.
pub async fn choose(
    kind: Kind,
    visit: Visit,
    Path((_, _, provider)): Path<(String, String, String)>,
    Query(choice): Query<Choice>,
) -> Result<Response, PageError> {
    visit.admin()?;
    let path = Words::of(kind, visit.locale.messages()).path;
    let form = format!("{}{path}/{}/servizi/{}", visit.root(), segment(&provider), segment(&choice.service));
    Ok(Redirect::to(&form).into_response())
}

/// `POST …/{provider}/active`: switches the body, or a service, on or off.
pub async fn activate(
    kind: Kind,
    Path((_, _, provider)): Path<(String, String, String)>,
    posted: Posted,
) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.admin()?;
    let active = posted.text("active") == "1";
    let (part, id) = match posted.text("service") {
        "" => (Part::Tenant, visit.tenant.id.as_str()),
        service => (Part::Service, service),
    };
    visit.proxies(kind).activate(&provider, part, id, active).await?;
    Ok(posted.then(Words::of(kind, visit.locale.messages()).path, "saved"))
}
