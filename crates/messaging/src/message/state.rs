//! Where a message stands (technical note of the interface, section "Get Message").

use kernel::RomeTime;
use serde::{Deserialize, Serialize};

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// Stored; what becomes of it is not known yet.
    Accepted,
    /// Something failed for the moment, and will be tried again.
    Throttled,
    /// In the citizen's inbox.
    Processed,
    /// The citizen cannot be, or does not want to be, reached.
    Rejected,
    /// It will never be in the inbox, by a defect of ours.
    Failed,
}

/// Why a message was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Rejection {
    /// There is no profile of that fiscal code.
    UserNotFound,
    /// The inbox is off, or this service is refused.
    ServiceNotAllowed,
    /// Reserved.
    Unknown,
}

/// What can happen to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// It reaches the inbox.
    Process,
    /// It cannot be delivered.
    Reject,
    /// Processing failed for the moment.
    Delay,
    /// Processing failed for good.
    Fail,
}

/// An edge of the state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// State before.
    pub from: State,
    /// What happens.
    pub command: Command,
    /// State after.
    pub to: State,
}

const fn edge(from: State, command: Command, to: State) -> Transition {
    Transition { from, command, to }
}

/// Every edge there is: final states have none.
pub const TRANSITIONS: &[Transition] = &[
    edge(State::Accepted, Command::Process, State::Processed),
    edge(State::Accepted, Command::Reject, State::Rejected),
    edge(State::Accepted, Command::Delay, State::Throttled),
    edge(State::Accepted, Command::Fail, State::Failed),
    edge(State::Throttled, Command::Process, State::Processed),
    edge(State::Throttled, Command::Reject, State::Rejected),
    edge(State::Throttled, Command::Delay, State::Throttled),
    edge(State::Throttled, Command::Fail, State::Failed),
];

impl State {
    /// The state after `command`; `None` when it is final.
    pub fn after(self, command: Command) -> Option<Self> {
        TRANSITIONS.iter().find(|edge| edge.from == self && edge.command == command).map(|edge| edge.to)
    }

    /// Whether the message is still on its way.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Accepted | Self::Throttled)
    }

    /// The word of the interface.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::Throttled => "THROTTLED",
            Self::Processed => "PROCESSED",
            Self::Rejected => "REJECTED",
            Self::Failed => "FAILED",
        }
    }
}

impl std::str::FromStr for State {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Accepted, Self::Throttled, Self::Processed, Self::Rejected, Self::Failed]
            .into_iter()
            .find(|state| state.word() == word)
            .ok_or(())
    }
}

impl Rejection {
    /// The word of the interface.
    pub fn word(self) -> &'static str {
        match self {
            Self::UserNotFound => "USER_NOT_FOUND",
            Self::ServiceNotAllowed => "SERVICE_NOT_ALLOWED",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl std::str::FromStr for Rejection {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::UserNotFound, Self::ServiceNotAllowed, Self::Unknown].into_iter().find(|reason| reason.word() == word).ok_or(())
    }
}

/// Years for which the message of a citizen without a profile is kept.
const UNKNOWN_KEPT_YEARS: i16 = 3;

/// When a rejected message is to be forgotten: nobody who could read it is known.
pub fn forget_at(reason: Rejection, now: RomeTime) -> Option<RomeTime> {
    let later = now.zoned().checked_add(kernel::jiff::Span::new().years(UNKNOWN_KEPT_YEARS)).ok()?;
    (reason == Rejection::UserNotFound).then(|| later.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 5] = [State::Accepted, State::Throttled, State::Processed, State::Rejected, State::Failed];
    const COMMANDS: [Command; 4] = [Command::Process, Command::Reject, Command::Delay, Command::Fail];

    #[test]
    fn a_command_succeeds_exactly_on_the_edges_of_the_table() {
        for state in STATES {
            for command in COMMANDS {
                let edges: Vec<_> = TRANSITIONS.iter().filter(|edge| edge.from == state && edge.command == command).collect();
                assert_eq!(state.after(command), edges.first().map(|edge| edge.to), "{state:?} {command:?}");
                assert_eq!(edges.len(), usize::from(state.is_pending()), "{state:?} {command:?}");
            }
        }
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for state in STATES {
            assert_eq!(state.word().parse(), Ok(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.word());
        }
        for reason in [Rejection::UserNotFound, Rejection::ServiceNotAllowed, Rejection::Unknown] {
            assert_eq!(reason.word().parse(), Ok(reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.word());
        }
        assert!("QUEUED".parse::<State>().is_err() && "".parse::<Rejection>().is_err());
    }

    #[test]
    fn messages_to_nobody_are_forgotten_after_three_years() {
        let now: RomeTime = "2024-02-29T12:00:00+01:00".parse().unwrap();
        assert_eq!(forget_at(Rejection::UserNotFound, now).unwrap().to_string(), "2027-02-28T12:00:00+01:00");
        assert_eq!(forget_at(Rejection::ServiceNotAllowed, now), None);
    }
}
