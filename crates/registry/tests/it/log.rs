//! The event log as other programs see it, embedded or Kafka.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use kernel::EventId;
use runtime::{App, Stopper};
use serde_json::Value;
use storage::params;

/// Puts an event into a topic, as another program would.
pub async fn put(app: &App, topic: &str, key: &str, payload: &str) {
    match app.kafka() {
        Some(kafka) => kafka.publish(topic, key, payload).await.unwrap(),
        None => {
            // What identifies an event is in it, as far as others are concerned.
            let event = serde_json::from_str::<Value>(payload).ok();
            let id = event.and_then(|event| serde_json::from_value(event["event_id"].clone()).ok());
            let id = id.unwrap_or_else(|| EventId(app.rng().uuid()));
            let (topic, key, payload, now) = (topic.to_owned(), key.to_owned(), payload.to_owned(), app.clock().now());
            app.db().write(move |tx| tx.append(&topic, &key, id, &payload, now)).await.unwrap();
        }
    }
}

/// The events of a topic with their keys, in the order in which they came.
pub async fn events(app: &App, topic: &str) -> Vec<(String, String)> {
    match app.kafka() {
        Some(kafka) => {
            let seen = Arc::new(Mutex::new(Vec::new()));
            let noted = Arc::clone(&seen);
            let (_stopper, stop) = Stopper::new();
            let note = move |_, key: &str, payload: &str| noted.lock().unwrap().push((key.to_owned(), payload.to_owned()));
            kafka.read(topic, false, stop, note).await.unwrap();
            // What was being published when the process died is published again: the same event, which has one effect.
            let (mut events, mut known) = (seen.lock().unwrap().clone(), HashSet::new());
            events.retain(|event| known.insert(event.clone()));
            events
        }
        None => {
            let (sql, topic) = ("SELECT key, payload FROM events WHERE topic = $1 ORDER BY position", topic.to_owned());
            app.db().read(move |tx| tx.all(sql, params![topic], |row| Ok((row.get(0)?, row.get(1)?)))).await.unwrap()
        }
    }
}
