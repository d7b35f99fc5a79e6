//! What is always true, whatever many do at once: at most one draft, one request and one agreement in force; loads within the thresholds;
//! what is archived stays so; operators come and go and keys stay; a voucher exactly when the purpose is operable at that instant.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::join_all;
use interop::agreements::state::State as AgreementState;
use interop::catalog::descriptor::State as VersionState;
use interop::catalog::eservice::EService;
use interop::deeds::{agreements as requests, catalog, clients as members, purposes as loads};
use interop::ids::{PurposeId, VersionId};
use interop::store::{self, Purpose as Why, agreements, clients, eservices, purposes, standings};
use interop::{Error, Fault};
use kernel::Rng;
use storage::Tx;

use crate::deeds::{deed, does, seed};
use crate::on_both_engines;
use crate::standings::truth;
use crate::world::{CLIENT, CONSUMER, ESERVICE, OPERATOR, PRODUCER, PURPOSE, VERSION, World, interface, terms};

on_both_engines!(
    the_properties_hold_whatever_many_do_at_once,
    a_voucher_that_is_asked_for_after_a_suspension_is_refused_however_many_ask,
);

const WORKERS: u64 = 6;
const EACH: usize = 25;

/// What has ended so far.
#[derive(Debug, Default, PartialEq, Eq)]
struct Ended(BTreeSet<String>);

/// Looks at everything at one instant: whoever changes something of the e-service waits meanwhile. Gives what has ended.
fn look(tx: &mut Tx<'_>, kid: &str) -> storage::Result<Ended> {
    let eservice = eservices::find(tx, ESERVICE, Why::Change)?.unwrap();
    let drafts = eservice.descriptors.iter().filter(|version| version.state == VersionState::Draft).count();
    let published = eservice.descriptors.iter().filter(|version| version.state == VersionState::Published).count();
    assert!(drafts <= 1 && published <= 1, "{drafts} drafts, {published} published");
    let asked = agreements::list_of(tx, CONSUMER, ESERVICE)?;
    let count = |states: &[AgreementState]| asked.iter().filter(|agreement| states.contains(&agreement.state)).count();
    let (live, open) = (
        count(&[AgreementState::Active, AgreementState::Suspended]),
        count(&[AgreementState::Draft, AgreementState::Pending, AgreementState::MissingCertifiedAttributes]),
    );
    assert!(live <= 1 && open <= 1, "{live} in force, {open} asked for");
    let declared = store::purposes::loads(tx, ESERVICE, CONSUMER)?;
    assert!(declared.consumer <= 100 && declared.total <= 1000, "{declared:?}");
    let client = clients::find(tx, CLIENT, Why::Look)?.unwrap();
    assert_eq!(client.keys.keys().collect::<Vec<_>>(), [kid], "operators come and go, keys stay");
    let record = standings::find_record(tx, CLIENT, kid, Some(PURPOSE))?.unwrap();
    assert_eq!(record.purpose.unwrap().standing, truth(tx)?, "what a voucher rests on is what is");
    let versions = eservice.descriptors.iter().filter(|version| version.state == VersionState::Archived);
    let ended = asked.iter().filter(|agreement| agreement.state == AgreementState::Archived);
    let versions = versions.map(|version| version.id.to_string());
    Ok(Ended(ended.map(|agreement| agreement.id.to_string()).chain(versions).collect()))
}

/// The draft of the e-service; refused when there is none.
fn draft_of(eservice: &EService) -> Result<interop::ids::DescriptorId, Error> {
    let draft = eservice.descriptors.iter().find(|version| version.state == VersionState::Draft);
    Ok(draft.ok_or(Fault::DescriptorNotFound)?.id)
}

