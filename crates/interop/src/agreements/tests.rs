//! Rules G1 to G11 and the state function.

use kernel::{RomeTime, Uuid};
use proptest::prelude::*;

use super::agreement::{Agreement, Document, Grounds, Sides};
use super::commands::{Action, TRANSITIONS, Upgrade};
use super::state::{State, Suspensions, by_attributes, platform_suspends, with_suspensions};
use crate::attributes::tenant::Tenant;
use crate::attributes::tenant::tests::{attribute, tenant};
use crate::attributes::{Kind, Requirements, Satisfied, Verification, Verified};
use crate::catalog::descriptor::State as DescriptorState;
use crate::catalog::eservice::EService;
use crate::catalog::tests::published;
use crate::errors::Fault;
use crate::ids::{AgreementId, AttributeId, DescriptorId, FileId};
use crate::rules::{ApprovalPolicy, Profile, Rules};

fn at(second: i64) -> RomeTime {
    RomeTime::from_microsecond((1_772_000_000 + second) * 1_000_000).unwrap()
}

fn id(number: u128) -> AgreementId {
    AgreementId(Uuid::from_u128(number))
}

fn version(number: u128) -> DescriptorId {
    DescriptorId(Uuid::from_u128(number))
}

const CERTIFIED: u128 = 1;
const DECLARED: u128 = 2;
const VERIFIED: u128 = 3;

fn attr(number: u128) -> AttributeId {
    AttributeId(Uuid::from_u128(number))
}

/// An e-service of body 1 with `versions`, each of which requires one attribute of each kind; a consumer, body 2, and its rules.
pub(crate) struct Case {
    pub(crate) eservice: EService,
    pub(crate) consumer: Tenant,
    pub(crate) others: Vec<Agreement>,
    pub(crate) rules: Rules,
}

impl Case {
    pub(crate) fn new(versions: u32, profile: Profile) -> Self {
        let mut eservice = published(versions);
        for descriptor in &mut eservice.descriptors {
            descriptor.attributes = Requirements {
                certified: vec![vec![attr(CERTIFIED).into()]],
                declared: vec![vec![attr(DECLARED).into()]],
                verified: vec![vec![attr(VERIFIED).into()]],
            };
        }
        Self { eservice, consumer: tenant(2), others: vec![], rules: Rules::of(profile) }
    }

    /// The consumer holds exactly these.
    pub(crate) fn hold(&mut self, certified: bool, declared: bool, verified: bool) {
        self.consumer.holdings = crate::attributes::Holdings::default();
        if certified {
            self.consumer.assign(attr(CERTIFIED), at(0));
        }
        if declared {
            self.consumer.declare(&attribute(DECLARED, Kind::Declared, None), at(0)).unwrap();
        }
        if verified {
            let word = Verification { id: tenant(1).id, verification_date: at(0), expiration_date: None, extension_date: None };
            let held = Verified { assigned_at: at(0), verified_by: vec![word], revoked_by: vec![] };
            self.consumer.holdings.verified.insert(attr(VERIFIED), held);
        }
    }

    pub(crate) fn grounds(&self) -> Grounds<'_> {
        Grounds {
            eservice: &self.eservice,
            holdings: &self.consumer.holdings,
            others: &self.others,
            rules: &self.rules,
            by: None,
            now: at(10),
        }
    }

    fn create(&self, descriptor: u128) -> Result<Agreement, Fault> {
        Agreement::create(self.consumer.id, version(descriptor), id(1), self.grounds())
    }

    /// An agreement for version `descriptor` in a state, whatever it takes to come there.
    pub(crate) fn in_state(&self, state: State, descriptor: u128) -> Agreement {
        let mut case = Self { eservice: self.eservice.clone(), consumer: tenant(2), others: vec![], rules: self.rules.clone() };
        case.hold(true, true, true);
        case.eservice.descriptors.retain(|found| found.id == version(descriptor));
        case.eservice.descriptors[0].state = DescriptorState::Published;
        Agreement { state, ..case.create(descriptor).unwrap() }
    }
}

fn guide() -> Case {
    Case::new(1, Profile::Guide)
}

