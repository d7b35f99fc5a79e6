//! What becomes of a row. The outcomes of a lot's rows always add up to its rows.

use super::words;

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Waits.
    Queued,
    /// The intention to send it is written down; whether it was sent is not yet.
    Sending,
    /// Does not fit: nothing was asked or sent.
    Discarded,
    /// The citizen has no profile.
    NotEnrolled,
    /// The citizen does not want this service.
    NotAuthorized,
    /// The app has taken it.
    Sent,
    /// It is in the citizen's inbox.
    Delivered,
    /// The app did not deliver it.
    Rejected,
    /// The app refused it, or failed.
    Failed,
    /// Its time was over before it could be sent.
    Expired,
    /// Nobody knows whether the app has taken it: it is not sent again by itself.
    Uncertain,
    /// Given up with its lot.
    Cancelled,
    /// The citizen has read it (Premium).
    Read,
    /// The citizen has paid (Premium).
    Paid,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: &[Self] = &[
        Self::Queued,
        Self::Sending,
        Self::Discarded,
        Self::NotEnrolled,
        Self::NotAuthorized,
        Self::Sent,
        Self::Delivered,
        Self::Rejected,
        Self::Failed,
        Self::Expired,
        Self::Uncertain,
        Self::Cancelled,
        Self::Read,
        Self::Paid,
    ];

    /// The word of the interface.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "IN_CODA",
            Self::Sending => "IN_INVIO",
            Self::Discarded => "SCARTATO",
            Self::NotEnrolled => "NON_ISCRITTO",
            Self::NotAuthorized => "NON_AUTORIZZATO",
            Self::Sent => "INVIATO",
            Self::Delivered => "CONSEGNATO",
            Self::Rejected => "RIFIUTATO",
            Self::Failed => "FALLITO",
            Self::Expired => "SCADUTO",
            Self::Uncertain => "INCERTO",
            Self::Cancelled => "ANNULLATO",
            Self::Read => "LETTO",
            Self::Paid => "PAGATO",
        }
    }

    /// Whether the row still has to be sent.
    pub fn is_waiting(self) -> bool {
        matches!(self, Self::Queued | Self::Sending)
    }

    /// Whether the app has the message.
    pub fn is_taken(self) -> bool {
        matches!(self, Self::Sent | Self::Delivered | Self::Read | Self::Paid)
    }
}

words!(Outcome);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart() {
        for outcome in Outcome::ALL {
            assert_eq!(outcome.word().parse(), Ok(*outcome));
            assert!(!(outcome.is_waiting() && outcome.is_taken()));
        }
    }
}
