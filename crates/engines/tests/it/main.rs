//! Each engine does what its tests will ask of it, and none outlives its process.

#![allow(clippy::unwrap_used)]

mod kafka;
mod leash;
mod objects;
mod postgres;

use std::time::{Duration, Instant};

/// Asks `done` until it says yes; fails after 30 s.
fn eventually(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < deadline, "waited 30 s in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