const BOTH: Sides = Sides { consumer: true, producer: true };
const CONSUMER: Sides = Sides { consumer: true, producer: false };
const PRODUCER: Sides = Sides { consumer: false, producer: true };

#[test]
fn g1_a_request_is_for_the_newest_version_if_it_is_published() {
    let mut case = Case::new(2, Profile::Guide);
    case.hold(true, false, false);
    assert_eq!(case.create(1), Err(Fault::NotLatestDescriptor));
    assert_eq!(case.create(2).unwrap().state, State::Draft);
    case.eservice.suspend(version(2), at(5)).unwrap();
    assert_eq!(case.create(2), Err(Fault::DescriptorNotInExpectedState));
}

#[test]
fn g1_one_request_at_a_time_and_certified_attributes_first() {
    let mut case = guide();
    assert_eq!(case.create(1), Err(Fault::MissingCertifiedAttributes));
    case.hold(true, false, false);
    for state in State::ALL {
        case.others = vec![case.in_state(state, 1)];
        let conflict = !matches!(state, State::Archived | State::Rejected);
        assert_eq!(case.create(1).err(), conflict.then_some(Fault::AgreementAlreadyExists), "{state:?}");
    }
    case.others.clear();
    case.consumer = tenant(1);
    assert!(case.create(1).is_ok(), "a producer needs nothing from itself");
}

#[test]
fn g2_notes_and_documents_change_in_draft_only() {
    let document = |number: u128, name: &str| Document {
        id: FileId(Uuid::from_u128(number)),
        name: "atto.pdf".into(),
        pretty_name: name.into(),
        content_type: "application/pdf".into(),
        created_at: at(1),
    };
    let case = guide();
    let mut agreement = case.in_state(State::Draft, 1);
    agreement.attach(document(1, "Atto"), at(2)).unwrap();
    assert_eq!(agreement.attach(document(2, "atto"), at(2)), Err(Fault::AgreementDocumentExists));
    assert_eq!(agreement.note(Some("Note".into()), at(3)), Ok(()));
    assert_eq!(agreement.detach(FileId(Uuid::from_u128(9)), at(3)), Err(Fault::AgreementDocumentNotFound));
    agreement.state = State::Pending;
    assert_eq!(agreement.attach(document(3, "Altro"), at(4)), Err(Fault::DocumentsChangeNotAllowed));
    assert_eq!(agreement.detach(FileId(Uuid::from_u128(1)), at(4)), Err(Fault::DocumentsChangeNotAllowed));
    assert_eq!(agreement.note(None, at(4)), Err(Fault::AgreementNotInExpectedState));
}

#[test]
fn g3_a_submission_waits_for_the_producer_and_declares_what_is_missing() {
    let mut case = guide();
    case.hold(true, false, false);
    let mut agreement = case.create(1).unwrap();
    assert_eq!(agreement.clone().submit(None, false, case.grounds()), Err(Fault::ConsumerWithoutMail));
    let submission = agreement.submit(Some("Per favore".into()), true, case.grounds()).unwrap();
    assert_eq!((submission.declares, submission.activated), (vec![attr(DECLARED)], false));
    assert_eq!((agreement.state, agreement.consumer_notes.as_deref()), (State::Pending, Some("Per favore")));
    assert_eq!(agreement.submit(None, true, case.grounds()), Err(Fault::AgreementNotInExpectedState));
}

#[test]
fn g3_declarations_come_first_as_built() {
    let mut case = Case::new(1, Profile::AsBuilt);
    case.hold(true, false, false);
    let mut agreement = case.create(1).unwrap();
    assert_eq!(agreement.submit(None, true, case.grounds()), Err(Fault::SubmissionFailed));
    case.hold(true, true, false);
    assert!(agreement.submit(None, true, case.grounds()).unwrap().declares.is_empty());
    assert_eq!(agreement.state, State::Pending);
}

#[test]
fn g3_an_automatic_policy_activates_when_everything_is_held() {
    let mut case = guide();
    case.eservice.descriptors[0].terms.agreement_approval_policy = Some(ApprovalPolicy::Automatic);
    case.hold(true, true, false);
    let mut agreement = case.create(1).unwrap();
    agreement.clone().submit(None, true, case.grounds()).unwrap();
    case.hold(true, true, true);
    assert!(agreement.submit(None, true, case.grounds()).unwrap().activated);
    assert_eq!(agreement.state, State::Active);
    assert!(agreement.activated.is_some());
}

