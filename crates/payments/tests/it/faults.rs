//! Providers that fail and processes that die: every payment is created once at the provider, none is lost and none stays behind. The
//! oracle is the provider's own ledger.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::Value;

use crate::on_both_engines;
use crate::served::on_every_provider;
use crate::world::World;

on_both_engines!(
    a_provider_that_is_away_is_asked_again,
    a_payment_notified_twice_is_complete_once,
    a_process_that_dies_while_the_provider_thinks_is_taken_over,
    a_provider_that_never_answers_is_given_up_and_the_position_withdrawn,
);

on_every_provider!(a_lost_answer_never_creates_twice, a_slow_answer_is_waited_for, a_clock_put_back_an_hour_holds_nothing_up);

/// Asserts that the payment is complete after the citizen has paid, and that the provider took one position and one payment.
async fn assert_paid_once(world: &World, application: &Value, pending: &Value) {
    world.press(pending, "paga").await;
    // Not every provider tells.
    if !world.served.notifies {
        world.poll().await;
    }
    world.payment_in_time(application, "COMPLETE").await;
    assert_eq!((world.taken(pending).await, world.ledger(pending, "pay").await), (1, vec!["paid".to_owned()]));
    assert_eq!(world.statuses(application).await.iter().filter(|status| *status == "COMPLETE").count(), 1);
    world.told(application, &["OK"]).await;
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}

async fn a_lost_answer_never_creates_twice(world: &World) {
    // Accepted, then: no answer, a 500, a page that is no JSON.
    for amount in ["20.92", "20.93", "20.94"] {
        let application = world.application(amount);
        world.publish("applications", &application).await;
        let pending = world.payment_in_time(&application, "PAYMENT_PENDING").await;
        assert_eq!(world.ledger(&pending, "create").await, ["accepted"], "looked for, not created again");
        assert!(!world.ledger(&pending, "find").await.is_empty());
        assert_paid_once(world, &application, &pending).await;
    }
}

async fn a_slow_answer_is_waited_for(world: &World) {
    let (application, pending) = world.pending("20.96").await;
    assert_paid_once(world, &application, &pending).await;
}

async fn a_clock_put_back_an_hour_holds_nothing_up(world: &World) {
    let (open, pending) = world.pending("20.00").await;
    // One whose answer was lost waits for its second attempt when it happens.
    let lost = world.application("20.93");
    world.publish("applications", &lost).await;
    let creation = world.payment(&lost, "CREATION_PENDING").await;
    let began = Instant::now();
    while world.taken(&creation).await == 0 {
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    world.idle().await;
    let before = world.clock.now();
    world.clock.advance(SignedDuration::from_hours(-1));
    let late = world.application("20.00");
    world.publish("applications", &late).await;
    let mut paid = vec![(open, pending)];
    for application in [lost, late] {
        let pending = world.payment_in_time(&application, "PAYMENT_PENDING").await;
        paid.push((application, pending));
    }
    assert!(world.clock.now() < before, "nobody waited for the hour to pass again");
    for (_, pending) in &paid {
        world.press(pending, "paga").await;
    }
    // The poller keeps to the times that payments were told, which may be those of the clock as it was.
    world.idle().await;
    world.clock.advance(SignedDuration::from_hours(2));
    world.poll().await;
    for (application, pending) in &paid {
        let complete = world.payment_in_time(application, "COMPLETE").await;
        assert_eq!((world.taken(pending).await, world.ledger(pending, "pay").await), (1, vec!["paid".to_owned()]));
        let mut times: Vec<_> =
            world.events_of(application).await.iter().map(|event| event["event_created_at"].to_string()).collect();
        times.dedup();
        assert!(times.is_sorted(), "no event is older than the one before: {times:?}");
        world.idle().await;
        let shown = format!("/comune-di-bugliano/api/payments/{}", complete["id"].as_str().unwrap());
        assert_eq!(world.call("GET", &shown, &Value::Null).await.expect(200)["status"], "COMPLETE");
    }
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}

async fn a_provider_that_is_away_is_asked_again(world: World) {
    let application = world.application("20.95");
    world.publish("applications", &application).await;
    let pending = world.payment_in_time(&application, "PAYMENT_PENDING").await;
    assert_eq!(world.ledger(&pending, "create").await, ["psp-down", "psp-down", "accepted"]);
    assert_eq!(world.ledger(&pending, "find").await, ["unknown", "unknown"], "before each repetition it was looked for");
    assert_paid_once(&world, &application, &pending).await;
}

async fn a_payment_notified_twice_is_complete_once(world: World) {
    let (application, pending) = world.pending("20.97").await;
    assert_paid_once(&world, &application, &pending).await;
    world.idle().await;
    let notified = world.ledger(&pending, "notify").await;
    assert_eq!(notified, ["202", "202"]);
    assert_eq!(world.statuses(&application).await.last().unwrap(), "COMPLETE");
}

async fn a_process_that_dies_while_the_provider_thinks_is_taken_over(world: World) {
    let application = world.application("20.92");
    world.publish("applications", &application).await;
    let began = Instant::now();
    let creation = world.payment(&application, "CREATION_PENDING").await;
    while world.taken(&creation).await == 0 {
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let world = world.crash().await;
    let pending = world.payment_in_time(&application, "PAYMENT_PENDING").await;
    assert_paid_once(&world, &application, &pending).await;
}

async fn a_provider_that_never_answers_is_given_up_and_the_position_withdrawn(world: World) {
    let application = world.application("20.92");
    world.publish("applications", &application).await;
    let creation = world.payment(&application, "CREATION_PENDING").await;
    let began = Instant::now();
    while world.taken(&creation).await == 0 {
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // From now on nothing is heard of the provider at all.
    let silent = world.another(&[("SANDBOX_URL", "http://127.0.0.1:9")]).await;
    drop(world);
    let began = Instant::now();
    while silent.statuses(&application).await.last().is_none_or(|status| status != "CREATION_FAILED") {
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", silent.statuses(&application).await);
        silent.clock.advance(jiff::SignedDuration::from_secs(301));
        // Time enough for an attempt: the next leap ends its lease.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // It comes back: the position that nobody knows of is withdrawn.
    let world = silent.another(&[("SANDBOX_URL", "")]).await;
    drop(silent);
    let began = Instant::now();
    while world.ledger(&creation, "cancel").await.last().is_none_or(|outcome| outcome != "WITHDRAWN") {
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", world.dead_letters().await);
        world.clock.advance(jiff::SignedDuration::from_secs(301));
        // Time enough for an attempt: the next leap ends its lease.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
