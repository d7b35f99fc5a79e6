//! Who may do what here, besides the administrators of the body.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use super::{Entry, PATH, menu};
use crate::clients::{Duty, Supplier};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::posted::Posted;
use crate::respond;
use crate::views::invalid::Invalid;
use crate::visit::Visit;

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    done: String,
}

/// Somebody in the list.
struct Row {
    username: String,
    duty: &'static str,
    supplier: String,
}

/// What was typed.
#[derive(Default)]
struct Typed {
    username: String,
    duty: String,
    supplier: String,
}

#[derive(Template)]
#[template(path = "lots_members.html")]
struct List {
    f: Frame,
    menu: Vec<Entry>,
    errors: Vec<Invalid>,
    rows: Vec<Row>,
    duties: [(&'static str, &'static str); 3],
    suppliers: Vec<Supplier>,
    typed: Typed,
}

/// The duties: word, label.
pub(super) fn duties(t: &Messages) -> [(&'static str, &'static str); 3] {
    [("ENTE", t.lots_duty_body), ("FORNITORE", t.lots_duty_provider), ("REVISORE", t.lots_duty_auditor)]
}

fn label(t: &Messages, duty: Duty) -> &'static str {
    match duty {
        Duty::Body => t.lots_duty_body,
        Duty::Provider => t.lots_duty_provider,
        Duty::Auditor => t.lots_duty_auditor,
    }
}

/// The people.
pub async fn list(visit: Visit, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    let t = visit.locale.messages();
    let notice = match arrival.done.as_str() {
        "saved" => Some(t.done_saved),
        "removed" => Some(t.lots_done_removed),
        _ => None,
    };
    listed(&visit, notice, Typed::default(), Vec::new()).await
}

async fn listed(visit: &Visit, notice: Option<&'static str>, typed: Typed, errors: Vec<Invalid>) -> Result<Response, PageError> {
    let duty = visit.body()?;
    let client = visit.lots();
    let (members, suppliers) = tokio::join!(client.members(), client.suppliers());
    let (members, suppliers) = (members?, suppliers?);
    let mut f = visit.frame();
    f.notice = notice;
    let name = |id: Option<String>| {
        suppliers.iter().find(|supplier| Some(&supplier.id) == id.as_ref()).map(|supplier| supplier.name.clone())
    };
    let rows = members.into_iter().map(|member| Row {
        duty: label(f.t, member.duty),
        supplier: name(member.provider_id).unwrap_or_default(),
        username: member.username,
    });
    let (rows, menu, duties) = (rows.collect(), menu(visit, &f, duty, "/abilitati"), duties(f.t));
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(respond::page_with_status(visit, status, List { f, menu, errors, rows, duties, suppliers, typed }))
}

/// Lets somebody in, or has them do something else.
pub async fn put(posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.body()?;
    let text = |name: &str| posted.text(name).to_owned();
    let typed = Typed { username: text("username"), duty: text("duty"), supplier: text("supplier") };
    if typed.username.is_empty() {
        let t = visit.locale.messages();
        let errors = vec![Invalid::new("username", t.lots_no_username)];
        return listed(visit, None, typed, errors).await;
    }
    // A supplier that was chosen before another duty was, is not meant.
    let supplier = if typed.duty == "FORNITORE" { typed.supplier.as_str() } else { "" };
    match visit.lots().put_member(&typed.username, &typed.duty, supplier).await {
        Ok(()) => Ok(posted.then(&format!("{PATH}/abilitati"), "saved")),
        Err(error) => {
            let errors = Invalid::from_client(error, &[("provider_id", "supplier"), ("duty", "duty")], "duty")?;
            listed(visit, None, typed, errors).await
        }
    }
}

/// Lets somebody in no more.
pub async fn delete(posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.body()?;
    visit.lots().delete_member(posted.text("username")).await?;
    Ok(posted.then(&format!("{PATH}/abilitati"), "removed"))
}