#[test]
fn g3_the_version_is_still_the_newest_and_nothing_else_waits() {
    let mut case = guide();
    case.hold(true, true, true);
    let mut agreement = case.create(1).unwrap();
    for state in [State::Pending, State::MissingCertifiedAttributes] {
        case.others = vec![case.in_state(state, 1)];
        assert_eq!(agreement.submit(None, true, case.grounds()), Err(Fault::AgreementAlreadyExists));
    }
    case.others = vec![case.in_state(State::Active, 1)];
    assert!(agreement.clone().submit(None, true, case.grounds()).is_ok(), "a draft of an upgrade");
    case.others.clear();
    case.eservice.suspend(version(1), at(5)).unwrap();
    assert_eq!(agreement.submit(None, true, case.grounds()), Err(Fault::DescriptorNotInExpectedState));
    case.eservice = Case::new(2, Profile::Guide).eservice;
    assert_eq!(agreement.submit(None, true, case.grounds()), Err(Fault::NotLatestDescriptor));
    case.hold(false, true, true);
    case.eservice = guide().eservice;
    assert_eq!(agreement.submit(None, true, case.grounds()), Err(Fault::SubmissionFailed));
}

#[test]
fn g4_an_approval_needs_every_verified_attribute() {
    let mut case = guide();
    case.hold(true, true, false);
    let mut agreement = case.in_state(State::Pending, 1);
    assert_eq!(agreement.approve(case.grounds()), Err(Fault::ActivationFailed));
    case.hold(true, true, true);
    for state in [DescriptorState::Draft, DescriptorState::Archived] {
        case.eservice.descriptors[0].state = state;
        assert_eq!(agreement.approve(case.grounds()), Err(Fault::DescriptorNotInExpectedState));
    }
    case.eservice.descriptors[0].state = DescriptorState::Suspended;
    assert_eq!(agreement.approve(case.grounds()), Ok(()));
    assert_eq!(agreement.state, State::Active);
    assert_eq!(agreement.approve(case.grounds()), Err(Fault::AgreementNotInExpectedState));
    assert_eq!((agreement.of_producer(tenant(1).id), agreement.of_producer(tenant(2).id)), (Ok(()), Err(Fault::NotTheProducer)));
}

#[test]
fn g5_a_refusal_has_a_reason_and_is_final() {
    let case = guide();
    let mut agreement = case.in_state(State::Pending, 1);
    let reason = "Mancano i documenti richiesti";
    assert!(agreement.reject("No", case.grounds()).is_err());
    assert!(agreement.reject(&"a".repeat(1001), case.grounds()).is_err());
    assert_eq!(agreement.reject(reason, case.grounds()), Ok(()));
    assert_eq!((agreement.state, agreement.rejection_reason.as_deref()), (State::Rejected, Some(reason)));
    assert_eq!(agreement.reject(reason, case.grounds()).unwrap_err().fault, Fault::AgreementNotInExpectedState);
}

#[test]
fn g6_each_side_sets_its_own_flag() {
    let mut case = guide();
    case.hold(true, true, true);
    let mut agreement = case.in_state(State::Active, 1);
    agreement.suspend(CONSUMER, case.grounds()).unwrap();
    assert_eq!(agreement.suspensions, Suspensions { suspended_by_consumer: true, ..Suspensions::default() });
    agreement.suspend(PRODUCER, case.grounds()).unwrap();
    assert!(agreement.suspensions.suspended_by_producer && agreement.state == State::Suspended);
    assert_eq!(agreement.sides(tenant(3).id), Err(Fault::AgreementTenantNotAllowed));
    assert_eq!(agreement.sides(tenant(2).id), Ok(CONSUMER));
    let mut own = case.in_state(State::Active, 1);
    own.suspend(BOTH, case.grounds()).unwrap();
    assert!(own.suspensions.suspended_by_consumer && own.suspensions.suspended_by_producer);
}

