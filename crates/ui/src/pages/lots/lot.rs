//! One lot: how far it is, what became of its rows, and what can be done with it now.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;

use super::{Entry, PATH, lot_state, menu, outcomes};
use crate::clients::{Duty, Lot, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::pages::file;
use crate::posted::Posted;
use crate::views::invalid::sentence;
use crate::visit::Visit;
use crate::{format, respond};

type Address = (String, String, String);

/// What has just been done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    done: String,
}

/// How many rows have an outcome.
struct Total {
    word: &'static str,
    label: &'static str,
    tone: &'static str,
    rows: i64,
}

/// Something that can be done now.
struct Act {
    command: &'static str,
    label: &'static str,
    style: &'static str,
    /// Whether it says why.
    reason: bool,
}

#[derive(Template)]
#[template(path = "lots_lot.html")]
struct Page {
    f: Frame,
    menu: Vec<Entry>,
    id: String,
    lot: Lot,
    state: (&'static str, &'static str),
    /// Something is happening without the visitor.
    moves: bool,
    totals: Vec<Total>,
    acts: Vec<Act>,
    facts: Vec<(&'static str, String)>,
    /// What is still missing before the lot can be let go.
    missing: Vec<&'static str>,
}

/// The lot.
pub async fn show(visit: Visit, Path((_, _, id)): Path<Address>, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    let duty = visit.sender()?;
    let mut lot = visit.lots().lot(&id).await?;
    lot.reason = lot.reason.as_deref().map(sentence);
    let mut f = visit.frame();
    f.notice = match arrival.done.as_str() {
        "handed" => Some(f.t.lots_done_handed),
        "test" => Some(f.t.lots_done_test),
        "approve" => Some(f.t.lots_done_approve),
        "release" | "resume" => Some(f.t.lots_done_release),
        "stop" => Some(f.t.lots_done_stop),
        "cancel" => Some(f.t.lots_done_cancel),
        _ => None,
    };
    let t = f.t;
    let totals = outcomes(t).into_iter().filter_map(|(word, label, tone)| {
        let rows = lot.totals.get(word).copied().unwrap_or(0);
        (rows > 0).then_some(Total { word, label, tone, rows })
    });
    let when = |at: Option<kernel::RomeTime>| at.map(format::date_time).unwrap_or_default();
    let mut facts = vec![
        (t.lots_fact_service, lot.service_name.clone()),
        (t.lots_fact_created_by, lot.created_by.clone()),
        (t.lots_fact_created_at, when(lot.created_at)),
        (t.lots_fact_tested_at, when(lot.tested_at)),
        (t.lots_fact_approved_by, lot.approved_by.clone().unwrap_or_default()),
        (t.lots_fact_released_at, when(lot.released_at)),
        (t.lots_fact_ended_at, when(lot.ended_at)),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    let page = Page {
        menu: menu(&visit, &f, duty, "/lotti"),
        id: segment(&lot.id),
        state: lot_state(t, &lot.state),
        moves: matches!(lot.state.as_str(), "IN_LETTURA" | "IN_INVIO") || (arrival.done == "test" && lot.tested_at.is_none()),
        totals: totals.collect(),
        acts: acts(t, duty, &lot, visit.viewer.as_ref().is_some_and(|viewer| viewer.username == lot.created_by)),
        missing: missing(t, &lot),
        facts,
        lot,
        f,
    };
    Ok(respond::page(&visit, page))
}

/// What the visitor may do now. The lot says what can be done; who may agree is the body's.
fn acts(t: &Messages, duty: Duty, lot: &Lot, is_own: bool) -> Vec<Act> {
    if duty == Duty::Auditor {
        return Vec::new();
    }
    let all = [
        ("release", t.lots_act_release, "btn-primary", false),
        ("resume", t.lots_act_resume, "btn-primary", false),
        ("approve", t.lots_act_approve, "btn-success", false),
        ("test", t.lots_act_test, "btn-outline-primary", false),
        ("stop", t.lots_act_stop, "btn-danger", true),
        ("cancel", t.lots_act_cancel, "btn-outline-danger", true),
    ];
    let may = |command: &str| command != "approve" || (duty == Duty::Body && !is_own && lot.tested_at.is_some());
    let can = |command: &str| lot.commands.iter().any(|known| known == command) && may(command);
    let acts = all.into_iter().filter(|(command, ..)| can(command));
    acts.map(|(command, label, style, reason)| Act { command, label, style, reason }).collect()
}

/// What is missing before a large lot can be let go.
fn missing(t: &Messages, lot: &Lot) -> Vec<&'static str> {
    if !lot.needs_approval || lot.state != "PRONTO" {
        return Vec::new();
    }
    let mut missing = Vec::new();
    if lot.tested_at.is_none() {
        missing.push(t.lots_missing_test);
    }
    if lot.approved_by.is_none() {
        missing.push(t.lots_missing_approval);
    }
    missing
}

/// Does something with it.
pub async fn command(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.sender()?;
    let (command, reason, client) = (posted.text("command"), posted.text("reason"), visit.lots());
    match command {
        "test" => client.test(&id).await?,
        "approve" => client.approve(&id).await?,
        command => client.command(&id, command, reason).await?,
    }
    Ok(posted.then(&format!("{PATH}/lotti/{}", segment(&id)), &segment(command)))
}

/// What became of every row, as a file.
pub async fn report(
    visit: Visit,
    Path((_, _, id, format)): Path<(String, String, String, String)>,
) -> Result<Response, PageError> {
    visit.sender()?;
    Ok(file::send(visit.lots().report(&id, &format).await?))
}
