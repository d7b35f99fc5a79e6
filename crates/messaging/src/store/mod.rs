//! Every SQL statement of messaging.

pub mod accounts;
pub mod citizens;
pub mod configurations;
pub mod messages;
pub mod reminders;
pub mod services;

use storage::{Error, Result};
pub use storage::{from_text, to_text};

/// The value of a column that has one of a few words.
pub fn word<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::Defect(format!("stored word not understood: {text}")))
}
