//! Whether one answer is of the kind that its component takes.

use std::sync::LazyLock;

use kernel::jiff::civil::{Date, DateTime};
use regex::Regex;
use serde_json::{Map, Value};

use crate::compile::MAX_TEXT;
use crate::date::{Bound, DayFormat, is_time, italian_date, parse_instant};
use crate::js;
use crate::model::{Component, Kind, Leaf, Text};
use crate::options::Options;
use crate::text::Refusal;

/// Depth and number of values of an answer without a shape of its own.
const MAX_FREE_DEPTH: usize = 16;
const MAX_FREE_VALUES: usize = 5_000;
/// Rows of a division of an amount.
const MAX_SPLIT: usize = 100;

/// The address that `@formio/core` accepts in an `email` field.
static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"^(?:[^<>()\[\]\\.,;:\s@"]+(?:\.[^<>()\[\]\\.,;:\s@"]+)*|".+")@(?:\[[0-9]{1,3}(?:\.[0-9]{1,3}){3}\]|(?:[a-zA-Z\-0-9]+\.)+[a-zA-Z]{2,})$"#,
    )
    .expect("a constant expression compiles")
});

/// Protocol, credentials, host, port and rest of a `url` field.
static URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:((?:https?|ftp):)?//)?(?:\S+(?::\S*)?@)?([a-z0-9\u{a1}-\u{ffff}](?:[a-z0-9\u{a1}-\u{ffff}.-]*[a-z0-9\u{a1}-\u{ffff}])?)(?::[0-9]{2,5})?(?:[/?#]\S*)?$")
        .expect("a constant expression compiles")
});

/// Whether the answer says nothing, as Form.io's rule `required` understands it.
pub(crate) fn is_missing(component: &Component, value: Option<&Value>) -> bool {
    let Some(value) = value else { return true };
    let says = |value: &Value| says_something(value, true);
    match &component.kind {
        Kind::Leaf(leaf) => match &**leaf {
            Leaf::Checkbox | Leaf::Boxes { .. } => !says_something(value, false),
            Leaf::Day { .. } => value == "00/00/0000" || !says(value),
            _ => !says(value),
        },
        Kind::Grid(_) => !value.as_array().is_some_and(|rows| rows.iter().any(says)),
        _ => !says(value),
    }
}

fn says_something(value: &Value, false_counts: bool) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag || false_counts,
        Value::Number(_) => true,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => items.iter().any(|item| says_something(item, false_counts)),
        Value::Object(members) => members.values().any(|member| says_something(member, false_counts)),
    }
}

