//! The updater reads topic `payments` and tells the platform what concerns an application (developers' documentation, "Payment
//! updater"): that its payment was begun, made, or will not be made.

use contracts::payments::{PaymentV2, Status};
use contracts::{Decoded, decode};
use kernel::{ApplicationId, RomeTime, Uuid};
use runtime::{App, Consumer, Event, Failure, Outcome};
use storage::{NewTask, Tx};

use crate::store::marks;
use crate::tasks::tell::{News, QUEUE};

/// The reader.
pub fn consumer(app: &App) -> Consumer {
    let app = app.clone();
    Consumer::new("payment-updater", contracts::topic::PAYMENTS, move |tx, event| read(&app, tx, event))
}

/// What an application is told of a payment in this status; nothing while there is nothing to tell.
fn outcome(status: Status) -> Option<&'static str> {
    match status {
        Status::PaymentStarted => Some("STARTED"),
        Status::Complete => Some("OK"),
        Status::PaymentFailed | Status::Expired | Status::Canceled => Some("KO"),
        Status::CreationPending
        | Status::CreationFailed
        | Status::PaymentPending
        | Status::PaymentConfirmed
        | Status::NotificationPending => None,
    }
}

/// The platform has no status for a payment that could not be created: the application goes on waiting for one that nobody can make. So
/// whoever keeps the installation must hear of it; the read model shows `CREATION_FAILED`.
fn not_created(tx: &mut Tx<'_>, payment: &PaymentV2, application: Uuid, now: RomeTime) -> Result<Outcome, Failure> {
    if !marks::tell(tx, payment, "CREATION_FAILED", now)? {
        return Ok(Outcome::Ignore("known already"));
    }
    tracing::error!(payment_id = %payment.id, application_id = %application, "a payment could not be created");
    metrics::counter!("sportello_payments_not_created_total").increment(1);
    Ok(Outcome::Done)
}

fn read(app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<Outcome, Failure> {
    let payment = match decode::<PaymentV2>(&event.payload) {
        Ok(Decoded::Event(payment)) => payment,
        Ok(Decoded::OtherVersion(_)) => return Ok(Outcome::Ignore("a version that the updater does not speak")),
        Err(error) => return Err(Failure::from(error)),
    };
    let Some(application) = payment.remote_id else { return Ok(Outcome::Ignore("not the payment of an application")) };
    // An event names the application that it likes: only what was made for the application tells of it.
    if !marks::is_of_application(tx, &payment, application)? {
        return Ok(Outcome::Ignore("not the payment that was made for the application"));
    }
    if payment.status == Status::CreationFailed {
        return not_created(tx, &payment, application, app.clock().now());
    }
    let Some(status) = outcome(payment.status) else { return Ok(Outcome::Ignore("nothing to tell in this status")) };
    let now = app.clock().now();
    // Every check of an open payment is an event: the platform hears only what is new.
    if !marks::tell(tx, &payment, status, now)? {
        return Ok(Outcome::Ignore("the platform knows"));
    }
    let application_id = ApplicationId(application);
    let news = News { tenant_id: payment.tenant_id, application_id, payment_id: payment.id, status: status.to_owned() };
    let payload = serde_json::to_string(&news).map_err(|error| Failure::Poison(error.to_string()))?;
    tx.enqueue(&NewTask { queue: QUEUE, lane: &application_id.to_string(), payload: &payload, run_at: now }, now)?;
    Ok(Outcome::Done)
}
