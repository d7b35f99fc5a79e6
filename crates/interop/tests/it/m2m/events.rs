//! The feeds.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Machine, STRANGER, both, eservice_seed};
use crate::on_both_engines;
use crate::world::{AGREEMENT, CLIENT, CONSUMER, DESCRIPTOR, ESERVICE, PURPOSE, World};

on_both_engines!(
    a_feed_tells_in_order_what_happened_after_an_event,
    a_feed_tells_each_body_what_concerns_it,
    a_feed_tells_thirty_days,
    whoever_follows_a_feed_misses_nothing_while_many_write,
);

async fn events(machine: &Machine<'_>, feed: &str, after: Option<&str>) -> Vec<Value> {
    let after = after.map(|id| format!("&lastEventId={id}")).unwrap_or_default();
    let told = machine.get(&format!("/{feed}?limit=500{after}")).await.expect(200);
    told["events"].as_array().unwrap().clone()
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["eventType"].as_str().unwrap()).collect()
}

async fn a_feed_tells_in_order_what_happened_after_an_event(world: World) {
    let (producer, consumer) = both(&world).await;
    assert_eq!(events(&consumer, "agreementEvents", None).await, Vec::<Value>::new());
    for command in ["suspend", "unsuspend"] {
        consumer.post(&format!("/agreements/{AGREEMENT}/{command}"), json!({})).await.expect(200);
        producer.post(&format!("/agreements/{AGREEMENT}/{command}"), json!({})).await.expect(200);
    }
    let told = events(&consumer, "agreementEvents", None).await;
    let expected = [
        "AGREEMENT_SUSPENDED_BY_CONSUMER",
        "AGREEMENT_SUSPENDED_BY_PRODUCER",
        "AGREEMENT_UNSUSPENDED_BY_CONSUMER",
        "AGREEMENT_UNSUSPENDED_BY_PRODUCER",
    ];
    assert_eq!(types(&told), expected);
    assert_eq!(told[0]["agreementId"], json!(AGREEMENT));
    let members: BTreeSet<&str> = told[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, BTreeSet::from(["id", "eventType", "eventTimestamp", "agreementId"]));
    let after = told[1]["id"].as_str().unwrap();
    assert_eq!(types(&events(&consumer, "agreementEvents", Some(after)).await), expected[2..], "after, and not it");
    let one = consumer.get(&format!("/agreementEvents?limit=1&lastEventId={after}")).await.expect(200);
    assert_eq!(one["events"][0], told[2]);
    assert_eq!(consumer.get("/agreementEvents?limit=9&delegationId=null").await.expect(200)["events"], json!(told));
    let delegation = consumer.get(&format!("/agreementEvents?limit=9&delegationId={AGREEMENT}")).await.expect(200);
    assert_eq!(delegation["events"], json!([]));

    consumer.post(&format!("/purposes/{PURPOSE}/versions"), json!({ "dailyCalls": 11 })).await.expect(201);
    let told = events(&producer, "purposeEvents", None).await;
    assert_eq!(types(&told), ["NEW_PURPOSE_VERSION_ACTIVATED"]);
    let purpose = consumer.get(&format!("/purposes/{PURPOSE}")).await.expect(200);
    assert_eq!(told[0]["purposeVersionId"], purpose["currentVersion"]["id"]);
    producer.post(&format!("/eservices/{ESERVICE}/descriptors/{DESCRIPTOR}/suspend"), json!({})).await.expect(200);
    let told = events(&consumer, "eserviceEvents", None).await;
    assert_eq!((types(&told), &told[0]["descriptorId"]), (vec!["ESERVICE_DESCRIPTOR_SUSPENDED"], &json!(DESCRIPTOR)));
    consumer.call("DELETE", &format!("/clients/{CLIENT}/purposes/{PURPOSE}"), None).await.expect(204);
    assert_eq!(types(&events(&consumer, "clientEvents", None).await), ["CLIENT_PURPOSE_REMOVED"]);
    producer.post("/declaredAttributes", json!({ "name": "Nuovo", "description": "Attributo nuovo" })).await.expect(201);
    assert_eq!(types(&events(&consumer, "attributeEvents", None).await), ["ATTRIBUTE_ADDED"]);
}

