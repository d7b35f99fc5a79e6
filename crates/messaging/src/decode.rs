//! Reading a body as the published schemas judge it: every wrong member is told, in the words that clients know, and members that the
//! schemas do not name are passed over.

use kernel::RomeTime;
use serde_json::Value;

use crate::formats::{CITIZEN_PATTERN, CitizenCode, is_organization_code, parse_timestamp, utf16_len};
use crate::ulid::Ulid;

/// Longest value that a complaint repeats: complaints end in answers, and a long text helps nobody.
const SHOWN: usize = 200;

/// A member of a body, present or not, with its path.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    value: Option<&'a Value>,
    path: String,
}

/// Reads members and collects what is wrong with them.
#[derive(Debug, Default)]
pub struct Reader {
    wrong: Vec<String>,
}

impl<'a> Member<'a> {
    /// The whole body.
    pub fn root(value: &'a Value) -> Self {
        Self { value: Some(value), path: "root".to_owned() }
    }

    /// The member called `name`; absent when this is no object.
    pub fn get(&self, name: &str) -> Self {
        let value = self.value.and_then(Value::as_object).and_then(|object| object.get(name));
        Self { value, path: format!("{}.{name}", self.path) }
    }

    /// Whether it is there. A null is there, and nothing that the schemas want.
    pub fn is_present(&self) -> bool {
        self.value.is_some()
    }

    fn items(&self) -> Option<Vec<Self>> {
        let items = self.value?.as_array()?;
        let item = |(index, value)| Self { value: Some(value), path: format!("{}.{index}", self.path) };
        Some(items.iter().enumerate().map(item).collect())
    }
}

impl Reader {
    /// The value read, or every complaint, one a line.
    ///
    /// # Errors
    /// The complaints.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, String> {
        match value {
            Some(value) if self.wrong.is_empty() => Ok(value),
            _ => Err(self.wrong.join("\n")),
        }
    }

    /// Notes that a member is not what it must be.
    pub fn refuse<T>(&mut self, member: &Member<'_>, kind: &str) -> Option<T> {
        let shown = member.value.map_or_else(|| "undefined".to_owned(), Value::to_string);
        let shown = match shown.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}...", &shown[..end]),
            None => shown,
        };
        self.wrong.push(format!("value {shown} at {} is not a valid [{kind}]", member.path));
        None
    }

    /// The member, if it is there: `read` reads it then. What is wrong with it is noted.
    pub fn optional<T>(&mut self, member: &Member<'_>, read: impl FnOnce(&mut Self, &Member<'_>) -> Option<T>) -> Option<T> {
        if member.is_present() { read(self, member) } else { None }
    }

    /// An object that must be there.
    pub fn object<'a>(&mut self, member: &Member<'a>, kind: &str) -> Option<Member<'a>> {
        match member.value {
            Some(Value::Object(_)) => Some(member.clone()),
            _ => self.refuse(member, kind),
        }
    }

    /// A list whose items are read by `read`.
    pub fn list<T>(
        &mut self,
        member: &Member<'_>,
        kind: &str,
        mut read: impl FnMut(&mut Self, &Member<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(items) = member.items() else { return self.refuse(member, kind) };
        let read: Vec<_> = items.iter().map(|item| read(self, item)).collect();
        read.into_iter().collect()
    }

    /// A text for which `judge` gives something.
    pub fn text<T>(&mut self, member: &Member<'_>, kind: &str, judge: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        match member.value.and_then(Value::as_str).and_then(judge) {
            Some(value) => Some(value),
            None => self.refuse(member, kind),
        }
    }

    /// A text of `least` to `most` UTF-16 units.
    pub fn bounded(&mut self, member: &Member<'_>, least: usize, most: usize) -> Option<String> {
        let kind = format!("string of length >= {least} and < {}", most + 1);
        self.text(member, &kind, |text| (least..=most).contains(&utf16_len(text)).then(|| text.to_owned()))
    }

    /// A text that is not empty.
    pub fn non_empty(&mut self, member: &Member<'_>) -> Option<String> {
        self.text(member, "non empty string", |text| (!text.is_empty()).then(|| text.to_owned()))
    }

    /// One of a few words.
    pub fn word<T>(&mut self, member: &Member<'_>, words: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.text(member, words, read)
    }

    /// True or false.
    pub fn bool(&mut self, member: &Member<'_>) -> Option<bool> {
        match member.value.and_then(Value::as_bool) {
            Some(value) => Some(value),
            None => self.refuse(member, "boolean"),
        }
    }

    /// A whole number of `least` to `most`. As in JavaScript `1.0` is a whole number.
    pub fn integer(&mut self, member: &Member<'_>, least: i64, most: i64) -> Option<i64> {
        match member.value.and_then(whole).filter(|number| (least..=most).contains(number)) {
            Some(number) => Some(number),
            None => self.refuse(member, &format!("integer >= {least} and < {}", most + 1)),
        }
    }

    /// The fiscal code of a citizen.
    pub fn citizen(&mut self, member: &Member<'_>) -> Option<CitizenCode> {
        self.text(member, &format!("string that matches the pattern \"{CITIZEN_PATTERN}\""), |text| text.parse().ok())
    }

    /// The tax code of an organisation.
    pub fn organization(&mut self, member: &Member<'_>) -> Option<String> {
        let kind = "string that matches the pattern \"^[0-9]{11}$\"";
        self.text(member, kind, |text| is_organization_code(text).then(|| text.to_owned()))
    }

    /// An instant.
    pub fn timestamp(&mut self, member: &Member<'_>) -> Option<RomeTime> {
        self.text(member, "UTCISODateFromString", parse_timestamp)
    }

    /// A ULID as it is written; it need not be one of ours.
    pub fn ulid(&mut self, member: &Member<'_>) -> Option<String> {
        let kind = "string that matches the pattern \"^[0-9a-hjkmnp-tv-zA-HJKMNP-TV-Z]{26}$\"";
        self.text(member, kind, |text| Ulid::is_written(text).then(|| text.to_owned()))
    }
}

