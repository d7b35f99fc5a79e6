//! demo
pub mod registry;
pub mod psp;
