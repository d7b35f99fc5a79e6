//! `/admin/pagamenti` and `/admin/protocollo`: through which providers the body is paid, and which have its documents registered, and for
//! which services.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;

use crate::clients::{ClientError, Configuration, Kind, Part, Service, ServiceQuery, segment};
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

/// A provider and what is configured of it, as its proxy says.
struct Configured {
    name: String,
    tenant: Vec<Configuration>,
    services: Vec<Configuration>,
}

/// A provider and what is configured of it, as the page shows it.
struct Provider {
    name: String,
    title: String,
    /// The body's configuration: none, or whether it is on.
    tenant: Option<bool>,
    rows: Vec<Row>,
    /// Services that are not configured yet.
    free: Vec<(String, String)>,
    /// Whether others are left out, because another registry has them.
    withheld: bool,
}

/// A service that goes through the provider.
struct Row {
    id: String,
    name: String,
    /// What is paid for, and how much; of payments alone.
    reason: String,
    amount: String,
    active: bool,
    /// What is wrong with it: another registry takes its documents too.
    warning: Option<String>,
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
    let (platform, query) = (visit.platform(), ServiceQuery::default());
    let (services, all) = tokio::join!(platform.services(&query), configured(&visit, kind));
    let (services, all) = (services?, all?);
    let mut f = visit.frame();
    f.notice = (arrival.done == "saved").then_some(f.t.done_saved);
    let providers = all.iter().map(|provider| overview((kind, f.t), provider, &all, &services)).collect();
    Ok(respond::page(&visit, Overview { words: Words::of(kind, f.t), f, providers }))
}

/// What is configured of every provider.
async fn configured(visit: &Visit, kind: Kind) -> Result<Vec<Configured>, ClientError> {
    let proxies = visit.proxies(kind);
    let mut all = Vec::new();
    for name in proxies.providers().await? {
        let (tenant, services) =
            tokio::join!(proxies.configurations(&name, Part::Tenant), proxies.configurations(&name, Part::Service));
        all.push(Configured { tenant: tenant?, services: services?, name });
    }
    Ok(all)
}

impl Configured {
    /// Whether the body goes through it; none when it is not configured.
    fn is_on(&self, kind: Kind) -> Option<bool> {
        self.tenant.first().map(|document| is_active(kind, document))
    }

    /// Whether `service` goes through it now.
    fn takes(&self, kind: Kind, service: &str) -> bool {
        let has = |document: &Configuration| is_active(kind, document) && text(document.get("id")) == service;
        self.is_on(kind) == Some(true) && self.services.iter().any(has)
    }
}

/// The first of the registries other than `provider` that takes the documents of `service`. A document has one number, so one registry
/// alone may take those of a service; payments of a service may go through several providers.
fn elsewhere((kind, t): (Kind, &Messages), all: &[Configured], provider: &str, service: &str) -> Option<String> {
    let other = all.iter().find(|other| kind == Kind::Registry && other.name != provider && other.takes(kind, service))?;
    Some(title(kind, t, &other.name))
}

/// What stands in the way of taking the documents of `service` at `provider` too: nothing as long as the body is off there, so that a
/// registry can be prepared before it takes the place of another one.
pub async fn obstacle(visit: &Visit, kind: Kind, provider: &str, service: (&str, &str)) -> Result<Option<String>, ClientError> {
    if kind != Kind::Registry {
        return Ok(None);
    }
    let ((id, name), t) = (service, visit.locale.messages());
    let all = configured(visit, kind).await?;
    let is_on = all.iter().any(|here| here.name == provider && here.is_on(kind) == Some(true));
    let other = if is_on { elsewhere((kind, t), &all, provider, id) } else { None };
    Ok(other.map(|other| t.registry_taken(name, other)))
}

fn overview((kind, t): (Kind, &Messages), here: &Configured, all: &[Configured], services: &[Service]) -> Provider {
    let rows: Vec<Row> = here.services.iter().map(|document| row((kind, t), document, here, all, services)).collect();
    let (mut free, mut withheld) = (Vec::new(), false);
    for service in services.iter().filter(|service| rows.iter().all(|row| row.id != service.id)) {
        if here.is_on(kind) == Some(true) && elsewhere((kind, t), all, &here.name, &service.id).is_some() {
            withheld = true;
        } else {
            free.push((service.id.clone(), service.name.clone()));
        }
    }
    Provider { title: title(kind, t, &here.name), tenant: here.is_on(kind), free, withheld, rows, name: here.name.clone() }
}

fn row(
    (kind, t): (Kind, &Messages),
    document: &Configuration,
    here: &Configured,
    all: &[Configured],
    services: &[Service],
) -> Row {
    let id = text(document.get("id"));
    let item = document.get("items").and_then(|items| items.get(0));
    let of = |name: &str| item.and_then(|item| item.get(name)).or_else(|| document.get(name));
    let other = if here.takes(kind, &id) { elsewhere((kind, t), all, &here.name, &id) } else { None };
    Row {
        name: name_of(services, &id),
        reason: text(of("reason")),
        amount: of("amount").map(format::euro).unwrap_or_default(),
        active: is_active(kind, document),
        warning: other.map(|other| t.registry_twice(other)),
        id,
    }
}

/// What a service is called; its identifier when nobody knows.
fn name_of(services: &[Service], id: &str) -> String {
    services.iter().find(|service| service.id == id).map_or_else(|| id.to_owned(), |service| service.name.clone())
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
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

/// `POST …/{provider}/active`: switches the body, or a service, on or off. What another registry takes is not switched on.
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
    if active
        && kind == Kind::Registry
        && let Some(obstacle) = obstacle_of(visit, &provider, posted.text("service")).await?
    {
        return Err(PageError::Refused(obstacle));
    }
    visit.proxies(kind).activate(&provider, part, id, active).await?;
    Ok(posted.then(Words::of(kind, visit.locale.messages()).path, "saved"))
}

/// What stands in the way of switching `service` on at a registry, or the body with all of its services when `service` is empty.
async fn obstacle_of(visit: &Visit, provider: &str, service: &str) -> Result<Option<String>, PageError> {
    let (platform, query, kind) = (visit.platform(), ServiceQuery::default(), Kind::Registry);
    let services = platform.services(&query).await?;
    if !service.is_empty() {
        return Ok(obstacle(visit, kind, provider, (service, &name_of(&services, service))).await?);
    }
    let (all, t) = (configured(visit, kind).await?, visit.locale.messages());
    let Some(here) = all.iter().find(|here| here.name == provider) else { return Ok(None) };
    let ids = here.services.iter().filter(|document| is_active(kind, document)).map(|document| text(document.get("id")));
    let mut taken = ids.filter_map(|id| Some((elsewhere((kind, t), &all, provider, &id)?, id)));
    Ok(taken.next().map(|(other, id)| t.registry_taken(name_of(&services, &id), other)))
}
