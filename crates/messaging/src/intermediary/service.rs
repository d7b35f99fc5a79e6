//! A service of the app through which a body lets messages be sent: proposed by a supplier with its keys, approved by the body.

use kernel::FieldError;
use serde::{Deserialize, Serialize};

use super::words;
use crate::formats::{CitizenCode, is_organization_code};
use crate::ulid::Ulid;

/// Where a service stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Proposed; sends nothing until the body has looked at it.
    Proposed,
    /// The body lets it send.
    Active,
    /// The body, or the platform, has stopped it: what waits is held, not lost.
    Suspended,
    /// The body does not want it.
    Refused,
}

/// What can happen to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// The body lets it send.
    Approve,
    /// The body does not want it.
    Refuse,
    /// The body stops it.
    Suspend,
    /// The body lets it go on.
    Resume,
    /// Its keys or its data are replaced: the body has to look again.
    Change,
}

/// Every edge there is.
pub const TRANSITIONS: &[(State, Command, State)] = &[
    (State::Proposed, Command::Approve, State::Active),
    (State::Proposed, Command::Refuse, State::Refused),
    (State::Proposed, Command::Change, State::Proposed),
    (State::Active, Command::Suspend, State::Suspended),
    (State::Active, Command::Change, State::Proposed),
    (State::Suspended, Command::Resume, State::Active),
    (State::Suspended, Command::Refuse, State::Refused),
    (State::Suspended, Command::Change, State::Proposed),
    (State::Refused, Command::Change, State::Proposed),
];

impl State {
    /// Every state.
    pub const ALL: &[Self] = &[Self::Proposed, Self::Active, Self::Suspended, Self::Refused];

    /// The word of the interface.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proposed => "PROPOSTO",
            Self::Active => "ATTIVO",
            Self::Suspended => "SOSPESO",
            Self::Refused => "RIFIUTATO",
        }
    }

    /// The state after `command`, if it is possible.
    pub fn after(self, command: Command) -> Option<Self> {
        TRANSITIONS.iter().find(|(from, edge, _)| *from == self && *edge == command).map(|(.., to)| *to)
    }
}

impl Command {
    /// Every command.
    pub const ALL: &[Self] = &[Self::Approve, Self::Refuse, Self::Suspend, Self::Resume, Self::Change];

    /// The word of the interface.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Refuse => "refuse",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Change => "change",
        }
    }
}

words!(State);
words!(Command);

/// How lots come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Connector {
    /// By the interface.
    #[default]
    WebService,
    /// As files in a folder.
    File,
}

impl Connector {
    /// Every connector.
    pub const ALL: &[Self] = &[Self::WebService, Self::File];

    /// The word of the interface.
    pub fn word(self) -> &'static str {
        match self {
            Self::WebService => "WEB_SERVICE",
            Self::File => "FILE",
        }
    }
}

words!(Connector);

/// What is known of a service; the keys are kept apart, sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Details {
    /// Its name.
    #[schema(example = "Avvisi del Comune")]
    pub name: String,
    /// The department of the body.
    pub department: String,
    /// The body's name.
    pub organization_name: String,
    /// The body's tax code.
    #[schema(example = "00337460224")]
    pub organization_fiscal_code: String,
    /// The app's identifier of the service (Codice Servizio).
    #[schema(value_type = String, example = "01JAVB5SKRB4E6X3YV9K2M7QZC")]
    pub service_code: Ulid,
    /// Citizens who get tests.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub test_fiscal_codes: Vec<CitizenCode>,
    /// How lots come in.
    #[serde(default)]
    #[schema(value_type = String, example = "WEB_SERVICE")]
    pub connector: Connector,
    /// What the proposer has to say.
    #[serde(default)]
    pub notes: String,
}

impl Details {
    /// Every field that is wrong.
    pub fn complaints(&self) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        let mut check = |fits: bool, field: &str, message: &str| {
            if !fits {
                wrong.push(FieldError::new(field, "invalid", message));
            }
        };
        for (field, text, message) in [
            ("/name", &self.name, "indicare il nome del servizio, fino a 100 caratteri"),
            ("/organization_name", &self.organization_name, "indicare il nome dell'ente, fino a 100 caratteri"),
        ] {
            check((1..=100).contains(&text.trim().chars().count()), field, message);
        }
        check(self.department.chars().count() <= 100, "/department", "il dipartimento ha al massimo 100 caratteri");
        check(self.notes.chars().count() <= 2_000, "/notes", "le note hanno al massimo 2000 caratteri");
        let is_code = is_organization_code(&self.organization_fiscal_code);
        check(is_code, "/organization_fiscal_code", "il codice fiscale dell'ente ha 11 cifre");
        check(self.test_fiscal_codes.len() <= 10, "/test_fiscal_codes", "i codici fiscali di prova sono al massimo 10");
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_sends_only_after_the_body_has_approved_what_it_is_now() {
        for state in State::ALL {
            for command in Command::ALL {
                if state.after(*command) == Some(State::Active) {
                    assert!(matches!(
                        (state, command),
                        (State::Proposed, Command::Approve) | (State::Suspended, Command::Resume)
                    ));
                }
            }
            assert_eq!(state.after(Command::Change), Some(State::Proposed), "{state}: new keys are looked at");
            assert_eq!(state.word().parse(), Ok(*state));
        }
    }
}
