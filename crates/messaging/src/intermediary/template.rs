//! Texts with placeholders: `Gentile {{nome}}, la rata scade il {{scadenza}}.`

use std::collections::BTreeSet;

use kernel::FieldError;
use serde::{Deserialize, Serialize};

use super::layout::{Columns, column_name};

/// A text with placeholders. What is stored under a version never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its name.
    #[schema(example = "TARI, rata unica")]
    pub name: String,
    /// The title.
    #[schema(example = "TARI {{anno}}: la rata scade il {{scadenza}}")]
    pub subject: String,
    /// The text, in Markdown.
    pub markdown: String,
    /// Whether it is sent as Premium.
    #[serde(default)]
    pub premium: bool,
    /// Whether notifications show nothing of it.
    #[serde(default)]
    pub secure: bool,
}

/// A piece of a text.
enum Piece<'a> {
    Text(&'a str),
    Column(String),
}

/// The pieces of a text; a placeholder that does not end is text.
fn pieces(mut text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    while let Some((before, rest)) = text.split_once("{{") {
        let Some((name, after)) = rest.split_once("}}") else { break };
        pieces.push(Piece::Text(before));
        pieces.push(Piece::Column(column_name(name)));
        text = after;
    }
    pieces.push(Piece::Text(text));
    pieces
}

impl Template {
    /// The columns that the texts need.
    pub fn columns(&self) -> BTreeSet<String> {
        let all = pieces(&self.subject).into_iter().chain(pieces(&self.markdown));
        all.filter_map(|piece| if let Piece::Column(name) = piece { Some(name) } else { None }).collect()
    }

    /// Every field that is wrong. How long the texts are is judged row by row: it depends on what is filled in.
    pub fn complaints(&self) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        for (field, text, what) in [
            ("/name", &self.name, "il nome del modello"),
            ("/subject", &self.subject, "l'oggetto"),
            ("/markdown", &self.markdown, "il testo"),
        ] {
            if text.trim().is_empty() {
                wrong.push(FieldError::new(field, "invalid", format!("indicare {what}")));
            } else if text.chars().count() > 20_000 {
                wrong.push(FieldError::new(field, "invalid", format!("{what} ha più di 20000 caratteri")));
            }
        }
        for (field, text) in [("/subject", &self.subject), ("/markdown", &self.markdown)] {
            let plain =
                pieces(text).iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains("{{") || text.contains("}}")));
            let unnamed = pieces(text).iter().any(|piece| matches!(piece, Piece::Column(name) if name.is_empty()));
            if plain || unnamed {
                wrong.push(FieldError::new(field, "invalid", "un segnaposto non è chiuso o non ha nome: usare {{colonna}}"));
            }
        }
        wrong
    }
}

/// Bytes from which on a text is too long in any language: nothing more is filled in.
const TOO_LONG: usize = 64 * 1024;

/// `text` with its placeholders filled in from `columns`. What becomes far too long is left unfinished: somebody will say that it is.
///
/// # Errors
/// The columns that are missing or empty.
pub fn render(text: &str, columns: &Columns) -> Result<String, Vec<String>> {
    let (mut rendered, mut missing) = (String::with_capacity(text.len() + 64), Vec::new());
    for piece in pieces(text) {
        if rendered.len() > TOO_LONG {
            break;
        }
        match piece {
            Piece::Text(text) => rendered.push_str(text),
            Piece::Column(name) => match columns.get(&name).filter(|value| !value.is_empty()) {
                Some(value) => rendered.push_str(value),
                None => missing.push(name),
            },
        }
    }
    if missing.is_empty() { Ok(rendered) } else { Err(missing) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn columns(pairs: &[(&str, &str)]) -> Columns {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn placeholders_are_filled_in_once() {
        let row = columns(&[("nome", "Anna {{anno}}"), ("anno", "2025"), ("vuota", "")]);
        assert_eq!(
            render("Gentile {{ Nome }}: {{anno}}", &row).unwrap(),
            "Gentile Anna {{anno}}: 2025",
            "what is filled in is no text of ours"
        );
        assert_eq!(render("{{manca}} {{vuota}} {{nome}}", &row).unwrap_err(), ["manca", "vuota"]);
    }

    #[test]
    fn a_text_that_repeats_a_huge_value_does_not_fill_the_memory() {
        let row = columns(&[("a", &"x".repeat(1_000_000))]);
        assert_eq!(render(&"{{a}}".repeat(4_000), &row).unwrap().len(), 1_000_000);
    }

    #[test]
    fn a_placeholder_that_does_not_end_is_refused_when_the_template_is_made() {
        let template = |subject: &str| Template {
            name: "x".into(),
            subject: subject.into(),
            markdown: "{{a}} e {{B c}}".into(),
            premium: false,
            secure: false,
        };
        assert_eq!(template("Oggetto {{x}}").complaints(), []);
        assert_eq!(template("Oggetto {{x}}").columns().into_iter().collect::<Vec<_>>(), ["a", "b_c", "x"]);
        for subject in ["Oggetto {{x", "Oggetto x}}", "Oggetto {{}}", ""] {
            assert_eq!(template(subject).complaints()[0].field, "/subject", "{subject}");
        }
    }

    proptest! {
        #[test]
        fn a_text_without_placeholders_stays_as_it_is(text in "[^{}]{0,200}") {
            prop_assert_eq!(render(&text, &Columns::new()).unwrap(), text);
        }
    }
}
