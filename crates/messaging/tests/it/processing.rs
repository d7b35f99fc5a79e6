//! What becomes of accepted messages, and what senders of Premium ones are told.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{World, citizen, message};

on_both_engines!(
    each_citizen_has_its_outcome,
    a_message_survives_the_process_that_accepted_it,
    a_message_that_cannot_be_processed_fails_for_good,
    messages_to_nobody_are_forgotten_after_three_years,
    notifications_show_what_the_citizen_lets_them,
    read_status_follows_consent_version_and_permission,
    read_status_needs_an_app_that_has_asked_for_consent,
    a_status_of_premium_is_told_only_where_the_table_says,
    what_comes_too_late_is_not_announced,
    payment_status_follows_our_own_payments,
    payment_status_asks_pagopa_for_notices_of_others,
    every_change_of_a_status_is_told_on_the_topic,
);

async fn each_citizen_has_its_outcome(world: World) {
    for (last, status, reason) in [
        (0, "PROCESSED", Value::Null),
        (1, "REJECTED", json!("USER_NOT_FOUND")),
        (2, "REJECTED", json!("SERVICE_NOT_ALLOWED")),
        (3, "REJECTED", json!("SERVICE_NOT_ALLOWED")),
        (4, "REJECTED", json!("SERVICE_NOT_ALLOWED")),
        (5, "PROCESSED", Value::Null),
        (6, "REJECTED", json!("SERVICE_NOT_ALLOWED")),
        (7, "PROCESSED", Value::Null),
        (8, "PROCESSED", Value::Null),
        (9, "PROCESSED", Value::Null),
    ] {
        let id = world.submit("demo-use-key", &message(last)).await;
        let decided = world.decided("demo-use-key", &citizen(last), &id).await;
        assert_eq!((&decided["status"], &decided["rejection_reason"]), (&json!(status), &reason), "citizen {last}");
        let notified = if status == "PROCESSED" { json!({ "webhook": "SENT" }) } else { Value::Null };
        assert_eq!(decided["notification"], notified, "citizen {last}");
    }
}

async fn a_message_survives_the_process_that_accepted_it(mut world: World) {
    world.halt().await;
    let id = world.submit("demo-use-key", &message(0)).await;
    assert_eq!(world.look("demo-use-key", &citizen(0), &id).await["status"], "ACCEPTED");
    // Leases of the process that is gone run out first, where there are any.
    world.clock.advance(SignedDuration::from_secs(60));
    let other = world.another(&[]).await;
    assert_eq!(other.decided("demo-use-key", &citizen(0), &id).await["status"], "PROCESSED");
    assert_eq!(other.count("SELECT count(*) FROM io_notifications").await, 1);
}

async fn a_message_that_cannot_be_processed_fails_for_good(world: World) {
    world.execute("UPDATE io_profiles SET body = '{}' WHERE fiscal_code = 'AAAAAA00A00A000A'").await;
    let id = world.submit("demo-use-key", &message(0)).await;
    let failed = "SELECT count(*) FROM io_messages WHERE state = 'FAILED'";
    world.eventually("the failure", async || (world.count(failed).await == 1).then_some(())).await;
    let good = world.submit("demo-use-key", &message(5)).await;
    assert_eq!(world.decided("demo-use-key", &citizen(5), &good).await["status"], "PROCESSED", "those behind it go on");
    let profile = serde_json::json!({ "is_inbox_enabled": true, "mode": "AUTO", "settings_version": 0 }).to_string();
    let restore = move |tx: &mut storage::Tx<'_>| {
        tx.execute("UPDATE io_profiles SET body = $1 WHERE fiscal_code = 'AAAAAA00A00A000A'", storage::params![profile])
    };
    world.app.db().write(restore).await.unwrap();
    assert_eq!(world.look("demo-use-key", &citizen(0), &id).await["status"], "FAILED", "a final state is final");
}

async fn messages_to_nobody_are_forgotten_after_three_years(world: World) {
    let unknown = world.submit("demo-use-key", &message(1)).await;
    let refused = world.submit("demo-use-key", &message(2)).await;
    world.decided("demo-use-key", &citizen(1), &unknown).await;
    world.decided("demo-use-key", &citizen(2), &refused).await;
    world.clock.advance(SignedDuration::from_hours(24 * (3 * 365 - 1)));
    world.job("messaging-forget").await;
    assert_eq!(world.count("SELECT count(*) FROM io_messages").await, 2);
    world.clock.advance(SignedDuration::from_hours(24 * 3));
    world.job("messaging-forget").await;
    assert_eq!(world.count("SELECT count(*) FROM io_messages").await, 1);
    let path = format!("/messages/{}/{unknown}", citizen(1));
    world.send("demo-use-key", "GET", &path, &Value::Null).answer().await.refused(404, "Message not found");
}

