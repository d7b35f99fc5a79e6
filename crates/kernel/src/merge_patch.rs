//! Changes of some members of a JSON document.

use serde_json::{Map, Value};

/// Lays `patch` over `target` (JSON Merge Patch, RFC 7396): objects member by member, `null` removes, anything else replaces.
pub fn merge_patch(target: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, value) in patch {
        match (value, target.get_mut(&name)) {
            (Value::Null, _) => drop(target.remove(&name)),
            (Value::Object(patch), Some(Value::Object(inner))) => merge_patch(inner, patch),
            (Value::Object(patch), _) => {
                let mut inner = Map::new();
                merge_patch(&mut inner, patch);
                target.insert(name, Value::Object(inner));
            }
            (value, _) => drop(target.insert(name, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_examples_of_the_specification() {
        for (target, patch, expected) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ] {
            let (Value::Object(mut target), Value::Object(patch)) = (target, patch) else { panic!("two objects") };
            merge_patch(&mut target, patch);
            assert_eq!(Value::Object(target), expected);
        }
    }
}
