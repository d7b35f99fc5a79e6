//! What a dead letter is about, as far as its content says so. Any JSON may stand there, from anybody: what is missing or of another kind
//! is left out, what is long is cut, and nothing of it becomes an address but identifiers.

use kernel::Uuid;
use serde_json::Value;

use crate::clients::{DeadLetter, Service};
use crate::i18n::Messages;
use crate::views::invalid::sentence;

/// Most characters of a text of the content.
const LONGEST: usize = 120;
/// Most characters of a reason in a list.
const LONGEST_REASON: usize = 300;

/// What a letter is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Its kind and its title, or the kind alone.
    pub heading: String,
    /// Whom it is about; may be empty.
    pub person: String,
    /// The service's name, or its identifier; may be empty.
    pub service: String,
    /// The application that it belongs to.
    pub application: Option<Uuid>,
}

impl About {
    /// Reads a letter; `services` have the names of those that it may belong to.
    pub fn read(t: &Messages, letter: &DeadLetter, services: &[Service]) -> Self {
        let content = letter.payload.as_ref().and_then(|payload| serde_json::from_str::<Value>(payload.get()).ok());
        let content = content.unwrap_or_default();
        let topic = topic(letter, &content);
        let kind = kind(t, topic);
        let title = first(&content, &["subject", "title", "reason", "short_description"]);
        Self {
            heading: if title.is_empty() { kind.to_owned() } else { t.letters_heading(kind, title) },
            person: person(&content),
            service: service(&content, services),
            application: application(topic, &content),
        }
    }

    /// What remains to be said of a letter whose content could not be read.
    pub fn unknown(t: &Messages, letter: &DeadLetter) -> Self {
        let heading = kind(t, topic(letter, &Value::Null)).to_owned();
        Self { heading, person: String::new(), service: String::new(), application: None }
    }

    /// Person and service, as far as they are known.
    pub fn facts(&self) -> impl Iterator<Item = &str> {
        [self.person.as_str(), self.service.as_str()].into_iter().filter(|fact| !fact.is_empty())
    }
}

/// A reason as a list has it: a sentence that is not too long.
pub fn reason(text: &str) -> String {
    sentence(&cut(text, LONGEST_REASON))
}

/// The topic that the letter belongs to; of one that could not be put back, what it says itself.
fn topic<'a>(letter: &'a DeadLetter, content: &'a Value) -> &'a str {
    let original = content["retry_meta"]["original_topic"].as_str();
    original.filter(|_| letter.topic.starts_with("retry")).unwrap_or(&letter.topic)
}

/// What kind of thing a topic carries, or the tasks of a queue deal with.
fn kind(t: &Messages, topic: &str) -> &'static str {
    match topic {
        "documents" => t.letters_about_document,
        "payments" => t.letters_about_payment,
        "applications" => t.letters_about_application,
        "messages" => t.letters_about_message,
        "io_messages" => t.letters_about_io_message,
        "platform.tell-applicant" | "platform.follow-announcement" | "platform.send-email" => t.letters_about_announcement,
        queue if queue.ends_with("-registry-proxy.register") => t.letters_about_document,
        queue if queue.contains("payment") => t.letters_about_payment,
        queue if queue.starts_with("messaging") => t.letters_about_io_message,
        queue if queue.starts_with("platform.") => t.letters_about_application,
        _ => t.letters_one,
    }
}

/// The first of the members that has a text.
fn first(content: &Value, names: &[&str]) -> String {
    let mut found = names.iter().filter_map(|name| content[*name].as_str()).map(|text| cut(text, LONGEST));
    found.find(|text| !text.is_empty()).unwrap_or_default()
}

/// At most `longest` characters of a text, with single spaces instead of whatever parts its words.
fn cut(text: &str, longest: usize) -> String {
    let parts = |letter: char| letter.is_whitespace() || letter.is_control();
    let words = text.split(parts).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", words[..end].trim_end()),
        None => words,
    }
}

