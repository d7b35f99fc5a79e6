//! Whom messaging asks.

pub mod payment_info;
pub mod sender;
