//! The rules of attributes, E3 and A4, and their properties.

use kernel::Uuid;
use proptest::prelude::*;

use super::*;
use crate::rules::Profile;

fn attribute(number: u128) -> AttributeId {
    AttributeId(Uuid::from_u128(number))
}

fn body(number: u128) -> TenantId {
    TenantId(Uuid::from_u128(number))
}

fn at(second: i64) -> RomeTime {
    RomeTime::from_microsecond((1_700_000_000 + second) * 1_000_000).unwrap()
}

fn group(ids: &[u128]) -> Group {
    ids.iter().map(|id| attribute(*id).into()).collect()
}

fn assigned(revoked: bool) -> Assigned {
    Assigned { assigned_at: at(0), revoked_at: revoked.then(|| at(1)) }
}

fn word(verifier: u128, expires: Option<i64>, extended: Option<i64>) -> Verification {
    Verification {
        id: body(verifier),
        verification_date: at(0),
        expiration_date: expires.map(at),
        extension_date: extended.map(at),
    }
}

fn verified(words: Vec<Verification>, revoked: Vec<Verification>) -> Holdings {
    let revoked_by = revoked.into_iter().map(|verification| Revocation { verification, revocation_date: at(5) }).collect();
    let held = Verified { assigned_at: at(0), verified_by: words, revoked_by };
    Holdings { verified: BTreeMap::from([(attribute(1), held)]), ..Holdings::default() }
}

#[test]
fn e3_one_of_a_group_is_enough_and_every_group_counts() {
    let requirements = Requirements { certified: vec![group(&[1, 2]), group(&[3])], ..Requirements::default() };
    let holds = |ids: &[u128]| {
        let certified = ids.iter().map(|id| (attribute(*id), assigned(false))).collect();
        let holdings = Holdings { certified, ..Holdings::default() };
        satisfied(&requirements, &holdings, body(9), &Rules::of(Profile::Guide), at(10)).certified
    };
    assert!(holds(&[1, 3]) && holds(&[2, 3]) && holds(&[1, 2, 3]));
    assert!(!holds(&[1, 2]) && !holds(&[3]) && !holds(&[]));
}

#[test]
fn e3_what_was_revoked_is_not_held_and_an_empty_list_is_satisfied() {
    let requirements = Requirements { declared: vec![group(&[1])], ..Requirements::default() };
    let holdings = Holdings { declared: BTreeMap::from([(attribute(1), assigned(true))]), ..Holdings::default() };
    let satisfied = satisfied(&requirements, &holdings, body(9), &Rules::of(Profile::Guide), at(10));
    assert_eq!(satisfied, Satisfied { certified: true, declared: false, verified: true });
}

#[test]
fn e3_attributes_exist_with_the_kind_of_their_list_and_stand_once_in_a_group() {
    let registry = |id: AttributeId| (id == attribute(1)).then_some(Kind::Certified);
    let certified = |groups| Requirements { certified: groups, ..Requirements::default() };
    assert_eq!(certified(vec![group(&[1]), group(&[1])]).check(registry), Ok(()));
    assert_eq!(certified(vec![group(&[2])]).check(registry), Err(Fault::CatalogAttributeNotFound));
    assert_eq!(certified(vec![group(&[1, 1])]).check(registry), Err(Fault::AttributeDuplicatedInGroup));
    let declared = Requirements { declared: vec![group(&[1])], ..Requirements::default() };
    assert_eq!(declared.check(registry), Err(Fault::CatalogAttributeNotFound));
    assert_eq!(certified(vec![group(&[1]), vec![]]).without_empty_groups(), certified(vec![group(&[1])]));
}

#[test]
fn a3_a_word_counts_until_its_last_end() {
    let requirements = Requirements { verified: vec![group(&[1])], ..Requirements::default() };
    let counts = |word: Verification| {
        let holdings = verified(vec![word], vec![]);
        satisfied(&requirements, &holdings, body(7), &Rules::of(Profile::AsBuilt), at(10)).verified
    };
    assert!(counts(word(7, None, None)));
    assert!(counts(word(7, Some(11), None)));
    assert!(!counts(word(7, Some(10), None)), "an end is over when it comes");
    assert!(counts(word(7, Some(9), Some(11))));
    assert!(!counts(word(7, Some(11), Some(9))), "the extension decides");
}

#[test]
fn a4_another_producers_word_counts_in_the_guide_unless_asked_anew() {
    let required = |anew| Required { explicit_attribute_verification: anew, ..attribute(1).into() };
    let counts = |profile, anew, verifier| {
        let requirements = Requirements { verified: vec![vec![required(anew)]], ..Requirements::default() };
        let holdings = verified(vec![word(verifier, None, None)], vec![]);
        satisfied(&requirements, &holdings, body(7), &Rules::of(profile), at(10)).verified
    };
    assert!(counts(Profile::Guide, false, 8), "somebody else verified");
    assert!(!counts(Profile::Guide, true, 8), "asked anew");
    assert!(counts(Profile::Guide, true, 7));
    assert!(!counts(Profile::AsBuilt, false, 8), "in production only the own word counts");
    assert!(counts(Profile::AsBuilt, false, 7));
}

#[test]
fn a3_a_word_taken_back_does_not_count() {
    let requirements = Requirements { verified: vec![group(&[1])], ..Requirements::default() };
    for profile in [Profile::Guide, Profile::AsBuilt] {
        let holdings = verified(vec![word(7, None, None)], vec![word(7, None, None)]);
        assert!(!satisfied(&requirements, &holdings, body(7), &Rules::of(profile), at(10)).verified, "{profile}");
    }
}

#[test]
fn a6_the_next_expiry_is_the_nearest_one_to_come() {
    let holdings = verified(vec![word(7, Some(5), None), word(8, Some(30), None), word(9, Some(1), Some(20))], vec![]);
    assert_eq!(holdings.next_expiry(at(10)), Some(at(20)));
    assert_eq!(holdings.next_expiry(at(20)), Some(at(30)));
    assert_eq!(holdings.next_expiry(at(30)), None);
}

proptest! {
    /// Gaining attributes never makes a satisfied version unsatisfied, and lists do not influence each other.
    #[test]
    fn e3_more_attributes_never_satisfy_less(
        groups in prop::collection::vec(prop::collection::vec(0_u128..6, 1..4), 0..4),
        held in prop::collection::btree_set(0_u128..6, 0..6),
        gained in 0_u128..6,
    ) {
        let groups: Vec<Group> = groups.iter().map(|ids| group(ids)).collect();
        let requirements = Requirements { certified: groups.clone(), declared: groups, verified: vec![] };
        let holdings = |ids: &BTreeSet<u128>| Holdings {
            certified: ids.iter().map(|id| (attribute(*id), assigned(false))).collect(),
            ..Holdings::default()
        };
        let rules = Rules::of(Profile::Guide);
        let before = satisfied(&requirements, &holdings(&held), body(9), &rules, at(10));
        let mut more = held;
        more.insert(gained);
        let after = satisfied(&requirements, &holdings(&more), body(9), &rules, at(10));
        prop_assert!(!before.certified || after.certified);
        prop_assert_eq!(before.declared, after.declared);
        prop_assert!(before.verified && after.verified);
    }
}
