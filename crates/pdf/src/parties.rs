//! Who issues a document and whom it concerns.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Logo, text};

/// The language of the fixed texts of a document. What people wrote stays as they wrote it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Italian.
    #[default]
    It,
    /// German, of South Tyrol.
    De,
    /// English.
    En,
}

/// The public body that issues a document, as its letterhead shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Issuer {
    /// Name of the body: `Comune di Bugliano`.
    pub name: String,
    /// Lines under the name: address, tax code, web site.
    #[serde(default)]
    pub contacts: Vec<String>,
    /// Coat of arms or logo, left of the name.
    #[serde(default)]
    pub logo: Option<Logo>,
}

/// A person or organisation that a document is about or goes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// Name and surname, or the name of the organisation.
    pub name: String,
    /// Codice fiscale or partita IVA.
    #[serde(default)]
    pub tax_id: Option<String>,
    /// Lines of the address: `Via Roma 1`, `56010 Bugliano (PI)`.
    #[serde(default)]
    pub address: Vec<String>,
}

impl Language {
    /// The language's ISO 639 code, by which the templates know it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::It => "it",
            Self::De => "de",
            Self::En => "en",
        }
    }
}

impl Issuer {
    /// What the letterhead prints.
    pub(crate) fn view(&self) -> Value {
        json!({
            "name": text::heading(&self.name),
            "contacts": self.contacts.iter().map(|line| text::body(line)).collect::<Value>(),
            "logo": self.logo.as_ref().map(Logo::view),
        })
    }
}

impl Person {
    /// What the templates print.
    pub(crate) fn view(&self) -> Value {
        json!({
            "name": text::body(&self.name),
            "tax-id": self.tax_id.as_deref().map(text::body),
            "address": self.address.iter().map(|line| text::body(line)).collect::<Value>(),
        })
    }

    /// Name and tax code on one line: `Mario Rossi (RSSMRA80A01H501U)`.
    pub(crate) fn line(&self) -> String {
        match &self.tax_id {
            Some(tax_id) => format!("{} ({tax_id})", self.name),
            None => self.name.clone(),
        }
    }
}
