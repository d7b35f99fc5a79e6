//! Dates of registration as registries write them.

use jiff::civil::{Date, DateTime};
use kernel::RomeTime;

/// An instant: `02/03/2026`, with or without a time, or ISO 8601 with or without an offset; a day is its first instant in Rome.
pub fn instant(text: &str) -> Option<RomeTime> {
    let time = |format: &str| DateTime::strptime(format, text).ok();
    let day = |format: &str| Date::strptime(format, text).ok().map(|day| day.at(0, 0, 0, 0));
    let civil = time("%d/%m/%Y %H:%M:%S")
        .or_else(|| time("%d/%m/%Y %H:%M"))
        .or_else(|| day("%d/%m/%Y"))
        .or_else(|| time("%Y-%m-%dT%H:%M:%S"))
        .or_else(|| time("%Y-%m-%d %H:%M:%S"))
        .or_else(|| day("%Y-%m-%d"));
    text.parse().ok().or_else(|| RomeTime::from_civil(civil?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_vendors_write_them() {
        for text in ["02/03/2026", "2026-03-02", "02/03/2026 00:00:00", "2026-03-02T00:00:00", "2026-03-02T00:00:00+01:00"] {
            assert_eq!(instant(text).unwrap().to_string(), "2026-03-02T00:00:00+01:00", "{text}");
        }
        assert_eq!(instant("02/07/2026 09:30").unwrap().to_string(), "2026-07-02T09:30:00+02:00");
        assert_eq!((instant(""), instant("ieri")), (None, None));
    }
}
