//! How many calls an organisation may make: 150 in 5 seconds, 250 under another contract, any number under a third. All keys of an
//! organisation share one window, which begins with the first call after the last one ended.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;
use kernel::RomeTime;

use crate::groups::{Group, Groups};

/// Length of a window.
const WINDOW: SignedDuration = SignedDuration::from_secs(5);
/// Windows that are remembered before those that have ended are forgotten.
const REMEMBERED: usize = 10_000;

/// Calls in a window; `None`: any number.
pub fn allowance(groups: &Groups) -> Option<u32> {
    match groups {
        groups if groups.has(Group::ApiNoRateLimit) => None,
        groups if groups.has(Group::ApiRateLimit250) => Some(250),
        _ => Some(150),
    }
}

/// The calls of an organisation since its window began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    began: RomeTime,
    calls: u32,
}

/// Counts calls, in memory: each process has windows of its own.
#[derive(Debug, Default)]
pub struct Limiter(Mutex<HashMap<String, Window>>);

/// Too many calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// Seconds, at least one, after which the next window begins.
    pub retry_after_s: u64,
}

impl Limiter {
    /// Counts a call of `account`, unless it is one too many. Gives how many are left.
    ///
    /// # Errors
    /// [`Exceeded`]: it was not counted.
    pub fn count(&self, account: &str, allowance: u32, now: RomeTime) -> Result<u32, Exceeded> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= REMEMBERED {
            windows.retain(|_, window| is_open(*window, now));
        }
        let fresh = Window { began: now, calls: 0 };
        let window = match windows.get_mut(account) {
            Some(window) => window,
            None => windows.entry(account.to_owned()).or_insert(fresh),
        };
        if !is_open(*window, now) {
            *window = fresh;
        }
        if window.calls >= allowance {
            let left = WINDOW - now.since(window.began);
            let whole = left.as_secs() + i64::from(left.subsec_nanos() > 0);
            return Err(Exceeded { retry_after_s: u64::try_from(whole.max(1)).unwrap_or(1) });
        }
        window.calls += 1;
        Ok(allowance - window.calls)
    }
}

/// Whether the window holds at `now`; a clock that was put back ends it.
fn is_open(window: Window, now: RomeTime) -> bool {
    let age = now.since(window.began);
    !age.is_negative() && age < WINDOW
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> RomeTime {
        RomeTime::from_microsecond(1_700_000_000_000_000 + millis * 1_000).unwrap()
    }

    #[test]
    fn the_contract_says_how_many_calls() {
        let of = |names: &str| allowance(&Groups::read(names));
        assert_eq!((of(""), of("ApiRateLimit250"), of("ApiRateLimit250,ApiNoRateLimit")), (Some(150), Some(250), None));
    }

    #[test]
    fn a_window_takes_its_allowance_and_then_nothing_until_it_ends() {
        let limiter = Limiter::default();
        assert_eq!(limiter.count("a", 2, at(0)), Ok(1));
        assert_eq!(limiter.count("a", 2, at(10)), Ok(0));
        assert_eq!(limiter.count("a", 2, at(20)), Err(Exceeded { retry_after_s: 5 }));
        assert_eq!(limiter.count("b", 2, at(20)), Ok(1), "another organisation");
        assert_eq!(limiter.count("a", 2, at(4_999)), Err(Exceeded { retry_after_s: 1 }));
        assert_eq!(limiter.count("a", 2, at(5_000)), Ok(1));
    }

    #[test]
    fn a_clock_that_is_put_back_locks_nobody_out() {
        let limiter = Limiter::default();
        assert_eq!(limiter.count("a", 1, at(3_600_000)), Ok(0));
        assert_eq!(limiter.count("a", 1, at(0)), Ok(0));
    }
}