/// Checks one answer that says something, and reports everything that is wrong with it. `complete` is whether the answer is final:
/// a draft may still be too short; `now` is what the clocks of Rome show. Files, bookings and the form's own rules are checked elsewhere.
pub(crate) fn answer(leaf: &Leaf, value: &Value, now: DateTime, complete: bool, report: &mut dyn FnMut(Refusal)) {
    match leaf {
        Leaf::Text(rules) => {
            text(rules, value, complete, report);
        }
        Leaf::Email(rules) => {
            if let Some(address) = text(rules, value, complete, report)
                && !EMAIL.is_match(address)
            {
                report(Refusal::Email);
            }
        }
        Leaf::Url(rules) => {
            if let Some(address) = text(rules, value, complete, report)
                && !is_url(address)
            {
                report(Refusal::Url);
            }
        }
        Leaf::Number { min, max } => match value.as_f64() {
            None => report(Refusal::Type("un numero")),
            Some(number) => {
                if let Some(min) = min.filter(|min| number < *min) {
                    report(Refusal::Min(italian_number(min)));
                }
                if let Some(max) = max.filter(|max| number > *max) {
                    report(Refusal::Max(italian_number(max)));
                }
            }
        },
        Leaf::Checkbox => {
            if !value.is_boolean() {
                report(Refusal::Type("sì o no"));
            }
        }
        Leaf::Choice(options) => choice(options, value, report),
        Leaf::Boxes { options, min, max } => match value.as_object() {
            None => report(Refusal::Type("un insieme di caselle")),
            Some(boxes) => check_boxes(options, boxes, if complete { *min } else { 0 }, *max, report),
        },
        Leaf::Survey { questions, answers } => match value.as_object() {
            None => report(Refusal::Type("una risposta per ogni domanda")),
            Some(given) => {
                let known = |question: &str| questions.iter().any(|(value, _)| **value == *question);
                let fits = |answer: &Value| is_blank(Some(answer)) || answers.label(answer).is_some();
                if !given.iter().all(|(question, answer)| known(question) && fits(answer)) {
                    report(Refusal::Option);
                }
            }
        },
        Leaf::Tags { .. } => {
            let short = |value: &Value| value.as_str().is_some_and(|text| text.len() <= MAX_TEXT);
            if !short(value) && !value.as_array().is_some_and(|tags| tags.len() <= MAX_FREE_VALUES && tags.iter().all(short)) {
                report(Refusal::Type("un elenco di parole"));
            }
        }
        Leaf::Instant { min, max, .. } => match value.as_str().and_then(parse_instant) {
            None => report(Refusal::Date),
            Some(instant) => check_bounds(instant.date(), min.as_ref(), max.as_ref(), now, report),
        },
        Leaf::Time { formats } => {
            if !value.as_str().is_some_and(|text| formats.iter().any(|format| is_time(format, text))) {
                report(Refusal::Time);
            }
        }
        Leaf::Day { format, min, max } => day(format, min.as_ref(), max.as_ref(), value, now, complete, report),
        Leaf::Split => {
            if !value.as_array().is_some_and(|rows| rows.len() <= MAX_SPLIT && rows.iter().all(is_split)) {
                report(Refusal::Split);
            }
        }
        Leaf::Free => {
            if !is_moderate(value) {
                report(Refusal::TooLarge);
            }
        }
        Leaf::Files(_) | Leaf::Booking { .. } => {}
    }
}

/// Checks a text's own rules and gives it back when it is one.
fn text<'v>(rules: &Text, value: &'v Value, complete: bool, report: &mut dyn FnMut(Refusal)) -> Option<&'v str> {
    let Some(text) = value.as_str() else {
        report(Refusal::Type("un testo"));
        return None;
    };
    // Subjects of letters, rows of registers and lines of logs are made of these texts.
    if text.chars().any(|c| c.is_control() && c != '\t' && !(rules.lines && matches!(c, '\n' | '\r'))) {
        report(Refusal::Control);
    }
    // Bytes bound code units from above: most texts are never counted.
    if text.len() > rules.max && js::length(text) > rules.max {
        report(Refusal::MaxLength(rules.max));
    }
    if complete && rules.min > 0 && js::length(text) < rules.min {
        report(Refusal::MinLength(rules.min));
    }
    if rules.min_words > 0 || rules.max_words.is_some() {
        let words = text.split_whitespace().count();
        if complete && words < rules.min_words {
            report(Refusal::MinWords(rules.min_words));
        }
        if let Some(max) = rules.max_words.filter(|max| words > *max) {
            report(Refusal::MaxWords(max));
        }
    }
    if rules.pattern.as_ref().is_some_and(|pattern| !pattern.matches(text)) {
        report(Refusal::Pattern);
    }
    if let Some(mask) = rules.mask.as_deref().filter(|mask| !fits_mask(mask, text)) {
        report(Refusal::Mask(mask.to_owned()));
    }
    Some(text)
}

/// `9` is a digit, `a` and `A` a letter, `*` either; everything else stands for itself.
fn fits_mask(mask: &str, text: &str) -> bool {
    let fits = |(mask, given): (char, char)| match mask {
        '9' => given.is_ascii_digit(),
        'a' | 'A' => given.is_alphabetic(),
        '*' => given.is_alphanumeric(),
        literal => literal == given,
    };
    mask.chars().count() == text.chars().count() && mask.chars().zip(text.chars()).all(fits)
}

fn is_url(text: &str) -> bool {
    if EMAIL.is_match(text) {
        return false;
    }
    let Some(parts) = URL.captures(text) else { return false };
    let host = parts.get(2).map_or("", |host| host.as_str());
    let labels: Vec<&str> = host.split('.').collect();
    let good = |label: &&str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    let top = labels.last().copied().unwrap_or_default();
    let has_top = labels.len() > 1 && top.chars().count() >= 2 && !top.contains(|c: char| c.is_ascii_digit() || c == '-');
    // With a protocol any host will do, without one it has to look like an address.
    labels.iter().all(good) && (has_top || parts.get(1).is_some() || host.parse::<std::net::Ipv4Addr>().is_ok())
}

