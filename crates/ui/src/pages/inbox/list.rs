//! The list of messages, those at hand or those that were put away; before the first visit, the question whether to begin.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;

use super::{PATH, Tab, tabs};
use crate::clients::{IoMessage, IoProfile, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::{Locale, Messages};
use crate::posted::Posted;
use crate::visit::Visit;
use crate::{format, respond};

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Part {
    before: String,
    done: String,
}

/// A message in the list.
struct Row {
    href: String,
    subject: String,
    sender: String,
    initial: String,
    when: String,
    is_read: bool,
    /// What kind it is, with its icon.
    kind: Option<(&'static str, &'static str)>,
    due: String,
    files: bool,
}

#[derive(Template)]
#[template(path = "io_list.html")]
struct List {
    f: Frame,
    tabs: Vec<Tab>,
    archived: bool,
    off: bool,
    rows: Vec<Row>,
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "io_join.html")]
struct Join {
    f: Frame,
}

/// The messages at hand.
pub async fn inbox(visit: Visit, Query(part): Query<Part>) -> Result<Response, PageError> {
    list(&visit, &part, false).await
}

/// Those that were put away.
pub async fn archive(visit: Visit, Query(part): Query<Part>) -> Result<Response, PageError> {
    list(&visit, &part, true).await
}

async fn list(visit: &Visit, part: &Part, archived: bool) -> Result<Response, PageError> {
    visit.citizen()?;
    let inbox = visit.inbox();
    let (profile, letters) = tokio::join!(inbox.profile(), inbox.messages(archived, &part.before));
    let (profile, letters) = (profile?, letters?);
    let mut f = visit.frame();
    f.notice = match part.done.as_str() {
        "joined" => Some(f.t.io_joined),
        "archived" => Some(f.t.io_archived),
        "restored" => Some(f.t.io_restored),
        _ => None,
    };
    let Some(profile) = profile else {
        return Ok(respond::page(visit, Join { f }));
    };
    let here = if archived { "/archivio" } else { "" };
    let root = visit.root();
    let rows = letters.items.iter().map(|letter| row(f.t, &root, letter)).collect();
    let older = letters.next.map(|next| format!("{root}{PATH}{here}?before={}", segment(&next)));
    let tabs = tabs(visit, &f, here);
    Ok(respond::page(visit, List { f, tabs, archived, off: !profile.is_inbox_enabled, rows, older }))
}

fn row(t: &Messages, root: &str, letter: &IoMessage) -> Row {
    let kind = match letter.category.as_str() {
        "PAYMENT" => Some((t.io_kind_payment, "it-card")),
        "DEADLINE" => Some((t.io_kind_deadline, "it-calendar")),
        "REMOTE" => Some((t.io_kind_remote, "it-lock")),
        _ => None,
    };
    Row {
        href: format!("{root}{PATH}/{}", segment(&letter.id)),
        subject: letter.subject.clone(),
        sender: sender(letter),
        initial: letter.organization_name.chars().next().map(|first| first.to_uppercase().collect()).unwrap_or_default(),
        when: letter.created_at.map(format::date).unwrap_or_default(),
        is_read: letter.is_read,
        kind,
        due: letter.due_date.map(format::date).unwrap_or_default(),
        files: letter.has_attachments,
    }
}

/// Body and service, as far as they are known.
pub(super) fn sender(letter: &IoMessage) -> String {
    let parts = [letter.organization_name.as_str(), letter.service_name.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" – ")
}

/// Begins: from now on messages come.
pub async fn join(posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.citizen()?;
    if visit.inbox().profile().await?.is_none() {
        let language = match visit.locale {
            Locale::It => "it_IT",
            Locale::De => "de_DE",
            Locale::En => "en_GB",
        };
        let profile = IoProfile { preferred_languages: vec![language.to_owned()], ..IoProfile::default() };
        visit.inbox().set_profile(&profile).await?;
    }
    Ok(posted.then(PATH, "joined"))
}
