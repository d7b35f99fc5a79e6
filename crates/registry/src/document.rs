//! The registration of one document, as a registry proxy sees it: its states, what moves it, and what each move publishes
//! (developers' documentation, "WorkFlow sistema di protocollazione").

use contracts::documents::{DocumentV1, RegistrationData, Status, TransmissionType};
use contracts::{Event, Extra, RetryMeta};
use kernel::{EventId, RomeTime};

use crate::steps::Progress;

/// Where a registration stands. Two of these are published under one name: see [`State::status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// The document has been read for the first time.
    Created,
    /// Its `REGISTRATION_PENDING` event is published and has not come back yet.
    Taken,
    /// That event has come back: the registry is being called.
    Registering,
    /// The registry did some of the steps; the rest waits for the next attempt.
    Partial,
    /// The registry did none of the steps; all wait for the next attempt.
    Failed,
    /// The registry did all of the steps.
    Complete,
}

/// What moves a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// The document is ours to register.
    Take,
    /// Our `REGISTRATION_PENDING` event, or the one of the proxy before us, was read.
    Begin,
    /// The last step was done.
    Complete,
    /// A step failed after others were done.
    Interrupt,
    /// The first step failed.
    Fail,
    /// Somebody else has registered the document: an operator by hand, or another program.
    Close,
}

/// The only moves there are: from, command, to, and the status that is published with it, if any.
pub const TRANSITIONS: [(State, Command, State, Option<Status>); 12] = [
    (State::Created, Command::Take, State::Taken, Some(Status::RegistrationPending)),
    (State::Failed, Command::Take, State::Taken, Some(Status::RegistrationPending)),
    (State::Partial, Command::Take, State::Taken, Some(Status::RegistrationPending)),
    (State::Created, Command::Begin, State::Registering, None),
    (State::Taken, Command::Begin, State::Registering, None),
    (State::Registering, Command::Complete, State::Complete, Some(Status::RegistrationComplete)),
    (State::Registering, Command::Interrupt, State::Partial, Some(Status::PartialRegistration)),
    (State::Registering, Command::Fail, State::Failed, Some(Status::RegistrationFailed)),
    (State::Taken, Command::Close, State::Complete, None),
    (State::Registering, Command::Close, State::Complete, None),
    (State::Partial, Command::Close, State::Complete, None),
    (State::Failed, Command::Close, State::Complete, None),
];

/// The command is not possible in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{1:?} is not possible in state {0:?}")]
pub struct Refused(pub State, pub Command);

impl State {
    /// Every state.
    pub const ALL: [Self; 6] = [Self::Created, Self::Taken, Self::Registering, Self::Partial, Self::Failed, Self::Complete];

    /// The status that the document has for others.
    pub fn status(self) -> Status {
        match self {
            Self::Created => Status::DocumentCreated,
            Self::Taken | Self::Registering => Status::RegistrationPending,
            Self::Partial => Status::PartialRegistration,
            Self::Failed => Status::RegistrationFailed,
            Self::Complete => Status::RegistrationComplete,
        }
    }

    /// The name under which it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Taken => "taken",
            Self::Registering => "registering",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Complete => "complete",
        }
    }

    /// The state that is stored under `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A document that a proxy registers, or has registered.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// The document as it was when it was last taken.
    pub document: DocumentV1,
    /// Where its registration stands.
    pub state: State,
    /// What the registry has done so far. No step is ever done twice.
    pub progress: Progress,
    /// How many attempts have failed.
    pub attempts: i64,
}

impl Registration {
    /// The registration of a document that was never seen before.
    pub fn new(document: DocumentV1) -> Self {
        Self { progress: Progress::before(&document), document, state: State::Created, attempts: 0 }
    }

    /// Moves the registration; gives the status to be published with the move, if any.
    ///
    /// # Errors
    /// [`Refused`] when [`TRANSITIONS`] has no such move; nothing changes then.
    pub fn apply(&mut self, command: Command) -> Result<Option<Status>, Refused> {
        let found = TRANSITIONS.iter().find(|(from, by, ..)| (*from, *by) == (self.state, command));
        let (_, _, to, status) = found.ok_or(Refused(self.state, command))?;
        self.state = *to;
        self.attempts += i64::from(matches!(command, Command::Interrupt | Command::Fail));
        Ok(*status)
    }

    /// What a failed step does to the registration.
    pub fn failure(&self) -> Command {
        if self.progress.is_empty() { Command::Fail } else { Command::Interrupt }
    }

