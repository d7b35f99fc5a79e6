//! A registry that is down for a day: its documents come after it in their order, and other bodies notice nothing.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{AOO, API, VALLELAGHI, World, at_vallelaghi};

/// A service of the other body.
const NEIGHBOURS_SERVICE: &str = "11111111-2222-4333-8444-555555555507";

on_both_engines!(
    documents_of_an_application_keep_their_order_when_the_first_fails,
    a_tenant_whose_registry_is_down_for_a_day_recovers_by_itself,
    a_silent_registry_does_not_starve_other_tenants,
    waiting_for_one_s_turn_is_no_attempt,
);

async fn documents_of_an_application_keep_their_order_when_the_first_fails(world: World) {
    let (first, mut second) = (world.document(), world.document());
    second["remote_id"] = first["remote_id"].clone();
    world.registry_is("refuse", Some(1)).await;
    world.publish("documents", &first).await;
    world.last_event("retry_queue", &first, "REGISTRATION_FAILED").await;
    world.clock.advance(SignedDuration::from_secs(10));
    // The registry is well again when the second comes, and the first still waits.
    world.publish("documents", &second).await;
    world.last_event("retry_queue", &second, "REGISTRATION_FAILED").await;
    assert_eq!(world.ledger("accepted", "document").await, Vec::<Value>::new());
    let (first, second) = both(&world, &first, &second).await;
    assert_eq!(number(&first) + 1, number(&second));
    assert_eq!(first["folder"]["id"], second["folder"]["id"]);
}

