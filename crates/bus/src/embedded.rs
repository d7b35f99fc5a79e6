//! Consumers over the embedded log.

use std::time::Duration;

use jiff::SignedDuration;
use kernel::{Clock, Rng};
use storage::{Db, Engine, StoredEvent};

use crate::{Consumer, Event, Failure, Stop};

/// Events dealt with in one transaction.
const BATCH: i64 = 128;
/// How long a process may be silent before another takes its consumers over.
const LEASE: SignedDuration = SignedDuration::from_secs(15);
/// How often a reader looks for what other processes appended.
const POLL: Duration = Duration::from_millis(200);

enum Step {
    /// This many events were dealt with.
    Worked(usize),
    /// Another process runs this consumer.
    NotOurs,
}

/// Runs `consumer` over the log in `db` until `stop`. `holder` names this process: with several processes on one PostgreSQL, only one
/// of them runs the consumer at a time.
pub async fn run(db: Db, consumer: Consumer, clock: Clock, rng: Rng, holder: String, stop: Stop) {
    let mut wakes = db.wakes();
    let mut backoff = Duration::from_millis(50);
    while !stop.is_stopped() {
        wakes.borrow_and_update();
        match step(&db, &consumer, &clock, &rng, &holder).await {
            Ok(Step::Worked(count)) => {
                backoff = Duration::from_millis(50);
                if count == 0 {
                    tokio::select! {
                        () = stop.stopped() => {}
                        _ = wakes.changed() => {}
                        () = tokio::time::sleep(POLL) => {}
                    }
                }
            }
            Ok(Step::NotOurs) => {
                stop.sleep(Duration::from_secs(1)).await;
            }
            Err(failure) => {
                tracing::warn!(consumer = consumer.name, topic = consumer.topic, reason = %failure, "consumer waits");
                stop.sleep(backoff).await;
                backoff = (backoff * 2).min(Duration::from_secs(10));
            }
        }
    }
}

/// Deals with the next events, if any.
async fn step(db: &Db, consumer: &Consumer, clock: &Clock, rng: &Rng, holder: &str) -> Result<Step, Failure> {
    let (name, topic) = (consumer.name, consumer.topic);
    // Looking is cheap and takes no lock; the transaction below looks again.
    let any = db
        .read(move |tx| {
            let position = tx.consumer_position(name, topic)?;
            Ok::<_, storage::Error>(!tx.events_after(topic, position, 1)?.is_empty())
        })
        .await?;
    if !any {
        return Ok(Step::Worked(0));
    }
    let (consumer, clock, rng, holder) = (consumer.clone(), clock.clone(), rng.clone(), holder.to_owned());
    db.write(move |tx| {
        let now = clock.now();
        // SQLite belongs to one process. In PostgreSQL the lease is held, and fenced, by the transaction that has the effects.
        if tx.engine() == Engine::Postgres && !tx.hold_lease(&format!("consumer:{name}"), &holder, now, now.plus(LEASE))? {
            return Ok(Step::NotOurs);
        }
        let position = tx.consumer_position(name, topic)?;
        let events = tx.events_after(topic, position, BATCH)?;
        let Some(last) = events.last().map(|event| event.position) else { return Ok(Step::Worked(0)) };
        let count = events.len();
        for event in events {
            consumer.deliver(tx, &delivered(event), &clock, &rng)?;
        }
        tx.set_consumer_position(name, topic, last)?;
        Ok(Step::Worked(count))
    })
    .await
}

fn delivered(event: StoredEvent) -> Event {
    Event { topic: event.topic, key: event.key, event_id: event.event_id, payload: event.payload }
}