/// The largest number below which JavaScript tells every whole number from its neighbours.
const SAFE: f64 = 9_007_199_254_740_991.0;

fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let number = value.as_f64()?;
        // Exact: a whole number within 53 bits.
        (number.fract() == 0.0 && number.abs() <= SAFE).then_some(number as i64)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn complaints_name_value_path_and_kind() {
        let body = json!({ "content": { "subject": "invalid" }, "list": ["x"] });
        let mut reader = Reader::default();
        let root = Member::root(&body);
        let subject = reader.bounded(&root.get("content").get("subject"), 10, 120);
        let missing = reader.bool(&root.get("content").get("flag"));
        let list = reader.list(&root.get("list"), "array", |reader, item| reader.citizen(item));
        assert_eq!((subject, missing, list), (None, None, None));
        let complaints = reader.finish(Some(())).unwrap_err();
        let lines: Vec<_> = complaints.lines().collect();
        assert_eq!(lines[0], "value \"invalid\" at root.content.subject is not a valid [string of length >= 10 and < 121]");
        assert_eq!(lines[1], "value undefined at root.content.flag is not a valid [boolean]");
        assert!(lines[2].starts_with("value \"x\" at root.list.0 is not a valid [string that matches the pattern"));
    }

    #[test]
    fn whole_numbers_are_those_of_javascript() {
        for (json, number) in
            [("1", Some(1)), ("1.0", Some(1)), ("1e2", Some(100)), ("1.5", None), ("1e300", None), ("\"1\"", None)]
        {
            assert_eq!(whole(&serde_json::from_str(json).unwrap()), number, "{json}");
        }
    }

    #[test]
    fn long_values_are_not_repeated_whole() {
        let body = json!("è".repeat(9_000));
        let mut reader = Reader::default();
        reader.bounded(&Member::root(&body), 1, 10);
        assert!(reader.finish(Some(())).unwrap_err().chars().count() < 300);
    }
}
