//! The questions of the risk analysis, in the languages of the pages.

use serde::Deserialize;

use crate::i18n::Locale;

/// A text in the languages of the pages; German is there for whoever asked for it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Label {
    pub it: String,
    pub de: String,
    pub en: String,
}

impl Label {
    /// The text for whoever reads `locale`, and the language that it is in when that is another one: Italian stands for what is missing.
    pub fn read(&self, locale: Locale) -> (&str, &'static str) {
        let own = match locale {
            Locale::It => &self.it,
            Locale::De => &self.de,
            Locale::En => &self.en,
        };
        if own.is_empty() { (self.it.as_str(), Locale::It.code()) } else { (own.as_str(), "") }
    }
}

/// What makes a question asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Dependency {
    pub id: String,
    pub value: String,
}

/// A value to choose.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Choice {
    pub label: Label,
    pub value: String,
}

/// The bounds of an answer in words.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Bounds {
    pub max_length: usize,
}

/// A question of the risk analysis.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Question {
    pub id: String,
    pub label: Label,
    /// `text`, `radio`, `checkbox` or `switch`.
    pub visual_type: String,
    pub dependencies: Vec<Dependency>,
    pub options: Vec<Choice>,
    pub validation: Option<Bounds>,
}

/// The questions of the risk analysis.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Questions {
    pub version: String,
    pub questions: Vec<Question>,
}
