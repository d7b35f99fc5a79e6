//! `sportello topics`: events seen and injected, one JSON object a line, on either bus, also beside a running process.

use std::io::{BufRead, IsTerminal as _, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bus::{Kafka, Stop, Stopper};
use contracts::topic;
use futures::future::try_join_all;
use kernel::{Clock, EventId, Rng};
use runtime::{Config, Settings};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use storage::Db;

use crate::tools::{Failure, attach, note, plan, say};

/// Events read or written at a time.
const BATCH: usize = 256;
/// How often a reader looks for new events.
const POLL: Duration = Duration::from_millis(200);

/// The topics of the contracts.
const OURS: [&str; 11] = [
    topic::APPLICATIONS,
    topic::SERVICES,
    topic::MESSAGES,
    topic::IO_MESSAGES,
    topic::PAYMENTS,
    topic::DOCUMENTS,
    topic::CALENDARS,
    topic::MEETINGS,
    topic::SECURITY,
    topic::RETRY,
    topic::DEAD_LETTERS,
];

/// Where the events are.
enum Log {
    Embedded(Db),
    Kafka(Kafka),
}

async fn open(config: &Config) -> Result<Log, Failure> {
    Ok(match config.bus.kafka()? {
        None => Log::Embedded(attach(config).await?),
        Some(kafka) => Log::Kafka(kafka),
    })
}

/// A line of `topics read`: an event and where it stands.
#[derive(Serialize)]
struct Line<'a> {
    /// Position in the embedded log; offset in the partition on Kafka.
    position: i64,
    /// The partition key.
    key: &'a str,
    /// The event, if it is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a RawValue>,
    /// The payload as text, if it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<&'a str>,
}

/// Writes one line; false when nobody reads any more.
fn print(position: i64, key: &str, payload: &str) -> bool {
    let event = serde_json::from_str::<&RawValue>(payload).ok();
    let raw = event.is_none().then_some(payload);
    let mut line = serde_json::to_string(&Line { position, key, event, raw }).unwrap_or_default();
    // JSON has no line feeds but between its words, where spaces do as well; other control characters only within texts.
    if line.contains(char::is_control) {
        line = line.chars().fold(String::with_capacity(line.len()), |mut line, c| {
            match c {
                '\n' | '\r' | '\t' => line.push(' '),
                c if c.is_control() => line += &format!("\\u{:04x}", u32::from(c)),
                c => line.push(c),
            }
            line
        });
    }
    writeln!(std::io::stdout().lock(), "{line}").is_ok()
}

/// `topics list`.
pub async fn list(settings: Settings) -> Result<(), Failure> {
    let plan = plan(settings)?;
    match open(&plan.config).await? {
        Log::Embedded(db) => {
            for (topic, events, last) in db.read(|tx| tx.topics()).await.map_err(|error: storage::Error| error)? {
                writeln!(std::io::stdout(), "{}", serde_json::json!({ "topic": topic, "events": events, "last": last }))?;
            }
        }
        log @ Log::Kafka(_) => {
            for topic in names(&log).await? {
                writeln!(std::io::stdout(), "{}", serde_json::json!({ "topic": topic }))?;
            }
        }
    }
    Ok(())
}

/// The topics that have events, in the order of their names.
async fn names(log: &Log) -> Result<Vec<String>, Failure> {
    let mut names = match log {
        Log::Embedded(db) => {
            let topics = db.read(|tx| tx.topics()).await.map_err(|error: storage::Error| error)?;
            topics.into_iter().map(|(topic, ..)| topic).collect()
        }
        Log::Kafka(kafka) => kafka.topics().await?,
    };
    names.sort_unstable();
    Ok(names)
}

/// The topics that have events, for whoever may have mistyped the name of one.
///
/// # Errors
/// When the bus does not answer.
pub async fn known(config: &Config) -> Result<Vec<String>, Failure> {
    names(&open(config).await?).await
}

/// Whether a role of ours reads or writes `topic`, by its default name.
pub fn is_ours(topic: &str) -> bool {
    OURS.contains(&topic) || topic.starts_with(topic::RETRY_WAIT_PREFIX)
}

/// Topics as a sentence has them.
pub fn listed(names: &[String]) -> String {
    if names.is_empty() { "ancora nessuno".to_owned() } else { names.join(", ") }
}

/// Says on standard error that nobody has written to `topic` yet: its name may be mistyped.
async fn note_new(log: &Log, topic: &str) -> Result<(), Failure> {
    let names = names(log).await?;
    if !names.iter().any(|name| name == topic) {
        note(&format!("Nel topic {topic} non c'è ancora nulla. Topic con eventi: {}.", listed(&names)))?;
    }
    Ok(())
}

