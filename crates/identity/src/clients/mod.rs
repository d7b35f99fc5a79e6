//! The other roles, as far as this one needs them.

pub mod platform;
