//! A lot: many rows, one message each, sent through one service.

use super::words;

/// Where a lot stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Handed in; being read and judged row by row. Nothing is sent.
    Loading,
    /// It could not be read at all.
    Refused,
    /// Every row is judged; those that do not fit are set aside. Nothing is sent.
    Ready,
    /// Being sent.
    Sending,
    /// The first rows of a large lot were sent; somebody has to look.
    Staged,
    /// Somebody, or an answer of the app that would meet every row, has stopped it.
    Stopped,
    /// No row waits any more.
    Finished,
    /// The rows that waited never will be sent.
    Cancelled,
}

/// What can happen to a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Every row was judged.
    Load,
    /// It cannot be read.
    Refuse,
    /// Somebody lets it be sent.
    Release,
    /// The first rows were sent.
    Stage,
    /// Somebody, or the engine, stops it.
    Stop,
    /// Somebody lets it go on.
    Resume,
    /// The last row was sent.
    Finish,
    /// Somebody gives it up.
    Cancel,
    /// A row whose outcome was uncertain is to be sent after all.
    Reopen,
}

/// Every edge there is.
pub const TRANSITIONS: &[(State, Command, State)] = &[
    (State::Loading, Command::Load, State::Ready),
    (State::Loading, Command::Refuse, State::Refused),
    (State::Ready, Command::Release, State::Sending),
    (State::Ready, Command::Cancel, State::Cancelled),
    (State::Sending, Command::Stage, State::Staged),
    (State::Sending, Command::Stop, State::Stopped),
    (State::Sending, Command::Finish, State::Finished),
    (State::Sending, Command::Cancel, State::Cancelled),
    (State::Staged, Command::Resume, State::Sending),
    (State::Staged, Command::Cancel, State::Cancelled),
    (State::Stopped, Command::Resume, State::Sending),
    (State::Stopped, Command::Cancel, State::Cancelled),
    (State::Finished, Command::Reopen, State::Sending),
];

impl State {
    /// Every state.
    pub const ALL: &[Self] =
        &[Self::Loading, Self::Refused, Self::Ready, Self::Sending, Self::Staged, Self::Stopped, Self::Finished, Self::Cancelled];

    /// The word of the interface.
    pub fn word(self) -> &'static str {
        match self {
            Self::Loading => "IN_LETTURA",
            Self::Refused => "ILLEGGIBILE",
            Self::Ready => "PRONTO",
            Self::Sending => "IN_INVIO",
            Self::Staged => "PRIMA_TRANCHE",
            Self::Stopped => "FERMATO",
            Self::Finished => "CONCLUSO",
            Self::Cancelled => "ANNULLATO",
        }
    }

    /// The state after `command`, if it is possible.
    pub fn after(self, command: Command) -> Option<Self> {
        TRANSITIONS.iter().find(|(from, edge, _)| *from == self && *edge == command).map(|(.., to)| *to)
    }
}

impl Command {
    /// Every command.
    pub const ALL: &[Self] = &[
        Self::Load,
        Self::Refuse,
        Self::Release,
        Self::Stage,
        Self::Stop,
        Self::Resume,
        Self::Finish,
        Self::Cancel,
        Self::Reopen,
    ];

    /// The word of the interface.
    pub fn word(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Refuse => "refuse",
            Self::Release => "release",
            Self::Stage => "stage",
            Self::Stop => "stop",
            Self::Resume => "resume",
            Self::Finish => "finish",
            Self::Cancel => "cancel",
            Self::Reopen => "reopen",
        }
    }
}

words!(State);
words!(Command);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_and_ends_are_ends() {
        for state in State::ALL {
            assert_eq!(state.word().parse(), Ok(*state));
            let leaves = Command::ALL.iter().any(|command| state.after(*command).is_some());
            assert_eq!(leaves, !matches!(state, State::Refused | State::Cancelled), "{state}");
        }
        for command in Command::ALL {
            assert_eq!(command.word().parse(), Ok(*command));
            assert!(State::ALL.iter().any(|state| state.after(*command).is_some()), "{command} is of no use");
        }
    }

    #[test]
    fn nothing_is_sent_before_a_release() {
        let into: Vec<_> = TRANSITIONS.iter().filter(|(.., to)| *to == State::Sending).map(|(from, ..)| *from).collect();
        assert_eq!(into, [State::Ready, State::Staged, State::Stopped, State::Finished]);
    }
}
