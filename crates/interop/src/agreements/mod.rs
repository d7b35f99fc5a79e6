//! Agreements (richieste di fruizione): rules G1 to G11 and the state function.

pub mod agreement;
pub mod commands;
pub mod state;

#[cfg(test)]
pub(crate) mod tests;
