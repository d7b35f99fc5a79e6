//! Consumers over Apache Kafka, and the relay that publishes the outbox.

use std::sync::Arc;
use std::time::Duration;

use futures::future::try_join_all;
use jiff::SignedDuration;
use kernel::{Clock, Rng, RomeTime};
use parking_lot::Mutex;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext, StreamConsumer};
use rdkafka::message::BorrowedMessage;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer as _};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Message, Offset, TopicPartitionList};
use storage::{Db, DeadLetter, Engine, StoredEvent, Tx};

use crate::security::Security;
use crate::{Consumer, Event, Failure, OffsetReset, Stop};

/// Name under which the relay's position is kept.
pub const RELAY: &str = "kafka-relay";
/// Events published, or consumed, at a time.
const BATCH: usize = 256;
/// How long a relay may be silent before another process takes over.
const LEASE: SignedDuration = SignedDuration::from_secs(15);
/// How long we wait at the start for a cluster that does not answer yet.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of the largest event that is published. An application, our largest, holds answers of one request (1 MiB) and those of its
/// integrations.
const LARGEST_EVENT: &str = "4194304";
/// The same as a topic counts it, with the frame around the event. Topics that others made keep their own limit.
const LARGEST_BATCH: &str = "4259840";

/// A Kafka cluster could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("kafka: {0}")]
pub struct KafkaError(String);

impl From<rdkafka::error::KafkaError> for KafkaError {
    fn from(error: rdkafka::error::KafkaError) -> Self {
        match error {
            // Not the value: it may be a password.
            rdkafka::error::KafkaError::ClientConfig(_, problem, name, _) => Self(format!("{name}: {problem}")),
            error => Self(error.to_string()),
        }
    }
}

/// Why the cluster could not be reached the last time, and whether only other settings can mend it. What the client library gives to who
/// waits for an answer is only that none came.
#[derive(Clone, Default)]
struct Trouble(Arc<Mutex<Option<(String, bool)>>>);

impl ClientContext for Trouble {
    fn error(&self, error: rdkafka::error::KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "Kafka");
        let trouble = match error.rdkafka_error_code() {
            // Said after the reason for which each of them is.
            Some(RDKafkaErrorCode::AllBrokersDown) => return,
            Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed) => {
                (format!("il cluster rifiuta nome utente e password (SASL): {reason}"), true)
            }
            // Since TLS 1.3 our certificate is refused after the handshake, when we already listen.
            code if code == Some(RDKafkaErrorCode::SSL) || reason.contains("SSL alert number") => {
                (format!("la connessione cifrata (TLS) non riesce: {reason}"), true)
            }
            _ => (reason.to_owned(), false),
        };
        *self.0.lock() = Some(trouble);
    }
}

impl ConsumerContext for Trouble {}

impl Trouble {
    /// `error`, with what is behind it.
    fn told(&self, error: rdkafka::error::KafkaError) -> KafkaError {
        let unreachable = matches!(
            error.rdkafka_error_code(),
            Some(
                RDKafkaErrorCode::BrokerTransportFailure
                    | RDKafkaErrorCode::AllBrokersDown
                    | RDKafkaErrorCode::OperationTimedOut
                    | RDKafkaErrorCode::MessageTimedOut
                    | RDKafkaErrorCode::Authentication
                    | RDKafkaErrorCode::SSL
            )
        );
        match self.0.lock().clone().filter(|_| unreachable) {
            Some((reason, _)) => KafkaError(reason),
            None => error.into(),
        }
    }

    /// Whether waiting does not help.
    fn lasts(&self) -> bool {
        self.0.lock().as_ref().is_some_and(|(_, lasts)| *lasts)
    }

    /// The cluster has answered.
    fn end(&self) {
        *self.0.lock() = None;
    }
}

/// A Kafka cluster.
#[derive(Clone)]
pub struct Kafka {
    servers: String,
    security: Security,
    offset_reset: OffsetReset,
    trouble: Trouble,
    producer: FutureProducer<Trouble>,
}

