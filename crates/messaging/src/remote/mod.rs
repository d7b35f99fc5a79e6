//! Content that stays with its sender: how it is asked for ([`configuration`]), and what its answers are worth ([`answers`]).

pub mod configuration;
