//! Putting a failed document back into its topic when its time has come.
//!
//! The place of the retry orchestrator: when there is one, it reads the retry topic and this queue goes.

use kernel::EventId;
use runtime::{App, Completed, Task, TaskError};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Payload {
    topic: String,
    key: String,
    event_id: EventId,
    event: String,
}

/// What the task needs: the failed event, and the topic and key with which it goes back.
pub fn payload(topic: &str, key: &str, event_id: EventId, event: &str) -> String {
    let payload = Payload { topic: topic.to_owned(), key: key.to_owned(), event_id, event: event.to_owned() };
    serde_json::to_string(&payload).expect("texts have a JSON form")
}

/// Puts the event back as it is.
pub async fn run(app: App, task: Task) -> Result<Completed, TaskError> {
    let Payload { topic, key, event_id, event } = task.payload()?;
    Ok(task.complete(move |tx| tx.append(&topic, &key, event_id, &event, app.clock().now())).await?)
}
