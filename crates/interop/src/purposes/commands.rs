//! What may be done with a purpose (P1 to P13).

use kernel::{RomeTime, TenantId};

use super::purpose::{Grounds, Info, Purpose, Sides, State, check_load, version};
use crate::agreements::agreement::Stamp;
use crate::attributes::tenant::TenantKind;
use crate::catalog::eservice::{EService, Mode};
use crate::errors::{Fault, Refusal, Service};
use crate::ids::{AnalysisId, PurposeId, VersionId};
use crate::risk_analysis::{self, Form};
use crate::rules::Rules;

/// Every change of a version's state that there can be: state before, command, state after. The thresholds and the flags choose among
/// those that share the first two. The tests are made from it.
pub const TRANSITIONS: &[(State, Command, State)] = {
    use Command as C;
    use State as S;
    &[
        (S::Draft, C::Publish, S::Active),
        (S::Draft, C::Publish, S::WaitingForApproval),
        (S::WaitingForApproval, C::Approve, S::Active),
        (S::WaitingForApproval, C::Reject, S::Rejected),
        (S::Active, C::Suspend, S::Suspended),
        (S::Suspended, C::Suspend, S::Suspended),
        (S::Suspended, C::Activate, S::Active),
        (S::Suspended, C::Activate, S::Suspended),
        (S::Active, C::Archive, S::Archived),
        (S::Suspended, C::Archive, S::Archived),
    ]
};

/// A command that changes the state of one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// The consumer publishes.
    Publish,
    /// The producer approves.
    Approve,
    /// The producer refuses.
    Reject,
    /// A side suspends.
    Suspend,
    /// A side lifts its suspension.
    Activate,
    /// The consumer ends it.
    Archive,
}

impl Command {
    /// Every command.
    pub const ALL: [Self; 6] = [Self::Publish, Self::Approve, Self::Reject, Self::Suspend, Self::Activate, Self::Archive];
}

/// What a consumer asks for (P1).
#[derive(Clone, Debug)]
pub struct Seed {
    /// Title, description, charge.
    pub info: Info,
    /// Calls a day.
    pub daily_calls: u32,
    /// The risk analysis as far as it is written.
    pub analysis: Option<Form>,
    /// The producer's analysis, if the e-service receives.
    pub from_analysis: Option<AnalysisId>,
}

/// The event of a command.
type Event = &'static str;

impl Purpose {
    /// A purpose in draft (P1). The caller has an active agreement; uniqueness of the title is the store's.
    ///
    /// # Errors
    /// [`Fault::ModeNotAllowed`], [`Fault::EServiceAnalysisNotFound`], [`Fault::PurposeAnalysisNotValid`], and those of
    /// [`Info::check`].
    pub fn create(
        seed: Seed,
        eservice: &EService,
        (consumer, kind): (TenantId, TenantKind),
        rules: &Rules,
        (id, first, now): (PurposeId, VersionId, RomeTime),
    ) -> Result<Self, Refusal> {
        seed.info.check()?;
        check_load(seed.daily_calls)?;
        let analysis = match (eservice.general.mode, seed.from_analysis) {
            (Mode::Deliver, None) => {
                check_draft(seed.analysis.as_ref(), kind, rules, now)?;
                seed.analysis
            }
            (Mode::Receive, Some(wanted)) => {
                let found = eservice.analyses.iter().find(|analysis| analysis.id == wanted);
                Some(found.ok_or(Fault::EServiceAnalysisNotFound)?.form.clone())
            }
            _ => return Err(Fault::ModeNotAllowed.into()),
        };
        Ok(Self {
            id,
            eservice_id: eservice.id,
            producer_id: eservice.producer_id,
            consumer_id: consumer,
            info: seed.info,
            analysis,
            from_analysis: seed.from_analysis,
            suspended_by_consumer: false,
            suspended_by_producer: false,
            versions: vec![version(first, State::Draft, seed.daily_calls, now)],
            created_at: now,
            updated_at: None,
        })
    }