impl std::fmt::Debug for Kafka {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kafka({})", self.servers)
    }
}

impl Kafka {
    /// A client of the cluster at `servers` (`host:port[,host:port]`), which speaks with it as `security` says. Nothing is waited for yet.
    ///
    /// # Errors
    /// When the client library refuses the settings, or a file of certificates.
    pub fn new(servers: &str, security: &Security) -> Result<Self, KafkaError> {
        let trouble = Trouble::default();
        let producer = config(servers, security)
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("linger.ms", "2")
            // The partition of a key is the one that the Java clients choose.
            .set("partitioner", "murmur2_random")
            .set("message.timeout.ms", "30000")
            .set("message.max.bytes", LARGEST_EVENT)
            .create_with_context(trouble.clone())?;
        let offset_reset = OffsetReset::Earliest;
        Ok(Self { servers: servers.to_owned(), security: security.clone(), offset_reset, trouble, producer })
    }

    /// The same cluster, where consumer groups that it does not know begin at `offset_reset`.
    #[must_use]
    pub fn with_offset_reset(self, offset_reset: OffsetReset) -> Self {
        Self { offset_reset, ..self }
    }

    /// Makes the topics that are missing, with `partitions` each.
    ///
    /// # Errors
    /// When the cluster cannot be reached or refuses.
    pub async fn ensure_topics(&self, topics: &[&str], partitions: i32) -> Result<(), KafkaError> {
        self.reach().await?;
        let admin: AdminClient<Trouble> = self.client(&[])?;
        // -1: the cluster's default replication factor.
        let topics = topics.iter().map(|topic| NewTopic::new(topic, partitions, TopicReplication::Fixed(-1)));
        let topics: Vec<_> = topics.map(|topic| topic.set("max.message.bytes", LARGEST_BATCH)).collect();
        let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(15)));
        for result in admin.create_topics(&topics, &options).await.map_err(|error| self.trouble.told(error))? {
            match result {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((topic, code)) => return Err(KafkaError(format!("{topic}: {code}"))),
            }
        }
        Ok(())
    }

    /// Whether the cluster answers.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn check(&self) -> Result<(), KafkaError> {
        self.names(Duration::from_secs(3)).await.map(drop)
    }

    /// Waits until the cluster answers, which may be starting as we do.
    async fn reach(&self) -> Result<(), KafkaError> {
        let began = tokio::time::Instant::now();
        while let Err(error) = self.check().await {
            if self.trouble.lasts() || began.elapsed() > PATIENCE {
                return Err(error);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    }

    /// The topics of which the cluster tells within `patience`.
    async fn names(&self, patience: Duration) -> Result<Vec<String>, KafkaError> {
        let (producer, trouble) = (self.producer.clone(), self.trouble.clone());
        tokio::task::spawn_blocking(move || {
            let metadata = producer.client().fetch_metadata(None, patience).map_err(|error| trouble.told(error))?;
            trouble.end();
            Ok(metadata.topics().iter().map(|topic| topic.name().to_owned()).collect())
        })
        .await
        .unwrap_or_else(|error| Err(KafkaError(error.to_string())))
    }

    /// Another client of the cluster, with these settings.
    fn client<C: FromClientConfigAndContext<Trouble>>(&self, settings: &[(&str, &str)]) -> Result<C, KafkaError> {
        let mut config = config(&self.servers, &self.security);
        for (name, value) in settings {
            config.set(*name, *value);
        }
        Ok(config.create_with_context(self.trouble.clone())?)
    }

    /// Publishes one event and waits until every in-sync replica has it.
    ///
    /// # Errors
    /// When the cluster did not take it within 30 seconds.
    pub async fn publish(&self, topic: &str, key: &str, payload: &str) -> Result<(), KafkaError> {
        self.send(topic, key, payload).await.map_err(|error| self.trouble.told(error))
    }

    async fn send(&self, topic: &str, key: &str, payload: &str) -> Result<(), rdkafka::error::KafkaError> {
        // What came without a key goes on without one: Kafka spreads it over the partitions, instead of giving all to one.
        let record = FutureRecord { key: (!key.is_empty()).then_some(key), ..FutureRecord::to(topic).payload(payload) };
        self.producer.send(record, Duration::from_secs(30)).await.map(|_| ()).map_err(|(error, _)| error)
    }

    /// How long the oldest event in `db` that is not published yet has waited; zero when there is none.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn lag(&self, db: &Db, clock: &Clock) -> Result<SignedDuration, storage::Error> {
        let waiting = db.read(|tx| {
            let position = tx.consumer_position(RELAY, "*")?;
            tx.all_events_after(position, 1)
        });
        let waiting = waiting.await?;
        Ok(waiting.first().map_or(SignedDuration::ZERO, |event| clock.now().since(event.appended_at)))
    }

    /// Publishes the outbox in `db`, in order, until `stop`. With several processes on one PostgreSQL, one of them publishes at a time.
    pub async fn relay(&self, db: Db, clock: Clock, rng: Rng, holder: String, stop: Stop) {
        let mut wakes = db.any_wakes();
        let mut backoff = Duration::from_millis(100);
        while !stop.is_stopped() {
            wakes.borrow_and_update();
            match self.relay_batch(&db, &clock, &rng, &holder).await {
                Ok(Some(0)) => tokio::select! {
                    () = stop.stopped() => {}
                    _ = wakes.changed() => {}
                    () = tokio::time::sleep(Duration::from_millis(200)) => {}
                },
                Ok(Some(_)) => backoff = Duration::from_millis(100),
                Ok(None) => {
                    stop.sleep(Duration::from_secs(1)).await;
                }
                Err(reason) => {
                    tracing::warn!(reason, "relay to Kafka waits");
                    stop.sleep(backoff).await;
                    backoff = (backoff * 2).min(Duration::from_secs(10));
                }
            }
        }
    }

    /// Publishes the next events of the outbox; `None` when another process does.
    async fn relay_batch(&self, db: &Db, clock: &Clock, rng: &Rng, holder: &str) -> Result<Option<usize>, String> {
        let events = db
            .read(|tx| {
                let position = tx.consumer_position(RELAY, "*")?;
                tx.all_events_after(position, BATCH as i64)
            })
            .await
            .map_err(|error: storage::Error| error.to_string())?;
        let Some(last) = events.last().map(|event| event.position) else { return Ok(Some(0)) };
        if db.engine() == Engine::Postgres {
            let (now, holder) = (clock.now(), holder.to_owned());
            let ours = db.write(move |tx| tx.hold_lease(RELAY, &holder, now, now.plus(LEASE))).await;
            if !ours.map_err(|error: storage::Error| error.to_string())? {
                return Ok(None);
            }
        }
        // One producer keeps the order of what it is given; after a failure the whole batch is published again (at least once).
        let sent = events.iter().map(|event| async {
            match self.send(&event.topic, &event.key, &event.payload).await {
                Ok(()) => Ok(None),
                // It will never go better, and the events behind it must not wait for ever.
                Err(error) if is_too_large(&error) => Ok(Some((event.clone(), error.to_string()))),
                Err(error) => Err(error),
            }
        });
        let refused = try_join_all(sent).await.map_err(|error| self.trouble.told(error).to_string())?;
        let refused: Vec<_> = refused.into_iter().flatten().collect();
        storage::fault::step("after publish");
        let (now, rng) = (clock.now(), rng.clone());
        db.write(move |tx| {
            for (event, reason) in &refused {
                bury(tx, event, reason, &rng, now)?;
            }
            tx.set_consumer_position(RELAY, "*", last)
        })
        .await
        .map_err(|error: storage::Error| error.to_string())?;
        Ok(Some(events.len()))
    }

    /// Runs `consumer` until `stop`; its effects go to `db`, and the offset is committed after them.
    pub async fn consume(&self, db: Db, consumer: Consumer, clock: Clock, rng: Rng, stop: Stop) {
        let mut backoff = Duration::from_millis(200);
        while !stop.is_stopped() {
            if let Err(reason) = self.consume_session(&db, &consumer, &clock, &rng, &stop).await {
                tracing::warn!(consumer = consumer.name, topic = consumer.topic, reason, "consumer waits");
                stop.sleep(backoff).await;
                backoff = (backoff * 2).min(Duration::from_secs(10));
            }
        }
    }

    /// One membership in the group; ends with an error when the session is to be opened anew.
    async fn consume_session(&self, db: &Db, consumer: &Consumer, clock: &Clock, rng: &Rng, stop: &Stop) -> Result<(), String> {
        let offset_reset = self.offset_reset.to_string();
        let settings = [
            ("group.id", consumer.name),
            ("enable.auto.commit", "false"),
            ("auto.offset.reset", offset_reset.as_str()),
            ("session.timeout.ms", "6000"),
            ("heartbeat.interval.ms", "500"),
            ("allow.auto.create.topics", "true"),
            ("topic.metadata.refresh.interval.ms", "5000"),
        ];
        let stream: StreamConsumer<Trouble> = self.client(&settings).map_err(|error| error.to_string())?;
        stream.subscribe(&[consumer.topic]).map_err(|error| error.to_string())?;
        while !stop.is_stopped() {
            let first = tokio::select! {
                () = stop.stopped() => break,
                message = stream.recv() => match message {
                    Ok(message) => message,
                    // The topic comes into being with its first event.
                    Err(error) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::UnknownTopicOrPartition) => {
                        stop.sleep(Duration::from_millis(200)).await;
                        continue;
                    }
                    Err(error) => return Err(self.trouble.told(error).to_string()),
                },
            };
            let mut offsets = TopicPartitionList::new();
            let mut events = Vec::new();
            take(&first, &mut events, &mut offsets);
            while events.len() < BATCH {
                // Whatever has already arrived shares the transaction; nothing is waited for.
                match futures::FutureExt::now_or_never(stream.recv()) {
                    Some(Ok(message)) => take(&message, &mut events, &mut offsets),
                    _ => break,
                }
            }
            let (consumer, clock, rng) = (consumer.clone(), clock.clone(), rng.clone());
            let effects = db.write(move |tx| consumer.deliver(tx, &events, &clock, &rng)).await;
            // Without the commit the next session begins at these events again.
            effects.map_err(|failure: Failure| failure.to_string())?;
            stream.commit(&offsets, CommitMode::Async).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Reads `topic` from its beginning, each partition to its present end, calling `visit` with (offset, key, payload).
    ///
    /// # Errors
    /// When the cluster cannot be reached.
    pub async fn read(
        &self,
        topic: &str,
        follow: bool,
        stop: Stop,
        mut visit: impl FnMut(i64, &str, &str) + Send + 'static,
    ) -> Result<(), KafkaError> {
        let (kafka, topic) = (self.clone(), topic.to_owned());
        tokio::task::spawn_blocking(move || {
            let told = |error| kafka.trouble.told(error);
            let reader: BaseConsumer<Trouble> =
                kafka.client(&[("group.id", "sportello-topics-read"), ("enable.partition.eof", "true")])?;
            let metadata = reader.fetch_metadata(Some(&topic), Duration::from_secs(10)).map_err(told)?;
            let partitions: Vec<i32> =
                metadata.topics().iter().flat_map(|topic| topic.partitions()).map(|part| part.id()).collect();
            let mut list = TopicPartitionList::new();
            for partition in &partitions {
                list.add_partition_offset(&topic, *partition, Offset::Beginning)?;
            }
            reader.assign(&list)?;
            let mut open = partitions.len();
            while (follow || open > 0) && !stop.is_stopped() {
                match reader.poll(Duration::from_millis(200)) {
                    Some(Ok(message)) => {
                        let (key, payload) = texts(&message);
                        visit(message.offset(), &key, &payload);
                    }
                    Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => open = open.saturating_sub(1),
                    Some(Err(error)) => return Err(told(error)),
                    None => {}
                }
            }
            Ok(())
        })
        .await
        .unwrap_or_else(|error| Err(KafkaError(error.to_string())))
    }

    /// How many events of `topic` the consumer called `name` has not committed yet.
    ///
    /// # Errors
    /// When the cluster cannot be reached.
    pub async fn backlog(&self, name: &str, topic: &str) -> Result<i64, KafkaError> {
        let (kafka, name, topic) = (self.clone(), name.to_owned(), topic.to_owned());
        tokio::task::spawn_blocking(move || {
            let told = |error| kafka.trouble.told(error);
            // Asks for the group without joining it.
            let reader: BaseConsumer<Trouble> = kafka.client(&[("group.id", name.as_str())])?;
            let patience = Duration::from_secs(10);
            let metadata = reader.fetch_metadata(Some(&topic), patience).map_err(told)?;
            let mut list = TopicPartitionList::new();
            for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
                list.add_partition(&topic, partition.id());
            }
            let mut open = 0;
            for committed in reader.committed_offsets(list, patience).map_err(told)?.elements() {
                let (first, end) = reader.fetch_watermarks(&topic, committed.partition(), patience).map_err(told)?;
                open += match committed.offset() {
                    Offset::Offset(next) => end - next,
                    _ => end - first,
                };
            }
            Ok(open)
        })
        .await
        .unwrap_or_else(|error| Err(KafkaError(error.to_string())))
    }

    /// The topics of the cluster, without its internal ones.
    ///
    /// # Errors
    /// When the cluster cannot be reached.
    pub async fn topics(&self) -> Result<Vec<String>, KafkaError> {
        let mut names = self.names(Duration::from_secs(10)).await?;
        names.retain(|name| !name.starts_with("__"));
        Ok(names)
    }
}

