//! Whom messaging asks.

pub mod payment_info;