async fn notifications_show_what_the_citizen_lets_them(world: World) {
    let shown = async |last: u8| -> Vec<(String, String)> {
        let code = citizen(last);
        let read = move |tx: &mut storage::Tx<'_>| {
            let sql = "SELECT title, body FROM io_notifications WHERE fiscal_code = $1 ORDER BY id";
            tx.all(sql, storage::params![code], |row| Ok((row.get(0)?, row.get(1)?)))
        };
        world.app.db().read(read).await.unwrap()
    };
    let mut secure = message(9);
    secure["content"]["require_secure_channels"] = json!(true);
    for sent in [message(0), message(9), secure] {
        let id = world.submit("demo-use-key", &sent).await;
        world.decided("demo-use-key", sent["fiscal_code"].as_str().unwrap(), &id).await;
        world.clock.advance(SignedDuration::from_secs(1));
    }
    let discreet = ("Hai un nuovo messaggio".to_owned(), "Entra nell'app per leggerlo".to_owned());
    assert_eq!(shown(0).await, std::slice::from_ref(&discreet));
    assert_eq!(shown(9).await, [("Comune di Bugliano".to_owned(), "Un oggetto valido".to_owned()), discreet]);
}

async fn read_status_follows_consent_version_and_permission(world: World) {
    let mut premium = message(0);
    premium["feature_level_type"] = json!("ADVANCED");
    for (last, unread, read) in [
        (0, "UNREAD", "READ"),
        (7, "UNAVAILABLE", "UNAVAILABLE"),
        (8, "UNAVAILABLE", "UNAVAILABLE"),
        (1, "UNAVAILABLE", "UNAVAILABLE"),
    ] {
        premium["fiscal_code"] = json!(citizen(last));
        let id = world.submit("demo-premium-key", &premium).await;
        let decided = world.decided("demo-premium-key", &citizen(last), &id).await;
        assert_eq!(decided["read_status"], unread, "citizen {last}");
        world.execute("UPDATE io_messages SET read_at = created_at").await;
        assert_eq!(world.look("demo-premium-key", &citizen(last), &id).await["read_status"], read, "citizen {last}");
    }
    let id = world.submit("demo-premium-key", &message(0)).await;
    assert!(world.decided("demo-premium-key", &citizen(0), &id).await.get("read_status").is_none(), "an ordinary message");
    let mut account = world.admin("GET", "/accounts/demo-bugliano-premium", &Value::Null).answer().await.expect(200);
    account["groups"] = json!(["ApiMessageWrite", "ApiMessageRead", "ApiMessageWriteAdvanced"]);
    world.admin("PUT", "/accounts/demo-bugliano-premium", &account).answer().await.expect(200);
    premium["fiscal_code"] = json!(citizen(0));
    let id = world.submit("demo-premium-key", &premium).await;
    assert!(world.decided("demo-premium-key", &citizen(0), &id).await.get("read_status").is_none(), "without the permission");
}

async fn read_status_needs_an_app_that_has_asked_for_consent(world: World) {
    let mut premium = message(0);
    premium["feature_level_type"] = json!("ADVANCED");
    for (version, expected) in [
        (Value::Null, "UNAVAILABLE"),
        (json!("2.13.99"), "UNAVAILABLE"),
        (json!("prossima"), "UNAVAILABLE"),
        (json!("2.14.0"), "UNREAD"),
        (json!("3.0"), "UNREAD"),
    ] {
        let profile = json!({ "is_inbox_enabled": true, "mode": "AUTO", "app_version": version });
        world.app(0, "PUT", "/profile", &profile).answer().await.expect(200);
        let id = world.submit("demo-premium-key", &premium).await;
        assert_eq!(world.decided("demo-premium-key", &citizen(0), &id).await["read_status"], expected, "{version}");
    }
}

async fn a_status_of_premium_is_told_only_where_the_table_says(mut world: World) {
    let sent = |level: &str, payment: bool, last: u8| {
        let mut sent = message(last);
        sent["feature_level_type"] = json!(level);
        if payment {
            sent["content"]["payment_data"] = json!({ "amount": 100, "notice_number": "302000000000000184" });
        }
        sent
    };
    let told = |message: &Value| ["read_status", "payment_status"].map(|name| message.get(name).is_some());
    for (level, payment, last, expected) in [
        ("STANDARD", false, 0, [false, false]),
        ("STANDARD", true, 0, [false, false]),
        ("ADVANCED", false, 0, [true, false]),
        ("ADVANCED", true, 0, [true, true]),
        // Who refused the message, or is nobody, has not read it; what they paid is nobody's business.
        ("ADVANCED", true, 1, [true, false]),
        ("ADVANCED", true, 2, [true, false]),
    ] {
        let id = world.submit("demo-premium-key", &sent(level, payment, last)).await;
        let decided = world.decided("demo-premium-key", &citizen(last), &id).await;
        assert_eq!(told(&decided), expected, "{level}, payment: {payment}, citizen {last}");
    }
    world.halt().await;
    let id = world.submit("demo-premium-key", &sent("ADVANCED", true, 0)).await;
    let pending = world.look("demo-premium-key", &citizen(0), &id).await;
    assert_eq!((&pending["status"], told(&pending)), (&json!("ACCEPTED"), [false, false]));
}

