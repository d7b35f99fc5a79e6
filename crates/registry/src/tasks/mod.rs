//! What waits for somebody else.

pub mod register;
pub mod reinsert;
