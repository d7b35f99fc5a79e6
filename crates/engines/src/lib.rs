//! Real engines for tests: PostgreSQL, Apache Kafka, S3 and Azure Blob on this machine, at drawn ports of the loopback.
//!
//! `./dev test` starts PostgreSQL, Kafka and Azurite once for the whole workspace (the binary of this crate) and says where in
//! the variables below; a test run by hand finds none and starts its own, once per test process. Nothing outlives the process
//! that started it, and no two tests meet: every call gives a database, a bucket or a container of its own, and [`unique`]
//! draws names of topics and groups.
//!
//! | engine | variable | what it is |
//! | --- | --- | --- |
//! | [`postgres`] | `SPORTELLO_TEST_POSTGRES` | the system's PostgreSQL, run as an unprivileged user, fsync off |
//! | [`kafka`] | `SPORTELLO_TEST_KAFKA` | Apache Kafka, one KRaft node, jars from Maven Central in the cache |
//! | [`azurite`] | `SPORTELLO_TEST_AZURITE` | Microsoft's Azurite from npm in the cache |
//! | [`s3`] | | `s3s-fs`, in this process |
//!
//! This crate imports none of ours, so that every crate's tests can use it.

mod azurite;
mod cache;
mod certificate;
mod kafka;
mod leash;
mod postgres;
mod s3;

pub use azurite::{Azurite, Container, azurite};
pub use certificate::certify;
pub use kafka::{Kafka, kafka};
pub use postgres::{Database, Fsync, Postgres, postgres, postgres_from};
pub use s3::{Bucket, s3};

use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, PoisonError};

/// `base` followed by a drawn suffix: `unique("payments")` is something like `payments-1f3a...`. For topics, groups, buckets.
pub fn unique(base: &str) -> String {
    format!("{base}-{:016x}", RandomState::new().build_hasher().finish())
}

/// A port of the loopback that was free a moment ago, and that this process gives to nobody else: who is to listen there may take a while to start. It is
/// below those that the system gives to outgoing connections.
///
/// # Errors
/// When none of a hundred drawn ones is free.
pub fn free_port() -> io::Result<u16> {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let draw = || 16_384 + u16::try_from(RandomState::new().build_hasher().finish() % 16_384).unwrap_or_default();
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut drawn = std::iter::repeat_with(draw).take(100);
    drawn.find(|port| is_free(port) && given.insert(*port)).ok_or_else(|| io::Error::other("no port is free"))
}

/// Runs `start` again when it fails, twice at most: between drawing a port and listening on it somebody else may have taken it.
fn with_drawn_ports<T>(start: impl Fn() -> io::Result<T>) -> io::Result<T> {
    start().or_else(|_| start()).or_else(|_| start())
}

/// The value, or a panic that names the engine: a test without its engine has failed.
fn expect<T>(engine: &str, result: io::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{engine} for tests is not available: {error}"))
}
