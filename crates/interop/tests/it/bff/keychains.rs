//! Keychains of producers, in the pages and for machines (C10).

use interop::ids::EServiceId;
use interop::store::{bodies, eservices};
use kernel::Uuid;
use serde_json::{Value, json};

use super::{KEEPER, Portal, employ, key_seed, voucher};
use crate::m2m::{Machine, STRANGER, both};
use crate::on_both_engines;
use crate::world::{CLIENT, CONSUMER, ESERVICE, KEYCHAIN, OPERATOR, PRODUCER, Pair, World, eservice, tenant};

on_both_engines!(
    c10_a_producer_keeps_its_keys_in_the_pages,
    c10_a_key_that_a_client_and_a_keychain_take_at_once_is_one_of_them_alone,
    c10_e_services_of_the_producer_are_linked_and_unlinked,
    c10_machines_read_a_keychain_link_it_and_verify_with_its_keys,
    c10_feeds_tell_of_keychains_to_their_owner_and_of_keys_to_everybody,
);

/// Lets the keeper of keys work for the producer, too.
async fn employ_at_the_producer(world: &World) {
    employ(world).await;
    world
        .write(|tx| {
            let keeper = bodies::find_tenant(tx, CONSUMER, storage::Purpose::Look)?.unwrap().users[&KEEPER].clone();
            let mut producer = bodies::find_tenant(tx, PRODUCER, storage::Purpose::Change)?.unwrap();
            producer.users.insert(KEEPER, keeper);
            bodies::save_tenant(tx, &producer)
        })
        .await;
}

async fn c10_a_producer_keeps_its_keys_in_the_pages(world: World) {
    employ_at_the_producer(&world).await;
    let portal = Portal::beside(&world).await;
    let (admin, keeper) = (portal.session(PRODUCER, OPERATOR, "admin"), portal.session(PRODUCER, KEEPER, "security"));
    let all = "/producerKeychains?offset=0&limit=9";
    assert_eq!(keeper.count(all).await, 0, "whoever only keeps keys sees those that he belongs to");
    assert_eq!(keeper.get(&format!("/producerKeychains/{KEYCHAIN}")).await.refusal(), (403, "006-0032".to_owned()));
    let twice = json!({ "name": "Firme delle risposte", "members": [OPERATOR, OPERATOR] });
    assert_eq!(admin.post("/producerKeychains", twice).await.refusal(), (400, "006-0039".to_owned()));
    let unknown = json!({ "name": "Firme delle risposte", "members": [Uuid::from_u128(99)] });
    assert_eq!(admin.post("/producerKeychains", unknown).await.refusal(), (403, "006-0007".to_owned()));
    let seed = json!({ "name": "Firme delle risposte", "description": "Chiavi che firmano", "members": [OPERATOR] });
    let at = format!("/producerKeychains/{}", admin.create("/producerKeychains", seed).await);

    // Operators, as those of a client.
    admin.post(&format!("{at}/users"), json!({ "userIds": [KEEPER] })).await.expect(200);
    assert_eq!(admin.post(&format!("{at}/users"), json!({ "userIds": [KEEPER] })).await.refusal().1, "006-0008");
    let users = keeper.get(&format!("{at}/users")).await.expect(200);
    assert!(users.as_array().unwrap().contains(&json!({ "userId": KEEPER, "name": "Ugo", "familyName": "Neri" })), "{users}");

    // Keys: by an operator alone, one of a client never, one twice never.
    let pair = Pair::draw();
    let keys = format!("{at}/keys");
    assert_eq!(admin.get(&at).await.expect(200)["name"], "Firme delle risposte");
    assert_eq!(keeper.post(&keys, key_seed(&world.pair)).await.refusal(), (409, "006-0017".to_owned()), "a client's");
    keeper.post(&keys, key_seed(&pair)).await.expect(204);
    assert_eq!(keeper.post(&keys, key_seed(&pair)).await.refusal(), (409, "006-0017".to_owned()));
    let other = format!("/producerKeychains/{KEYCHAIN}/keys");
    assert_eq!(keeper.post(&other, key_seed(&Pair::draw())).await.refusal(), (403, "006-0005".to_owned()), "no operator there");
    assert_eq!(admin.post(&other, key_seed(&pair)).await.refusal(), (409, "006-0017".to_owned()), "another keychain's");
    let consumer = portal.session(CONSUMER, OPERATOR, "admin");
    let client = format!("/clients/{CLIENT}/keys");
    assert_eq!(consumer.post(&client, key_seed(&pair)).await.refusal(), (409, "006-0017".to_owned()), "a keychain's");

    let kid = pair.kid();
    let found = admin.get(&format!("{keys}?offset=0&limit=9")).await.expect(200);
    assert_eq!((&found["keys"][0]["keyId"], &found["keys"][0]["user"]["userId"]), (&json!(kid), &json!(KEEPER)));
    assert_eq!(admin.get(&format!("{keys}?offset=0&limit=9&userIds={OPERATOR}")).await.expect(200)["keys"], json!([]));
    assert_eq!(keeper.get(&format!("{at}/encoded/keys/{kid}")).await.expect(200)["key"], key_seed(&pair)["key"]);
    let listed = admin.get("/producerKeychains?offset=0&limit=9&q=risposte").await.expect(200);
    let short: Vec<_> = listed["results"].as_array().unwrap().iter().map(|found| (&found["name"], &found["hasKeys"])).collect();
    assert_eq!(short, [(&json!("Firme delle risposte"), &json!(true))]);
    assert_eq!((admin.count(all).await, keeper.count(all).await), (2, 1));

    // No voucher comes of a keychain's key.
    let asked = voucher(&portal.world, &CLIENT.to_string(), &pair).await;
    assert_eq!(asked.status, 400, "{asked:?}");

    // Whoever leaves leaves the key, which an administrator may delete.
    admin.delete(&format!("{at}/users/{KEEPER}")).await.expect(204);
    assert_eq!(admin.delete(&format!("{at}/users/{KEEPER}")).await.refusal(), (404, "006-0003".to_owned()));
    assert_eq!(admin.get(&format!("{keys}/{kid}")).await.expect(200)["isOrphan"], true);
    assert_eq!(keeper.delete(&format!("{keys}/{kid}")).await.refusal(), (403, "006-0005".to_owned()));
    admin.delete(&format!("{keys}/{kid}")).await.expect(204);
    for gone in [format!("{keys}/{kid}"), format!("{at}/encoded/keys/{kid}")] {
        assert_eq!(admin.get(&gone).await.refusal(), (404, "006-0004".to_owned()));
    }
    admin.delete(&at).await.expect(204);
    assert_eq!(admin.get(&at).await.refusal(), (404, "006-0018".to_owned()));
    assert_eq!(admin.delete(&at).await.refusal(), (404, "006-0018".to_owned()));
}

