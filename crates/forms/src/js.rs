//! The corner of ECMAScript's arithmetic and text that conditions rely on: conversions exactly as a browser makes them.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

/// A primitive of the language. Objects and arrays have no place here: who meets one leaves the work to the real engine.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Js<'a> {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Cow<'a, str>),
}

impl<'a> Js<'a> {
    /// The primitive that a JSON value stands for; `None` for objects and arrays.
    pub(crate) fn of(value: Option<&'a Value>) -> Option<Self> {
        Some(match value {
            None => Self::Undefined,
            Some(Value::Null) => Self::Null,
            Some(Value::Bool(flag)) => Self::Bool(*flag),
            Some(Value::Number(number)) => Self::Number(number.as_f64()?),
            Some(Value::String(text)) => Self::Text(Cow::Borrowed(text)),
            Some(Value::Array(_) | Value::Object(_)) => return None,
        })
    }

    /// What `JSON.stringify` would write; `None` for `undefined`.
    pub(crate) fn into_json(self) -> Option<Value> {
        Some(match self {
            Self::Undefined => return None,
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(flag),
            Self::Number(number) if number == number.trunc() && number.abs() < 9_007_199_254_740_992.0 => {
                Value::from(number as i64)
            }
            Self::Number(number) => serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number),
            Self::Text(text) => Value::String(text.into_owned()),
        })
    }

    /// ECMA-262 ToBoolean.
    pub(crate) fn truthy(&self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(flag) => *flag,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
        }
    }

    /// ECMA-262 ToNumber; `None` where the notation is too exotic to be worth it (hexadecimal, `Infinity`).
    pub(crate) fn to_number(&self) -> Option<f64> {
        Some(match self {
            Self::Undefined => f64::NAN,
            Self::Null => 0.0,
            Self::Bool(flag) => f64::from(u8::from(*flag)),
            Self::Number(number) => *number,
            Self::Text(text) => return text_to_number(text),
        })
    }

    /// ECMA-262 ToString; `None` for numbers that JavaScript writes with an exponent.
    pub(crate) fn to_text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Undefined => Cow::Borrowed("undefined"),
            Self::Null => Cow::Borrowed("null"),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Number(number) => Cow::Owned(number_to_text(*number)?),
            Self::Text(text) => Cow::Borrowed(text),
        })
    }

    /// ECMA-262 IsLooselyEqual among primitives.
    pub(crate) fn loosely_equals(&self, other: &Self) -> Option<bool> {
        use Js::{Bool, Null, Number, Text, Undefined};
        Some(match (self, other) {
            (Undefined | Null, Undefined | Null) => true,
            (Undefined | Null, _) | (_, Undefined | Null) => false,
            (Text(left), Text(right)) => left == right,
            (Bool(_) | Number(_) | Text(_), Bool(_) | Number(_) | Text(_)) => self.to_number()? == other.to_number()?,
        })
    }

    /// ECMA-262 IsLessThan among primitives; the inner `None` means that one of them is not a number.
    pub(crate) fn compare(&self, other: &Self) -> Option<Option<Ordering>> {
        if let (Self::Text(left), Self::Text(right)) = (self, other) {
            return Some(Some(left.encode_utf16().cmp(right.encode_utf16())));
        }
        Some(self.to_number()?.partial_cmp(&other.to_number()?))
    }
}

fn text_to_number(text: &str) -> Option<f64> {
    let text = text.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}');
    if text.is_empty() {
        return Some(0.0);
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let prefixed = digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_alphabetic();
    if digits.starts_with('I') || (prefixed && !digits[1..].starts_with(['e', 'E'])) {
        return None;
    }
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    Some(if plain { text.parse().unwrap_or(f64::NAN) } else { f64::NAN })
}

fn number_to_text(number: f64) -> Option<String> {
    let size = number.abs();
    if number.is_nan() {
        Some("NaN".to_owned())
    } else if size == 0.0 {
        Some("0".to_owned())
    } else {
        (1e-6..1e21).contains(&size).then(|| number.to_string())
    }
}

/// `String(value)` of any JSON value (`None` is `undefined`), as simple conditionals compare.
pub(crate) fn text_of(value: Option<&Value>) -> Cow<'_, str> {
    match value {
        Some(Value::String(text)) => Cow::Borrowed(text),
        Some(Value::Array(items)) => {
            let nothing =
                |item: &Value| if item.is_null() { Cow::Borrowed("") } else { Cow::Owned(text_of(Some(item)).into_owned()) };
            Cow::Owned(items.iter().map(nothing).collect::<Vec<_>>().join(","))
        }
        Some(Value::Object(_)) => Cow::Borrowed("[object Object]"),
        _ => match Js::of(value) {
            Some(primitive) => {
                Cow::Owned(primitive.to_text().map_or_else(|| value.map(Value::to_string).unwrap_or_default(), Cow::into_owned))
            }
            None => Cow::Borrowed(""),
        },
    }
}

/// ECMA-262 ToBoolean of any JSON value.
pub(crate) fn truthy(value: Option<&Value>) -> bool {
    Js::of(value).is_none_or(|primitive| primitive.truthy())
}

/// The length that JavaScript sees: UTF-16 code units.
pub(crate) fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_read_and_written_as_javascript_does() {
        for (text, number) in [("", 0.0), (" 12 ", 12.0), ("1e3", 1000.0), (".5", 0.5), ("5.", 5.0), ("-0", 0.0), ("+7", 7.0)] {
            assert_eq!(text_to_number(text), Some(number), "{text}");
        }
        for text in ["12a", "inf", "nan", "1,5", "--1"] {
            assert!(text_to_number(text).is_some_and(f64::is_nan), "{text}");
        }
        assert_eq!(text_to_number("0x10"), None);
        assert_eq!(number_to_text(0.1 + 0.2).as_deref(), Some("0.30000000000000004"));
        assert_eq!(number_to_text(1e21), None);
    }

    #[test]
    fn text_of_compound_values() {
        assert_eq!(text_of(Some(&json!([1, null, ["a", true]]))), "1,,a,true");
        assert_eq!(text_of(Some(&json!({"a": 1}))), "[object Object]");
        assert_eq!(text_of(None), "undefined");
    }
}
