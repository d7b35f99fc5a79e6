//! The processor reads topic `io_messages`: decides what becomes of each accepted message, puts it into the inbox, and says so.

use contracts::io_messages::IoMessageV1;
use contracts::{Decoded, Event as _, decode};
use kernel::RomeTime;
use runtime::{Consumer, Event, Failure, Outcome};
use storage::Tx;

use crate::context::Context;
use crate::copies;
use crate::errors::Error;
use crate::message::state::forget_at;
use crate::message::{Command, FeatureLevel, Rejection, State};
use crate::preferences::{Profile, deliver};
use crate::reminders;
use crate::store::citizens::Notification;
use crate::store::messages::Message;
use crate::store::reminders::Reminder;
use crate::store::{self, citizens, messages, services};
use crate::tasks::tell;
use crate::ulid::Ulid;

/// The reader.
pub fn consumer(context: &Context) -> Consumer {
    let context = context.clone();
    Consumer::new("messaging-processor", contracts::topic::IO_MESSAGES, move |tx, event| read(&context, tx, event))
}

fn read(context: &Context, tx: &mut Tx<'_>, event: &Event) -> Result<Outcome, Failure> {
    let event = match decode::<IoMessageV1>(&event.payload) {
        Ok(Decoded::Event(event)) => event,
        Ok(Decoded::OtherVersion(_)) => return Ok(Outcome::Ignore("a version that the processor does not speak")),
        Err(error) => return Err(Failure::from(error)),
    };
    if event.status != State::Accepted.word() {
        return Ok(Outcome::Ignore("decided already"));
    }
    let (id, now) = (Ulid(event.id), context.now());
    let Some((_, state)) = messages::find_state(tx, id)? else { return Ok(Outcome::Ignore("the message is gone")) };
    if !state.is_pending() {
        return Ok(Outcome::Ignore("decided already"));
    }
    // What the database cannot do now is tried again by the loop; what it never will, is the message's end.
    let decided = tx.savepoint(|tx| process(context, tx, id, now));
    let (state, rejection) = match decided {
        Ok(decided) => decided,
        Err(Error::Storage(error)) if error.is_temporary() => return Err(error.into()),
        Err(error) => {
            tracing::error!(message_id = %id, %error, "a message could not be processed");
            let failed = state.after(Command::Fail).unwrap_or(State::Failed);
            messages::settle(tx, id, failed, None, None, now)?;
            (failed, None)
        }
    };
    metrics::counter!("sportello_io_messages_total", "status" => state.word()).increment(1);
    let mut event = *event;
    event.renew(context.app.event_id(), now, &context.app.app_id(crate::PROCESSOR));
    event.status = state.word().to_owned();
    event.rejection_reason = rejection.map(|reason| reason.word().to_owned());
    tx.emit(&event, now)?;
    tell::enqueue(tx, &event, now)?;
    Ok(Outcome::Done)
}

/// Decides and does; gives where the message stands then.
fn process(context: &Context, tx: &mut Tx<'_>, id: Ulid, now: RomeTime) -> Result<(State, Option<Rejection>), Error> {
    let message = messages::find_for_change(tx, id)?.ok_or(Error::MessageNotFound)?;
    let code = message.fiscal_code;
    let service = services::look(tx, message.service_id)?;
    let special = service.as_ref().is_some_and(|service| service.payload.is_special());
    let profile = citizens::find_profile(tx, code)?;
    let decided = match &profile {
        Some(found) => {
            let standing = citizens::standing(tx, code, found, message.service_id, special)?;
            deliver(Some(found), &message.service_id.to_string(), standing, now)
        }
        None => Err(Rejection::UserNotFound),
    };
    let after = |command| message.state.after(command).ok_or(Error::NoTransition);
    let profile = match (decided, profile) {
        (Ok(()), Some(profile)) => profile,
        (decided, _) => {
            let reason = decided.err().unwrap_or(Rejection::Unknown);
            let state = after(Command::Reject)?;
            messages::settle(tx, id, state, Some((reason, forget_at(reason, now))), None, now)?;
            return Ok((state, Some(reason)));
        }
    };
    let (secure_service, organization) = match &service {
        Some(service) => (service.payload.require_secure_channel, service.payload.organization.name.clone()),
        None => (true, String::new()),
    };
    let is_secure = message.content.require_secure_channels.unwrap_or(secure_service);
    // A notification that comes too late is none.
    let late = now.since(message.created_at).as_secs() > message.time_to_live;
    if !late {
        citizens::notify(tx, code, &notification(&message, &profile, is_secure, &organization, now), context.app.rng())?;
        if context.app.sends_mail()
            && let Some(email) = copies::copy(&message, &profile, is_secure, &organization, context.app.public_url(), now)
        {
            email.post(tx, copies::EMAILS, now)?;
        }
    }
    if message.level == FeatureLevel::Advanced {
        schedule(tx, &message, now)?;
    }
    let state = after(Command::Process)?;
    messages::settle(tx, id, state, None, Some(if late { "EXPIRED" } else { "SENT" }), now)?;
    Ok((state, None))
}

/// What the phone shows of a new message: sender and subject only to citizens who want that, and never of secure services.
fn notification(message: &Message, profile: &Profile, is_secure: bool, organization: &str, at: RomeTime) -> Notification {
    let (title, body) = if profile.full_previews && !is_secure {
        (organization.to_owned(), message.content.subject.clone())
    } else {
        ("Hai un nuovo messaggio".to_owned(), "Entra nell'app per leggerlo".to_owned())
    };
    Notification { message_id: message.id, kind: "MESSAGE".to_owned(), title, body, at }
}

/// Writes down when a Premium message is recalled. Whether the citizen wants that is asked when the time comes.
fn schedule(tx: &mut Tx<'_>, message: &Message, now: RomeTime) -> Result<(), Error> {
    let reminder = |series: &str, kind, due_at| Reminder {
        series: series.to_owned(),
        fiscal_code: message.fiscal_code,
        kind,
        due_at,
        message_id: message.id,
    };
    for due_at in reminders::of_reading(now) {
        store::reminders::insert(tx, &reminder(&message.id.to_string(), reminders::Kind::Read, due_at))?;
    }
    if let Some(rpt_id) = message.content.rpt_id() {
        let begun = store::reminders::has_series(tx, &rpt_id, message.fiscal_code)?;
        if !begun && !messages::is_paid(tx, &rpt_id)? {
            for (due_at, kind) in reminders::of_payment(now, message.content.due_date) {
                store::reminders::insert(tx, &reminder(&rpt_id, kind, due_at))?;
            }
        }
    }
    Ok(())
}