async fn waiting_for_one_s_turn_is_no_attempt(world: World) {
    let (first, mut second) = (world.document(), world.document());
    (second["remote_id"], second["title"]) = (first["remote_id"].clone(), json!("Il secondo"));
    world.registry_is("refuse", None).await;
    world.publish("documents", &first).await;
    world.last_event("retry_queue", &first, "REGISTRATION_FAILED").await;
    world.clock.advance(SignedDuration::from_secs(10));
    world.publish("documents", &second).await;
    let failures = |of: Value| {
        let world = &world;
        async move { world.events("retry_queue").await.into_iter().filter(|event| event["id"] == of["id"]).collect::<Vec<_>>() }
    };
    let began = Instant::now();
    while failures(first.clone()).await.len() < 5 || failures(second.clone()).await.len() < 3 {
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", world.dead_letters().await);
        world.idle().await;
        world.clock.advance(SignedDuration::from_mins(5));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let counted = |events: Vec<Value>| events.iter().filter_map(|event| event["retry_meta"]["retry_counter"].as_u64()).max();
    assert!(counted(failures(first.clone()).await) > Some(1), "its own attempts are counted");
    assert_eq!(counted(failures(second.clone()).await), Some(0), "the registry was never asked");
    assert_eq!(world.ledger("refused", "document").await.iter().filter(|entry| entry["subject"] == second["title"]).count(), 0);
}

/// Lets time pass until both are registered.
async fn both(world: &World, first: &Value, second: &Value) -> (Value, Value) {
    let began = Instant::now();
    for document in [first, second] {
        while world.statuses(document).await.last().is_none_or(|status| status != "REGISTRATION_COMPLETE") {
            assert!(began.elapsed() < Duration::from_secs(60), "{:?}", world.dead_letters().await);
            world.idle().await;
            world.clock.advance(SignedDuration::from_mins(10));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    (world.registered(first).await, world.registered(second).await)
}

fn number(document: &Value) -> u32 {
    document["registration_data"]["document_number"].as_str().unwrap().split('/').next().unwrap().parse().unwrap()
}

/// Another body, whose registry is its own and works; a service of it is configured.
async fn neighbours(world: &World) {
    let token = world.service_token(VALLELAGHI);
    let (mut tenant_config, mut service_config) = (at_vallelaghi(&world.tenant_config()), world.service_config());
    (tenant_config["id"], tenant_config["aoo_code"]) = (json!(VALLELAGHI), json!("AOO2"));
    (service_config["id"], service_config["tenant_id"]) = (json!(NEIGHBOURS_SERVICE), json!(VALLELAGHI));
    world.call_by(&token, "POST", &format!("{API}/tenants"), &tenant_config).await.expect(201);
    world.call_by(&token, "POST", &format!("{API}/services"), &service_config).await.expect(201);
}

/// A document of the other body.
fn neighbours_document(world: &World) -> Value {
    let mut document = at_vallelaghi(&world.document());
    (document["tenant_id"], document["remote_collection"]["id"]) = (json!(VALLELAGHI), json!(NEIGHBOURS_SERVICE));
    document
}

/// The documents that a body's registry has.
async fn books(world: &World, aoo: &str) -> Vec<Value> {
    world.ledger("accepted", "document").await.into_iter().filter(|entry| entry["aoo"] == aoo).collect()
}

async fn a_tenant_whose_registry_is_down_for_a_day_recovers_by_itself(world: World) {
    neighbours(&world).await;
    world.registry_is("refuse", None).await;
    // Four applications, to each of which something happens every few hours.
    let applications: Vec<_> = (0..4).map(|_| world.app.rng().uuid()).collect();
    let (mut waiting, began) = (Vec::new(), world.clock.now());
    while world.clock.now().since(began) < SignedDuration::from_hours(24) {
        let mut document = world.document();
        document["remote_id"] = json!(applications[waiting.len() % applications.len()]);
        document["title"] = json!(format!("documento {}", waiting.len()));
        world.publish("documents", &document).await;
        waiting.push(document);
        // The other body's are registered at once, however much waits.
        let other = neighbours_document(&world);
        world.publish("documents", &other).await;
        let asked = Instant::now();
        while books(&world, "c_bugl-AOO2").await.len() < waiting.len() {
            assert!(asked.elapsed() < Duration::from_secs(30), "the other body waits");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        world.idle().await;
        world.clock.advance(SignedDuration::from_mins(90));
    }
    world.idle().await;
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
    assert_eq!(books(&world, AOO).await, Vec::<Value>::new());

    world.registry_is("ok", None).await;
    let (back, since) = (world.clock.now(), Instant::now());
    while books(&world, AOO).await.len() < waiting.len() {
        assert!(since.elapsed() < Duration::from_secs(120), "{:?}", world.dead_letters().await);
        world.idle().await;
        world.clock.advance(SignedDuration::from_mins(10));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let needed = world.clock.now().since(back);
    // The first of each application is tried again within the longest wait, an hour, and calls the next.
    assert!(needed <= SignedDuration::from_mins(90), "it took {needed} to recover");
    world.idle().await;
    // The registry's books are in the order in which it gave the numbers.
    let titles: Vec<_> = books(&world, AOO).await.into_iter().map(|entry| entry["subject"].clone()).collect();
    for application in &applications {
        let of_it = waiting.iter().filter(|document| document["remote_id"] == json!(application));
        let sent: Vec<_> = of_it.map(|document| document["title"].clone()).collect();
        let registered: Vec<_> = titles.iter().filter(|title| sent.contains(title)).cloned().collect();
        assert_eq!(registered, sent, "each once, and in its order");
    }
    let attached = world.ledger("accepted", "attachment").await;
    assert_eq!(attached.iter().filter(|entry| entry["aoo"] == AOO).count(), 2 * waiting.len());
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}

async fn a_silent_registry_does_not_starve_other_tenants(world: World) {
    let world = world.impatient().await;
    neighbours(&world).await;
    // More documents than anybody registers at a time, and each call lasts as long as a registry may.
    world.registry_is("timeout", None).await;
    for _ in 0..60 {
        world.publish("documents", &world.document()).await;
    }
    let document = neighbours_document(&world);
    let began = Instant::now();
    world.publish("documents", &document).await;
    world.registered(&document).await;
    // Sixty documents at four a time and three seconds each would be forty-five.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(world.ledger("accepted", "document").await.len() < 40, "the others are still being waited for");
}
