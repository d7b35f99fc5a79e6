//! The only part of a failed event that the orchestrator reads and writes: `retry_meta`. Whatever else is in it stays byte for byte as
//! its producer wrote it, because nobody here knows what it means.

use std::fmt;

use jiff::Timestamp;
use kernel::{EventId, RomeTime, TenantId};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

/// Member of an event by which it is known.
const ID: &str = "event_id";
/// Member of an event that travels with it through the orchestrator.
const META: &str = "retry_meta";
/// Member of [`META`]: the topic to go back to.
const ORIGINAL_TOPIC: &str = "original_topic";
/// Member of [`META`]: how many times the event was tried again.
const COUNTER: &str = "retry_counter";
/// Member of [`META`]: when the event is tried again.
const NEXT_ATTEMPT_AT: &str = "next_attempt_at";

/// Member of [`META`]: why the last attempt failed, for people. Ours; whoever does not know it leaves it alone.
const LAST_ERROR: &str = "last_error";
/// Longest such text, in characters.
const LONGEST_ERROR: usize = 300;

/// Notes why an attempt failed.
pub fn note_error(notes: &mut serde_json::Map<String, serde_json::Value>, reason: &str) {
    notes.insert(LAST_ERROR.to_owned(), reason.chars().take(LONGEST_ERROR).collect::<String>().into());
}

/// Takes one attempt from the notes of a failed event.
pub fn uncount(notes: &mut serde_json::Map<String, serde_json::Value>) {
    if let Some(attempts) = notes.get(COUNTER).and_then(serde_json::Value::as_u64) {
        notes.insert(COUNTER.to_owned(), attempts.saturating_sub(1).into());
    }
}

