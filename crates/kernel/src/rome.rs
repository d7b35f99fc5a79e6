//! Instants written in the Europe/Rome calendar (developers' documentation, "Standard Date").

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

static ROME: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Europe/Rome").expect("the time zone database is built into the binary"));

/// An instant to the microsecond. Shown and serialised as `YYYY-MM-DDTHH:MM:SS+HH:MM` with the offset that Europe/Rome has at
/// that instant; read from any ISO 8601 date-time with an offset.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RomeTime(Timestamp);

/// The text is not an ISO 8601 date-time with an offset, or lies outside the years 1 to 9999.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("non è una data ISO 8601 con fuso orario, per esempio 2025-03-12T00:00:00+01:00")]
pub struct RomeTimeError;

impl RomeTime {
    /// The instant that lies `micros` microseconds after 1970-01-01T00:00:00Z; `None` outside the years that ISO 8601 can write.
    pub fn from_microsecond(micros: i64) -> Option<Self> {
        Timestamp::from_microsecond(micros).ok().map(Self)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn as_microsecond(self) -> i64 {
        self.0.as_microsecond()
    }

    /// Whole seconds since 1970-01-01T00:00:00Z.
    pub fn as_second(self) -> i64 {
        self.0.as_second()
    }

    /// The instant as the calendar library has it.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    /// Date and time on the clocks of Rome.
    pub fn civil(self) -> DateTime {
        self.zoned().datetime()
    }

    /// The date on the calendars of Rome.
    pub fn date(self) -> Date {
        self.zoned().date()
    }

    /// The instant with the calendar of Rome.
    pub fn zoned(self) -> Zoned {
        self.0.to_zoned(ROME.clone())
    }

    /// The instant at which the clocks of Rome show `civil`. In the hour that clocks skip in spring this is the same distance after
    /// the skip; in the hour they repeat in autumn it is the first of the two (RFC 5545 "compatible" rule).
    pub fn from_civil(civil: DateTime) -> Result<Self, RomeTimeError> {
        ROME.to_ambiguous_zoned(civil).compatible().map(|zoned| Self(zoned.timestamp())).map_err(|_| RomeTimeError)
    }

    /// The same instant without its fraction of a second, as the events carry it.
    pub fn trunc_to_second(self) -> Self {
        Self(Timestamp::from_second(self.0.as_microsecond().div_euclid(1_000_000)).unwrap_or(self.0))
    }

    /// The instant `by` later; stops at the ends of the calendar.
    #[must_use]
    pub fn plus(self, by: SignedDuration) -> Self {
        Self(self.0.saturating_add(by).unwrap_or(self.0))
    }

    /// The same wall-clock time `days` calendar days later in Rome, across clock changes.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        let zoned = self.zoned();
        zoned.checked_add(jiff::Span::new().days(days)).map(|later| Self(later.timestamp())).unwrap_or(self)
    }

    /// The time from `earlier` to this instant; negative when `earlier` is later.
    pub fn since(self, earlier: Self) -> SignedDuration {
        self.0.duration_since(earlier.0)
    }

    /// The instant in UTC with a `Z`, as log lines carry it.
    pub fn to_utc_string(self) -> String {
        self.trunc_to_second().0.to_string()
    }
}

impl From<Timestamp> for RomeTime {
    fn from(timestamp: Timestamp) -> Self {
        Self(Timestamp::from_microsecond(timestamp.as_microsecond()).unwrap_or(timestamp))
    }
}

impl fmt::Display for RomeTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = ROME.to_offset(self.0);
        let local = offset.to_datetime(self.0);
        let minutes = offset.seconds() / 60;
        // An event has a dozen of these: they are written digit by digit, not by `write!`.
        let mut text = *b"0000-00-00T00:00:00+00:00";
        let year = local.year().clamp(0, 9999).unsigned_abs();
        digits(&mut text, 0, u32::from(year / 100));
        digits(&mut text, 2, u32::from(year % 100));
        let parts = [(5, local.month()), (8, local.day()), (11, local.hour()), (14, local.minute()), (17, local.second())];
        for (at, part) in parts {
            digits(&mut text, at, u32::from(part.unsigned_abs()));
        }
        text[19] = if minutes < 0 { b'-' } else { b'+' };
        digits(&mut text, 20, minutes.unsigned_abs() / 60);
        digits(&mut text, 23, minutes.unsigned_abs() % 60);
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// Two digits of a number below 100.
fn digits(text: &mut [u8; 25], at: usize, number: u32) {
    text[at] += (number / 10) as u8;
    text[at + 1] += (number % 10) as u8;
}

impl fmt::Debug for RomeTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for RomeTime {
    type Err = RomeTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<Timestamp>().map(Self::from).map_err(|_| RomeTimeError)
    }
}

impl Serialize for RomeTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RomeTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::parse(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_follows_both_clock_changes() {
        for (utc, rome) in [
            ("2025-03-30T00:59:59Z", "2025-03-30T01:59:59+01:00"),
            ("2025-03-30T01:00:00Z", "2025-03-30T03:00:00+02:00"),
            ("2025-10-26T00:30:00Z", "2025-10-26T02:30:00+02:00"),
            ("2025-10-26T01:30:00Z", "2025-10-26T02:30:00+01:00"),
        ] {
            assert_eq!(utc.parse::<RomeTime>().unwrap().to_string(), rome);
        }
    }

    #[test]
    fn a_missing_hour_moves_on_and_a_repeated_hour_is_the_first() {
        let missing = "2025-03-30T02:30:00".parse().unwrap();
        assert_eq!(RomeTime::from_civil(missing).unwrap().to_string(), "2025-03-30T03:30:00+02:00");
        let twice = "2025-10-26T02:30:00".parse().unwrap();
        assert_eq!(RomeTime::from_civil(twice).unwrap().to_string(), "2025-10-26T02:30:00+02:00");
    }

    #[test]
    fn calendar_days_keep_the_wall_clock() {
        let before: RomeTime = "2025-03-29T12:00:00+01:00".parse().unwrap();
        assert_eq!(before.plus_days(1).to_string(), "2025-03-30T12:00:00+02:00");
    }

    #[test]
    fn a_date_without_offset_is_refused() {
        assert_eq!("2025-03-12T00:00:00".parse::<RomeTime>(), Err(RomeTimeError));
    }
}
