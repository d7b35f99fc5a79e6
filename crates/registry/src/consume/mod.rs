//! What is read from each topic.

pub mod applications;
pub mod documents;