#[test]
fn g7_neither_side_lifts_the_others_suspension() {
    let mut case = guide();
    case.hold(true, true, true);
    let mut agreement = case.in_state(State::Active, 1);
    agreement.suspend(PRODUCER, case.grounds()).unwrap();
    agreement.unsuspend(CONSUMER, case.grounds()).unwrap();
    assert_eq!(agreement.state, State::Suspended);
    agreement.unsuspend(PRODUCER, case.grounds()).unwrap();
    assert_eq!((agreement.state, agreement.suspended_at), (State::Active, None));
    assert_eq!(agreement.unsuspend(PRODUCER, case.grounds()), Err(Fault::AgreementNotInExpectedState));
    agreement.suspend(CONSUMER, case.grounds()).unwrap();
    case.eservice.descriptors[0].state = DescriptorState::Archived;
    assert_eq!(agreement.unsuspend(CONSUMER, case.grounds()), Err(Fault::DescriptorNotInExpectedState));
}

#[test]
fn g7_what_lacks_attributes_stays_suspended() {
    let mut case = guide();
    case.hold(true, true, true);
    let mut agreement = case.in_state(State::Active, 1);
    agreement.suspend(CONSUMER, case.grounds()).unwrap();
    case.hold(true, true, false);
    assert!(agreement.unsuspend(CONSUMER, case.grounds()).is_ok(), "no error");
    assert_eq!(agreement.state, State::Suspended);
    assert!(agreement.suspensions.suspended_by_platform && !agreement.suspensions.suspended_by_consumer);
}

#[test]
fn g8_an_upgrade_takes_the_flags_along_under_a_new_identifier() {
    let mut case = Case::new(2, Profile::Guide);
    case.hold(true, true, true);
    let mut agreement = case.in_state(State::Active, 1);
    agreement.suspensions.suspended_by_producer = true;
    agreement.state = State::Suspended;
    let Upgrade::Done(next) = agreement.upgrade(id(2), case.grounds()).unwrap() else { panic!("not done") };
    assert_eq!(
        (agreement.state, next.state, next.id, next.descriptor_id),
        (State::Archived, State::Suspended, id(2), version(2))
    );
    assert!(next.suspensions.suspended_by_producer);
}

#[test]
fn g8_what_is_not_held_yet_makes_a_draft_and_the_old_one_goes_on() {
    let mut case = Case::new(2, Profile::Guide);
    let mut agreement = case.in_state(State::Active, 1);
    assert_eq!(agreement.upgrade(id(2), case.grounds()), Err(Fault::MissingCertifiedAttributes));
    case.hold(true, true, false);
    let Upgrade::Begun(draft) = agreement.upgrade(id(2), case.grounds()).unwrap() else { panic!("done") };
    assert_eq!((agreement.state, draft.state, draft.upgrades), (State::Active, State::Draft, Some(agreement.id)));
    case.others = vec![draft];
    assert_eq!(agreement.upgrade(id(3), case.grounds()), Err(Fault::AgreementAlreadyExists), "one upgrade at a time");
}

#[test]
fn g8_there_is_a_newer_published_version() {
    let mut case = Case::new(2, Profile::Guide);
    case.hold(true, true, true);
    let mut newest = case.in_state(State::Active, 2);
    assert_eq!(newest.upgrade(id(2), case.grounds()), Err(Fault::NoNewerDescriptor));
    assert_eq!(case.in_state(State::Pending, 1).upgrade(id(2), case.grounds()), Err(Fault::AgreementNotInExpectedState));
    let mut old = case.in_state(State::Active, 1);
    case.eservice.suspend(version(2), at(5)).unwrap();
    assert_eq!(old.upgrade(id(2), case.grounds()), Err(Fault::PublishedDescriptorNotFound));
}

#[test]
fn g9_a_refused_consumer_applies_again_with_what_it_wrote() {
    let mut case = guide();
    case.hold(true, true, false);
    let mut refused = case.in_state(State::Rejected, 1);
    refused.consumer_notes = Some("Note".into());
    let again = refused.reapply(id(2), case.grounds()).unwrap();
    assert_eq!(
        (again.state, again.consumer_notes.as_deref(), again.rejection_reason.as_deref()),
        (State::Draft, Some("Note"), None)
    );
    case.others = vec![again];
    assert_eq!(refused.reapply(id(3), case.grounds()), Err(Fault::AgreementAlreadyExists));
    assert_eq!(case.in_state(State::Active, 1).reapply(id(3), case.grounds()), Err(Fault::AgreementNotInExpectedState));
}

