//! Where an application may go from where it stands. [`TRANSITIONS`] is the only place that says so.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

macro_rules! states {
    ($($name:ident = $code:literal, $identifier:literal, $label:literal;)*) => {
        /// Status of an application: its code, identifier and Italian label.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum State {
            $(#[doc = $label] $name = $code,)*
        }

        impl State {
            /// Every status, in the order of the codes.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The identifier: `status_draft`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $identifier,)* }
            }

            /// The Italian label.
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }
        }
    };
}

states! {
    Draft = 1000, "status_draft", "Bozza";
    PaymentPending = 1500, "status_payment_pending", "In attesa di pagamento";
    PaymentOutcomePending = 1510, "status_payment_outcome_pending", "In attesa dell'esito di pagamento";
    PaymentSuccess = 1520, "status_payment_success", "Pagamento avvenuto con successo";
    PaymentError = 1530, "status_payment_error", "Pagamento rifiutato";
    PreSubmit = 1900, "status_pre_submit", "Inviata";
    Submitted = 2000, "status_submitted", "Acquisita";
    Registered = 3000, "status_registered", "Protocollata";
    Pending = 4000, "status_pending", "Presa in carico";
    IntegrationRequested = 4100, "status_request_integration", "Richiesta integrazioni";
    IntegrationDraft = 4200, "status_draft_for_integration", "In attesa di integrazioni";
    IntegrationSubmitted = 4300, "status_submitted_after_integration", "Integrazioni concluse";
    IntegrationRegistered = 4400, "status_registered_after_integration", "Integrazioni protocollate";
    PendingAfterIntegration = 4500, "status_pending_after_integration", "Presa in carico in seguito a integrazioni";
    Processing = 5000, "status_processing", "In elaborazione";
    AcceptedToRegister = 6000, "status_complete_waitallegatioperatore", "Accettata (in attesa di protocollazione del documento di esito)";
    Accepted = 7000, "status_complete", "Accettata";
    RejectedToRegister = 8000, "status_cancelled_waitallegatioperatore", "Rifiutata (in attesa di protocollazione del documento di esito)";
    Rejected = 9000, "status_cancelled", "Rifiutata";
    Withdrawn = 20000, "status_withdraw", "Ritirata";
    Revoked = 50000, "status_revoked", "Annullata";
}

impl State {
    /// The numeric code.
    pub fn code(self) -> i64 {
        self as i64
    }

    /// The status of a code.
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.code() == code)
    }

    /// Whether nothing more is expected to happen.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Accepted | Self::Rejected | Self::Withdrawn | Self::Revoked)
    }

    /// Whether an application that stands here lets another of the same service have the same `unique_id`.
    pub fn frees_unique_id(self) -> bool {
        matches!(
            self,
            Self::Draft | Self::PaymentError | Self::RejectedToRegister | Self::Rejected | Self::Withdrawn | Self::Revoked
        )
    }
}

/// The code as text, as the API and the events carry it: `"1500"`.
impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.code())
    }
}

/// From the code as text or number.
impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Code {
            Number(i64),
            Text(String),
        }
        let code = match Code::deserialize(deserializer)? {
            Code::Number(code) => Some(code),
            Code::Text(text) => text.parse().ok(),
        };
        code.and_then(Self::from_code)
            .ok_or_else(|| D::Error::custom("non è uno stato: usare uno dei codici documentati, per esempio 1900"))
    }
}

/// What can be done to an application. Each names one kind of edge; who may do it, and what must be there, is said by the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// The applicant submits; nothing is to be paid now.
    Submit,
    /// A payment is asked for: at submission, or by the office when it accepts.
    AskPayment,
    /// The applicant has begun to pay.
    StartPayment,
    /// The payment is confirmed.
    ConfirmPayment,
    /// The payment is refused.
    RefusePayment,
    /// The PDF of the application exists.
    Compile,
    /// The application has its registration number.
    Register,
    /// An operator or office takes charge.
    Assign,
    /// The office asks for more.
    RequestIntegration,
    /// The request for more is registered, or need not be.
    OpenIntegration,
    /// The answer is complete.
    CloseIntegration,
    /// The answer is registered.
    RegisterIntegration,
    /// The office goes on after an integration.
    Resume,
    /// Accepted, and the decision need not be registered (any more).
    Accept,
    /// Accepted; the decision's document is still to be made or registered.
    AcceptToRegister,
    /// Rejected, and the decision need not be registered (any more).
    Reject,
    /// Rejected; the decision's document is still to be made or registered.
    RejectToRegister,
    /// The applicant withdraws.
    Withdraw,
    /// The office annuls.
    Revoke,
    /// The office takes a closed application up again.
    Reopen,
}

impl Command {
    /// Every command.
    pub const ALL: &[Self] = &[
        Self::Submit,
        Self::AskPayment,
        Self::StartPayment,
        Self::ConfirmPayment,
        Self::RefusePayment,
        Self::Compile,
        Self::Register,
        Self::Assign,
        Self::RequestIntegration,
        Self::OpenIntegration,
        Self::CloseIntegration,
        Self::RegisterIntegration,
        Self::Resume,
        Self::Accept,
        Self::AcceptToRegister,
        Self::Reject,
        Self::RejectToRegister,
        Self::Withdraw,
        Self::Revoke,
        Self::Reopen,
    ];
}

