//! When to ask the provider again whether a payment was made: the longer it takes, the less likely it is (developers' documentation,
//! "Logica di polling").

use kernel::RomeTime;
use kernel::jiff::SignedDuration;
use kernel::jiff::civil::Weekday;

/// What a check of a payment leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ladder {
    /// Check again at this instant, which has no fraction of a second: `links.update.next_check_at`.
    At(RomeTime),
    /// More than 365 days after creation: never check again, the payment is `EXPIRED`.
    Expired,
    /// It was never checked: leave `next_check_at` as it is.
    Unchanged,
}

/// Ages up to which a step of the ladder holds, and the wait that it prescribes.
const STEPS: [(SignedDuration, SignedDuration); 4] = [
    (SignedDuration::from_mins(5), SignedDuration::from_mins(1)),
    (SignedDuration::from_mins(15), SignedDuration::from_mins(5)),
    (SignedDuration::from_hours(7 * 24), SignedDuration::from_hours(1)),
    (SignedDuration::from_hours(30 * 24), SignedDuration::from_hours(6)),
];

/// The age up to which a payment is checked every Sunday, after the last of [`STEPS`].
const LAST_AGE: SignedDuration = SignedDuration::from_hours(365 * 24);

/// When a payment created at `created_at` and last checked at `last_check_at` is to be checked next. Its age is the time that really
/// passed between the two, whatever the clocks of Rome did meanwhile.
pub fn next_check_at(created_at: RomeTime, last_check_at: Option<RomeTime>) -> Ladder {
    let Some(last_check_at) = last_check_at.map(RomeTime::trunc_to_second) else { return Ladder::Unchanged };
    let age = last_check_at.since(created_at.trunc_to_second());
    match STEPS.iter().find(|(up_to, _)| age <= *up_to) {
        Some((_, wait)) => Ladder::At(last_check_at.plus(*wait)),
        None if age <= LAST_AGE => Ladder::At(next_sunday(last_check_at)),
        None => Ladder::Expired,
    }
}