fn choice(options: &Options, value: &Value, report: &mut dyn FnMut(Refusal)) {
    if options.is_closed() {
        if options.label(value).is_none() {
            report(Refusal::Option);
        }
    } else if !is_moderate(value) {
        report(Refusal::TooLarge);
    }
}

fn check_boxes(options: &Options, boxes: &Map<String, Value>, min: usize, max: usize, report: &mut dyn FnMut(Refusal)) {
    if !boxes.values().all(Value::is_boolean) {
        return report(Refusal::Type("un insieme di caselle"));
    }
    // Browsers send an empty name beside the real ones.
    let known = |name: &str| name.is_empty() || options.named(name).is_some();
    if if options.is_closed() { !boxes.keys().all(|name| known(name)) } else { boxes.len() > MAX_FREE_VALUES } {
        report(Refusal::Option);
    }
    let selected = boxes.values().filter(|selected| **selected == Value::Bool(true)).count();
    if selected > 0 && selected < min {
        report(Refusal::MinSelected(min));
    }
    if selected > max {
        report(Refusal::MaxSelected(max));
    }
}

fn day(
    format: &DayFormat,
    min: Option<&Bound>,
    max: Option<&Bound>,
    value: &Value,
    now: DateTime,
    complete: bool,
    report: &mut dyn FnMut(Refusal),
) {
    let Some(day) = value.as_str().and_then(|text| format.parse(text)) else { return report(Refusal::Day) };
    if complete && format.is_incomplete(day) {
        return report(Refusal::Required);
    }
    if let Some(date) = day.date() {
        check_bounds(date, min, max, now, report);
    }
}

/// Bounds are days: the first and the last one are allowed as a whole.
fn check_bounds(date: Date, min: Option<&Bound>, max: Option<&Bound>, now: DateTime, report: &mut dyn FnMut(Refusal)) {
    if let Some(min) = min.map(|min| min.day(now)).filter(|min| date < *min) {
        report(Refusal::MinDate(italian_date(min)));
    }
    if let Some(max) = max.map(|max| max.day(now)).filter(|max| date > *max) {
        report(Refusal::MaxDate(italian_date(max)));
    }
}

/// No answer to one question.
pub(crate) fn is_blank(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_null() || value.as_str().is_some_and(str::is_empty))
}

fn is_split(row: &Value) -> bool {
    let Some(members) = row.as_object() else { return false };
    let scalar = |value: &Value| match value {
        Value::String(text) => text.len() <= 512,
        Value::Array(_) | Value::Object(_) => false,
        _ => true,
    };
    let amount = members.get("importo").or_else(|| members.get("amount"));
    members.len() <= 20 && members.values().all(scalar) && amount.is_none_or(|amount| crate::amount(amount).is_some())
}

/// A value of any shape that is neither deep nor long.
fn is_moderate(value: &Value) -> bool {
    fn visit(value: &Value, depth: usize, left: &mut usize) -> bool {
        if depth > MAX_FREE_DEPTH || *left == 0 {
            return false;
        }
        *left -= 1;
        match value {
            Value::String(text) => text.len() <= MAX_TEXT,
            Value::Array(items) => items.iter().all(|item| visit(item, depth + 1, left)),
            Value::Object(members) => members.iter().all(|(key, member)| key.len() <= 256 && visit(member, depth + 1, left)),
            _ => true,
        }
    }
    visit(value, 0, &mut MAX_FREE_VALUES.clone())
}

