//! The provider's books against ours, after everything that goes wrong between them: whatever answers were lost, told twice or late, both
//! know the same payments, once each, and say the same of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::served::on_every_provider;
use crate::world::World;

on_every_provider!(the_books_of_the_provider_and_ours_agree);

on_both_engines!(what_is_said_again_in_any_order_changes_nothing, readers_that_begin_anew_change_nothing);

/// Amounts whose cents make the provider misbehave in each of its ways, and what becomes of them in the end if they are not paid.
const AMOUNTS: [(&str, &str); 8] = [
    ("20.00", "PAYMENT_PENDING"),
    ("20.91", "CREATION_FAILED"),
    ("20.92", "PAYMENT_PENDING"),
    ("20.93", "PAYMENT_PENDING"),
    ("20.95", "PAYMENT_PENDING"),
    ("20.97", "PAYMENT_PENDING"),
    ("20.98", "PAYMENT_PENDING"),
    ("20.99", "PAYMENT_PENDING"),
];

/// What is done with payments.
const FATES: [&str; 3] = ["pay", "leave", "withdraw"];

/// What a payment of ours may be while its position stands so.
fn agreeing(standing: &str) -> &'static [&'static str] {
    match standing {
        "OPEN" => &["PAYMENT_PENDING", "PAYMENT_STARTED"],
        "PAID" => &["COMPLETE"],
        "WITHDRAWN" => &["CANCELED", "CREATION_FAILED"],
        "EXPIRED" => &["PAYMENT_FAILED", "EXPIRED"],
        _ => &["PAYMENT_STARTED"],
    }
}

async fn the_books_of_the_provider_and_ours_agree(world: &World) {
    let asked = ask(world).await;
    meet_their_fates(world, &asked).await;
    assert_agreement(world, asked.len()).await;
}

async fn what_is_said_again_in_any_order_changes_nothing(world: World) {
    let asked = ask(&world).await;
    meet_their_fates(&world, &asked).await;
    let told = |world: &World| asked.iter().map(|(application, ..)| world.platform.told(application)).collect::<Vec<_>>();
    let (before, told_before) = (statuses(&world).await, told(&world));
    let sql = "SELECT topic, payload FROM events WHERE topic IN ('applications', 'payments') ORDER BY position";
    let read = world.app.db().read(move |tx| tx.all(sql, storage::params![], |row| Ok((row.get(0)?, row.get(1)?))));
    let mut events: Vec<(String, String)> = read.await.unwrap();
    let seed = world.app.rng().below(u64::MAX);
    println!("seed {seed}");
    let rng = kernel::Rng::seeded(seed);
    for last in (1..events.len()).rev() {
        events.swap(last, usize::try_from(rng.below(last as u64 + 1)).unwrap());
    }
    for (topic, event) in events {
        let mut event: Value = serde_json::from_str(&event).unwrap();
        // Nobody takes it for what was read before, nor for its own.
        event["event_id"] = json!(world.app.event_id());
        event["app_id"] = json!("other-program:1.0");
        world.publish(if topic == "payments" { "payments" } else { "applications" }, &event).await;
    }
    world.poll().await;
    assert_eq!((statuses(&world).await, told(&world)), (before, told_before));
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
    assert_agreement(&world, asked.len()).await;
}

async fn readers_that_begin_anew_change_nothing(world: World) {
    let asked = ask(&world).await;
    meet_their_fates(&world, &asked).await;
    let (before, events) = (statuses(&world).await, world.keyed_events().await.len());
    let readers: Vec<_> = world.roles.iter().flat_map(|role| &role.consumers).map(|reader| (reader.name, reader.topic)).collect();
    let begin_anew = move |tx: &mut storage::Tx<'_>| {
        readers.into_iter().try_for_each(|(reader, topic)| tx.set_consumer_position(reader, topic, 0))
    };
    world.app.db().write(begin_anew).await.unwrap();
    let world = world.crash().await;
    world.idle().await;
    assert_eq!((statuses(&world).await, world.keyed_events().await.len()), (before, events), "nothing new is said");
    assert_agreement(&world, asked.len()).await;
}

/// Where every payment stands in the read model.
async fn statuses(world: &World) -> BTreeMap<String, String> {
    let ours = world.call("GET", "/comune-di-bugliano/api/payments?limit=100", &Value::Null).await.expect(200);
    ours["data"].as_array().unwrap().iter().map(|payment| (text(&payment["id"]), text(&payment["status"]))).collect()
}

