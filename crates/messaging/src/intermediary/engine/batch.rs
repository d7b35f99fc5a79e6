//! The calls of a step, several at a time, and what each says of its row. Pure but for the calls.

use futures::StreamExt;
use jiff::SignedDuration;
use kernel::RomeTime;
use serde_json::Value;

use super::{Caller, with_either_key};
use crate::intermediary::outcome::Outcome;
use crate::intermediary::store::lots::Lot;
use crate::intermediary::store::rows::Row;
use crate::intermediary::upstream::{Fault, Look, Profile};

/// Calls at the same time.
const AT_ONCE: usize = 16;
/// What is told of a lot whose keys are not accepted.
const NO_KEY: &str = "l'app non accetta nessuna delle due chiavi del servizio";
/// Looks at a message that the app has not decided about: from two seconds to an hour apart, for some days.
const LOOKS: i64 = 120;
/// Looks at a delivered Premium message, six hours apart: for a month.
const PREMIUM_LOOKS: i64 = 120;

/// The rows of a step.
#[derive(Debug, Default)]
pub struct Batch {
    /// Those that a dead process was about to send, or has sent.
    pub left: Vec<Row>,
    /// Those that wait.
    pub queued: Vec<Row>,
    /// Those that were sent, to be looked after.
    pub looks: Vec<Row>,
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// Where it stood.
    pub seen: Outcome,
    /// The row as it stands.
    pub row: Row,
    /// Why the lot cannot go on, if it cannot.
    pub stop: Option<String>,
    /// Seconds for which the app wants no calls.
    pub blocked_s: Option<u64>,
}

impl Done {
    fn of(seen: Outcome, row: Row) -> Self {
        Self { seen, row, stop: None, blocked_s: None }
    }
}

/// Keeps as many rows as there are calls: what was begun first, half of the rest for looks if others wait.
pub fn fit(left: &mut Vec<Row>, queued: &mut Vec<Row>, looks: &mut Vec<Row>, calls: i64) {
    let mut calls = usize::try_from(calls).unwrap_or(0);
    left.truncate(calls);
    calls -= left.len();
    let for_looks = if queued.is_empty() { calls } else { calls / 4 };
    looks.truncate(for_looks);
    calls -= looks.len();
    queued.truncate(calls / 2);
}

/// Asks what became of messages.
pub async fn look(caller: &Caller, rows: &[Row]) -> Vec<Done> {
    let one = |row: Row| async move {
        let id = row.message_id.clone().unwrap_or_default();
        let answered = with_either_key!(caller, look, &row.fiscal_code, &id);
        seen(row, answered)
    };
    let calls: Vec<_> = rows.iter().cloned().map(one).collect();
    futures::stream::iter(calls).buffer_unordered(AT_ONCE).collect().await
}

/// Asks what citizens want. Gives those who want it, and what became of the others.
pub async fn ask(caller: &Caller, rows: &[Row]) -> (Vec<Row>, Vec<Done>) {
    let one = |row: Row| async move {
        let answered = with_either_key!(caller, profile, &row.fiscal_code);
        asked(row, answered)
    };
    let calls: Vec<_> = rows.iter().cloned().map(one).collect();
    let answers: Vec<_> = futures::stream::iter(calls).buffer_unordered(AT_ONCE).collect().await;
    let (mut allowed, mut done) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Ok(row) => allowed.push(row),
            Err(one) => done.push(one),
        }
    }
    allowed.sort_by_key(|row| row.number);
    (allowed, done)
}

/// Sends. Every row is one whose intention is stored.
pub async fn send(caller: &Caller, lot: &Lot, rows: &[Row]) -> Vec<Done> {
    let one = |row: Row| async move {
        let message: Value = serde_json::from_str(row.message.as_deref().unwrap_or_default()).unwrap_or_default();
        let once = format!("ioservice-{}-{}", lot.id, row.number);
        let answered = with_either_key!(caller, submit, &once, &message);
        sent(row, answered)
    };
    let calls: Vec<_> = rows.iter().cloned().map(one).collect();
    futures::stream::iter(calls).buffer_unordered(AT_ONCE).collect().await
}

