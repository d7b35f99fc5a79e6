//! Clients and their keys: rules C1 to C9.

pub mod client;
mod der;
pub mod key;

#[cfg(test)]
mod tests;
