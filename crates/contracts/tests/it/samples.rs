//! Every sample is read, obeys the rules of its topic, is written exactly as it was, and never changes.

use std::collections::BTreeMap;

use contracts::applications::ApplicationV2;
use contracts::documents::DocumentV1;
use contracts::io_messages::IoMessageV1;
use contracts::messages::MessageV1;
use contracts::payments::{PaymentV1, PaymentV2, Status, iud};
use contracts::{Decoded, Event, Version, decode, peek, probe};
use kernel::{EventId, RomeTime};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::{compact, file, names_in, sample, samples_of};

/// Reads every sample of a topic and version, checks what all topics share, and gives the events.
fn read_all<E: Event + DeserializeOwned + Clone>(topic_and_version: &str) -> BTreeMap<String, E> {
    let read = |path: &String| {
        let text = sample(path);
        let Decoded::Event(event) = decode::<E>(&text).unwrap_or_else(|error| panic!("{path}: {error}")) else {
            panic!("{path} is of another version");
        };
        assert_eq!(compact(&serde_json::to_string(&event).unwrap()), compact(&text), "{path} is not written as it was read");
        let envelope = peek(&text).unwrap();
        assert_eq!((envelope.event_id, envelope.event_version), (event.event_id(), E::VERSION), "{path}");
        (path.clone(), *event)
    };
    samples_of(topic_and_version).iter().map(read).collect()
}

#[test]
fn payments_2() {
    let events = read_all::<PaymentV2>("payments/2.0");
    for (path, event) in &events {
        assert_eq!(event.validate(), [], "{path}");
        assert_eq!(event.key(), "b21c4429-95e4-45d5-930f-44eb74136625", "{path}");
        assert_eq!(event.payment.iud, Some(iud(event.id)), "{path}");
    }
    let statuses: std::collections::HashSet<Status> = events.values().map(|event| event.status).collect();
    assert_eq!(statuses.len(), 7, "a sample of every status that proxies write");
}

#[test]
fn payments_1_are_read_but_are_not_events_of_version_2() {
    for path in samples_of("payments/1.0") {
        let text = sample(&path);
        let payment: PaymentV1 = serde_json::from_str(&text).unwrap();
        assert_eq!(payment.status, Status::PaymentStarted);
        assert_eq!(payment.payment.iuv.as_deref(), Some("550000000024427"));
        assert_eq!(payment.payment.amount.unwrap().cents(), 134);
        assert_eq!(payment.links.cancel.url, None);
        assert_eq!(decode::<PaymentV2>(&text).unwrap(), Decoded::OtherVersion(Version::major(1)));
    }
}

#[test]
fn documents_1() {
    for (path, event) in &read_all::<DocumentV1>("documents/1") {
        assert_eq!(event.validate(), [], "{path}");
        assert_eq!(event.key(), event.remote_id.unwrap().to_string(), "{path}");
        assert_eq!(event.is_registered(), path.ends_with("registered"), "{path}");
        assert_eq!(event.service_id().unwrap().to_string(), "b21c4429-95e4-45d5-930f-44eb74136625", "{path}");
    }
}

#[test]
fn applications_2() {
    for (path, event) in &read_all::<ApplicationV2>("applications/2") {
        let payment = event.payment().unwrap();
        assert_eq!(payment.is_some(), event.status == "1500", "{path}");
        if let Some(payment) = payment {
            assert_eq!(payment.amount.cents(), 134, "{path}");
            assert_eq!(compact(&serde_json::to_string(&payment).unwrap()), compact(event.payment_data.as_str()), "{path}");
        }
        assert_eq!(event.key(), event.service_id.to_string(), "{path}");
    }
}

#[test]
fn messages_1() {
    for (path, event) in &read_all::<MessageV1>("messages/1") {
        assert_eq!(event.key(), event.application.to_string(), "{path}");
    }
}

#[test]
fn io_messages_1() {
    for (path, event) in &read_all::<IoMessageV1>("io_messages/1") {
        assert_eq!(event.key(), event.id.to_string(), "{path}");
        assert_eq!(event.rejection_reason.is_some(), event.status == "REJECTED", "{path}");
    }
}

