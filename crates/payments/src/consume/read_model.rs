//! The read model takes over the state of every payment from topic `payments`.

use contracts::payments::{PaymentV2, Status};
use contracts::{Decoded, decode};
use jiff::SignedDuration;
use kernel::{Rng, RomeTime};
use runtime::{App, Consumer, Event, Failure, Outcome};
use storage::Tx;

use super::broken_rules;
use crate::store::read_model;

/// Name of the reader.
pub const CONSUMER: &str = "payment-read-model";

/// The reader.
pub fn consumer(app: &App) -> Consumer {
    let app = app.clone();
    Consumer::new(CONSUMER, contracts::topic::PAYMENTS, move |tx, event| read(&app, tx, event))
}

fn read(app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<Outcome, Failure> {
    match decode::<PaymentV2>(&event.payload) {
        // The proxies bury it; nobody is shown what nobody can pay.
        Ok(Decoded::Event(payment)) if !broken_rules(&payment).is_empty() => {
            Ok(Outcome::Ignore("an event that breaks the contract's rules"))
        }
        Ok(Decoded::Event(payment)) => {
            read_model::put(tx, &payment, poll_at(&payment, app.rng()))?;
            Ok(Outcome::Done)
        }
        Ok(Decoded::OtherVersion(_)) => Ok(Outcome::Ignore("a version that the read model does not speak")),
        Err(error) => Err(Failure::from(error)),
    }
}

/// When the poller asks next: when the proxy wants it, and up to a tenth of the pause later, so that payments created together are not
/// checked together for ever. Never for payments that are not open.
pub fn poll_at(payment: &PaymentV2, rng: &Rng) -> Option<RomeTime> {
    if !matches!(payment.status, Status::PaymentPending | Status::PaymentStarted) {
        return None;
    }
    let update = &payment.links.update;
    let next = update.next_check_at?;
    let pause = next.since(update.last_check_at.unwrap_or(payment.updated_at));
    let tenth = u64::try_from(pause.as_millis() / 10).unwrap_or(0);
    let jitter = i64::try_from(rng.below(tenth + 1)).unwrap_or(0);
    Some(next.plus(SignedDuration::from_millis(jitter)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(text: &str) -> PaymentV2 {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn only_open_payments_are_polled_a_little_after_their_time() {
        let rng = Rng::seeded(1);
        let started = sample(include_str!("../../../contracts/samples/payments/2.0/payment_started.json"));
        let next = started.links.update.next_check_at.unwrap();
        let spread: Vec<_> = (0..200).map(|_| poll_at(&started, &rng).unwrap().since(next).as_millis()).collect();
        assert!(spread.iter().all(|late| (0..=6_000).contains(late)), "{spread:?}");
        assert!(spread.iter().max() > Some(&4_000) && spread.iter().min() < Some(&2_000), "{spread:?}");
        let complete = sample(include_str!("../../../contracts/samples/payments/2.0/complete.json"));
        assert_eq!(poll_at(&complete, &rng), None);
        let pending = sample(include_str!("../../../contracts/samples/payments/2.0/payment_pending.json"));
        assert_eq!(poll_at(&pending, &rng), pending.links.update.next_check_at, "the first check is due at once");
    }
}
