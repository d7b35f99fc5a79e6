//! The catalogue: e-services and their versions (rules E1 to E15).

pub mod descriptor;
pub mod documents;
pub mod eservice;
pub mod publish;

#[cfg(test)]
pub(crate) mod tests;
