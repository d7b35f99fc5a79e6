//! The register: who did what.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;

use super::{Entry, PATH, deeds, menu};
use crate::clients::{Deed, Duty};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
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
    /// Where it is, if it has a page.
    place: Option<String>,
    changes: Vec<String>,
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
    let rows = deeds.into_iter().map(|deed| row(f.t, deed)).collect();
    let menu = menu(&visit, &f, duty, "/registro");
    Ok(respond::page(&visit, List { f, menu, rows, older }))
}

fn row(t: &Messages, deed: Deed) -> Row {
    let (subject, place) = deeds::subject(t, &deed);
    Row {
        when: deed.at.map(format::date_time).unwrap_or_default(),
        action: deeds::action(t, &deed.action),
        changes: deeds::changes(t, &deed),
        actor: deed.actor,
        subject,
        place,
    }
}
