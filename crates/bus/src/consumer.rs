//! Consumers: what happens, once, for each event.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use kernel::{Clock, EventId, FieldError, Rng, Uuid};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use storage::{DeadLetter, Tx};

/// An event as a consumer gets it.
#[derive(Clone, Debug)]
pub struct Event {
    /// The topic.
    pub topic: String,
    /// The partition key.
    pub key: String,
    /// Identity of the event; made from its place in the log when it carries none.
    pub event_id: EventId,
    /// The JSON text.
    pub payload: String,
    /// Where it stands in the log.
    pub(crate) place: String,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The effect is in the transaction.
    Done,
    /// Not for this consumer; the text says why, in the DEBUG log.
    Ignore(&'static str),
}

/// Why an event could not be dealt with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It may go better later (the database is away): the event is delivered again, and those behind it wait.
    #[error("{0}")]
    Temporary(String),
    /// It never will (undecodable, contradictory): it becomes a dead letter, and those behind it go on.
    #[error("{0}")]
    Poison(String),
}

impl Failure {
    /// Passes unless there are `errors`: what each field of the event breaks. The refusal names `subject` (`documento non valido`), the
    /// fields and the rules, and nothing of what stands in them.
    ///
    /// # Errors
    /// [`Failure::Poison`].
    pub fn unless_valid(subject: &str, errors: &[FieldError]) -> Result<(), Self> {
        if errors.is_empty() {
            return Ok(());
        }
        let fields: Vec<_> = errors.iter().map(|error| format!("{} {}", error.field, error.code)).collect();
        Err(Self::Poison(format!("{subject}: {}", fields.join(", "))))
    }
}

impl From<storage::Error> for Failure {
    fn from(error: storage::Error) -> Self {
        if error.is_temporary() { Self::Temporary(error.to_string()) } else { Self::Poison(error.to_string()) }
    }
}

impl From<kernel::Unreadable> for Failure {
    fn from(error: kernel::Unreadable) -> Self {
        Self::Poison(format!("contenuto non leggibile: {error}"))
    }
}

type Handler = Arc<dyn Fn(&mut Tx<'_>, &Event) -> Result<Outcome, Failure> + Send + Sync>;

/// A named reader of one topic. Its handler runs inside the transaction that also records the event as dealt with; it never waits for
/// anything but the database.
#[derive(Clone)]
pub struct Consumer {
    /// Name, unique; the consumer group on Kafka.
    pub name: &'static str,
    /// The topic it reads.
    pub topic: &'static str,
    pub(crate) handle: Handler,
    by_place: bool,
    remembers: bool,
}

impl std::fmt::Debug for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Consumer({} <- {})", self.name, self.topic)
    }
}

