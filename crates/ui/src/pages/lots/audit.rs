//! The register: who did what.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;

use super::{Entry, PATH, menu};
use crate::clients::{Deed, Duty};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::visit::Visit;
use crate::{format, respond};

/// Lines that the interface gives at a time.
const PAGE: usize = 100;

/// Which lines.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Part {
    before: String,
}

/// A line in words.
struct Row {
    when: String,
    actor: String,
    action: String,
    subject: String,
    change: String,
}

#[derive(Template)]
#[template(path = "lots_audit.html")]
struct List {
    f: Frame,
    menu: Vec<Entry>,
    rows: Vec<Row>,
    older: Option<String>,
}

/// The lines, newest first. Suppliers have no register.
pub async fn list(visit: Visit, Query(part): Query<Part>) -> Result<Response, PageError> {
    let duty = visit.sender()?;
    if duty == Duty::Provider {
        return Err(PageError::Forbidden);
    }
    let deeds = visit.lots().audit(&part.before).await?;
    let f = visit.frame();
    let older = deeds
        .last()
        .filter(|_| deeds.len() == PAGE)
        .map(|last| format!("{}{PATH}/registro?before={}", visit.root(), last.number));
    let rows = deeds.into_iter().map(row).collect();
    let menu = menu(&visit, &f, duty, "/registro");
    Ok(respond::page(&visit, List { f, menu, rows, older }))
}

fn row(deed: Deed) -> Row {
    let text = |value: Option<Value>| value.filter(|value| !value.is_null()).map(|value| value.to_string()).unwrap_or_default();
    let (was, became) = (text(deed.was), text(deed.became));
    let change = if was.is_empty() { became } else { format!("{was} → {became}") };
    Row {
        when: deed.at.map(format::date_time).unwrap_or_default(),
        actor: deed.actor,
        action: deed.action,
        subject: deed.subject,
        change,
    }
}
