//! What may be done with an agreement (G1, G3 to G10), and what attributes do to it by themselves (A6).

use kernel::RomeTime;

use super::agreement::{Agreement, Grounds, Sides};
use super::state::{State, Suspensions, by_attributes, platform_suspends, with_suspensions};
use crate::attributes::{Satisfied, satisfied};
use crate::catalog::descriptor::{Descriptor, State as DescriptorState};
use crate::errors::{Fault, Refusal, Service};
use crate::ids::{AgreementId, AttributeId};
use crate::rules::{ApprovalPolicy, Rules};

/// Every state change that there can be: state before, what happens, state after. What the consumer holds chooses among those that
/// share the first two. The tests are made from it.
pub const TRANSITIONS: &[(State, Action, State)] = {
    use Action as A;
    use State as S;
    &[
        (S::Draft, A::Submit, S::Pending),
        (S::Draft, A::Submit, S::Active),
        (S::Pending, A::Approve, S::Active),
        (S::Pending, A::Reject, S::Rejected),
        (S::Active, A::Suspend, S::Suspended),
        (S::Suspended, A::Suspend, S::Suspended),
        (S::Suspended, A::Unsuspend, S::Active),
        (S::Suspended, A::Unsuspend, S::Suspended),
        (S::Active, A::Replace, S::Archived),
        (S::Suspended, A::Replace, S::Archived),
        (S::Active, A::Archive, S::Archived),
        (S::Suspended, A::Archive, S::Archived),
        (S::Pending, A::Reassess, S::MissingCertifiedAttributes),
        (S::Pending, A::Reassess, S::Draft),
        (S::Active, A::Reassess, S::Suspended),
        (S::Suspended, A::Reassess, S::Active),
        (S::MissingCertifiedAttributes, A::Reassess, S::Draft),
    ]
};

/// What happens to an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The consumer submits it.
    Submit,
    /// The producer approves it.
    Approve,
    /// The producer refuses it.
    Reject,
    /// Either side suspends it.
    Suspend,
    /// Either side lifts its suspension.
    Unsuspend,
    /// A newer agreement takes its place.
    Replace,
    /// The consumer ends it.
    Archive,
    /// Attributes have changed.
    Reassess,
}

/// What a submission does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Attributes that the consumer declares by subscribing (A2).
    pub declares: Vec<AttributeId>,
    /// Whether it is in force at once, so that older ones end.
    pub activated: bool,
}

/// What an upgrade does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upgrade {
    /// The old agreement has ended; this one goes on in its place.
    Done(Agreement),
    /// The old agreement goes on until this draft is activated.
    Begun(Agreement),
}

/// The event of a suspension or of its end.
type Event = &'static str;

impl Agreement {
    /// A request for the newest version of an e-service (G1).
    ///
    /// # Errors
    /// [`Fault::NotLatestDescriptor`], [`Fault::DescriptorNotInExpectedState`], [`Fault::AgreementAlreadyExists`],
    /// [`Fault::MissingCertifiedAttributes`].
    pub fn create(
        consumer: kernel::TenantId,
        descriptor: crate::ids::DescriptorId,
        id: AgreementId,
        grounds: Grounds<'_>,
    ) -> Result<Self, Fault> {
        let eservice = grounds.eservice;
        let newest = eservice.newest().ok_or(Fault::DescriptorNotInExpectedState)?;
        if newest.id != descriptor {
            return Err(Fault::NotLatestDescriptor);
        }
        if newest.state != DescriptorState::Published {
            return Err(Fault::DescriptorNotInExpectedState);
        }
        if grounds.others.iter().any(|other| !other.state.is_final()) {
            return Err(Fault::AgreementAlreadyExists);
        }
        let agreement = Self {
            id,
            eservice_id: eservice.id,
            descriptor_id: descriptor,
            producer_id: eservice.producer_id,
            consumer_id: consumer,
            state: State::Draft,
            suspensions: Suspensions::default(),
            consumer_notes: None,
            rejection_reason: None,
            documents: Vec::new(),
            contract: None,
            created_at: grounds.now,
            updated_at: None,
            suspended_at: None,
            submitted: None,
            activated: None,
            rejected: None,
            archived: None,
            upgrades: None,
        };
        if !agreement.own() && !agreement.held(newest, grounds).certified {
            return Err(Fault::MissingCertifiedAttributes);
        }
        Ok(agreement)
    }

