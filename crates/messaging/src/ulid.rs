//! ULIDs, the identifiers of messages, services and configurations on the wire (ULID specification): 128 bits that sort by the
//! millisecond at which they were made, as 26 characters of Crockford's base 32.

use std::fmt;
use std::str::FromStr;

use kernel::{Rng, RomeTime, Uuid};
use storage::{FromColumn, Param, Row, ToParam};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 26;

/// An identifier. The database keeps its 128 bits as it keeps those of a UUID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ulid(pub Uuid);

/// The text is not the ULID of anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("non è un codice di 26 lettere e cifre (ULID)")]
pub struct UlidError;

impl Ulid {
    /// A new identifier that sorts by `now`.
    pub fn new(now: RomeTime, rng: &Rng) -> Self {
        let millis = u128::try_from(now.as_microsecond() / 1_000).unwrap_or(0) & 0xffff_ffff_ffff;
        let random = rng.bytes::<10>().iter().fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
        Self(Uuid::from_u128((millis << 80) | random))
    }

    /// Whether a text has the form that the published schemas ask for. It may still be larger than any identifier.
    pub fn is_written(text: &str) -> bool {
        text.len() == LENGTH && text.bytes().all(|byte| value(byte).is_some())
    }
}

fn value(byte: u8) -> Option<u128> {
    let place = ALPHABET.iter().position(|letter| *letter == byte.to_ascii_uppercase())?;
    u128::try_from(place).ok()
}

impl FromStr for Ulid {
    type Err = UlidError;

    fn from_str(text: &str) -> Result<Self, UlidError> {
        if text.len() != LENGTH {
            return Err(UlidError);
        }
        let bits = text.bytes().try_fold(0_u128, |bits, byte| {
            // 26 characters carry 130 bits: the first two must be zero.
            (bits >> 123 == 0).then_some(())?;
            Some((bits << 5) | value(byte)?)
        });
        bits.map(|bits| Self(Uuid::from_u128(bits))).ok_or(UlidError)
    }
}

impl fmt::Display for Ulid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0.as_u128();
        let text: String = (0..LENGTH).rev().map(|place| char::from(ALPHABET[(bits >> (5 * place)) as usize & 31])).collect();
        f.write_str(&text)
    }
}

impl fmt::Debug for Ulid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

crate::formats::json_text!(Ulid);

impl ToParam for Ulid {
    fn to_param(&self) -> Param<'_> {
        Param::Uuid(self.0)
    }
}

impl FromColumn for Ulid {
    fn from_column(row: &Row<'_>, index: usize) -> storage::Result<Self> {
        Uuid::from_column(row, index).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use kernel::Rng;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn identifiers_sort_by_the_instant_they_were_made_at() {
        let at = |second: i64| RomeTime::from_microsecond(second * 1_000_000).unwrap();
        let rng = Rng::seeded(1);
        let (early, late) = (Ulid::new(at(1_700_000_000), &rng), Ulid::new(at(1_700_000_001), &rng));
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(Ulid::new(at(1_469_918_176), &rng).to_string()[..8], *"01ARYZ6R");
    }

    #[test]
    fn letters_that_look_like_digits_and_numbers_that_are_too_large_are_refused() {
        for text in [
            "",
            "01ARZ3NDEKTSV4RRFFQ69G5FA",
            "01ARZ3NDEKTSV4RRFFQ69G5FAVV",
            "01ARZ3NDEKTSV4RRFFQ69G5FAI",
            "DFE12CC534E649CD8D63BF1BAA547029",
        ] {
            assert!(text.parse::<Ulid>().is_err() && !Ulid::is_written(text), "{text}");
        }
        assert!(Ulid::is_written("81ARZ3NDEKTSV4RRFFQ69G5FAV") && "81ARZ3NDEKTSV4RRFFQ69G5FAV".parse::<Ulid>().is_err());
    }

    proptest! {
        #[test]
        fn every_identifier_survives_its_text_in_either_case(bits: u128) {
            let ulid = Ulid(Uuid::from_u128(bits));
            prop_assert_eq!(ulid.to_string().parse(), Ok(ulid));
            prop_assert_eq!(ulid.to_string().to_lowercase().parse(), Ok(ulid));
            prop_assert!(Ulid::is_written(&ulid.to_string()));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,30}") {
            let _ = text.parse::<Ulid>();
        }
    }
}
