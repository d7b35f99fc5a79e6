//! One suite for the three buses: the embedded log on SQLite and on PostgreSQL, and Apache Kafka.
#![allow(clippy::unwrap_used)] // a test that unwraps nothing has failed

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bus::{Consumer, Event, Failure, Kafka, Outcome, Stop, Stopper};
use kernel::{Clock, EventId, Rng};
use storage::{DatabaseUrl, Db, DbOptions, Error, params};
use tokio::task::JoinSet;

/// A bus with its database, and whatever keeps them alive.
struct Fixture {
    db: Db,
    url: DatabaseUrl,
    kafka: Option<Kafka>,
    topic: &'static str,
    name: &'static str,
    stopper: Stopper,
    running: JoinSet<()>,
    _keep: Vec<Box<dyn std::any::Any + Send>>,
}

/// Long enough for a group to be joined on a busy machine; a test ends as soon as its condition holds.
const DEADLINE: Duration = Duration::from_secs(60);

impl Fixture {
    async fn new(url: DatabaseUrl, kafka: Option<Kafka>, keep: Vec<Box<dyn std::any::Any + Send>>) -> Self {
        let db = Db::open(&url, DbOptions { durable: false, ..DbOptions::default() }, &[]).await.unwrap();
        // Names are drawn, so that tests on one cluster do not meet.
        let leak = |base: &str| &*Box::leak(engines::unique(base).into_boxed_str());
        let (topic, name) = (leak("topic"), leak("consumer"));
        if let Some(kafka) = &kafka {
            kafka.ensure_topics(&[topic], 3).await.unwrap();
        }
        let (stopper, stop) = Stopper::new();
        let mut running = JoinSet::new();
        if let Some(kafka) = kafka.clone() {
            let (db, stop) = (db.clone(), stop.clone());
            running.spawn(async move { kafka.relay(db, Clock::system(), Rng::system(), "relay".into(), stop).await });
        }
        Self { db, url, kafka, topic, name, stopper, running, _keep: keep }
    }

    /// Starts a consumer on `db` in the name of the process `holder`.
    fn start(
        &mut self,
        db: Db,
        holder: &str,
        handle: impl Fn(&mut storage::Tx<'_>, &Event) -> Result<Outcome, Failure> + Send + Sync + 'static,
    ) -> Stop {
        self.run(db, holder, Consumer::new(self.name, self.topic, handle))
    }

    fn run(&mut self, db: Db, holder: &str, consumer: Consumer) -> Stop {
        let (stop, holder) = (self.stopper.handle(), holder.to_owned());
        match self.kafka.clone() {
            Some(kafka) => {
                let stop = stop.clone();
                self.running.spawn(async move { kafka.consume(db, consumer, Clock::system(), Rng::system(), stop).await })
            }
            None => self.running.spawn(bus::run_embedded(db, consumer, Clock::system(), Rng::system(), holder, stop.clone())),
        };
        stop
    }

    async fn emit(&self, key: &str, payload: &str) -> EventId {
        let id = EventId(Rng::system().uuid());
        self.emit_as(id, key, payload).await;
        id
    }

    async fn emit_as(&self, id: EventId, key: &str, payload: &str) {
        let (topic, key) = (self.topic, key.to_owned());
        let payload = format!("{{\"event_id\":\"{id}\",\"payload\":{payload}}}");
        self.db.write(move |tx| tx.append(topic, &key, id, &payload, Clock::system().now())).await.unwrap();
    }

    async fn stop(&mut self) {
        self.stopper.stop();
        while self.running.join_next().await.is_some() {}
    }
}

async fn sqlite() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
    Fixture::new(url, None, vec![Box::new(folder)]).await
}

async fn postgres() -> Fixture {
    let database = tokio::task::spawn_blocking(engines::postgres).await.unwrap();
    Fixture::new(database.url().parse().unwrap(), None, vec![Box::new(database)]).await
}

async fn kafka() -> Fixture {
    let servers = tokio::task::spawn_blocking(engines::kafka).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
    Fixture::new(url, Some(Kafka::new(servers, &bus::Security::default()).unwrap()), vec![Box::new(folder)]).await
}

mod protected;
mod relay;

