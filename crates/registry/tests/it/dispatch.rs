//! From applications to documents.

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::World;

on_both_engines!(
    each_case_of_an_application_becomes_one_document,
    other_versions_and_broken_applications_harm_nobody,
    an_application_goes_through_to_its_number,
    a_number_that_was_given_by_hand_is_told_once,
    a_number_by_hand_ends_the_attempts_whatever_the_document_and_the_state,
);

async fn a_number_by_hand_ends_the_attempts_whatever_the_document_and_the_state(world: World) {
    let file = |name: &str| json!({ "id": world.app.rng().uuid(), "name": name, "url": format!("https://example.it/api/attachments/{name}") });
    let (asked, answered, deed) = (file("richiesta.pdf"), file("risposta.pdf"), file("ritiro.pdf"));
    let event = |status: &str, numbers: [Value; 3]| {
        let [request, outbound, inbound] = numbers;
        let mut event = application(&world, status);
        event["service_id"] = json!("11111111-2222-4333-8444-555555555502");
        event["protocol_number"] = request;
        let (mut asked, mut answered) = (asked.clone(), answered.clone());
        (asked["protocol_number"], answered["protocol_number"]) = (outbound, inbound);
        event["integrations"] = json!([{ "outbound": asked, "inbound": answered }]);
        event["closing_file"] = deed.clone();
        event
    };
    let none = Value::Null;
    for status in ["2000", "4100", "4300"] {
        world.publish("applications", &event(status, [none.clone(), none.clone(), none.clone()])).await;
    }
    world.idle().await;
    let created = world.events("documents").await;
    let kinds: Vec<_> = created.iter().map(|document| document["type"].clone()).collect();
    assert_eq!(kinds, ["application-request", "integration-request", "integration-response"]);
    // Each in a state in which nobody would have the document registered any more.
    world.publish("applications", &event("4000", [none.clone(), json!("MAN/2"), none.clone()])).await;
    world.publish("applications", &event("4000", [none, json!("MAN/2"), json!("MAN/3")])).await;
    world.publish("applications", &event("20000", [json!("MAN/1"), json!("MAN/2"), json!("MAN/3")])).await;
    world.idle().await;
    let told = world.events("documents").await.split_off(3);
    let told: Vec<_> = told.iter().filter(|document| document["status"] == "REGISTRATION_COMPLETE").collect();
    let numbers: Vec<_> =
        told.iter().map(|document| (&document["id"], &document["registration_data"]["document_number"])).collect();
    let expected = [(1, "MAN/2"), (2, "MAN/3"), (0, "MAN/1")].map(|(at, number)| (&created[at]["id"], json!(number)));
    let expected: Vec<_> = expected.iter().map(|(id, number)| (*id, number)).collect();
    assert_eq!(numbers, expected);
}

async fn a_number_that_was_given_by_hand_is_told_once(world: World) {
    let event = |status: &str, number: Value, document: Value| {
        let mut event = application(&world, status);
        (event["protocol_number"], event["protocol_document_id"]) = (number, document);
        event["service_id"] = json!("11111111-2222-4333-8444-555555555502");
        event
    };
    // Nobody has dispatched it: there is nothing to tell.
    world.publish("applications", &event("3000", json!("MAN/0"), Value::Null)).await;
    world.idle().await;
    assert_eq!(world.events("documents").await, Vec::<Value>::new());
    world.publish("applications", &event("2000", Value::Null, Value::Null)).await;
    world.idle().await;
    let created = world.events("documents").await.remove(0);
    // A registry proxy has registered it: that was told already.
    world.publish("applications", &event("3000", json!("12/2026"), created["id"].clone())).await;
    for _ in 0..2 {
        world.publish("applications", &event("3000", json!("MAN/1"), Value::Null)).await;
    }
    world.idle().await;
    let told = world.events("documents").await.split_off(1);
    let [told] = &told[..] else { panic!("{told:?}") };
    assert_eq!((&told["id"], &told["status"]), (&created["id"], &json!("REGISTRATION_COMPLETE")));
    assert_eq!(told["registration_data"]["document_number"], "MAN/1");
    assert_ne!(told["event_id"], created["event_id"]);
}

/// An application's event in a state, with an identity of its own.
fn application(world: &World, status: &str) -> Value {
    let sample = include_str!("../../../contracts/samples/applications/2/accepted.json");
    let mut event: Value = serde_json::from_str(sample).unwrap();
    event["status"] = json!(status);
    event["event_id"] = json!(world.app.event_id());
    event["protocol_number"] = Value::Null;
    event["outcome_protocol_number"] = Value::Null;
    event["integrations"] = json!([]);
    event
}

