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
/// How long a reader waits after it was woken: what comes in a burst is dealt with in few transactions instead of many.
const LINGER: Duration = Duration::from_millis(4);

enum Step {
    /// This many events were dealt with.
    Worked(i64),
    /// Another process runs this consumer.
    NotOurs,
}

/// Runs `consumer` over the log in `db` until `stop`. `holder` names this process: with several processes on one PostgreSQL, only one
/// of them runs the consumer at a time.
pub async fn run(db: Db, consumer: Consumer, clock: Clock, rng: Rng, holder: String, stop: Stop) {
    let mut wakes = db.wakes(consumer.topic);
    let mut look = true;
    let mut backoff = Duration::from_millis(50);
    while !stop.is_stopped() {
        wakes.borrow_and_update();
        match step(&db, &consumer, &clock, &rng, &holder, look).await {
            Ok(Step::Worked(count)) => {
                backoff = Duration::from_millis(50);
                look = count < BATCH;
                if look {
                    tokio::select! {
                        () = stop.stopped() => {}
                        _ = wakes.changed() => {
                            tokio::time::sleep(LINGER).await;
                            look = false;
                        }
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

/// Deals with the next events, if any. Whoever does not know of any has a `look` first, which is cheap and takes no lock.
async fn step(db: &Db, consumer: &Consumer, clock: &Clock, rng: &Rng, holder: &str, look: bool) -> Result<Step, Failure> {
    let (name, topic) = (consumer.name, consumer.topic);
    if look {
        let any = db.read(move |tx| {
            let position = tx.consumer_position(name, topic)?;
            Ok::<_, storage::Error>(!tx.events_after(topic, position, 1)?.is_empty())
        });
        if !any.await? {
            return Ok(Step::Worked(0));
        }
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
        let count = i64::try_from(events.len()).unwrap_or(BATCH);
        let events: Vec<_> = events.into_iter().map(delivered).collect();
        consumer.deliver(tx, &events, &clock, &rng)?;
        tx.set_consumer_position(name, topic, last)?;
        Ok(Step::Worked(count))
    })
    .await
}

fn delivered(event: StoredEvent) -> Event {
    let place = event.position.to_string();
    Event { topic: event.topic, key: event.key, event_id: event.event_id, payload: event.payload, place }
}
