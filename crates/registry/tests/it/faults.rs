//! Registries that fail and processes that die: every document ends registered, once, with all of its attachments. The oracle is the
//! registry's own ledger.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::World;

on_both_engines!(
    a_lost_answer_never_registers_twice,
    every_step_may_lose_its_answer,
    a_registration_goes_on_where_it_stopped,
    a_registry_that_is_away_for_long_is_tried_again,
    a_failing_document_does_not_hold_up_others,
    a_process_that_dies_is_taken_over,
    an_attempt_that_is_given_up_becomes_a_dead_letter,
);

/// Asserts that the registry has the document once and whole.
async fn assert_whole(world: &World, document: &Value) {
    let of_document =
        |entries: Vec<Value>| entries.into_iter().filter(|entry| entry["subject"] == document["title"]).collect::<Vec<_>>();
    let [registered] = of_document(world.ledger("accepted", "document").await).try_into().unwrap();
    let attached = world
        .ledger("accepted", "attachment")
        .await
        .into_iter()
        .filter(|entry| entry["document_id"] == registered["document_id"]);
    let attached: Vec<_> = attached.map(|entry| entry["file_name"].clone()).collect();
    let wanted: Vec<_> = document["attachments"].as_array().unwrap().iter().map(|file| file["filename"].clone()).collect();
    assert_eq!(attached, wanted);
    let filed =
        world.ledger("accepted", "filing").await.into_iter().filter(|entry| entry["document_id"] == registered["document_id"]);
    assert_eq!(filed.count(), 1);
}

/// A document with a title of its own, so that the ledger tells it from others.
fn titled(world: &World, title: &str) -> Value {
    let mut document = world.document();
    document["title"] = json!(title);
    document
}

/// Lets time pass until the document is registered.
async fn registered_in_time(world: &World, document: &Value) -> Value {
    let began = Instant::now();
    while world.statuses(document).await.last().is_none_or(|status| status != "REGISTRATION_COMPLETE") {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{:?} {:?}",
            world.statuses(document).await,
            world.dead_letters().await
        );
        world.idle().await;
        world.wait_for_retry().await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.registered(document).await
}

async fn a_lost_answer_never_registers_twice(world: World) {
    let world = world.impatient().await;
    for mode in ["timeout", "error", "garbage"] {
        let document = titled(&world, mode);
        world.registry_is(mode, Some(1)).await;
        world.publish("documents", &document).await;
        // Nothing is known to be done, so nothing is told to be.
        let failed = world.last_event("retry_queue", &document, "REGISTRATION_FAILED").await;
        assert_eq!(failed["registration_data"]["document_number"], "");
        let registered = registered_in_time(&world, &document).await;
        let [accepted] = world
            .ledger("accepted", "document")
            .await
            .into_iter()
            .filter(|entry| entry["subject"] == mode)
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        assert_eq!(registered["registration_data"]["document_number"], accepted["number"]);
        assert_whole(&world, &document).await;
    }
    assert_eq!(world.ledger("repeated", "document").await.len(), 3);
}

async fn every_step_may_lose_its_answer(world: World) {
    for (step, operation) in ["document", "attachment", "attachment", "folder", "filing"].into_iter().enumerate() {
        let document = titled(&world, &format!("passo {step}"));
        world.registry_will_be("error", u32::try_from(step).unwrap(), Some(1)).await;
        world.publish("documents", &document).await;
        let status = if step == 0 { "REGISTRATION_FAILED" } else { "PARTIAL_REGISTRATION" };
        world.last_event("retry_queue", &document, status).await;
        let repeated = world.ledger("repeated", operation).await.len();
        registered_in_time(&world, &document).await;
        assert_whole(&world, &document).await;
        assert_eq!(
            world.ledger("repeated", operation).await.len(),
            repeated + 1,
            "only the step whose answer was lost is repeated"
        );
    }
    let all: usize = [
        world.ledger("repeated", "document").await.len(),
        world.ledger("repeated", "attachment").await.len(),
        world.ledger("repeated", "folder").await.len(),
        world.ledger("repeated", "filing").await.len(),
    ]
    .iter()
    .sum();
    assert_eq!(all, 5);
}

