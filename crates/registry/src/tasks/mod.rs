//! What waits for somebody else.

pub mod register;
