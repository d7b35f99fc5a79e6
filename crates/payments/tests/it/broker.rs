//! Apache Kafka goes away and comes back while events flow: what was asked meanwhile waits in the outbox, and everything happens once.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::oracle::{ask, assert_agreement, meet_their_fates};
use crate::served::{IRIS, SANDBOX, Served};
use crate::world::{DEADLINE, World};

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_and_we_agree_after_the_broker_was_away() {
    the_broker_is_away_and_comes_back(&SANDBOX).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn iris_and_we_agree_after_the_broker_was_away() {
    the_broker_is_away_and_comes_back(&IRIS).await;
}

async fn the_broker_is_away_and_comes_back(served: &'static Served) {
    let world = World::with_over_kafka(served).await;
    let (_, to_be_cancelled) = world.pending("20.00").await;
    // It is killed with events under way, and more are asked for than it has ever seen.
    let asked = ask(&world).await;
    world.broker(engines::Kafka::kill);
    let more = ask(&world).await;
    has_status(&world, 503).await;
    let url = format!("{}/payments/{}", world.proxy(), to_be_cancelled["id"].as_str().unwrap());
    let canceled = world.call("PATCH", &url, &json!({ "status": "CANCELED" })).await.expect(200);
    assert_eq!(canceled["status"], "CANCELED", "who asks is not made to wait");
    world.broker(engines::Kafka::restart);
    has_status(&world, 200).await;
    let asked: Vec<_> = asked.into_iter().chain(more).collect();
    meet_their_fates(&world, &asked).await;
    // And once more, with nothing to be lost.
    world.broker(engines::Kafka::restart);
    has_status(&world, 200).await;
    world.poll().await;
    assert_eq!(world.standing(&to_be_cancelled).await, "WITHDRAWN");
    assert_agreement(&world, asked.len() + 1).await;
}

/// Waits until the proxy says that it works, or that it does not.
async fn has_status(world: &World, status: u16) {
    let began = Instant::now();
    while world.call("GET", &format!("{}/status", world.proxy()), &Value::Null).await.status != status {
        assert!(began.elapsed() < DEADLINE, "the proxy does not answer {status}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