/// Whom the content names: who applied, wrote, pays, or is the document's author.
fn person(content: &Value) -> String {
    let named = first(content, &["user_name", "author"]);
    if !named.is_empty() {
        return named;
    }
    let people = [&content["payer"], &content["debtor"], &content["author"][0]];
    let names = people.into_iter().map(|one| format!("{} {}", first(one, &["name"]), first(one, &["family_name"])));
    names.map(|name| name.trim().to_owned()).find(|name| !name.is_empty()).unwrap_or_default()
}

/// The service by its name; by its identifier when nobody knows it.
fn service(content: &Value, services: &[Service]) -> String {
    let by_id = content["service_id"].as_str().or_else(|| content["remote_collection"]["id"].as_str());
    let known = by_id.and_then(|id| services.iter().find(|service| service.id == id));
    match known {
        Some(service) => service.name.clone(),
        None => {
            let named = first(content, &["service_name"]);
            if named.is_empty() { by_id.map(|id| cut(id, LONGEST)).unwrap_or_default() } else { named }
        }
    }
}

/// The application: an identifier and nothing else.
fn application(topic: &str, content: &Value) -> Option<Uuid> {
    let names: &[&str] = if topic == "applications" { &["id"] } else { &["application_id", "application", "remote_id"] };
    names.iter().find_map(|name| content[*name].as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Locale;

    const APPLICATION: &str = "fb1d2e4a-57bb-4a52-af44-868618abfccf";

    fn about(topic: &str, content: &str) -> About {
        let payload = serde_json::value::RawValue::from_string(content.to_owned()).ok();
        let letter = DeadLetter { topic: topic.to_owned(), payload, ..DeadLetter::default() };
        let service = Service { id: "s1".into(), name: "Suolo pubblico".into(), ..Service::default() };
        About::read(Locale::It.messages(), &letter, &[service])
    }

    #[test]
    fn each_kind_says_what_it_is_about() {
        let document = about(
            "documents",
            &format!(
                r#"{{"title":"Richiesta","remote_id":"{APPLICATION}","remote_collection":{{"id":"s1"}},
                "author":[{{"name":"Anna","family_name":"Ferri"}}]}}"#
            ),
        );
        assert_eq!(document.heading, "Documento: Richiesta");
        assert_eq!(document.facts().collect::<Vec<_>>(), ["Anna Ferri", "Suolo pubblico"]);
        assert_eq!(document.application, APPLICATION.parse().ok());
        let payment = about("payments", r#"{"reason":"Mensa","payer":{"name":"Anna"},"remote_id":null,"service_id":"s2"}"#);
        assert_eq!((payment.heading.as_str(), payment.application), ("Pagamento: Mensa", None));
        assert_eq!(payment.facts().collect::<Vec<_>>(), ["Anna", "s2"]);
        let task = about("payment-updater", &format!(r#"{{"application_id":"{APPLICATION}","status":"OK"}}"#));
        assert_eq!((task.heading.as_str(), task.application), ("Pagamento", APPLICATION.parse().ok()));
        let strayed = about("retry_queue", r#"{"retry_meta":{"original_topic":"messages"},"subject":"Ciao","author":"Ufficio"}"#);
        assert_eq!((strayed.heading.as_str(), strayed.person.as_str()), ("Messaggio: Ciao", "Ufficio"));
    }

    #[test]
    fn whatever_stands_in_the_content_is_taken_as_it_comes() {
        for content in ["7", "null", "[[1]]", "\"x\"", r#"{"title":7,"author":[],"remote_id":{},"service_id":[1],"payer":"x"}"#] {
            let strange = about("documents", content);
            assert_eq!(
                (strange.heading.as_str(), strange.facts().count(), strange.application),
                ("Documento", 0, None),
                "{content}"
            );
        }
        let long =
            about("x", &format!(r#"{{"title":"{}","remote_id":"../../x","user_name":"a\n\u0007\tb"}}"#, "a".repeat(10_000)));
        assert!(long.heading.chars().count() < 200 && long.heading.ends_with('…'), "{}", long.heading);
        assert_eq!((long.application, long.person.as_str()), (None, "a b"));
        assert_eq!(cut("uno  due tre", 7), "uno due…");
        assert_eq!(cut("uno due", 7), "uno due");
    }
}
