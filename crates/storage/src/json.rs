//! Values that are kept as JSON text in a column.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// A value as the JSON text of a column.
///
/// # Errors
/// [`Error::Defect`] when it cannot be written as JSON.
pub fn to_text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Defect(error.to_string()))
}

/// The value of a column of JSON text.
///
/// # Errors
/// [`Error::Defect`] with the place of the mistake, and nothing of what stands there.
pub fn from_text<T: DeserializeOwned>(text: &str) -> Result<T> {
    kernel::read_json(text).map_err(|error| Error::Defect(format!("stored value not understood: {error}")))
}
