//! Open payments are checked by the ladder, and told to the platform.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{CREATION_PENDING, World};

on_both_engines!(
    an_open_payment_is_checked_by_the_ladder,
    a_payment_in_progress_is_started_then_complete,
    a_payment_over_its_term_has_failed,
    a_payment_over_a_year_old_expires,
    a_proxy_that_does_not_answer_is_not_asked_again_at_once,
    many_payments_are_checked_in_one_run,
    the_platform_is_told_until_it_answers,
);

async fn an_open_payment_is_checked_by_the_ladder(world: World) {
    let (application, _) = world.pending("20.99").await;
    let mut checks = Vec::new();
    // Two minutes around each step: (age at the check, seconds to the next).
    for (wait, pause) in [(0, 60), (66, 60), (266, 300), (700, 3_600)] {
        world.clock.advance(SignedDuration::from_secs(wait));
        world.poll().await;
        let events = world.events_of(&application).await;
        let update = &events.last().unwrap()["links"]["update"];
        let at = |name: &str| update[name].as_str().unwrap().parse::<kernel::RomeTime>().unwrap();
        assert_eq!(at("next_check_at").since(at("last_check_at")).as_secs(), pause, "after {wait} s: {update}");
        checks.push(events.len());
        // Before its time nothing is asked.
        world.poll().await;
        assert_eq!(world.events_of(&application).await.len(), events.len());
    }
    assert_eq!(checks, [3, 4, 5, 6]);
}

async fn a_payment_in_progress_is_started_then_complete(world: World) {
    let (application, pending) = world.pending("20.98").await;
    world.press(&pending, "paga").await;
    world.poll().await;
    let started = world.payment(&application, "PAYMENT_STARTED").await;
    assert_eq!(started["payment"]["paid_at"], Value::Null);
    world.told(&application, &["STARTED"]).await;
    // Half a minute later the payment is final, and notified.
    world.clock.advance(SignedDuration::from_secs(31));
    let complete = world.payment(&application, "COMPLETE").await;
    assert_eq!(complete["payment"]["paid_at"], "2025-03-12T09:15:32+01:00");
    world.told(&application, &["STARTED", "OK"]).await;
}

async fn a_payment_over_its_term_has_failed(world: World) {
    let mut application = world.application("20.99");
    application["payment_data"]["expire_at"] = json!("2025-03-12T10:00:00+01:00");
    world.publish("applications", &application).await;
    world.payment(&application, "PAYMENT_PENDING").await;
    world.clock.advance(SignedDuration::from_hours(1));
    world.poll().await;
    let failed = world.payment(&application, "PAYMENT_FAILED").await;
    assert_eq!(failed["links"]["update"]["next_check_at"], Value::Null);
    world.told(&application, &["KO"]).await;
    world.clock.advance(SignedDuration::from_hours(24));
    world.poll().await;
    assert_eq!(world.statuses(&application).await.last().unwrap(), "PAYMENT_FAILED");
}

async fn a_payment_over_a_year_old_expires(world: World) {
    let mut application = world.application("20.99");
    application["payment_data"]["expire_at"] = json!("2030-01-01T00:00:00+01:00");
    world.publish("applications", &application).await;
    let pending = world.payment(&application, "PAYMENT_PENDING").await;
    world.clock.advance(SignedDuration::from_hours(366 * 24));
    world.poll().await;
    let expired = world.payment(&application, "EXPIRED").await;
    assert_eq!(expired["links"]["update"]["next_check_at"], Value::Null);
    world.told(&application, &["KO"]).await;
    // Paid at a counter all the same: the money is there.
    world.press(&pending, "paga").await;
    let path = format!("{}/notifications", crate::world::PROXY);
    world.call_by("", "POST", &path, &json!({ "iud": pending["payment"]["iud"] })).await.expect(202);
    world.payment(&application, "COMPLETE").await;
}

/// A payment that another proxy follows, at an address that cannot be called.
async fn elsewhere(world: &World) -> Value {
    let mut event = world.sample(CREATION_PENDING);
    event["id"] = json!(world.app.rng().uuid());
    event["service_id"] = json!(world.app.rng().uuid());
    event["status"] = json!("PAYMENT_PENDING");
    event["links"]["update"] =
        json!({ "url": "http://10.0.0.1/update/1", "method": "GET", "next_check_at": "2025-03-12T09:15:02+01:00" });
    world.publish("payments", &event).await;
    event
}

async fn a_proxy_that_does_not_answer_is_not_asked_again_at_once(world: World) {
    let event = elsewhere(&world).await;
    world.idle().await;
    let polled = || async {
        let id: kernel::PaymentId = event["id"].as_str().unwrap().parse().unwrap();
        let sql = "SELECT polls_failed, poll_at FROM payments WHERE id = $1";
        let read = move |tx: &mut storage::Tx<'_>| tx.one(sql, storage::params![id], |row| Ok((row.get::<i64>(0)?, row.get(1)?)));
        let (failed, at): (i64, kernel::RomeTime) = world.app.db().read(read).await.unwrap();
        (failed, at.since(world.clock.now()).as_secs())
    };
    for (failures, least) in [(1, 60), (2, 120), (3, 240)] {
        world.poll().await;
        let (failed, wait) = polled().await;
        assert_eq!(failed, failures);
        assert!((least - 1..=least + least / 10).contains(&wait), "{wait} s after {failures} failures");
        world.poll().await;
        assert_eq!(polled().await.0, failures, "not before its time");
        world.clock.advance(SignedDuration::from_secs(wait + 1));
    }
}

async fn many_payments_are_checked_in_one_run(world: World) {
    const MANY: usize = 230;
    for _ in 0..MANY {
        world.publish("applications", &world.application("20.99")).await;
    }
    world.idle().await;
    let events = world.keyed_events().await.into_iter().map(|(_, event)| event);
    let pending: Vec<Value> = events.filter(|event| event["status"] == "PAYMENT_PENDING").collect();
    let numbers: BTreeSet<_> = pending.iter().map(|payment| payment["payment"]["notice_code"].to_string()).collect();
    assert_eq!((pending.len(), numbers.len()), (MANY, MANY), "no notice number is given twice");
    world.poll().await;
    let checked =
        world.keyed_events().await.into_iter().filter(|(_, event)| event["links"]["update"]["last_check_at"].is_string());
    assert_eq!(checked.count(), MANY);
}

async fn the_platform_is_told_until_it_answers(world: World) {
    let (application, pending) = world.pending("20.00").await;
    world.platform.fails(3);
    world.press(&pending, "paga").await;
    world.payment(&application, "COMPLETE").await;
    let began = std::time::Instant::now();
    while world.platform.told(&application).is_empty() {
        assert!(began.elapsed().as_secs() < 30);
        world.clock.advance(SignedDuration::from_secs(1));
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    world.idle().await;
    assert_eq!(world.platform.told(&application), ["OK"]);
}
