//! What ends an application without a decision is a document too, for the citizen and for the registry.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{HERE, PDF, Person, SERVICE, World};
use crate::on_both_engines;

on_both_engines!(
    a_withdrawal_and_an_annulment_are_documents,
    what_is_opened_again_and_ended_again_has_another_document,
    an_application_of_an_operator_for_a_citizen_is_the_citizens,
);

/// An application that `operator` has sent for Mario, acquired.
async fn acquired(world: &World, operator: &Person) -> String {
    let mario = world.mario().await;
    let new = json!({ "service": "prova", "user": mario.id, "status": "1900", "data": { "note": "ciao" } });
    let made = world.call("POST", &format!("{HERE}/api/applications")).by(operator).json(&new).send().await.expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    until(world, &id, |event| event["status"] == "2000" || event["status"] == "4000").await;
    id
}

/// Waits for an event of an application, and gives the last that `holds`.
async fn until(world: &World, id: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let events = world.events("applications").await;
        if let Some((_, event)) = events.into_iter().rfind(|(_, event)| event["id"] == id && holds(event)) {
            return event;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", world.events("applications").await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn allowed(world: &World) {
    let rules = json!({ "allow_withdraw": true, "allow_reopening": true, "workflow": 0 });
    world.call("PATCH", &format!("{HERE}/api/services/{SERVICE}")).bearer(&world.service()).json(&rules).send().await.expect(200);
}

async fn a_withdrawal_and_an_annulment_are_documents(world: World) {
    allowed(&world).await;
    let _running = runtime::supervise(&world.app, std::slice::from_ref(&world.role)).await.unwrap();
    let (operator, mario) = (world.operator().await, world.mario().await);
    for (transition, by, status, name) in
        [("withdraw", &mario, "20000", "ritiro"), ("revoke", &operator, "50000", "annullamento")]
    {
        let id = acquired(&world, &operator).await;
        let call = world.call("POST", &format!("{HERE}/api/applications/{id}/transition/{transition}"));
        call.by(by).json(&json!({ "message": "<p>Ho cambiato idea.</p>" })).send().await.expect(204);
        let event = until(&world, &id, |event| event["status"] == status && !event["closing_file"].is_null()).await;
        let file = &event["closing_file"];
        assert_eq!(file["name"], format!("{name}-{id}.pdf"));
        assert_eq!((&file["mime_type"], file["md5"].as_str().unwrap().len()), (&json!("application/pdf"), 32));
        // What the event says of it is what the citizen downloads.
        let path = file["url"].as_str().unwrap();
        let path = &path[path.find(HERE).unwrap()..];
        let answer = world.call("GET", path).by(&mario).send().await;
        assert!(answer.status == 200 && answer.bytes.starts_with(&PDF[..5]), "{}", answer.status);
        let shown = world.call("GET", &format!("{HERE}/api/applications/{id}")).by(&mario).send().await.expect(200);
        assert_eq!(shown["closing_file"]["id"], file["id"]);
        // One event says that it ended, and one that it is written.
        let events = world.events("applications").await;
        assert_eq!(events.iter().filter(|(_, event)| event["id"] == id.as_str() && event["status"] == status).count(), 2);
    }
}

async fn what_is_opened_again_and_ended_again_has_another_document(world: World) {
    allowed(&world).await;
    let _running = runtime::supervise(&world.app, std::slice::from_ref(&world.role)).await.unwrap();
    let (operator, mario) = (world.operator().await, world.mario().await);
    let id = acquired(&world, &operator).await;
    let mut files = Vec::new();
    for _ in 0..2 {
        let at = |transition: &str| world.call("POST", &format!("{HERE}/api/applications/{id}/transition/{transition}"));
        at("withdraw").by(&mario).send().await.expect(204);
        let seen = files.clone();
        let another = |event: &Value| !event["closing_file"].is_null() && !seen.contains(&event["closing_file"]["id"]);
        files.push(until(&world, &id, another).await["closing_file"]["id"].clone());
        at("reopen").by(&operator).send().await.expect(204);
        let shown = world.call("GET", &format!("{HERE}/api/applications/{id}")).by(&mario).send().await.expect(200);
        assert_eq!((&shown["status"], &shown["closing_file"]), (&json!("4000"), &Value::Null));
        world.clock.advance(jiff::SignedDuration::from_secs(1));
    }
    assert_ne!(files[0], files[1]);
}

async fn an_application_of_an_operator_for_a_citizen_is_the_citizens(world: World) {
    let _running = runtime::supervise(&world.app, std::slice::from_ref(&world.role)).await.unwrap();
    let (operator, mario) = (world.operator().await, world.mario().await);
    let id = acquired(&world, &operator).await;
    let event = until(&world, &id, |event| event["status"] == "2000").await;
    assert_eq!((&event["user"], &event["user_name"]), (&json!(mario.id), &json!("Mario Rossi")));
    assert_eq!(event["compiled_modules"].as_array().unwrap().len(), 1);
}