#[test]
fn g10_the_consumer_ends_it_by_hand_only_as_built() {
    let (guide, built) = (guide(), Case::new(1, Profile::AsBuilt));
    assert_eq!(guide.in_state(State::Active, 1).archive(guide.grounds()), Err(Fault::AgreementNotInExpectedState));
    let mut agreement = built.in_state(State::Suspended, 1);
    assert_eq!(agreement.archive(built.grounds()), Ok("AGREEMENT_ARCHIVED_BY_CONSUMER"));
    assert_eq!(agreement.archive(built.grounds()), Err(Fault::AgreementNotInExpectedState));
}

#[test]
fn g11_what_was_never_approved_is_deleted() {
    let case = guide();
    for state in State::ALL {
        let may = case.in_state(state, 1).may_be_deleted().is_ok();
        assert_eq!(may, matches!(state, State::Draft | State::Pending | State::MissingCertifiedAttributes), "{state:?}");
    }
}

#[test]
fn a6_a_change_of_attributes_never_approves() {
    let mut case = guide();
    case.hold(true, true, true);
    let mut pending = case.in_state(State::Pending, 1);
    assert_eq!(pending.reassess(case.grounds()), Ok(None));
    assert_eq!(pending.state, State::Pending);
    let mut active = case.in_state(State::Active, 1);
    assert_eq!(active.reassess(case.grounds()), Ok(None));
    case.hold(true, true, false);
    assert_eq!(active.reassess(case.grounds()), Ok(Some("AGREEMENT_SUSPENDED_BY_PLATFORM")));
    case.hold(true, true, true);
    assert_eq!(active.reassess(case.grounds()), Ok(Some("AGREEMENT_UNSUSPENDED_BY_PLATFORM")));
    assert_eq!(active.state, State::Active);
    case.hold(false, true, true);
    assert_eq!(pending.reassess(case.grounds()), Ok(Some("AGREEMENT_SET_MISSING_CERTIFIED_ATTRIBUTES_BY_PLATFORM")));
    case.hold(true, true, true);
    assert_eq!(pending.reassess(case.grounds()), Ok(Some("AGREEMENT_SET_DRAFT_BY_PLATFORM")));
    assert_eq!(pending.reassess(case.grounds()), Ok(None), "a draft is the consumer's");
}

const fn held(certified: bool, declared: bool, verified: bool) -> Satisfied {
    Satisfied { certified, declared, verified }
}

#[test]
fn the_state_function_is_the_published_table() {
    use ApprovalPolicy::{Automatic, Manual};
    use State as S;
    let (all, none) = (held(true, true, true), held(false, false, false));
    for (state, own, held, policy, expected) in [
        (S::Draft, true, none, Manual, S::Active),
        (S::Draft, false, held(false, true, true), Automatic, S::MissingCertifiedAttributes),
        (S::Draft, false, all, Automatic, S::Active),
        (S::Draft, false, all, Manual, S::Pending),
        (S::Draft, false, held(true, true, false), Automatic, S::Pending),
        (S::Draft, false, held(true, false, true), Automatic, S::Draft),
        (S::Pending, false, held(false, true, true), Manual, S::MissingCertifiedAttributes),
        (S::Pending, true, none, Manual, S::MissingCertifiedAttributes),
        (S::Pending, false, held(true, false, true), Manual, S::Draft),
        (S::Pending, false, held(true, true, false), Manual, S::Pending),
        (S::Pending, false, all, Manual, S::Active),
        (S::Active, true, none, Manual, S::Active),
        (S::Active, false, all, Manual, S::Active),
        (S::Active, false, held(true, true, false), Manual, S::Suspended),
        (S::Suspended, false, all, Manual, S::Active),
        (S::Suspended, false, held(true, false, true), Manual, S::Suspended),
        (S::MissingCertifiedAttributes, false, held(true, false, false), Manual, S::Draft),
        (S::MissingCertifiedAttributes, true, none, Manual, S::Draft),
        (S::MissingCertifiedAttributes, false, held(false, true, true), Manual, S::MissingCertifiedAttributes),
        (S::Archived, false, all, Automatic, S::Archived),
        (S::Rejected, true, all, Automatic, S::Rejected),
    ] {
        assert_eq!(by_attributes(state, own, held, policy), expected, "{state:?} own {own} {held:?} {policy:?}");
    }
}

