//! Events between roles: the embedded log (the `events` table of the database) or Apache Kafka, read by consumers.
//!
//! Guarantees, the same on both: events of one key stay in order; every event reaches every consumer at least once; an event is never
//! visible before its transaction commits and never lost after; a consumer's effect happens once per event id.

mod consumer;
mod embedded;
mod kafka;
mod letters;
mod returned;
mod security;
mod stop;

use std::str::FromStr;

pub use consumer::{Consumer, Event, Failure, Outcome};
pub use embedded::run as run_embedded;
pub use kafka::{Kafka, KafkaError, RELAY};
pub use letters::{Stays, replay};
pub use security::{Credentials, Mechanism, Protocol, Security};
pub use stop::{Stop, Stopper};

/// Which bus: `embedded:` or `kafka://host:port[,host:port]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BusUrl {
    /// The `events` table of the database is the log.
    Embedded,
    /// The bootstrap servers of a Kafka cluster.
    Kafka(String),
}

impl FromStr for BusUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("kafka://") {
            Some(servers)
                if servers
                    .split(',')
                    .all(|server| server.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok())) =>
            {
                Ok(Self::Kafka(servers.trim_end_matches('/').to_owned()))
            }
            None if text == "embedded:" || text == "embedded" => Ok(Self::Embedded),
            _ => Err("usare embedded: oppure kafka://host:porta[,host:porta]".to_owned()),
        }
    }
}

impl std::fmt::Display for BusUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Embedded => f.write_str("embedded:"),
            Self::Kafka(servers) => write!(f, "kafka://{servers}"),
        }
    }
}

/// Where a consumer group that Kafka does not know begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OffsetReset {
    /// At the first event of the topic: none is missed.
    #[default]
    Earliest,
    /// At the events to come: for a role that takes the place of somebody who dealt with the others.
    Latest,
}

impl FromStr for OffsetReset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "earliest" => Ok(Self::Earliest),
            "latest" => Ok(Self::Latest),
            _ => Err("usare earliest oppure latest".to_owned()),
        }
    }
}

impl std::fmt::Display for OffsetReset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Earliest => "earliest",
            Self::Latest => "latest",
        })
    }
}
