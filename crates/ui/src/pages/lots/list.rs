//! The lots, and handing one in.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use super::{Entry, PATH, lot_state, menu};
use crate::clients::{Duty, Lot, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::visit::Visit;
use crate::{format, respond};

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Part {
    before: String,
}

/// A lot in the list.
struct Row {
    id: String,
    name: String,
    facts: String,
    state: (&'static str, &'static str),
    percent: Option<i64>,
}

/// A service with its templates, to choose from: the value has both identifiers.
struct Way {
    value: String,
    label: String,
}

/// What was typed.
#[derive(Default)]
struct Typed {
    way: String,
    name: String,
}

#[derive(Template)]
#[template(path = "lots_lots.html")]
struct List {
    f: Frame,
    menu: Vec<Entry>,
    errors: Vec<Invalid>,
    may_change: bool,
    ways: Vec<Way>,
    typed: Typed,
    rows: Vec<Row>,
    older: Option<String>,
}

/// The lots.
pub async fn show(visit: Visit, Query(part): Query<Part>) -> Result<Response, PageError> {
    let duty = visit.sender()?;
    listed(&visit, duty, &part, Typed::default(), Vec::new()).await
}

async fn listed(visit: &Visit, duty: Duty, part: &Part, typed: Typed, errors: Vec<Invalid>) -> Result<Response, PageError> {
    let client = visit.lots();
    let (lots, services) = tokio::join!(client.lots(&part.before), client.services());
    let (lots, services) = (lots?, services?);
    let f = visit.frame();
    let may_change = duty != Duty::Auditor;
    let mut ways = Vec::new();
    if may_change {
        // What cannot send is not offered.
        for service in services.into_iter().filter(|service| service.state == "ATTIVO") {
            for template in client.templates(&service.id).await? {
                let label = format!("{} – {}", service.name, template.name);
                ways.push(Way { value: format!("{}/{}", service.id, template.id), label });
            }
            let label = format!("{} – {}", service.name, f.t.lots_without_template);
            ways.push(Way { value: format!("{}/", service.id), label });
        }
    }
    let rows = lots.items.iter().map(|lot| row(f.t, lot)).collect();
    let older = lots.next.map(|next| format!("{}{PATH}/lotti?before={}", visit.root(), segment(&next)));
    let menu = menu(visit, &f, duty, "/lotti");
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(respond::page_with_status(visit, status, List { f, menu, errors, may_change, ways, typed, rows, older }))
}

fn row(t: &Messages, lot: &Lot) -> Row {
    let when = lot.created_at.map(format::date_time).unwrap_or_default();
    Row {
        id: segment(&lot.id),
        name: lot.name.clone(),
        facts: format!("{when} · {} · {}", lot.service_name, t.lots_rows_number(lot.rows)),
        state: lot_state(t, &lot.state),
        percent: (lot.state == "IN_INVIO").then_some(lot.percent),
    }
}

/// Hands a file in.
pub async fn hand_in(posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    let duty = visit.sender()?;
    let t = visit.locale.messages();
    let typed = Typed { way: posted.text("way").to_owned(), name: posted.text("name").to_owned() };
    let mut errors = Vec::new();
    let (service, template) = typed.way.split_once('/').unwrap_or_default();
    if service.is_empty() {
        errors.push(Invalid::new("way", t.lots_no_way));
    }
    let file = posted.files.first().filter(|file| !file.file.is_empty());
    if file.is_none() {
        errors.push(Invalid::new("file", t.imports_no_file));
    }
    let (Some(file), true) = (file, errors.is_empty()) else {
        return listed(visit, duty, &Part::default(), typed, errors).await;
    };
    match visit.lots().hand_in(service, template, &typed.name, file).await {
        Ok(lot) => Ok(posted.then(&format!("{PATH}/lotti/{}", segment(&lot.id)), "handed")),
        Err(error) => {
            let errors = Invalid::from_client(error, &[("name", "name")], "file")?;
            listed(visit, duty, &Part::default(), typed, errors).await
        }
    }
}
