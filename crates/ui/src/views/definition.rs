//! A service's Form.io definition, with the forms it embeds put in their place.

use std::collections::HashMap;

use serde_json::Value;

use crate::clients::{ClientError, Platform};

/// Forms within forms within forms: deeper is a mistake or an attack.
const MAX_DEPTH: usize = 6;
/// Different embedded forms of one definition.
const MAX_FORMS: usize = 30;

/// The definition of `service`'s form. Each component `{type: "form", form: "<id>"}` gets the components of the form that it names,
/// so that the renderer needs no further request.
pub async fn load(platform: &Platform, service: &str) -> Result<Value, ClientError> {
    let mut definition = platform.service_form(service).await?;
    let mut known = HashMap::new();
    for _ in 0..MAX_DEPTH {
        let mut missing = Vec::new();
        inline(&mut definition, &known, &mut missing);
        if missing.is_empty() || known.len() + missing.len() > MAX_FORMS {
            break;
        }
        for id in missing {
            let form = match platform.form(&id).await {
                Err(error) if error.is_missing() => Value::Null,
                form => form?,
            };
            known.insert(id, form);
        }
    }
    Ok(definition)
}

/// Puts the known forms where they are named, and collects the names of the others.
fn inline(value: &mut Value, known: &HashMap<String, Value>, missing: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| inline(item, known, missing)),
        Value::Object(object) => {
            let embeds = object.get("type").is_some_and(|kind| kind == "form") && !object.contains_key("components");
            if embeds && let Some(id) = object.get("form").and_then(Value::as_str).map(str::to_owned) {
                match known.get(&id) {
                    Some(form) => {
                        object.insert(
                            "components".into(),
                            form.get("components").cloned().unwrap_or_else(|| Value::Array(Vec::new())),
                        );
                        object.insert("display".into(), form.get("display").cloned().unwrap_or_else(|| "form".into()));
                    }
                    None if !missing.contains(&id) => missing.push(id),
                    None => {}
                }
            }
            // Only what can hold components: a form's data sources and texts are none of our business.
            for part in ["components", "columns", "rows"] {
                if let Some(children) = object.get_mut(part) {
                    inline(children, known, missing);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn embedded_forms_are_put_in_place_level_by_level() {
        let mut definition = json!({ "components": [{ "type": "columns", "columns": [{ "components": [{ "type": "form", "key": "a", "form": "1" }] }] }] });
        let mut missing = Vec::new();
        inline(&mut definition, &HashMap::new(), &mut missing);
        assert_eq!(missing, ["1"]);
        let known =
            HashMap::from([("1".to_owned(), json!({ "display": "form", "components": [{ "type": "form", "form": "2" }] }))]);
        missing.clear();
        inline(&mut definition, &known, &mut missing);
        assert_eq!(missing, ["2"]);
        assert_eq!(definition.pointer("/components/0/columns/0/components/0/components/0/form"), Some(&json!("2")));
    }
}
