//! Crashing on purpose, for tests: every step that leaves the process (a commit, a file, a call to somebody else) is counted, and
//! the process aborts at the one that `SPORTELLO_CRASH_AT` names. Without that variable a step costs one atomic read.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

static CRASH_AT: OnceLock<Option<u64>> = OnceLock::new();
static STEPS: AtomicU64 = AtomicU64::new(0);

/// Counts one step; aborts the process, as `kill -9` would, when it is the one chosen.
pub fn step(what: &str) {
    let chosen = CRASH_AT.get_or_init(|| std::env::var("SPORTELLO_CRASH_AT").ok()?.parse().ok());
    let Some(chosen) = chosen else { return };
    if STEPS.fetch_add(1, Ordering::SeqCst) + 1 == *chosen {
        eprintln!("SPORTELLO_CRASH_AT={chosen}: {what}");
        std::process::abort();
    }
}
