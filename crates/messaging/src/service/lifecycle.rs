//! Where a service stands: its draft and review ([`TRANSITIONS`]), and what citizens see of it ([`Publication`]).

use serde::{Deserialize, Serialize};

/// Where the newest version of a service stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Being written.
    Draft,
    /// Under review: nothing can be changed.
    Submitted,
    /// Passed the review.
    Approved,
    /// Must be edited before it is reviewed again.
    Rejected,
    /// Gone.
    Deleted,
}

/// What can happen to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Its organisation changes it.
    Edit,
    /// Its organisation wants it reviewed.
    Submit,
    /// The review is called off.
    Abort,
    /// It passes.
    Approve,
    /// It does not pass.
    Reject,
    /// Its organisation deletes it.
    Delete,
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

/// Every edge there is. The diagram of the README and the tests are made from this table.
pub const TRANSITIONS: &[Transition] = &[
    edge(State::Draft, Command::Edit, State::Draft),
    edge(State::Rejected, Command::Edit, State::Draft),
    edge(State::Approved, Command::Edit, State::Draft),
    edge(State::Draft, Command::Submit, State::Submitted),
    edge(State::Submitted, Command::Abort, State::Draft),
    edge(State::Submitted, Command::Approve, State::Approved),
    edge(State::Submitted, Command::Reject, State::Rejected),
    edge(State::Draft, Command::Delete, State::Deleted),
    edge(State::Rejected, Command::Delete, State::Deleted),
    edge(State::Approved, Command::Delete, State::Deleted),
];

impl State {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Draft, Self::Submitted, Self::Approved, Self::Rejected, Self::Deleted];

    /// The state after `command`; `None` when it is not possible.
    pub fn after(self, command: Command) -> Option<Self> {
        TRANSITIONS.iter().find(|edge| edge.from == self && edge.command == command).map(|edge| edge.to)
    }

    /// The word of the interface.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Deleted => "deleted",
        }
    }
}

impl std::str::FromStr for State {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.word() == word).ok_or(())
    }
}

/// Whether citizens see a service. What they see is its last approved version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Publication {
    /// They do.
    Published,
    /// They do not, or not any more.
    Unpublished,
}

impl Publication {
    /// The word of the interface.
    pub fn word(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Unpublished => "unpublished",
        }
    }

    /// What an approval makes of the publication: automatic if the review was asked for so; a published service stays published.
    pub fn after_approval(before: Option<Self>, auto_publish: bool) -> Self {
        if auto_publish { Self::Published } else { before.unwrap_or(Self::Unpublished) }
    }
}

impl std::str::FromStr for Publication {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Published, Self::Unpublished].into_iter().find(|publication| publication.word() == word).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMANDS: [Command; 6] =
        [Command::Edit, Command::Submit, Command::Abort, Command::Approve, Command::Reject, Command::Delete];

    #[test]
    fn a_command_succeeds_exactly_on_the_edges_of_the_table() {
        for state in State::ALL {
            for command in COMMANDS {
                let edges: Vec<_> = TRANSITIONS.iter().filter(|edge| edge.from == state && edge.command == command).collect();
                assert!(edges.len() <= 1, "{state:?} {command:?}");
                assert_eq!(state.after(command), edges.first().map(|edge| edge.to), "{state:?} {command:?}");
            }
        }
    }

    #[test]
    fn a_service_under_review_is_frozen_and_a_rejected_one_must_be_edited_first() {
        assert_eq!((State::Submitted.after(Command::Edit), State::Submitted.after(Command::Delete)), (None, None));
        assert_eq!(State::Rejected.after(Command::Submit), None);
        assert!(COMMANDS.iter().all(|command| State::Deleted.after(*command).is_none()));
    }

    #[test]
    fn the_diagram_of_the_readme_is_the_table() {
        let diagram: String = TRANSITIONS
            .iter()
            .map(|edge| format!("    {} --> {}: {:?}\n", edge.from.word(), edge.to.word(), edge.command))
            .collect();
        let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
        assert!(readme.contains(&diagram), "the README should have:\n{diagram}");
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for state in State::ALL {
            assert_eq!((state.word().parse(), serde_json::to_value(state).unwrap()), (Ok(state), state.word().into()));
        }
    }

    #[test]
    fn an_approval_publishes_if_it_was_asked_to_and_takes_nothing_down() {
        use Publication::{Published, Unpublished};
        assert_eq!(Publication::after_approval(None, false), Unpublished);
        assert_eq!(Publication::after_approval(None, true), Published);
        assert_eq!(Publication::after_approval(Some(Unpublished), true), Published);
        assert_eq!(Publication::after_approval(Some(Published), false), Published);
    }
}
