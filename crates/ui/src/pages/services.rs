//! `/servizi`: the services, by words and by topic.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;

use crate::clients::{Service, ServiceQuery};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::respond;
use crate::views::service::{ServiceCard, Topic, topics};
use crate::visit::Visit;

/// What to look for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    q: String,
    topic: String,
}

#[derive(Template)]
#[template(path = "services.html")]
struct Services {
    f: Frame,
    q: String,
    topic: String,
    topics: Vec<Topic>,
    found: String,
    services: Vec<ServiceCard>,
}

/// Shows the services that match.
pub async fn show(visit: Visit, Query(search): Query<Search>) -> Result<Response, PageError> {
    let mut all = visit.platform().services(&ServiceQuery { text: search.q.trim().to_owned() }).await?;
    all.retain(Service::is_listed);
    let topics = topics(&all);
    let chosen = all.iter().filter(|service| search.topic.is_empty() || service.topics == search.topic);
    let services: Vec<_> = chosen.map(|service| ServiceCard::new(&visit.root(), service)).collect();
    let f = visit.frame();
    let found = if services.len() == 1 { f.t.services_found_one.to_owned() } else { f.t.services_found(services.len()) };
    Ok(respond::page(&visit, Services { f, q: search.q, topic: search.topic, topics, found, services }))
}
