//! Rules P1 to P14 and the quota.

use kernel::{RomeTime, Uuid};
use proptest::prelude::*;

use super::commands::{Command, Seed, TRANSITIONS};
use super::purpose::{Grounds, Info, Purpose, Sides, State};
use super::quota::{Loads, Thresholds};
use crate::agreements::agreement::Stamp;
use crate::attributes::tenant::TenantKind;
use crate::attributes::tenant::tests::tenant;
use crate::catalog::eservice::{Analysis, Mode};
use crate::catalog::tests::eservice;
use crate::errors::{Fault, Refusal};
use crate::ids::{AnalysisId, PurposeId, VersionId};
use crate::risk_analysis::Form;
use crate::rules::{Profile, Rules};

fn at(second: i64) -> RomeTime {
    RomeTime::from_microsecond((1_772_000_000 + second) * 1_000_000).unwrap()
}

fn version(number: u128) -> VersionId {
    VersionId(Uuid::from_u128(number))
}

fn stamp() -> Stamp {
    Stamp { by: None, at: at(10) }
}

const THRESHOLDS: Thresholds = Thresholds { per_consumer: 100, total: 1000 };
const CONSUMER: Sides = Sides { consumer: true, producer: false };
const PRODUCER: Sides = Sides { consumer: false, producer: true };

/// With `consumer` calls declared by this consumer and as many in all.
fn declared(consumer: u64) -> Grounds {
    Grounds { declared: Loads { consumer, total: consumer }, thresholds: THRESHOLDS, stamp: stamp() }
}

fn rules() -> Rules {
    Rules::of(Profile::Guide)
}

fn info() -> Info {
    Info {
        title: "Controllo dei requisiti".into(),
        description: "Controllo dei requisiti delle domande".into(),
        is_free_of_charge: false,
        free_of_charge_reason: None,
    }
}

fn form(text: &str) -> Form {
    Form { version: "3.1".into(), answers: serde_json::from_str(text).unwrap() }
}

pub(crate) fn complete() -> Form {
    form(
        r#"{"purpose":["OTHER"],"otherPurpose":["Altro"],"usesPersonalData":["NO"],
        "usesThirdPartyPersonalData":["NO"],"isRequestOnBehalfOfThirdParties":["NO"]}"#,
    )
}

fn seed(daily_calls: u32) -> Seed {
    Seed { info: info(), daily_calls, analysis: Some(complete()), from_analysis: None }
}

fn create(seed: Seed) -> Result<Purpose, Refusal> {
    let ids = (PurposeId(Uuid::from_u128(1)), version(1), at(0));
    Purpose::create(seed, &eservice(), (tenant(2).id, TenantKind::Pa), &rules(), ids)
}

fn draft(daily_calls: u32) -> Purpose {
    create(seed(daily_calls)).unwrap()
}

fn publish(purpose: &mut Purpose, grounds: Grounds) -> Result<&'static str, Refusal> {
    purpose.publish(version(1), (TenantKind::Pa, None), &rules(), grounds)
}

fn active(daily_calls: u32) -> Purpose {
    let mut purpose = draft(daily_calls);
    publish(&mut purpose, declared(0)).unwrap();
    purpose
}

fn fault<T>(result: Result<T, Refusal>) -> Option<Fault> {
    result.err().map(|refusal| refusal.fault)
}

fn states(purpose: &Purpose) -> Vec<State> {
    purpose.versions.iter().map(|version| version.state).collect()
}

#[test]
fn p1_a_purpose_begins_in_draft() {
    let purpose = draft(10);
    assert_eq!((states(&purpose), purpose.load()), (vec![State::Draft], 0));
    let charged = |free, reason: Option<&str>| {
        let info = Info { is_free_of_charge: free, free_of_charge_reason: reason.map(str::to_owned), ..info() };
        fault(create(Seed { info, ..seed(10) }))
    };
    assert_eq!(charged(true, None), Some(Fault::MissingFreeOfChargeReason));
    assert_eq!(charged(true, Some(" ")), Some(Fault::MissingFreeOfChargeReason));
    assert_eq!(charged(false, Some("Convenzione")), Some(Fault::InvalidFreeOfChargeReason));
    assert_eq!(charged(true, Some("Convenzione")), None);
    for calls in [0, 1_000_000_001] {
        assert_eq!(fault(create(seed(calls))), Some(Fault::Malformed(crate::Service::Purpose)));
    }
}

