//! JSON that comes from outside, and what may be told of it when it is not what it should be.

use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

/// Reads a `T` that came from outside, or from a row that an older program wrote.
///
/// # Errors
/// [`Unreadable`].
pub fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    serde_json::from_str(text).map_err(|error| Misread::of::<T>(text.as_bytes(), error).into())
}

/// Reads a `T` for somebody who knows what he wrote, and may be told what is wrong with it.
///
/// # Errors
/// [`Misread`].
pub fn read_json_of_caller<T: DeserializeOwned>(json: &[u8]) -> Result<T, Misread> {
    serde_json::from_slice(json).map_err(|error| Misread::of::<T>(json, error))
}

/// Why a JSON text is not what was expected, in the words of serde: they quote a wrong value, and are for its author alone.
#[derive(Debug)]
pub struct Misread {
    /// What is wrong.
    pub error: serde_json::Error,
    /// Where, unless it is after the end.
    path: Option<Path>,
}

impl Misread {
    fn of<T: DeserializeOwned>(json: &[u8], error: serde_json::Error) -> Self {
        // Keeping track of the path costs as much as reading does; only what could not be read pays for it, by being read again.
        let again = serde_path_to_error::deserialize::<_, T>(&mut serde_json::Deserializer::from_slice(json));
        Self { error, path: again.err().map(|error| error.path().clone()) }
    }

    fn path(&self) -> impl Iterator<Item = &Segment> {
        self.path.iter().flat_map(Path::iter)
    }

    /// The wrong member, or the one that is missing, as a JSON Pointer.
    pub fn pointer(&self) -> String {
        let member = |key: &str| format!("/{}", key.replace('~', "~0").replace('/', "~1"));
        let step = |segment: &Segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(member(key)),
            Segment::Enum { .. } | Segment::Unknown => None,
        };
        let missing = missing(&self.error).map(|name| member(&name));
        self.path().filter_map(step).chain(missing).collect()
    }

    /// Whether a member is missing.
    pub fn is_missing(&self) -> bool {
        missing(&self.error).is_some()
    }
}

/// Why a JSON text is not what was expected: what kind of mistake, and where. What serde says of a wrong value quotes it, and errors end
/// in logs and dead letters; this never does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} in {path} (riga {line}, colonna {column})")]
pub struct Unreadable {
    what: String,
    path: String,
    line: usize,
    column: usize,
}

impl From<Misread> for Unreadable {
    fn from(misread: Misread) -> Self {
        let error = &misread.error;
        let what = match error.classify() {
            Category::Data => missing(error).map_or_else(|| "dati sbagliati".to_owned(), |name| format!("manca {name}")),
            Category::Eof => "JSON interrotto".to_owned(),
            Category::Syntax | Category::Io => "non è JSON".to_owned(),
        };
        let path: String = misread.path().map(name).collect();
        let path = if path.is_empty() { "/".to_owned() } else { path };
        Self { what, path, line: error.line(), column: error.column() }
    }
}

/// The member that is missing, if that is what is wrong: a name of ours, not of the text.
fn missing(error: &serde_json::Error) -> Option<String> {
    let text = error.to_string();
    let (name, _) = text.strip_prefix("missing field `")?.split_once('`')?;
    Some(name.to_owned())
}

/// A step of the path. Names of members stay; whatever does not look like one may be a value that is used as a name.
fn name(segment: &Segment) -> String {
    let plain = |key: &str| {
        key.len() <= 64
            && key.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } if plain(key) => format!("/{key}"),
        Segment::Enum { variant } => format!("/{variant}"),
        Segment::Map { .. } | Segment::Unknown => "/?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::FiscalCode;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)] // only whether it reads is looked at
    struct Person {
        fiscal_code: FiscalCode,
        #[serde(default)]
        ages: BTreeMap<String, u8>,
        #[serde(default)]
        friends: Vec<Person>,
    }

    #[test]
    fn a_missing_member_has_a_place_too() {
        let place = |text: &str| {
            let misread = read_json_of_caller::<Person>(text.as_bytes()).unwrap_err();
            (misread.pointer(), misread.is_missing())
        };
        assert_eq!(place("{}"), ("/fiscal_code".to_owned(), true));
        let friend = r#"{"fiscal_code": "BNRMHL75C06G702B", "friends": [{}]}"#;
        assert_eq!(place(friend), ("/friends/0/fiscal_code".to_owned(), true));
        assert_eq!(place(r#"{"fiscal_code": 7}"#), ("/fiscal_code".to_owned(), false));
        assert_eq!(place("[]"), (String::new(), false));
    }

    #[test]
    fn the_place_is_told_and_no_value() {
        let told = |text: &str| read_json::<Person>(text).unwrap_err().to_string();
        assert_eq!(told(r#"{"fiscal_code": "Mario Rossi"}"#), "dati sbagliati in /fiscal_code (riga 1, colonna 29)");
        let told = |text: &str| told(text).split(" (riga").next().unwrap().to_owned();
        assert_eq!(told(r#"{"fiscal_code": 12345678}"#), "dati sbagliati in /fiscal_code");
        let friend = r#"{"fiscal_code": "BNRMHL75C06G702B", "friends": [{}]}"#;
        assert_eq!(told(friend), "manca fiscal_code in /friends/0");
        let key = r#"{"fiscal_code": "BNRMHL75C06G702B", "ages": {"BNRMHL75C06G702B": "x"}}"#;
        assert_eq!(told(key), "dati sbagliati in /ages/?");
        assert_eq!(told(r#"{"fiscal_code": BNRMHL75C06G702B}"#), "non è JSON in /fiscal_code");
        assert_eq!(told(r#"{"fiscal_code": "BNRMHL"#), "JSON interrotto in /fiscal_code");
        assert_eq!(told("[]"), "dati sbagliati in /");
        assert!(!told(r#""BNRMHL75C06G702B""#).contains("BNR"));
    }
}