async fn each_case_of_an_application_becomes_one_document(world: World) {
    let file = |name: &str| json!({ "id": world.app.rng().uuid(), "name": name, "url": format!("https://example.it/api/attachments/{name}") });
    let exchange = json!({ "outbound": file("richiesta.pdf"), "inbound": file("risposta.pdf") });
    let mut path = Vec::new();
    let (withdrawal, revocation) = (file("ritiro.pdf"), file("annullamento.pdf"));
    let statuses = ["1900", "2000", "3000", "4000", "4100", "4200", "4300", "4400", "4000", "6000", "7000"];
    // Opened again, it is withdrawn; opened once more, the office annuls it.
    for status in statuses.into_iter().chain(["4000", "20000", "20000", "4000", "50000", "50000"]) {
        let mut event = application(&world, status);
        event["service_id"] = json!("11111111-2222-4333-8444-555555555502");
        event["integrations"] = json!([exchange.clone()]);
        event["operator_id"] = json!(world.app.rng().uuid());
        let is_written = path.last().is_some_and(|last: &Value| last["status"] == status);
        match status {
            "20000" if is_written => event["closing_file"] = withdrawal.clone(),
            "50000" if is_written => event["closing_file"] = revocation.clone(),
            _ => {}
        }
        path.push(event);
    }
    // The whole path; then again, as it was delivered and under new identities.
    for _ in 0..2 {
        for event in &path {
            world.publish("applications", event).await;
        }
    }
    for event in &mut path {
        event["event_id"] = json!(world.app.event_id());
        world.publish("applications", event).await;
    }
    world.idle().await;
    let events = world.keyed_events("documents").await;
    let kinds: Vec<_> = events.iter().map(|(_, event)| event["type"].as_str().unwrap()).collect();
    let (exchanged, ended) =
        (["integration-request", "integration-response"], ["application-withdraw", "application-revocation"]);
    assert_eq!(kinds, [&["application-request"], &exchanged[..], &["application-outcome"], &ended[..]].concat());
    assert!(events.iter().all(|(key, event)| event["remote_id"] == key.as_str() && event["status"] == "DOCUMENT_CREATED"));
    let ways: Vec<_> =
        events.iter().map(|(_, event)| event["registration_data"]["transmission_type"].as_str().unwrap()).collect();
    assert_eq!(ways, ["Inbound", "Outbound", "Inbound", "Outbound", "Inbound", "Outbound"]);
    // Whoever typed it, the correspondent is the citizen.
    let (user, authors) = (&path[0]["user"], events.iter().map(|(_, event)| &event["author"][0]["tax_identification_number"]));
    assert!(events.iter().all(|(_, event)| &event["owner_id"] == user));
    assert!(authors.clone().all(|code| code == "FRRNNA84L52G702G"), "{:?}", authors.collect::<Vec<_>>());
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}

async fn other_versions_and_broken_applications_harm_nobody(world: World) {
    let mut old = application(&world, "2000");
    old["event_version"] = json!(1);
    let mut broken = application(&world, "2000");
    broken["tenant_id"] = json!("?");
    let mut unfetchable = application(&world, "2000");
    unfetchable["id"] = json!(world.app.rng().uuid());
    unfetchable["compiled_modules"][0]["url"] = json!("javascript:alert(1)");
    for event in [&old, &broken, &unfetchable] {
        world.publish("applications", event).await;
    }
    world.publish("applications", &application(&world, "2000")).await;
    world.idle().await;
    assert_eq!(world.events("documents").await.iter().filter(|event| event["status"] == "DOCUMENT_CREATED").count(), 1);
    let reasons = world.dead_letters().await;
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason == "documento non valido: /main_document/url pattern"), "{reasons:?}");
}

async fn an_application_goes_through_to_its_number(world: World) {
    let mut event = application(&world, "2000");
    let base =
        format!("{}/comune-di-bugliano/api/applications/{}/attachments", world.app.public_url(), event["id"].as_str().unwrap());
    event["compiled_modules"][0]["url"] = json!(format!("{base}/modulo?version=2"));
    event["attachments"][0]["url"] = json!(format!("{base}/planimetria?version=2"));
    for name in ["modulo", "planimetria"] {
        world.files.lock().unwrap().insert(name.to_owned(), name.into());
    }
    world.publish("applications", &event).await;
    world.idle().await;
    let created = world.events("documents").await.remove(0);
    let registered = world.registered(&created).await;
    assert_eq!(registered["remote_id"], event["id"]);
    assert_eq!(registered["registration_data"]["document_number"], "0000001/2026");
    assert_eq!(world.ledger("accepted", "attachment").await.len(), 1);
}
