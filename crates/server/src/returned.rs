//! What goes back into processing of a dead letter, as it is or corrected: readable, and under an identity that keeps it from those that
//! dealt with it.

use std::collections::BTreeMap;

use bus::identity;
use contracts::Decoded;
use kernel::{EventId, Rng};
use serde_json::value::RawValue;
use storage::BuriedLetter;

use crate::letters::is_task;

/// Buries what it could not publish: of that, nobody knows yet.
const RELAY: &str = "kafka-relay";

/// The content that takes the place of a letter.
#[derive(Debug, PartialEq, Eq)]
pub struct Returned {
    /// Identity of the event; of no meaning for a task.
    pub event_id: EventId,
    /// The JSON text.
    pub payload: String,
    /// Whether the identity was given here, so that everybody would take the event for a new one.
    pub new: bool,
}

impl Returned {
    /// The content of `letter`, or the `corrected` one.
    ///
    /// # Errors
    /// Why it cannot go back, in a sentence.
    pub fn of(letter: &BuriedLetter, corrected: Option<&str>, rng: &Rng) -> Result<Self, String> {
        let text = corrected.unwrap_or(&letter.payload);
        let original = identity(&letter.payload);
        let plain = |event_id| Self { event_id, payload: text.to_owned(), new: false };
        let any_json = is_task(letter) && !is_object(&letter.payload);
        if corrected.is_some() && !is_object(text) && !any_json {
            return Err("la correzione deve essere un oggetto JSON.".into());
        }
        if is_task(letter) || (letter.source == RELAY && corrected.is_none()) {
            return Ok(plain(original.unwrap_or_else(|| EventId(rng.uuid()))));
        }
        let returned = match (original, corrected.map(identity)) {
            (Some(id), None) => plain(id),
            (Some(id), Some(Some(same))) if id == same => plain(id),
            (Some(id), Some(_)) => return Err(format!("la correzione deve avere lo stesso event_id, {id}.")),
            (None, Some(Some(_))) => {
                return Err("non ha un event_id leggibile: nemmeno la correzione deve averlo, ne riceve uno nuovo.".into());
            }
            // Without an identity in it, the event would be a new one for every consumer.
            (None, _) => {
                let event_id = EventId(rng.uuid());
                let reason = "non è un oggetto JSON, e andrebbe a tutti i consumatori: correggerla con --corrected o eliminarla.";
                let payload = identified(text, event_id).ok_or(reason)?;
                Self { event_id, payload, new: letter.source != RELAY }
            }
        };
        if corrected.is_some() {
            readable(&letter.topic, &returned.payload).map_err(|reason| format!("la correzione {reason}."))?;
        }
        Ok(returned)
    }
}

/// The members of an object, as they are written.
type Members = BTreeMap<String, Box<RawValue>>;

fn is_object(text: &str) -> bool {
    serde_json::from_str::<Members>(text).is_ok()
}

/// The event with this identity; its other members down to the digits of their numbers.
fn identified(text: &str, event_id: EventId) -> Option<String> {
    let mut members: Members = serde_json::from_str(text).ok()?;
    members.insert("event_id".to_owned(), serde_json::value::to_raw_value(&event_id).ok()?);
    serde_json::to_string(&members).ok()
}

/// Whether somebody can read the event, of the topics whose contract we know.
fn readable(topic: &str, payload: &str) -> Result<(), String> {
    match contracts::probe(topic, payload) {
        None | Some(Ok(Decoded::Event(_))) => Ok(()),
        Some(Ok(Decoded::OtherVersion(version))) => Err(format!("è di una versione che nessuno legge ({version})")),
        Some(Err(error)) => Err(format!("non è un evento del topic {topic} ({error})")),
    }
}

#[cfg(test)]
mod tests {
    use kernel::Uuid;

    use super::*;

    const ID: &str = "0b5ecb9e-0ab4-4e8c-a7a5-1d1c3a2c7d10";

    fn returned(source: &str, payload: &str, corrected: Option<&str>) -> Result<Returned, String> {
        let [source, payload] = [source, payload].map(str::to_owned);
        let (topic, key, reason) = ("meetings".to_owned(), "k".to_owned(), "r".to_owned());
        let buried_at = "2026-03-02T09:00:00Z".parse().unwrap();
        let letter = BuriedLetter { id: Uuid::nil(), source, topic, key, payload, reason, buried_at };
        Returned::of(&letter, corrected, &Rng::seeded(1))
    }

    #[test]
    fn a_correction_is_an_object_of_the_same_identity() {
        let original = format!(r#"{{"event_id":"{ID}","amount":"x"}}"#);
        let right = format!(r#"{{"event_id":"{ID}","amount":1.10}}"#);
        let back = returned("reader", &original, Some(&right)).unwrap();
        assert_eq!((back.event_id.to_string().as_str(), back.payload.as_str(), back.new), (ID, right.as_str(), false));
        for wrong in ["42", "null", "[]", "\"x\"", "{}", r#"{"event_id":"0b5ecb9e-0ab4-4e8c-a7a5-1d1c3a2c7d11"}"#] {
            assert!(returned("reader", &original, Some(wrong)).is_err(), "{wrong}");
        }
        assert!(returned("reader", "{}", Some(&right)).is_err(), "others would know it by that identity, or not");
    }

    #[test]
    fn an_event_without_identity_gets_one_and_keeps_its_digits() {
        for original in [r#"{"amount":1.10}"#, r#"{"amount":1.10,"event_id":"none"}"#] {
            let back = returned("reader", original, None).unwrap();
            assert_eq!((back.payload, back.new), (format!(r#"{{"amount":1.10,"event_id":"{}"}}"#, back.event_id), true));
        }
        assert!(returned("reader", "{broken", None).is_err());
        assert!(returned("reader", "{broken", Some(r#"{"amount":1.10}"#)).unwrap().new);
    }

    #[test]
    fn what_was_never_published_goes_to_everybody() {
        let back = returned(RELAY, "{broken", None).unwrap();
        assert_eq!((back.payload.as_str(), back.new), ("{broken", false));
        assert!(!returned(RELAY, "{}", Some(r#"{"amount":1.10}"#)).unwrap().new);
    }

    #[test]
    fn a_task_keeps_its_kind() {
        assert!(returned("meetings", r#"{"id":"i"}"#, Some("42")).is_err());
        assert!(returned("meetings", "\"i\"", Some("\"j\"")).is_ok());
        assert_eq!(returned("meetings", r#"{"id":"i"}"#, None).unwrap().payload, r#"{"id":"i"}"#);
    }
}
