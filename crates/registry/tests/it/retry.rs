//! The retry orchestrator by itself, over the three buses: events of any producer come back at the instants of the policy, as they were,
//! whatever happens to the process meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use kernel::{Clock, EventId, Rng, RomeTime, Uuid};
use registry::Config;
use registry::retry::ORCHESTRATOR;
use runtime::{App, Settings, Stopper};
use serde_json::{Value, json};
use storage::{DatabaseUrl, Db, DbOptions, params};
use tokio::task::JoinSet;

use crate::log;

const DEADLINE: Duration = Duration::from_secs(60);

/// An orchestrator, its topics, and the log.
struct Stage {
    app: App,
    clock: Clock,
    database: DatabaseUrl,
    settings: HashMap<String, String>,
    names: Names,
    stopper: Stopper,
    running: JoinSet<()>,
    keep: Arc<dyn std::any::Any + Send + Sync>,
}

/// Names are drawn, so that tests on one cluster do not meet.
#[derive(Clone)]
struct Names {
    /// Where events come from.
    orders: String,
    failed: String,
    prefix: String,
    dead: String,
}

impl Stage {
    async fn on_sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(dir.path().join("test.db"));
        Self::open(url, "embedded:", Arc::new(dir)).await
    }

    async fn on_postgres() -> Self {
        let database = tokio::task::spawn_blocking(engines::postgres).await.unwrap();
        Self::open(database.url().parse().unwrap(), "embedded:", Arc::new(Mutex::new(database))).await
    }

    async fn on_kafka() -> Self {
        let servers = tokio::task::spawn_blocking(engines::kafka).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(dir.path().join("test.db"));
        Self::open(url, &format!("kafka://{servers}"), Arc::new(dir)).await
    }

    async fn open(database: DatabaseUrl, bus: &str, keep: Arc<dyn std::any::Any + Send + Sync>) -> Self {
        let unique = engines::unique("retry");
        let names = Names {
            orders: format!("{unique}-ordini"),
            failed: format!("{unique}-failed"),
            prefix: format!("{unique}-wait_"),
            dead: format!("{unique}-dead"),
        };
        let data = std::env::temp_dir().join(&unique);
        let settings = [
            ("SPORTELLO_DATA", data.display().to_string()),
            ("SPORTELLO_SECRET", "s".repeat(32)),
            ("SPORTELLO_BUS", bus.to_owned()),
            ("SPORTELLO_ROLES", ORCHESTRATOR.to_owned()),
            ("KAFKA_CONSUMER_GROUP", format!("{unique}-group")),
            ("KAFKA_DISPATCHER_POLICY", "2x1m,1x2m,3x3m".to_owned()),
            ("KAFKA_RETRY_TOPIC", names.failed.clone()),
            ("KAFKA_RETRY_QUEUE_PREFIX", names.prefix.clone()),
            ("SPORTELLO_RETRY_DEAD_LETTER_TOPIC", names.dead.clone()),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value)).into();
        let clock = Clock::manual("2026-03-28T23:59:30.250Z".parse().unwrap());
        Self::start(settings, clock, database, names, keep).await
    }

    async fn start(
        settings: HashMap<String, String>,
        clock: Clock,
        database: DatabaseUrl,
        names: Names,
        keep: Arc<dyn std::any::Any + Send + Sync>,
    ) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut source = Settings::from_pairs(settings.clone());
        let (config, own) = (runtime::Config::read(&mut source), Config::read(&mut source));
        assert_eq!(source.errors(), []);
        let options = DbOptions { connections: 2, durable: false };
        let db = Db::open(&database, options, &[registry::MIGRATIONS]).await.unwrap();
        let (stopper, stop) = Stopper::new();
        let app = App::new(config, db, clock.clone(), Rng::system(), stop).unwrap();
        let role = registry::roles(&app, own).into_iter().find(|role| role.name == ORCHESTRATOR).unwrap();
        if let Some(kafka) = app.kafka() {
            let read: Vec<_> = role.consumers.iter().map(|consumer| consumer.topic).collect();
            kafka.ensure_topics(&[&read[..], &[&names.orders, &names.dead]].concat(), 2).await.unwrap();
        } else {
            let orders = names.orders.clone();
            app.db().write(move |tx| tx.set_consumer_position("ordini", &orders, 0)).await.unwrap();
        }
        let running = runtime::supervise(&app, &[role]).await.unwrap();
        Self { app, clock, database, settings, names, stopper, running, keep }
    }

    /// Ends the process as a crash would, and starts another.
    async fn crash(mut self) -> Self {
        self.end().await;
        let (settings, database, names) = (self.settings.clone(), self.database.clone(), self.names.clone());
        Self::start(settings, self.clock.clone(), database, names, Arc::clone(&self.keep)).await
    }

    /// Ends what runs, at once.
    async fn end(&mut self) {
        self.running.abort_all();
        while self.running.join_next().await.is_some() {}
    }

    /// Makes a topic that somebody else had.
    async fn make(&self, topic: &str) {
        if let Some(kafka) = self.app.kafka() {
            kafka.ensure_topics(&[topic], 2).await.unwrap();
        }
    }

    /// Puts an event into a topic, as another program would.
    async fn put(&self, topic: &str, key: &str, payload: &str) {
        log::put(&self.app, topic, key, payload).await;
    }

    /// The events of a topic with their keys, in the order in which they came.
    async fn events(&self, topic: &str) -> Vec<(String, String)> {
        log::events(&self.app, topic).await
    }

    /// Waits until a topic has as many events; gives them.
    async fn until(&self, topic: &str, count: usize) -> Vec<(String, String)> {
        let began = Instant::now();
        loop {
            let events = self.events(topic).await;
            if events.len() >= count {
                assert_eq!(events.len(), count, "{events:?}");
                return events;
            }
            assert!(began.elapsed() < DEADLINE, "{topic}: {events:?}, dead: {:?}", self.dead_letters().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until as many events wait; gives the instants at which they are due.
    async fn waiting(&self, count: usize) -> Vec<RomeTime> {
        let began = Instant::now();
        loop {
            let sql = "SELECT run_at FROM tasks WHERE queue = $1 ORDER BY run_at";
            let due: Vec<RomeTime> =
                self.app.db().read(move |tx| tx.all(sql, params![ORCHESTRATOR], |row| row.get(0))).await.unwrap();
            if due.len() == count {
                return due;
            }
            assert!(began.elapsed() < DEADLINE, "{due:?}, dead: {:?}", self.dead_letters().await);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn dead_letters(&self) -> Vec<(String, String, String)> {
        let sql = "SELECT topic, key, reason FROM dead_letters ORDER BY reason";
        self.app.db().read(move |tx| tx.all(sql, params![], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))).await.unwrap()
    }

    /// Waits for as many dead letters.
    async fn buried(&self, count: usize) -> Vec<(String, String, String)> {
        let began = Instant::now();
        while self.dead_letters().await.len() < count {
            assert!(began.elapsed() < DEADLINE, "{:?}", self.dead_letters().await);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.dead_letters().await
    }

    fn failed_event(&self, number: u32) -> String {
        let (id, topic) = (EventId(self.app.rng().uuid()), &self.names.orders);
        format!(r#"{{"event_id":"{id}","number":{number}, "amount":1.50,"retry_meta":{{"original_topic":"{topic}"}}}}"#)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stopper.stop();
    }
}

macro_rules! on_every_bus {
    ($($name:ident),* $(,)?) => {
        mod sqlite { $(#[tokio::test] async fn $name() { super::$name(super::Stage::on_sqlite().await).await; })* }
        mod postgres { $(#[tokio::test] async fn $name() { super::$name(super::Stage::on_postgres().await).await; })* }
        mod kafka {
            $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name(super::Stage::on_kafka().await).await; })*
        }
    };
}

on_every_bus!(
    an_event_is_tried_at_the_instants_of_the_policy_and_then_given_up,
    a_wait_survives_the_process,
    what_another_orchestrator_left_waiting_is_taken_over,
    what_waits_in_topics_of_a_former_policy_comes_back,
    events_of_one_key_come_back_in_order,
    what_cannot_go_back_is_given_up_and_the_rest_goes_on,
    a_misspelt_topic_is_corrected_by_an_operator,
);

/// The same event, with the same identity, fails each time that it comes back: its consumer is not one of ours.
async fn an_event_is_tried_at_the_instants_of_the_policy_and_then_given_up(stage: Stage) {
    let Names { orders, failed, prefix, dead } = stage.names.clone();
    stage.put(&failed, "chiave", &stage.failed_event(7)).await;
    for (attempt, wait) in [60, 60, 120, 180, 180, 180].into_iter().enumerate() {
        let [due] = stage.waiting(1).await.try_into().unwrap();
        // To the second, and never too early.
        let exact = stage.clock.now().plus(SignedDuration::from_secs(wait));
        assert!(due >= exact && due.since(exact) < SignedDuration::from_secs(1), "{due} is not {exact}");
        assert_eq!(stage.events(&orders).await.len(), attempt);
        stage.clock.set(due.timestamp());
        let back = stage.until(&orders, attempt + 1).await;
        let (key, payload) = back.last().unwrap();
        assert_eq!(key, "chiave");
        assert!(payload.contains(r#""number":7,"amount":1.50,"#), "{payload}");
        let meta = serde_json::from_str::<Value>(payload).unwrap()["retry_meta"].clone();
        let at = due.timestamp().strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string();
        assert_eq!(meta, json!({ "original_topic": orders, "retry_counter": attempt + 1, "next_attempt_at": at }));
        stage.waiting(0).await;
        stage.put(&failed, key, payload).await;
    }
    let [(topic, key, reason)] = stage.buried(1).await.try_into().unwrap();
    assert_eq!((topic.as_str(), key.as_str()), (orders.as_str(), "chiave"));
    assert_eq!(reason, "Non riuscito dopo 6 nuovi tentativi, quanti ne prevede KAFKA_DISPATCHER_POLICY (2x1m,1x2m,3x3m).");
    let [(key, _)] = stage.until(&dead, 1).await.try_into().unwrap();
    assert_eq!(key, "chiave");
    for (wait, times) in [("1m", 2), ("2m", 1), ("3m", 3)] {
        stage.until(&format!("{prefix}{wait}"), times).await;
    }
    stage.until(&orders, 6).await;
}

async fn a_wait_survives_the_process(stage: Stage) {
    stage.put(&stage.names.failed, "a", &stage.failed_event(1)).await;
    let due = stage.waiting(1).await;
    stage.clock.advance(SignedDuration::from_secs(40));
    let stage = stage.crash().await;
    assert_eq!(stage.waiting(1).await, due, "the wait goes on, it does not begin anew");
    stage.clock.advance(SignedDuration::from_secs(60));
    stage.until(&stage.names.orders, 1).await;
    let stage = stage.crash().await;
    // Another event, so that whatever would come again has had its chance.
    stage.put(&stage.names.failed, "b", &stage.failed_event(2)).await;
    stage.waiting(1).await;
    stage.clock.advance(SignedDuration::from_secs(3600));
    stage.until(&stage.names.orders, 2).await;
    stage.waiting(0).await;
    assert_eq!(stage.dead_letters().await, []);
}

async fn what_another_orchestrator_left_waiting_is_taken_over(stage: Stage) {
    let Names { orders, prefix, .. } = stage.names.clone();
    let event = |notes: &str| format!(r#"{{"n":1,"retry_meta":{{{notes}"original_topic":"{orders}","retry_counter":4}}}}"#);
    let topic = format!("{prefix}3m");
    // Half a minute of the three is left; nobody wrote when; somebody's clock is wrong.
    stage.put(&topic, "a", &event(r#""next_attempt_at":"2026-03-29 00:00:00 +0000 UTC","#)).await;
    stage.put(&topic, "b", &event("")).await;
    stage.put(&topic, "c", &event(r#""next_attempt_at":"2036-01-01 00:00:00 +0000 UTC","#)).await;
    let due: Vec<_> = stage.waiting(3).await.iter().map(|at| at.to_utc_string()).collect();
    assert_eq!(due, ["2026-03-29T00:00:00Z", "2026-03-29T00:02:31Z", "2026-03-29T00:02:31Z"]);
    stage.clock.advance(SignedDuration::from_secs(180 + 1));
    let mut keys: Vec<_> = stage.until(&orders, 3).await.into_iter().map(|(key, _)| key).collect();
    keys.sort();
    assert_eq!(keys, ["a", "b", "c"]);
}

/// The policy is another one at the next start: what waits as the old one said is not forgotten.
async fn what_waits_in_topics_of_a_former_policy_comes_back(mut stage: Stage) {
    let Names { orders, failed, prefix, .. } = stage.names.clone();
    let (former, other) = (format!("{prefix}7m"), format!("{prefix}elsewhere"));
    stage.put(&failed, "b", &stage.failed_event(2)).await;
    stage.waiting(1).await;
    // While nobody looks which topics there are.
    stage.end().await;
    for topic in [&former, &other] {
        stage.make(topic).await;
        stage.put(topic, "a", &stage.failed_event(1)).await;
    }
    // On PostgreSQL another process could still be reading until its lease has ended.
    stage.clock.advance(SignedDuration::from_secs(30));
    stage.settings.insert("KAFKA_DISPATCHER_POLICY".to_owned(), "1x5m".to_owned());
    let stage = stage.crash().await;
    let due: Vec<_> = stage.waiting(2).await.iter().map(|at| at.to_utc_string()).collect();
    assert_eq!(due, ["2026-03-29T00:00:31Z", "2026-03-29T00:07:01Z"]);
    // Nobody reads it any more, and yet it is no topic to go back to.
    stage.put(&failed, "c", &format!(r#"{{"retry_meta":{{"original_topic":"{former}"}}}}"#)).await;
    stage.buried(1).await;
    stage.clock.advance(SignedDuration::from_mins(8));
    let mut keys: Vec<_> = stage.until(&orders, 2).await.into_iter().map(|(key, _)| key).collect();
    keys.sort();
    assert_eq!(keys, ["a", "b"]);
    stage.clock.advance(SignedDuration::from_secs(30));
    let stage = stage.crash().await;
    stage.put(&failed, "d", &stage.failed_event(3)).await;
    stage.waiting(1).await;
    assert_eq!(stage.events(&orders).await.len(), 2, "it was read, and is not read again");
}

async fn events_of_one_key_come_back_in_order(stage: Stage) {
    for number in 0..20 {
        stage.put(&stage.names.failed, "a", &stage.failed_event(number)).await;
    }
    stage.waiting(20).await;
    stage.clock.advance(SignedDuration::from_secs(61));
    let back = stage.until(&stage.names.orders, 20).await;
    let numbers: Vec<_> = back.iter().map(|(_, event)| serde_json::from_str::<Value>(event).unwrap()["number"].clone()).collect();
    assert_eq!(json!(numbers), json!((0..20).collect::<Vec<_>>()));
}

async fn what_cannot_go_back_is_given_up_and_the_rest_goes_on(stage: Stage) {
    let Names { orders, failed, .. } = stage.names.clone();
    let to = |topic: &str| format!(r#"{{"retry_meta":{{"original_topic":"{topic}"}}}}"#);
    for payload in ["?", "{}", &to(&failed), &to("a b"), &to(&format!("{}1m", stage.names.prefix))] {
        stage.put(&failed, "k", payload).await;
    }
    stage.put(&failed, "k", &stage.failed_event(1)).await;
    let mut reasons: Vec<_> = stage.buried(5).await.into_iter().map(|(.., reason)| reason).collect();
    reasons.dedup();
    assert_eq!(reasons.len(), 4, "{reasons:?}");
    // On Kafka it would hold up whatever is published behind it, in the database it would stand unread.
    stage.put(&failed, "k", &to("retry-nowhere")).await;
    stage.waiting(2).await;
    stage.clock.advance(SignedDuration::from_secs(61));
    stage.until(&orders, 1).await;
    let letters = stage.buried(6).await;
    let reason = "retry_meta.original_topic nomina un topic che non esiste: retry-nowhere. ";
    assert!(letters.iter().any(|(.., told)| told.starts_with(reason)), "{letters:?}");
    assert!(stage.events("retry-nowhere").await.is_empty());
}

/// Neither the first time nor when it is put back as it is does the event end where nobody reads it.
async fn a_misspelt_topic_is_corrected_by_an_operator(stage: Stage) {
    let Names { orders, failed, .. } = stage.names.clone();
    stage.put(&failed, "k", r#"{"n":1,"retry_meta":{"original_topic":"retry-ordnii"}}"#).await;
    for attempt in 0..3 {
        stage.waiting(1).await;
        stage.clock.advance(SignedDuration::from_secs(61));
        if attempt == 2 {
            break;
        }
        stage.buried(1).await;
        let [letter] = stage.app.db().read(|tx| tx.dead_letters_after(Uuid::nil(), 9)).await.unwrap().try_into().unwrap();
        assert_eq!((letter.topic.as_str(), letter.key.as_str()), (failed.as_str(), "k"));
        let corrected = (attempt == 1).then(|| letter.payload.replace("retry-ordnii", &orders));
        let (rng, now) = (stage.app.rng().clone(), stage.clock.now());
        let put_back = stage.app.db().write(move |tx| bus::replay(tx, letter.id, corrected.as_deref(), &rng, now)).await;
        assert_eq!(put_back, Ok(true));
    }
    let [(key, event)] = stage.until(&orders, 1).await.try_into().unwrap();
    let event: Value = serde_json::from_str(&event).unwrap();
    assert_eq!((key.as_str(), &event["n"]), ("k", &json!(1)));
    assert_eq!(stage.dead_letters().await, []);
}