/// The pause before something is tried again: it doubles, and rows do not come back all at once.
fn pause(row: &Row, longest: i64) -> SignedDuration {
    let seconds = (1_i64 << row.attempts.clamp(0, 20)).min(longest);
    SignedDuration::from_millis(seconds * 1_000 + row.number % 1_000)
}

fn after(at: RomeTime, row: &Row, longest: i64) -> Option<RomeTime> {
    Some(at.plus(pause(row, longest)))
}

/// A row that could not be sent; it is tried again where that is safe.
fn failed(seen: Outcome, mut row: Row, fault: Fault) -> Done {
    let at = row.updated_at;
    row.state = Outcome::Queued;
    row.next_at = Some(at);
    let (mut stop, mut blocked_s) = (None, None);
    match fault {
        Fault::Later(Some(seconds), _) => blocked_s = Some(seconds),
        Fault::Later(None, reason) => {
            row.attempts += 1;
            row.next_at = after(at, &row, 600);
            row.reason = Some(format!("si riprova: {reason}"));
        }
        Fault::Key => stop = Some(NO_KEY.to_owned()),
        Fault::Everyone(reason) => stop = Some(reason),
        Fault::Row(reason) => (row.state, row.reason, row.next_at) = (Outcome::Failed, Some(reason), None),
        Fault::Unknown(reason) => (row.state, row.reason, row.next_at) = (Outcome::Uncertain, Some(reason), None),
    }
    Done { seen, row, stop, blocked_s }
}

fn asked(mut row: Row, answered: Result<Profile, Fault>) -> Result<Row, Done> {
    let outcome = match answered {
        Ok(Profile::Allowed) => return Ok(row),
        Ok(Profile::Denied) => Outcome::NotAuthorized,
        Ok(Profile::Missing) => Outcome::NotEnrolled,
        Err(fault) => return Err(failed(Outcome::Queued, row, fault)),
    };
    (row.state, row.reason, row.next_at) = (outcome, None, None);
    Err(Done::of(Outcome::Queued, row))
}

fn sent(mut row: Row, answered: Result<String, Fault>) -> Done {
    match answered {
        Ok(id) => {
            row.message_id = Some(id);
            (row.state, row.reason, row.attempts) = (Outcome::Sent, None, 0);
            row.next_at = after(row.updated_at, &row, 1);
            Done::of(Outcome::Sending, row)
        }
        Err(fault) => failed(Outcome::Sending, row, fault),
    }
}

