//! Data that come signed from the registers of other bodies, and go back to be recognised.

use serde_json::Value;

use crate::Form;
use crate::model::{Frame, Kind, Source, Step, pointer};

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
        collect(&self.root, "", data, &mut found);
        found
    }
}

/// Those of a frame whose object is at `at`: its own, and those in each row of its tables.
fn collect<'a>(frame: &'a Frame, at: &str, data: &'a Value, found: &mut Vec<Certified<'a>>) {
    for (index, component) in frame.components.iter().enumerate() {
        let mut steps = Vec::new();
        frame.steps_to_scope(index, &mut steps);
        steps.push(Step::Key((&*component.key).into()));
        let pointer = format!("{at}{}", pointer(&steps));
        let Some(value) = data.pointer(&pointer) else { continue };
        match &component.kind {
            Kind::Nested { certified: Some(source) } if value.get("data").is_some_and(says_something) => {
                found.push(Certified { pointer, source, value });
            }
            Kind::Grid(grid) => {
                let rows = value.as_array().map_or(0, Vec::len);
                (0..rows).for_each(|row| collect(&grid.row, &format!("{pointer}/{row}"), data, found));
            }
            _ => {}
        }
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

    #[test]
    fn certified_data_are_found_in_every_row_of_a_table() {
        let properties = json!({"pdndField": "true", "pdndService": "anpr/accertamento-residenza"});
        let inner = json!([{"type": "textfield", "key": "address", "input": true}]);
        let home = json!({"type": "form", "key": "home", "properties": properties, "components": inner});
        let cells = json!([{"type": "container", "key": "c", "input": true, "components": [home]}]);
        for kind in ["datagrid", "editgrid"] {
            let table = json!({"type": kind, "key": "rows", "input": true, "components": cells});
            let form = Form::compile(&json!({"components": [table]}), &|_| None).unwrap();
            let row = |address: &str| json!({"c": {"home": {"data": {"address": address}}}});
            let data = json!({"rows": [row("Via Roma"), row(""), row("Via Milano")]});
            let found: Vec<_> = form.certified(&data).into_iter().map(|certified| certified.pointer).collect();
            assert_eq!(found, ["/rows/0/c/home", "/rows/2/c/home"], "{kind}");
            assert_eq!(form.certified(&json!({"rows": "none"})), []);
        }
    }
}