    /// The document's next event, made at `at` by `app_id`. `retry_topic` is where a failed registration goes back to for its next
    /// attempt (developers' documentation, "Casi di errore - sistema di retry").
    pub fn event(&self, event_id: EventId, at: RomeTime, app_id: &str, retry_topic: &str) -> DocumentV1 {
        let mut event = self.document.clone();
        event.renew(event_id, at, app_id);
        event.status = self.state.status();
        event.updated_at = Some(at.trunc_to_second());
        match self.state {
            State::Complete => {
                let way = transmission_type(&self.document);
                let (at, number) = (self.progress.registered_at.unwrap_or(at), self.progress.number.clone().unwrap_or_default());
                event.registration_data = Some(RegistrationData::registered(way, at, number));
                if let (Some(folder), Some(number)) = (&mut event.folder, &self.progress.folder) {
                    folder.id = Some(number.clone());
                }
                event.retry_meta = None;
            }
            State::Partial | State::Failed => {
                // What the orchestrator noted stays: it counts its attempts there.
                let mut notes = event.retry_meta.take().map_or_else(Extra::default, |meta| meta.notes);
                notes.0.extend(self.progress.notes(&self.document));
                event.retry_meta = Some(RetryMeta { original_topic: Some(retry_topic.to_owned()), notes });
            }
            State::Created | State::Taken | State::Registering => {}
        }
        event
    }
}

/// Which way a document goes: as it says itself, or as its parties imply.
pub fn transmission_type(document: &DocumentV1) -> TransmissionType {
    let said = document.registration_data.as_ref().map(|data| data.transmission_type);
    said.unwrap_or_else(|| TransmissionType::between(document.source_type, document.recipient_type))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    const COMMANDS: [Command; 6] =
        [Command::Take, Command::Begin, Command::Complete, Command::Interrupt, Command::Fail, Command::Close];

    fn registration(state: State) -> Registration {
        let sample = include_str!("../../contracts/samples/documents/1/created.json");
        Registration { state, ..Registration::new(serde_json::from_str(sample).unwrap()) }
    }

    #[test]
    fn exactly_the_moves_of_the_table_are_possible() {
        for state in State::ALL {
            for command in COMMANDS {
                let mut registration = registration(state);
                let edge = TRANSITIONS.iter().find(|(from, by, ..)| (*from, *by) == (state, command));
                match edge {
                    Some((.., to, status)) => {
                        assert_eq!(registration.apply(command), Ok(*status));
                        assert_eq!(registration.state, *to);
                        // What is published is what the new state is called.
                        assert!(status.is_none_or(|status| status == to.status()));
                    }
                    None => {
                        assert_eq!(registration.apply(command), Err(Refused(state, command)));
                        assert_eq!(registration, self::registration(state), "a refused command changes nothing");
                    }
                }
            }
        }
    }

    #[test]
    fn the_diagram_of_the_readme_is_the_table() {
        let lines = TRANSITIONS.map(|(from, by, to, _)| format!("    {} --> {}: {by:?}\n", from.name(), to.name())).concat();
        let diagram = format!("stateDiagram-v2\n    [*] --> created\n{lines}```");
        assert!(include_str!("../README.md").contains(&diagram), "README.md should have:\n{diagram}");
    }

    #[test]
    fn nothing_leads_out_of_a_complete_registration() {
        assert!(TRANSITIONS.iter().all(|(from, ..)| *from != State::Complete));
    }

    #[test]
    fn every_state_is_stored_under_a_name_of_its_own() {
        let names: HashSet<_> = State::ALL.iter().map(|state| state.name()).collect();
        assert_eq!(names.len(), State::ALL.len());
        assert!(State::ALL.iter().all(|state| State::named(state.name()) == Some(*state)));
        assert_eq!(State::named("other"), None);
    }

    proptest! {
        /// Whatever is tried in whatever order, `PENDING` is published before each attempt and every attempt ends in one event, unless
        /// somebody else has registered the document.
        #[test]
        fn attempts_are_announced_and_ended(commands in proptest::collection::vec(proptest::sample::select(&COMMANDS[..]), 0..40)) {
            let mut registration = registration(State::Created);
            let (mut announced, mut ended) = (0, 0);
            for command in commands {
                match registration.apply(command) {
                    Ok(Some(Status::RegistrationPending)) => announced += 1,
                    Ok(Some(_)) => ended += 1,
                    Ok(None) | Err(_) => {}
                }
            }
            // The first announcement may have been another proxy's.
            prop_assert!(ended <= announced + 1);
            prop_assert!(announced <= ended + 1);
        }
    }
}
