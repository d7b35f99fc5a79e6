//! How many vouchers may be asked for. Every request counts, whatever comes of it.

use std::hash::Hash;
use std::time::Duration;

use kernel::RomeTime;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

/// So many requests in an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Requests that may follow one another at once.
    pub requests: u32,
    /// Time after which as many more may.
    pub interval: Duration,
}

/// What an answer tells of a limit, in its headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The limit.
    pub limit: Limit,
    /// Requests that may follow at once.
    pub remaining: u32,
    /// Whether this one may.
    pub allowed: bool,
}

/// Counts by key: a bucket that holds a limit's requests and empties evenly. What is kept is the instant at which it will be empty, in
/// microseconds, so nothing has to be reset.
#[derive(Clone)]
pub struct Limiter<K: Hash + Eq + Send + Sync + 'static> {
    limit: Limit,
    empty_at: Cache<K, i64>,
}

/// Time after which a key that has not come again is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(600);
/// Most keys that are remembered; whoever is forgotten has an empty bucket.
const REMEMBERED: u64 = 50_000;

impl<K: Hash + Eq + Send + Sync + 'static> Limiter<K> {
    /// With every bucket empty.
    pub fn new(limit: Limit) -> Self {
        // A bucket is empty after one interval without requests. Whoever comes is remembered, whoever has not come for long is forgotten:
        // an eviction by popularity would leave newcomers without a limit.
        let kept = limit.interval.saturating_mul(2).max(FORGOTTEN);
        let cache = Cache::builder().max_capacity(REMEMBERED).time_to_idle(kept).eviction_policy(EvictionPolicy::lru());
        Self { limit, empty_at: cache.build() }
    }

    /// Counts a request of `key`.
    pub fn take(&self, key: K, now: RomeTime) -> Allowance {
        let interval = i64::try_from(self.limit.interval.as_micros()).unwrap_or(i64::MAX);
        let step = (interval / i64::from(self.limit.requests)).max(1);
        let now = now.as_microsecond();
        let mut allowed = false;
        let entry = self.empty_at.entry(key).and_upsert_with(|held| {
            let before = held.map_or(now, |entry| entry.into_value()).max(now);
            allowed = before + step - now <= interval;
            if allowed { before + step } else { before }
        });
        let left = (interval - (entry.into_value() - now)).max(0) / step;
        Allowance { limit: self.limit, remaining: u32::try_from(left).unwrap_or(u32::MAX), allowed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_at_once_and_then_evenly() {
        let at = |millis: i64| RomeTime::from_microsecond(1_772_000_000_000_000 + millis * 1000).unwrap();
        let limiter = Limiter::new(Limit { requests: 3, interval: Duration::from_millis(300) });
        let take = |key: u8, millis: i64| {
            let allowance = limiter.take(key, at(millis));
            (allowance.allowed, allowance.remaining)
        };
        assert_eq!([take(1, 0), take(1, 0), take(1, 0), take(1, 0)], [(true, 2), (true, 1), (true, 0), (false, 0)]);
        assert_eq!(take(2, 0), (true, 2), "each key has its own");
        assert_eq!([take(1, 99), take(1, 100), take(1, 100)], [(false, 0), (true, 0), (false, 0)]);
        assert_eq!(take(1, 10_000), (true, 2));
    }
}
