//! `/admin/pagamenti`: through which providers the body is paid, and for which services.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;

use crate::clients::{Configuration, Part, Service, ServiceQuery, segment};
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

/// A service whose payments go through the provider.
struct Row {
    id: String,
    name: String,
    reason: String,
    amount: String,
    active: bool,
}

#[derive(Template)]
#[template(path = "admin_payments.html")]
struct Overview {
    f: Frame,
    providers: Vec<Provider>,
}

/// A provider as people call it.
pub fn title(t: &Messages, name: &str) -> String {
    match name {
        "sandbox" => t.gateway_sandbox.to_owned(),
        "pagopa" => "pagoPA".to_owned(),
        "mypay" => "MyPay".to_owned(),
        "efil" => "E-Fil".to_owned(),
        "iris" => "IRIS".to_owned(),
        other => other.to_owned(),
    }
}

/// Shows every provider.
pub async fn show(visit: Visit, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    visit.admin()?;
    let (platform, payments, all) = (visit.platform(), visit.payments(), ServiceQuery::default());
    let (services, offered) = tokio::join!(platform.services(&all), payments.providers());
    let (services, offered) = (services?, offered?);
    let mut f = visit.frame();
    f.notice = (arrival.done == "saved").then_some(f.t.done_saved);
    let mut providers = Vec::new();
    for provider in offered {
        let name = provider.name;
        let (tenant, configured) =
            tokio::join!(payments.configurations(&name, Part::Tenant), payments.configurations(&name, Part::Payment));
        providers.push(overview(f.t, name, &tenant?, &configured?, &services));
    }
    Ok(respond::page(&visit, Overview { f, providers }))
}

fn overview(
    t: &Messages,
    name: String,
    tenant: &[Configuration],
    configured: &[Configuration],
    services: &[Service],
) -> Provider {
    let rows: Vec<Row> = configured.iter().map(|document| row(document, services)).collect();
    let free = services.iter().filter(|service| rows.iter().all(|row| row.id != service.id));
    Provider {
        title: title(t, &name),
        tenant: tenant.first().map(is_active),
        free: free.map(|service| (service.id.clone(), service.name.clone())).collect(),
        rows,
        name,
    }
}

fn row(document: &Configuration, services: &[Service]) -> Row {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = text(document.get("id"));
    let item = document.get("items").and_then(|items| items.get(0));
    let of = |name: &str| item.and_then(|item| item.get(name)).or_else(|| document.get(name));
    let service = services.iter().find(|service| service.id == id);
    Row {
        name: service.map_or_else(|| id.clone(), |service| service.name.clone()),
        reason: text(of("reason")),
        amount: of("amount").map(format::euro).unwrap_or_default(),
        active: is_active(document),
        id,
    }
}

fn is_active(document: &Configuration) -> bool {
    document.get("active").and_then(Value::as_bool).unwrap_or(true)
}

/// The service to be configured.
#[derive(Debug, Deserialize)]
pub struct Choice {
    service: String,
}

/// `/admin/pagamenti/{provider}/servizi?service=`: leads to the form of the service chosen.
pub async fn choose(
    visit: Visit,
    Path((_, _, provider)): Path<(String, String, String)>,
    Query(choice): Query<Choice>,
) -> Result<Response, PageError> {
    visit.admin()?;
    let form = format!("{}/admin/pagamenti/{}/servizi/{}", visit.root(), segment(&provider), segment(&choice.service));
    Ok(Redirect::to(&form).into_response())
}

/// `POST /admin/pagamenti/{provider}/active`: switches the body, or a service, on or off.
pub async fn activate(Path((_, _, provider)): Path<(String, String, String)>, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.admin()?;
    let active = posted.text("active") == "1";
    let (part, id) = match posted.text("service") {
        "" => (Part::Tenant, visit.tenant.id.as_str()),
        service => (Part::Payment, service),
    };
    visit.payments().activate(&provider, part, id, active).await?;
    Ok(posted.then("/admin/pagamenti", "saved"))
}