/// An application, what becomes of its payment by itself, and what is done with it.
pub type Asked = (Value, &'static str, &'static str);

/// Asks for payments that the provider misbehaves about in each of its ways.
pub async fn ask(world: &World) -> Vec<Asked> {
    let mut asked = Vec::new();
    // Each is asked for twice; of each kind one is paid, one is left and one is withdrawn.
    for (amount, status) in AMOUNTS {
        for fate in FATES {
            let application = world.application(amount);
            world.publish("applications", &application).await;
            let mut again = application.clone();
            again["event_id"] = json!(world.app.event_id());
            world.publish("applications", &again).await;
            asked.push((application, status, fate));
        }
    }
    asked
}

/// Pays, leaves and withdraws, and waits until all of it is known.
pub async fn meet_their_fates(world: &World, asked: &[Asked]) {
    for (application, status, fate) in asked {
        let payment = world.payment_in_time(application, status).await;
        if *status != "PAYMENT_PENDING" {
            continue;
        }
        // What follows is later, to the second.
        world.clock.advance(SignedDuration::from_secs(1));
        match *fate {
            "pay" => drop(world.press(&payment, "paga").await),
            "withdraw" => {
                let url = format!("{}/payments/{}", world.proxy(), payment["id"].as_str().unwrap());
                world.call("PATCH", &url, &json!({ "status": "CANCELED" })).await.expect(200);
            }
            _ => {}
        }
        // Another program says the same again.
        let mut again = payment;
        again["event_id"] = json!(world.app.event_id());
        again["app_id"] = json!("other-program:1.0");
        world.publish("payments", &again).await;
    }
    for _ in 0..3 {
        world.clock.advance(SignedDuration::from_mins(2));
        world.poll().await;
    }
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}

/// Asserts that the provider knows the payments that the read model has, each once and standing where it stands here.
pub async fn assert_agreement(world: &World, count: usize) {
    // Dues that were imported are older.
    let path = "/comune-di-bugliano/api/payments?limit=100&created_since=2025-02-01T00:00:00%2B01:00";
    let ours = world.call("GET", path, &Value::Null).await.expect(200);
    let ours: BTreeMap<_, _> =
        ours["data"].as_array().unwrap().iter().map(|payment| (text(&payment["payment"]["iud"]), payment)).collect();
    let theirs = world.call("GET", "/demo/psp/positions", &Value::Null).await.expect(200);
    // Imported dues stand there too: their own tests judge them.
    let events = world.keyed_events().await;
    let imported = events.iter().filter(|(_, event)| text(&event["app_id"]).starts_with("payment-importer:"));
    let imported: BTreeSet<_> = imported.map(|(_, event)| text(&event["payment"]["iud"])).collect();
    let theirs = theirs.as_array().unwrap().iter().map(|position| (text(&position["iud"]), position));
    let theirs: BTreeMap<_, _> = theirs.filter(|(iud, _)| !imported.contains(iud)).collect();
    assert_eq!(ours.len(), count, "one payment for each application");
    let mut paid = 0;
    for (iud, position) in &theirs {
        let payment = ours.get(iud).unwrap_or_else(|| panic!("nobody of ours knows {position}"));
        let status = text(&payment["status"]);
        assert!(agreeing(&text(&position["status"])).contains(&status.as_str()), "{position} and {status}");
        if !payment["payment"]["notice_code"].is_null() {
            assert_eq!(payment["payment"]["notice_code"], position["notice_number"]);
        }
        assert_eq!(world.taken(payment).await, 1, "{position}");
        paid += usize::from(status == "COMPLETE");
    }
    let without: Vec<_> =
        ours.iter().filter(|(iud, _)| !theirs.contains_key(*iud)).map(|(_, payment)| text(&payment["status"])).collect();
    assert!(without.iter().all(|status| status == "CREATION_FAILED"), "{without:?}");
    let able = AMOUNTS.iter().filter(|(_, status)| *status == "PAYMENT_PENDING").count();
    let able = able * (count / (AMOUNTS.len() * FATES.len()));
    assert_eq!((paid, without.len()), (able, count - theirs.len()));
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