/// Warns on standard error, before anything is read, of a topic that nobody knows: it comes into being with its first event, also when its
/// name is mistyped.
async fn warn_of_new(log: &Log, topic: &str) -> Result<(), Failure> {
    if is_ours(topic) {
        return Ok(());
    }
    if let Log::Embedded(db) = log {
        let wanted = topic.to_owned();
        if db.read(move |tx| tx.has_topic(&wanted)).await.map_err(|error: storage::Error| error)? {
            return Ok(());
        }
    }
    let names = names(log).await?;
    if names.iter().any(|name| name == topic) {
        return Ok(());
    }
    let hint = if std::io::stdin().is_terminal() { " Se il nome è sbagliato, interrompere adesso con Ctrl-C." } else { "" };
    let known = listed(&names);
    note(&format!(
        "Attenzione: il topic {topic} è nuovo, nessuno vi scrive e nessuno lo legge: nasce con il primo evento. \
         Topic con eventi: {known}.{hint}"
    ))
}

/// `topics read`.
pub async fn read(settings: Settings, topic: String, from: i64, follow: bool) -> Result<(), Failure> {
    let plan = plan(settings)?;
    let log = open(&plan.config).await?;
    note_new(&log, &topic).await?;
    let (stopper, stop) = Stopper::new();
    let reading = async {
        match log {
            Log::Embedded(db) => read_embedded(&db, &topic, from, follow, &stop).await,
            Log::Kafka(kafka) => read_kafka(&kafka, &topic, from, follow, stop.clone()).await,
        }
    };
    tokio::select! {
        done = reading => done,
        // Asked to end while following: that is how it ends.
        _ = tokio::signal::ctrl_c() => {
            stopper.stop();
            Ok(())
        }
    }
}

async fn read_embedded(db: &Db, topic: &str, from: i64, follow: bool, stop: &Stop) -> Result<(), Failure> {
    let mut position = from - 1;
    loop {
        let wanted = topic.to_owned();
        let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
        let events = db.read(move |tx| tx.events_after(&wanted, position, limit)).await.map_err(|error: storage::Error| error)?;
        for event in &events {
            position = event.position;
            if !print(event.position, &event.key, &event.payload) {
                return Ok(());
            }
        }
        if events.is_empty() && (!follow || !stop.sleep(POLL).await) {
            return Ok(());
        }
    }
}

async fn read_kafka(kafka: &Kafka, topic: &str, from: i64, follow: bool, stop: Stop) -> Result<(), Failure> {
    let heard = Arc::new(AtomicBool::new(true));
    let hearing = Arc::clone(&heard);
    let visit = move |offset: i64, key: &str, payload: &str| {
        if offset >= from && hearing.load(Ordering::Relaxed) && !print(offset, key, payload) {
            hearing.store(false, Ordering::Relaxed);
        }
    };
    let deaf = async {
        while heard.load(Ordering::Relaxed) {
            tokio::time::sleep(POLL).await;
        }
    };
    tokio::select! {
        done = kafka.read(topic, follow, stop, visit) => Ok(done?),
        () = deaf => Ok(()),
    }
}

/// An event to be published.
struct NewEvent {
    key: String,
    event_id: EventId,
    payload: String,
}

/// `topics write`: says at the end how many events it published.
pub async fn write(settings: Settings, topic: String, key: Option<String>, raw: bool) -> Result<(), Failure> {
    let plan = plan(settings)?;
    let log = open(&plan.config).await?;
    warn_of_new(&log, &topic).await?;
    if let Log::Kafka(kafka) = &log {
        // As with the embedded log, a topic comes into being with its first event.
        kafka.ensure_topics(&[&topic], plan.config.bus.partitions).await?;
    }
    let (sender, mut lines) = tokio::sync::mpsc::channel(BATCH);
    // A thread of its own: reading standard input blocks, and nothing may wait for it at the end.
    std::thread::spawn(move || {
        for (line, number) in std::io::stdin().lock().lines().zip(1_usize..) {
            if sender.blocking_send((number, line)).is_err() {
                return;
            }
        }
    });
    let (rng, mut read, mut written) = (Rng::system(), Vec::new(), 0);
    while lines.recv_many(&mut read, BATCH).await > 0 {
        let mut events = Vec::with_capacity(read.len());
        let mut wrong = None;
        for (number, line) in read.drain(..) {
            let line = line?;
            if line.trim().is_empty() {
                continue;
            }
            match parse(&topic, key.as_deref(), raw, line, &rng) {
                Ok(event) => events.push(event),
                Err(reason) => {
                    wrong = Some(format!("Riga {number}: {reason}."));
                    break;
                }
            }
        }
        written += events.len();
        publish(&log, &topic, events).await?;
        if let Some(wrong) = wrong {
            return Err(Failure::Said(format!(
                "{wrong} Pubblicati {written} eventi nel topic {topic}, quelli delle righe precedenti."
            )));
        }
    }
    say(&format!("Eventi pubblicati nel topic {topic}: {written}."))
}

