//! JSON in one form only: members in the order of their names, no spaces, whole numbers without a fraction (after RFC 8785), and no members
//! that say nothing, which forms drop. What is signed must be the same however a form, a browser or a database has written it since.

use serde_json::Value;

/// `value` as it is signed.
pub fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let says_something = |value: &Value| !value.is_null() && value != "";
            let mut names: Vec<_> = members.iter().filter(|(_, value)| says_something(value)).map(|(name, _)| name).collect();
            names.sort_unstable();
            out.push('{');
            for (index, name) in names.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write(&members[name], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        // Up to here every whole number has one form as a floating-point number: JavaScript writes 1.0 as 1.
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => out.push_str(&format!("{float:.0}")),
            _ => out.push_str(&number.to_string()),
        },
        other => out.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_members_and_the_way_numbers_are_written_do_not_matter() {
        let read = |json: &str| text(&serde_json::from_str(json).unwrap());
        assert_eq!(read(r#"{"b": [1.0, null], "a": {"y": "è\n", "x": true}}"#), r#"{"a":{"x":true,"y":"è\n"},"b":[1,null]}"#);
        assert_eq!(read("1e2"), "100");
        assert_eq!(read("-0.0"), read("-0"), "both zeros");
        assert_ne!(read("1.5"), read("1.50001"));
        assert_ne!(read("[1,2]"), read("[2,1]"), "the order of a list counts");
        assert_eq!(read(r#"{"a":null,"b":""}"#), read("{}"), "members that say nothing");
    }
}
