//! Every SQL statement of the platform. An aggregate is one row whose `body` is all of it; whatever a voucher rests on is copied into
//! `interop_standings` by the same call that saves the aggregate, so in the same transaction.

pub mod agreements;
pub mod audit;
pub mod bodies;
pub mod clients;
pub mod consents;
pub mod eservices;
pub mod feed;
pub mod history;
pub mod keychains;
pub mod lists;
pub mod purposes;
pub mod signing_keys;
pub mod standings;
pub mod thumbprints;

use serde::Serialize;
use serde::de::DeserializeOwned;
pub use storage::Purpose;
use storage::{Error, Result, Row, from_text, to_text};

/// The aggregate of a row whose first column is its body.
fn body<T: DeserializeOwned>(row: &Row<'_>) -> Result<T> {
    from_text(row.text(0)?)
}

/// A state as its name in a column.
pub(crate) fn name_of(value: &impl Serialize) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(Error::Defect("a state without a name".to_owned())),
    }
}

/// The state of a name in a column.
fn state_of<T: DeserializeOwned>(name: String) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(name)).map_err(|error| Error::Defect(error.to_string()))
}
