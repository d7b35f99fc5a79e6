//! What waits for somebody else: a provider, the platform. One file per queue.

pub mod errands;
pub mod tell;
