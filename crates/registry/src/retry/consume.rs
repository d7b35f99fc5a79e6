//! What the orchestrator reads: failed events, and those that wait.

use jiff::SignedDuration;
use kernel::RomeTime;
use runtime::{App, Event, Failure, Outcome};
use storage::{DeadLetter, NewTask, Tx};

use super::envelope::Failed;
use super::{Config, ORCHESTRATOR, Wait, is_topic, reinsert};

/// An event failed at its consumer: it goes to the topic of its next wait or, after its last attempt, to the dead letters.
///
/// # Errors
/// [`Failure::Poison`] when it says nothing of where it came from.
pub fn failed(app: &App, config: &Config, tx: &mut Tx<'_>, event: &Event) -> Result<Outcome, Failure> {
    let failed = read(config, event)?;
    let (now, attempts) = (app.clock().now(), failed.attempts());
    let Some(wait) = config.policy.wait_after(attempts) else {
        let error = failed.last_error().map(|error| format!(" Ultimo errore: {error}")).unwrap_or_default();
        let policy = &config.policy;
        let reason =
            format!("Non riuscito dopo {attempts} nuovi tentativi, quanti ne prevede KAFKA_DISPATCHER_POLICY ({policy}).{error}");
        let topic = failed.original_topic.clone();
        give_up(app, config, tx, (&event.key, &event.payload), failed, (&topic, &reason))?;
        return Ok(Outcome::Done);
    };
    let (topic, id) = (config.wait_topic(wait), failed.event_id().unwrap_or_else(|| app.event_id()));
    tracing::info!(original_topic = %failed.original_topic, event_id = %id, attempt = attempts + 1, wait = %wait.name, "event waits");
    metrics::counter!("sportello_retries_total", "wait" => wait.name.clone()).increment(1);
    let waiting = failed.waiting(attempts + 1, whole_second(now.plus(wait.length)));
    tx.append(&topic, &event.key, id, &waiting, now)?;
    Ok(Outcome::Done)
}

/// An event waits: a task puts it back in time. Those that another orchestrator has put there are taken over.
///
/// # Errors
/// [`Failure::Poison`] when it says nothing of where it came from.
pub fn waiting(app: &App, config: &Config, wait: &Wait, tx: &mut Tx<'_>, event: &Event) -> Result<Outcome, Failure> {
    let failed = read(config, event)?;
    let now = app.clock().now();
    // Whatever the event says, nobody waits longer than the topic promises.
    let latest = whole_second(now.plus(wait.length));
    let run_at = failed.next_attempt_at().map_or(latest, |at| at.min(latest));
    let id = failed.event_id().unwrap_or_else(|| app.event_id());
    let payload = reinsert::payload(&failed.original_topic, &event.key, id, &event.payload);
    // Events of one key that wait equally long go back in the order in which they failed.
    let lane = format!("{}/{}/{}", wait.name, failed.original_topic, event.key);
    tx.enqueue(&NewTask { queue: ORCHESTRATOR, lane: &lane, payload: &payload, run_at }, now)?;
    Ok(Outcome::Done)
}

fn read(config: &Config, event: &Event) -> Result<Failed, Failure> {
    let failed = Failed::read(&event.payload).map_err(Failure::Poison)?;
    let topic = &failed.original_topic;
    if !is_topic(topic) {
        return Err(Failure::Poison("retry_meta.original_topic non è il nome di un topic".to_owned()));
    }
    if config.setting_of(topic).is_some() {
        return Err(Failure::Poison("retry_meta.original_topic è un topic del sistema di retry stesso".to_owned()));
    }
    Ok(failed)
}

/// Hands an event, `(key, payload)` and as it was read, over to people: on the topic for whoever watches it, and as a dead letter, which
/// goes to `topic` when it is put back, for a `reason`.
pub fn give_up(
    app: &App,
    config: &Config,
    tx: &mut Tx<'_>,
    (key, payload): (&str, &str),
    failed: Failed,
    (topic, reason): (&str, &str),
) -> storage::Result<()> {
    let (id, now) = (failed.event_id().unwrap_or_else(|| app.event_id()), app.clock().now());
    tx.append(&config.dead_topic, key, id, payload, now)?;
    let original_topic = failed.original_topic.clone();
    let (letter, payload) = (app.rng().uuid_at(now), failed.uncounted(id));
    tx.bury(&DeadLetter { id: letter, source: ORCHESTRATOR, topic, key, payload: &payload, reason }, now)?;
    metrics::counter!("sportello_dead_letters_total", "source" => ORCHESTRATOR).increment(1);
    tracing::error!(original_topic, event_id = %id, reason, "event given up");
    Ok(())
}

/// The first whole second at or after `at`: what `next_attempt_at` can say, and never a wait that is too short.
fn whole_second(at: RomeTime) -> RomeTime {
    let second = at.trunc_to_second();
    if second == at { at } else { second.plus(SignedDuration::from_secs(1)) }
}
