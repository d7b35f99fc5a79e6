//! When a citizen who asked for reminders is reminded: of a message that was not read, of a notice that was not paid. Pure.

use jiff::civil::time;
use kernel::RomeTime;

/// Days between reminders of an unread message, and how many there are.
const READ: (i32, i32) = (3, 3);
/// Days between reminders of an unpaid notice, and how many there are.
const PAYMENT: (i32, i32) = (3, 4);
/// Days before the due date at which reminders of a notice begin.
const START_DAY: i32 = 13;
/// Hours of Rome between which citizens are reminded.
const HOURS: (i8, i8) = (8, 20);

/// What a reminder is about, by the published type of its notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A message that was not read.
    Read,
    /// A notice that was not paid.
    Payment,
    /// A notice that is due tomorrow.
    LastPayment,
}

impl Kind {
    /// The published type.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "REMINDER_READ",
            Self::Payment => "REMINDER_PAYMENT",
            Self::LastPayment => "REMINDER_PAYMENT_LAST",
        }
    }

    /// Title and text of the notification.
    pub fn text(self, organization: &str) -> (String, String) {
        let (title, text) = match self {
            Self::Read => ("Hai un messaggio non letto", format!("Leggi il messaggio da {organization}")),
            Self::Payment => ("Hai un avviso da pagare", format!("Entra nell'app e paga l'avviso emesso da {organization}")),
            Self::LastPayment => {
                ("Hai un avviso che scade domani", format!("Entra nell'app e paga l'avviso emesso da {organization}"))
            }
        };
        (title.to_owned(), text)
    }
}

impl std::str::FromStr for Kind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Read, Self::Payment, Self::LastPayment].into_iter().find(|kind| kind.word() == word).ok_or(())
    }
}

/// The instants at which an unread message is recalled, after it came at `at`.
pub fn of_reading(at: RomeTime) -> Vec<RomeTime> {
    (1..=READ.1).map(|turn| within_hours(at.plus_days(READ.0 * turn))).collect()
}

/// The instants at which an unpaid notice is recalled, after it came at `at`, with what each says. Those before the due date that have
/// passed already when the message comes are left out.
pub fn of_payment(at: RomeTime, due: Option<RomeTime>) -> Vec<(RomeTime, Kind)> {
    let Some(due) = due else {
        return (1..=PAYMENT.1).map(|turn| (within_hours(at.plus_days(PAYMENT.0 * turn)), Kind::Payment)).collect();
    };
    let regular = (0..PAYMENT.1).map(|turn| (START_DAY - PAYMENT.0 * turn, Kind::Payment));
    let all = regular.chain(std::iter::once((1, Kind::LastPayment)));
    all.map(|(days, kind)| (within_hours(due.plus_days(-days)), kind)).filter(|(when, _)| *when > at && *when < due).collect()
}

/// Whether citizens may be reminded at this instant.
pub fn is_within_hours(at: RomeTime) -> bool {
    (HOURS.0..HOURS.1).contains(&at.civil().hour())
}

/// The instant itself, or the next at which citizens may be reminded; in the evening that is the next morning.
fn within_hours(at: RomeTime) -> RomeTime {
    if is_within_hours(at) {
        return at;
    }
    let late = at.civil().hour() >= HOURS.1;
    let morning = at.civil().date().to_datetime(time(HOURS.0, 0, 0, 0));
    let morning = RomeTime::from_civil(morning).unwrap_or(at);
    if late { morning.plus_days(1) } else { morning }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> RomeTime {
        text.parse().unwrap()
    }

    fn days(times: &[RomeTime]) -> Vec<String> {
        times.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_unread_message_is_recalled_on_the_third_sixth_and_ninth_day() {
        // Across the night in which clocks change.
        let recalled = of_reading(at("2025-03-27T10:00:00+01:00"));
        assert_eq!(days(&recalled), ["2025-03-30T10:00:00+02:00", "2025-04-02T10:00:00+02:00", "2025-04-05T10:00:00+02:00"]);
    }

    #[test]
    fn an_unpaid_notice_without_a_due_date_is_recalled_four_times() {
        let recalled: Vec<_> = of_payment(at("2025-06-01T09:00:00+02:00"), None);
        let shown: Vec<_> = recalled.iter().map(|(when, kind)| (when.civil().day(), *kind)).collect();
        assert_eq!(shown, [(4, Kind::Payment), (7, Kind::Payment), (10, Kind::Payment), (13, Kind::Payment)]);
    }

    #[test]
    fn a_due_date_is_approached_from_the_thirteenth_day_and_told_last_the_day_before() {
        let due = Some(at("2025-06-30T12:00:00+02:00"));
        let shown =
            |sent: &str| of_payment(at(sent), due).iter().map(|(when, kind)| (when.civil().day(), *kind)).collect::<Vec<_>>();
        let last = (29, Kind::LastPayment);
        assert_eq!(
            shown("2025-06-01T09:00:00+02:00"),
            [(17, Kind::Payment), (20, Kind::Payment), (23, Kind::Payment), (26, Kind::Payment), last]
        );
        assert_eq!(shown("2025-06-24T09:00:00+02:00"), [(26, Kind::Payment), last]);
        assert_eq!(shown("2025-06-30T09:00:00+02:00"), []);
        assert_eq!(shown("2025-07-01T09:00:00+02:00"), []);
    }

    #[test]
    fn nobody_is_reminded_at_night() {
        for (sent, expected) in [
            ("2025-06-01T23:00:00+02:00", "2025-06-05T08:00:00+02:00"),
            ("2025-06-01T03:00:00+02:00", "2025-06-04T08:00:00+02:00"),
            ("2025-06-01T20:00:00+02:00", "2025-06-05T08:00:00+02:00"),
            ("2025-06-01T19:59:59+02:00", "2025-06-04T19:59:59+02:00"),
        ] {
            assert_eq!(of_reading(at(sent))[0].to_string(), expected, "{sent}");
        }
    }

    #[test]
    fn words_and_texts_are_the_published_ones() {
        for kind in [Kind::Read, Kind::Payment, Kind::LastPayment] {
            assert_eq!(kind.word().parse(), Ok(kind));
        }
        assert_eq!(Kind::Read.text("Comune di Bugliano").1, "Leggi il messaggio da Comune di Bugliano");
        assert_eq!(Kind::LastPayment.text("x").0, "Hai un avviso che scade domani");
    }

    proptest! {
        #[test]
        fn reminders_come_in_order_by_day_and_never_more_than_published(second in 1_700_000_000..1_800_000_000_i64, due in proptest::option::of(0..40_i32)) {
            let sent = RomeTime::from_microsecond(second * 1_000_000).unwrap();
            let reading = of_reading(sent);
            let payment = of_payment(sent, due.map(|days| sent.plus_days(days)));
            prop_assert!(reading.len() == 3 && payment.len() <= 5);
            prop_assert!(reading.iter().chain(payment.iter().map(|(when, _)| when)).all(|when| is_within_hours(*when) && *when > sent));
            prop_assert!(reading.is_sorted() && payment.is_sorted_by_key(|(when, _)| *when));
        }
    }
}
