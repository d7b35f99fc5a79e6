//! A service: what its organisation says of it ([`payload`]), where it stands ([`lifecycle`]), how it is judged ([`review`]). Pure.

pub mod lifecycle;
pub mod payload;
pub mod review;
pub mod topics;

pub use lifecycle::{Command, Publication, State};
pub use payload::Payload;