/// What a look at a message says of its row.
fn seen(mut row: Row, answered: Result<Look, Fault>) -> Done {
    let (before, at) = (row.state, row.updated_at);
    let premium = row.message.as_deref().is_some_and(|message| message.contains("\"ADVANCED\""));
    let mut done = Done::of(before, row.clone());
    row.attempts += 1;
    row.next_at = None;
    match answered {
        Ok(look) => {
            let state = match look.status.as_str() {
                "PROCESSED" if look.is_paid => Outcome::Paid,
                "PROCESSED" if look.is_read => Outcome::Read,
                "PROCESSED" => Outcome::Delivered,
                "REJECTED" => Outcome::Rejected,
                "FAILED" => Outcome::Failed,
                _ => Outcome::Sent,
            };
            if state != before {
                row.attempts = 0;
                row.reason = look.reason;
            }
            row.state = state;
            let asks_payment = row.message.as_deref().is_some_and(|message| message.contains("\"payment_data\""));
            row.next_at = match state {
                Outcome::Sent if row.attempts < LOOKS => after(at, &row, 3_600),
                Outcome::Delivered | Outcome::Read if premium && row.attempts < PREMIUM_LOOKS => {
                    (state == Outcome::Delivered || asks_payment).then(|| at.plus(SignedDuration::from_hours(6)))
                }
                _ => None,
            };
        }
        // A look that fails says nothing of the message.
        Err(fault) => {
            if row.attempts < LOOKS {
                row.next_at = after(at, &row, 3_600);
            }
            if let Fault::Later(Some(seconds), _) = fault {
                done.blocked_s = Some(seconds);
            }
        }
    }
    done.row = row;
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(state: Outcome) -> Row {
        let at: RomeTime = "2025-03-12T09:00:00+01:00".parse().unwrap();
        Row {
            number: 7,
            fiscal_code: "AAAAAA00A00A000A".into(),
            state,
            reason: None,
            warning: None,
            message: Some("{\"feature_level_type\":\"STANDARD\"}".into()),
            message_id: Some("01".into()),
            attempts: 0,
            next_at: Some(at),
            updated_at: at,
        }
    }

    fn looked(status: &str) -> Result<Look, Fault> {
        Ok(Look { status: status.into(), reason: None, is_read: false, is_paid: false })
    }

    #[test]
    fn only_what_was_surely_not_sent_is_sent_again() {
        let cases = [
            (Fault::Later(None, "x".into()), Outcome::Queued),
            (Fault::Later(Some(3), "x".into()), Outcome::Queued),
            (Fault::Key, Outcome::Queued),
            (Fault::Everyone("x".into()), Outcome::Queued),
            (Fault::Row("x".into()), Outcome::Failed),
            (Fault::Unknown("x".into()), Outcome::Uncertain),
        ];
        for (fault, expected) in cases {
            let done = sent(row(Outcome::Sending), Err(fault.clone()));
            assert_eq!((done.seen, done.row.state), (Outcome::Sending, expected), "{fault:?}");
            assert_eq!(done.row.next_at.is_some(), expected == Outcome::Queued, "{fault:?}");
            assert_eq!(done.stop.is_some(), matches!(fault, Fault::Key | Fault::Everyone(_)), "{fault:?}");
            assert_eq!(done.blocked_s, if matches!(fault, Fault::Later(Some(_), _)) { Some(3) } else { None });
        }
    }

    #[test]
    fn citizens_who_cannot_be_reached_are_no_failures() {
        assert!(asked(row(Outcome::Queued), Ok(Profile::Allowed)).is_ok());
        for (profile, expected) in [(Profile::Denied, Outcome::NotAuthorized), (Profile::Missing, Outcome::NotEnrolled)] {
            let done = asked(row(Outcome::Queued), Ok(profile)).unwrap_err();
            assert_eq!((done.row.state, done.row.next_at, done.stop), (expected, None, None));
        }
    }

    #[test]
    fn looks_end_when_the_app_has_decided() {
        for (status, expected, again) in [
            ("ACCEPTED", Outcome::Sent, true),
            ("THROTTLED", Outcome::Sent, true),
            ("PROCESSED", Outcome::Delivered, false),
            ("REJECTED", Outcome::Rejected, false),
            ("FAILED", Outcome::Failed, false),
        ] {
            let done = seen(row(Outcome::Sent), looked(status));
            assert_eq!((done.row.state, done.row.next_at.is_some()), (expected, again), "{status}");
        }
        let mut premium = row(Outcome::Sent);
        premium.message = Some("{\"feature_level_type\":\"ADVANCED\"}".into());
        assert!(seen(premium.clone(), looked("PROCESSED")).row.next_at.is_some(), "whether it is read is asked later");
        let read = Look { status: "PROCESSED".into(), reason: None, is_read: true, is_paid: false };
        assert_eq!(seen(premium, Ok(read)).row.state, Outcome::Read);
        let unknown = seen(row(Outcome::Sent), Err(Fault::Row("404".into())));
        assert_eq!((unknown.row.state, unknown.row.next_at.is_some()), (Outcome::Sent, true));
    }

    #[test]
    fn calls_are_shared_between_what_waits_and_what_was_sent() {
        let many = |count: usize| vec![row(Outcome::Queued); count];
        for (left, queued, looks, calls, expected) in [
            (0, 100, 100, 40, (0, 15, 10)),
            (0, 0, 100, 40, (0, 0, 40)),
            (50, 100, 100, 40, (40, 0, 0)),
            (0, 100, 0, 41, (0, 20, 0)),
        ] {
            let (mut left, mut queued, mut looks) = (many(left), many(queued), many(looks));
            fit(&mut left, &mut queued, &mut looks, calls);
            assert_eq!((left.len(), queued.len(), looks.len()), expected);
            assert!(left.len() + 2 * queued.len() + looks.len() <= usize::try_from(calls).unwrap());
        }
    }
}
