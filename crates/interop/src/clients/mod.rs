//! Clients, keychains of producers, and their keys: rules C1 to C10.

pub mod client;
mod der;
pub mod key;
pub mod keychain;
pub mod members;

#[cfg(test)]
mod tests;