macro_rules! suite {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite { $(#[tokio::test(flavor = "multi_thread")] async fn $test() { super::$test(super::sqlite().await).await; })* }
        mod on_postgres { $(#[tokio::test(flavor = "multi_thread")] async fn $test() { super::$test(super::postgres().await).await; })* }
        mod on_kafka { $(#[tokio::test(flavor = "multi_thread")] async fn $test() { super::$test(super::kafka().await).await; })* }
    };
}

suite![
    events_of_a_key_arrive_in_order,
    an_event_that_was_not_committed_is_never_seen,
    an_event_delivered_twice_has_one_effect,
    an_event_put_there_again_is_another_one_to_who_counts_places,
    poison_becomes_a_dead_letter_and_the_rest_goes_on,
    a_temporary_failure_is_tried_again_in_order,
    a_panic_is_poison,
    what_was_emitted_before_the_consumer_started_arrives,
    two_processes_share_the_work_without_doing_it_twice,
];

/// What a consumer saw: keys with their payloads, in order.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<BTreeMap<String, Vec<String>>>>);

impl Seen {
    fn note(&self, event: &Event) {
        let value: serde_json::Value = serde_json::from_str(&event.payload).unwrap();
        self.0.lock().unwrap().entry(event.key.clone()).or_default().push(value["payload"].to_string());
    }

    fn total(&self) -> usize {
        self.0.lock().unwrap().values().map(Vec::len).sum()
    }

    async fn until(&self, total: usize) {
        until(|| async { self.total() >= total }).await;
    }
}

async fn until<F: Future<Output = bool>>(condition: impl Fn() -> F) {
    let deadline = tokio::time::Instant::now() + DEADLINE;
    while !condition().await {
        assert!(tokio::time::Instant::now() < deadline, "the condition did not come true in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn dead_letters(db: &Db) -> i64 {
    let sql = "SELECT count(*) FROM dead_letters";
    db.read(move |tx| tx.one(sql, params![], |row| row.get(0))).await.unwrap()
}

async fn events_of_a_key_arrive_in_order(mut fixture: Fixture) {
    let seen = Seen::default();
    let noted = seen.clone();
    fixture.start(fixture.db.clone(), "p", move |_, event| {
        noted.note(event);
        Ok(Outcome::Done)
    });
    for number in 0..60 {
        fixture.emit(["a", "b", "c"][number % 3], &number.to_string()).await;
    }
    seen.until(60).await;
    fixture.stop().await;
    for (key, payloads) in seen.0.lock().unwrap().iter() {
        let numbers: Vec<usize> = payloads.iter().map(|payload| payload.parse().unwrap()).collect();
        assert!(numbers.len() == 20 && numbers.is_sorted(), "{key}: {numbers:?}");
    }
}

async fn an_event_that_was_not_committed_is_never_seen(mut fixture: Fixture) {
    let seen = Seen::default();
    let noted = seen.clone();
    fixture.start(fixture.db.clone(), "p", move |_, event| {
        noted.note(event);
        Ok(Outcome::Done)
    });
    let topic = fixture.topic;
    let undone: Result<(), Error> = fixture
        .db
        .write(move |tx| {
            tx.append(topic, "a", EventId(Rng::system().uuid()), "{\"payload\":\"undone\"}", Clock::system().now())?;
            Err(Error::NotFound)
        })
        .await;
    assert!(undone.is_err());
    fixture.emit("a", "\"kept\"").await;
    seen.until(1).await;
    fixture.stop().await;
    assert_eq!(seen.0.lock().unwrap()["a"], ["\"kept\""]);
}

async fn an_event_delivered_twice_has_one_effect(mut fixture: Fixture) {
    let seen = Seen::default();
    let noted = seen.clone();
    fixture.start(fixture.db.clone(), "p", move |tx, event| {
        noted.note(event);
        // The effect: a row for each event.
        tx.append("effects", &event.key, event.event_id, "{}", Clock::system().now())?;
        Ok(Outcome::Done)
    });
    let id = fixture.emit("a", "1").await;
    fixture.emit_as(id, "a", "1").await;
    fixture.emit("a", "2").await;
    seen.until(3).await;
    let db = fixture.db.clone();
    until(|| async { db.read(|tx| tx.events_after("effects", 0, 10)).await.unwrap().len() >= 2 }).await;
    fixture.stop().await;
    assert_eq!(db.read(|tx| tx.events_after("effects", 0, 10)).await.unwrap().len(), 2);
}

async fn an_event_put_there_again_is_another_one_to_who_counts_places(mut fixture: Fixture) {
    let id = EventId(Rng::system().uuid());
    for _ in 0..3 {
        fixture.emit_as(id, "a", "1").await;
    }
    let seen = Seen::default();
    let noted = seen.clone();
    let reader = Consumer::new(fixture.name, fixture.topic, move |_, event| {
        noted.note(event);
        Ok(Outcome::Done)
    });
    fixture.run(fixture.db.clone(), "p", reader.by_place());
    seen.until(3).await;
    let sql = "SELECT count(*) FROM consumed_events";
    let db = fixture.db.clone();
    until(|| async { db.read(move |tx| tx.one(sql, params![], |row| row.get::<i64>(0))).await == Ok(3) }).await;
    fixture.stop().await;
}

async fn poison_becomes_a_dead_letter_and_the_rest_goes_on(mut fixture: Fixture) {
    let seen = Seen::default();
    let noted = seen.clone();
    fixture.start(fixture.db.clone(), "p", move |tx, event| {
        if event.payload.contains("poison") {
            tx.append("effects", "k", event.event_id, "{}", Clock::system().now())?;
            return Err(Failure::Poison("not understood".into()));
        }
        noted.note(event);
        Ok(Outcome::Done)
    });
    for payload in ["1", "\"poison\"", "2"] {
        fixture.emit("a", payload).await;
    }
    seen.until(2).await;
    let db = fixture.db.clone();
    until(|| async { dead_letters(&db).await == 1 }).await;
    fixture.stop().await;
    assert!(db.read(|tx| tx.events_after("effects", 0, 10)).await.unwrap().is_empty(), "what poison did is undone");
}

async fn a_temporary_failure_is_tried_again_in_order(mut fixture: Fixture) {
    let (seen, failures) = (Seen::default(), AtomicU32::new(3));
    let noted = seen.clone();
    fixture.start(fixture.db.clone(), "p", move |_, event| {
        let fails = event.payload.contains("\"hard\"")
            && failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if fails {
            return Err(Failure::Temporary("away".into()));
        }
        noted.note(event);
        Ok(Outcome::Done)
    });
    for payload in ["1", "\"hard\"", "2"] {
        fixture.emit("a", payload).await;
    }
    // What shared the failed transaction is seen again; the order stays.
    until(|| async { seen.0.lock().unwrap().get("a").is_some_and(|payloads| payloads.last().unwrap() == "2") }).await;
    fixture.stop().await;
    let mut payloads = seen.0.lock().unwrap()["a"].clone();
    payloads.dedup();
    assert_eq!(payloads, ["1", "\"hard\"", "2"]);
    assert_eq!(dead_letters(&fixture.db).await, 0);
}

async fn a_panic_is_poison(mut fixture: Fixture) {
    let seen = Seen::default();
    let noted = seen.clone();
    fixture.start(fixture.db.clone(), "p", move |_, event| {
        assert!(!event.payload.contains("panic"), "on purpose");
        noted.note(event);
        Ok(Outcome::Done)
    });
    fixture.emit("a", "\"panic\"").await;
    fixture.emit("a", "1").await;
    seen.until(1).await;
    let db = fixture.db.clone();
    until(|| async { dead_letters(&db).await == 1 }).await;
    fixture.stop().await;
}

async fn what_was_emitted_before_the_consumer_started_arrives(mut fixture: Fixture) {
    fixture.emit("a", "1").await;
    let seen = Seen::default();
    let noted = seen.clone();
    fixture.start(fixture.db.clone(), "p", move |_, event| {
        noted.note(event);
        Ok(Outcome::Done)
    });
    seen.until(1).await;
    fixture.stop().await;
}

/// Several processes on one PostgreSQL, or in one consumer group: each event has its effect once, whoever deals with it.
async fn two_processes_share_the_work_without_doing_it_twice(mut fixture: Fixture) {
    let second = match fixture.db.engine() {
        storage::Engine::Postgres => Db::attach(&fixture.url, DbOptions::default()).await.unwrap(),
        storage::Engine::Sqlite => fixture.db.clone(),
    };
    for (db, holder) in [(fixture.db.clone(), "first"), (second, "second")] {
        fixture.start(db, holder, |tx, event| {
            tx.append("effects", &event.key, event.event_id, "{}", Clock::system().now())?;
            Ok(Outcome::Done)
        });
    }
    for number in 0..100 {
        fixture.emit(&format!("k{}", number % 10), &number.to_string()).await;
    }
    let db = fixture.db.clone();
    let effects = || async { db.read(|tx| tx.events_after("effects", 0, 1000)).await.unwrap() };
    until(|| async { effects().await.len() >= 100 }).await;
    fixture.stop().await;
    let mut ids: Vec<_> = effects().await.into_iter().map(|event| event.event_id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), effects().await.len()), (100, 100));
}
