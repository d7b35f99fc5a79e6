//! Every SQL statement of payments.
//!
//! [`home`] and [`configurations`] are what a proxy keeps: the platform's database is their home, so that intent, state and event are
//! one transaction. `crate::tree` keeps the storage tree of the documentation beside it.

pub mod configurations;
pub mod home;
pub mod imports;
pub mod marks;
pub mod read_model;
pub mod search;
pub mod tree;

use serde::Serialize;
use serde::de::DeserializeOwned;
use storage::{Error, Result, Tx};

/// Why a row is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To look at it.
    Look,
    /// To change it in the same transaction: others who want to change it wait.
    Change,
}

impl Purpose {
    /// What the `SELECT` ends with.
    fn lock(self, tx: &Tx<'_>) -> &'static str {
        match self {
            Self::Look => "",
            Self::Change => tx.for_update(),
        }
    }
}

/// A value as the JSON text of a column.
fn to_text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Defect(error.to_string()))
}

/// The value of a column of JSON text.
fn from_text<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Defect(format!("stored value not understood: {error}")))
}
