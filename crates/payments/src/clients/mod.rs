//! What payments ask the other roles.

mod operators;

pub use operators::{Operators, Reach};
