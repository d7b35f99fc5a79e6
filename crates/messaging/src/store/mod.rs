//! Every SQL statement of messaging.

pub mod accounts;
pub mod citizens;
pub mod configurations;
pub mod messages;
pub mod reminders;
pub mod services;

use serde::Serialize;
use serde::de::DeserializeOwned;
use storage::{Error, Result};

/// A value as the JSON text of a column.
pub fn to_text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Defect(error.to_string()))
}

/// The value of a column of JSON text.
pub fn from_text<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Defect(format!("stored value not understood: {error}")))
}

/// The value of a column that has one of a few words.
pub fn word<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::Defect(format!("stored word not understood: {text}")))
}
