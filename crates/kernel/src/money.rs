//! Euro amounts without rounding.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

/// An amount in euro cents, from 0 to 999,999,999.99 EUR (the largest a payment notice can carry).
/// As JSON it is a number with at most two decimals (`1.34`), and is read from a number or from a text with `.` or `,`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// The value is not an amount from 0 to 999,999,999.99 with at most two decimals.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("non è un importo in euro da 0 a 999999999.99 con al massimo due decimali")]
pub struct MoneyError;

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount.
    pub const MAX: Self = Self(99_999_999_999);

    /// An amount in cents.
    pub fn from_cents(cents: i64) -> Result<Self, MoneyError> {
        if (0..=Self::MAX.0).contains(&cents) { Ok(Self(cents)) } else { Err(MoneyError) }
    }

    /// The amount in cents.
    pub fn cents(self) -> i64 {
        self.0
    }

    /// The amount as Italians write it, without currency: `1.234,56`.
    pub fn to_italian(self) -> String {
        let euros = (self.0 / 100).to_string();
        let mut grouped = String::with_capacity(euros.len() + 6);
        for (index, digit) in euros.chars().enumerate() {
            if index > 0 && (euros.len() - index).is_multiple_of(3) {
                grouped.push('.');
            }
            grouped.push(digit);
        }
        format!("{grouped},{:02}", self.0 % 100)
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// `16.00`, as the events carry amounts in text.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (euros, cents) = text.split_once(['.', ',']).unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if euros.is_empty() || euros.len() > 12 || cents.len() > 2 || !digits(euros) || !digits(cents) {
            return Err(MoneyError);
        }
        let euros: i64 = euros.parse().map_err(|_| MoneyError)?;
        let cents: i64 = format!("{cents:0<2}").parse().map_err(|_| MoneyError)?;
        Self::from_cents(euros * 100 + cents)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 100 == 0 {
            serializer.serialize_i64(self.0 / 100)
        } else {
            // Two decimals of an amount below 10^12 are exact in the shortest decimal form of a double.
            serializer.serialize_f64(self.0 as f64 / 100.0)
        }
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Money;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("un importo in euro")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Money, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_u64<E: serde::de::Error>(self, euros: u64) -> Result<Money, E> {
                let cents =
                    i64::try_from(euros).ok().and_then(|euros| euros.checked_mul(100)).ok_or(MoneyError).map_err(E::custom)?;
                Money::from_cents(cents).map_err(E::custom)
            }
            fn visit_i64<E: serde::de::Error>(self, euros: i64) -> Result<Money, E> {
                self.visit_u64(u64::try_from(euros).map_err(|_| E::custom(MoneyError))?)
            }
            fn visit_f64<E: serde::de::Error>(self, euros: f64) -> Result<Money, E> {
                // The shortest decimal form is what the sender wrote; more than two decimals are refused, not rounded.
                format!("{euros}").parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_read_as_people_and_programs_write_them() {
        for (text, cents) in [("16", 1600), ("16.00", 1600), ("1,34", 134), ("0.5", 50), ("999999999.99", 99_999_999_999)] {
            assert_eq!(text.parse::<Money>().unwrap().cents(), cents, "{text}");
        }
        for text in ["", "-1", "1.234", "1e3", "NaN", "1.2.3", "1000000000", "١"] {
            assert_eq!(text.parse::<Money>(), Err(MoneyError), "{text}");
        }
    }

    #[test]
    fn json_numbers_with_more_than_two_decimals_or_absurd_sizes_are_refused() {
        for json in ["0.015", "1e400", "-3", "1e12", "true", "null", "[]"] {
            assert!(serde_json::from_str::<Money>(json).is_err(), "{json}");
        }
        assert_eq!(serde_json::from_str::<Money>("1.34").unwrap().cents(), 134);
    }

    #[test]
    fn italian_grouping() {
        assert_eq!(Money::from_cents(123_456_789).unwrap().to_italian(), "1.234.567,89");
        assert_eq!(Money::from_cents(5).unwrap().to_italian(), "0,05");
    }

    proptest! {
        #[test]
        fn every_amount_survives_json(cents in 0..=Money::MAX.cents()) {
            let money = Money::from_cents(cents).unwrap();
            let json = serde_json::to_string(&money).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
            prop_assert_eq!(money.to_string().parse::<Money>().unwrap(), money);
        }
    }
}
