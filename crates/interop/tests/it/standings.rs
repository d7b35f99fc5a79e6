//! What is joined beforehand is always what the aggregates say: whatever happens, a voucher is given exactly when the purpose may reach
//! the e-service.

use interop::operability::Standing;
use interop::store::{self, agreements, eservices, purposes, standings};
use storage::Tx;

use crate::on_both_engines;
use crate::world::{AS_CONSUMER, AS_PRODUCER, CLIENT, CONSUMER, DESCRIPTOR, ESERVICE, PURPOSE, VERSION, World};

on_both_engines!(a_voucher_is_given_exactly_when_the_purpose_is_operable, a_body_has_one_agreement_in_force);

/// Where the three parts stand, read from the aggregates themselves.
pub fn truth(tx: &mut Tx<'_>) -> storage::Result<Standing> {
    let eservice = eservices::find(tx, ESERVICE, store::Purpose::Look)?.unwrap();
    let agreement = agreements::current(tx, CONSUMER, ESERVICE)?;
    let purpose = purposes::find(tx, PURPOSE, store::Purpose::Look)?.unwrap();
    let version = purpose.current().or(purpose.waiting()).or(purpose.versions.last());
    Ok(Standing {
        descriptor: agreement
            .as_ref()
            .and_then(|agreement| eservice.descriptor(agreement.descriptor_id))
            .map(|found| found.state),
        agreement: agreement.map(|agreement| agreement.state),
        purpose: version.map(|version| version.state),
    })
}

async fn a_voucher_is_given_exactly_when_the_purpose_is_operable(world: World) {
    let sides = |consumer| interop::purposes::purpose::Sides { consumer, producer: !consumer };
    // A walk of drawn deeds, the same each time.
    let rng = kernel::Rng::seeded(7);
    let (mut given, mut refused) = (0, 0);
    for step in 0..80_u64 {
        let next = interop::ids::VersionId(kernel::Uuid::from_u128(1_000 + u128::from(step)));
        match rng.below(16) {
            0 => world.eservice(|eservice, now| eservice.suspend(DESCRIPTOR, now)).await,
            1..=3 => world.eservice(|eservice, now| eservice.activate(DESCRIPTOR, now)).await,
            4 => world.agreement(|agreement, grounds| agreement.suspend(AS_CONSUMER, grounds)).await,
            5 => world.agreement(|agreement, grounds| agreement.suspend(AS_PRODUCER, grounds)).await,
            6 | 7 => world.agreement(|agreement, grounds| agreement.unsuspend(AS_CONSUMER, grounds)).await,
            8 | 9 => world.agreement(|agreement, grounds| agreement.unsuspend(AS_PRODUCER, grounds)).await,
            10 => {
                let consumer = rng.below(2) == 0;
                let suspend = move |purpose: &mut interop::purposes::purpose::Purpose, at| {
                    let current = purpose.current().map_or(VERSION, |version| version.id);
                    let _ = purpose.suspend(current, sides(consumer), at);
                };
                world.purpose(move |purpose, grounds| suspend(purpose, grounds.stamp.at)).await;
            }
            11..=14 => {
                let consumer = rng.below(2) == 0;
                world
                    .purpose(move |purpose, grounds| {
                        let current = purpose.current().map_or(VERSION, |version| version.id);
                        let _ = purpose.activate(current, sides(consumer), next, grounds);
                    })
                    .await;
            }
            _ => {
                world.purpose(move |purpose, grounds| purpose.change_load(next, 11 + u32::try_from(step).unwrap(), grounds)).await
            }
        }
        let kid = world.pair.kid();
        let (said, truth) = world
            .app
            .db()
            .read(move |tx| {
                let record = standings::find_record(tx, CLIENT, &kid, Some(PURPOSE))?.unwrap();
                Ok::<_, storage::Error>((record.purpose.unwrap().standing, truth(tx)?))
            })
            .await
            .unwrap();
        assert_eq!(said, truth, "step {step}");
        let answer = world.ask().await;
        assert_eq!(answer.status == 200, truth.obstacles().is_empty(), "step {step}: {answer:?}");
        *(if answer.status == 200 { &mut given } else { &mut refused }) += 1;
    }
    assert!(given > 5 && refused > 5, "{given} given, {refused} refused: the walk proves little");
}

async fn a_body_has_one_agreement_in_force(world: World) {
    let second = world.app.db().write(|tx| {
        let mut agreement = agreements::current(tx, CONSUMER, ESERVICE)?.unwrap();
        agreement.id = interop::ids::AgreementId(kernel::Uuid::from_u128(99));
        agreements::save(tx, &agreement)
    });
    assert!(matches!(second.await, Err(storage::Error::Unique(_))));
}
