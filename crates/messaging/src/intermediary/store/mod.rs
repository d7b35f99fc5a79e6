//! Every SQL statement of the intermediary.

pub mod lots;
pub mod people;
pub mod rows;
pub mod services;
pub mod shared;
pub mod tickets;

pub(crate) use crate::store::{from_text, to_text, word};