fn any_state() -> impl Strategy<Value = State> {
    prop::sample::select(State::ALL.to_vec())
}

proptest! {
    /// Final states are final, only those who run are suspended by the platform, and one suspension is enough.
    #[test]
    fn the_state_function_keeps_its_promises(state in any_state(), own in any::<bool>(), flags in any::<[bool; 5]>(), automatic in any::<bool>()) {
        let policy = if automatic { ApprovalPolicy::Automatic } else { ApprovalPolicy::Manual };
        let next = by_attributes(state, own, held(flags[0], flags[1], flags[2]), policy);
        let suspensions = Suspensions { suspended_by_consumer: flags[3], suspended_by_producer: flags[4], suspended_by_platform: platform_suspends(next) };
        let last = with_suspensions(next, suspensions);
        prop_assert!(!state.is_final() || last == state);
        prop_assert!(last != State::Active || !suspensions.any());
        prop_assert_eq!(next == last, !(next == State::Active && (flags[3] || flags[4])));
        prop_assert!(next != State::Active || state == State::Draft || own || flags[..3] == [true; 3]);
    }

    /// Whatever both sides and the attributes do: only edges of the table are walked, a side's flag is changed by that side alone, and
    /// the agreement is in force exactly when nobody suspends it and everything is held.
    #[test]
    fn agreements_walk_the_table_and_flags_belong_to_one_side(deeds in prop::collection::vec((0..8_usize, any::<[bool; 3]>()), 1..30)) {
        let mut case = Case::new(1, Profile::AsBuilt);
        case.hold(true, true, true);
        let mut agreement = case.create(1).unwrap();
        for (deed, attributes) in deeds {
            let before = agreement.clone();
            let action = match deed {
                0 => agreement.submit(None, true, case.grounds()).ok().map(|_| Action::Submit),
                1 => agreement.approve(case.grounds()).ok().map(|()| Action::Approve),
                2 => agreement.reject("Mancano i documenti richiesti", case.grounds()).ok().map(|()| Action::Reject),
                3 => agreement.suspend(CONSUMER, case.grounds()).ok().map(|_| Action::Suspend),
                4 => agreement.suspend(PRODUCER, case.grounds()).ok().map(|_| Action::Suspend),
                5 => agreement.unsuspend(CONSUMER, case.grounds()).ok().map(|_| Action::Unsuspend),
                6 => agreement.unsuspend(PRODUCER, case.grounds()).ok().map(|_| Action::Unsuspend),
                _ => {
                    case.hold(attributes[0], attributes[1], attributes[2]);
                    agreement.reassess(case.grounds()).unwrap().map(|_| Action::Reassess)
                }
            };
            let flags = |agreement: &Agreement| (agreement.suspensions.suspended_by_consumer, agreement.suspensions.suspended_by_producer);
            match action {
                None => prop_assert_eq!(&agreement, &before),
                Some(action) => {
                    let stayed = action == Action::Reassess && agreement.state == before.state;
                    let edge = (before.state, action, agreement.state);
                    prop_assert!(stayed || TRANSITIONS.contains(&edge), "{edge:?}");
                    let (consumer, producer) = (flags(&agreement).0 != flags(&before).0, flags(&agreement).1 != flags(&before).1);
                    prop_assert!(!consumer || [3, 5].contains(&deed));
                    prop_assert!(!producer || [4, 6].contains(&deed));
                }
            }
            if agreement.state.runs() {
                let holds = crate::attributes::satisfied(&case.eservice.descriptors[0].attributes, &case.consumer.holdings, agreement.producer_id, &case.rules, at(10)).all();
                prop_assert_eq!(agreement.state == State::Active, holds && flags(&agreement) == (false, false));
            }
        }
    }
}
