//! Requests for help: asking, answering, taking charge, closing.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use super::{Entry, PATH, menu};
use crate::clients::{Attached, Duty, NewTicket, Ticket};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::markup::{self, Html};
use crate::pages::file as files;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::visit::Visit;
use crate::{format, respond};

type Address = (String, String, String);

/// What has just been done, or what the request is about.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    done: String,
    about: String,
}

/// A request in words.
struct View {
    id: String,
    subject: String,
    /// What it is about.
    about: String,
    facts: String,
    state: (&'static str, &'static str),
    said: Vec<SaidView>,
    /// What can be done now: word, label, style.
    acts: Vec<(&'static str, &'static str, &'static str)>,
    open: bool,
}

/// Something said in a request.
struct SaidView {
    by: String,
    at: String,
    html: Html,
    files: Vec<Attached>,
}

#[derive(Template)]
#[template(path = "lots_tickets.html")]
struct List {
    f: Frame,
    menu: Vec<Entry>,
    errors: Vec<Invalid>,
    typed: NewTicket,
    tickets: Vec<View>,
}

/// Label and colour of where a request stands.
pub(super) fn state(t: &Messages, state: &str) -> (&'static str, &'static str) {
    match state {
        "APERTO" => (t.lots_ticket_open, "action"),
        "IN_CARICO" => (t.lots_ticket_taken, "info"),
        "IN_ATTESA_UTENTE" => (t.lots_ticket_waiting, "action"),
        "RISOLTO" => (t.lots_ticket_solved, "good"),
        _ => (t.lots_ticket_closed, "neutral"),
    }
}

fn view(t: &Messages, duty: Duty, ticket: Ticket) -> View {
    let when = ticket.updated_at.map(format::date_time).unwrap_or_default();
    let mut facts = vec![ticket.opened_by, when];
    facts.extend(ticket.assigned_to.map(|name| t.lots_ticket_assigned(name)));
    facts.retain(|fact| !fact.is_empty());
    let body = duty == Duty::Body;
    let mut acts = Vec::new();
    match ticket.state.as_str() {
        "APERTO" if body => acts.push(("take", t.lots_act_take, "btn-primary")),
        "IN_CARICO" if body => {
            acts.push(("ask", t.lots_act_ask, "btn-outline-primary"));
            acts.push(("solve", t.lots_act_solve, "btn-success"));
        }
        "IN_ATTESA_UTENTE" if body => acts.push(("solve", t.lots_act_solve, "btn-success")),
        "RISOLTO" => acts.push(("close", t.lots_act_close, "btn-outline-primary")),
        _ => {}
    }
    let is_open = ticket.state != "CHIUSO";
    if is_open {
        acts.push(("say", t.lots_act_say, "btn-outline-primary"));
    }
    let said = ticket.messages.into_iter().map(|said| SaidView {
        by: said.by,
        at: said.at.map(format::date_time).unwrap_or_default(),
        html: Html(markup::paragraphs(&said.text)),
        files: said.attachments,
    });
    View {
        id: ticket.id,
        subject: ticket.subject,
        about: ticket.about,
        facts: facts.join(" · "),
        state: state(t, &ticket.state),
        said: said.collect(),
        acts,
        open: is_open,
    }
}

/// The requests.
pub async fn list(visit: Visit, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    let notice = |t: &Messages| match arrival.done.as_str() {
        "opened" => Some(t.lots_done_opened),
        "answered" => Some(t.done_saved),
        _ => None,
    };
    let notice = notice(visit.locale.messages());
    listed(&visit, notice, NewTicket { about: arrival.about, ..NewTicket::default() }, Vec::new()).await
}

async fn listed(
    visit: &Visit,
    notice: Option<&'static str>,
    typed: NewTicket,
    errors: Vec<Invalid>,
) -> Result<Response, PageError> {
    let duty = visit.sender()?;
    let tickets = visit.lots().tickets().await?;
    let mut f = visit.frame();
    f.notice = notice;
    let tickets = tickets.into_iter().map(|ticket| view(f.t, duty, ticket)).collect();
    let menu = menu(visit, &f, duty, "/assistenza");
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(respond::page_with_status(visit, status, List { f, menu, errors, typed, tickets }))
}

/// Asks for help.
pub async fn open(posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.sender()?;
    let text = |name: &str| posted.text(name).to_owned();
    let (subject, email) = (text("subject"), text("email"));
    let typed = NewTicket { subject, text: text("text"), about: text("about"), email, attachments: posted.files.clone() };
    match visit.lots().open_ticket(&typed).await {
        Ok(()) => Ok(posted.then(&format!("{PATH}/assistenza"), "opened")),
        Err(error) => {
            let names = [("subject", "subject"), ("text", "text"), ("email", "email"), ("attachments", "files")];
            let errors = Invalid::from_client(error, &names, "subject")?;
            listed(visit, None, typed, errors).await
        }
    }
}

/// Answers, takes charge, solves, closes.
pub async fn answer(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.sender()?;
    let (field, input) = (format!("text-{id}"), format!("files-{id}"));
    match visit.lots().answer_ticket(&id, posted.text("command"), posted.text(&field), &posted.files).await {
        Ok(()) => Ok(posted.then(&format!("{PATH}/assistenza"), "answered")),
        Err(error) => {
            let errors = Invalid::from_client(error, &[("text", &field), ("attachments", &input)], &field)?;
            listed(visit, None, NewTicket::default(), errors).await
        }
    }
}

/// A file of a request.
pub async fn file(visit: Visit, Path((_, _, id, file)): Path<(String, String, String, String)>) -> Result<Response, PageError> {
    visit.sender()?;
    Ok(files::send(visit.lots().ticket_file(&id, &file).await?))
}
