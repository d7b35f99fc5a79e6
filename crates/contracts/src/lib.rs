//! The published language: the events that roles, and the programs of other vendors, exchange. One file per topic.
//!
//! Reading is lenient where the events in circulation are (absent members, three spellings of a version, members of other vendors);
//! writing is exact. `samples/` has an event of every kind and version, which never changes once it is there.

pub mod applications;
mod checks;
pub mod documents;
mod envelope;
pub mod io_messages;
mod json;
pub mod messages;
pub mod payments;
mod probe;

pub use envelope::{Decoded, Envelope, Event, NumberVersion, RetryMeta, TextVersion, Version, VersionError, decode, peek, topic};
pub use json::{Extra, Raw};
pub use probe::probe;
