//! Requests for help.

use axum::extract::State;
use http::StatusCode;
use kernel::FieldError;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use web::{ApiResult, Id, Json};

use super::Refused;
use super::ticket_files::{self, NewAttachment};
use crate::context::Context;
use crate::formats::utc_millis;
use crate::intermediary::errors::{Refusal, invalid};
use crate::intermediary::people::{Actor, Duty};
use crate::intermediary::store::tickets::{self, Ticket};
use crate::intermediary::ticket::{Body, Command, Said, State as Status};
use crate::intermediary::{notices, store::shared};
use crate::ulid::Ulid;

/// Longest text, in characters.
const LONGEST: usize = 10_000;

/// A request for help.
#[derive(Serialize, ToSchema)]
pub struct TicketBody {
    /// The request.
    id: String,
    /// `APERTO`, `IN_CARICO`, `IN_ATTESA_UTENTE`, `RISOLTO`, `CHIUSO`.
    #[schema(value_type = String, example = "APERTO")]
    state: Status,
    /// What was asked and said.
    #[serde(flatten)]
    body: Body,
    /// When it last changed.
    updated_at: String,
}

/// A question.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// In a line.
    subject: String,
    /// At length.
    text: String,
    /// The service, lot or page that it is about.
    #[serde(default)]
    about: String,
    /// Where to tell of answers.
    #[serde(default)]
    email: Option<String>,
    /// Files, five at most and 10 MB in all.
    #[serde(default)]
    attachments: Vec<NewAttachment>,
}

/// What is done with a request.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// `take`, `ask`, `say`, `solve`, `close`.
    command: String,
    /// What is said with it.
    #[serde(default)]
    text: String,
    /// Files, five at most and 10 MB in all.
    #[serde(default)]
    attachments: Vec<NewAttachment>,
}

fn shown(ticket: Ticket) -> TicketBody {
    TicketBody { id: ticket.id.to_string(), state: ticket.state, body: ticket.body, updated_at: utc_millis(ticket.updated_at) }
}

/// Richieste di assistenza
///
/// The body sees all, a supplier its own.
#[utoipa::path(get, path = "/tickets", tag = "assistenza", responses((status = 200, description = "Le richieste", body = Vec<TicketBody>), Refused))]
pub async fn list(State(context): State<Context>, actor: Actor) -> ApiResult<Json<Vec<TicketBody>>> {
    let tenant = actor.tenant_id;
    let found = context.app.db().read(move |tx| tickets::list(tx, tenant)).await?;
    Ok(Json(found.into_iter().filter(|ticket| actor.sees(ticket.provider_id)).map(shown).collect()))
}

/// Apertura Ticket
///
/// Asks for help; the body is told by e-mail, if its settings say where.
#[utoipa::path(
    post,
    path = "/tickets",
    tag = "assistenza",
    request_body = Question,
    responses((status = 201, description = "La richiesta", body = TicketBody), Refused)
)]
pub async fn open(
    State(context): State<Context>,
    actor: Actor,
    Json(question): Json<Question>,
) -> ApiResult<(StatusCode, Json<TicketBody>)> {
    let asked = [("/subject", "l'oggetto", &question.subject, 200), ("/text", "la descrizione", &question.text, LONGEST)];
    let wrong: Vec<_> = asked
        .into_iter()
        .filter(|(.., text, most)| !(1..=*most).contains(&text.trim().chars().count()))
        .map(|(field, what, _, most)| FieldError::new(field, "invalid", format!("indicare {what}, fino a {most} caratteri")))
        .collect();
    if !wrong.is_empty() {
        return Err(Refusal::Invalid(wrong).into());
    }
    // It is the subject of an e-mail too.
    if question.subject.chars().any(char::is_control) {
        return Err(invalid("/subject", "l'oggetto è una riga sola").into());
    }
    if question.about.chars().count() > 500 {
        return Err(invalid("/about", "che cosa riguarda si dice in 500 caratteri al massimo").into());
    }
    let email = question.email.map(|email| email.trim().to_owned()).filter(|email| !email.is_empty());
    if email.as_deref().is_some_and(|email| !runtime::is_address(email)) {
        return Err(invalid("/email", "usare un indirizzo e-mail completo, per esempio nome@example.it").into());
    }
    let files = ticket_files::read(&question.attachments)?;
    let now = context.now();
    let id = Ulid::new(now, context.app.rng());
    let tenant = actor.tenant_id;
    let attachments = ticket_files::keep(&context, tenant, id, files).await?;
    let said = Said { by: actor.name.clone(), at: utc_millis(now), text: question.text, attachments: attachments.clone() };
    let body = Body {
        subject: question.subject,
        about: question.about,
        opened_by: actor.name.clone(),
        email,
        assigned_to: None,
        messages: vec![said],
    };
    let ticket = Ticket { id, provider_id: actor.provider_id, state: Status::Open, body, updated_at: now };
    let noting = context.clone();
    let stored = context.app.db().write(move |tx| {
        tickets::put(tx, actor.tenant_id, &ticket)?;
        actor.note(&noting, tx, "ticket.open", id, (None, Some(json!({ "subject": ticket.body.subject }))))?;
        let settings = shared::settings(tx, actor.tenant_id)?;
        notices::tell(&noting, tx, &settings, (&ticket.body, ticket.state), (&actor.name, None), now)?;
        storage::Result::Ok(ticket)
    });
    let stored = ticket_files::settle(&context, (tenant, id), &attachments, stored.await).await?;
    Ok((StatusCode::CREATED, Json(shown(stored))))
}