#[test]
fn p1_an_analysis_is_optional_but_well_formed() {
    assert!(create(Seed { analysis: None, ..seed(10) }).is_ok());
    assert!(create(Seed { analysis: Some(form(r#"{"otherPurpose":["Altro"]}"#)), ..seed(10) }).is_ok());
    let wrong = Some(form(r#"{"purpose":["WHIM"]}"#));
    assert_eq!(fault(create(Seed { analysis: wrong, ..seed(10) })), Some(Fault::PurposeAnalysisNotValid));
}

#[test]
fn p1_a_receiving_e_service_brings_its_own_analysis() {
    let mut receives = eservice();
    receives.general.mode = Mode::Receive;
    let id = AnalysisId(Uuid::from_u128(5));
    receives.analyses = vec![Analysis { id, name: "Analisi".into(), form: complete(), created_at: at(0) }];
    let ask = |from_analysis, eservice: &crate::catalog::eservice::EService| {
        let ids = (PurposeId(Uuid::from_u128(1)), version(1), at(0));
        let seed = Seed { analysis: None, from_analysis, ..seed(10) };
        Purpose::create(seed, eservice, (tenant(2).id, TenantKind::Pa), &rules(), ids)
    };
    assert_eq!(ask(Some(id), &receives).unwrap().analysis, Some(complete()));
    assert_eq!(fault(ask(None, &receives)), Some(Fault::ModeNotAllowed));
    assert_eq!(fault(ask(Some(id), &eservice())), Some(Fault::ModeNotAllowed));
    let other = AnalysisId(Uuid::from_u128(6));
    assert_eq!(fault(ask(Some(other), &receives)), Some(Fault::EServiceAnalysisNotFound));
}

#[test]
fn p2_only_a_draft_is_rewritten() {
    let mut purpose = draft(10);
    let renamed = Info { title: "Un altro titolo".into(), ..info() };
    let edit = |purpose: &mut Purpose| purpose.edit(renamed.clone(), 20, None, (&eservice(), TenantKind::Pa), &rules(), at(5));
    edit(&mut purpose).unwrap();
    assert_eq!((purpose.versions[0].daily_calls, &purpose.info.title, &purpose.analysis), (20, &renamed.title, &None));
    assert_eq!(fault(edit(&mut active(10))), Some(Fault::PurposeNotInDraft));
}

#[test]
fn p3_within_the_thresholds_it_is_in_force_at_once_and_over_them_it_waits() {
    let published = |declared_by_consumer, calls| {
        let mut purpose = draft(calls);
        let event = publish(&mut purpose, declared(declared_by_consumer)).unwrap();
        (purpose.versions[0].state, event)
    };
    assert_eq!(published(0, 100), (State::Active, "PURPOSE_ACTIVATED"), "equality is within");
    assert_eq!(published(90, 10), (State::Active, "PURPOSE_ACTIVATED"));
    assert_eq!(published(90, 11), (State::WaitingForApproval, "PURPOSE_WAITING_FOR_APPROVAL"));
    let mut crowded = draft(10);
    let full = Grounds { declared: Loads { consumer: 0, total: 991 }, ..declared(0) };
    publish(&mut crowded, full).unwrap();
    assert_eq!(crowded.versions[0].state, State::WaitingForApproval, "over the total");
}

#[test]
fn p3_the_analysis_is_there_and_complete() {
    let mut without = create(Seed { analysis: None, ..seed(10) }).unwrap();
    assert_eq!(fault(publish(&mut without, declared(0))), Some(Fault::MissingAnalysis));
    let mut started = create(Seed { analysis: Some(form(r#"{"purpose":["OTHER"]}"#)), ..seed(10) }).unwrap();
    let refused = publish(&mut started, declared(0)).unwrap_err();
    assert_eq!(refused.fault, Fault::PurposeAnalysisNotValid);
    assert!(refused.told.unwrap().contains("otherPurpose: risposta mancante"));
    let mut disagrees = draft(10);
    let personal = disagrees.publish(version(1), (TenantKind::Pa, Some(true)), &rules(), declared(0));
    assert_eq!(fault(personal), Some(Fault::PurposeAnalysisNotValid));
    assert_eq!(fault(publish(&mut active(10), declared(0))), Some(Fault::NotValidVersionState));
    assert_eq!(draft(10).of_consumer(tenant(3).id), Err(Fault::PurposeNotTheConsumer));
}

#[test]
fn p4_the_producer_approves_whatever_the_thresholds() {
    let mut purpose = draft(5000);
    publish(&mut purpose, declared(0)).unwrap();
    assert_eq!(purpose.of_producer(tenant(2).id), Err(Fault::PurposeNotTheProducer));
    assert_eq!(purpose.approve(version(1), stamp()), Ok("PURPOSE_VERSION_ACTIVATED"));
    assert_eq!((purpose.load(), purpose.versions[0].approved), (5000, Some(stamp())));
    assert_eq!(purpose.approve(version(1), stamp()), Err(Fault::NotValidVersionState));
    purpose.change_load(version(2), 6000, declared(5000)).unwrap();
    purpose.approve(version(2), stamp()).unwrap();
    assert_eq!(states(&purpose), [State::Archived, State::Active]);
    assert_eq!(purpose.approve(version(9), stamp()), Err(Fault::PurposeVersionNotFound));
}

#[test]
fn p5_a_refused_version_leaves_the_old_one_in_force() {
    let mut purpose = active(10);
    purpose.change_load(version(2), 500, declared(10)).unwrap();
    assert_eq!(fault(purpose.reject(version(1), "Troppo", at(11))), Some(Fault::NotValidVersionState));
    assert!(purpose.reject(version(2), " ", at(11)).is_err());
    assert_eq!(purpose.reject(version(2), "Troppo", at(11)), Ok("PURPOSE_VERSION_REJECTED"));
    assert_eq!((states(&purpose), purpose.load()), (vec![State::Active, State::Rejected], 10));
    assert_eq!(purpose.rejected().unwrap().rejection_reason.as_deref(), Some("Troppo"));
}

#[test]
fn p6_the_producer_says_when_it_expects_to_approve() {
    let mut purpose = draft(500);
    assert_eq!(purpose.expect(version(1), at(99), at(11)), Err(Fault::PurposeTenantNotAllowed));
    publish(&mut purpose, declared(0)).unwrap();
    for date in [at(99), at(77)] {
        assert!(purpose.expect(version(1), date, at(11)).is_ok());
        assert_eq!(purpose.versions[0].expected_approval_date, Some(date));
    }
}

#[test]
fn p7_another_load_is_in_force_at_once_or_waits_while_the_old_one_goes_on() {
    let mut purpose = active(60);
    assert_eq!(fault(purpose.change_load(version(2), 60, declared(60))), Some(Fault::UnchangedDailyCalls));
    assert_eq!(
        purpose.change_load(version(2), 100, declared(60)),
        Ok("NEW_PURPOSE_VERSION_ACTIVATED"),
        "only the difference counts"
    );
    assert_eq!((states(&purpose), purpose.load()), (vec![State::Archived, State::Active], 100));
    assert_eq!(purpose.change_load(version(3), 101, declared(100)), Ok("NEW_PURPOSE_VERSION_WAITING_FOR_APPROVAL"));
    assert_eq!(purpose.load(), 100);
    assert_eq!(fault(purpose.change_load(version(4), 50, declared(100))), Some(Fault::VersionConflict));
    assert_eq!(fault(draft(10).change_load(version(2), 20, declared(0))), Some(Fault::VersionConflict));
    let mut ended = active(10);
    ended.archive(version(1), at(11)).unwrap();
    assert_eq!(fault(ended.change_load(version(2), 20, declared(0))), Some(Fault::PurposeCannotBeUpdated));
}

#[test]
fn p7_the_load_of_a_suspended_version_makes_no_room() {
    let mut purpose = active(60);
    purpose.suspend(version(1), PRODUCER, at(11)).unwrap();
    // Others have taken what it freed.
    assert_eq!(purpose.change_load(version(2), 61, declared(60)), Ok("NEW_PURPOSE_VERSION_WAITING_FOR_APPROVAL"));
}

#[test]
fn p7_a_purpose_that_was_only_ever_refused_may_ask_again() {
    let mut purpose = draft(500);
    publish(&mut purpose, declared(0)).unwrap();
    purpose.reject(version(1), "Troppo", at(11)).unwrap();
    assert_eq!(purpose.change_load(version(2), 100, declared(0)), Ok("NEW_PURPOSE_VERSION_ACTIVATED"));
    assert_eq!(states(&purpose), [State::Rejected, State::Active]);
}

#[test]
fn p8_a_version_that_waits_is_withdrawn_unless_it_is_the_only_one() {
    let mut purpose = active(10);
    assert_eq!(purpose.withdraw(version(1), at(11)), Err(Fault::VersionCannotBeDeleted));
    purpose.change_load(version(2), 500, declared(10)).unwrap();
    assert!(purpose.withdraw(version(2), at(11)).is_ok());
    assert_eq!(states(&purpose), [State::Active]);
    let mut only = draft(500);
    publish(&mut only, declared(0)).unwrap();
    assert_eq!(only.withdraw(version(1), at(11)), Err(Fault::VersionCannotBeDeleted));
}

#[test]
fn p9_suspending_frees_the_load() {
    let mut purpose = active(10);
    assert_eq!(purpose.suspend(version(1), CONSUMER, at(11)), Ok("PURPOSE_VERSION_SUSPENDED_BY_CONSUMER"));
    assert_eq!((purpose.load(), purpose.suspended_by_consumer, purpose.suspended_by_producer), (0, true, false));
    assert!(purpose.suspend(version(1), PRODUCER, at(12)).is_ok(), "also what is suspended");
    assert_eq!(draft(10).suspend(version(1), CONSUMER, at(11)), Err(Fault::NotValidVersionState));
    assert_eq!(purpose.sides(tenant(3).id), Err(Fault::PurposeTenantNotAllowed));
}

#[test]
fn p10_each_side_lifts_its_own_suspension() {
    let mut purpose = active(10);
    purpose.suspend(version(1), CONSUMER, at(11)).unwrap();
    purpose.suspend(version(1), PRODUCER, at(11)).unwrap();
    let activate = |purpose: &mut Purpose, sides| purpose.activate(version(1), sides, version(2), declared(0));
    assert!(activate(&mut purpose, CONSUMER).is_ok());
    assert_eq!(states(&purpose), [State::Suspended]);
    assert_eq!(activate(&mut purpose, CONSUMER), Err(Fault::PurposeTenantNotAllowed), "nothing of its own to lift");
    assert!(activate(&mut purpose, PRODUCER).is_ok());
    assert_eq!((states(&purpose), purpose.versions[0].suspended_at), (vec![State::Active], None));
    assert_eq!(activate(&mut purpose, PRODUCER), Err(Fault::NotValidVersionState));
}

#[test]
fn p10_the_consumers_load_has_to_fit_again_and_the_producers_word_does_not() {
    let mut purpose = active(60);
    purpose.suspend(version(1), CONSUMER, at(11)).unwrap();
    let full = declared(60);
    assert_eq!(purpose.activate(version(1), CONSUMER, version(2), full), Ok("PURPOSE_VERSION_OVER_QUOTA_UNSUSPENDED"));
    assert_eq!(states(&purpose), [State::Suspended, State::WaitingForApproval]);
    assert_eq!(purpose.versions[1].daily_calls, 60);
    assert_eq!(purpose.activate(version(1), CONSUMER, version(3), full), Err(Fault::VersionConflict));
    purpose.approve(version(2), stamp()).unwrap();
    assert_eq!(states(&purpose), [State::Archived, State::Active], "the consumer wanted it back");
    let mut other = active(60);
    other.suspend(version(1), PRODUCER, at(11)).unwrap();
    assert!(other.activate(version(1), PRODUCER, version(2), full).is_ok());
    assert_eq!(other.load(), 60);
}

#[test]
fn p10_whoever_suspends_after_asking_stays_suspended() {
    let mut purpose = active(60);
    purpose.suspend(version(1), CONSUMER, at(11)).unwrap();
    purpose.activate(version(1), CONSUMER, version(2), declared(60)).unwrap();
    purpose.suspend(version(1), CONSUMER, at(12)).unwrap();
    purpose.approve(version(2), stamp()).unwrap();
    assert_eq!(states(&purpose), [State::Archived, State::Suspended]);
}

#[test]
fn p11_archiving_is_final_and_drops_what_waits() {
    let mut purpose = active(10);
    purpose.change_load(version(2), 500, declared(10)).unwrap();
    assert_eq!(purpose.archive(version(2), at(11)), Err(Fault::NotValidVersionState));
    assert_eq!(purpose.archive(version(1), at(11)), Ok("PURPOSE_ARCHIVED"));
    assert_eq!((states(&purpose), purpose.load(), purpose.is_archived()), (vec![State::Archived], 0, true));
    let mut refused = active(10);
    refused.change_load(version(2), 500, declared(10)).unwrap();
    refused.reject(version(2), "Troppo", at(11)).unwrap();
    refused.archive(version(1), at(12)).unwrap();
    assert!(refused.is_archived(), "also if its last version was refused");
    assert_eq!(fault(refused.change_load(version(3), 20, declared(0))), Some(Fault::PurposeCannotBeUpdated));
}

#[test]
fn p12_what_was_never_approved_is_deleted() {
    assert_eq!(draft(10).may_be_deleted(), Ok("DRAFT_PURPOSE_DELETED"));
    let mut waiting = draft(500);
    publish(&mut waiting, declared(0)).unwrap();
    assert_eq!(waiting.may_be_deleted(), Ok("WAITING_FOR_APPROVAL_PURPOSE_DELETED"));
    assert_eq!(active(10).may_be_deleted(), Err(Fault::PurposeCannotBeDeleted));
}

#[test]
fn p13_a_copy_is_a_draft_with_a_title_of_its_own() {
    let mut purpose = active(10);
    purpose.suspend(version(1), PRODUCER, at(11)).unwrap();
    let ids = (PurposeId(Uuid::from_u128(2)), version(9), at(20));
    let copy = purpose.copy(ids).unwrap();
    assert_eq!((states(&copy), copy.versions[0].daily_calls, copy.suspended_by_producer), (vec![State::Draft], 10, false));
    assert!(copy.info.title != purpose.info.title && copy.info.check().is_ok(), "{}", copy.info.title);
    assert_eq!(draft(10).copy(ids), Err(Fault::PurposeCannotBeCloned));
    purpose.archive(version(1), at(12)).unwrap();
    assert_eq!(purpose.copy(ids), Err(Fault::PurposeCannotBeCloned));
}

#[test]
fn p14_consumer_and_producer_see_it_and_nobody_else() {
    let purpose = active(10);
    assert_eq!(purpose.sides(tenant(2).id), Ok(CONSUMER));
    assert_eq!(purpose.sides(tenant(1).id), Ok(PRODUCER));
    assert_eq!(purpose.sides(tenant(3).id), Err(Fault::PurposeTenantNotAllowed));
}

#[test]
fn q1_what_remains_is_what_may_still_be_declared() {
    let remaining = THRESHOLDS.remaining(Loads { consumer: 30, total: 1200 });
    assert_eq!((remaining.remaining_daily_calls_per_consumer, remaining.remaining_daily_calls_total), (70, 0));
    assert!(!THRESHOLDS.over(Loads { consumer: 30, total: 930 }, 70));
    assert!(THRESHOLDS.over(Loads { consumer: 30, total: 931 }, 70));
    assert!(THRESHOLDS.over(Loads { consumer: 31, total: 0 }, 70));
    assert!(THRESHOLDS.over(Loads { consumer: u64::from(u32::MAX), total: u64::from(u32::MAX) }, u32::MAX));
}

#[test]
fn every_state_and_command_do_what_the_table_says() {
    for state in State::ALL {
        for command in Command::ALL {
            for sides in [CONSUMER, PRODUCER] {
                let mut purpose = draft(10);
                purpose.versions[0].state = state;
                (purpose.suspended_by_consumer, purpose.suspended_by_producer) =
                    (state == State::Suspended, state == State::Suspended);
                let done = match command {
                    Command::Publish => publish(&mut purpose, declared(0)).is_ok(),
                    Command::Approve => purpose.approve(version(1), stamp()).is_ok(),
                    Command::Reject => purpose.reject(version(1), "Troppo", at(11)).is_ok(),
                    Command::Suspend => purpose.suspend(version(1), sides, at(11)).is_ok(),
                    Command::Activate => purpose.activate(version(1), sides, version(2), declared(0)).is_ok(),
                    Command::Archive => purpose.archive(version(1), at(11)).is_ok(),
                };
                let mut edges = TRANSITIONS.iter().filter(|(from, does, _)| (*from, *does) == (state, command));
                let after = purpose.versions[0].state;
                assert_eq!(done, edges.clone().next().is_some(), "{state:?} {command:?}");
                assert!(!done || edges.any(|(_, _, to)| *to == after), "{state:?} {command:?} {after:?}");
            }
        }
    }
}

proptest! {
    /// Whatever both sides do with the purposes of one e-service: what was approved by the platform alone is never over a threshold,
    /// while the producer suspends nothing of the consumer is in force, and what has ended stays so.
    #[test]
    fn purposes_keep_within_the_thresholds_and_flags_are_obeyed(deeds in prop::collection::vec((0..10_usize, 0..3_usize, 1..80_u32), 1..60)) {
        let mut purposes: Vec<Purpose> = (0..3).map(|_| draft(30)).collect();
        let mut next = 100;
        for (deed, which, calls) in deeds {
            next += 1;
            let sum: u64 = purposes.iter().map(|purpose| u64::from(purpose.load())).sum();
            let grounds = declared(sum);
            let purpose = &mut purposes[which];
            let before = purpose.clone();
            let last = purpose.versions.last().map(|version| version.id).unwrap();
            let current = purpose.current().map_or(last, |version| version.id);
            let done = match deed {
                0 => purpose.publish(last, (TenantKind::Pa, None), &rules(), grounds).is_ok(),
                1 | 2 => purpose.change_load(version(next), calls, grounds).is_ok(),
                3 => purpose.suspend(current, CONSUMER, at(11)).is_ok(),
                4 => purpose.suspend(current, PRODUCER, at(11)).is_ok(),
                5 => purpose.activate(current, CONSUMER, version(next), grounds).is_ok(),
                6 => purpose.activate(current, PRODUCER, version(next), grounds).is_ok(),
                7 => purpose.reject(last, "Troppo", at(11)).is_ok(),
                8 => purpose.withdraw(last, at(11)).is_ok(),
                _ => calls > 70 && purpose.archive(current, at(11)).is_ok(),
            };
            let after = purpose.clone();
            let total: u64 = purposes.iter().map(|purpose| u64::from(purpose.load())).sum();
            // The producer's own reactivation may bring back more than there is room for; nothing else may.
            prop_assert!(deed == 6 || total <= 100.max(sum), "{total}");
            prop_assert!(!after.suspended_by_producer || after.load() == 0);
            prop_assert!(!done || deed == 6 || !before.suspended_by_producer || after.suspended_by_producer || deed == 4);
            prop_assert!(!before.is_archived() || after == before);
            prop_assert!(after.versions.iter().filter(|version| version.state.runs()).count() <= 1);
            prop_assert!(after.versions.iter().filter(|version| version.state.is_open()).count() <= 1);
        }
    }
}

/// A purpose of a body whose only version is in a state.
pub(crate) fn purpose_of(consumer: kernel::TenantId, state: State) -> Purpose {
    let mut purpose = draft(10);
    purpose.consumer_id = consumer;
    purpose.versions[0].state = state;
    purpose
}