async fn c10_a_key_that_a_client_and_a_keychain_take_at_once_is_one_of_them_alone(world: World) {
    let portal = Portal::beside(&world).await;
    let (producer, consumer) = (portal.session(PRODUCER, OPERATOR, "admin"), portal.session(CONSUMER, OPERATOR, "admin"));
    let (client, keychain) = (format!("/clients/{CLIENT}/keys"), format!("/producerKeychains/{KEYCHAIN}/keys"));
    let machine = Machine::of(&world, CONSUMER, false).await;
    for round in 0..12 {
        let (pair, taken) = (Pair::draw(), (409, "006-0017".to_owned()));
        let (kept, hung) = tokio::join!(consumer.post(&client, key_seed(&pair)), producer.post(&keychain, key_seed(&pair)));
        let is_kept = kept.status == 204;
        let (winner, loser) = if is_kept { (kept, hung) } else { (hung, kept) };
        assert_eq!((winner.status.as_u16(), loser.refusal()), (204, taken), "round {round}");
        let kid = pair.kid();
        for (path, found) in [("keys", is_kept), ("producerKeys", !is_kept)] {
            let status = if found { 200 } else { 404 };
            assert_eq!(machine.get(&format!("/{path}/{kid}")).await.status, status, "{path}, round {round}");
        }
        // Whoever has lost may have it once the other has let it go.
        let (other, gone) = if is_kept { (&keychain, &client) } else { (&client, &keychain) };
        let (loser, winner) = if is_kept { (&producer, &consumer) } else { (&consumer, &producer) };
        winner.delete(&format!("{gone}/{kid}")).await.expect(204);
        loser.post(other, key_seed(&pair)).await.expect(204);
        loser.delete(&format!("{other}/{kid}")).await.expect(204);
    }
    // What is deleted with all its keys lets them go, too.
    let pair = Pair::draw();
    let at = format!(
        "/producerKeychains/{}",
        producer.create("/producerKeychains", json!({ "name": "Altre firme", "members": [OPERATOR] })).await
    );
    producer.post(&format!("{at}/keys"), key_seed(&pair)).await.expect(204);
    producer.delete(&at).await.expect(204);
    let at = format!(
        "/clients/{}",
        consumer.create("/clientsConsumer", json!({ "name": "Altro client", "members": [OPERATOR] })).await
    );
    consumer.post(&format!("{at}/keys"), key_seed(&pair)).await.expect(204);
    consumer.delete(&at).await.expect(204);
    producer.post(&keychain, key_seed(&pair)).await.expect(204);
}