async fn publish(log: &Log, topic: &str, events: Vec<NewEvent>) -> Result<(), Failure> {
    match log {
        Log::Embedded(db) => {
            let (topic, now) = (topic.to_owned(), Clock::system().now());
            db.write(move |tx| {
                events.iter().try_for_each(|event| tx.append(&topic, &event.key, event.event_id, &event.payload, now))
            })
            .await
            .map_err(|error: storage::Error| error)?;
        }
        Log::Kafka(kafka) => {
            drop(try_join_all(events.iter().map(|event| kafka.publish(topic, &event.key, &event.payload))).await?)
        }
    }
    Ok(())
}

/// The event of a line: the event itself, or a line of `topics read`, whose key is kept.
fn parse(topic: &str, key: Option<&str>, raw: bool, line: String, rng: &Rng) -> Result<NewEvent, String> {
    #[derive(Deserialize)]
    struct Read {
        key: String,
        event: Option<Box<RawValue>>,
        raw: Option<String>,
    }
    let own_key = |key: Option<&str>| key.unwrap_or_default().to_owned();
    if raw {
        return Ok(NewEvent { key: own_key(key), event_id: EventId(rng.uuid()), payload: line });
    }
    let (payload, read_key) = match serde_json::from_str::<Read>(&line) {
        Ok(Read { key, event: Some(event), raw: None }) => (event.get().to_owned(), Some(key)),
        Ok(Read { key, event: None, raw: Some(raw) }) => (raw, Some(key)),
        _ => (line, None),
    };
    let event: Value = match serde_json::from_str(&payload) {
        Ok(event) => event,
        Err(_) if read_key.is_some() => Value::Null,
        Err(error) => return Err(format!("non è JSON ({error}); per pubblicarla comunque usare --raw")),
    };
    let event_id = event["event_id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| EventId(rng.uuid()));
    let key = match (key, read_key) {
        (Some(key), _) => key.to_owned(),
        (None, Some(key)) => key,
        (None, None) => key_of(topic, &event),
    };
    Ok(NewEvent { key, event_id, payload })
}

/// The key that events of a topic have, by the names of its contract; of other topics the entity.
fn key_of(topic: &str, event: &Value) -> String {
    let members: &[&str] = match topic {
        topic::APPLICATIONS | topic::PAYMENTS => &["service_id", "id"],
        topic::DOCUMENTS => &["remote_id", "id"],
        topic::MESSAGES => &["application", "id"],
        _ => &["id"],
    };
    members.iter().find_map(|member| event[member].as_str()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(line: &str, key: Option<&str>) -> NewEvent {
        parse(topic::PAYMENTS, key, false, line.to_owned(), &Rng::seeded(1)).unwrap()
    }

    #[test]
    fn an_event_gets_the_key_of_its_topic() {
        let id = "0b5ecb9e-0ab4-4e8c-a7a5-1d1c3a2c7d10";
        let line = format!(r#"{{"id":"i","service_id":"s","event_id":"{id}","amount":1.10}}"#);
        let read = event(&line, None);
        assert_eq!((read.key.as_str(), read.event_id.to_string().as_str(), read.payload.as_str()), ("s", id, line.as_str()));
        assert_eq!(event(r#"{"id":"i"}"#, None).key, "i");
        assert_eq!(event(r#"{"id":"i"}"#, Some("k")).key, "k");
        assert_eq!(event("[]", None).key, "");
    }

    #[test]
    fn what_was_read_can_be_written_again() {
        let read = event(r#"{"position":7,"key":"k","event":{"amount":1.10}}"#, None);
        assert_eq!((read.key.as_str(), read.payload.as_str()), ("k", r#"{"amount":1.10}"#));
        let poison = event(r#"{"position":7,"key":"k","raw":"{broken"}"#, None);
        assert_eq!((poison.key.as_str(), poison.payload.as_str()), ("k", "{broken"));
    }

    #[test]
    fn a_line_that_is_no_json_is_published_only_on_request() {
        let parse = |raw| parse(topic::PAYMENTS, None, raw, "{broken".to_owned(), &Rng::seeded(1));
        assert!(parse(false).is_err());
        assert_eq!(parse(true).unwrap().payload, "{broken");
    }
}
