//! `/admin/servizi`: every service with its state, and publishing or suspending by one click.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::service::{access_label, payment_label, status_label};
use crate::clients::{Service, ServiceQuery};
use crate::errors::PageError;
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

/// A service in the list.
struct Row {
    id: String,
    name: String,
    tone: &'static str,
    status: &'static str,
    access: &'static str,
    payment: &'static str,
    registration: &'static str,
    /// The status that the button sets.
    toggle: u8,
    toggle_label: &'static str,
}

#[derive(Template)]
#[template(path = "admin_services.html")]
struct Services {
    f: Frame,
    rows: Vec<Row>,
}

/// Shows all services, hidden ones too.
pub async fn show(visit: Visit, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    visit.admin()?;
    let services = visit.platform().services(&ServiceQuery::default()).await?;
    let mut f = visit.frame();
    f.notice = (arrival.done == "saved").then_some(f.t.done_saved);
    let rows = services.iter().map(|service| row(f.t, service)).collect();
    Ok(respond::page(&visit, Services { f, rows }))
}

fn row(t: &Messages, service: &Service) -> Row {
    let published = service.status == 1;
    Row {
        id: service.id.clone(),
        name: service.name.clone(),
        tone: match service.status {
            1 => "good",
            2 => "action",
            _ => "neutral",
        },
        status: status_label(t, service.status),
        access: access_label(t, service.access_level),
        payment: payment_label(t, service.payment_required),
        registration: if service.protocol_required { t.answer_yes } else { t.answer_no },
        toggle: if published { 2 } else { 1 },
        toggle_label: if published { t.admin_suspend } else { t.admin_publish },
    }
}

/// `POST /admin/servizi/{id}/status`: publishes or suspends.
pub async fn set_status(Path((_, _, id)): Path<(String, String, String)>, posted: Posted) -> Result<Response, PageError> {
    posted.visit.admin()?;
    let status: u8 = if posted.text("status") == "1" { 1 } else { 2 };
    posted.visit.platform().change_service(&id, &json!({ "status": status })).await?;
    Ok(posted.then("/admin/servizi", "saved"))
}
