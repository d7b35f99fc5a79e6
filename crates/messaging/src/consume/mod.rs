//! One file per consumed topic.

pub mod payments;
pub mod process;
