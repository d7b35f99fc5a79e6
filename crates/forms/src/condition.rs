//! When a component is shown: Form.io's `conditional` in its old form (`show`, `when`, `eq`) and its new one (`conjunction`,
//! `conditions[]`), judged without an engine and exactly as `@formio/core` judges them.

use std::cmp::Ordering;

use kernel::RomeTime;
use serde_json::Value;

use crate::date::parse_instant;
use crate::js;
use crate::model::{Kind, Leaf, Reference};
use crate::script::Script;

/// One condition; the component is shown (or the trigger fires) when it holds.
#[derive(Debug)]
pub(crate) enum Condition {
    /// `when` equals `eq`; shown or hidden then. No reference: the component it names does not exist.
    Legacy {
        source: Option<Reference>,
        equals: Box<str>,
        show: bool,
    },
    Simple {
        tests: Vec<Test>,
        any: bool,
        show: bool,
    },
    Script(Script),
}

/// One entry of `conditions[]`.
#[derive(Debug)]
pub(crate) struct Test {
    pub(crate) source: Option<Reference>,
    pub(crate) operator: Operator,
    pub(crate) expected: Value,
    pub(crate) about: About,
}

/// What the condition has to know about the component it looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    Boxes,
    Checkbox,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Empty,
    NotEmpty,
    Includes,
    NotIncludes,
    StartsWith,
    EndsWith,
    /// Numbers: the orders that satisfy it.
    Number(&'static [Ordering]),
    /// Dates: the orders that satisfy it.
    Date(&'static [Ordering]),
    NotSameDate,
}

use Ordering::{Equal, Greater, Less};

impl Operator {
    /// The operator by its name in a definition.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "isEqual" => Self::Equal,
            "isNotEqual" => Self::NotEqual,
            "isEmpty" => Self::Empty,
            "isNotEmpty" => Self::NotEmpty,
            "includes" => Self::Includes,
            "notIncludes" => Self::NotIncludes,
            "startsWith" => Self::StartsWith,
            "endsWith" => Self::EndsWith,
            "lessThan" => Self::Number(&[Less]),
            "lessThanOrEqual" => Self::Number(&[Less, Equal]),
            "greaterThan" => Self::Number(&[Greater]),
            "greaterThanOrEqual" => Self::Number(&[Greater, Equal]),
            "dateLessThan" => Self::Date(&[Less]),
            "dateLessThanOrEqual" => Self::Date(&[Less, Equal]),
            "dateGreaterThan" => Self::Date(&[Greater]),
            "dateGreaterThanOrEqual" => Self::Date(&[Greater, Equal]),
            "isDateEqual" => Self::Date(&[Equal]),
            "isNotDateEqual" => Self::NotSameDate,
            _ => return None,
        })
    }
}

impl About {
    /// What conditions have to know of a component of this kind.
    pub(crate) fn of(kind: &Kind) -> Self {
        match kind {
            Kind::Leaf(leaf) => match **leaf {
                Leaf::Boxes { .. } => Self::Boxes,
                Leaf::Checkbox => Self::Checkbox,
                _ => Self::Other,
            },
            _ => Self::Other,
        }
    }
}