#[test]
fn no_sample_shows_a_person_in_a_log() {
    let mut shown = String::new();
    for (_, event) in read_all::<PaymentV2>("payments/2.0") {
        shown += &format!("{event:?} {:?} {:?} {:?}\n", event.payer, event.payment, event.links);
    }
    for (_, event) in read_all::<DocumentV1>("documents/1") {
        shown += &format!("{event:?} {:?} {:?} {:?} {:?}\n", event.author, event.main_document, event.folder, event.retry_meta);
    }
    for (_, event) in read_all::<ApplicationV2>("applications/2") {
        shown += &format!("{event:?} {:?} {:?} {:?}\n", event.authentication, event.data, event.payment());
    }
    for (_, event) in read_all::<MessageV1>("messages/1") {
        shown += &format!("{event:?} {:?}\n", event.attachments);
    }
    for secret in ["FRRNNA84L52G702G", "DNTLCU71T18H501M", "Ferri", "Anna", "example.org", "trasloco", "delega"] {
        assert!(!shown.contains(secret), "{secret} is shown in {shown}");
    }
    assert!(shown.contains("PaymentV2 { id: PaymentId("), "{shown}");
}

#[test]
fn a_renewed_event_is_a_new_event_about_the_same_entity() {
    let at: RomeTime = "2025-10-26T01:30:00.5Z".parse().unwrap();
    let id: EventId = "00000000-0000-4000-8000-000000000001".parse().unwrap();
    for (path, mut event) in read_all::<PaymentV2>("payments/2.0") {
        let before = event.clone();
        event.renew(id, at, "sandbox-payment-proxy:9.9.9");
        assert_eq!(
            (event.event_id(), event.event_created_at.to_string()),
            (id, "2025-10-26T02:30:00+01:00".to_owned()),
            "{path}"
        );
        let read: PaymentV2 = serde_json::from_str(&serde_json::to_string(&event).unwrap()).unwrap();
        assert_eq!(read, event, "{path}");
        assert_eq!(
            PaymentV2 {
                event_id: before.event_id,
                event_created_at: before.event_created_at,
                app_id: before.app_id.clone(),
                ..event
            },
            before
        );
    }
}

/// The paths of all samples.
fn all() -> Vec<String> {
    let root = file("samples");
    let topics = names_in(&root).into_iter().filter(|topic| root.join(topic).is_dir());
    let versions =
        topics.flat_map(|topic| names_in(&root.join(&topic)).into_iter().map(move |version| format!("{topic}/{version}")));
    versions.flat_map(|version| samples_of(&version)).collect()
}

#[test]
fn every_topic_with_samples_can_be_probed() {
    for path in all() {
        let (topic, _) = path.split_once('/').unwrap();
        assert!(matches!(probe(topic, &sample(&path)), Some(Ok(Decoded::Event(_)))), "{path}");
        assert!(probe(topic, "{}").unwrap().is_err(), "{path}");
        let other = sample(&path).replacen("\"event_version\"", "\"event_version\": 99, \"former_version\"", 1);
        assert_eq!(probe(topic, &other), Some(Ok(Decoded::OtherVersion(Version::major(99)))), "{path}");
    }
    assert_eq!(probe("meetings", "{}"), None);
}

/// `samples/SHA256SUMS` is what `sha256sum` prints. A published event cannot be changed: add a sample and its line instead.
#[test]
fn samples_are_frozen() {
    let sums = std::fs::read_to_string(file("samples/SHA256SUMS")).unwrap();
    let listed: BTreeMap<&str, &str> =
        sums.lines().map(|line| line.split_once("  ").unwrap()).map(|(sum, path)| (path, sum)).collect();
    let paths = all();
    for path in &paths {
        let sum = hex::encode(Sha256::digest(sample(path)));
        let name = format!("{path}.json");
        assert_eq!(listed.get(name.as_str()), Some(&sum.as_str()), "{name} has changed or is not listed in SHA256SUMS");
    }
    assert_eq!(listed.len(), paths.len(), "a sample of SHA256SUMS is missing");
}
