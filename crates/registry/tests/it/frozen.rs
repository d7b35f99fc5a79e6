//! The published form of documents: what other producers have written is dealt with, and what we write never changes unnoticed.

use std::path::Path;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{BUGLIANO, SERVICE, World};

/// A document as the dispatcher makes it.
pub const CREATED: &str = include_str!("../../../contracts/samples/documents/1/created.json");

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let schema = serde_json::from_str(include_str!("../../../contracts/schemas/documents.v1.json")).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
});

/// Asserts that an event satisfies the published schema.
pub fn assert_valid(event: &Value) {
    let errors: Vec<String> = SCHEMA.iter_errors(event).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:?} in {event:#}");
}

on_both_engines!(every_frozen_document_is_dealt_with, our_events_are_as_they_always_were);

/// The files of `contracts/samples/documents/1`.
fn samples() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts/samples/documents/1");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()).collect()
}

async fn every_frozen_document_is_dealt_with(world: World) {
    for mut sample in samples() {
        let own = world.document();
        for member in ["id", "remote_id", "event_id", "main_document", "attachments"] {
            sample[member] = own[member].clone();
        }
        let was = sample["status"].clone();
        world.publish("documents", &sample).await;
        if was == "REGISTRATION_COMPLETE" {
            world.idle().await;
            assert_eq!(world.statuses(&sample).await, ["REGISTRATION_COMPLETE"]);
        } else {
            let registered = world.registered(&sample).await;
            assert_eq!(registered["registration_data"]["transmission_type"], sample["registration_data"]["transmission_type"]);
        }
    }
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}

/// Compares an event with its frozen text, in which identifiers that are drawn are `*`.
fn assert_frozen(name: &str, mut event: Value) {
    for drawn in ["id", "event_id", "remote_id"] {
        event[drawn] = json!("*");
    }
    event["app_id"] = json!(event["app_id"].as_str().unwrap().replace(runtime::VERSION, "*"));
    for file in ["/main_document/url", "/attachments/0/url", "/attachments/1/url", "/retry_meta/remote_document_id"] {
        if let Some(address) = event.pointer_mut(file) {
            *address = json!("*");
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/samples/{name}.json"));
    // A new event is frozen by a run with this variable set, and looked at before it is committed.
    if std::env::var_os("SPORTELLO_TEST_FREEZE").is_some() && !path.exists() {
        std::fs::write(&path, format!("{event:#}\n")).unwrap();
    }
    let frozen: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(event, frozen, "{} should be:\n{event:#}", path.display());
}

async fn our_events_are_as_they_always_were(world: World) {
    let document = world.document();
    world.publish("documents", &document).await;
    let registered = world.registered(&document).await;
    let all = world.events("documents").await;
    assert_frozen("pending", all[1].clone());
    assert_frozen("complete", registered);

    let document = world.document();
    world.registry_is("half", None).await;
    world.publish("documents", &document).await;
    assert_frozen("partial", world.last_event("retry_queue", &document, "PARTIAL_REGISTRATION").await);

    let document = world.document();
    world.registry_is("refuse", None).await;
    world.publish("documents", &document).await;
    assert_frozen("failed", world.last_event("retry_queue", &document, "REGISTRATION_FAILED").await);

    let mut application: Value =
        serde_json::from_str(include_str!("../../../contracts/samples/applications/2/accepted.json")).unwrap();
    application["status"] = json!("2000");
    application["protocol_number"] = Value::Null;
    // Not one of ours, so that the document stays as it was made.
    application["service_id"] = json!("11111111-2222-4333-8444-555555555502");
    world.publish("applications", &application).await;
    world.idle().await;
    let mut dispatched = world.events("documents").await.pop().unwrap();
    assert_eq!(dispatched["remote_id"], application["id"]);
    assert_eq!((&dispatched["tenant_id"], &json!(BUGLIANO)), (&application["tenant_id"], &application["tenant_id"]));
    dispatched["remote_collection"]["id"] = json!(SERVICE);
    assert_frozen("dispatched", dispatched);
}