/// The value or values behind a reference.
#[derive(Debug)]
pub(crate) enum Found<'v> {
    One(Option<&'v Value>),
    /// A column of a grid, seen from outside: one value a row.
    Many(Vec<Option<&'v Value>>),
}

/// `conditional{show, when, eq}` of a component.
pub(crate) fn legacy(found: &Found<'_>, equals: &str, show: bool) -> bool {
    match found {
        Found::One(Some(Value::Object(members))) if members.contains_key(equals) => {
            js::text_of(members.get(equals)) == if show { "true" } else { "false" }
        }
        Found::One(Some(Value::Array(items))) if items.iter().any(|item| js::text_of(Some(item)) == equals) => show,
        Found::One(value) => (js::text_of(*value) == equals) == show,
        Found::Many(values) => values.iter().any(|value| js::text_of(*value) == equals) == show,
    }
}

/// Whether one of `conditions[]` holds.
pub(crate) fn holds(test: &Test, found: &Found<'_>) -> bool {
    match (test.operator, found) {
        (Operator::Empty, Found::One(value)) => is_empty(*value, test.about),
        (Operator::NotEmpty, Found::One(value)) => !is_empty(*value, test.about),
        (Operator::Empty, Found::Many(values)) => values.iter().all(|value| is_empty(*value, test.about)),
        (Operator::NotEmpty, Found::Many(values)) => !values.iter().all(|value| is_empty(*value, test.about)),
        // Of an array it is enough that one item satisfies the operator.
        (_, Found::One(Some(Value::Array(items)))) => items.iter().any(|item| compare(test, Some(item))),
        (_, Found::One(value)) => compare(test, *value),
        (_, Found::Many(values)) => values.iter().any(|value| compare(test, *value)),
    }
}

fn compare(test: &Test, value: Option<&Value>) -> bool {
    let expected = &test.expected;
    match test.operator {
        Operator::Equal => equal(value, expected, test.about),
        Operator::NotEqual => !equal(value, expected, test.about),
        Operator::Includes => includes(value, expected),
        Operator::NotIncludes => !includes(value, expected),
        Operator::StartsWith => lodash_text(value).starts_with(&*js::text_of(Some(expected))),
        Operator::EndsWith => lodash_text(value).ends_with(&*js::text_of(Some(expected))),
        Operator::Number(orders) => {
            let expected = js::Js::of(Some(expected)).and_then(|expected| expected.to_number());
            let order = value.and_then(Value::as_f64).zip(expected).and_then(|(value, expected)| value.partial_cmp(&expected));
            order.is_some_and(|order| orders.contains(&order))
        }
        Operator::Date(orders) => date_order(value, expected).is_some_and(|order| orders.contains(&order)),
        Operator::NotSameDate => js::truthy(value) && date_order(value, expected) != Some(Equal),
        Operator::Empty | Operator::NotEmpty => false,
    }
}

fn equal(value: Option<&Value>, expected: &Value, about: About) -> bool {
    if about == About::Boxes
        && let Some(Value::Object(members)) = value
    {
        return members.get(&*js::text_of(Some(expected))).is_some_and(|member| js::truthy(Some(member)));
    }
    let value = value.unwrap_or(&Value::Null);
    // A builder writes every expected value as text: `"3"`, `"true"`.
    if let Value::String(text) = expected
        && !text.is_empty()
        && !value.is_string()
        && (*value == Value::Bool(false) || js::truthy(Some(value)))
        && let Ok(parsed) = serde_json::from_str::<Value>(text)
    {
        return same(value, &parsed);
    }
    same(value, expected)
}

/// Deep equality in which `1` and `1.0` are one number.
fn same(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

fn includes(value: Option<&Value>, expected: &Value) -> bool {
    match value {
        Some(Value::String(text)) => text.contains(&*js::text_of(Some(expected))),
        Some(Value::Object(members)) => members.values().any(|member| same(member, expected)),
        _ => false,
    }
}

fn lodash_text(value: Option<&Value>) -> std::borrow::Cow<'_, str> {
    if value.is_none_or(Value::is_null) { "".into() } else { js::text_of(value) }
}

fn date_order(value: Option<&Value>, expected: &Value) -> Option<Ordering> {
    let read = |value: &Value| -> Option<RomeTime> { value.as_str().and_then(parse_instant) };
    Some(read(value?)?.cmp(&read(expected)?))
}

/// Whether Form.io takes a value for no answer.
pub(crate) fn is_empty(value: Option<&Value>, about: About) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Bool(flag)) => !flag && about == About::Checkbox,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(members)) if about == About::Boxes => !members.values().any(|member| js::truthy(Some(member))),
        Some(Value::Object(members)) => members.is_empty(),
        Some(Value::Number(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(operator: &str, value: Value, expected: Value, about: About) -> bool {
        let test = Test { source: None, operator: Operator::named(operator).unwrap(), expected, about };
        holds(&test, &Found::One(Some(&value)))
    }

    #[test]
    fn legacy_conditions() {
        let boxes = json!({"a": true, "b": false});
        let list = json!(["x", "y"]);
        for (value, equals, show, expected) in [
            (Some(&json!("si")), "si", true, true),
            (Some(&json!(true)), "true", true, true),
            (Some(&json!("no")), "si", false, true),
            (None, "si", true, false),
            (None, "si", false, true),
            (Some(&boxes), "a", true, true),
            (Some(&boxes), "b", true, false),
            (Some(&boxes), "b", false, true),
            (Some(&list), "x", true, true),
            (Some(&list), "z", true, false),
            (Some(&json!(3)), "3", true, true),
        ] {
            assert_eq!(legacy(&Found::One(value), equals, show), expected, "{value:?} {equals} {show}");
        }
    }

    #[test]
    fn operators() {
        for (operator, value, expected, about, result) in [
            ("isEqual", json!(3), json!("3"), About::Other, true),
            ("isEqual", json!("3"), json!("3"), About::Other, true),
            ("isEqual", json!(false), json!("false"), About::Other, true),
            ("isEqual", json!({"a": true}), json!("a"), About::Boxes, true),
            ("isNotEqual", json!("a"), json!("a"), About::Other, false),
            ("isEqual", json!(["a", "b"]), json!("b"), About::Other, true),
            ("isEmpty", json!({"a": false}), json!(null), About::Boxes, true),
            ("isEmpty", json!(false), json!(null), About::Checkbox, true),
            ("isEmpty", json!(false), json!(null), About::Other, false),
            ("isNotEmpty", json!(0), json!(null), About::Other, true),
            ("includes", json!("abc"), json!("b"), About::Other, true),
            ("notIncludes", json!("abc"), json!("b"), About::Other, false),
            ("startsWith", json!("abc"), json!("ab"), About::Other, true),
            ("endsWith", json!("abc"), json!("bc"), About::Other, true),
            ("greaterThan", json!(5), json!("4"), About::Other, true),
            ("greaterThan", json!("5"), json!(4), About::Other, false),
            ("lessThanOrEqual", json!(4), json!(4), About::Other, true),
            ("dateGreaterThan", json!("2025-01-02"), json!("2025-01-01"), About::Other, true),
            ("isDateEqual", json!("2025-01-01T00:00:00+01:00"), json!("2025-01-01"), About::Other, true),
            ("dateLessThan", json!(""), json!("2025-01-01"), About::Other, false),
        ] {
            assert_eq!(check(operator, value.clone(), expected, about), result, "{operator} {value}");
        }
        assert!(Operator::named("vicino").is_none());
    }
}
