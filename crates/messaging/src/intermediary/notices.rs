//! E-mails about requests for help: that there is something to read, and where. What was said stays here, because it may name citizens.

use kernel::RomeTime;
use runtime::Email;
use storage::Tx;

use super::settings::Settings;
use super::ticket::{Body, Command, State};
use crate::context::Context;

/// The queue of e-mails.
pub const EMAILS: &str = "ioservice-e-mails";

/// Tells the other side of what was done with a request: the body what was asked, whoever asked what was answered. `command` is absent when
/// the request is new; `by` is who did it.
///
/// # Errors
/// When the database is away.
pub fn tell(
    context: &Context,
    tx: &mut Tx<'_>,
    settings: &Settings,
    (body, state): (&Body, State),
    (by, command): (&str, Option<Command>),
    now: RomeTime,
) -> storage::Result<()> {
    let is_asker = by == body.opened_by;
    let to = if is_asker { &settings.help_email } else { &body.email };
    let Some(to) = to.clone().filter(|_| context.app.sends_mail()) else { return Ok(()) };
    let what = match command {
        None => "C'è una nuova richiesta di assistenza.",
        Some(Command::Take) => "La richiesta di assistenza è stata presa in carico.",
        Some(Command::Ask) => "Per proseguire con la richiesta di assistenza serve una risposta.",
        Some(Command::Say) => "C'è una risposta alla richiesta di assistenza.",
        Some(Command::Solve) => "La richiesta di assistenza risulta risolta.",
        Some(Command::Close) => "La richiesta di assistenza è stata chiusa.",
    };
    let (subject, page) = (&body.subject, context.app.public_url());
    let email = Email {
        id: context.app.rng().uuid_at(now),
        to,
        subject: format!("Assistenza IOService: {subject}"),
        text: format!(
            "{what}\n\nRichiesta: {subject}\nStato: {state}\n\nPer leggerla e rispondere: {page}, alla voce «Invii nell'app IO», «Assistenza».\n"
        ),
        at: now,
    };
    email.post(tx, EMAILS, now)
}
