//! A request for help, from any page.

use serde::{Deserialize, Serialize};

use super::words;

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nobody has looked at it.
    Open,
    /// Somebody is at it.
    Taken,
    /// Whoever asked has to say something.
    Waiting,
    /// Answered.
    Solved,
    /// Over.
    Closed,
}

/// What can happen to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Somebody of the body takes it.
    Take,
    /// They ask back.
    Ask,
    /// Whoever asked says more; so does whoever is at it, to no effect on the state.
    Say,
    /// It is answered.
    Solve,
    /// It is over.
    Close,
}

/// Every edge there is.
pub const TRANSITIONS: &[(State, Command, State)] = &[
    (State::Open, Command::Take, State::Taken),
    (State::Open, Command::Say, State::Open),
    (State::Taken, Command::Ask, State::Waiting),
    (State::Taken, Command::Say, State::Taken),
    (State::Taken, Command::Solve, State::Solved),
    (State::Waiting, Command::Say, State::Taken),
    (State::Waiting, Command::Solve, State::Solved),
    (State::Solved, Command::Say, State::Taken),
    (State::Solved, Command::Close, State::Closed),
];

impl State {
    /// Every state.
    pub const ALL: &[Self] = &[Self::Open, Self::Taken, Self::Waiting, Self::Solved, Self::Closed];

    /// The word of the interface.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "APERTO",
            Self::Taken => "IN_CARICO",
            Self::Waiting => "IN_ATTESA_UTENTE",
            Self::Solved => "RISOLTO",
            Self::Closed => "CHIUSO",
        }
    }

    /// The state after `command`, if it is possible.
    pub fn after(self, command: Command) -> Option<Self> {
        TRANSITIONS.iter().find(|(from, edge, _)| *from == self && *edge == command).map(|(.., to)| *to)
    }
}

impl Command {
    /// Every command.
    pub const ALL: &[Self] = &[Self::Take, Self::Ask, Self::Say, Self::Solve, Self::Close];

    /// The word of the interface.
    pub fn word(self) -> &'static str {
        match self {
            Self::Take => "take",
            Self::Ask => "ask",
            Self::Say => "say",
            Self::Solve => "solve",
            Self::Close => "close",
        }
    }

    /// Whether only the body's referents may do it.
    pub fn is_of_body(self) -> bool {
        matches!(self, Self::Take | Self::Ask | Self::Solve)
    }
}

words!(State);
words!(Command);

/// What is asked, about what, and what was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Body {
    /// The question in a line.
    pub subject: String,
    /// The service, lot or page that it is about.
    #[serde(default)]
    pub about: String,
    /// Who asked.
    #[serde(default)]
    pub opened_by: String,
    /// Where whoever asked is told of answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Who is at it.
    #[serde(default)]
    pub assigned_to: Option<String>,
    /// What was said, in order.
    #[serde(default)]
    pub messages: Vec<Said>,
}

/// Something said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Said {
    /// By whom.
    pub by: String,
    /// When.
    pub at: String,
    /// What.
    pub text: String,
    /// The files that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attached>,
}

/// A file that came with something said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Attached {
    /// Identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_can_be_brought_to_its_end() {
        for state in State::ALL {
            let leaves = Command::ALL.iter().any(|command| state.after(*command).is_some());
            assert_eq!(leaves, *state != State::Closed, "{state}");
        }
        let path = [Command::Take, Command::Ask, Command::Say, Command::Solve, Command::Close];
        let end = path.iter().try_fold(State::Open, |state, command| state.after(*command));
        assert_eq!(end, Some(State::Closed));
    }
}