async fn a_registration_goes_on_where_it_stopped(world: World) {
    let document = titled(&world, "a metà");
    world.registry_is("half", None).await;
    world.publish("documents", &document).await;
    let mut partial = world.last_event("retry_queue", &document, "PARTIAL_REGISTRATION").await;
    partial["retry_meta"].as_object_mut().unwrap().remove("last_error").unwrap();
    let [first] = world.ledger("accepted", "document").await.try_into().unwrap();
    assert_eq!(
        partial["retry_meta"],
        json!({ "original_topic": "documents", "remote_document_id": first["document_id"], "sent_attachments": ["planimetria.pdf"] })
    );
    assert_eq!(partial["registration_data"]["document_number"], "", "a number would end the retries");
    world.registry_is("ok", None).await;
    let registered = registered_in_time(&world, &document).await;
    assert_eq!(registered["registration_data"]["document_number"], first["number"]);
    assert_whole(&world, &document).await;
    // What was done was not asked for again.
    assert_eq!(world.ledger("repeated", "document").await.len() + world.ledger("repeated", "attachment").await.len(), 0);
}

async fn a_registry_that_is_away_for_long_is_tried_again(world: World) {
    let document = titled(&world, "a lungo");
    world.registry_is("refuse", Some(10)).await;
    world.publish("documents", &document).await;
    registered_in_time(&world, &document).await;
    assert_whole(&world, &document).await;
    assert_eq!(world.events("retry_queue").await.len(), 10);
    assert_eq!(world.statuses(&document).await.iter().filter(|status| *status == "REGISTRATION_PENDING").count(), 11);
}

async fn a_failing_document_does_not_hold_up_others(world: World) {
    let mut lost = titled(&world, "senza file");
    lost["main_document"]["url"] =
        json!(format!("{}/comune-di-bugliano/api/applications/1/attachments/none", world.app.public_url()));
    world.publish("documents", &lost).await;
    let good = titled(&world, "buono");
    world.publish("documents", &good).await;
    world.registered(&good).await;
    let failed = world.last_event("retry_queue", &lost, "REGISTRATION_FAILED").await;
    assert_eq!(failed["id"], lost["id"]);
}

async fn a_process_that_dies_is_taken_over(world: World) {
    let document = titled(&world, "interrotto");
    // The registry has accepted the second attachment and does not answer; the process ends while it waits.
    world.registry_will_be("timeout", 2, Some(1)).await;
    world.publish("documents", &document).await;
    let began = Instant::now();
    while world.ledger("accepted", "attachment").await.len() < 2 {
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let crashed = world.crash();
    let world = crashed.restart(&[]).await;
    registered_in_time(&world, &document).await;
    assert_whole(&world, &document).await;
    // Only what was under way was asked for again.
    let repeated = [world.ledger("repeated", "document").await.len(), world.ledger("repeated", "attachment").await.len()];
    assert_eq!(repeated, [0, 1]);
}

async fn an_attempt_that_is_given_up_becomes_a_dead_letter(world: World) {
    let world = world.crash().restart(&[("KAFKA_DISPATCHER_POLICY", "2x1m,1x2m")]).await;
    let document = world.document();
    world.registry_is("refuse", None).await;
    world.publish("documents", &document).await;
    let began = Instant::now();
    while world.dead_letters().await.is_empty() {
        assert!(began.elapsed() < Duration::from_secs(60), "{} attempts", world.events("retry_queue").await.len());
        world.wait_for_retry().await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let told = &world.dead_letters().await[0];
    let (attempts, error) = told.split_once(" Ultimo errore: ").unwrap();
    assert_eq!(attempts, "Non riuscito dopo 3 nuovi tentativi, quanti ne prevede KAFKA_DISPATCHER_POLICY (2x1m,1x2m).");
    assert!(error.starts_with("passo main: "), "{error}");
    assert_eq!(world.ledger("refused", "document").await.len(), 4);
    assert_eq!(world.events("retry_queue").await.len(), 4);
    // Put back when the registry is mended, it is registered: it has all of its attempts again.
    world.registry_is("ok", None).await;
    let sql = "SELECT topic, payload FROM dead_letters";
    let read = move |tx: &mut storage::Tx<'_>| tx.one(sql, storage::params![], |row| Ok((row.get(0)?, row.get::<String>(1)?)));
    let (topic, letter): (String, _) = world.app.db().read(read).await.unwrap();
    let letter: Value = serde_json::from_str(&letter).unwrap();
    assert_eq!((topic.as_str(), &letter["retry_meta"]), ("documents", &json!({ "original_topic": "documents" })));
    world.publish("documents", &letter).await;
    world.registered(&document).await;
}
