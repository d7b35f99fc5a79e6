//! demo
pub mod registry;
