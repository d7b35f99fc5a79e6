//! How a body wants its lots sent.

use jiff::civil::Time;
use kernel::{FieldError, RomeTime};
use runtime::is_address;
use serde::{Deserialize, Serialize};

/// How a body wants its lots sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// A lot with more rows than this is tested, approved by a second person, and sent in two parts. A larger number holds for lots that are
    /// handed in from then on.
    pub four_eyes_above: i64,
    /// Rows of the first part of such a lot.
    pub first_rows: i64,
    /// Calls that the app allows the body's account in five seconds, shared by all its services; 0: any number.
    pub calls_in_5_s: i64,
    /// Hours of the day in Rome between which rows are sent: from the first, before the second. 0 and 24: always.
    pub from_hour: i8,
    /// The end of those hours.
    pub to_hour: i8,
    /// Days, seven at most, after which what waits is sent no more: for that long the app knows a request that it has had.
    pub days_to_send: i32,
    /// Days after the end of a lot at which its citizens and texts are forgotten.
    pub days_kept: i32,
    /// Where the body is told of requests for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_email: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            four_eyes_above: 100,
            first_rows: 10,
            calls_in_5_s: 150,
            from_hour: 0,
            to_hour: 24,
            days_to_send: 7,
            days_kept: 90,
            help_email: None,
        }
    }
}

impl Settings {
    /// Every field that is wrong.
    pub fn complaints(&self) -> Vec<FieldError> {
        let checks = [
            (
                (0..=1_000_000).contains(&self.four_eyes_above),
                "/four_eyes_above",
                "righe oltre le quali serve una seconda persona: da 0 a 1000000",
            ),
            ((1..=1_000).contains(&self.first_rows), "/first_rows", "righe della prima parte: da 1 a 1000"),
            (
                (0..=10_000).contains(&self.calls_in_5_s) && self.calls_in_5_s != 1,
                "/calls_in_5_s",
                "chiamate in cinque secondi: 0, oppure da 2 a 10000",
            ),
            ((0..24).contains(&self.from_hour), "/from_hour", "ora di inizio: da 0 a 23"),
            (self.from_hour < self.to_hour && self.to_hour <= 24, "/to_hour", "ora di fine: dopo quella di inizio, fino a 24"),
            ((1..=7).contains(&self.days_to_send), "/days_to_send", "giorni per inviare: da 1 a 7"),
            ((1..=3_650).contains(&self.days_kept), "/days_kept", "giorni di conservazione: da 1 a 3650"),
            (
                self.help_email.as_deref().is_none_or(is_address),
                "/help_email",
                "usare un indirizzo e-mail completo, per esempio assistenza@example.it",
            ),
        ];
        checks.into_iter().filter(|(fits, ..)| !fits).map(|(_, field, text)| FieldError::new(field, "invalid", text)).collect()
    }

    /// When rows may be sent: now, or at the next opening.
    pub fn opening(&self, now: RomeTime) -> RomeTime {
        let hour = now.civil().hour();
        if (self.from_hour..self.to_hour).contains(&hour) {
            return now;
        }
        let day = if hour < self.from_hour { now.date() } else { now.date().tomorrow().unwrap_or(now.date()) };
        RomeTime::from_civil(day.to_datetime(Time::constant(self.from_hour, 0, 0, 0))).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_wait_for_the_opening_also_over_the_changes_of_the_clock() {
        let settings = Settings { from_hour: 8, to_hour: 20, ..Settings::default() };
        for (now, opening) in [
            ("2025-03-12T08:00:00+01:00", "2025-03-12T08:00:00+01:00"),
            ("2025-03-12T19:59:59+01:00", "2025-03-12T19:59:59+01:00"),
            ("2025-03-12T20:00:00+01:00", "2025-03-13T08:00:00+01:00"),
            ("2025-03-12T03:00:00+01:00", "2025-03-12T08:00:00+01:00"),
            ("2025-03-29T21:00:00+01:00", "2025-03-30T08:00:00+02:00"),
            ("2025-10-25T21:00:00+02:00", "2025-10-26T08:00:00+01:00"),
        ] {
            assert_eq!(settings.opening(now.parse().unwrap()), opening.parse().unwrap(), "{now}");
        }
        let always = Settings::default();
        assert_eq!(always.opening("2025-03-12T03:00:00+01:00".parse().unwrap()), "2025-03-12T03:00:00+01:00".parse().unwrap());
        assert_eq!(always.complaints(), []);
        let wrong = Settings { from_hour: 9, to_hour: 9, days_kept: 0, help_email: Some("nessuno".to_owned()), ..always };
        assert_eq!(wrong.complaints().len(), 3);
    }
}
