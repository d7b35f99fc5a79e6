//! The provider's books against ours, after everything that goes wrong between them: whatever answers were lost, told twice or late, both
//! know the same payments, once each, and say the same of them.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::served::on_every_provider;
use crate::world::World;

on_every_provider!(the_books_of_the_provider_and_ours_agree);

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
    let mut asked = Vec::new();
    // Each is asked for twice; of each kind one is paid, one is left and one is withdrawn.
    for (amount, status) in AMOUNTS {
        for fate in ["pay", "leave", "withdraw"] {
            let application = world.application(amount);
            world.publish("applications", &application).await;
            let mut again = application.clone();
            again["event_id"] = json!(world.app.event_id());
            world.publish("applications", &again).await;
            asked.push((application, status, fate));
        }
    }
    for (application, status, fate) in &asked {
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
    assert_agreement(world, asked.len()).await;
}

async fn assert_agreement(world: &World, count: usize) {
    let ours = world.call("GET", "/comune-di-bugliano/api/payments?limit=100", &Value::Null).await.expect(200);
    let ours: BTreeMap<_, _> =
        ours["data"].as_array().unwrap().iter().map(|payment| (text(&payment["payment"]["iud"]), payment)).collect();
    let theirs = world.call("GET", "/demo/psp/positions", &Value::Null).await.expect(200);
    let theirs: BTreeMap<_, _> = theirs.as_array().unwrap().iter().map(|position| (text(&position["iud"]), position)).collect();
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
    assert_eq!((paid, without.len()), (able, count - theirs.len()));
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