async fn a_feed_tells_each_body_what_concerns_it(world: World) {
    let (producer, consumer) = both(&world).await;
    let stranger = Machine::of(&world, STRANGER, false).await;
    producer.post("/eservices", eservice_seed("Bozza")).await.expect(201);
    let seed = eservice_seed("x")["descriptor"].clone();
    producer.post(&format!("/eservices/{ESERVICE}/descriptors"), seed).await.expect(201);
    consumer.post(&format!("/purposes/{PURPOSE}/suspend"), json!({})).await.expect(200);
    consumer.post(&format!("/agreements/{AGREEMENT}/suspend"), json!({})).await.expect(200);
    assert_eq!(types(&events(&producer, "eserviceEvents", None).await), ["ESERVICE_ADDED", "ESERVICE_DESCRIPTOR_ADDED"]);
    assert_eq!(types(&events(&producer, "purposeEvents", None).await), ["PURPOSE_VERSION_SUSPENDED_BY_CONSUMER"]);
    for feed in ["eserviceEvents", "purposeEvents", "agreementEvents", "clientEvents"] {
        assert_eq!(events(&stranger, feed, None).await, Vec::<Value>::new(), "{feed}");
    }
    assert_eq!(events(&consumer, "eserviceEvents", None).await, Vec::<Value>::new(), "drafts are their producer's");
    let name = json!({ "name": "Residenze nuove" });
    producer.call("PATCH", &format!("/eservices/{ESERVICE}/name"), Some(name)).await.expect(200);
    assert_eq!(types(&events(&stranger, "eserviceEvents", None).await), ["ESERVICE_NAME_UPDATED"]);
    consumer.call("DELETE", &format!("/clients/{CLIENT}/purposes/{PURPOSE}"), None).await.expect(204);
    assert_eq!(events(&producer, "clientEvents", None).await, Vec::<Value>::new());
}

async fn a_feed_tells_thirty_days(world: World) {
    let consumer = Machine::of(&world, CONSUMER, true).await;
    consumer.post(&format!("/agreements/{AGREEMENT}/suspend"), json!({})).await.expect(200);
    let old = events(&consumer, "agreementEvents", None).await[0]["id"].as_str().unwrap().to_owned();
    world.clock.advance(SignedDuration::from_hours(24 * 29));
    world.job("forget-told-events").await;
    let consumer = Machine::of(&world, CONSUMER, true).await;
    assert_eq!(events(&consumer, "agreementEvents", None).await.len(), 1, "not yet");
    consumer.post(&format!("/agreements/{AGREEMENT}/unsuspend"), json!({})).await.expect(200);
    world.clock.advance(SignedDuration::from_hours(48));
    world.job("forget-told-events").await;
    let consumer = Machine::of(&world, CONSUMER, true).await;
    let kept = events(&consumer, "agreementEvents", Some(&old)).await;
    assert_eq!(types(&kept), ["AGREEMENT_UNSUSPENDED_BY_CONSUMER"], "one that is forgotten is still a place to go on from");
}

async fn whoever_follows_a_feed_misses_nothing_while_many_write(world: World) {
    const WRITERS: usize = 8;
    const EACH: usize = 5;
    let world = Arc::new(world);
    let machine = Machine::of(&world, CONSUMER, true).await;
    let token = machine.token.clone();
    let writers = (0..WRITERS).map(|writer| {
        let (world, token, client) = (Arc::clone(&world), token.clone(), machine.client);
        tokio::spawn(async move {
            let machine = Machine { world: &world, client, token };
            for number in 0..EACH {
                let seed = json!({ "name": format!("Attributo {writer} {number}"), "description": "Attributo di prova" });
                machine.post("/declaredAttributes", seed).await.expect(201);
            }
        })
    });
    let writers = tokio::spawn(join_all(writers));
    let (mut seen, mut last, mut done) = (Vec::new(), None::<String>, false);
    loop {
        // What was written before this is to be seen by the reading that follows.
        let finished = writers.is_finished();
        let told = events(&machine, "attributeEvents", last.as_deref()).await;
        last = told.last().map(|event| event["id"].as_str().unwrap().to_owned()).or(last);
        let quiet = told.is_empty();
        seen.extend(told.into_iter().map(|event| event["attributeId"].as_str().unwrap().to_owned()));
        if done && quiet {
            break;
        }
        done = finished;
        tokio::task::yield_now().await;
    }
    for writer in writers.await.unwrap() {
        writer.unwrap();
    }
    let unique: BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), unique.len()), (WRITERS * EACH, WRITERS * EACH));
}
