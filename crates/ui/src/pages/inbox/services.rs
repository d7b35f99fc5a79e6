//! The services that may write, and what the citizen lets each do.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;

use super::{PATH, Tab, tabs};
use crate::clients::{Choice, Sender, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::markup::{self, Html};
use crate::posted::Posted;
use crate::respond;
use crate::visit::Visit;

type Address = (String, String, String);

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    done: String,
}

#[derive(Template)]
#[template(path = "io_services.html")]
struct List {
    f: Frame,
    tabs: Vec<Tab>,
    bodies: Vec<(String, Vec<Sender>)>,
}

#[derive(Template)]
#[template(path = "io_service.html")]
struct One {
    f: Frame,
    tabs: Vec<Tab>,
    id: String,
    name: String,
    organization: String,
    text: Html,
    choice: Choice,
}

/// The services, by the body whose they are.
pub async fn list(visit: Visit) -> Result<Response, PageError> {
    visit.citizen()?;
    let mut bodies: Vec<(String, Vec<Sender>)> = Vec::new();
    for service in visit.inbox().senders().await? {
        match bodies.iter_mut().find(|(name, _)| *name == service.organization) {
            Some((_, services)) => services.push(service),
            None => bodies.push((service.organization.clone(), vec![service])),
        }
    }
    let f = visit.frame();
    let tabs = tabs(&visit, &f, "/servizi");
    Ok(respond::page(&visit, List { f, tabs, bodies }))
}

/// One of them.
pub async fn show(visit: Visit, Path((_, _, id)): Path<Address>, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    visit.citizen()?;
    let inbox = visit.inbox();
    let (senders, choice) = tokio::join!(inbox.senders(), inbox.choice(&id));
    let (senders, choice) = (senders?, choice?);
    let sender = senders.into_iter().find(|sender| sender.id == id).unwrap_or_default();
    let mut f = visit.frame();
    f.notice = (arrival.done == "saved").then_some(f.t.done_saved);
    let tabs = tabs(&visit, &f, "/servizi");
    let text = markup::markdown(&sender.description);
    Ok(respond::page(&visit, One { f, tabs, id, name: sender.name, organization: sender.organization, text, choice }))
}

/// Chooses for it.
pub async fn save(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    posted.visit.citizen()?;
    let choice =
        Choice { is_inbox_enabled: posted.checked("inbox"), can_access_message_read_status: posted.checked("read_status") };
    posted.visit.inbox().choose(&id, choice).await?;
    Ok(posted.then(&format!("{PATH}/servizi/{}", segment(&id)), "saved"))
}
