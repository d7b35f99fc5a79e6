//! The keys that sign vouchers, and their replacement.

use jiff::SignedDuration;
use serde_json::Value;

use crate::on_both_engines;
use crate::world::World;

on_both_engines!(
    processes_that_start_together_share_one_key,
    a_new_key_is_published_a_day_before_it_signs_and_an_old_one_until_its_last_voucher_has_ended,
);

const SET: &str = "/authorization-server/.well-known/jwks.json";

async fn kids(world: &World) -> Vec<Value> {
    let set = world.get(SET).await;
    assert_eq!(set.header("cache-control"), Some("public, max-age=600"));
    set.body["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
}

async fn processes_that_start_together_share_one_key(world: World) {
    let others = futures::future::join_all((0..3).map(|_| world.another(&[]))).await;
    let sets = futures::future::join_all(others.iter().map(kids)).await;
    assert!(sets.iter().all(|set| set.len() == 1 && *set == sets[0]), "{sets:?}");
}

async fn a_new_key_is_published_a_day_before_it_signs_and_an_old_one_until_its_last_voucher_has_ended(world: World) {
    let first = world.ask().await.part(0)["kid"].clone();
    world.clock.advance(SignedDuration::from_hours(24 * 179));
    world.job("replace-voucher-keys").await;
    assert_eq!(kids(&world).await, std::slice::from_ref(&first), "not yet");
    world.clock.advance(SignedDuration::from_hours(24));
    world.job("replace-voucher-keys").await;
    world.job("replace-voucher-keys").await;
    let both = kids(&world).await;
    assert_eq!((both.len(), &both[0]), (2, &first), "once, however often the job runs");
    assert_eq!(world.ask().await.part(0)["kid"], first, "the old one signs");
    world.clock.advance(SignedDuration::from_hours(24));
    // A process remembers the keys for a minute of its own; another one begins afresh.
    let other = world.another(&[]).await;
    assert_eq!(other.ask().await.part(0)["kid"], both[1]);
    assert_eq!(kids(&other).await, both);
    world.clock.advance(SignedDuration::from_hours(48));
    other.job("replace-voucher-keys").await;
    assert_eq!(kids(&other).await, [both[1].clone()]);
}