/// Every edge: from, command, to. Each of them emits the application's event.
pub const TRANSITIONS: &[(State, Command, State)] = {
    use Command as C;
    use State as S;
    &[
        (S::Draft, C::Submit, S::PreSubmit),
        (S::Draft, C::AskPayment, S::PaymentPending),
        (S::PaymentPending, C::StartPayment, S::PaymentOutcomePending),
        (S::PaymentPending, C::ConfirmPayment, S::PaymentSuccess),
        (S::PaymentPending, C::RefusePayment, S::PaymentError),
        (S::PaymentOutcomePending, C::ConfirmPayment, S::PaymentSuccess),
        (S::PaymentOutcomePending, C::RefusePayment, S::PaymentError),
        (S::PaymentSuccess, C::Submit, S::PreSubmit),
        (S::PaymentSuccess, C::AcceptToRegister, S::AcceptedToRegister),
        (S::PaymentSuccess, C::Accept, S::Accepted),
        (S::PreSubmit, C::Compile, S::Submitted),
        (S::Submitted, C::Register, S::Registered),
        (S::Submitted, C::Assign, S::Pending),
        (S::Registered, C::Assign, S::Pending),
        (S::Pending, C::Assign, S::Pending),
        (S::Pending, C::RequestIntegration, S::IntegrationRequested),
        (S::Pending, C::AskPayment, S::PaymentPending),
        (S::Pending, C::Accept, S::Accepted),
        (S::Pending, C::Reject, S::Rejected),
        (S::Pending, C::AcceptToRegister, S::AcceptedToRegister),
        (S::Pending, C::RejectToRegister, S::RejectedToRegister),
        (S::IntegrationRequested, C::OpenIntegration, S::IntegrationDraft),
        (S::IntegrationDraft, C::CloseIntegration, S::IntegrationSubmitted),
        (S::IntegrationSubmitted, C::RegisterIntegration, S::IntegrationRegistered),
        (S::IntegrationSubmitted, C::Resume, S::Pending),
        (S::IntegrationRegistered, C::Resume, S::Pending),
        (S::PendingAfterIntegration, C::Resume, S::Pending),
        (S::PendingAfterIntegration, C::RequestIntegration, S::IntegrationRequested),
        (S::PendingAfterIntegration, C::Accept, S::Accepted),
        (S::PendingAfterIntegration, C::Reject, S::Rejected),
        (S::PendingAfterIntegration, C::AcceptToRegister, S::AcceptedToRegister),
        (S::PendingAfterIntegration, C::RejectToRegister, S::RejectedToRegister),
        (S::AcceptedToRegister, C::Accept, S::Accepted),
        (S::RejectedToRegister, C::Reject, S::Rejected),
        (S::PreSubmit, C::Withdraw, S::Withdrawn),
        (S::Submitted, C::Withdraw, S::Withdrawn),
        (S::Registered, C::Withdraw, S::Withdrawn),
        (S::Pending, C::Withdraw, S::Withdrawn),
        (S::IntegrationRequested, C::Withdraw, S::Withdrawn),
        (S::IntegrationDraft, C::Withdraw, S::Withdrawn),
        (S::IntegrationRegistered, C::Withdraw, S::Withdrawn),
        (S::PaymentPending, C::Revoke, S::Revoked),
        (S::Submitted, C::Revoke, S::Revoked),
        (S::Registered, C::Revoke, S::Revoked),
        (S::Pending, C::Revoke, S::Revoked),
        (S::IntegrationRequested, C::Revoke, S::Revoked),
        (S::IntegrationDraft, C::Revoke, S::Revoked),
        (S::IntegrationSubmitted, C::Revoke, S::Revoked),
        (S::IntegrationRegistered, C::Revoke, S::Revoked),
        (S::PendingAfterIntegration, C::Revoke, S::Revoked),
        (S::Accepted, C::Reopen, S::Pending),
        (S::Rejected, C::Reopen, S::Pending),
        (S::Withdrawn, C::Reopen, S::Pending),
    ]
};

/// Where `command` leads from `from`, if it may be done there.
pub fn next(from: State, command: Command) -> Option<State> {
    TRANSITIONS.iter().find(|(state, edge, _)| *state == from && *edge == command).map(|(_, _, to)| *to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_goes_exactly_where_the_table_says() {
        for from in State::ALL {
            for command in Command::ALL {
                let edges: Vec<_> = TRANSITIONS.iter().filter(|(state, edge, _)| state == from && edge == command).collect();
                assert!(edges.len() <= 1, "{from:?} {command:?} is ambiguous");
                assert_eq!(next(*from, *command), edges.first().map(|(_, _, to)| *to));
            }
        }
    }

    #[test]
    fn every_status_but_the_legacy_ones_can_be_reached_from_a_draft() {
        let mut reached = vec![State::Draft];
        while let Some(new) = TRANSITIONS.iter().find(|(from, _, to)| reached.contains(from) && !reached.contains(to)) {
            reached.push(new.2);
        }
        let missing: Vec<_> = State::ALL.iter().filter(|state| !reached.contains(state)).collect();
        assert_eq!(missing, [&State::PendingAfterIntegration, &State::Processing]);
    }

    #[test]
    fn codes_are_read_as_text_or_number_and_written_as_text() {
        assert_eq!(serde_json::from_str::<State>("1900").unwrap(), State::PreSubmit);
        assert_eq!(serde_json::from_str::<State>("\"20000\"").unwrap(), State::Withdrawn);
        assert_eq!(serde_json::to_string(&State::Draft).unwrap(), "\"1000\"");
        assert!(serde_json::from_str::<State>("1234").is_err());
    }
}