async fn c10_e_services_of_the_producer_are_linked_and_unlinked(world: World) {
    let others = EServiceId(Uuid::from_u128(70));
    let now = world.clock.now();
    world
        .write(move |tx| {
            let stranger = tenant(STRANGER, now);
            bodies::save_tenant(tx, &stranger)?;
            let mut eservice = eservice(&stranger, now);
            eservice.id = others;
            eservice.descriptors[0].id = interop::ids::DescriptorId(Uuid::from_u128(71));
            eservices::save(tx, &eservice)
        })
        .await;
    let portal = Portal::beside(&world).await;
    let admin = portal.session(PRODUCER, OPERATOR, "admin");
    let links = format!("/producerKeychains/{KEYCHAIN}/eservices");
    let link = |id: EServiceId| json!({ "eserviceId": id });
    admin.post(&links, link(ESERVICE)).await.expect(204);
    assert_eq!(admin.post(&links, link(ESERVICE)).await.refusal(), (409, "006-0024".to_owned()));
    assert_eq!(admin.post(&links, link(others)).await.refusal(), (403, "006-0025".to_owned()));
    let lost = EServiceId(Uuid::from_u128(72));
    assert_eq!(admin.post(&links, link(lost)).await.refusal(), (404, "006-0026".to_owned()));
    let shown = admin.get(&format!("/producerKeychains/{KEYCHAIN}")).await.expect(200);
    assert_eq!((&shown["eservices"][0]["id"], shown["eservices"].as_array().unwrap().len()), (&json!(ESERVICE), 1));
    let of = |id: EServiceId| format!("/producerKeychains?offset=0&limit=9&eserviceId={id}");
    assert_eq!((admin.count(&of(ESERVICE)).await, admin.count(&of(others)).await), (1, 0));
    for _ in 0..2 {
        admin.delete(&format!("{links}/{ESERVICE}")).await.expect(204);
    }
    assert_eq!(admin.count(&of(ESERVICE)).await, 0);
    assert_eq!(world.ask().await.status, 200, "vouchers do not depend on it");
}

