//! The relay of the outbox to Kafka, and what Kafka will not take.

use kernel::RomeTime;

use super::*;

/// A JSON text of that many bytes.
fn text(bytes: usize) -> String {
    format!("\"{}\"", "x".repeat(bytes))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_as_large_as_our_limits_allow_arrives() {
    let mut fixture = kafka().await;
    let seen = Seen::default();
    let noted = seen.clone();
    fixture.start(fixture.db.clone(), "p", move |_, event| {
        noted.note(event);
        Ok(Outcome::Done)
    });
    fixture.emit("a", &text(4_000_000)).await;
    seen.until(1).await;
    fixture.stop().await;
    assert_eq!(dead_letters(&fixture.db).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_larger_one_becomes_a_dead_letter_and_the_rest_goes_on() {
    let mut fixture = kafka().await;
    let seen = Seen::default();
    let noted = seen.clone();
    fixture.start(fixture.db.clone(), "p", move |_, event| {
        noted.note(event);
        Ok(Outcome::Done)
    });
    for payload in ["1", &text(5 << 20), "2"] {
        fixture.emit("a", payload).await;
    }
    seen.until(2).await;
    let db = fixture.db.clone();
    until(|| async { dead_letters(&db).await == 1 }).await;
    fixture.stop().await;
    assert_eq!(seen.0.lock().unwrap()["a"], ["1", "2"]);
    let topic = fixture.topic;
    let sql = "SELECT source, topic, key FROM dead_letters";
    let letter = db.read(move |tx| tx.one(sql, params![], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))).await;
    assert_eq!(letter, Ok::<_, Error>(("kafka-relay".to_owned(), topic.to_owned(), "a".to_owned())));
}

/// A topic that somebody else made has Kafka's own limit, a little more than 1 MB: the refusal is the broker's.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_broker_refuses_for_its_size_is_a_dead_letter_too() {
    let mut fixture = kafka().await;
    let topic = engines::unique("small");
    make_topic_as_others_do(engines::kafka(), &topic).await;
    let id = EventId(Rng::system().uuid());
    let payload = text(2 << 20);
    fixture.db.write(move |tx| tx.append(&topic, "a", id, &payload, Clock::system().now())).await.unwrap();
    let db = fixture.db.clone();
    until(|| async { dead_letters(&db).await == 1 }).await;
    fixture.stop().await;
}

async fn make_topic_as_others_do(servers: &str, topic: &str) {
    use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
    use rdkafka::client::DefaultClientContext;
    let mut config = rdkafka::ClientConfig::new();
    let admin: AdminClient<DefaultClientContext> = config.set("bootstrap.servers", servers).create().unwrap();
    let topic = NewTopic::new(topic, 1, TopicReplication::Fixed(-1));
    admin.create_topics(&[topic], &AdminOptions::new()).await.unwrap()[0].as_ref().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lag_is_the_age_of_the_oldest_event_that_waits() {
    let servers = tokio::task::spawn_blocking(engines::kafka).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
    let db = Db::open(&url, DbOptions { durable: false, ..DbOptions::default() }, &[]).await.unwrap();
    let kafka = Kafka::new(servers, &bus::Security::default()).unwrap();
    let now: RomeTime = "2026-03-01T10:01:30Z".parse().unwrap();
    let clock = Clock::manual("2026-03-01T10:01:30Z".parse().unwrap());
    assert_eq!(kafka.lag(&db, &clock).await.unwrap().as_secs(), 0);
    for age in [90, 10] {
        let id = EventId(Rng::system().uuid());
        let at = now.plus(jiff::SignedDuration::from_secs(-age));
        db.write(move |tx| tx.append("topic", "a", id, "{}", at)).await.unwrap();
    }
    assert_eq!(kafka.lag(&db, &clock).await.unwrap().as_secs(), 90);
    db.write(|tx| tx.set_consumer_position("kafka-relay", "*", 1)).await.unwrap();
    assert_eq!(kafka.lag(&db, &clock).await.unwrap().as_secs(), 10);
}

/// A role that takes the place of another must not do again what the other did.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_group_can_begin_at_the_events_to_come() {
    let mut fixture = kafka().await;
    let consumer = fixture.kafka.take().unwrap();
    consumer.publish(fixture.topic, "a", "{\"payload\":\"old\"}").await.unwrap();
    fixture.kafka = Some(consumer.clone().with_offset_reset(bus::OffsetReset::Latest));
    let seen = Seen::default();
    let noted = seen.clone();
    fixture.start(fixture.db.clone(), "p", move |_, event| {
        noted.note(event);
        Ok(Outcome::Done)
    });
    // Nobody tells when the group has joined: whatever is published after that arrives.
    until(|| async {
        consumer.publish(fixture.topic, "a", "{\"payload\":\"new\"}").await.unwrap();
        seen.total() > 0
    })
    .await;
    fixture.stop().await;
    assert!(seen.0.lock().unwrap()["a"].iter().all(|payload| payload == "\"new\""));
}
