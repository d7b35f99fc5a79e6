//! Time as a parameter.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use crate::RomeTime;

/// Where the current instant comes from: the machine, or a test that moves it by hand. Cheap to clone; clones of a manual
/// clock share its hands.
#[derive(Clone, Debug)]
pub struct Clock(Hands);

#[derive(Clone, Debug)]
enum Hands {
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Hands::System)
    }

    /// A clock that stands at `start` until [`Clock::advance`] or [`Clock::set`] moves it.
    pub fn manual(start: Timestamp) -> Self {
        Self(Hands::Manual(Arc::new(AtomicI64::new(start.as_microsecond()))))
    }

    /// The current instant, to the microsecond (what every engine stores without loss).
    #[allow(clippy::disallowed_methods)] // the one place where the machine's clock is read
    pub fn now(&self) -> RomeTime {
        let micros = match &self.0 {
            Hands::System => Timestamp::now().as_microsecond(),
            Hands::Manual(micros) => micros.load(Ordering::SeqCst),
        };
        RomeTime::from_microsecond(micros).expect("a clock stays within the years -9999 to 9999")
    }

    /// Moves a manual clock forward (or back, if negative). Does nothing on the machine's clock.
    pub fn advance(&self, by: SignedDuration) {
        if let Hands::Manual(micros) = &self.0 {
            let step = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
            micros.fetch_add(step, Ordering::SeqCst);
        }
    }

    /// Sets a manual clock to `at`. Does nothing on the machine's clock.
    pub fn set(&self, at: Timestamp) {
        if let Hands::Manual(micros) = &self.0 {
            micros.store(at.as_microsecond(), Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_manual_clock_move_together() {
        let clock = Clock::manual("2025-03-30T00:59:59Z".parse().unwrap());
        let other = clock.clone();
        clock.advance(SignedDuration::from_secs(1));
        assert_eq!(other.now().to_string(), "2025-03-30T03:00:00+02:00");
    }
}