async fn c10_machines_read_a_keychain_link_it_and_verify_with_its_keys(world: World) {
    let portal = Portal::beside(&world).await;
    let admin = portal.session(PRODUCER, OPERATOR, "admin");
    let pair = Pair::draw();
    let (kid, at) = (pair.kid(), format!("/producerKeychains/{KEYCHAIN}"));
    admin.post(&format!("{at}/keys"), key_seed(&pair)).await.expect(204);
    let (producer, consumer) = both(&world).await;
    producer.post(&format!("{at}/eservices"), json!({ "eserviceId": ESERVICE })).await.expect(204);
    let page = "offset=0&limit=9";
    let listed = producer.get(&format!("/producerKeychains?{page}&name=portachiavi")).await.expect(200);
    assert_eq!(listed["results"][0]["id"], json!(KEYCHAIN));
    let shown = producer.get(&at).await.expect(200);
    assert_eq!((&shown["producerId"], &shown["name"]), (&json!(PRODUCER), &json!("Portachiavi di prova")));
    let linked = producer.get(&format!("{at}/eservices?{page}")).await.expect(200);
    assert_eq!((&linked["results"][0]["id"], &linked["pagination"]["totalCount"]), (&json!(ESERVICE), &json!(1)));
    let keys = producer.get(&format!("{at}/keys?{page}")).await.expect(200);
    assert_eq!(keys["results"][0]["kid"], json!(kid));

    // The key is everybody's, by its thumbprint; the keychain is not.
    let key = consumer.get(&format!("/producerKeys/{kid}")).await.expect(200);
    assert_eq!((&key["producerKeychainId"], &key["jwk"]["n"]), (&json!(KEYCHAIN), &json!(pair.public().n)));
    assert_eq!(consumer.get(&format!("/keys/{kid}")).await.refusal(), (404, "006-0004".to_owned()), "no client's key");
    let clients = world.pair.kid();
    assert_eq!(consumer.get(&format!("/producerKeys/{clients}")).await.refusal(), (404, "006-0004".to_owned()));
    for path in [at.clone(), format!("{at}/eservices?{page}"), format!("{at}/keys?{page}")] {
        assert_eq!(consumer.get(&path).await.refusal(), (403, "006-0019".to_owned()), "{path}");
    }
    assert_eq!(consumer.get(&format!("/producerKeychains?{page}")).await.expect(200)["pagination"]["totalCount"], 0);

    producer.call("DELETE", &format!("{at}/eservices/{ESERVICE}"), None).await.expect(204);
    assert_eq!(producer.get(&format!("{at}/eservices?{page}")).await.expect(200)["pagination"]["totalCount"], 0);
    admin.delete(&format!("{at}/keys/{kid}")).await.expect(204);
    assert_eq!(consumer.get(&format!("/producerKeys/{kid}")).await.refusal(), (404, "006-0004".to_owned()), "at once");
}

async fn c10_feeds_tell_of_keychains_to_their_owner_and_of_keys_to_everybody(world: World) {
    let portal = Portal::beside(&world).await;
    let admin = portal.session(PRODUCER, OPERATOR, "admin");
    let keychain = admin.create("/producerKeychains", json!({ "name": "Firme delle risposte", "members": [OPERATOR] })).await;
    let at = format!("/producerKeychains/{keychain}");
    admin.post(&format!("{at}/eservices"), json!({ "eserviceId": ESERVICE })).await.expect(204);
    let (kept, lost) = (Pair::draw(), Pair::draw());
    for pair in [&kept, &lost] {
        admin.post(&format!("{at}/keys"), key_seed(pair)).await.expect(204);
    }
    admin.delete(&format!("{at}/keys/{}", lost.kid())).await.expect(204);
    admin.delete(&format!("{at}/eservices/{ESERVICE}")).await.expect(204);
    admin.delete(&at).await.expect(204);

    let (producer, consumer) = both(&world).await;
    let told = async |machine: &Machine<'_>, feed: &str| -> Vec<Value> {
        let told = machine.get(&format!("/{feed}?limit=500")).await.expect(200);
        told["events"].as_array().unwrap().clone()
    };
    let types = |events: &[Value]| events.iter().map(|event| event["eventType"].clone()).collect::<Vec<_>>();
    let own = told(&producer, "producerKeychainEvents").await;
    let expected =
        ["ADDED", "ESERVICE_ADDED", "ESERVICE_REMOVED", "DELETED"].map(|what| json!(format!("PRODUCER_KEYCHAIN_{what}")));
    assert_eq!(types(&own), expected);
    assert!(own.iter().all(|event| event["producerKeychainId"] == json!(keychain)), "{own:?}");
    assert_eq!(told(&consumer, "producerKeychainEvents").await, Vec::<Value>::new());
    let keys = told(&consumer, "producerKeyEvents").await;
    let expected = [("ADDED", &kept), ("ADDED", &lost), ("DELETED", &lost), ("DELETED", &kept)];
    let expected = expected.map(|(what, pair)| (json!(format!("PRODUCER_KEYCHAIN_KEY_{what}")), json!(pair.kid())));
    let found: Vec<_> = keys.iter().map(|event| (event["eventType"].clone(), event["kid"].clone())).collect();
    assert_eq!(found, expected, "deleted with its keychain");
    assert!(keys.iter().all(|event| event["producerKeychainId"] == json!(keychain)), "{keys:?}");
}
