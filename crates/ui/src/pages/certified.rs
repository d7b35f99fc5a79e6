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
    /// Where the nested form is in the definition.
    component: String,
}

/// Any row of a table, in a pointer into the data.
const ANY_ROW: &str = "/*";

/// The certified nested forms of a definition by their pointers into the data, in which any row of a table is [`ANY_ROW`]. Each of them, and
/// whatever is in it, is disabled. `this` is where `parent` is in the definition.
fn disable(parent: &mut Value, (at, this): (&str, &str), found: &mut BTreeMap<String, Source>, depth: usize) {
    for part in ["components", "columns", "rows"] {
        let children = parent.get_mut(part).and_then(Value::as_array_mut).into_iter().flatten();
        for (index, child) in children.take_while(|_| depth < 20).enumerate() {
            let key = child.get("key").and_then(Value::as_str).unwrap_or_default().to_owned();
            let here = format!("{this}/{part}/{index}");
            let inside = match (child.get("type").and_then(Value::as_str), source(child)) {
                (Some("form"), Some(source)) => {
                    lock(child, 0);
                    found.insert(format!("{at}/{key}"), Source { component: here, ..source });
                    continue;
                }
                (Some("form"), None) => format!("{at}/{key}/data"),
                (Some("container"), _) => format!("{at}/{key}"),
                (Some("datagrid" | "editgrid"), _) => format!("{at}/{key}{ANY_ROW}"),
                _ => at.to_owned(),
            };
            disable(child, (&inside, &here), found, depth + 1);
        }
    }
}

/// The places of a pointer in `data`: one for each row of each table on the way. A table without rows has a first one.
fn places(data: &Value, pointer: &str) -> Vec<String> {
    let Some((table, rest)) = pointer.split_once(ANY_ROW) else { return vec![pointer.to_owned()] };
    let rows = data.pointer(table).and_then(Value::as_array).map_or(0, Vec::len);
    (0..rows.max(1)).flat_map(|row| places(data, &format!("{table}/{row}{rest}"))).collect()
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
    let source = Source {
        eservice: text("pdndService"),
        format: text("pdndFormat"),
        config_id: text("pdndConfigId"),
        component: String::new(),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-/".contains(&byte);
    (is_certified && !source.eservice.is_empty() && source.eservice.bytes().all(plain)).then_some(source)
}

/// Asks for the certified data of the form, and puts them into `data` in the place of whatever was there. What a register does not give
/// stays empty: the citizen sees the form all the same.
pub async fn fill(visit: &Visit, definition: &mut Value, data: &mut Value) {
    let mut sources = BTreeMap::new();
    disable(definition, ("", ""), &mut sources, 0);
    for (pointer, source) in sources {
        let given = ask(visit, &source).await.unwrap_or_else(|| json!({ "data": {} }));
        for place in places(data, &pointer) {
            put(data, &place, given.clone());
        }
        // Rows that the citizen adds have them too.
        if let Some(component) = definition.pointer_mut(&source.component).filter(|_| pointer.contains(ANY_ROW)) {
            component["defaultValue"] = json!({ "data": given["data"] });
        }
    }
}

/// Puts the proof beside certified data that came back without it: the renderer keeps only what it shows. The data stay as they were sent,
/// so that altered ones do not fit their proof.
pub async fn prove(visit: &Visit, mut definition: Value, data: &mut Value) {
    let mut sources = BTreeMap::new();
    disable(&mut definition, ("", ""), &mut sources, 0);
    for (pointer, source) in sources {
        let bare: Vec<String> = places(data, &pointer).into_iter().filter(|place| lacks_proof(data.pointer(place))).collect();
        if bare.is_empty() {
            continue;
        }
        let Some(given) = ask(visit, &source).await else { continue };
        for place in bare {
            if let Some(sent) = data.pointer_mut(&place) {
                sent["meta"] = given["meta"].clone();
            }
        }
    }
}

/// Whether certified data are there, and their proof is not.
fn lacks_proof(sent: Option<&Value>) -> bool {
    let Some(sent) = sent.filter(|sent| sent.get("meta").is_none()) else { return false };
    let says_something = |value: &Value| !value.is_null() && value != "";
    sent["data"].as_object().is_some_and(|members| members.values().any(says_something))
}

async fn ask(visit: &Visit, source: &Source) -> Option<Value> {
    let viewer = visit.viewer.as_ref()?;
    let code = visit.platform().user(&viewer.id).await.ok()?.fiscal_code;
    let Source { eservice, format, config_id, .. } = source;
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
        if let (Ok(row), false) = (part.parse::<usize>(), place.is_object()) {
            if !place.is_array() {
                *place = Value::Array(Vec::new());
            }
            let rows = place.as_array_mut().expect("made an array above");
            rows.resize(rows.len().max(row + 1), Value::Null);
            place = &mut rows[row];
            continue;
        }
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
        disable(&mut definition, ("", ""), &mut found, 0);
        let expected = Source {
            eservice: "anpr/stato-famiglia".into(),
            format: "famiglia".into(),
            config_id: String::new(),
            component: "/components/0/components/0/components/0".into(),
        };
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
    fn certified_forms_in_a_table_are_in_each_of_its_rows() {
        let certified = json!({ "type": "form", "key": "home", "pdndField": true, "pdndService": "inps/isee", "components": [] });
        let cells = json!([{ "type": "container", "key": "c", "components": [certified] }]);
        let mut definition = json!({ "components": [{ "type": "datagrid", "key": "people", "components": cells }] });
        let mut found = BTreeMap::new();
        disable(&mut definition, ("", ""), &mut found, 0);
        let (pointer, source) = found.first_key_value().unwrap();
        assert_eq!((pointer.as_str(), found.len()), ("/people/*/c/home", 1));
        assert_eq!(definition.pointer(&source.component).unwrap()["key"], "home");
        let mut data = json!({ "people": [{ "name": "Ada" }, {}] });
        assert_eq!(places(&data, pointer), ["/people/0/c/home", "/people/1/c/home"]);
        assert_eq!(places(&json!({}), pointer), ["/people/0/c/home"], "the first row");
        put(&mut data, "/people/2/c/home", json!({ "data": { "isee": 1 } }));
        assert_eq!(data["people"], json!([{ "name": "Ada" }, {}, { "c": { "home": { "data": { "isee": 1 } } } }]));
        assert!(lacks_proof(data.pointer("/people/2/c/home")));
        assert!(!lacks_proof(data.pointer("/people/0/c/home")));
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
