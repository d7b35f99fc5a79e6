//! Tenants whose documents are registered.

pub mod change;
pub mod create;
pub mod get;
pub mod list;
pub mod remove;
pub mod replace;
