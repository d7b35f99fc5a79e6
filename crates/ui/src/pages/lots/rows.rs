//! Rows of a lot: the list by outcome, one with its message as the citizen gets it, and what to do about an uncertain one.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;

use super::{Entry, PATH, menu, outcome, outcomes};
use crate::clients::{Duty, LotRow, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::markup::{self, Html};
use crate::posted::Posted;
use crate::visit::Visit;
use crate::{format, respond};

/// Rows that the interface gives at a time.
const PAGE: usize = 100;

type Address = (String, String, String);
type RowAddress = (String, String, String, String);

/// Which rows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Part {
    outcome: String,
    after: String,
    done: String,
}

/// A row in words.
struct View {
    number: i64,
    fiscal_code: String,
    outcome: (&'static str, &'static str),
    why: String,
    when: String,
}

#[derive(Template)]
#[template(path = "lots_rows.html")]
struct List {
    f: Frame,
    menu: Vec<Entry>,
    id: String,
    name: String,
    outcomes: Vec<(&'static str, &'static str)>,
    outcome: String,
    rows: Vec<View>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "lots_row.html")]
struct One {
    f: Frame,
    menu: Vec<Entry>,
    id: String,
    name: String,
    row: View,
    subject: String,
    text: Html,
    has_message: bool,
    facts: Vec<(&'static str, String)>,
    /// Whether the visitor may say what became of it.
    open: bool,
}

fn view(f: &Frame, row: &LotRow) -> View {
    let why = [row.reason.as_deref(), row.warning.as_deref()];
    View {
        number: row.number,
        fiscal_code: row.fiscal_code.clone(),
        outcome: outcome(f.t, &row.outcome),
        why: why.into_iter().flatten().collect::<Vec<_>>().join(" – "),
        when: row.updated_at.map(format::date_time).unwrap_or_default(),
    }
}

/// The rows.
pub async fn list(visit: Visit, Path((_, _, id)): Path<Address>, Query(part): Query<Part>) -> Result<Response, PageError> {
    let duty = visit.sender()?;
    let client = visit.lots();
    let (lot, rows) = tokio::join!(client.lot(&id), client.rows(&id, &part.outcome, &part.after));
    let (lot, rows) = (lot?, rows?);
    let f = visit.frame();
    let next = rows.last().filter(|_| rows.len() == PAGE).map(|last| {
        let (outcome, after) = (segment(&part.outcome), last.number);
        format!("{}{PATH}/lotti/{}/righe?outcome={outcome}&after={after}", visit.root(), segment(&id))
    });
    let outcomes = outcomes(f.t).into_iter().map(|(word, label, _)| (word, label)).collect();
    let rows = rows.iter().map(|row| view(&f, row)).collect();
    let menu = menu(&visit, &f, duty, "/lotti");
    Ok(respond::page(&visit, List { f, menu, id: segment(&id), name: lot.name, outcomes, outcome: part.outcome, rows, next }))
}

/// One row.
pub async fn show(
    visit: Visit,
    Path((_, _, id, number)): Path<RowAddress>,
    Query(part): Query<Part>,
) -> Result<Response, PageError> {
    let duty = visit.sender()?;
    let client = visit.lots();
    let (lot, row) = tokio::join!(client.lot(&id), client.row(&id, &number));
    let (lot, row) = (lot?, row?);
    let mut f = visit.frame();
    f.notice = (part.done == "decided").then_some(f.t.done_saved);
    let t = f.t;
    let content = row.message.as_ref().map(|message| &message["content"]);
    let text = |name: &str| content.and_then(|content| content[name].as_str()).unwrap_or_default().to_owned();
    let payment = content.map_or(&Value::Null, |content| &content["payment_data"]);
    let amount = payment["amount"].as_i64().and_then(|cents| kernel::Money::from_cents(cents).ok()).map(format::amount);
    let due = text("due_date").parse::<kernel::RomeTime>().ok().map(format::date_time);
    let mut facts = vec![
        (t.lots_row_subject_length, format!("{} / 120", row.subject_length)),
        (t.lots_row_text_length, format!("{} / 10.000", row.markdown_length)),
        (t.io_due, due.unwrap_or_default()),
        (t.ledger_amount, amount.unwrap_or_default()),
        (t.payment_notice_code, payment["notice_number"].as_str().unwrap_or_default().to_owned()),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    let page = One {
        menu: menu(&visit, &f, duty, "/lotti"),
        id: segment(&id),
        name: lot.name,
        has_message: content.is_some(),
        subject: text("subject"),
        text: markup::markdown(without_front(&text("markdown"))),
        open: row.outcome == "INCERTO" && duty != Duty::Auditor,
        row: view(&f, &row),
        facts,
        f,
    };
    Ok(respond::page(&visit, page))
}

/// The text without the buttons that may stand at its top between lines of `---`.
fn without_front(markdown: &str) -> &str {
    let Some(rest) = markdown.strip_prefix("---\n") else { return markdown };
    rest.split_once("\n---\n").map_or(markdown, |(_, text)| text)
}

/// Says what became of an uncertain row.
pub async fn decide(Path((_, _, id, number)): Path<RowAddress>, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.sender()?;
    visit.lots().decide(&id, &number, posted.text("command"), posted.text("reason")).await?;
    Ok(posted.then(&format!("{PATH}/lotti/{}/righe/{}", segment(&id), segment(&number)), "decided"))
}