async fn what_comes_too_late_is_not_announced(mut world: World) {
    world.halt().await;
    let mut sent = message(0);
    sent["time_to_live"] = json!(3_600);
    let id = world.submit("demo-use-key", &sent).await;
    world.clock.advance(SignedDuration::from_secs(3_601));
    let other = world.another(&[]).await;
    let decided = other.decided("demo-use-key", &citizen(0), &id).await;
    assert_eq!((&decided["status"], &decided["notification"]), (&json!("PROCESSED"), &json!({ "webhook": "EXPIRED" })));
    assert_eq!(other.count("SELECT count(*) FROM io_notifications").await, 0);
    assert_eq!(other.app(0, "GET", "/messages", &Value::Null).answer().await.expect(200)["items"][0]["id"], json!(id));
}

async fn payment_status_follows_our_own_payments(world: World) {
    let mut premium = message(0);
    premium["feature_level_type"] = json!("ADVANCED");
    premium["content"]["payment_data"] = json!({ "amount": 100, "notice_number": "302000000000000184" });
    let id = world.submit("demo-premium-key", &premium).await;
    let status = async || world.decided("demo-premium-key", &citizen(0), &id).await["payment_status"].clone();
    assert_eq!(status().await, "NOT_PAID");
    let mut event: Value = serde_json::from_str(include_str!("../../../contracts/samples/payments/2.0/complete.json")).unwrap();
    event["event_id"] = json!(world.app.event_id());
    event["tenant_id"] = json!(crate::world::BUGLIANO);
    event["payment"]["notice_code"] = json!("302000000000000184");
    event["payment"]["receiver"] = Value::Null;
    let (event_id, text, now) = (world.app.event_id(), event.to_string(), world.clock.now());
    world.app.db().write(move |tx| tx.append("payments", "k", event_id, &text, now)).await.unwrap();
    world.eventually("the payment", async || (status().await == "PAID").then_some(())).await;
    premium["fiscal_code"] = json!(citizen(1));
    let rejected = world.submit("demo-premium-key", &premium).await;
    assert!(world.decided("demo-premium-key", &citizen(1), &rejected).await.get("payment_status").is_none());
}

async fn payment_status_asks_pagopa_for_notices_of_others(world: World) {
    let mut premium = message(0);
    premium["feature_level_type"] = json!("ADVANCED");
    for (number, expected) in [(1, "PAID"), (2, "NOT_PAID"), (3, "NOT_PAID"), (9, "NOT_PAID")] {
        premium["content"]["payment_data"] = json!({ "amount": 100, "notice_number": format!("30000000000000000{number}") });
        let id = world.submit("demo-premium-key", &premium).await;
        let status = world.decided("demo-premium-key", &citizen(0), &id).await["payment_status"].clone();
        assert_eq!(status, expected, "notice {number}");
    }
    premium["content"]["payment_data"] = json!({ "amount": 100, "notice_number": "300000000000000004" });
    let id = world.submit("demo-premium-key", &premium).await;
    let path = format!("/messages/{}/{id}", citizen(0));
    let failed = world
        .eventually("the processed message", async || {
            let answer = world.send("demo-premium-key", "GET", &path, &Value::Null).answer().await;
            (answer.body["status"] != "ACCEPTED").then_some(answer)
        })
        .await;
    let failed = failed.refused(500, "Internal server error");
    assert!(failed["detail"].as_str().unwrap().starts_with("Error retrieving Payment Status"));
}

async fn every_change_of_a_status_is_told_on_the_topic(world: World) {
    for last in [0, 1] {
        let id = world.submit("demo-use-key", &message(last)).await;
        world.decided("demo-use-key", &citizen(last), &id).await;
    }
    let read = |tx: &mut storage::Tx<'_>| {
        let sql = "SELECT payload FROM events WHERE topic = 'io_messages' ORDER BY position";
        tx.all(sql, storage::params![], |row| row.get::<String>(0))
    };
    let events: Vec<String> = world.app.db().read(read).await.unwrap();
    let told: Vec<Value> = events.iter().map(|event| serde_json::from_str::<Value>(event).unwrap()["status"].clone()).collect();
    assert_eq!(told, ["ACCEPTED", "PROCESSED", "ACCEPTED", "REJECTED"]);
    assert!(events.iter().all(|event| !event.contains("AAAAAA00") && !event.contains("oggetto")), "events name nobody");
}