/// Does something drawn. What is refused is refused.
async fn something(world: &World, rng: &Rng) {
    let consumer = rng.below(2) == 0;
    let actor = deed(world, if consumer { CONSUMER } else { PRODUCER });
    let (ours, theirs) = (deed(world, CONSUMER), deed(world, PRODUCER));
    let now = world.clock.now();
    // A purpose that one of the workers may have made, under a title that others may take, too.
    let number = rng.below(8);
    let title = format!("Uso numero {number}");
    let load = u32::try_from(1 + rng.below(60)).unwrap();
    let eservice = |tx: &mut Tx<'_>| eservices::find(tx, ESERVICE, Why::Look).map(Option::unwrap);
    let in_state = |tx: &mut Tx<'_>, state: AgreementState| {
        let all = agreements::list_of(tx, CONSUMER, ESERVICE)?;
        let found = all.iter().find(|agreement| agreement.state == state).map(|agreement| agreement.id);
        found.ok_or(Error::from(Fault::AgreementNotFound))
    };
    let current = |tx: &mut Tx<'_>| -> Result<_, Error> {
        Ok(agreements::current(tx, CONSUMER, ESERVICE)?.ok_or(Fault::AgreementNotFound)?.id)
    };
    let titled = move |tx: &mut Tx<'_>, title: &str| -> Result<(PurposeId, VersionId), Error> {
        let query = purposes::Query { viewer: Some(CONSUMER), ..purposes::Query::default() };
        let (found, _) = purposes::list(tx, &query, store::lists::Page::ALL)?;
        let found = found.into_iter().find(|purpose| purpose.info.title == title).ok_or(Fault::PurposeNotFound)?;
        let version = found.current().or(found.versions.last()).map_or(VERSION, |version| version.id);
        Ok((found.id, version))
    };
    let _ = match rng.below(16) {
        0 => does(world, theirs, |tx, deed| catalog::begin_version(tx, deed, ESERVICE, terms()).map(drop)).await,
        1 => {
            does(world, theirs, move |tx, deed| {
                let draft = draft_of(&eservice(tx)?)?;
                let add = |version: &mut interop::catalog::descriptor::Descriptor| {
                    version.add_interface(interface(now), vec![]).map(|()| "ESERVICE_DESCRIPTOR_INTERFACE_ADDED")
                };
                catalog::change_files(tx, deed, ESERVICE, draft, add)?;
                catalog::publish(tx, deed, ESERVICE, draft).map(drop)
            })
            .await
        }
        2 => {
            does(world, theirs, move |tx, deed| {
                let draft = draft_of(&eservice(tx)?)?;
                catalog::delete_draft(tx, deed, ESERVICE, draft)
            })
            .await
        }
        3 => {
            does(world, ours, move |tx, deed| {
                let newest = eservice(tx)?.newest().map(|version| version.id).ok_or(Fault::DescriptorNotFound)?;
                requests::create(tx, deed, ESERVICE, newest).map(drop)
            })
            .await
        }
        4 => {
            does(world, ours, move |tx, deed| {
                let id = in_state(tx, AgreementState::Draft)?;
                requests::submit(tx, deed, id, None).map(drop)
            })
            .await
        }
        5 => {
            does(world, theirs, move |tx, deed| {
                let id = in_state(tx, AgreementState::Pending)?;
                requests::approve(tx, deed, id).map(drop)
            })
            .await
        }
        6 => {
            does(world, ours, move |tx, deed| {
                let id = current(tx)?;
                requests::upgrade(tx, deed, id).map(drop)
            })
            .await
        }
        7 => {
            does(world, actor, move |tx, deed| {
                let id = current(tx)?;
                requests::suspend(tx, deed, id).map(drop)
            })
            .await
        }
        8 | 9 => {
            does(world, actor, move |tx, deed| {
                let id = current(tx)?;
                requests::unsuspend(tx, deed, id).map(drop)
            })
            .await
        }
        10 | 11 => {
            does(world, ours, move |tx, deed| {
                let made = loads::create(tx, deed, ESERVICE, seed(&title, load))?;
                loads::activate(tx, deed, made.id, made.versions[0].id).map(drop)
            })
            .await
        }
        12 => {
            does(world, ours, move |tx, deed| {
                let (id, _) = titled(tx, &title)?;
                loads::change_load(tx, deed, id, load).map(drop)
            })
            .await
        }
        13 => {
            does(world, ours, move |tx, deed| {
                let (id, version) = titled(tx, &title)?;
                if load % 2 == 0 { loads::suspend(tx, deed, id, version) } else { loads::activate(tx, deed, id, version) }
                    .map(drop)
            })
            .await
        }
        14 => {
            does(world, ours, move |tx, deed| {
                let (id, version) = titled(tx, &title)?;
                loads::archive(tx, deed, id, version).map(drop)
            })
            .await
        }
        _ => {
            does(world, ours, move |tx, deed| {
                if consumer {
                    members::add_user(tx, deed, CLIENT, OPERATOR)
                } else {
                    members::remove_user(tx, deed, CLIENT, OPERATOR)
                }
                .map(drop)
            })
            .await
        }
    };
}

