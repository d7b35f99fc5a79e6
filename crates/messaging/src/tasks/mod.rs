//! Work that waits for others.

pub mod tell;