/// Risponde a una richiesta
///
/// `take`, `ask` and `solve` are the body's; `say` and `close` also of whoever asked. The other side is told by e-mail, if it said where.
#[utoipa::path(
    post,
    path = "/tickets/{id}",
    tag = "assistenza",
    params(("id" = String, Path, description = "Richiesta")),
    request_body = Answer,
    responses((status = 200, description = "La richiesta", body = TicketBody), Refused)
)]
pub async fn command(
    State(context): State<Context>,
    actor: Actor,
    Id(id): Id<Ulid>,
    Json(answer): Json<Answer>,
) -> ApiResult<Json<TicketBody>> {
    let command: Command = answer.command.parse().map_err(|problem: String| invalid("/command", problem))?;
    if command.is_of_body() {
        actor.require_body()?;
    }
    if matches!(command, Command::Ask | Command::Say) && answer.text.trim().is_empty() {
        return Err(invalid("/text", "scrivere una risposta").into());
    }
    if answer.text.chars().count() > LONGEST {
        return Err(invalid("/text", format!("la risposta ha al massimo {LONGEST} caratteri")).into());
    }
    let files = ticket_files::read(&answer.attachments)?;
    if !files.is_empty() && answer.text.trim().is_empty() {
        return Err(invalid("/text", "scrivere una risposta").into());
    }
    let now = context.now();
    // Nothing is stored for a request that is not the caller's.
    let (tenant, caller) = (actor.tenant_id, actor.clone());
    let found = context.app.db().read(move |tx| tickets::find(tx, tenant, id)).await?;
    found.filter(|ticket| caller.sees(ticket.provider_id)).ok_or(Refusal::NotFound)?;
    let attachments = ticket_files::keep(&context, tenant, id, files).await?;
    let (noting, kept) = (context.clone(), attachments.clone());
    let stored = context.app.db().write(move |tx| {
        let found = tickets::find_for_change(tx, actor.tenant_id, id)?.filter(|ticket| actor.sees(ticket.provider_id));
        let mut ticket = found.ok_or(Refusal::NotFound)?;
        if actor.duty == Duty::Auditor && ticket.body.opened_by != actor.name {
            actor.require_change()?;
        }
        let refused = || Refusal::NoTransition("La richiesta", ticket.state.to_string(), command.to_string());
        ticket.state = ticket.state.after(command).ok_or_else(refused)?;
        if command == Command::Take {
            ticket.body.assigned_to = Some(actor.name.clone());
        }
        if !answer.text.trim().is_empty() {
            let (by, at) = (actor.name.clone(), utc_millis(now));
            ticket.body.messages.push(Said { by, at, text: answer.text, attachments });
        }
        ticket.updated_at = now;
        tickets::put(tx, actor.tenant_id, &ticket)?;
        actor.note(&noting, tx, &format!("ticket.{command}"), id, (None, Some(json!({ "state": ticket.state }))))?;
        let settings = shared::settings(tx, actor.tenant_id)?;
        notices::tell(&noting, tx, &settings, (&ticket.body, ticket.state), (&actor.name, Some(command)), now)?;
        Ok::<_, Refusal>(ticket)
    });
    Ok(Json(shown(ticket_files::settle(&context, (tenant, id), &kept, stored.await).await?)))
}
