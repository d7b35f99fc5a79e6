//! Putting an event back into its topic when its time has come.

use kernel::EventId;
use runtime::{App, Completed, Task, TaskError};
use serde::{Deserialize, Serialize};

use super::Config;
use super::consume::give_up;
use super::envelope::Failed;

#[derive(Serialize, Deserialize)]
struct Payload {
    topic: String,
    key: String,
    event_id: EventId,
    event: String,
}

/// What the task needs: the event, and the topic and key with which it goes back.
pub fn payload(topic: &str, key: &str, event_id: EventId, event: &str) -> String {
    let payload = Payload { topic: topic.to_owned(), key: key.to_owned(), event_id, event: event.to_owned() };
    serde_json::to_string(&payload).expect("texts have a JSON form")
}

/// Puts the event back as it is.
pub async fn run(app: App, config: Config, task: Task) -> Result<Completed, TaskError> {
    let Payload { topic, key, event_id, event } = task.payload()?;
    // An event for a topic that Kafka does not have would hold up everything that is published behind it.
    let missing = match app.kafka() {
        Some(kafka) => !kafka.topics().await.map_err(|error| TaskError::Retry(error.to_string()))?.contains(&topic),
        None => false,
    };
    let now = app.clock().now();
    if missing {
        let failed = Failed::read(&event).map_err(TaskError::Fail)?;
        let done = task.complete(move |tx| {
            give_up(&app, &config, tx, (&key, &event), failed, "original_topic does not exist", now).map_err(TaskError::from)
        });
        return done.await;
    }
    let done = task.complete(move |tx| tx.append(&topic, &key, event_id, &event, now)).await?;
    tracing::info!(%event_id, "event put back");
    Ok(done)
}
