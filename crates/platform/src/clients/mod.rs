//! Whom the platform asks.

pub mod io;
