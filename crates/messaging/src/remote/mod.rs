//! Content that stays with its sender: how it is asked for ([`configuration`]), what its answers are worth ([`answers`]),
//! and the citizen's signature ([`lollipop`]).

pub mod answers;
pub mod configuration;
pub mod lollipop;
