//! Notice numbers belong to the body, not to the proxy: whoever gives them, and however many do at the same time, none is given twice.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::served::PAGOPA;
use crate::world::{BUGLIANO, CREATION_PENDING, SERVICE, World};

on_both_engines!(proxies_that_work_at_the_same_time_give_each_number_once);

/// Payments of each proxy.
const PAYMENTS: usize = 15;
/// How long a test waits for something that must happen.
const DEADLINE: Duration = Duration::from_secs(40);

async fn proxies_that_work_at_the_same_time_give_each_number_once(world: World) {
    // The same body, with the same segregation code, at two providers; and a second process of each proxy.
    let other = world.app.rng().uuid().to_string();
    let mut config = PAGOPA.payment();
    config["id"] = json!(other);
    config["remote_collection"]["id"] = json!(other);
    world.call("PUT", &format!("/payment-proxy/pagopa/v2/tenants/{BUGLIANO}"), &PAGOPA.tenant()).await.expect(201);
    world.call("PUT", &format!("/payment-proxy/pagopa/v2/configs/{other}"), &config).await.expect(201);
    let _second = world.another(&[]).await;
    for number in 0..2 * PAYMENTS {
        let mut event: Value = serde_json::from_str(CREATION_PENDING).unwrap();
        let id = world.app.rng().uuid();
        event["id"] = json!(id);
        event["payment"]["iud"] = json!(id.simple().to_string());
        event["event_id"] = json!(world.app.rng().uuid());
        event["app_id"] = json!("payment-importer:1.0.0");
        event["service_id"] = if number % 2 == 0 { json!(SERVICE) } else { json!(other) };
        world.publish("payments", &event).await;
    }
    let began = Instant::now();
    let numbers = loop {
        let events = world.keyed_events().await;
        let pending = events.iter().filter(|(_, event)| event["status"] == "PAYMENT_PENDING");
        let numbers: Vec<String> =
            pending.map(|(_, event)| event["payment"]["notice_code"].as_str().unwrap().to_owned()).collect();
        if numbers.len() >= 2 * PAYMENTS {
            break numbers;
        }
        assert!(began.elapsed() < DEADLINE, "{} of {}; dead: {:?}", numbers.len(), 2 * PAYMENTS, world.dead_letters().await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let different: BTreeSet<_> = numbers.iter().collect();
    assert_eq!((numbers.len(), different.len()), (2 * PAYMENTS, 2 * PAYMENTS));
    assert!(numbers.iter().all(|number| number.parse::<kernel::NoticeNumber>().is_ok() && number.starts_with("302")));
}
