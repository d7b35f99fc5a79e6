//! The forms of JSON that events need and serde does not bring.

use std::fmt;

use kernel::{RomeTime, Unreadable};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON value kept as it was written, white space included, until somebody reads it: forms are large and most readers of an event
/// never look into them. Two of them are equal when their texts are. `Debug` shows only how long it is.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Raw(Box<RawValue>);

impl Raw {
    /// `null`.
    pub fn null() -> Self {
        Self(RawValue::NULL.to_owned())
    }

    /// `{}`.
    pub fn empty_object() -> Self {
        Self(RawValue::from_string("{}".to_owned()).expect("an empty object is JSON"))
    }

    /// The JSON of `value`.
    ///
    /// # Errors
    /// When `value` has no JSON form, for example a map whose keys are not texts.
    pub fn of(value: &impl Serialize) -> serde_json::Result<Self> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Whether it holds nothing: `null`, or an empty object or list (some producers write an empty object as `[]`).
    pub fn is_empty(&self) -> bool {
        let inner = |open, close| self.as_str().strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        self.as_str() == "null" || inner('{', '}').or_else(|| inner('[', ']')).is_some_and(|inner| inner.trim().is_empty())
    }

    /// The value as a `T`.
    ///
    /// # Errors
    /// When it does not have the form of a `T`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Unreadable> {
        kernel::read_json(self.as_str())
    }
}

impl Default for Raw {
    fn default() -> Self {
        Self::null()
    }
}

impl PartialEq for Raw {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.as_str().len())
    }
}

/// The members of an object that the contract does not name: other vendors add their own, and they must survive when the event is
/// written again. `Debug` shows only how many there are.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Extra(pub serde_json::Map<String, serde_json::Value>);

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extra({} members)", self.0.len())
    }
}

/// Gives types that hold names, tax codes or what citizens write a `Debug` that shows nothing of them, because `Debug` ends in logs.
macro_rules! masked_debug {
    ($($name:ident),+ $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}

pub(crate) use masked_debug;

/// Reads `null` like an absent member.
pub(crate) fn null_as_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads `null`, `{}` and `[]` as `None`: producers in PHP write an empty object as `[]`.
pub(crate) fn empty_as_none<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let raw = Raw::deserialize(deserializer)?;
    if raw.is_empty() { Ok(None) } else { raw.read().map(Some).map_err(D::Error::custom) }
}

/// An amount that travels as a text: `"16.00"`. It is read from a number too.
pub(crate) mod money_text {
    use kernel::Money;

    use super::*;

    pub(crate) fn serialize<S: Serializer>(amount: &Money, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(amount)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
        Money::deserialize(deserializer)
    }

    /// The same, or `null`.
    pub(crate) mod option {
        use super::*;

        pub(crate) fn serialize<S: Serializer>(amount: &Option<Money>, serializer: S) -> Result<S::Ok, S::Error> {
            match amount {
                Some(amount) => serializer.collect_str(amount),
                None => serializer.serialize_none(),
            }
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Money>, D::Error> {
            Option::deserialize(deserializer)
        }
    }
}

/// An instant that travels as a text, and as an empty text when there is none.
pub(crate) mod time_or_empty {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(at: &Option<RomeTime>, serializer: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => at.serialize(serializer),
            None => serializer.serialize_str(""),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RomeTime>, D::Error> {
        match Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?.as_deref() {
            None | Some("") => Ok(None),
            Some(text) => text.parse().map(Some).map_err(D::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raw_value_is_written_as_it_was_read() {
        let json = r#"{"b": 1.10, "a": [ ] }"#;
        let raw: Raw = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&raw).unwrap(), json);
        assert_eq!(format!("{raw:?}"), "Raw(22 bytes)");
        assert_eq!(raw.read::<std::collections::BTreeMap<String, Raw>>().unwrap()["b"].as_str(), "1.10");
    }

    #[test]
    fn emptiness_is_seen_through_white_space() {
        for json in ["null", "{}", "[]", "{ }", "[\n]"] {
            assert!(serde_json::from_str::<Raw>(json).unwrap().is_empty(), "{json}");
        }
        for json in ["0", "\"\"", "false", "[0]", "{\"a\":null}"] {
            assert!(!serde_json::from_str::<Raw>(json).unwrap().is_empty(), "{json}");
        }
    }
}
