//! A message: what a sender may put into it ([`content`]), and where it stands ([`state`]). Everything here is pure.

pub mod content;
pub mod cta;
pub mod state;

pub use content::{Content, FeatureLevel, NewMessage, ThirdParty};
pub use state::{Command, Rejection, State};
