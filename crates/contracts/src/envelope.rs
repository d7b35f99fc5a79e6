//! What every event has, whatever its topic (developers' documentation, "Struttura Eventi").

use std::fmt;
use std::str::FromStr;

use kernel::{EventId, RomeTime, Unreadable, read_json};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::json::Extra;

/// The names of the topics.
pub mod topic {
    /// Applications (pratiche), keyed by service.
    pub const APPLICATIONS: &str = "applications";
    /// Digital services, keyed by tenant.
    pub const SERVICES: &str = "services";
    /// Messages on applications, keyed by application.
    pub const MESSAGES: &str = "messages";
    /// Messages to citizens in the app IO, keyed by message.
    pub const IO_MESSAGES: &str = "io_messages";
    /// Payments, keyed by service.
    pub const PAYMENTS: &str = "payments";
    /// Documents to be registered, keyed by application.
    pub const DOCUMENTS: &str = "documents";
    /// Calendars, keyed by their own identifier.
    pub const CALENDARS: &str = "calendars";
    /// Meetings, keyed by calendar.
    pub const MEETINGS: &str = "meetings";
    /// Sign-ins and what else an auditor wants, keyed by tenant.
    pub const SECURITY: &str = "security";
    /// Events that could not be processed now, for the retry orchestrator; the default of `KAFKA_RETRY_TOPIC`.
    pub const RETRY: &str = "retry_queue";
    /// What the topics where events wait for their next attempt begin with; the default of `KAFKA_RETRY_QUEUE_PREFIX`. The wait
    /// follows: `retryQueue_1m`.
    pub const RETRY_WAIT_PREFIX: &str = "retryQueue_";
    /// Events that the retry orchestrator has given up; the documentation names none.
    pub const DEAD_LETTERS: &str = "dead_letter_queue";
}

/// An event of one topic and version.
pub trait Event: Serialize {
    /// The topic that carries it.
    const TOPIC: &'static str;
    /// The version that this type reads and writes; events of another version are ignored.
    const VERSION: Version;

    /// The partition key: events with the same key stay in order.
    fn key(&self) -> String;

    /// What tells this event from all others.
    fn event_id(&self) -> EventId;

    /// Makes this a new event about the same entity: identifier, instant and author are never copied from the event it grew from.
    /// `at` loses its fraction of a second; `app_id` is `name:version`.
    fn renew(&mut self, event_id: EventId, at: RomeTime, app_id: &str);
}

/// The members that every event has, whatever its topic.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Envelope {
    /// The entity that the event is about: the payment, the application ...
    pub id: Uuid,
    /// The event; never given twice.
    pub event_id: EventId,
    /// The version of the event's form.
    pub event_version: Version,
    /// When the event was made.
    pub event_created_at: RomeTime,
    /// Who made it, `name:version`. Some producers leave it out.
    #[serde(default)]
    pub app_id: Option<String>,
}

/// Reads the envelope of an event and skips the rest without building it.
///
/// # Errors
/// When the payload is not a JSON object or a member of the envelope is missing or malformed.
pub fn peek(payload: &str) -> serde_json::Result<Envelope> {
    serde_json::from_str(payload)
}

/// What a payload turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded<E> {
    /// An event of the version asked for.
    Event(Box<E>),
    /// An event of a version that this program does not speak: to be ignored.
    OtherVersion(Version),
}

/// Reads an event of type `E`.
///
/// # Errors
/// When the payload is of the right version, or of none, and cannot be read.
pub fn decode<E: Event + DeserializeOwned>(payload: &str) -> Result<Decoded<E>, Unreadable> {
    if let Ok(event) = serde_json::from_str(payload) {
        return Ok(Decoded::Event(Box::new(event)));
    }
    // Nearly every event is of the version asked for, so the version is looked up only when reading failed.
    match peek(payload) {
        Ok(envelope) if envelope.event_version != E::VERSION => Ok(Decoded::OtherVersion(envelope.event_version)),
        _ => read_json(payload).map(|event| Decoded::Event(Box::new(event))),
    }
}

/// The version of an event's form. Topics spell it differently: `2`, `2.0` and `"2.0"` are the same version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Grows with every incompatible change.
    pub major: u32,
    /// Grows with compatible changes; 0 in every version so far.
    pub minor: u32,
}

/// The text or number is not a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionError;

impl Version {
    /// The version `major.0`.
    pub const fn major(major: u32) -> Self {
        Self { major, minor: 0 }
    }
}

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("non è una versione, per esempio 2.0")
    }
}

impl std::error::Error for VersionError {}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |part: &str| match part.bytes().all(|byte| byte.is_ascii_digit()) {
            true => part.parse().map_err(|_| VersionError),
            false => Err(VersionError),
        };
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        Ok(Self { major: number(major)?, minor: number(minor)? })
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Version;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("una versione, per esempio 2.0")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Version, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_u64<E: serde::de::Error>(self, major: u64) -> Result<Version, E> {
                u32::try_from(major).map(Version::major).map_err(|_| E::custom(VersionError))
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Version, E> {
                // The shortest decimal form is what the sender wrote, but for trailing zeros.
                self.visit_str(&number.to_string())
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// The version `MAJOR.0` in an event that spells it as a text: `"2.0"`. Reads every spelling, refuses every other version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TextVersion<const MAJOR: u32>;

/// The version `MAJOR.0` in an event that spells it as an integer: `2`. Reads every spelling, refuses every other version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NumberVersion<const MAJOR: u32>;

impl<const MAJOR: u32> Serialize for TextVersion<MAJOR> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Version::major(MAJOR))
    }
}

