//! Dead letters, as the administrators of a tenant deal with them.

use kernel::{EventId, TenantId};
use serde_json::{Value, json};

use crate::harness::{BUGLIANO, HERE, Person, THERE, VALLELAGHI, World};
use crate::on_both_engines;

on_both_engines!(an_administrator_sees_puts_back_and_drops_the_own, a_letter_without_an_identity_gets_one);

fn event(tenant: &str, id: EventId) -> String {
    format!(r#"{{"event_id":"{id}","tenant_id":"{tenant}","amount":1.10}}"#)
}

async fn ids(world: &World, admin: &Person, at: &str) -> Vec<String> {
    let page = world.call("GET", &format!("{at}/api/dead-letters")).by(admin).send().await.expect(200);
    page["data"].as_array().unwrap().iter().map(|letter| letter["id"].as_str().unwrap().to_owned()).collect()
}

async fn an_administrator_sees_puts_back_and_drops_the_own(world: World) {
    let (admin, stranger) = (world.admin().await, world.stranger().await);
    let first_event = world.app.event_id();
    let first = world.bury("reader", event(BUGLIANO, first_event)).await;
    let second = world.bury("reader", event(BUGLIANO, world.app.event_id())).await;
    let theirs = world.bury("reader", event(VALLELAGHI, world.app.event_id())).await;
    world.bury("reader", json!({ "event_id": world.app.event_id() }).to_string()).await;
    assert_eq!(ids(&world, &admin, HERE).await, [second.clone(), first.clone()]);
    assert_eq!(ids(&world, &stranger, THERE).await, [theirs.as_str()]);
    let at = |id: &str, rest: &str| format!("{HERE}/api/dead-letters/{id}{rest}");
    let shown = world.call("GET", &at(&first, "")).by(&admin).send().await;
    assert!(String::from_utf8_lossy(&shown.bytes).contains(r#""amount":1.10"#), "down to the digits");
    assert_eq!(shown.expect(200)["reason"], "tried again 3 times");
    for (method, rest) in [("GET", ""), ("DELETE", ""), ("POST", "/replay")] {
        world.call(method, &at(&theirs, rest)).by(&admin).send().await.expect(404);
    }
    // The reader had dealt with it: it forgets that, and gets it once more.
    let tenant: TenantId = BUGLIANO.parse().unwrap();
    let now = world.clock.now();
    let marked: storage::Result<bool> = world.app.db().write(move |tx| tx.mark_consumed("reader", first_event, now)).await;
    assert_eq!(marked, Ok(true));
    world.call("POST", &at(&first, "/replay")).by(&admin).send().await.expect(204);
    world.call("POST", &at(&first, "/replay")).by(&admin).send().await.expect(404);
    let [(key, back)] = world.events("documents").await.try_into().unwrap();
    assert_eq!((key.as_str(), &back["event_id"]), ("k", &json!(first_event)));
    let marked: storage::Result<bool> = world.app.db().write(move |tx| tx.mark_consumed("reader", first_event, now)).await;
    assert_eq!(marked, Ok(true), "it was forgotten");
    world.call("DELETE", &at(&second, "")).by(&admin).send().await.expect(204);
    assert_eq!(ids(&world, &admin, HERE).await, [""; 0]);
    let left: storage::Result<i64> = world.app.db().read(move |tx| tx.count_dead_letters_of(tenant)).await;
    assert_eq!(left, Ok(0));
    let sources = world.app.db().read(|tx| tx.dead_letters()).await.unwrap();
    assert_eq!(sources, [("reader".to_owned(), 2)], "those of others and of nobody");
}

async fn a_letter_without_an_identity_gets_one(world: World) {
    let admin = world.admin().await;
    // A tenant is named, and no identity by which its readers would know it.
    let payload = format!(r#"{{"tenant_id":"{BUGLIANO}"}}"#);
    let id = world.bury("reader", payload).await;
    world.call("POST", &format!("{HERE}/api/dead-letters/{id}/replay")).by(&admin).send().await.expect(204);
    let [(_, back)] = world.events("documents").await.try_into().unwrap();
    assert!(back["event_id"].is_string(), "it got one");
    let none: Value = world.call("GET", &format!("{HERE}/api/dead-letters?limit=0")).by(&admin).send().await.expect(400);
    assert_eq!(none["status"], 400);
}
