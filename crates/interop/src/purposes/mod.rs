//! Purposes (finalità) and the load that they declare: rules P1 to P15.

pub mod commands;
pub mod purpose;
pub mod quota;

#[cfg(test)]
pub(crate) mod tests;
