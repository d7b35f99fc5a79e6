//! Data that come signed from the registers of other bodies, and go back to be recognised.

use serde_json::Value;

use crate::Form;
use crate::model::{Kind, Source, Step, pointer};

/// A nested form of certified data, with what a submission has in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Certified<'a> {
    /// Where in the submission it is (RFC 6901).
    pub pointer: String,
    /// Where the data come from.
    pub source: &'a Source,
    /// The value: `{"data": {...}, "meta": {...}}`.
    pub value: &'a Value,
}

impl Form {
    /// The nested forms of certified data in which `data` has something.
    pub fn certified<'a>(&'a self, data: &'a Value) -> Vec<Certified<'a>> {
        let mut found = Vec::new();
        for (index, component) in self.root.components.iter().enumerate() {
            let Kind::Nested { certified: Some(source) } = &component.kind else { continue };
            let mut steps = Vec::new();
            self.root.steps_to_scope(index, &mut steps);
            steps.push(Step::Key((&*component.key).into()));
            let pointer = pointer(&steps);
            if let Some(value) = data.pointer(&pointer).filter(|value| value.get("data").is_some_and(says_something)) {
                found.push(Certified { pointer, source, value });
            }
        }
        found
    }
}

/// Whether anything is in a value but empty texts.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(says_something),
        Value::Object(members) => members.values().any(says_something),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn certified_data_are_found_where_they_are_and_only_when_there_are_some() {
        let inner = json!([{"type": "textfield", "key": "address", "input": true}]);
        let properties = json!({"pdndField": "true", "pdndService": "/anpr/accertamento-residenza", "pdndFormat": "residenza"});
        let home = json!({"type": "form", "key": "home", "properties": properties, "components": inner});
        let plain = json!({"type": "form", "key": "plain", "components": inner});
        let definition = json!({"components": [{"type": "panel", "key": "p", "components": [
            {"type": "container", "key": "c", "input": true, "components": [home]}, plain
        ]}]});
        let form = Form::compile(&definition, &|_| None).unwrap();
        let data = json!({"c": {"home": {"data": {"address": "Via Roma"}}}, "plain": {"data": {"address": "x"}}});
        let found = form.certified(&data);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].pointer.as_str(), found[0].source.eservice.as_str()), ("/c/home", "anpr/accertamento-residenza"));
        assert_eq!(found[0].value["data"]["address"], "Via Roma");
        for empty in [json!({}), json!({"c": {"home": {"data": {"address": ""}, "meta": {}}}}), json!({"c": null})] {
            assert_eq!(form.certified(&empty), []);
        }
    }
}
