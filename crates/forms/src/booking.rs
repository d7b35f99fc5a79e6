//! The value of a calendar field: `dd/mm/yyyy @ HH:MM-HH:MM (calendar#meeting#opening hour)`.

use std::fmt;

use kernel::RomeTime;
use kernel::jiff::civil::{Date, Time};

use crate::date::{digits, italian_date, parse_italian_date};

/// An appointment that the citizen reserved while compiling. The caller checks that the meeting is the citizen's draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// JSON Pointer (RFC 6901) to the value in the submission.
    pub field: String,
    /// Identifier of the calendar.
    pub calendar: String,
    /// Identifier of the reserved meeting; empty when none was reserved yet.
    pub meeting: String,
    /// Identifier of the calendar's opening hour; may be empty.
    pub opening_hour: String,
    /// The day, in Rome.
    pub date: Date,
    /// First and last minute, on the clocks of Rome.
    pub from: Time,
    /// End of the appointment.
    pub to: Time,
}

impl Booking {
    /// Reads the text of a calendar field found at the pointer `field`.
    pub(crate) fn parse(text: &str, field: String) -> Option<Self> {
        let (when, identifiers) = text.split_once(" (")?;
        let (day, hours) = when.split_once(" @ ")?;
        let (from, to) = hours.split_once('-')?;
        let mut parts = identifiers.strip_suffix(')')?.split('#');
        let mut identifier =
            || parts.next().filter(|part| part.len() <= 64 && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        let (calendar, meeting, opening_hour) = (identifier()?, identifier()?, identifier()?);
        let (date, from, to) = (parse_italian_date(day)?, parse_minute(from)?, parse_minute(to)?);
        if parts.next().is_some() || calendar.is_empty() || from >= to {
            return None;
        }
        let [calendar, meeting, opening_hour] = [calendar, meeting, opening_hour].map(str::to_owned);
        Some(Self { field, calendar, meeting, opening_hour, date, from, to })
    }

    /// When the appointment starts.
    pub fn starts_at(&self) -> Option<RomeTime> {
        RomeTime::from_civil(self.date.to_datetime(self.from)).ok()
    }
}

/// As a citizen reads it: `01/07/2025, 09:00-09:30`.
impl fmt::Display for Booking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from, self.to);
        write!(f, "{}, {:02}:{:02}-{:02}:{:02}", italian_date(self.date), from.hour(), from.minute(), to.hour(), to.minute())
    }
}

fn parse_minute(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2)?;
    Time::new(i8::try_from(digits(hour)?).ok()?, i8::try_from(digits(minute)?).ok()?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_booking_is_read_and_written() {
        let text = "01/07/2025 @ 09:00-09:30 (6f1c#a7e2#)";
        let booking = Booking::parse(text, "/slot".to_owned()).unwrap();
        assert_eq!((booking.calendar.as_str(), booking.meeting.as_str(), booking.opening_hour.as_str()), ("6f1c", "a7e2", ""));
        assert_eq!(booking.starts_at().unwrap().to_string(), "2025-07-01T09:00:00+02:00");
        assert_eq!(booking.to_string(), "01/07/2025, 09:00-09:30");
        for bad in [
            "",
            "01/07/2025 @ 09:00-09:30",
            "31/02/2025 @ 09:00-09:30 (a#b#c)",
            "01/07/2025 @ 09:30-09:00 (a#b#c)",
            "01/07/2025 @ 09:00-25:00 (a#b#c)",
            "01/07/2025 @ 09:00-09:30 (a#b#c#d)",
            "01/07/2025 @ 09:00-09:30 (a#b#<script>)",
            "01/07/2025 @ 09:00-09:30 (#b#c)",
        ] {
            assert!(Booking::parse(bad, String::new()).is_none(), "{bad}");
        }
    }
}
