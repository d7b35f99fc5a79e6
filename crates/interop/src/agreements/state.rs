//! Where an agreement stands, as a function of what its consumer holds and of who has suspended it.

use serde::{Deserialize, Serialize};

use crate::attributes::Satisfied;
use crate::rules::ApprovalPolicy;

/// Where an agreement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Being written by the consumer.
    #[serde(alias = "Draft")]
    Draft,
    /// Waits for the producer.
    #[serde(alias = "Pending")]
    Pending,
    /// In force.
    #[serde(alias = "Active")]
    Active,
    /// Not in force, for the time being.
    #[serde(alias = "Suspended")]
    Suspended,
    /// Over.
    #[serde(alias = "Archived")]
    Archived,
    /// Refused.
    #[serde(alias = "Rejected")]
    Rejected,
    /// Submitted by somebody who has lost a certified attribute.
    #[serde(alias = "MissingCertifiedAttributes")]
    MissingCertifiedAttributes,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Draft,
        Self::Pending,
        Self::Active,
        Self::Suspended,
        Self::Archived,
        Self::Rejected,
        Self::MissingCertifiedAttributes,
    ];

    /// Its name in the verdicts of `interop explain`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Pending => "Pending",
            Self::Active => "Active",
            Self::Suspended => "Suspended",
            Self::Archived => "Archived",
            Self::Rejected => "Rejected",
            Self::MissingCertifiedAttributes => "MissingCertifiedAttributes",
        }
    }

    /// Whether it is over for good.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Archived | Self::Rejected)
    }

    /// Whether it was approved and is not over.
    pub fn runs(self) -> bool {
        matches!(self, Self::Active | Self::Suspended)
    }

    /// Whether somebody waits for it.
    pub fn waits(self) -> bool {
        matches!(self, Self::Pending | Self::MissingCertifiedAttributes)
    }
}

/// Who has suspended it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Suspensions {
    /// The consumer.
    #[serde(default)]
    pub suspended_by_consumer: bool,
    /// The producer.
    #[serde(default)]
    pub suspended_by_producer: bool,
    /// The platform, because attributes lack.
    #[serde(default)]
    pub suspended_by_platform: bool,
}

impl Suspensions {
    /// Whether anybody has.
    pub fn any(self) -> bool {
        self.suspended_by_consumer || self.suspended_by_producer || self.suspended_by_platform
    }
}

/// The state that attributes alone give. `own`: the producer is its own consumer.
pub fn by_attributes(state: State, own: bool, held: Satisfied, policy: ApprovalPolicy) -> State {
    match state {
        State::Draft if own => State::Active,
        State::Draft if !held.certified => State::MissingCertifiedAttributes,
        State::Draft if policy == ApprovalPolicy::Automatic && held.declared && held.verified => State::Active,
        State::Draft if held.declared => State::Pending,
        State::Draft => State::Draft,
        State::Pending if !held.certified => State::MissingCertifiedAttributes,
        State::Pending if !held.declared => State::Draft,
        State::Pending if !held.verified => State::Pending,
        State::Pending => State::Active,
        State::Active | State::Suspended if own || held.all() => State::Active,
        State::Active | State::Suspended => State::Suspended,
        State::MissingCertifiedAttributes if own || held.certified => State::Draft,
        State::MissingCertifiedAttributes | State::Archived | State::Rejected => state,
    }
}

/// The state with the suspensions: what attributes allow may still be suspended by somebody.
pub fn with_suspensions(by_attributes: State, suspensions: Suspensions) -> State {
    if by_attributes == State::Active && suspensions.any() { State::Suspended } else { by_attributes }
}

/// Whether the platform suspends: exactly when attributes do not allow it.
pub fn platform_suspends(by_attributes: State) -> bool {
    matches!(by_attributes, State::Suspended | State::MissingCertifiedAttributes)
}
