//! Calls to action: the front matter that may stand at the top of a text, between lines of `---`. The public guide shows a small part of
//! YAML there, and only that part is read: nested mappings of texts.
//!
//! What is no front matter is text. Nothing is refused: a sender's mistake costs the buttons, not the message.

use std::collections::BTreeMap;

/// A text and its buttons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed<'a> {
    /// The buttons in the language asked for, else in Italian.
    pub calls: Vec<Call>,
    /// The text without its front matter.
    pub text: &'a str,
}

/// A button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What it says.
    pub text: String,
    /// What it does.
    pub action: Action,
}

/// What a button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Leads to a place inside the app: what follows `ioit://`.
    Inside(String),
    /// Opens an address: `https://`, `mailto:`, `sms:` or `tel:`.
    Open(String),
}

const INSIDE: &str = "ioit://";
const HANDLED: &str = "iohandledlink://";

impl Action {
    fn read(text: &str) -> Option<Self> {
        if let Some(place) = text.strip_prefix(INSIDE) {
            return (!place.is_empty()).then(|| Self::Inside(place.to_owned()));
        }
        let address = text.strip_prefix(HANDLED)?;
        let allowed = ["https://", "mailto:", "sms:", "tel:"]
            .iter()
            .any(|scheme| address.len() > scheme.len() && address.starts_with(scheme));
        allowed.then(|| Self::Open(address.to_owned()))
    }
}

/// Takes a text apart; `language` is `it` or `en`.
pub fn parse<'a>(markdown: &'a str, language: &str) -> Parsed<'a> {
    let plain = Parsed { calls: Vec::new(), text: markdown };
    let Some((front, text)) = split(markdown) else { return plain };
    let values = mapping(front);
    // Italian must be there; without it the buttons are nobody's.
    let calls =
        |language: &str| ["cta_1", "cta_2"].map(|name| call(&values, language, name)).into_iter().flatten().collect::<Vec<_>>();
    let italian = calls("it");
    if italian.is_empty() {
        return Parsed { calls: italian, text };
    }
    let wanted = calls(language);
    Parsed { calls: if wanted.is_empty() { italian } else { wanted }, text }
}

fn call(values: &BTreeMap<String, String>, language: &str, name: &str) -> Option<Call> {
    let text = values.get(&format!("{language}.{name}.text")).filter(|text| !text.is_empty())?.clone();
    let action = Action::read(values.get(&format!("{language}.{name}.action"))?)?;
    Some(Call { text, action })
}

/// Front matter and text. The first line, and a later one, must be `---`.
fn split(markdown: &str) -> Option<(&str, &str)> {
    let rest = markdown.trim_start_matches('\u{feff}').strip_prefix("---")?;
    let rest = rest.strip_prefix('\n').or_else(|| rest.strip_prefix("\r\n"))?;
    let mut start = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some((&rest[..start], rest[start + line.len()..].trim_start_matches(['\r', '\n'])));
        }
        start += line.len();
    }
    None
}

/// Nested mappings of texts: `it:` over `cta_1:` over `text: "..."` is `it.cta_1.text`.
fn mapping(front: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut path: Vec<(usize, &str)> = Vec::new();
    for line in front.lines() {
        let trimmed = line.trim();
        let Some((name, value)) = trimmed.split_once(':').filter(|_| !trimmed.starts_with('#')) else { continue };
        let indent = line.len() - line.trim_start().len();
        path.retain(|(outer, _)| *outer < indent);
        path.push((indent, name.trim()));
        let value = unquote(value.trim());
        if !value.is_empty() {
            let names: Vec<_> = path.iter().map(|(_, name)| *name).collect();
            values.insert(names.join("."), value.to_owned());
        }
    }
    values
}

fn unquote(value: &str) -> &str {
    let quoted = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    quoted('"').or_else(|| quoted('\'')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "---\nit:\n    cta_1:\n        text: \"Prenota\"\n        action: \"iohandledlink://https://example.it/prenota?a=b:c\"\n    cta_2:\n        text: 'Chiama'\n        action: iohandledlink://tel:0551234\nen:\n    cta_1:\n        text: Book\n        action: ioit://services\n---\n# Titolo\n\nTesto";

    #[test]
    fn buttons_are_read_in_the_language_asked_for() {
        let italian = parse(TEXT, "it");
        assert_eq!(italian.text, "# Titolo\n\nTesto");
        let open = |address: &str| Action::Open(address.to_owned());
        assert_eq!(italian.calls[0], Call { text: "Prenota".into(), action: open("https://example.it/prenota?a=b:c") });
        assert_eq!(italian.calls[1], Call { text: "Chiama".into(), action: open("tel:0551234") });
        let english = parse(TEXT, "en");
        assert_eq!(english.calls, [Call { text: "Book".into(), action: Action::Inside("services".into()) }]);
        assert_eq!(parse(TEXT, "de").calls, italian.calls, "Italian is what everybody falls back to");
    }

    #[test]
    fn without_italian_there_are_no_buttons() {
        let text = TEXT.replace("it:\n", "fr:\n");
        assert_eq!(parse(&text, "en").calls, []);
    }

    #[test]
    fn addresses_of_other_schemes_are_no_buttons() {
        for action in [
            "https://example.it",
            "iohandledlink://javascript:alert(1)",
            "iohandledlink://http://x.it",
            "iohandledlink://tel:",
            "ioit://",
            "",
        ] {
            assert_eq!(Action::read(action), None, "{action}");
        }
    }

    #[test]
    fn what_is_no_front_matter_is_text() {
        for text in ["", "---", "---\nit:\n", "Testo\n---\nit:\n---\n", "----\nx\n---\n", "--- \nx\n---\n"] {
            assert_eq!(parse(text, "it"), Parsed { calls: Vec::new(), text }, "{text:?}");
        }
        assert_eq!(parse("---\r\nit:\r\n---\r\nTesto", "it").text, "Testo");
    }

    proptest! {
        #[test]
        fn any_text_is_taken_apart(text in "(---\n)?\\PC{0,60}\n(---\n)?[ a-z:\n\"']{0,80}") {
            prop_assert!(text.ends_with(parse(&text, "it").text));
        }
    }
}
