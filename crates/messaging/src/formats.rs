//! The primitive formats of the interface: tax codes as it judges them, networks, instants, lengths.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use kernel::RomeTime;
use kernel::jiff::Timestamp;
use kernel::jiff::civil::DateTime;
use kernel::jiff::tz::TimeZone;

/// Serialises a type through its `Display` and reads it through its `FromStr`.
macro_rules! json_text {
    ($name:ty) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use json_text;

/// Length of a text as the published limits count it: JavaScript's, in UTF-16 code units. An emoji counts two.
pub fn utf16_len(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The fiscal code of a citizen as the messaging interface judges it: the form, digits possibly replaced by letters (omocodia), upper
/// case only, and **no check character**: the test citizen of the public guide has a wrong one. `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CitizenCode([u8; 16]);

/// The published pattern of [`CitizenCode`].
pub const CITIZEN_PATTERN: &str = "^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$";

/// The text has not the form of a citizen's fiscal code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("non è un codice fiscale di 16 caratteri maiuscoli")]
pub struct CitizenCodeError;

impl CitizenCode {
    /// The 16 characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("made of ASCII letters and digits only")
    }
}

impl FromStr for CitizenCode {
    type Err = CitizenCodeError;

    fn from_str(text: &str) -> Result<Self, CitizenCodeError> {
        let code: [u8; 16] = text.as_bytes().try_into().map_err(|_| CitizenCodeError)?;
        let digit = |byte: &u8| byte.is_ascii_digit() || b"LMNPQRSTUV".contains(byte);
        let fits = code.iter().enumerate().all(|(place, byte)| match place {
            6 | 7 | 9 | 10 | 12 | 13 | 14 => digit(byte),
            8 => b"ABCDEHLMPRST".contains(byte),
            _ => byte.is_ascii_uppercase(),
        });
        if fits { Ok(Self(code)) } else { Err(CitizenCodeError) }
    }
}

impl fmt::Display for CitizenCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CitizenCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CitizenCode(****************)")
    }
}

json_text!(CitizenCode);

impl storage::ToParam for CitizenCode {
    fn to_param(&self) -> storage::Param<'_> {
        storage::Param::Text(self.as_str())
    }
}

impl storage::FromColumn for CitizenCode {
    fn from_column(row: &storage::Row<'_>, index: usize) -> storage::Result<Self> {
        row.text(index)?.parse().map_err(|_| storage::Error::Defect("a stored fiscal code has another form".to_owned()))
    }
}

/// Whether a text is the tax code of an organisation: 11 digits; the check digit is not looked at either.
pub fn is_organization_code(text: &str) -> bool {
    text.len() == 11 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A network from which a service may be used; IPv4 only, as published. An address alone is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    address: Ipv4Addr,
    prefix: u8,
}

/// The text is not an IPv4 network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("non è una rete IPv4, per esempio 203.0.113.0/24")]
pub struct CidrError;

