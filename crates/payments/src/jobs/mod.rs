//! Work that comes round with time.

pub mod poll;
