//! The read model beside the log.

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::read_model::{PAYMENTS, payment};
use crate::world::{VALLELAGHI, World};

on_both_engines!(
    a_sound_read_model_agrees_with_the_log,
    what_was_lost_or_changed_is_found_and_mended,
    the_check_goes_on_where_it_is_told_to,
);

async fn parity(world: &World, method: &str) -> Value {
    world.call(method, &format!("{PAYMENTS}/parity"), &Value::Null).await.expect(200)
}

fn found(checked: u64, missing: u64, stale: u64, different: u64, repaired: u64) -> Value {
    json!({
        "checked": checked, "unreadable": 0, "missing": missing, "stale": stale, "different": different, "repaired": repaired, "next": null
    })
}

/// Does to the read model what no program of ours does.
async fn damage(world: &World, sql: &str) {
    let sql = sql.to_owned();
    world.app.db().write(move |tx| tx.execute(&sql, storage::params![])).await.unwrap();
}

async fn again(world: &World, payment: &Value, status: &str, at: &str) -> Value {
    let mut event = payment.clone();
    event["event_id"] = json!(world.app.event_id());
    event["event_created_at"] = json!(at);
    event["status"] = json!(status);
    world.publish("payments", &event).await;
    world.idle().await;
    event
}

async fn a_sound_read_model_agrees_with_the_log(world: World) {
    let first = payment(&world, json!({})).await;
    let at = "2025-03-12T09:20:00+01:00";
    // Two events of one instant: the later in the log counts, and neither is taken for wrong.
    again(&world, &first, "PAYMENT_STARTED", at).await;
    let last = again(&world, &first, "COMPLETE", at).await;
    // An old one that comes late.
    again(&world, &first, "EXPIRED", "2025-03-12T09:10:00+01:00").await;
    payment(&world, json!({ "/tenant_id": VALLELAGHI })).await;
    assert_eq!(parity(&world, "GET").await, found(4, 0, 0, 0, 0));
    assert_eq!(parity(&world, "POST").await, found(4, 0, 0, 0, 0));
    let path = format!("{PAYMENTS}/{}", first["id"].as_str().unwrap());
    assert_eq!(world.call("GET", &path, &Value::Null).await.expect(200), last);
}

async fn what_was_lost_or_changed_is_found_and_mended(world: World) {
    let lost = payment(&world, json!({})).await;
    let behind = payment(
        &world,
        json!({ "/links/update/url": "https://a.it/u", "/links/update/next_check_at": "2025-03-12T09:20:00+01:00" }),
    )
    .await;
    let changed = payment(&world, json!({})).await;
    let after = again(&world, &behind, "PAYMENT_STARTED", "2025-03-12T09:30:00+01:00").await;
    let id = |payment: &Value| payment["id"].as_str().unwrap().to_owned();
    damage(&world, &format!("DELETE FROM payments WHERE id = '{}'", id(&lost))).await;
    damage(&world, &format!("UPDATE payments SET status = 'COMPLETE' WHERE id = '{}'", id(&changed))).await;
    let old = behind.to_string().replace('\'', "''");
    let moment = if world.app.db().engine() == storage::Engine::Sqlite { "1" } else { "'2020-01-01'" };
    damage(
        &world,
        &format!("UPDATE payments SET body = '{old}', event_created_at = {moment}, poll_at = NULL WHERE id = '{}'", id(&behind)),
    )
    .await;
    // Both events of the payment that is behind are newer than what is there.
    assert_eq!(parity(&world, "GET").await, found(4, 1, 2, 1, 0));
    let mended = parity(&world, "POST").await;
    assert_eq!(mended, found(4, 1, 2, 1, 4));
    assert_eq!(parity(&world, "GET").await, found(4, 0, 0, 0, 0));
    for expected in [&lost, &after, &changed] {
        let path = format!("{PAYMENTS}/{}", id(expected));
        assert_eq!(&world.call("GET", &path, &Value::Null).await.expect(200), expected);
    }
    let sql = format!("SELECT count(*) FROM payments WHERE poll_at IS NOT NULL AND id = '{}'", id(&behind));
    let polled: i64 = world.app.db().read(move |tx| tx.one(&sql, storage::params![], |row| row.get(0))).await.unwrap();
    assert_eq!(polled, 1, "what was mended is followed again");
}

async fn the_check_goes_on_where_it_is_told_to(world: World) {
    for _ in 0..3 {
        payment(&world, json!({})).await;
    }
    let sql = "SELECT min(position) FROM events WHERE topic = 'payments'";
    let first: i64 = world.app.db().read(move |tx| tx.one(sql, storage::params![], |row| row.get(0))).await.unwrap();
    for (after, checked) in [(0, 3), (first, 2), (i64::MAX, 0)] {
        let report = world.call("GET", &format!("{PAYMENTS}/parity?after={after}"), &Value::Null).await.expect(200);
        assert_eq!(report, found(checked, 0, 0, 0, 0), "{after}");
    }
    world.call("GET", &format!("{PAYMENTS}/parity?x=1"), &Value::Null).await.expect(400);
}