/// A number as Italians write it.
pub(crate) fn italian_number(number: f64) -> String {
    number.to_string().replace('.', ",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusals(leaf: &Leaf, value: Value) -> Vec<&'static str> {
        let mut found = Vec::new();
        answer(leaf, &value, "2025-07-01T10:00".parse().unwrap(), true, &mut |refusal| found.push(refusal.code()));
        found
    }

    #[test]
    fn texts() {
        let rules = Text { min: 3, max: 5, max_words: Some(1), mask: Some("99-a*".into()), ..Text::default() };
        let leaf = Leaf::Text(rules);
        assert_eq!(refusals(&leaf, json!("12-b3")), Vec::<&str>::new());
        assert_eq!(refusals(&leaf, json!("1 2")), ["max_words", "mask"]);
        assert_eq!(refusals(&leaf, json!("1")), ["min_length", "mask"]);
        assert_eq!(refusals(&leaf, json!("123456")), ["max_length", "mask"]);
        assert_eq!(refusals(&leaf, json!(12)), ["type"]);
        let (line, lines) =
            (Leaf::Text(Text { max: 9, ..Text::default() }), Leaf::Text(Text { max: 9, lines: true, ..Text::default() }));
        for text in ["a\u{0}", "a\u{1b}[3m", "a\u{85}"] {
            assert_eq!(refusals(&line, json!(text)), ["control_characters"]);
            assert_eq!(refusals(&lines, json!(text)), ["control_characters"]);
        }
        assert_eq!(refusals(&line, json!("a\r\nb")), ["control_characters"]);
        assert_eq!(refusals(&lines, json!("a\r\n\tb")), Vec::<&str>::new());
        assert_eq!(refusals(&Leaf::Text(Text { max: 2, ..Text::default() }), json!("😀")), Vec::<&str>::new());
        assert_eq!(refusals(&Leaf::Text(Text { max: 2, ..Text::default() }), json!("😀a")), ["max_length"]);
    }

    #[test]
    fn addresses() {
        let (email, url) = (Leaf::Email(Text { max: 99, ..Text::default() }), Leaf::Url(Text { max: 99, ..Text::default() }));
        for (text, good) in
            [("a.b@example.it", true), ("a@b", false), ("a b@example.it", false), ("a@[127.0.0.1]", true), ("a@è.it", false)]
        {
            assert_eq!(refusals(&email, json!(text)).is_empty(), good, "{text}");
        }
        for (text, good) in [
            ("https://www.example.it/a?b#c", true),
            ("example.it", true),
            ("http://localhost:3000", true),
            ("localhost", false),
            ("http://10.0.0.1/", true),
            ("8.8.8.8", true),
            ("http://-a.it", false),
            ("a@example.it", false),
            ("javascript:alert(1)", false),
            ("http://exa mple.it", false),
        ] {
            assert_eq!(refusals(&url, json!(text)).is_empty(), good, "{text}");
        }
    }

    #[test]
    fn groups_and_days() {
        let options = Options::of_values(Some(&json!([{"value": "a"}, {"value": "b"}, {"value": "c"}])));
        let boxes = Leaf::Boxes { options, min: 2, max: 2 };
        assert_eq!(refusals(&boxes, json!({"": false, "a": true, "b": true})), Vec::<&str>::new());
        assert_eq!(refusals(&boxes, json!({"a": true, "z": false})), ["option", "min_selected"]);
        assert_eq!(refusals(&boxes, json!({"a": true, "b": true, "c": true})), ["max_selected"]);
        assert_eq!(refusals(&boxes, json!({"a": 1})), ["type"]);
        let format = DayFormat { day_first: true, shown: [true; 3], required: [true; 3] };
        let day = Leaf::Day { format, min: None, max: Bound::parse("moment()") };
        assert_eq!(refusals(&day, json!("01/07/2025")), Vec::<&str>::new());
        assert_eq!(refusals(&day, json!("02/07/2025")), ["max_date"]);
        assert_eq!(refusals(&day, json!("00/07/2025")), ["required"]);
        assert_eq!(refusals(&day, json!("31/02/2025")), ["day"]);
    }

    #[test]
    fn anything_is_bounded() {
        let mut deep = json!(1);
        for _ in 0..20 {
            deep = json!([deep]);
        }
        assert_eq!(refusals(&Leaf::Free, deep), ["too_large"]);
        assert_eq!(refusals(&Leaf::Free, json!(vec![0; 6000])), ["too_large"]);
        assert_eq!(refusals(&Leaf::Free, json!({"lat": 42.0, "lon": 13.0, "display_name": "Via"})), Vec::<&str>::new());
    }
}
