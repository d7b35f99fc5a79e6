//! Randomness as a parameter.

use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use uuid::{Builder, Uuid};

use crate::RomeTime;

/// Where random bytes come from: the operating system's seeds, or one of its own in tests. Cheap to clone; clones share one sequence.
#[derive(Clone)]
pub struct Rng(Source);

#[derive(Clone)]
enum Source {
    System,
    Seeded(Arc<Mutex<StdRng>>),
}

impl std::fmt::Debug for Rng {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rng")
    }
}

impl Rng {
    /// A generator for each thread that the operating system seeds again and again, fit for keys and session identifiers: asking the
    /// system itself for every identifier would cost more than all else about it.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A reproducible sequence for tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed)))))
    }

    /// `N` random bytes.
    // The one place where randomness is ambient: all others get it from here.
    #[allow(clippy::disallowed_methods)]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System => rand::rng().fill_bytes(&mut bytes),
            Source::Seeded(rng) => rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes),
        }
        bytes
    }

    /// A random identifier (version 4): for anything whose order must not be guessed.
    pub fn uuid(&self) -> Uuid {
        Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// An identifier that sorts by `at` (version 7): for rows and events, so that indexes grow at one end.
    pub fn uuid_at(&self, at: RomeTime) -> Uuid {
        let millis = u64::try_from(at.as_microsecond() / 1_000).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    /// A number from 0 to `below - 1`; 0 when `below` is 0. The bias is below 2^-32 for `below` under 2^32.
    pub fn below(&self, below: u64) -> u64 {
        u64::from_le_bytes(self.bytes()).checked_rem(below).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_identifiers() {
        let at = RomeTime::from_microsecond(1_700_000_000_000_000).unwrap();
        assert_eq!(Rng::seeded(7).uuid_at(at), Rng::seeded(7).uuid_at(at));
        assert_ne!(Rng::seeded(7).uuid(), Rng::seeded(8).uuid());
    }

    #[test]
    fn identifiers_by_time_sort_by_time() {
        let rng = Rng::seeded(1);
        let early = rng.uuid_at(RomeTime::from_microsecond(1_700_000_000_000_000).unwrap());
        let late = rng.uuid_at(RomeTime::from_microsecond(1_700_000_000_001_000).unwrap());
        assert!(early < late);
    }
}