    /// Rewrites a draft (P2). The analysis of a receiving e-service stays the producer's.
    ///
    /// # Errors
    /// [`Fault::PurposeNotInDraft`] and those of [`Purpose::create`].
    pub fn edit(
        &mut self,
        info: Info,
        daily_calls: u32,
        analysis: Option<Form>,
        (eservice, kind): (&EService, TenantKind),
        rules: &Rules,
        now: RomeTime,
    ) -> Result<(), Refusal> {
        if !self.in_draft() {
            return Err(Fault::PurposeNotInDraft.into());
        }
        info.check()?;
        check_load(daily_calls)?;
        if eservice.general.mode == Mode::Deliver {
            check_draft(analysis.as_ref(), kind, rules, now)?;
            self.analysis = analysis;
        }
        self.info = info;
        for version in &mut self.versions {
            version.daily_calls = daily_calls;
            version.updated_at = Some(now);
        }
        self.updated_at = Some(now);
        Ok(())
    }

    /// Publishes a draft (P3): in force if it is within the thresholds, else it waits for the producer. `kind` is that of whoever wrote
    /// the analysis.
    ///
    /// # Errors
    /// [`Fault::NotValidVersionState`], [`Fault::MissingAnalysis`], [`Fault::PurposeAnalysisNotValid`].
    pub fn publish(
        &mut self,
        id: VersionId,
        (kind, personal_data): (TenantKind, Option<bool>),
        rules: &Rules,
        grounds: Grounds,
    ) -> Result<Event, Refusal> {
        let version = self.version_mut(id)?;
        if version.state != State::Draft {
            return Err(Fault::NotValidVersionState.into());
        }
        let load = version.daily_calls;
        let analysis = self.analysis.as_ref().ok_or(Fault::MissingAnalysis)?;
        let issues = risk_analysis::complete(analysis, kind, personal_data, rules, grounds.stamp.at);
        if !issues.is_empty() {
            return Err(Fault::PurposeAnalysisNotValid.told(risk_analysis::told(&issues)));
        }
        if grounds.thresholds.over(grounds.declared, load) {
            let version = self.version_mut(id)?;
            version.state = State::WaitingForApproval;
            version.updated_at = Some(grounds.stamp.at);
            self.updated_at = Some(grounds.stamp.at);
            return Ok("PURPOSE_WAITING_FOR_APPROVAL");
        }
        self.enforce(id, grounds.stamp)?;
        Ok("PURPOSE_ACTIVATED")
    }

    /// The producer approves a version that waits, whatever the thresholds (P4).
    ///
    /// # Errors
    /// [`Fault::NotValidVersionState`].
    pub fn approve(&mut self, id: VersionId, stamp: Stamp) -> Result<Event, Fault> {
        if self.version_mut(id)?.state != State::WaitingForApproval {
            return Err(Fault::NotValidVersionState);
        }
        self.enforce(id, stamp)?;
        Ok("PURPOSE_VERSION_ACTIVATED")
    }

    /// The producer refuses a version that waits; one in force stays so (P5).
    ///
    /// # Errors
    /// [`Fault::NotValidVersionState`], or no reason.
    pub fn reject(&mut self, id: VersionId, reason: &str, now: RomeTime) -> Result<Event, Refusal> {
        if !(1..=1000).contains(&reason.trim().chars().count()) {
            return Err(Fault::Malformed(Service::Purpose).told("rejectionReason: da 1 a 1000 caratteri"));
        }
        let version = self.version_mut(id)?;
        if version.state != State::WaitingForApproval {
            return Err(Fault::NotValidVersionState.into());
        }
        version.state = State::Rejected;
        version.rejection_reason = Some(reason.to_owned());
        version.updated_at = Some(now);
        self.updated_at = Some(now);
        Ok("PURPOSE_VERSION_REJECTED")
    }

