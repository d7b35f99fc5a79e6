//! Nested forms with `pdndField`: filled from the registers of other bodies, shown so that they cannot be changed, and sent with the proof by
//! which the platform recognises them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::visit::Visit;

/// A nested form of certified data: where it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Source {
    eservice: String,
    format: String,
    config_id: String,
}

/// The certified nested forms of a definition by their pointers into the data. Each of them, and whatever is in it, is disabled.
fn disable(parent: &mut Value, at: &str, found: &mut BTreeMap<String, Source>, depth: usize) {
    for part in ["components", "columns", "rows"] {
        let children = parent.get_mut(part).and_then(Value::as_array_mut).into_iter().flatten();
        for child in children.take_while(|_| depth < 20) {
            let key = child.get("key").and_then(Value::as_str).unwrap_or_default().to_owned();
            match (child.get("type").and_then(Value::as_str), source(child)) {
                (Some("form"), Some(source)) => {
                    lock(child, 0);
                    found.insert(format!("{at}/{key}"), source);
                }
                (Some("form"), None) => disable(child, &format!("{at}/{key}/data"), found, depth + 1),
                (Some("container"), _) => disable(child, &format!("{at}/{key}"), found, depth + 1),
                // The rows of a table are not known beforehand.
                (Some("datagrid" | "editgrid"), _) => {}
                _ => disable(child, at, found, depth + 1),
            }
        }
    }
}

fn lock(component: &mut Value, depth: usize) {
    component["disabled"] = true.into();
    for part in ["components", "columns", "rows"] {
        let children = component.get_mut(part).and_then(Value::as_array_mut).into_iter().flatten();
        children.take_while(|_| depth < 20).filter(|child| child.is_object()).for_each(|child| lock(child, depth + 1));
    }
}

fn source(component: &Value) -> Option<Source> {
    let member = |name: &str| component.get(name).or_else(|| component.get("properties")?.get(name));
    let text = |name: &str| member(name).and_then(Value::as_str).unwrap_or_default().trim_matches('/').to_owned();
    let is_certified = member("pdndField").is_some_and(|flag| flag == true || flag == "true");
    let source = Source { eservice: text("pdndService"), format: text("pdndFormat"), config_id: text("pdndConfigId") };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-/".contains(&byte);
    (is_certified && !source.eservice.is_empty() && source.eservice.bytes().all(plain)).then_some(source)
}

/// Asks for the certified data of the form, and puts them into `data` in the place of whatever was there. What a register does not give
/// stays empty: the citizen sees the form all the same.
pub async fn fill(visit: &Visit, definition: &mut Value, data: &mut Value) {
    let mut sources = BTreeMap::new();
    disable(definition, "", &mut sources, 0);
    for (pointer, source) in sources {
        let given = ask(visit, &source).await.unwrap_or_else(|| json!({ "data": {} }));
        put(data, &pointer, given);
    }
}

/// Puts the proof beside certified data that came back without it: the renderer keeps only what it shows. The data stay as they were sent,
/// so that altered ones do not fit their proof.
pub async fn prove(visit: &Visit, mut definition: Value, data: &mut Value) {
    let mut sources = BTreeMap::new();
    disable(&mut definition, "", &mut sources, 0);
    for (pointer, source) in sources {
        let Some(sent) = data.pointer_mut(&pointer).filter(|sent| sent["data"].is_object() && sent.get("meta").is_none()) else {
            continue;
        };
        let says_something = |value: &Value| !value.is_null() && value != "";
        if sent["data"].as_object().is_some_and(|members| members.values().any(says_something))
            && let Some(given) = ask(visit, &source).await
        {
            sent["meta"] = given["meta"].clone();
        }
    }
}

async fn ask(visit: &Visit, source: &Source) -> Option<Value> {
    let viewer = visit.viewer.as_ref()?;
    let code = visit.platform().user(&viewer.id).await.ok()?.fiscal_code;
    let Source { eservice, format, config_id } = source;
    let parameters = [("fiscal_code", code.as_str()), ("format", format), ("config_id", config_id)];
    match visit.registers()?.data(eservice, &parameters).await {
        Ok(given) => Some(given),
        Err(error) => {
            tracing::warn!(event_type = "form", eservice, "certified data are missing: {error}");
            None
        }
    }
}

fn put(data: &mut Value, pointer: &str, value: Value) {
    let mut place = data;
    for part in pointer.split('/').skip(1) {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = place.as_object_mut().expect("made an object above").entry(part).or_insert(Value::Null);
    }
    *place = value;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certified_forms_are_found_and_cannot_be_changed() {
        let inner = json!([{ "type": "columns", "key": "x", "columns": [{ "components": [{ "type": "textfield", "key": "address" }] }] }]);
        let properties = json!({ "pdndField": "true", "pdndService": "anpr/stato-famiglia", "pdndFormat": "famiglia" });
        let certified = json!({ "type": "form", "key": "home", "properties": properties, "components": inner });
        let container = json!({ "type": "container", "key": "c", "components": [certified] });
        let plain = json!({ "type": "form", "key": "plain", "components": inner });
        let mut definition = json!({ "components": [{ "type": "panel", "key": "p", "components": [container, plain] }] });
        let mut found = BTreeMap::new();
        disable(&mut definition, "", &mut found, 0);
        let expected = Source { eservice: "anpr/stato-famiglia".into(), format: "famiglia".into(), config_id: String::new() };
        assert_eq!(found, BTreeMap::from([("/c/home".to_owned(), expected)]));
        let panel = &definition["components"][0]["components"];
        let field = "/columns/0/components/0/disabled";
        assert_eq!(panel[0]["components"][0]["components"][0].pointer(field), Some(&true.into()));
        assert_eq!(panel[1]["components"][0].pointer(field), None);
        let mut data = json!({ "c": null });
        put(&mut data, "/c/home", json!({ "data": { "address": "Via Roma" } }));
        assert_eq!(data, json!({ "c": { "home": { "data": { "address": "Via Roma" } } } }));
    }

    #[test]
    fn a_service_that_would_lead_elsewhere_is_none() {
        let component = |service: &str| json!({ "pdndField": true, "pdndService": service });
        assert!(source(&component("inps/isee")).is_some());
        for service in ["", "../../internal/x", "anpr/x?fiscal_code=y"] {
            assert_eq!(source(&component(service)), None, "{service}");
        }
    }
}
