//! Reminds citizens who asked for it, between eight and twenty, of what they have not read or paid.

use std::time::Duration;

use kernel::{Rng, RomeTime};
use runtime::Job;
use storage::Tx;

use crate::context::Context;
use crate::errors::Error;
use crate::message::State;
use crate::reminders::{Kind, is_within_hours};
use crate::store::citizens::{self, Notification};
use crate::store::reminders::{self, Reminder};
use crate::store::{messages, services};

/// Reminders of one transaction.
const BATCH: i64 = 200;

/// The job, every ten minutes.
pub fn job(context: Context) -> Job {
    Job::new("messaging-remind", Duration::from_secs(600), move || {
        let context = context.clone();
        async move { run(&context).await.map_err(|error| error.to_string()) }
    })
}

async fn run(context: &Context) -> Result<(), Error> {
    while is_within_hours(context.now()) && !context.app.stop().is_stopped() {
        let (now, rng) = (context.now(), context.app.rng().clone());
        let taken = context.app.db().write(move |tx| {
            let due = reminders::take_due(tx, now, BATCH)?;
            for reminder in &due {
                remind(tx, reminder, now, &rng)?;
            }
            Ok::<_, Error>(due.len())
        });
        if i64::try_from(taken.await?) != Ok(BATCH) {
            break;
        }
    }
    Ok(())
}

/// Shows the reminder, if there still is something to be reminded of and the citizen wants to be.
fn remind(tx: &mut Tx<'_>, reminder: &Reminder, now: RomeTime, rng: &Rng) -> Result<(), Error> {
    let code = reminder.fiscal_code;
    let Some(message) = messages::find(tx, code, reminder.message_id)? else { return Ok(()) };
    let wanted = citizens::find_profile(tx, code)?.is_some_and(|profile| profile.reminders && profile.is_inbox_enabled);
    let settled = match reminder.kind {
        Kind::Read => message.read_at.is_some(),
        Kind::Payment | Kind::LastPayment => messages::is_paid(tx, &reminder.series)?,
    };
    if !wanted || settled || message.state != State::Processed {
        return Ok(());
    }
    let organization = services::look(tx, message.service_id)?.map(|service| service.payload.organization.name);
    let (title, body) = reminder.kind.text(&organization.unwrap_or_default());
    let notification = Notification { message_id: message.id, kind: reminder.kind.word().to_owned(), title, body, at: now };
    citizens::notify(tx, code, &notification, rng)?;
    metrics::counter!("sportello_io_reminders_total", "kind" => reminder.kind.word()).increment(1);
    Ok(())
}
