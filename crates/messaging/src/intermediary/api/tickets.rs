//! Requests for help.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use web::{ApiResult, Id, Json};

use super::Refused;
use crate::context::Context;
use crate::formats::utc_millis;
use crate::intermediary::errors::{Refusal, invalid};
use crate::intermediary::people::{Actor, Duty};
use crate::intermediary::store::tickets::{self, Ticket};
use crate::intermediary::ticket::{Body, Command, Said, State as Status};
use crate::ulid::Ulid;

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
/// Asks for help.
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
    for (field, text, most) in [("/subject", &question.subject, 200), ("/text", &question.text, 10_000)] {
        if !(1..=most).contains(&text.trim().chars().count()) {
            return Err(invalid(field, format!("usare da 1 a {most} caratteri")).into());
        }
    }
    let now = context.now();
    let said = Said { by: actor.name.clone(), at: utc_millis(now), text: question.text };
    let body = Body {
        subject: question.subject,
        about: question.about,
        opened_by: actor.name.clone(),
        assigned_to: None,
        messages: vec![said],
    };
    let id = Ulid::new(now, context.app.rng());
    let ticket = Ticket { id, provider_id: actor.provider_id, state: Status::Open, body, updated_at: now };
    let noting = context.clone();
    let stored = context.app.db().write(move |tx| {
        tickets::put(tx, actor.tenant_id, &ticket)?;
        actor.note(&noting, tx, "ticket.open", id, (None, Some(json!({ "subject": ticket.body.subject }))))?;
        storage::Result::Ok(ticket)
    });
    Ok((StatusCode::CREATED, Json(shown(stored.await?))))
}

/// Risponde a una richiesta
///
/// `take`, `ask` and `solve` are the body's; `say` and `close` also of whoever asked.
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
        return Err(invalid("/text", "indicare un testo").into());
    }
    let now = context.now();
    let noting = context.clone();
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
            ticket.body.messages.push(Said { by: actor.name.clone(), at: utc_millis(now), text: answer.text });
        }
        ticket.updated_at = now;
        tickets::put(tx, actor.tenant_id, &ticket)?;
        actor.note(&noting, tx, &format!("ticket.{command}"), id, (None, Some(json!({ "state": ticket.state }))))?;
        Ok::<_, Refusal>(ticket)
    });
    Ok(Json(shown(stored.await?)))
}
