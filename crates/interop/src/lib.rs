//! The interoperability platform: who offers which API to whom, for what, and the vouchers by which providers know that it is so.
//! README.md has the picture.

pub mod agreements;
pub mod attributes;
pub mod catalog;
pub mod clients;
mod errors;
pub mod explain;
pub mod ids;
pub mod operability;
pub mod purposes;
pub mod risk_analysis;
pub mod roles;
pub mod rules;
pub mod vouchers;

pub use errors::{Error, Fault, Refusal, Service};