    /// What the consumer holds of what `descriptor` requires.
    fn held(&self, descriptor: &Descriptor, grounds: Grounds<'_>) -> Satisfied {
        satisfied(&descriptor.attributes, grounds.holdings, self.producer_id, grounds.rules, grounds.now)
    }

    fn descriptor<'a>(&self, grounds: Grounds<'a>) -> Result<&'a Descriptor, Fault> {
        grounds.eservice.descriptor(self.descriptor_id).ok_or(Fault::DescriptorNotInExpectedState)
    }

    fn policy(descriptor: &Descriptor, grounds: Grounds<'_>) -> ApprovalPolicy {
        descriptor.terms.agreement_approval_policy.unwrap_or(grounds.rules.approval_policy)
    }

    /// The consumer submits the draft (G3). `has_mail`: somebody can write to the consumer.
    ///
    /// # Errors
    /// [`Fault::AgreementNotInExpectedState`], [`Fault::ConsumerWithoutMail`], [`Fault::NotLatestDescriptor`],
    /// [`Fault::DescriptorNotInExpectedState`], [`Fault::AgreementAlreadyExists`], [`Fault::SubmissionFailed`].
    pub fn submit(&mut self, notes: Option<String>, has_mail: bool, grounds: Grounds<'_>) -> Result<Submission, Fault> {
        self.is_in(&[State::Draft])?;
        if !has_mail {
            return Err(Fault::ConsumerWithoutMail);
        }
        let descriptor = grounds.eservice.newest().ok_or(Fault::DescriptorNotInExpectedState)?;
        if descriptor.id != self.descriptor_id {
            return Err(Fault::NotLatestDescriptor);
        }
        if descriptor.state != DescriptorState::Published {
            return Err(Fault::DescriptorNotInExpectedState);
        }
        if grounds.others.iter().any(|other| other.state.waits()) {
            return Err(Fault::AgreementAlreadyExists);
        }
        let mut held = self.held(descriptor, grounds);
        let mut declares = Vec::new();
        if grounds.rules.implicit_declaration && !held.declared && !self.own() && held.certified {
            let lacking = descriptor
                .attributes
                .declared
                .iter()
                .filter(|group| !group.iter().any(|required| grounds.holdings.has_declared(required.id)));
            // One of a group is enough, and the consumer says which by declaring it itself beforehand.
            declares = lacking.filter_map(|group| group.first()).map(|required| required.id).collect();
            held.declared = true;
        }
        let next = by_attributes(self.state, self.own(), held, Self::policy(descriptor, grounds));
        if !matches!(next, State::Active | State::Pending) {
            return Err(Fault::SubmissionFailed);
        }
        self.consumer_notes = notes.or_else(|| self.consumer_notes.take());
        self.submitted = Some(grounds.stamp());
        self.settle(next, grounds.now);
        if self.state.runs() {
            self.activated = Some(grounds.stamp());
        }
        Ok(Submission { declares, activated: self.state.runs() })
    }

    /// Takes over what attributes say, with everybody's suspensions.
    fn settle(&mut self, next: State, now: RomeTime) {
        self.suspensions.suspended_by_platform = platform_suspends(next);
        let state = with_suspensions(next, self.suspensions);
        if state == State::Suspended && self.state != State::Suspended {
            self.suspended_at = Some(now);
        } else if state != State::Suspended {
            self.suspended_at = None;
        }
        self.state = state;
        self.updated_at = Some(now);
    }

    /// The producer approves (G4).
    ///
    /// # Errors
    /// [`Fault::AgreementNotInExpectedState`], [`Fault::DescriptorNotInExpectedState`], [`Fault::ActivationFailed`].
    pub fn approve(&mut self, grounds: Grounds<'_>) -> Result<(), Fault> {
        self.is_in(&[State::Pending])?;
        let descriptor = self.descriptor_in_use(grounds)?;
        let next = by_attributes(self.state, self.own(), self.held(descriptor, grounds), Self::policy(descriptor, grounds));
        if next != State::Active {
            return Err(Fault::ActivationFailed);
        }
        self.activated = Some(grounds.stamp());
        self.settle(next, grounds.now);
        Ok(())
    }

    fn descriptor_in_use<'a>(&self, grounds: Grounds<'a>) -> Result<&'a Descriptor, Fault> {
        let descriptor = self.descriptor(grounds)?;
        let states = [DescriptorState::Published, DescriptorState::Suspended, DescriptorState::Deprecated];
        if states.contains(&descriptor.state) { Ok(descriptor) } else { Err(Fault::DescriptorNotInExpectedState) }
    }

    /// The producer refuses (G5).
    ///
    /// # Errors
    /// [`Fault::AgreementNotInExpectedState`], or a reason that is too short or too long.
    pub fn reject(&mut self, reason: &str, grounds: Grounds<'_>) -> Result<(), Refusal> {
        self.is_in(&[State::Pending])?;
        if !(20..=1000).contains(&reason.trim().chars().count()) {
            return Err(Fault::Malformed(Service::Agreement).told("reason: da 20 a 1000 caratteri"));
        }
        self.rejection_reason = Some(reason.to_owned());
        self.rejected = Some(grounds.stamp());
        self.state = State::Rejected;
        self.updated_at = Some(grounds.now);
        Ok(())
    }

    /// A side suspends (G6). Suspending again changes nothing.
    ///
    /// # Errors
    /// [`Fault::AgreementNotInExpectedState`].
    pub fn suspend(&mut self, sides: Sides, grounds: Grounds<'_>) -> Result<Event, Fault> {
        self.is_in(&[State::Active, State::Suspended])?;
        self.suspensions.suspended_by_consumer |= sides.consumer;
        self.suspensions.suspended_by_producer |= sides.producer;
        self.reconsider(grounds)?;
        Ok(if sides.consumer { "AGREEMENT_SUSPENDED_BY_CONSUMER" } else { "AGREEMENT_SUSPENDED_BY_PRODUCER" })
    }

    /// A side lifts its own suspension, and only that (G7). It is in force again if nothing else stands against it.
    ///
    /// # Errors
    /// [`Fault::AgreementNotInExpectedState`], [`Fault::DescriptorNotInExpectedState`].
    pub fn unsuspend(&mut self, sides: Sides, grounds: Grounds<'_>) -> Result<Event, Fault> {
        self.is_in(&[State::Suspended])?;
        self.descriptor_in_use(grounds)?;
        self.suspensions.suspended_by_consumer &= !sides.consumer;
        self.suspensions.suspended_by_producer &= !sides.producer;
        self.reconsider(grounds)?;
        Ok(if sides.consumer { "AGREEMENT_UNSUSPENDED_BY_CONSUMER" } else { "AGREEMENT_UNSUSPENDED_BY_PRODUCER" })
    }

    fn reconsider(&mut self, grounds: Grounds<'_>) -> Result<(), Fault> {
        let descriptor = self.descriptor(grounds)?;
        let next = by_attributes(self.state, self.own(), self.held(descriptor, grounds), Self::policy(descriptor, grounds));
        self.settle(next, grounds.now);
        Ok(())
    }

    /// The consumer goes over to the newest version (G8). The old agreement ends only if the new one is in force at once.
    ///
    /// # Errors
    /// [`Fault::AgreementNotInExpectedState`], [`Fault::PublishedDescriptorNotFound`], [`Fault::NoNewerDescriptor`],
    /// [`Fault::MissingCertifiedAttributes`], [`Fault::AgreementAlreadyExists`].
    pub fn upgrade(&mut self, id: AgreementId, grounds: Grounds<'_>) -> Result<Upgrade, Fault> {
        self.is_in(&[State::Active, State::Suspended])?;
        let newer = grounds.eservice.newest_published().ok_or(Fault::PublishedDescriptorNotFound)?;
        if newer.version <= self.descriptor(grounds)?.version {
            return Err(Fault::NoNewerDescriptor);
        }
        let held = self.held(newer, grounds);
        if !self.own() && !held.certified {
            return Err(Fault::MissingCertifiedAttributes);
        }
        if grounds.others.iter().any(|other| other.id != self.id && !other.state.is_final()) {
            return Err(Fault::AgreementAlreadyExists);
        }
        let mut next = self.successor(id, grounds);
        next.descriptor_id = newer.id;
        if self.own() || held.all() {
            next.state = self.state;
            next.suspensions = self.suspensions;
            next.submitted = Some(grounds.stamp());
            next.activated = Some(grounds.stamp());
            // What was suspended because attributes lacked lacks none of the new version's.
            next.settle(State::Active, grounds.now);
            self.replace(grounds);
            return Ok(Upgrade::Done(next));
        }
        next.upgrades = Some(self.id);
        Ok(Upgrade::Begun(next))
    }

    /// A draft with this agreement's notes and documents.
    fn successor(&self, id: AgreementId, grounds: Grounds<'_>) -> Self {
        Self {
            id,
            state: State::Draft,
            suspensions: Suspensions::default(),
            rejection_reason: None,
            contract: None,
            created_at: grounds.now,
            updated_at: None,
            suspended_at: None,
            submitted: None,
            activated: None,
            rejected: None,
            archived: None,
            upgrades: None,
            ..self.clone()
        }
    }

    /// A newer agreement takes this one's place (G4, G8).
    pub fn replace(&mut self, grounds: Grounds<'_>) {
        self.end(grounds);
    }

    fn end(&mut self, grounds: Grounds<'_>) {
        self.state = State::Archived;
        self.archived = Some(grounds.stamp());
        self.updated_at = Some(grounds.now);
    }

    /// A refused consumer applies again with what it wrote before (G9).
    ///
    /// # Errors
    /// [`Fault::AgreementNotInExpectedState`], [`Fault::AgreementAlreadyExists`], [`Fault::MissingCertifiedAttributes`],
    /// [`Fault::NotLatestDescriptor`], [`Fault::DescriptorNotInExpectedState`].
    pub fn reapply(&self, id: AgreementId, grounds: Grounds<'_>) -> Result<Self, Fault> {
        self.is_in(&[State::Rejected])?;
        // A newer version may have come since: the draft is for that one.
        let newest = grounds.eservice.newest().ok_or(Fault::DescriptorNotInExpectedState)?;
        let created = Self::create(self.consumer_id, newest.id, id, grounds)?;
        Ok(Self { descriptor_id: created.descriptor_id, ..self.successor(id, grounds) })
    }

    /// The consumer ends it (G10), where the rules allow that. Its purposes stay as they are and stop working.
    ///
    /// # Errors
    /// [`Fault::AgreementNotInExpectedState`].
    pub fn archive(&mut self, grounds: Grounds<'_>) -> Result<Event, Fault> {
        self.archivable(grounds.rules)?;
        self.end(grounds);
        Ok("AGREEMENT_ARCHIVED_BY_CONSUMER")
    }

    /// Whether the consumer may end it by hand (G10).
    ///
    /// # Errors
    /// [`Fault::AgreementNotInExpectedState`].
    pub fn archivable(&self, rules: &Rules) -> Result<(), Fault> {
        self.is_in(&[State::Active, State::Suspended])?;
        if rules.archive_agreements { Ok(()) } else { Err(Fault::AgreementNotInExpectedState) }
    }

    /// What a change of attributes does to it (A6): it never creates an approval. Gives the event if anything changed.
    ///
    /// # Errors
    /// [`Fault::DescriptorNotInExpectedState`] when the version does not exist.
    pub fn reassess(&mut self, grounds: Grounds<'_>) -> Result<Option<Event>, Fault> {
        if self.state.is_final() || self.state == State::Draft {
            return Ok(None);
        }
        let descriptor = self.descriptor(grounds)?;
        let held = self.held(descriptor, grounds);
        let next = by_attributes(self.state, self.own(), held, Self::policy(descriptor, grounds));
        if self.state == State::Pending && matches!(next, State::Active | State::Pending) {
            return Ok(None);
        }
        let before = self.clone();
        self.settle(next, grounds.now);
        let unchanged = (before.state, before.suspensions) == (self.state, self.suspensions);
        if unchanged {
            *self = before;
            return Ok(None);
        }
        Ok(Some(match self.state {
            State::Suspended if self.suspensions.suspended_by_platform => "AGREEMENT_SUSPENDED_BY_PLATFORM",
            State::Draft => "AGREEMENT_SET_DRAFT_BY_PLATFORM",
            State::MissingCertifiedAttributes => "AGREEMENT_SET_MISSING_CERTIFIED_ATTRIBUTES_BY_PLATFORM",
            _ => "AGREEMENT_UNSUSPENDED_BY_PLATFORM",
        }))
    }
}
