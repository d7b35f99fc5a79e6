//! Errors for people and programs (RFC 9457 problem details).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The body of an answer that refuses or fails, `application/problem+json`. The texts are for people and say what to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Relative reference of the page that explains this kind of problem: `/errors/<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// One short sentence, the same for every occurrence.
    pub title: String,
    /// The HTTP status code, 400 to 599.
    pub status: u16,
    /// What happened this time and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The occurrence: the request's identifier, as in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Every field that was wrong, so that all can be mended at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Members that one kind of problem has besides (RFC 9457 section 3.2), such as those of the documented answers of the API.
    #[serde(flatten)]
    pub extensions: Map<String, Value>,
}

/// One wrong field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) into the request's body, or the name of a parameter.
    pub field: String,
    /// Machine-readable reason: `required`, `pattern`, `max_length` ...
    pub code: String,
    /// What is wrong and what is expected, for a person.
    pub message: String,
}

impl Problem {
    /// A problem of the kind `code` (kebab-case) with an HTTP `status` and a constant `title`.
    pub fn new(status: u16, code: &str, title: impl Into<String>) -> Self {
        Self { kind: format!("/errors/{code}"), title: title.into(), status, ..Self::default() }
    }

    /// The same problem with what happened this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The same problem with the wrong fields.
    #[must_use]
    pub fn errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// The same problem with one more member. A name that the problem has already would stand there twice.
    #[must_use]
    pub fn extension(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extensions.insert(name.to_owned(), value.into());
        self
    }

    /// What happened in one line: every wrong field with what is wrong, or the sentence where there is none.
    pub fn line(&self) -> String {
        let fields: Vec<_> = self.errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
        if fields.is_empty() { self.detail.clone().unwrap_or_default() } else { fields.join("; ") }
    }

    /// The code, without `/errors/`.
    pub fn code(&self) -> &str {
        self.kind.strip_prefix("/errors/").unwrap_or(&self.kind)
    }
}

impl FieldError {
    /// A wrong `field`, the reason's `code`, and a `message` for a person.
    pub fn new(field: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), code: code.into(), message: message.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_stand_beside_the_standard_members_and_survive_a_round_trip() {
        let problem =
            Problem::new(401, "bad-credentials", "Accesso non riuscito").extension("code", 401).extension("message", "No.");
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!((&json["status"], &json["code"], &json["message"]), (&401.into(), &401.into(), &"No.".into()));
        assert_eq!(serde_json::from_value::<Problem>(json).unwrap(), problem);
        assert_eq!(serde_json::to_value(Problem::new(404, "not-found", "Non trovato")).unwrap().as_object().unwrap().len(), 3);
    }
}
