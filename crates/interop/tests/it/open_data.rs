//! Certified attributes from open data.

use interop::attributes::tenant::ExternalId;
use interop::attributes::{Required, Requirements};
use interop::open_data::{Imported, OpenData, files, import};
use interop::rules::{Profile, Rules};
use interop::store::{self, bodies};
use kernel::TenantId;

use crate::on_both_engines;
use crate::world::{CONSUMER, DESCRIPTOR, PRODUCER, World};

on_both_engines!(a1_bodies_hold_what_the_registers_say, a6_who_leaves_a_category_gets_no_voucher_that_asks_for_it,);

fn extract() -> OpenData {
    OpenData {
        entities: files::entities(include_bytes!("../../data/enti.csv")).unwrap(),
        categories: files::categories(include_bytes!("../../data/categorie.csv")).unwrap(),
        municipalities: files::municipalities(include_bytes!("../../data/comuni.csv")).unwrap(),
    }
}

async fn bring_in(world: &World, data: OpenData) -> Imported {
    let rules = Rules::of(Profile::Guide);
    import(world.app.db(), data, &rules, world.app.rng(), world.clock.now()).await.unwrap()
}

/// Gives a body of the test the code of one of the extract.
async fn called(world: &World, id: TenantId, code: &'static str) {
    world
        .write(move |tx| {
            let mut tenant = bodies::find_tenant(tx, id, store::Purpose::Change)?.unwrap();
            tenant.external_id = ExternalId { origin: "IPA".into(), value: code.into() };
            bodies::save_tenant(tx, &tenant)
        })
        .await;
}

/// The codes of the certified attributes that a body holds.
async fn held(world: &World, id: TenantId) -> Vec<String> {
    world
        .write(move |tx| {
            let tenant = bodies::find_tenant(tx, id, store::Purpose::Look)?.unwrap();
            let mut codes = Vec::new();
            for (id, assigned) in tenant.holdings.certified {
                if assigned.held() {
                    codes.extend(bodies::find_attribute(tx, id)?.unwrap().code.filter(|code| code.len() < 64));
                }
            }
            codes.sort();
            Ok(codes)
        })
        .await
}

async fn a1_bodies_hold_what_the_registers_say(world: World) {
    called(&world, CONSUMER, "C_A944").await;
    let done = bring_in(&world, extract()).await;
    assert_eq!((done.changed_tenants, done.unknown_tenants), (1, 1), "the producer is not in the index");
    assert_eq!(held(&world, CONSUMER).await, ["L6", "c_a944", "provincia-037", "regione-08"]);
    assert_eq!(held(&world, PRODUCER).await, Vec::<String>::new());
    let again = bring_in(&world, extract()).await;
    assert_eq!(again, Imported { unknown_tenants: 1, ..Imported::default() }, "nothing twice");
    called(&world, PRODUCER, "r_emiro").await;
    bring_in(&world, extract()).await;
    assert_eq!(held(&world, PRODUCER).await, ["L4", "r_emiro"], "only municipalities lie in provinces");
    let tax_code = world.write(|tx| Ok(bodies::find_tenant(tx, PRODUCER, store::Purpose::Look)?.unwrap().tax_code)).await;
    assert_eq!(tax_code.as_deref(), Some("80062590379"));
    let mut namesakes = extract();
    namesakes.entities.extend(files::entities(include_bytes!("../../data/enti.csv")).unwrap().into_iter().map(|mut entity| {
        entity.code.push_str("_2");
        entity
    }));
    let names: Vec<String> = namesakes.attributes().into_iter().map(|wanted| wanted.name).collect();
    assert!(names.contains(&"Comune di Bologna (c_a944)".to_owned()) && !names.contains(&"Comune di Bologna".to_owned()));
}

async fn a6_who_leaves_a_category_gets_no_voucher_that_asks_for_it(world: World) {
    called(&world, CONSUMER, "c_a944").await;
    bring_in(&world, extract()).await;
    let category = world.write(|tx| Ok(bodies::find_attribute_by_code(tx, "IPA", "L6")?.unwrap().id)).await;
    world
        .eservice(move |eservice, _| {
            eservice.descriptor_mut(DESCRIPTOR).unwrap().attributes =
                Requirements { certified: vec![vec![Required::from(category)]], ..Requirements::default() };
        })
        .await;
    assert_eq!(world.ask().await.status, 200);
    let mut moved = extract();
    moved.entities.iter_mut().filter(|entity| entity.code == "c_a944").for_each(|entity| entity.category = "L4".into());
    bring_in(&world, moved).await;
    assert_eq!(world.ask().await.reasons(), ["invalidAgreementState"]);
    bring_in(&world, extract()).await;
    assert_eq!(world.ask().await.status, 200, "and back");
}