async fn the_properties_hold_whatever_many_do_at_once(world: World) {
    let kid = world.pair.kid();
    let world = Arc::new(world);
    let mut ended = Ended::default();
    for round in 0..3 {
        let workers = (0..WORKERS).map(|worker| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let rng = Rng::seeded(100 * round + worker);
                for _ in 0..EACH {
                    something(&world, &rng).await;
                }
            })
        });
        let watching = tokio::spawn({
            let (world, kid) = (Arc::clone(&world), kid.clone());
            async move {
                let mut ended = Ended::default();
                for _ in 0..EACH {
                    ended = seen(&world, &kid, ended).await;
                }
            }
        });
        join_all(workers).await.into_iter().for_each(Result::unwrap);
        watching.await.unwrap();
        ended = seen(&world, &kid, ended).await;
    }
    let done = world.app.db().read(|tx| agreements::list_of(tx, CONSUMER, ESERVICE)).await.unwrap().len();
    assert!(done > 1 && !ended.0.is_empty(), "{done} agreements, {ended:?}: too little happened to prove anything");
}

/// Looks, and finds ended what had ended before.
async fn seen(world: &World, kid: &str, before: Ended) -> Ended {
    let kid = kid.to_owned();
    let now = world.app.db().write(move |tx| look(tx, &kid)).await.unwrap();
    assert!(before.0.is_subset(&now.0), "{:?} came back", before.0.difference(&now.0));
    now
}

async fn a_voucher_that_is_asked_for_after_a_suspension_is_refused_however_many_ask(world: World) {
    const TURNS: u64 = 12;
    let many = [("SPORTELLO_INTEROP_LIMIT_PER_CLIENT", "100000"), ("SPORTELLO_INTEROP_LIMIT_PER_SOURCE", "100000")];
    let world = Arc::new(world.another(&many).await);
    // Of four phases the first is in force and the third suspended; in the others nobody knows yet.
    let phase = Arc::new(AtomicU64::new(0));
    let askers = (0..4).map(|_| {
        let (world, phase) = (Arc::clone(&world), Arc::clone(&phase));
        tokio::spawn(async move {
            let (mut given, mut refused) = (0, 0);
            while phase.load(Ordering::SeqCst) < 4 * TURNS {
                let before = phase.load(Ordering::SeqCst);
                let answer = world.ask().await;
                if before != phase.load(Ordering::SeqCst) {
                    continue;
                }
                if before % 4 == 0 {
                    assert_eq!(answer.status, 200, "{answer:?}");
                    given += 1;
                } else if before % 4 == 2 {
                    assert_eq!(answer.reasons(), ["invalidPurposeState"]);
                    refused += 1;
                }
            }
            (given, refused)
        })
    });
    let askers: Vec<_> = askers.collect();
    for _ in 0..TURNS {
        let pause = || tokio::time::sleep(std::time::Duration::from_millis(60));
        pause().await;
        phase.fetch_add(1, Ordering::SeqCst);
        does(&world, deed(&world, CONSUMER), |tx, deed| loads::suspend(tx, deed, PURPOSE, VERSION)).await.unwrap();
        phase.fetch_add(1, Ordering::SeqCst);
        pause().await;
        phase.fetch_add(1, Ordering::SeqCst);
        does(&world, deed(&world, CONSUMER), |tx, deed| loads::activate(tx, deed, PURPOSE, VERSION)).await.unwrap();
        phase.fetch_add(1, Ordering::SeqCst);
    }
    let counts = join_all(askers).await.into_iter().map(Result::unwrap);
    let (given, refused) = counts.fold((0, 0), |(given, refused), (more, less)| (given + more, refused + less));
    assert!(given > 0 && refused > 0, "{given} given, {refused} refused: nobody asked at the right time");
}