/// The same time of day on the next Sunday in Rome, a week later when it is Sunday already: everybody's payments are then not checked
/// in one and the same second.
fn next_sunday(at: RomeTime) -> RomeTime {
    at.plus_days(7 - i32::from(at.date().weekday().since(Weekday::Sunday)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> RomeTime {
        text.parse().unwrap()
    }

    /// Checks each row: last check, and the next one or what else it leads to.
    fn check(created_at: &str, rows: &[(&str, &str)]) {
        for (last, expected) in rows {
            let next = match next_check_at(at(created_at), Some(at(last))) {
                Ladder::At(next) => next.to_string(),
                other => format!("{other:?}"),
            };
            assert_eq!(next, *expected, "created {created_at}, checked {last}");
        }
    }

    #[test]
    fn a_payment_that_was_never_checked_stays_as_it_is() {
        assert_eq!(next_check_at(at("2025-01-01T00:00:00Z"), None), Ladder::Unchanged);
    }

    #[test]
    fn every_step_holds_up_to_its_last_second() {
        check(
            "2025-05-05T10:00:00+02:00",
            &[
                ("2025-05-05T10:00:00+02:00", "2025-05-05T10:01:00+02:00"),
                ("2025-05-05T10:05:00+02:00", "2025-05-05T10:06:00+02:00"),
                ("2025-05-05T10:05:01+02:00", "2025-05-05T10:10:01+02:00"),
                ("2025-05-05T10:15:00+02:00", "2025-05-05T10:20:00+02:00"),
                ("2025-05-05T10:15:01+02:00", "2025-05-05T11:15:01+02:00"),
                ("2025-05-12T10:00:00+02:00", "2025-05-12T11:00:00+02:00"),
                ("2025-05-12T10:00:01+02:00", "2025-05-12T16:00:01+02:00"),
                ("2025-06-04T10:00:00+02:00", "2025-06-04T16:00:00+02:00"),
                ("2025-06-04T10:00:01+02:00", "2025-06-08T10:00:01+02:00"),
                ("2026-05-05T10:00:00+02:00", "2026-05-10T10:00:00+02:00"),
                ("2026-05-05T10:00:01+02:00", "Expired"),
            ],
        );
    }

    #[test]
    fn the_week_ends_on_sunday_and_a_sunday_leads_to_the_next_one() {
        check(
            "2025-05-05T10:00:00+02:00",
            &[
                ("2025-06-09T08:30:00+02:00", "2025-06-15T08:30:00+02:00"),
                ("2025-06-14T23:59:59+02:00", "2025-06-15T23:59:59+02:00"),
                ("2025-06-15T00:00:00+02:00", "2025-06-22T00:00:00+02:00"),
                // Sunday in Rome, still Saturday in UTC.
                ("2025-06-14T22:30:00Z", "2025-06-22T00:30:00+02:00"),
            ],
        );
    }

    #[test]
    fn in_spring_hours_pass_as_they_pass_and_sundays_keep_their_time() {
        check(
            "2025-03-30T01:50:00+01:00",
            &[
                ("2025-03-30T01:54:30+01:00", "2025-03-30T01:55:30+01:00"),
                ("2025-03-30T01:59:00+01:00", "2025-03-30T03:04:00+02:00"),
            ],
        );
        check("2025-03-25T12:00:00+01:00", &[("2025-03-30T01:30:00+01:00", "2025-03-30T03:30:00+02:00")]);
        // Seven days of 24 hours end an hour later on the clock.
        check(
            "2025-03-29T12:00:00+01:00",
            &[
                ("2025-04-05T13:00:00+02:00", "2025-04-05T14:00:00+02:00"),
                ("2025-04-05T13:00:01+02:00", "2025-04-05T19:00:01+02:00"),
            ],
        );
        check(
            "2025-01-10T12:00:00+01:00",
            &[
                ("2025-03-29T12:00:00+01:00", "2025-03-30T12:00:00+02:00"),
                // The clocks of that Sunday skip this time: as long after the skip.
                ("2025-03-29T02:30:00+01:00", "2025-03-30T03:30:00+02:00"),
            ],
        );
    }

    #[test]
    fn in_autumn_hours_pass_as_they_pass_and_sundays_keep_their_time() {
        check(
            "2025-10-26T02:55:00+02:00",
            &[
                ("2025-10-26T02:59:30+02:00", "2025-10-26T02:00:30+01:00"),
                ("2025-10-26T02:05:00+01:00", "2025-10-26T02:10:00+01:00"),
            ],
        );
        check("2025-10-20T12:00:00+02:00", &[("2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00")]);
        check(
            "2025-10-25T12:00:00+02:00",
            &[
                ("2025-11-01T11:00:00+01:00", "2025-11-01T12:00:00+01:00"),
                ("2025-11-01T11:00:01+01:00", "2025-11-01T17:00:01+01:00"),
            ],
        );
        check(
            "2025-08-01T12:00:00+02:00",
            &[
                ("2025-10-25T12:00:00+02:00", "2025-10-26T12:00:00+01:00"),
                // The clocks of that Sunday show this time twice: the first.
                ("2025-10-25T02:30:00+02:00", "2025-10-26T02:30:00+02:00"),
            ],
        );
    }

    #[test]
    fn fractions_of_a_second_do_not_count() {
        check("2025-05-05T10:00:00.9+02:00", &[("2025-05-05T10:05:00.95+02:00", "2025-05-05T10:06:00+02:00")]);
    }

    #[test]
    fn a_check_before_creation_is_a_first_check() {
        check("2025-05-05T10:00:00+02:00", &[("2020-05-05T10:00:00+02:00", "2020-05-05T10:01:00+02:00")]);
    }

    proptest! {
        /// Following the ladder always ends, in about 7 * 24 + 23 * 4 + 48 checks.
        #[test]
        fn the_ladder_always_ends(created in 0..4_000_000_000_i64) {
            let created_at = RomeTime::from_microsecond(created * 1_000_000).unwrap();
            let mut last = created_at;
            let mut checks = 0;
            while let Ladder::At(next) = next_check_at(created_at, Some(last)) {
                prop_assert!(next > last && next.since(last) <= SignedDuration::from_hours(7 * 24 + 1));
                last = next;
                checks += 1;
            }
            prop_assert!((290..340).contains(&checks), "{} checks", checks);
            prop_assert_eq!(next_check_at(created_at, Some(last)), Ladder::Expired);
        }
    }
}
