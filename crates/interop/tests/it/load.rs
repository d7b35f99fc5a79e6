//! The file of `interop load`.

use interop::load::{File, LoadError, Loaded, load};
use interop::rules::{Profile, Rules};
use interop::store::{self, bodies};
use kernel::TenantId;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{CONSUMER, OPERATOR, World};

on_both_engines!(
    the_documented_file_is_loaded_once,
    what_is_missing_in_a_later_file_is_taken_away_with_its_vouchers,
    what_cannot_be_is_refused_whole,
);

async fn loads(world: &World, file: Value) -> Result<Loaded, LoadError> {
    let file: File = serde_json::from_value(file).unwrap();
    let (rules, rng, now) = (Rules::of(Profile::Guide), world.app.rng().clone(), world.clock.now());
    world.app.db().write(move |tx| load(tx, &file, &rules, &rng, now)).await
}

/// The example of the documentation.
fn example() -> Value {
    let page = include_str!("../../LOAD.md");
    let (_, rest) = page.split_once("```json").unwrap();
    serde_json::from_str(rest.split_once("```").unwrap().0).unwrap()
}

async fn find(world: &World, id: TenantId) -> interop::attributes::tenant::Tenant {
    world.app.db().read(move |tx| bodies::find_tenant(tx, id, store::Purpose::Look)).await.unwrap().unwrap()
}

async fn the_documented_file_is_loaded_once(world: World) {
    let first = loads(&world, example()).await.unwrap();
    assert_eq!(first, Loaded { attributes: 2, new_tenants: 1, changed_tenants: 0 });
    assert_eq!(loads(&world, example()).await.unwrap(), Loaded::default(), "nothing has changed");
    let mut changed = example();
    changed["tenants"][0]["mail"] = json!("altro@comune.bugliano.example.it");
    assert_eq!(loads(&world, changed).await.unwrap(), Loaded { changed_tenants: 1, ..Loaded::default() });
    let id = example()["tenants"][0]["id"].as_str().unwrap().parse().unwrap();
    let body = find(&world, id).await;
    assert_eq!((body.external_id.value.as_str(), body.users.len()), ("c_b000", 2));
    assert_eq!(body.mail.as_deref(), Some("altro@comune.bugliano.example.it"));
}

/// The consumer of the world, holding these certified attributes.
fn consumer(attributes: &Value) -> Value {
    json!({
        "id": CONSUMER, "externalId": { "origin": "IPA", "value": "c_x" }, "name": "Comune", "kind": "PA",
        "users": [{ "id": OPERATOR, "name": "Ada", "familyName": "Bianchi", "roles": ["admin"] }],
        "certifiedAttributes": attributes,
    })
}

async fn what_is_missing_in_a_later_file_is_taken_away_with_its_vouchers(world: World) {
    let attribute = json!({ "id": "a2d1c0de-0000-4000-8000-000000000001", "kind": "CERTIFIED", "name": "Comuni",
        "description": "Comuni", "origin": "IPA", "code": "L6" });
    let id: interop::ids::AttributeId = attribute["id"].as_str().unwrap().parse().unwrap();
    loads(&world, json!({ "attributes": [attribute], "tenants": [consumer(&json!([id]))] })).await.unwrap();
    world.eservice(move |eservice, _| eservice.descriptors[0].attributes.certified = vec![vec![id.into()]]).await;
    assert_eq!(world.ask().await.status, 200);
    loads(&world, json!({ "tenants": [consumer(&json!([]))] })).await.unwrap();
    assert_eq!(world.ask().await.reasons(), ["invalidAgreementState"]);
    assert!(!find(&world, CONSUMER).await.holdings.has_certified(id));
    loads(&world, json!({ "tenants": [consumer(&json!([id]))] })).await.unwrap();
    assert_eq!(world.ask().await.status, 200);
}

async fn what_cannot_be_is_refused_whole(world: World) {
    let refused = async |file: Value| match loads(&world, file).await {
        Err(LoadError::Content(told)) => told,
        other => panic!("{other:?}"),
    };
    let mut known = example();
    known["tenants"][0]["certifiedAttributes"] = json!(["a2d1c0de-0000-4000-8000-000000000099"]);
    assert!(refused(known).await.contains("non esiste"));
    let mut wrong_kind = example();
    wrong_kind["tenants"][0]["declaredAttributes"] = json!(["a2d1c0de-0000-4000-8000-000000000001"]);
    assert!(refused(wrong_kind).await.contains("altro tipo"));
    let mut without_code = example();
    without_code["attributes"][0].as_object_mut().unwrap().remove("code");
    assert!(refused(without_code).await.contains("origin e code"));
    let mut twice = example();
    let user = twice["tenants"][0]["users"][0].clone();
    twice["tenants"][0]["users"][1] = user;
    assert!(refused(twice).await.contains("due volte"));
    let mut same_code = example();
    let mut second = same_code["tenants"][0].clone();
    second["id"] = json!("a2d1c0de-0000-4000-8000-000000000011");
    same_code["tenants"].as_array_mut().unwrap().push(second);
    assert!(refused(same_code).await.contains("è già di un altro ente"));
    assert_eq!(loads(&world, example()).await.unwrap().new_tenants, 1, "nothing of those was kept");
    let unknown: Result<File, _> = serde_json::from_value(json!({ "tenants": [], "people": [] }));
    assert!(unknown.is_err());
}
