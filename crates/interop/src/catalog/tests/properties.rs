//! What stays true whatever a producer does.

use proptest::prelude::*;

use super::*;

/// A deed of a producer, drawn.
#[derive(Clone, Debug)]
enum Deed {
    Begin,
    Publish,
    Suspend(usize),
    Activate(usize),
    Archive(usize, Usage),
    Retire(usize, Usage),
    Delete(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    let usage = || prop_oneof![Just(Usage::None), Just(Usage::Asked), Just(Usage::Used)];
    prop_oneof![
        Just(Deed::Begin),
        Just(Deed::Publish),
        (0..4_usize).prop_map(Deed::Suspend),
        (0..4_usize).prop_map(Deed::Activate),
        (0..4_usize, usage()).prop_map(|(which, usage)| Deed::Archive(which, usage)),
        (0..4_usize, usage()).prop_map(|(which, usage)| Deed::Retire(which, usage)),
        (0..4_usize).prop_map(Deed::Delete),
    ]
}

proptest! {
    /// Whatever a producer does: one draft at most, one published version at most and it is the newest, archived is final, numbers are
    /// unique and grow.
    #[test]
    fn the_versions_of_an_e_service_stay_in_order(deeds in prop::collection::vec(deed(), 1..40), guided in any::<bool>()) {
        let rules = if guided { guide() } else { as_built() };
        let mut eservice = published(1);
        let mut next = 100;
        for (step, deed) in deeds.into_iter().enumerate() {
            let now = at(100 + i64::try_from(step).unwrap());
            let before = eservice.clone();
            let id = |which: usize| before.descriptors[which % before.descriptors.len()].id;
            match deed {
                Deed::Begin => {
                    next += 1;
                    if eservice.begin_version(version(next), terms(), now).is_ok() {
                        let interface = document(next, "Interfaccia");
                        eservice.descriptor_mut(version(next)).unwrap().add_interface(interface, vec![]).unwrap();
                    }
                }
                Deed::Publish => {
                    let last = id(before.descriptors.len() - 1);
                    let _ = eservice.publish(last, TenantKind::Pa, |_| Usage::Used, &rules, now);
                }
                Deed::Suspend(which) => drop(eservice.suspend(id(which), now)),
                Deed::Activate(which) => drop(eservice.activate(id(which), now)),
                Deed::Archive(which, usage) => drop(eservice.archive(id(which), usage, now)),
                Deed::Retire(which, usage) => drop(eservice.retire(id(which), usage, &rules, now)),
                Deed::Delete(which) => drop(eservice.delete_draft(id(which))),
            }
            let count = |state| states(&eservice).into_iter().filter(|found| *found == state).count();
            prop_assert!(count(State::Draft) <= 1);
            prop_assert!(count(State::Published) <= 1);
            if let Some(published) = eservice.newest_published() {
                prop_assert_eq!(Some(published.id), eservice.newest().map(|newest| newest.id));
            }
            prop_assert!(eservice.descriptors.is_sorted_by(|one, other| one.version < other.version));
            for old in before.descriptors.iter().filter(|old| old.state == State::Archived) {
                prop_assert_eq!(eservice.descriptor(old.id).map(|descriptor| descriptor.state), Some(State::Archived));
            }
        }
    }
}
