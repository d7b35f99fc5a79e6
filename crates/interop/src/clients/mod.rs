//! Clients and their keys: rules C1 to C9.

pub mod client;
pub mod key;
mod der;

#[cfg(test)]
mod tests;
