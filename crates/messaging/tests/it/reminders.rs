//! Reminders: to citizens who asked for them, by day, until read or paid, one series for each notice.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{World, citizen, message};

on_both_engines!(
    an_unread_premium_message_is_recalled_three_times,
    nobody_is_reminded_who_did_not_ask_nor_of_what_was_read,
    two_messages_about_one_notice_are_one_series_that_ends_when_it_is_paid,
    a_due_date_is_approached_and_told_last_the_day_before,
);

/// The kinds of what the citizen's phone showed, oldest first.
async fn shown(world: &World, last: u8) -> Vec<String> {
    let seen = world.app(last, "GET", "/notifications", &Value::Null).answer().await.expect(200);
    seen.as_array().unwrap().iter().rev().map(|seen| seen["kind"].as_str().unwrap().to_owned()).collect()
}

/// Lets days pass, with the job at noon of each.
async fn pass(world: &World, days: u32) {
    for _ in 0..days {
        world.clock.advance(SignedDuration::from_hours(24));
        world.job("messaging-remind").await;
    }
}

async fn premium(world: &World, last: u8, notice: Option<&str>) -> String {
    let mut sent = message(last);
    sent["feature_level_type"] = json!("ADVANCED");
    if let Some(notice) = notice {
        sent["content"]["payment_data"] = json!({ "amount": 100, "notice_number": notice });
    }
    let id = world.submit("demo-premium-key", &sent).await;
    world.decided("demo-premium-key", &citizen(last), &id).await;
    id
}

async fn an_unread_premium_message_is_recalled_three_times(world: World) {
    premium(&world, 9, None).await;
    let plain = world.submit("demo-use-key", &message(9)).await;
    world.decided("demo-use-key", &citizen(9), &plain).await;
    pass(&world, 2).await;
    assert_eq!(shown(&world, 9).await, ["MESSAGE", "MESSAGE"]);
    pass(&world, 1).await;
    // At night nobody is reminded; the next morning is early enough.
    world.clock.set("2025-03-18T23:00:00+01:00".parse().unwrap());
    world.job("messaging-remind").await;
    assert_eq!(shown(&world, 9).await, ["MESSAGE", "MESSAGE", "REMINDER_READ"]);
    world.clock.set("2025-03-19T08:00:00+01:00".parse().unwrap());
    world.job("messaging-remind").await;
    pass(&world, 10).await;
    assert_eq!(shown(&world, 9).await, ["MESSAGE", "MESSAGE", "REMINDER_READ", "REMINDER_READ", "REMINDER_READ"]);
    let seen = world.app(9, "GET", "/notifications", &Value::Null).answer().await.expect(200);
    assert_eq!(
        (&seen[0]["title"], &seen[0]["body"]),
        (&json!("Hai un messaggio non letto"), &json!("Leggi il messaggio da Comune di Bugliano"))
    );
}

async fn nobody_is_reminded_who_did_not_ask_nor_of_what_was_read(world: World) {
    premium(&world, 0, None).await;
    let read = premium(&world, 9, None).await;
    let reading = json!({ "change_type": "reading" });
    world.app(9, "PUT", &format!("/messages/{read}/status"), &reading).answer().await.expect(204);
    pass(&world, 10).await;
    assert_eq!((shown(&world, 0).await, shown(&world, 9).await), (vec!["MESSAGE".to_owned()], vec!["MESSAGE".to_owned()]));
    let status = world.look("demo-premium-key", &citizen(9), &read).await;
    assert_eq!(status["read_status"], "READ");
}

async fn two_messages_about_one_notice_are_one_series_that_ends_when_it_is_paid(world: World) {
    for _ in 0..2 {
        let id = premium(&world, 9, Some("302000000000000184")).await;
        let reading = json!({ "change_type": "reading" });
        world.app(9, "PUT", &format!("/messages/{id}/status"), &reading).answer().await.expect(204);
    }
    assert_eq!(world.count("SELECT count(*) FROM io_reminders").await, 4, "one series");
    pass(&world, 3).await;
    assert_eq!(shown(&world, 9).await, ["MESSAGE", "MESSAGE", "REMINDER_PAYMENT"]);
    // A due date that becomes known moves what is left of the series.
    let publish = async |sample: &str, expire_at: Value| {
        let mut event: Value = serde_json::from_str(sample).unwrap();
        event["event_id"] = json!(world.app.event_id());
        event["tenant_id"] = json!(crate::world::BUGLIANO);
        event["payment"]["notice_code"] = json!("302000000000000184");
        event["payment"]["receiver"] = Value::Null;
        event["payment"]["expire_at"] = expire_at;
        let (id, text, now) = (world.app.event_id(), event.to_string(), world.clock.now());
        world.app.db().write(move |tx| tx.append("payments", "k", id, &text, now)).await.unwrap();
    };
    let pending = include_str!("../../../contracts/samples/payments/2.0/payment_pending.json");
    publish(pending, json!("2025-04-30T12:00:00+02:00")).await;
    let moved = "SELECT count(*) FROM io_reminders";
    world.eventually("the new series", async || (world.count(moved).await == 5).then_some(())).await;
    pass(&world, 20).await;
    assert_eq!(shown(&world, 9).await.len(), 3, "the earlier days count no more");
    publish(include_str!("../../../contracts/samples/payments/2.0/complete.json"), Value::Null).await;
    world.eventually("the end of the series", async || (world.count(moved).await == 0).then_some(())).await;
    pass(&world, 30).await;
    assert_eq!(shown(&world, 9).await.len(), 3);
}

async fn a_due_date_is_approached_and_told_last_the_day_before(world: World) {
    let mut sent = message(9);
    sent["feature_level_type"] = json!("ADVANCED");
    sent["content"]["due_date"] = json!("2025-03-31T12:00:00+02:00");
    sent["content"]["payment_data"] = json!({ "amount": 100, "notice_number": "302000000000000184" });
    let id = world.submit("demo-premium-key", &sent).await;
    world.decided("demo-premium-key", &citizen(9), &id).await;
    let reading = json!({ "change_type": "reading" });
    world.app(9, "PUT", &format!("/messages/{id}/status"), &reading).answer().await.expect(204);
    // Thirteen, ten, seven and four days before the last of March; then the day before.
    world.clock.set("2025-03-12T19:00:00+01:00".parse().unwrap());
    for (day, kinds) in [(17, 0), (18, 1), (20, 1), (21, 2), (24, 3), (26, 3), (27, 4), (29, 4), (30, 5), (31, 5)] {
        world.clock.set(format!("2025-03-{day}T19:30:00+0{}:00", if day < 30 { 1 } else { 2 }).parse().unwrap());
        world.job("messaging-remind").await;
        assert_eq!(shown(&world, 9).await.len(), 1 + kinds, "on the {day}th");
    }
    let kinds = shown(&world, 9).await;
    assert_eq!(kinds[1..5], ["REMINDER_PAYMENT"; 4]);
    assert_eq!(kinds[5], "REMINDER_PAYMENT_LAST");
}
