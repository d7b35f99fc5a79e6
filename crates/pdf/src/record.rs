//! What was agreed or declared, as it stood at an instant: facts and lists of them. The words are the caller's own, in its language.

use kernel::{RomeTime, Uuid};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::text::{body, heading, label, paragraphs};
use crate::typeset::Sheet;
use crate::{Issuer, Language, PdfError};

/// A record of something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordDocument {
    /// Language of whatever is written in it.
    #[serde(default)]
    pub language: Language,
    /// Who keeps the record.
    pub issuer: Issuer,
    /// What kind of record it is: `Richiesta di fruizione`.
    pub kind: String,
    /// What it is about.
    pub title: String,
    /// What it is the record of.
    pub id: Uuid,
    /// What stands first.
    pub facts: Vec<Fact>,
    /// The rest.
    pub sections: Vec<RecordSection>,
    /// What is said of the record itself, at its end.
    #[serde(default)]
    pub note: String,
    /// When it was so; also the date of the file.
    pub at: RomeTime,
}

/// A label and what stands beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it says.
    pub label: String,
    /// The value; empty lines separate paragraphs.
    pub value: String,
}

/// Facts under a heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSection {
    /// The heading.
    pub title: String,
    /// The facts.
    pub facts: Vec<Fact>,
    /// Whether labels are sentences, which stand over their values.
    #[serde(default)]
    pub long_labels: bool,
    /// What stands there when there are none.
    pub none: String,
}

impl Fact {
    /// A fact.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }

    fn view(&self) -> Value {
        json!([label(&self.label), body(&self.value)])
    }
}

/// The record as a PDF.
///
/// # Errors
/// [`PdfError::TooLarge`] when the texts are over 512 KiB; [`PdfError::Typesetting`] is an error of this crate.
pub fn record(document: &RecordDocument) -> Result<Vec<u8>, PdfError> {
    let RecordDocument { language, issuer, kind, title, id, facts, sections, note, at } = document;
    let section = |section: &RecordSection| {
        json!({
            "title": heading(&section.title),
            "facts": section.facts.iter().map(Fact::view).collect::<Value>(),
            "long": section.long_labels,
            "none": body(&section.none),
        })
    };
    Sheet {
        template: "record.typ",
        data: json!({
            "language": language.code(),
            "issuer": issuer.view(),
            "kind": heading(kind),
            "title": heading(title),
            "id": id.to_string(),
            "facts": facts.iter().map(Fact::view).collect::<Value>(),
            "sections": sections.iter().map(section).collect::<Value>(),
            "note": paragraphs(note),
        }),
        logo: issuer.logo.as_ref(),
        at: *at,
        identity: format!("record {kind} {id} {at}"),
    }
    .typeset()
}
