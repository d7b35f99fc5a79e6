//! Dates, times and days as Form.io's fields carry them, always on the clocks of Rome.

use kernel::RomeTime;
use kernel::jiff::civil::{Date, DateTime, Time};
use kernel::jiff::{Span, Timestamp};

/// The instant that a `datetime` field carries: ISO 8601 with an offset, or without one (then on the clocks of Rome), or a date
/// alone (then its first instant in Rome).
pub(crate) fn parse_instant(text: &str) -> Option<RomeTime> {
    let (day, time) = text.split_at_checked(10)?;
    let date = parse_date(day)?;
    if time.is_empty() {
        return RomeTime::from_civil(date.to_datetime(Time::midnight())).ok();
    }
    if !time.starts_with(['T', ' ']) {
        return None;
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(RomeTime::from(instant));
    }
    let civil: DateTime = text.parse().ok()?;
    RomeTime::from_civil(civil).ok()
}

/// A date written `yyyy-mm-dd`.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| digits(text.get(range)?);
    Date::new(number(0..4)?, i8::try_from(number(5..7)?).ok()?, i8::try_from(number(8..10)?).ok()?).ok()
}

/// A date written as Italians do, `d/m/yyyy` or `dd/mm/yyyy`.
pub(crate) fn parse_italian_date(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if day.len() > 2 || month.len() > 2 || year.len() != 4 {
        return None;
    }
    Date::new(digits(year)?, i8::try_from(digits(month)?).ok()?, i8::try_from(digits(day)?).ok()?).ok()
}

