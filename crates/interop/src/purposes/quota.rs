//! The thresholds of an e-service and what is left of them. A load is a declaration: nobody counts calls.

use serde::{Deserialize, Serialize};

/// The sums of the loads of active versions on an e-service, over all of its versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loads {
    /// Of one consumer.
    pub consumer: u64,
    /// Of every consumer.
    pub total: u64,
}

/// The thresholds of the version that a consumer's current agreement names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// For each consumer.
    pub per_consumer: u32,
    /// For all together.
    pub total: u32,
}

/// What may still be declared without asking the producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remaining {
    /// By this consumer.
    pub remaining_daily_calls_per_consumer: u64,
    /// By all together.
    pub remaining_daily_calls_total: u64,
}

impl Thresholds {
    /// Whether `more` on top of what is declared is over a threshold. Equality is within.
    pub fn over(self, declared: Loads, more: u32) -> bool {
        let more = u64::from(more);
        declared.consumer + more > u64::from(self.per_consumer) || declared.total + more > u64::from(self.total)
    }

    /// What is left.
    pub fn remaining(self, declared: Loads) -> Remaining {
        Remaining {
            remaining_daily_calls_per_consumer: u64::from(self.per_consumer).saturating_sub(declared.consumer),
            remaining_daily_calls_total: u64::from(self.total).saturating_sub(declared.total),
        }
    }
}