impl<const MAJOR: u32> Serialize for NumberVersion<MAJOR> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(MAJOR)
    }
}

impl<'de, const MAJOR: u32> Deserialize<'de> for TextVersion<MAJOR> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        expect_major::<D, MAJOR>(deserializer).map(|()| Self)
    }
}

impl<'de, const MAJOR: u32> Deserialize<'de> for NumberVersion<MAJOR> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        expect_major::<D, MAJOR>(deserializer).map(|()| Self)
    }
}

/// Reads a version and refuses all but `MAJOR.0`.
fn expect_major<'de, D: Deserializer<'de>, const MAJOR: u32>(deserializer: D) -> Result<(), D::Error> {
    let version = Version::deserialize(deserializer)?;
    if version == Version::major(MAJOR) {
        Ok(())
    } else {
        Err(D::Error::custom(format_args!("la versione {version} dell'evento non è quella attesa, {MAJOR}.0")))
    }
}

/// What travels with an event through the retry orchestrator (developers' documentation, "Casi di errore - sistema di retry").
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RetryMeta {
    /// The topic that the event goes back to for its next attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_topic: Option<String>,
    /// What the consumer noted to go on from where it stopped, and what the orchestrator noted to count attempts.
    #[serde(flatten)]
    pub notes: Extra,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = r#""id":"68dada78-2398-4a11-b80a-98aaede3371c","event_id":"e0b25e33-9d38-4781-823a-ed04753aea01",
        "event_created_at":"2023-06-12T00:10:16+02:00""#;

    #[test]
    fn every_spelling_of_a_version_is_the_same_version() {
        for spelling in ["2", "2.0", "\"2.0\"", "\"2\""] {
            assert_eq!(serde_json::from_str::<Version>(spelling).unwrap(), Version::major(2), "{spelling}");
        }
        assert_eq!(serde_json::from_str::<Version>("1.1").unwrap(), Version { major: 1, minor: 1 });
        for wrong in ["\"\"", "\"v2\"", "-2", "-2.5", "\"+2\"", "\"2.\"", "null", "[2]", "1e300", "99999999999", "\"2.0.1\""] {
            assert!(serde_json::from_str::<Version>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_fixed_version_writes_its_spelling_and_refuses_others() {
        assert_eq!(serde_json::to_string(&TextVersion::<2>).unwrap(), "\"2.0\"");
        assert_eq!(serde_json::to_string(&NumberVersion::<1>).unwrap(), "1");
        assert!(
            serde_json::from_str::<TextVersion<2>>("2").is_ok() && serde_json::from_str::<NumberVersion<2>>("\"2.0\"").is_ok()
        );
        assert!(
            serde_json::from_str::<TextVersion<2>>("\"1.0\"").is_err() && serde_json::from_str::<TextVersion<2>>("2.1").is_err()
        );
    }

    #[test]
    fn peeking_reads_only_the_envelope() {
        let payload = format!(r#"{{{HEAD},"event_version":"2.0","app_id":"proxy:1.2.8","status":{{"any":["thing"]}}}}"#);
        let envelope = peek(&payload).unwrap();
        assert_eq!((envelope.event_version, envelope.app_id.as_deref()), (Version::major(2), Some("proxy:1.2.8")));
        assert_eq!(envelope.event_created_at.to_string(), "2023-06-12T00:10:16+02:00");
        assert_eq!(peek(&format!(r#"{{{HEAD},"event_version":1}}"#)).unwrap().app_id, None);
    }

    #[test]
    fn an_envelope_without_its_members_is_refused() {
        for payload in
            ["", "null", "[]", "{}", &format!("{{{HEAD}}}"), &format!(r#"{{{HEAD},"event_version":2,"event_version":2}}"#)]
        {
            assert!(peek(payload).is_err(), "{payload}");
        }
    }

    #[test]
    fn retry_notes_of_any_kind_survive() {
        let json =
            r#"{"original_topic":"documents","retry_counter":1,"sent":["a"],"next_attempt_at":"2023-11-23 14:04:25 +0000 UTC"}"#;
        let meta: RetryMeta = serde_json::from_str(json).unwrap();
        assert_eq!(meta.original_topic.as_deref(), Some("documents"));
        assert_eq!(serde_json::to_value(&meta).unwrap(), serde_json::from_str::<serde_json::Value>(json).unwrap());
        assert_eq!(serde_json::to_string(&serde_json::from_str::<RetryMeta>("{}").unwrap()).unwrap(), "{}");
    }

    proptest! {
        #[test]
        fn versions_survive_their_text(major: u32, minor: u32) {
            let version = Version { major, minor };
            prop_assert_eq!(version.to_string().parse::<Version>(), Ok(version));
        }

        #[test]
        fn any_payload_is_read_or_refused(payload in "\\PC{0,80}") {
            let _ = peek(&payload);
        }
    }
}
