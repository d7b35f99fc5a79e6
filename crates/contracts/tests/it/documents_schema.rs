//! The JSON Schema of documents accepts what we write and refuses what it must.

use contracts::documents::DocumentV1;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::{file, sample, samples_of};

fn schema() -> Validator {
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(file("schemas/documents.v1.json")).unwrap()).unwrap();
    assert!(jsonschema::meta::is_valid(&schema), "the schema itself is wrong");
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

#[test]
fn every_event_that_we_write_is_accepted() {
    let schema = schema();
    for path in samples_of("documents/1") {
        let event: DocumentV1 = serde_json::from_str(&sample(&path)).unwrap();
        let value = serde_json::to_value(&event).unwrap();
        let errors: Vec<String> = schema.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{path}: {errors:?}");
    }
}

#[test]
fn events_as_older_producers_write_them_are_accepted_and_read() {
    let mut value: Value = serde_json::from_str(&sample("documents/1/created")).unwrap();
    for member in ["building_number", "town_name", "country_subdivision", "country"] {
        value["author"][0].as_object_mut().unwrap().remove(member);
    }
    value["registration_data"]["transmission_type"] = json!("inbound");
    value["updated_at"] = json!("");
    value["image_gallery"] = json!([]);
    value.as_object_mut().unwrap().remove("app_id");
    assert!(schema().is_valid(&value));
    let event: DocumentV1 = serde_json::from_value(value).unwrap();
    assert_eq!((event.validate(), event.updated_at), (vec![], None));
    // Written again, it has the spelling and the members that the published schema asks for.
    let written = serde_json::to_value(&event).unwrap();
    assert_eq!(written["registration_data"]["transmission_type"], "Inbound");
    assert_eq!(written["author"][0]["town_name"], Value::Null);
    assert!(schema().is_valid(&written));
}

#[test]
fn wrong_events_are_refused() {
    let schema = schema();
    let good: Value = serde_json::from_str(&sample("documents/1/created")).unwrap();
    let long = "x".repeat(256);
    for (pointer, wrong) in [
        ("/title", json!(long)),
        ("/short_description", json!(long)),
        ("/id", json!("not-a-uuid")),
        ("/event_version", json!(2)),
        ("/event_created_at", json!("yesterday")),
        ("/updated_at", json!("yesterday")),
        ("/status", json!("REGISTERED")),
        ("/type", json!("application")),
        ("/registration_data/transmission_type", json!("INBOUND")),
        ("/registration_data/document_number", json!(long)),
        ("/registration_data/date", json!("12/03/2025")),
        ("/folder/title", json!(long)),
        ("/remote_collection/type", json!("tenant")),
        ("/main_document/url", json!("no address")),
        ("/attachments/0/md5", Value::Null),
        ("/author/0/type", json!("robot")),
        ("/author/0/email", json!("nobody")),
        ("/source_type", json!("office")),
    ] {
        let mut event = good.clone();
        *event.pointer_mut(pointer).unwrap() = wrong;
        assert!(!schema.is_valid(&event), "{pointer}");
    }
    for member in ["title", "id", "status", "main_document", "tenant_id", "owner_id", "created_at", "updated_at", "event_id"] {
        let mut event = good.clone();
        event.as_object_mut().unwrap().remove(member);
        assert!(!schema.is_valid(&event), "{member}");
    }
}

#[test]
fn a_registered_document_needs_its_number() {
    let mut event: DocumentV1 = serde_json::from_str(&sample("documents/1/registered")).unwrap();
    event.registration_data.as_mut().unwrap().document_number.clear();
    let errors = event.validate();
    assert_eq!(errors.len(), 1);
    assert_eq!((errors[0].field.as_str(), errors[0].code.as_str()), ("/registration_data/document_number", "required"));
}
