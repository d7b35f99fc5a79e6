//! What a sender of Premium messages is told beside the status: whether the citizen read, and whether the notice was paid. Pure.

use serde::{Deserialize, Serialize};

use crate::message::{FeatureLevel, State};
use crate::preferences::{Preference, Profile, current};

/// Whether the citizen has read a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ReadStatus {
    /// Opened.
    Read,
    /// Not opened.
    Unread,
    /// The citizen does not tell, or their app cannot.
    Unavailable,
}

/// Whether a notice was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentStatus {
    /// Paid.
    Paid,
    /// Not paid, as far as is known.
    NotPaid,
}

/// What the rules look at of a message and of who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Ordinary or Premium.
    pub level: FeatureLevel,
    /// Where it stands.
    pub state: State,
    /// Whether the caller may read Premium details.
    pub may_read_advanced: bool,
    /// Whether it has a payment whose payee is known.
    pub has_payment: bool,
}

impl View {
    /// Whether the read status is told.
    pub fn shows_read_status(self) -> bool {
        self.level == FeatureLevel::Advanced && !self.state.is_pending() && self.may_read_advanced
    }

    /// Whether the payment status is told.
    pub fn shows_payment_status(self) -> bool {
        self.shows_read_status() && self.state == State::Processed && self.has_payment
    }
}

/// The first version of the app whose users were asked for their consent.
const CONSENT_SINCE: [u64; 3] = [2, 14, 0];

/// The read status, if the citizen lets it be known. Without consent nothing is inferred.
pub fn read_status(profile: Option<&Profile>, preference: Option<Preference>, is_read: bool) -> ReadStatus {
    let Some(profile) = profile else { return ReadStatus::Unavailable };
    let denied = current(profile, preference).is_some_and(|preference| !preference.can_access_message_read_status);
    let asked = profile.app_version.as_deref().and_then(version).is_some_and(|version| version >= CONSENT_SINCE);
    match (asked && !denied, is_read) {
        (false, _) => ReadStatus::Unavailable,
        (true, true) => ReadStatus::Read,
        (true, false) => ReadStatus::Unread,
    }
}

fn version(text: &str) -> Option<[u64; 3]> {
    let mut parts = text.split('.').map(|part| part.parse::<u64>().ok());
    let mut next = || parts.next().unwrap_or(Some(0));
    Some([next()?, next()?, next()?])
}

/// What pagoPA's answer about a notice means; `fault` is the cause that it names.
///
/// # Errors
/// When the answer says nothing about the payment.
pub fn payment_status(status: u16, fault: Option<&str>) -> Result<PaymentStatus, String> {
    match (status, fault) {
        (409, Some("PAYMENT_DUPLICATED")) => Ok(PaymentStatus::Paid),
        (200 | 404 | 409, _) => Ok(PaymentStatus::NotPaid),
        _ => Err(format!("pagoPA answered {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preferences::Mode;

    fn profile(app_version: Option<&str>) -> Profile {
        Profile { app_version: app_version.map(str::to_owned), ..Profile::new() }
    }

    fn consent(given: bool, settings_version: i64) -> Option<Preference> {
        Some(Preference { is_inbox_enabled: true, can_access_message_read_status: given, settings_version })
    }

    #[test]
    fn every_cell_of_who_is_told_what() {
        const STATES: [State; 5] = [State::Accepted, State::Throttled, State::Processed, State::Rejected, State::Failed];
        for level in [FeatureLevel::Standard, FeatureLevel::Advanced] {
            for state in STATES {
                for may_read_advanced in [false, true] {
                    for has_payment in [false, true] {
                        let view = View { level, state, may_read_advanced, has_payment };
                        let settled = matches!(state, State::Processed | State::Rejected | State::Failed);
                        let read = level == FeatureLevel::Advanced && settled && may_read_advanced;
                        assert_eq!(view.shows_read_status(), read, "{view:?}");
                        assert_eq!(view.shows_payment_status(), read && state == State::Processed && has_payment, "{view:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_cell_of_the_read_status() {
        let new = profile(Some("2.14.0"));
        assert_eq!(read_status(Some(&new), None, true), ReadStatus::Read);
        assert_eq!(read_status(Some(&new), None, false), ReadStatus::Unread);
        assert_eq!(read_status(Some(&new), consent(true, 0), true), ReadStatus::Read);
        for is_read in [false, true] {
            assert_eq!(read_status(None, None, is_read), ReadStatus::Unavailable);
            assert_eq!(read_status(Some(&new), consent(false, 0), is_read), ReadStatus::Unavailable);
            for old in [None, Some("2.13.0"), Some("2.13.99"), Some("1.99"), Some("x"), Some("")] {
                assert_eq!(read_status(Some(&profile(old)), None, is_read), ReadStatus::Unavailable, "{old:?}");
            }
        }
        for late in ["2.14", "2.14.1", "2.15.0.3", "3"] {
            assert_eq!(read_status(Some(&profile(Some(late))), None, true), ReadStatus::Read, "{late}");
        }
    }

    #[test]
    fn a_refusal_of_earlier_settings_counts_no_more() {
        let mut changed = profile(Some("3.0.0"));
        changed.choose(Mode::Manual);
        assert_eq!(read_status(Some(&changed), consent(false, 0), true), ReadStatus::Read);
        assert_eq!(read_status(Some(&changed), consent(false, 1), true), ReadStatus::Unavailable);
    }

    #[test]
    fn every_answer_of_pagopa() {
        for (status, fault, expected) in [
            (200, None, Ok(PaymentStatus::NotPaid)),
            (404, Some("PAYMENT_UNKNOWN"), Ok(PaymentStatus::NotPaid)),
            (409, Some("PAYMENT_DUPLICATED"), Ok(PaymentStatus::Paid)),
            (409, Some("PAYMENT_EXPIRED"), Ok(PaymentStatus::NotPaid)),
            (409, None, Ok(PaymentStatus::NotPaid)),
        ] {
            assert_eq!(payment_status(status, fault), expected, "{status} {fault:?}");
        }
        for status in [400, 401, 403, 429, 500, 502, 504] {
            assert!(payment_status(status, None).is_err(), "{status}");
        }
    }
}