/// A JSON object whose members are kept in order and as they were written.
#[derive(Debug, Default)]
struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    fn get(&self, name: &str) -> Option<&RawValue> {
        // Of a member that is there twice, readers take the last.
        self.0.iter().rev().find(|(other, _)| other == name).map(|(_, value)| &**value)
    }

    fn read<'a, T: Deserialize<'a>>(&'a self, name: &str) -> Option<T> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    /// Sets a member in its place, or at the end; `None` takes it away.
    fn set(&mut self, name: &str, value: Option<&impl Serialize>) {
        let value =
            value.map(|value| serde_json::value::to_raw_value(value).expect("numbers, texts and members have a JSON form"));
        let place = self.0.iter().position(|(other, _)| other == name).unwrap_or(self.0.len());
        self.0.retain(|(other, _)| other != name);
        if let Some(value) = value {
            self.0.insert(place.min(self.0.len()), (name.to_owned(), value));
        }
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// A failed event.
#[derive(Debug)]
pub struct Failed {
    members: Members,
    meta: Members,
    /// The topic that it goes back to.
    pub original_topic: String,
}

impl Failed {
    /// Reads a failed event.
    ///
    /// # Errors
    /// Why it cannot go back to anywhere.
    pub fn read(payload: &str) -> Result<Self, String> {
        let members: Members = serde_json::from_str(payload).map_err(|error| format!("non è un oggetto JSON ({error})"))?;
        let meta: Members = members.read(META).ok_or("manca retry_meta")?;
        let original_topic = meta.read(ORIGINAL_TOPIC).ok_or("in retry_meta manca original_topic")?;
        Ok(Self { members, meta, original_topic })
    }

    /// How many times it was tried again; none when nobody counted.
    pub fn attempts(&self) -> u64 {
        self.meta.read(COUNTER).unwrap_or(0)
    }

    /// Why the last attempt failed, if somebody wrote it.
    pub fn last_error(&self) -> Option<String> {
        self.meta.read::<String>(LAST_ERROR).map(|text| text.chars().take(LONGEST_ERROR).collect())
    }

    /// When it is to be tried again, if somebody wrote it.
    pub fn next_attempt_at(&self) -> Option<RomeTime> {
        self.meta.read::<String>(NEXT_ATTEMPT_AT).and_then(|text| read_instant(&text))
    }

    /// Its identity, if it has one.
    pub fn event_id(&self) -> Option<EventId> {
        self.members.read(ID)
    }

    /// Whose it is, if it says so.
    pub fn tenant_id(&self) -> Option<TenantId> {
        self.members.read("tenant_id")
    }

    /// The event as it waits for its attempt number `attempt` at `at`.
    pub fn waiting(mut self, attempt: u64, at: RomeTime) -> String {
        self.meta.set(COUNTER, Some(&attempt));
        self.meta.set(NEXT_ATTEMPT_AT, Some(&instant(at)));
        self.finish()
    }

    /// The event as if it had never been tried again: whoever puts it back after it was given up means all attempts anew. One without an
    /// identity gets `id`: put back without, it would be known to nobody or to all.
    pub fn uncounted(mut self, id: EventId) -> String {
        if self.event_id().is_none() {
            self.members.set(ID, Some(&id));
        }
        self.meta.set(COUNTER, None::<&u64>);
        self.meta.set(NEXT_ATTEMPT_AT, None::<&u64>);
        self.meta.set(LAST_ERROR, None::<&u64>);
        self.finish()
    }

    fn finish(mut self) -> String {
        self.members.set(META, Some(&self.meta));
        serde_json::to_string(&self.members).expect("members that were read have a JSON form")
    }
}

/// An instant as the documentation's examples have it: `2023-11-23 14:04:25 +0000 UTC`.
fn instant(at: RomeTime) -> String {
    at.timestamp().strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string()
}

/// Reads what [`instant`] writes, with or without a fraction, and ISO 8601.
fn read_instant(text: &str) -> Option<RomeTime> {
    let iso = || text.parse().ok();
    let head: Vec<_> = text.split(' ').take(3).collect();
    Timestamp::strptime("%Y-%m-%d %H:%M:%S%.f %z", head.join(" ")).ok().map(RomeTime::from).or_else(iso)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> RomeTime {
        text.parse().unwrap()
    }

    #[test]
    fn nothing_but_the_notes_of_the_orchestrator_changes() {
        let failed = r#"{"b": 1.50, "a":[1e400, "\u00e0"],"n":123456789012345678901234567890,"retry_meta":{"sent": [1.0],"original_topic":"documents"},"b":2}"#;
        let waiting = Failed::read(failed).unwrap().waiting(1, at("2023-11-23T15:04:25+01:00"));
        let expected = r#"{"b":1.50,"a":[1e400, "\u00e0"],"n":123456789012345678901234567890,"retry_meta":{"sent":[1.0],"original_topic":"documents","retry_counter":1,"next_attempt_at":"2023-11-23 14:04:25 +0000 UTC"},"b":2}"#;
        assert_eq!(waiting, expected);
        // Notes that are there keep their place.
        let again = Failed::read(&waiting).unwrap();
        assert_eq!((again.attempts(), again.original_topic.as_str()), (1, "documents"));
        assert_eq!(again.next_attempt_at(), Some(at("2023-11-23T15:04:25+01:00")));
        assert_eq!(
            again.waiting(2, at("2023-11-23T15:04:25+01:00")),
            expected.replace("\"retry_counter\":1", "\"retry_counter\":2")
        );
        let id = "367fd4d2-4c8a-4124-a853-70c67bea0b03";
        let known = |text: &str| text.replacen('{', &format!(r#"{{"event_id":"{id}","#), 1);
        let uncounted = |text: &str| Failed::read(text).unwrap().uncounted(id.parse().unwrap());
        assert_eq!(uncounted(&known(expected)), Failed::read(&known(failed)).unwrap().finish());
        // At its end, where there was none.
        let identified = format!(r#"{},"event_id":"{id}"}}"#, Failed::read(failed).unwrap().finish().strip_suffix('}').unwrap());
        assert_eq!(uncounted(expected), identified);
    }

    #[test]
    fn the_documents_of_the_documentation_are_read() {
        let meta = r#"{"next_attempt_at":"2023-11-23 14:04:25 +0000 UTC","original_topic":"documents","retry_counter":1}"#;
        let failed =
            Failed::read(&format!(r#"{{"event_id":"367fd4d2-4c8a-4124-a853-70c67bea0b03","retry_meta":{meta}}}"#)).unwrap();
        assert_eq!((failed.attempts(), failed.next_attempt_at()), (1, Some(at("2023-11-23T14:04:25Z"))));
        assert_eq!(failed.event_id().unwrap().to_string(), "367fd4d2-4c8a-4124-a853-70c67bea0b03");
    }

    #[test]
    fn instants_are_read_as_several_languages_write_them() {
        for text in [
            "2023-11-23 14:04:25 +0000 UTC",
            "2023-11-23 14:04:25.000000 +0000 UTC m=+0.1",
            "2023-11-23 15:04:25 +0100 CET",
            "2023-11-23T14:04:25Z",
            "2023-11-23T15:04:25+01:00",
        ] {
            assert_eq!(read_instant(text), Some(at("2023-11-23T14:04:25Z")), "{text}");
        }
        for text in ["", "domani", "2023-11-23", "2023-13-23 14:04:25 +0000 UTC"] {
            assert_eq!(read_instant(text), None, "{text}");
        }
    }

    #[test]
    fn what_can_go_back_to_nowhere_is_told() {
        for (payload, reason) in [
            ("[]", "non è un oggetto JSON"),
            ("", "non è un oggetto JSON"),
            ("{}", "manca retry_meta"),
            (r#"{"retry_meta":null}"#, "manca retry_meta"),
            (r#"{"retry_meta":{}}"#, "manca original_topic"),
            (r#"{"retry_meta":{"original_topic":7}}"#, "manca original_topic"),
        ] {
            assert!(Failed::read(payload).unwrap_err().contains(reason), "{payload}");
        }
        // Notes of others that are no numbers count as none.
        assert_eq!(Failed::read(r#"{"retry_meta":{"original_topic":"a","retry_counter":"x"}}"#).unwrap().attempts(), 0);
    }

    proptest! {
        #[test]
        fn any_payload_is_read_or_refused(payload in "\\PC{0,80}") {
            let _ = Failed::read(&payload);
        }
    }
}
