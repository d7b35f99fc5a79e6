//! Vouchers: what a client sends, what is made of it, what it gets.

pub mod assertion;
pub mod dpop;
pub mod fault;
pub mod issue;
pub mod jws;
pub mod keys;
pub mod limits;
mod record;
pub mod request;

#[cfg(test)]
pub(crate) mod testing;
