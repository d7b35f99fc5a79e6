//! A registry that is down for a day: its documents come after it in their order, and other bodies notice nothing.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{API, VALLELAGHI, World, at_vallelaghi};

on_both_engines!(
    documents_of_an_application_keep_their_order_when_the_first_fails,
    a_tenant_whose_registry_is_down_for_a_day_recovers_by_itself,
    a_silent_registry_does_not_starve_other_tenants,
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

async fn a_tenant_whose_registry_is_down_for_a_day_recovers_by_itself(world: World) {
    world.registry_is("refuse", None).await;
    let (first, mut second) = (world.document(), world.document());
    second["remote_id"] = first["remote_id"].clone();
    world.publish("documents", &first).await;
    world.last_event("retry_queue", &first, "REGISTRATION_FAILED").await;
    let began = world.clock.now();
    let mut is_second_there = false;
    while world.clock.now().since(began) < SignedDuration::from_hours(24) {
        world.idle().await;
        world.clock.advance(SignedDuration::from_hours(1));
        if !is_second_there && world.clock.now().since(began) > SignedDuration::from_hours(12) {
            world.publish("documents", &second).await;
            is_second_there = true;
        }
        // Workers look again a quarter of a second later.
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    world.idle().await;
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
    assert_eq!(world.ledger("accepted", "document").await, Vec::<Value>::new());
    world.registry_is("ok", None).await;
    let (first, second) = both(&world, &first, &second).await;
    assert_eq!((number(&first), number(&second)), (1, 2));
}

async fn a_silent_registry_does_not_starve_other_tenants(world: World) {
    let world = world.impatient().await;
    // Another body with a registry of its own, which works.
    let (token, service) = (world.service_token(VALLELAGHI), "11111111-2222-4333-8444-555555555507");
    let (mut tenant_config, mut service_config) = (at_vallelaghi(&world.tenant_config()), world.service_config());
    (tenant_config["id"], tenant_config["aoo_code"]) = (json!(VALLELAGHI), json!("AOO2"));
    (service_config["id"], service_config["tenant_id"]) = (json!(service), json!(VALLELAGHI));
    world.call_by(&token, "POST", &format!("{API}/tenants"), &tenant_config).await.expect(201);
    world.call_by(&token, "POST", &format!("{API}/services"), &service_config).await.expect(201);
    // More documents than anybody registers at a time, and each call lasts as long as a registry may.
    world.registry_is("timeout", None).await;
    for _ in 0..60 {
        world.publish("documents", &world.document()).await;
    }
    let mut document = at_vallelaghi(&world.document());
    (document["tenant_id"], document["remote_collection"]["id"]) = (json!(VALLELAGHI), json!(service));
    let began = Instant::now();
    world.publish("documents", &document).await;
    world.registered(&document).await;
    // Sixty documents at four a time and three seconds each would be forty-five.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(world.ledger("accepted", "document").await.len() < 40, "the others are still being waited for");
}
