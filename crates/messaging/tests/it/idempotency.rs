//! The same request again gives the same message, and one message only.

use serde_json::json;

use crate::on_both_engines;
use crate::world::{World, citizen, message};

on_both_engines!(
    the_same_request_again_is_the_same_message,
    another_request_under_the_same_key_is_refused,
    keys_are_a_services_own_and_are_forgotten_after_a_week,
    many_at_once_are_one_message,
);

async fn send(world: &World, key: &str, idempotency: &str, body: &serde_json::Value) -> crate::world::Answer {
    world.send(key, "POST", "/messages", body).header("idempotency-key", idempotency).answer().await
}

async fn the_same_request_again_is_the_same_message(world: World) {
    let first = send(&world, "demo-use-key", "riga-1", &message(0)).await;
    let again = send(&world, "demo-use-key-2", "riga-1", &message(0)).await;
    assert_eq!(first.headers["location"], again.headers["location"]);
    assert_eq!(first.expect(201), again.expect(201));
    assert_eq!(world.count("SELECT count(*) FROM io_messages").await, 1);
}

async fn another_request_under_the_same_key_is_refused(world: World) {
    send(&world, "demo-use-key", "riga-1", &message(0)).await.expect(201);
    send(&world, "demo-use-key", "riga-1", &message(5)).await.refused(422, "Idempotency key reused");
    let mut nobody = message(0);
    nobody.as_object_mut().unwrap().remove("fiscal_code");
    let by_path = |last: u8| {
        let path = format!("/messages/{}", citizen(last));
        world.send("demo-use-key", "POST", &path, &nobody).header("idempotency-key", "riga-2")
    };
    by_path(0).answer().await.expect(201);
    by_path(5).answer().await.refused(422, "Idempotency key reused");
    for wrong in ["", &"x".repeat(256)] {
        send(&world, "demo-use-key", wrong, &message(0)).await.refused(400, "Bad Request");
    }
    assert_eq!(world.count("SELECT count(*) FROM io_messages").await, 2);
}

async fn keys_are_a_services_own_and_are_forgotten_after_a_week(world: World) {
    let first = send(&world, "demo-use-key", "riga-1", &message(0)).await.expect(201);
    assert_ne!(send(&world, "demo-premium-key", "riga-1", &message(0)).await.expect(201), first);
    world.clock.advance(jiff::SignedDuration::from_hours(7 * 24 - 1));
    world.job("messaging-forget").await;
    assert_eq!(send(&world, "demo-use-key", "riga-1", &message(0)).await.expect(201), first);
    world.clock.advance(jiff::SignedDuration::from_hours(2));
    world.job("messaging-forget").await;
    assert_ne!(send(&world, "demo-use-key", "riga-1", &message(0)).await.expect(201), first);
}

async fn many_at_once_are_one_message(world: World) {
    let calls = (0..20).map(|_| {
        let call = world.send("demo-use-key", "POST", "/messages", &message(0)).header("idempotency-key", "riga-1");
        tokio::spawn(call.answer())
    });
    let calls: Vec<_> = calls.collect();
    let mut ids = std::collections::BTreeSet::new();
    for call in calls {
        ids.insert(call.await.unwrap().expect(201)["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), 1);
    assert_eq!(world.count("SELECT count(*) FROM io_messages").await, 1);
    assert_eq!(json!(world.count("SELECT count(*) FROM events WHERE payload LIKE '%ACCEPTED%'").await), json!(1));
}