/// Whether Kafka, or our own limit, refuses an event for its size.
fn is_too_large(error: &rdkafka::error::KafkaError) -> bool {
    matches!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::MessageSizeTooLarge | RDKafkaErrorCode::MessageBatchTooLarge))
}

/// Keeps for an operator an event that Kafka will never take.
fn bury(tx: &mut Tx<'_>, event: &StoredEvent, reason: &str, rng: &Rng, now: RomeTime) -> storage::Result<()> {
    let StoredEvent { topic, key, payload, event_id, .. } = event;
    tx.bury(&DeadLetter { id: rng.uuid_at(now), source: RELAY, topic, key, payload, reason }, now)?;
    metrics::counter!("sportello_dead_letters_total", "source" => RELAY).increment(1);
    tracing::error!(%topic, %event_id, consumer = RELAY, bytes = payload.len(), reason, "event dead-lettered");
    Ok(())
}

fn config(servers: &str, security: &Security) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers).set("client.id", "sportello").set("broker.address.family", "v4");
    security.apply(&mut config);
    config
}

fn texts(message: &BorrowedMessage<'_>) -> (String, String) {
    let text = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
    (text(message.key()), text(message.payload()))
}

fn take(message: &BorrowedMessage<'_>, events: &mut Vec<Event>, offsets: &mut TopicPartitionList) {
    let (key, payload) = texts(message);
    let place = format!("{}/{}/{}", message.topic(), message.partition(), message.offset());
    events.push(Event::read(message.topic().to_owned(), key, payload, &place));
    let next = Offset::Offset(message.offset() + 1);
    if offsets.set_partition_offset(message.topic(), message.partition(), next).is_err() {
        let _ = offsets.add_partition_offset(message.topic(), message.partition(), next);
    }
}
