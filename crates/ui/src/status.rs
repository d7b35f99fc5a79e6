//! How the states of applications and payments are shown.

use crate::i18n::Messages;

/// How a state looks: the badge's colour class and the icon of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Class of the badge: `neutral`, `info`, `action`, `good`, `bad`.
    pub tone: &'static str,
    /// Icon of the sprite.
    pub icon: &'static str,
}

/// The label of an application's status (developers' documentation, states of an application). An unknown one is its number.
pub fn label(t: &Messages, status: &str) -> String {
    let text = match status {
        "1000" => t.status_draft,
        "1500" => t.status_payment_pending,
        "1510" => t.status_payment_outcome_pending,
        "1520" => t.status_payment_success,
        "1530" => t.status_payment_error,
        "1900" => t.status_pre_submit,
        "2000" => t.status_submitted,
        "3000" => t.status_registered,
        "4000" | "4500" | "5000" => t.status_pending,
        "4100" => t.status_request_integration,
        "4200" => t.status_draft_for_integration,
        "4300" => t.status_submitted_after_integration,
        "4400" => t.status_registered_after_integration,
        "6000" => t.status_accepted_to_register,
        "7000" => t.status_complete,
        "8000" => t.status_rejected_to_register,
        "9000" => t.status_cancelled,
        "20000" => t.status_withdraw,
        "50000" => t.status_revoked,
        other => return other.to_owned(),
    };
    text.to_owned()
}

/// The look of an application's status.
pub fn look(status: &str) -> Look {
    let (tone, icon) = match status {
        "1000" => ("neutral", "it-pencil"),
        "1500" => ("action", "it-card"),
        "1510" => ("info", "it-clock"),
        "1520" => ("good", "it-card"),
        "1530" => ("bad", "it-card"),
        "1900" => ("info", "it-upload"),
        "2000" => ("info", "it-inbox"),
        "3000" | "4400" => ("info", "it-folder"),
        "4100" | "4200" => ("action", "it-warning-circle"),
        "4300" => ("info", "it-files"),
        "6000" | "7000" => ("good", "it-check-circle"),
        "8000" | "9000" => ("bad", "it-close-circle"),
        "20000" | "50000" => ("neutral", "it-ban"),
        _ => ("info", "it-user"),
    };
    Look { tone, icon }
}

/// How an application stands, as lists and pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    /// In words.
    pub label: String,
    /// Colour and icon.
    pub look: Look,
}

impl Badge {
    /// The status itself.
    pub fn of(t: &Messages, status: &str) -> Self {
        Self { label: label(t, status), look: look(status) }
    }

    /// In place of a request for more that the applicant has answered: it is the office's turn.
    pub fn answered(t: &Messages) -> Self {
        Self { label: t.status_answered.to_owned(), look: Look { tone: "info", icon: "it-check-circle" } }
    }

    /// In place of the awaited outcome of a payment that can still be made: who began to pay may have given up.
    pub fn unpaid(t: &Messages) -> Self {
        Self { label: t.status_unpaid.to_owned(), look: look("1500") }
    }

    /// In place of a refused payment that the office cancelled.
    pub fn payment_canceled(t: &Messages) -> Self {
        Self { label: t.status_payment_canceled.to_owned(), look: Look { tone: "neutral", ..look("1530") } }
    }
}

/// The states by which the staff's list is filtered, in the order of an application's life. Drafts are their citizens' alone.
pub const FILTERS: [&str; 12] =
    ["1500", "1510", "1530", "1900", "2000", "3000", "4000", "4200", "7000", "9000", "20000", "50000"];

/// The label of a payment's status (developers' documentation, "Tabella stati pagamento").
pub fn payment_label(t: &Messages, status: &str) -> String {
    let text = match status {
        "CREATION_PENDING" => t.payment_status_creation_pending,
        "CREATION_FAILED" => t.payment_status_creation_failed,
        "PAYMENT_PENDING" => t.payment_status_payment_pending,
        "PAYMENT_STARTED" => t.payment_status_payment_started,
        "COMPLETE" => t.payment_status_complete,
        "PAYMENT_FAILED" => t.payment_status_payment_failed,
        "CANCELED" => t.payment_status_canceled,
        "EXPIRED" => t.payment_status_expired,
        other => return other.to_owned(),
    };
    text.to_owned()
}

/// The states by which lists of payments are filtered, in the order of a payment's life.
pub const PAYMENT_FILTERS: [&str; 8] = [
    "CREATION_PENDING",
    "CREATION_FAILED",
    "PAYMENT_PENDING",
    "PAYMENT_STARTED",
    "COMPLETE",
    "PAYMENT_FAILED",
    "EXPIRED",
    "CANCELED",
];

/// The tone of a payment's status.
pub fn payment_tone(status: &str) -> &'static str {
    match status {
        "COMPLETE" => "good",
        "PAYMENT_PENDING" => "action",
        "CREATION_FAILED" | "PAYMENT_FAILED" | "EXPIRED" => "bad",
        "CANCELED" => "neutral",
        _ => "info",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Locale;

    #[test]
    fn every_filter_has_a_label_in_every_language() {
        for locale in Locale::ALL {
            for status in FILTERS {
                assert_ne!(label(locale.messages(), status), status, "{status} {locale:?}");
            }
        }
    }
}
