//! Putting an event back into its topic when its time has come.

use kernel::EventId;
use runtime::{App, Completed, Task, TaskError};
use serde::{Deserialize, Serialize};

use super::Config;
use super::consume::give_up;
use super::envelope::Failed;

/// What the task has.
#[derive(Serialize, Deserialize)]
pub struct Payload {
    /// The topic that the event goes back to.
    pub topic: String,
    /// The key with which.
    pub key: String,
    /// Its identity.
    pub event_id: EventId,
    /// The event, as JSON text.
    pub event: String,
}

/// What the task needs: the event, and the topic and key with which it goes back.
pub fn payload(topic: &str, key: &str, event_id: EventId, event: &str) -> String {
    let payload = Payload { topic: topic.to_owned(), key: key.to_owned(), event_id, event: event.to_owned() };
    serde_json::to_string(&payload).expect("texts have a JSON form")
}

/// Puts the event back as it is.
pub async fn run(app: App, config: Config, task: Task) -> Result<Completed, TaskError> {
    let Payload { topic, key, event_id, event } = task.payload()?;
    if !exists(&app, &topic).await? {
        let failed = Failed::read(&event).map_err(TaskError::Fail)?;
        let reason = format!(
            "retry_meta.original_topic nomina un topic che non esiste: {topic}. Correggere quel nome e rimettere in lavorazione \
             (sportello dead-letters replay --corrected)."
        );
        // Put back, it comes here again: nobody would read what stands in that topic.
        let done = task.complete(move |tx| {
            let given_up = give_up(&app, &config, tx, (&key, &event), failed, (config.failed_topic, &reason));
            given_up.map_err(TaskError::from)
        });
        return done.await;
    }
    let now = app.clock().now();
    let done = task.complete(move |tx| tx.append(&topic, &key, event_id, &event, now)).await?;
    tracing::info!(%event_id, "event put back");
    Ok(done)
}

/// Whether somebody has to do with a topic. On Kafka an event for one that is not there would hold up everything that is published behind
/// it; in the log of the database it would stand unread.
async fn exists(app: &App, topic: &str) -> Result<bool, TaskError> {
    match app.kafka() {
        Some(kafka) => {
            Ok(kafka.topics().await.map_err(|error| TaskError::Retry(error.to_string()))?.iter().any(|name| name == topic))
        }
        None => {
            let topic = topic.to_owned();
            Ok(app.db().read(move |tx| tx.has_topic(&topic)).await?)
        }
    }
}
