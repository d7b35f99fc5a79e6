//! Vouchers: what a client sends, what is made of it, what it gets.

pub mod assertion;
pub mod fault;
pub mod jws;