    /// The producer says, or says anew, when it expects to approve (P6).
    ///
    /// # Errors
    /// [`Fault::PurposeTenantNotAllowed`] when the version does not wait.
    pub fn expect(&mut self, id: VersionId, date: RomeTime, now: RomeTime) -> Result<Event, Fault> {
        let version = self.version_mut(id)?;
        if version.state != State::WaitingForApproval {
            return Err(Fault::PurposeTenantNotAllowed);
        }
        version.expected_approval_date = Some(date);
        version.updated_at = Some(now);
        self.updated_at = Some(now);
        Ok("PURPOSE_WAITING_FOR_APPROVAL")
    }

    /// The consumer declares another load (P7). Within the thresholds it is in force at once; over them it waits, and the old one stays
    /// in force. A version that was refused counts as none.
    ///
    /// # Errors
    /// [`Fault::VersionConflict`], [`Fault::PurposeCannotBeUpdated`], [`Fault::UnchangedDailyCalls`].
    pub fn change_load(&mut self, id: VersionId, daily_calls: u32, grounds: Grounds) -> Result<Event, Refusal> {
        check_load(daily_calls)?;
        if self.versions.iter().any(|version| version.state.is_open()) {
            return Err(Fault::VersionConflict.into());
        }
        if self.is_archived() {
            return Err(Fault::PurposeCannotBeUpdated.into());
        }
        if self.current().is_some_and(|version| version.daily_calls == daily_calls) {
            return Err(Fault::UnchangedDailyCalls.into());
        }
        // The old load makes room for the new one; that of a suspended version is not counted, so it makes none.
        let own = u64::from(self.load());
        let mut without = grounds.declared;
        without.consumer = without.consumer.saturating_sub(own);
        without.total = without.total.saturating_sub(own);
        let waits = grounds.thresholds.over(without, daily_calls);
        self.ask(id, daily_calls, grounds.stamp.at);
        if waits {
            return Ok("NEW_PURPOSE_VERSION_WAITING_FOR_APPROVAL");
        }
        self.enforce(id, grounds.stamp)?;
        Ok("NEW_PURPOSE_VERSION_ACTIVATED")
    }

    /// Adds a version that waits. The consumer wants to use it: its own suspension ends when this comes into force, unless it suspends
    /// again meanwhile.
    fn ask(&mut self, id: VersionId, daily_calls: u32, now: RomeTime) {
        let mut asked = version(id, State::WaitingForApproval, daily_calls, now);
        asked.lifts_suspension = self.suspended_by_consumer;
        self.versions.push(asked);
        self.updated_at = Some(now);
    }

    /// The consumer withdraws a version that waits (P8).
    ///
    /// # Errors
    /// [`Fault::VersionCannotBeDeleted`] when it does not wait, or is the only one.
    pub fn withdraw(&mut self, id: VersionId, now: RomeTime) -> Result<Event, Fault> {
        let waits = self.version_mut(id)?.state == State::WaitingForApproval;
        if !waits || self.versions.len() == 1 {
            return Err(Fault::VersionCannotBeDeleted);
        }
        self.versions.retain(|version| version.id != id);
        self.updated_at = Some(now);
        Ok("WAITING_FOR_APPROVAL_PURPOSE_VERSION_DELETED")
    }

    /// A side suspends (P9); the load is free for other purposes.
    ///
    /// # Errors
    /// [`Fault::NotValidVersionState`].
    pub fn suspend(&mut self, id: VersionId, sides: Sides, now: RomeTime) -> Result<Event, Fault> {
        if !self.version_mut(id)?.state.runs() {
            return Err(Fault::NotValidVersionState);
        }
        self.suspended_by_consumer |= sides.consumer;
        self.suspended_by_producer |= sides.producer;
        if sides.consumer {
            self.versions.iter_mut().for_each(|version| version.lifts_suspension = false);
        }
        self.settle(now);
        Ok(if sides.consumer { "PURPOSE_VERSION_SUSPENDED_BY_CONSUMER" } else { "PURPOSE_VERSION_SUSPENDED_BY_PRODUCER" })
    }