impl Cidr {
    /// Whether `address` lies in the network; an IPv4 address written as IPv6 counts as what it is. Bits beyond the prefix say nothing.
    pub fn contains(&self, address: IpAddr) -> bool {
        let IpAddr::V4(address) = address.to_canonical() else { return false };
        let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
        u32::from(address) & mask == u32::from(self.address) & mask
    }
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, CidrError> {
        let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
        let canonical = prefix.bytes().all(|byte| byte.is_ascii_digit()) && (prefix.len() == 1 || !prefix.starts_with('0'));
        let prefix = prefix.parse().ok().filter(|prefix| *prefix <= 32 && canonical).ok_or(CidrError)?;
        Ok(Self { address: address.parse().map_err(|_| CidrError)?, prefix })
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

json_text!(Cidr);

/// An instant of the interface: `YYYY-MM-DDThh:mm:ss`, optionally a fraction of any length, of which nanoseconds count, optionally `Z` or an
/// offset; without either it is UTC.
pub fn parse_timestamp(text: &str) -> Option<RomeTime> {
    let (civil, zone) = text.split_at_checked(19)?;
    let shape = civil.bytes().enumerate().all(|(place, byte)| match place {
        4 | 7 => byte == b'-',
        10 => byte == b'T',
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    });
    let fraction = zone.strip_prefix('.').map_or(0, |rest| 1 + rest.bytes().take_while(u8::is_ascii_digit).count());
    let offset = zone.get(fraction..)?;
    let bytes = offset.as_bytes();
    let offset_fits = match bytes {
        [] | [b'Z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => [h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    // Sixty seconds are an instant for some calendars and for others not: nobody schedules by leap seconds.
    if !shape || fraction == 1 || !offset_fits || &civil[17..] > "59" {
        return None;
    }
    let text = format!("{civil}{}{offset}", zone.get(..fraction.min(10))?);
    if offset.is_empty() {
        let local: DateTime = text.parse().ok()?;
        return Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp().into());
    }
    text.parse::<Timestamp>().ok().map(RomeTime::from)
}

/// An instant as the interface writes it: UTC with milliseconds and `Z`.
pub fn utc_millis(at: RomeTime) -> String {
    at.timestamp().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Instants in JSON that may be missing, as the interface writes them, for `#[serde(with = "...")]`.
pub mod utc_option {
    use std::borrow::Cow;

    use kernel::RomeTime;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes UTC with milliseconds, or null.
    ///
    /// # Errors
    /// Whatever the serialiser gives.
    pub fn serialize<S: Serializer>(at: &Option<RomeTime>, serializer: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => serializer.serialize_str(&super::utc_millis(*at)),
            None => serializer.serialize_none(),
        }
    }

    /// Reads what the interface accepts, or null.
    ///
    /// # Errors
    /// When the text is no instant.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RomeTime>, D::Error> {
        let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
        text.map(|text| super::parse_timestamp(&text).ok_or_else(|| D::Error::custom("not an instant"))).transpose()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_test_citizen_of_the_guide_passes_and_small_letters_do_not() {
        for code in ["AAAAAA00A00A000A", "SPNDNL80R13C555X", "HGDZDH64P28G225I"] {
            assert!(code.parse::<CitizenCode>().is_ok(), "{code}");
        }
        for code in [
            "",
            "aaaaaa00a00a000a",
            " AAAAAA00A00A000A",
            "AAAAAA00F00A000A",
            "AAAAAA0KA00A000A",
            "AAAAAA00A00A000",
            "AAAAAA00A00A0000",
            "ÀAAAA00A00A000A",
        ] {
            assert!(code.parse::<CitizenCode>().is_err(), "{code}");
        }
        assert!(!format!("{:?}", "AAAAAA00A00A000A".parse::<CitizenCode>().unwrap()).contains("A00A"));
    }

    #[test]
    fn networks_are_read_with_and_without_a_prefix() {
        let contains = |network: &str, address: &str| network.parse::<Cidr>().unwrap().contains(address.parse().unwrap());
        assert_eq!("192.0.2.7".parse::<Cidr>().unwrap().to_string(), "192.0.2.7/32");
        assert!(contains("203.0.113.0/24", "203.0.113.255") && !contains("203.0.113.0/24", "203.0.114.0"));
        assert!(contains("203.0.113.9/24", "203.0.113.1"), "bits beyond the prefix say nothing");
        assert!(contains("0.0.0.0/0", "198.51.100.1") && !contains("0.0.0.0/0", "2001:db8::1"));
        assert!(contains("203.0.113.0/24", "::ffff:203.0.113.9"));
        for text in
            ["", "203.0.113.0/33", "203.0.113.0/", "203.0.113.0/024", "203.0.113/24", "2001:db8::/32", "256.0.0.1", "1.2.3.4/+8"]
        {
            assert!(text.parse::<Cidr>().is_err(), "{text}");
        }
    }

    #[test]
    fn instants_are_read_in_every_published_form_and_written_in_one() {
        for text in [
            "2018-10-13T00:00:00",
            "2018-10-13T00:00:00Z",
            "2018-10-13T00:00:00.000Z",
            "2018-10-13T02:00:00+02:00",
            "2018-10-12T23:30:00.0-00:30",
        ] {
            assert_eq!(utc_millis(parse_timestamp(text).unwrap()), "2018-10-13T00:00:00.000Z", "{text}");
        }
        for fraction in [".987", ".987654", ".987654321", ".9876543219", &format!(".987{}", "9".repeat(60))] {
            for zone in ["", "Z", "+00:00"] {
                let text = format!("2024-02-29T10:20:30{fraction}{zone}");
                assert_eq!(utc_millis(parse_timestamp(&text).unwrap()), "2024-02-29T10:20:30.987Z", "{text}");
            }
        }
        for text in [
            "",
            "2018-10-13",
            "2018-10-13T00:00Z",
            "2018-02-29T00:00:00Z",
            "2018-10-13T24:00:00Z",
            "2018-10-13T00:00:60Z",
            "2018-10-13 00:00:00Z",
            "2018-10-13T00:00:00.Z",
            "2018-10-13T00:00:00z",
            "2018-10-13T00:00:00+0200",
            "2018-10-13T00:00:00+02",
            "20181013T000000Z",
            "2018-10-13T00:00:00Zx",
            "2018-10-13T00:00:0è",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }

    /// The letter that stands for a digit in a code that would otherwise be somebody else's.
    fn omocode(digit: u8) -> char {
        char::from(b"LMNPQRSTUV"[usize::from(digit)])
    }

    proptest! {
        /// Every one of the 128 forms that one code can take.
        #[test]
        fn every_omocode_form_is_a_code(letters in "[A-Z]{6}", month in "[ABCDEHLMPRST]", place in "[A-Z]", last in "[A-Z]", digits in prop::array::uniform7(0..10u8)) {
            for form in 0..128_u32 {
                let shown: Vec<char> = digits.iter().enumerate().map(|(index, digit)| {
                    if form & (1 << index) == 0 { char::from(b'0' + digit) } else { omocode(*digit) }
                }).collect();
                let text = format!("{letters}{}{}{month}{}{}{place}{}{}{}{last}", shown[0], shown[1], shown[2], shown[3], shown[4], shown[5], shown[6]);
                prop_assert_eq!(text.parse::<CitizenCode>().unwrap().to_string(), text);
            }
        }

        #[test]
        fn one_wrong_character_is_no_code(place in 0..16usize, wrong in "[a-z&\\- ]") {
            let mut text = "AAAAAA00A00A000A".to_owned();
            text.replace_range(place..=place, &wrong);
            prop_assert!(text.parse::<CitizenCode>().is_err());
        }

        #[test]
        fn lengths_are_those_of_javascript(text in "\\PC{0,40}") {
            let units: usize = text.chars().map(char::len_utf16).sum();
            prop_assert_eq!(utf16_len(&text), units);
        }

        #[test]
        fn every_instant_survives_its_text(millis in 0..4_102_444_800_000_i64) {
            let at = RomeTime::from_microsecond(millis * 1_000).unwrap();
            prop_assert_eq!(parse_timestamp(&utc_millis(at)), Some(at));
            prop_assert_eq!(parse_timestamp(&at.timestamp().to_string()), Some(at));
        }

        /// With and without fraction, with `Z`, with any offset, without a zone: the same instant.
        #[test]
        fn every_way_of_writing_an_instant_is_the_same(second in 0..4_102_444_800_i64, micros in 0..1_000_000_i64, minutes in -14 * 60..=14 * 60_i64) {
            let at = RomeTime::from_microsecond(second * 1_000_000 + micros).unwrap();
            let civil = |second: i64| kernel::jiff::Timestamp::from_second(second).unwrap().strftime("%Y-%m-%dT%H:%M:%S").to_string();
            let (utc, local) = (civil(second), civil(second + minutes * 60));
            let sign = if minutes < 0 { '-' } else { '+' };
            let offset = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
            for text in [format!("{utc}.{micros:06}"), format!("{utc}.{micros:06}Z"), format!("{utc}.{micros:06}000Z"), format!("{local}.{micros:06}{offset}")] {
                prop_assert_eq!(parse_timestamp(&text), Some(at), "{}", text);
            }
            let whole = RomeTime::from_microsecond(second * 1_000_000);
            for text in [utc.clone(), format!("{utc}Z"), format!("{local}{offset}")] {
                prop_assert_eq!(parse_timestamp(&text), whole, "{}", text);
            }
            // A day or an instant of another standard is not guessed at.
            for text in [utc[..10].to_owned(), format!("{utc}."), format!("{utc}{}", offset.replace(':', "")), utc.replace('T', " "), format!("{utc}z")] {
                prop_assert_eq!(parse_timestamp(&text), None, "{}", text);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = (parse_timestamp(&text), text.parse::<Cidr>(), text.parse::<CitizenCode>());
        }
    }
}
