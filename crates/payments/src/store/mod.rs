//! Every SQL statement of payments.
//!
//! [`home`] and [`configurations`] are what a proxy keeps: the platform's database is their home, so that intent, state and event are
//! one transaction. `crate::tree` keeps the storage tree of the documentation beside it.

pub mod carts;
pub mod configurations;
pub mod home;
pub mod imports;
pub mod marks;
pub mod read_model;
pub mod search;
pub mod tree;

pub use storage::Purpose;
use storage::{from_text, to_text};