    /// A side lifts its own suspension (P10). The consumer's load has to fit again: if it does not, a new version waits for the producer
    /// and the suspended one stays as it is. `next` is that version's identifier.
    ///
    /// # Errors
    /// [`Fault::NotValidVersionState`], [`Fault::PurposeTenantNotAllowed`] when this side has not suspended,
    /// [`Fault::VersionConflict`].
    pub fn activate(&mut self, id: VersionId, sides: Sides, next: VersionId, grounds: Grounds) -> Result<Event, Fault> {
        let suspended = self.version_mut(id)?;
        if suspended.state != State::Suspended {
            return Err(Fault::NotValidVersionState);
        }
        let load = suspended.daily_calls;
        let lifts = (sides.consumer && self.suspended_by_consumer) || (sides.producer && self.suspended_by_producer);
        if !lifts {
            return Err(Fault::PurposeTenantNotAllowed);
        }
        if sides.consumer && self.suspended_by_consumer && grounds.thresholds.over(grounds.declared, load) {
            if self.waiting().is_some() {
                return Err(Fault::VersionConflict);
            }
            self.ask(next, load, grounds.stamp.at);
            return Ok("PURPOSE_VERSION_OVER_QUOTA_UNSUSPENDED");
        }
        self.suspended_by_consumer &= !sides.consumer;
        self.suspended_by_producer &= !sides.producer;
        self.settle(grounds.stamp.at);
        Ok(if sides.consumer { "PURPOSE_VERSION_UNSUSPENDED_BY_CONSUMER" } else { "PURPOSE_VERSION_UNSUSPENDED_BY_PRODUCER" })
    }

    /// The consumer ends it for good (P11); a version that waits is dropped.
    ///
    /// # Errors
    /// [`Fault::NotValidVersionState`].
    pub fn archive(&mut self, id: VersionId, now: RomeTime) -> Result<Event, Fault> {
        if !self.version_mut(id)?.state.runs() {
            return Err(Fault::NotValidVersionState);
        }
        self.versions.retain(|version| !version.state.is_open());
        let version = self.version_mut(id)?;
        version.state = State::Archived;
        version.updated_at = Some(now);
        self.updated_at = Some(now);
        Ok("PURPOSE_ARCHIVED")
    }

    /// Whether it may be deleted (P12): nothing of it was ever approved. Gives the event.
    ///
    /// # Errors
    /// [`Fault::PurposeCannotBeDeleted`].
    pub fn may_be_deleted(&self) -> Result<Event, Fault> {
        if self.in_draft() {
            return Ok("DRAFT_PURPOSE_DELETED");
        }
        let untouched = self.versions.iter().all(|version| version.state.is_open());
        if untouched { Ok("WAITING_FOR_APPROVAL_PURPOSE_DELETED") } else { Err(Fault::PurposeCannotBeDeleted) }
    }

    /// A copy in draft (P13).
    ///
    /// # Errors
    /// [`Fault::PurposeCannotBeCloned`] when it is in draft or has ended.
    pub fn copy(&self, (id, first, now): (PurposeId, VersionId, RomeTime)) -> Result<Self, Fault> {
        if self.in_draft() || self.is_archived() {
            return Err(Fault::PurposeCannotBeCloned);
        }
        let load = self.current().or(self.waiting()).or(self.versions.last()).map_or(1, |version| version.daily_calls);
        Ok(Self {
            id,
            info: Info { title: self.copy_title(now), ..self.info.clone() },
            suspended_by_consumer: false,
            suspended_by_producer: false,
            versions: vec![version(first, State::Draft, load, now)],
            created_at: now,
            updated_at: None,
            ..self.clone()
        })
    }
}

fn check_draft(analysis: Option<&Form>, kind: TenantKind, rules: &Rules, now: RomeTime) -> Result<(), Refusal> {
    let Some(form) = analysis else { return Ok(()) };
    // Whether personal data agree with the e-service is looked at when everything is answered.
    let issues = risk_analysis::well_formed(form, kind, None, rules, now);
    if issues.is_empty() { Ok(()) } else { Err(Fault::PurposeAnalysisNotValid.told(risk_analysis::told(&issues))) }
}