impl Consumer {
    /// A consumer called `name` that reads `topic` with `handle`.
    pub fn new(
        name: &'static str,
        topic: &'static str,
        handle: impl Fn(&mut Tx<'_>, &Event) -> Result<Outcome, Failure> + Send + Sync + 'static,
    ) -> Self {
        Self { name, topic, handle: Arc::new(handle), by_place: false, remembers: false }
    }

    /// The same reader, to which each appearance of an event is one of its own: for topics into which the same event is put again and
    /// again. What is delivered twice from one place of the log still has one effect.
    #[must_use]
    pub fn by_place(self) -> Self {
        Self { by_place: true, ..self }
    }

    /// The same reader, whose effects tell by themselves that an event was dealt with: given again, the event is ignored. Its identity
    /// needs not be kept beside them.
    #[must_use]
    pub fn remembering(self) -> Self {
        Self { remembers: true, ..self }
    }

    /// What tells `event` from those that were dealt with.
    fn identity(&self, event: &Event) -> EventId {
        if self.by_place { place_id(&event.place, &event.payload) } else { event.event_id }
    }

    /// Deals with events inside `tx`, one after the other: of each effect and memory together, or a dead letter.
    ///
    /// SQLite copies each page that changes within a savepoint. Nearly all events succeed, or fail before they write: they share one
    /// savepoint, and only when one of them leaves something to be undone each gets its own.
    ///
    /// # Errors
    /// [`Failure::Temporary`]: nothing was done, deliver them again.
    pub(crate) fn deliver(&self, tx: &mut Tx<'_>, events: &[Event], clock: &Clock, rng: &Rng) -> Result<(), Failure> {
        if events.len() > 1 && tx.changes().is_some() {
            let together = tx.savepoint(|tx| {
                events.iter().try_for_each(|event| {
                    let before = tx.changes();
                    let outcome = self.handle(tx, event, clock);
                    if outcome.is_err() && tx.changes() != before {
                        return Err(Together::ToUndo);
                    }
                    Ok(self.conclude(tx, event, outcome, clock, rng)?)
                })
            });
            match together {
                Ok(()) => return Ok(()),
                Err(Together::Failed(failure)) => return Err(failure),
                Err(Together::ToUndo) => {}
            }
        }
        events.iter().try_for_each(|event| {
            let outcome = tx.savepoint(|tx| self.handle(tx, event, clock));
            self.conclude(tx, event, outcome, clock, rng)
        })
    }

    /// The effect of one event, and the memory of it.
    fn handle(&self, tx: &mut Tx<'_>, event: &Event, clock: &Clock) -> Result<Outcome, Step> {
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.handle)(tx, event)))
            .unwrap_or_else(|_| Err(Failure::Poison("errore interno: il consumatore si è interrotto".to_owned())))
            .map_err(Step::Failed)?;
        // Ignored events leave no trace; an effect that turns out to be the second of its event is undone.
        if outcome == Outcome::Done && !self.remembers && !tx.mark_consumed(self.name, self.identity(event), clock.now())? {
            return Err(Step::Duplicate);
        }
        Ok(outcome)
    }

    /// Tells what became of an event whose effect, if it failed, is undone.
    fn conclude(
        &self,
        tx: &mut Tx<'_>,
        event: &Event,
        outcome: Result<Outcome, Step>,
        clock: &Clock,
        rng: &Rng,
    ) -> Result<(), Failure> {
        match outcome {
            Ok(Outcome::Done) => {
                tracing::debug!(topic = %event.topic, event_id = %event.event_id, consumer = self.name, "event consumed");
                metrics::counter!("sportello_events_consumed_total", "consumer" => self.name).increment(1);
            }
            Ok(Outcome::Ignore(reason)) => {
                tracing::debug!(topic = %event.topic, event_id = %event.event_id, consumer = self.name, reason, "event ignored");
            }
            Err(Step::Duplicate) => {
                tracing::debug!(topic = %event.topic, event_id = %event.event_id, consumer = self.name, "event already consumed");
            }
            Err(Step::Failed(Failure::Temporary(reason))) => return Err(Failure::Temporary(reason)),
            Err(Step::Failed(Failure::Poison(reason))) => {
                let now = clock.now();
                if tx.mark_consumed(self.name, self.identity(event), now)? {
                    let Event { topic, key, payload, .. } = event;
                    let letter = DeadLetter { id: rng.uuid_at(now), source: self.name, topic, key, payload, reason: &reason };
                    tx.bury(&letter, now)?;
                    metrics::counter!("sportello_dead_letters_total", "source" => self.name).increment(1);
                    tracing::error!(topic = %event.topic, event_id = %event.event_id, consumer = self.name, reason, "event dead-lettered");
                }
            }
        }
        Ok(())
    }
}

/// How the events of one savepoint ended.
enum Together {
    /// An event failed or was a second one, and had written something.
    ToUndo,
    Failed(Failure),
}

impl From<Failure> for Together {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<storage::Error> for Together {
    fn from(error: storage::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// How one event ended without an effect.
enum Step {
    Duplicate,
    Failed(Failure),
}

impl From<storage::Error> for Step {
    fn from(error: storage::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Event {
    /// The event as `T`.
    ///
    /// # Errors
    /// [`Failure::Poison`] when the payload is not a `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        kernel::read_json(&self.payload).map_err(Failure::from)
    }

    /// An event read at `place` (topic, partition and offset, or position): takes the identity from the payload if it has one.
    pub(crate) fn read(topic: String, key: String, payload: String, place: &str) -> Self {
        let event_id = identity(&payload).unwrap_or_else(|| place_id(place, &payload));
        Self { topic, key, event_id, payload, place: place.to_owned() }
    }
}

/// The identity that an event says it has.
pub(crate) fn identity(payload: &str) -> Option<EventId> {
    #[derive(Deserialize)]
    struct Identity {
        event_id: EventId,
    }
    serde_json::from_str::<Identity>(payload).ok().map(|identity| identity.event_id)
}

/// A stable identity for what stands at a place of the log: FNV-1a over place and content.
fn place_id(place: &str, payload: &str) -> EventId {
    let hash = place.bytes().chain(payload.bytes()).fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    });
    EventId(Uuid::from_u128(hash))
}