/// Only ASCII digits, at most four of them.
pub(crate) fn digits(text: &str) -> Option<i16> {
    let plain = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// `dd/mm/yyyy`.
pub(crate) fn italian_date(date: Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// A bound of a date, to the day: fixed, or so many units before or after the moment of the submission.
#[derive(Clone, Debug)]
pub(crate) enum Bound {
    On(Date),
    FromNow(Span),
}

impl Bound {
    /// Reads a setting such as `2024-12-31`, `moment()` or `moment().subtract(18, 'years')`. `None` when it is nothing of the kind.
    pub(crate) fn parse(setting: &str) -> Option<Self> {
        let setting = setting.trim();
        let Some(mut calls) = setting.strip_prefix("moment()").or_else(|| setting.strip_prefix("new Date()")) else {
            return parse_instant(setting).map(|instant| Self::On(instant.date()));
        };
        let mut span = Span::new();
        while let Some(call) = calls.strip_prefix('.') {
            let (name, rest) = call.split_once('(')?;
            let (arguments, rest) = rest.split_once(')')?;
            let sign = match name {
                "add" => 1,
                "subtract" => -1,
                _ => return None,
            };
            let (amount, unit) = arguments.split_once(',')?;
            let amount = sign * i64::from(amount.trim().parse::<i32>().ok()?);
            span = match unit.trim().trim_matches(['\'', '"']) {
                "y" | "year" | "years" => span.try_years(amount),
                "M" | "month" | "months" => span.try_months(amount),
                "w" | "week" | "weeks" => span.try_weeks(amount),
                "d" | "day" | "days" => span.try_days(amount),
                "h" | "hour" | "hours" => span.try_hours(amount),
                "m" | "minute" | "minutes" => span.try_minutes(amount),
                _ => return None,
            }
            .ok()?;
            calls = rest;
        }
        calls.trim_end_matches(';').is_empty().then_some(Self::FromNow(span))
    }

    /// The day, when the clocks of Rome show `now`.
    pub(crate) fn day(&self, now: DateTime) -> Date {
        match self {
            Self::On(date) => *date,
            Self::FromNow(span) => now.checked_add(*span).unwrap_or(now).date(),
        }
    }
}

/// What a `day` field is made of.
#[derive(Clone, Debug)]
pub(crate) struct DayFormat {
    pub(crate) day_first: bool,
    /// Which parts are shown: day, month, year.
    pub(crate) shown: [bool; 3],
    /// Which parts must not be zero: day, month, year.
    pub(crate) required: [bool; 3],
}

/// The parts of a `day`: zero where the citizen left one open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) day: i16,
    pub(crate) month: i16,
    pub(crate) year: i16,
}

impl Day {
    /// The date, when no part is open and it exists.
    pub(crate) fn date(self) -> Option<Date> {
        Date::new(self.year, i8::try_from(self.month).ok()?, i8::try_from(self.day).ok()?).ok()
    }

    fn exists(self) -> bool {
        let Self { day, month, year } = self;
        // An open month has 31 days, an open year may be a leap year.
        let longest = |month: i16, year: i16| {
            Date::new(if year == 0 { 2000 } else { year }, month as i8, 1).map_or(31, |first| i16::from(first.days_in_month()))
        };
        (0..=12).contains(&month) && (0..=9999).contains(&year) && (0..=longest(month, year)).contains(&day)
    }
}

impl DayFormat {
    /// Reads a value; `None` when it has another shape or no calendar has that day.
    pub(crate) fn parse(&self, text: &str) -> Option<Day> {
        let order = if self.day_first { [0, 1, 2] } else { [1, 0, 2] };
        let parts: Vec<&str> = text.split('/').collect();
        // Three parts in any case, or only the shown ones.
        let places: Vec<usize> =
            if parts.len() == 3 { order.to_vec() } else { order.into_iter().filter(|part| self.shown[*part]).collect() };
        if parts.len() != places.len() {
            return None;
        }
        let mut found = [0_i16; 3];
        for (place, part) in places.into_iter().zip(parts) {
            found[place] = digits(part)?;
        }
        let day = Day { day: found[0], month: found[1], year: found[2] };
        day.exists().then_some(day)
    }

    /// Whether a required part was left open.
    pub(crate) fn is_incomplete(&self, day: Day) -> bool {
        [day.day, day.month, day.year].into_iter().zip(self.required).any(|(part, required)| required && part == 0)
    }
}

/// Whether `text` is a time written as `format` says (tokens of moment.js: `HH H hh h mm m ss s A a`).
pub(crate) fn is_time(format: &str, text: &str) -> bool {
    let (mut format, mut text) = (format, text);
    while let Some(token) = format.chars().next() {
        let count = format.chars().take_while(|character| *character == token).count();
        let (low, high) = match token {
            'H' => (0, 23),
            'h' => (1, 12),
            'm' | 's' => (0, 59),
            'A' | 'a' => {
                let Some(rest) = ["AM", "PM", "am", "pm"].iter().find_map(|half| text.strip_prefix(half)) else { return false };
                (format, text) = (&format[1..], rest);
                continue;
            }
            literal => {
                let Some(rest) = text.strip_prefix(literal) else { return false };
                (format, text) = (&format[literal.len_utf8()..], rest);
                continue;
            }
        };
        let size = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
        if size == 0 || (count == 2 && size != 2) || !digits(&text[..size]).is_some_and(|number| (low..=high).contains(&number)) {
            return false;
        }
        (format, text) = (&format[count..], &text[size..]);
    }
    text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_without_an_offset_are_romes() {
        assert_eq!(parse_instant("2025-07-01").unwrap().to_string(), "2025-07-01T00:00:00+02:00");
        assert_eq!(parse_instant("2025-01-01T10:30:00").unwrap().to_string(), "2025-01-01T10:30:00+01:00");
        assert_eq!(parse_instant("2025-01-01T10:30:00Z").unwrap().to_string(), "2025-01-01T11:30:00+01:00");
        for text in ["", "2025-02-30", "01/02/2025", "2025-01-01x", "2025-1-1", "domani", "2025-01-01T99:00:00", "ààààààà"]
        {
            assert!(parse_instant(text).is_none(), "{text}");
        }
    }

    #[test]
    fn bounds_may_move_with_the_clock() {
        let day = |setting: &str| Bound::parse(setting).unwrap().day("2025-03-29T12:00".parse().unwrap()).to_string();
        assert_eq!(day("2025-01-01"), "2025-01-01");
        assert_eq!(day("2025-01-01T23:30:00Z"), "2025-01-02");
        assert_eq!(day("moment()"), "2025-03-29");
        assert_eq!(day("moment().add(1, 'days').add(12, 'h')"), "2025-03-31");
        assert_eq!(day("moment().subtract(18,\"years\");"), "2007-03-29");
        assert!(Bound::parse("moment().endOf('month')").is_none());
        assert!(Bound::parse("oggi").is_none());
    }

    #[test]
    fn days_with_open_and_hidden_parts() {
        let whole = DayFormat { day_first: true, shown: [true; 3], required: [true; 3] };
        assert_eq!(whole.parse("01/09/1976").unwrap().date(), Date::new(1976, 9, 1).ok());
        assert!(whole.parse("31/04/2020").is_none());
        assert!(whole.parse("29/02/2023").is_none());
        assert!(whole.is_incomplete(whole.parse("00/09/1976").unwrap()));
        let american = DayFormat { day_first: false, ..whole.clone() };
        assert_eq!(american.parse("09/01/1976"), whole.parse("01/09/1976"));
        let month = DayFormat { shown: [false, true, true], required: [false; 3], ..whole };
        assert_eq!(month.parse("09/1976"), Some(Day { day: 0, month: 9, year: 1976 }));
    }

    #[test]
    fn times_by_format() {
        for (format, text, good) in [
            ("HH:mm:ss", "23:59:59", true),
            ("HH:mm:ss", "24:00:00", false),
            ("HH:mm:ss", "9:00:00", false),
            ("H:mm", "9:05", true),
            ("hh:mm A", "09:05 PM", true),
            ("HH:mm", "09:05 ", false),
        ] {
            assert_eq!(is_time(format, text), good, "{format} {text}");
        }
    }
}
