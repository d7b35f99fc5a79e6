//! What each list shows to whom.

use interop::clients::client;
use interop::ids::{EServiceId, PurposeId, VersionId};
use interop::store::{bodies, clients, eservices, purposes};
use kernel::Uuid;
use serde_json::{Value, json};

use super::{Machine, STRANGER, both, eservice_seed};
use crate::on_both_engines;
use crate::world::{
    AGREEMENT, CLIENT, CONSUMER, DESCRIPTOR, ESERVICE, PRODUCER, PURPOSE, World, active_purpose, client as make_client, tenant,
};

on_both_engines!(
    e15_drafts_are_their_producers_own,
    pages_cut_lists_and_say_how_many_there_are,
    filters_narrow_lists,
    a_stranger_sees_nothing_of_others_agreements_and_purposes,
    of_others_clients_one_sees_whose_they_are,
    bodies_are_found_by_their_codes,
);

fn ids(body: &Value) -> Vec<String> {
    body["results"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

async fn e15_drafts_are_their_producers_own(world: World) {
    let (producer, consumer) = both(&world).await;
    let draft = producer.post("/eservices", eservice_seed("Bozza nascosta")).await.expect(201);
    let id = draft["id"].as_str().unwrap().to_owned();
    let list = "/eservices?offset=0&limit=50";
    assert_eq!(ids(&producer.get(list).await.expect(200)), [id.clone(), ESERVICE.to_string()], "by name");
    assert_eq!(ids(&consumer.get(list).await.expect(200)), [ESERVICE.to_string()]);
    let reader = Machine::of(&world, PRODUCER, false).await;
    assert_eq!(ids(&reader.get(list).await.expect(200)), [ESERVICE.to_string()]);
    assert_eq!(
        reader.get(&format!("/eservices/{id}")).await.refusal(),
        (404, "001-0005".to_owned()),
        "a draft is for who writes"
    );
    // A new version in draft of a published e-service is nobody else's either.
    let seed = eservice_seed("x")["descriptor"].clone();
    let begun = producer.post(&format!("/eservices/{ESERVICE}/descriptors"), seed).await.expect(201);
    let at = format!("/eservices/{ESERVICE}/descriptors");
    assert_eq!(ids(&producer.get(&format!("{at}?offset=0&limit=9")).await.expect(200)).len(), 2);
    assert_eq!(ids(&consumer.get(&format!("{at}?offset=0&limit=9")).await.expect(200)), [DESCRIPTOR.to_string()]);
    let hidden = consumer.get(&format!("{at}/{}", begun["id"].as_str().unwrap())).await;
    assert_eq!(hidden.refusal(), (404, "001-0001".to_owned()));
}

async fn pages_cut_lists_and_say_how_many_there_are(world: World) {
    let (_, consumer) = both(&world).await;
    let now = world.clock.now();
    world
        .write(move |tx| {
            let eservice = eservices::find(tx, ESERVICE, interop::store::Purpose::Look)?.unwrap();
            for number in 100..104 {
                let (id, version) = (PurposeId(Uuid::from_u128(number)), VersionId(Uuid::from_u128(number + 1000)));
                purposes::save(tx, &active_purpose(&eservice, id, version, now))?;
            }
            Ok(())
        })
        .await;
    let page = async |offset: u32| consumer.get(&format!("/purposes?offset={offset}&limit=2")).await.expect(200);
    let (first, second, third, beyond) = (page(0).await, page(2).await, page(4).await, page(40).await);
    assert_eq!(first["pagination"], json!({ "offset": 0, "limit": 2, "totalCount": 5 }));
    let mut all = [ids(&first), ids(&second), ids(&third)].concat();
    assert_eq!((all.len(), ids(&third).len(), ids(&beyond).len()), (5, 1, 0));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 5, "nothing twice");
}

async fn filters_narrow_lists(world: World) {
    let (producer, consumer) = both(&world).await;
    let other = EServiceId(Uuid::from_u128(404));
    for (query, found) in [
        ("name=RESID", true),
        ("name=%25", false),
        ("name=_esidenze", false),
        ("technology=REST", true),
        ("technology=SOAP", false),
        ("mode=DELIVER", true),
        ("mode=RECEIVE", false),
        ("isSignalHubEnabled=false", true),
        ("isSignalHubEnabled=true", false),
        ("isConsumerDelegable=true", false),
        ("isClientAccessDelegable=false", true),
    ] {
        let list = consumer.get(&format!("/eservices?offset=0&limit=9&{query}")).await.expect(200);
        assert_eq!(!ids(&list).is_empty(), found, "{query}");
    }
    for (path, found) in [
        (format!("/eservices?offset=0&limit=9&producerIds={PRODUCER},{CONSUMER}"), true),
        (format!("/eservices?offset=0&limit=9&producerIds={CONSUMER}"), false),
        ("/agreements?offset=0&limit=9&states=ACTIVE,SUSPENDED".to_owned(), true),
        ("/agreements?offset=0&limit=9&states=PENDING".to_owned(), false),
        (format!("/agreements?offset=0&limit=9&producerIds={PRODUCER}&consumerIds={CONSUMER}"), true),
        (format!("/agreements?offset=0&limit=9&consumerIds={PRODUCER}"), false),
        (format!("/agreements?offset=0&limit=9&descriptorIds={DESCRIPTOR}&eserviceIds={ESERVICE}"), true),
        (format!("/agreements?offset=0&limit=9&eserviceIds={other}"), false),
        ("/purposes?offset=0&limit=9&states=ACTIVE".to_owned(), true),
        ("/purposes?offset=0&limit=9&states=ARCHIVED,REJECTED".to_owned(), false),
        ("/purposes?offset=0&limit=9&title=controlli".to_owned(), true),
        ("/purposes?offset=0&limit=9&title=niente".to_owned(), false),
        (format!("/purposes?offset=0&limit=9&eserviceIds={ESERVICE}&consumerIds={CONSUMER}"), true),
        (format!("/agreements/{AGREEMENT}/purposes?offset=0&limit=9"), true),
        (format!("/clients/{CLIENT}/purposes?offset=0&limit=9&states=ACTIVE&eserviceIds={ESERVICE}"), true),
        (format!("/clients/{CLIENT}/purposes?offset=0&limit=9&states=DRAFT"), false),
    ] {
        assert_eq!(!ids(&consumer.get(&path).await.expect(200)).is_empty(), found, "{path}");
    }
    assert_eq!(producer.get(&format!("/purposes/{PURPOSE}")).await.expect(200)["id"], json!(PURPOSE));
}

async fn a_stranger_sees_nothing_of_others_agreements_and_purposes(world: World) {
    let stranger = Machine::of(&world, STRANGER, true).await;
    for list in ["/agreements?offset=0&limit=9", "/purposes?offset=0&limit=9"] {
        assert_eq!(stranger.get(list).await.expect(200)["pagination"]["totalCount"], 0);
    }
    for (path, code) in [
        (format!("/agreements/{AGREEMENT}"), "002-0007"),
        (format!("/agreements/{AGREEMENT}/purposes?offset=0&limit=9"), "002-0007"),
        (format!("/agreements/{AGREEMENT}/consumerDocuments?offset=0&limit=9"), "002-0007"),
        (format!("/purposes/{PURPOSE}"), "004-0007"),
        (format!("/purposes/{PURPOSE}/versions?offset=0&limit=9"), "004-0007"),
        (format!("/purposes/{PURPOSE}/agreement"), "004-0007"),
        (format!("/purposes/{PURPOSE}/operability"), "004-0007"),
        (format!("/clients/{CLIENT}/keys?offset=0&limit=9"), "006-0002"),
        (format!("/clients/{CLIENT}/purposes?offset=0&limit=9"), "006-0002"),
    ] {
        assert_eq!(stranger.get(&path).await.refusal(), (403, code.to_owned()), "{path}");
    }
}

async fn of_others_clients_one_sees_whose_they_are(world: World) {
    let (producer, consumer) = both(&world).await;
    let own = consumer.get(&format!("/clients/{CLIENT}")).await.expect(200);
    assert_eq!(own["name"], "Client di prova");
    let others = producer.get(&format!("/clients/{CLIENT}")).await.expect(200);
    assert_eq!(others, json!({ "id": CLIENT, "consumerId": CONSUMER }));
    let found = producer.get(&format!("/clients?offset=0&limit=9&consumerId={CONSUMER}")).await.expect(200);
    assert!(found["results"].as_array().unwrap().iter().all(|client| client.get("name").is_none()), "{found}");
    assert_eq!(producer.get("/clients?offset=0&limit=9&name=prova").await.expect(200)["pagination"]["totalCount"], 1, "its own");
    let none = producer.get(&format!("/clients?offset=0&limit=9&name=prova&consumerId={CONSUMER}")).await.expect(200);
    assert_eq!(none["pagination"]["totalCount"], 0, "a name is told to nobody by looking for it");
    // Public keys are everybody's: providers verify with them.
    let kid = world.pair.kid();
    let key = producer.get(&format!("/keys/{kid}")).await.expect(200);
    assert_eq!((&key["clientId"], &key["jwk"]["n"]), (&json!(CLIENT), &json!(world.pair.public().n)));
    assert_eq!(consumer.get(&format!("/clients/{CLIENT}/keys?offset=0&limit=9")).await.expect(200)["results"][0], key["jwk"]);
    assert_eq!(producer.get("/keys/unknown").await.refusal(), (404, "006-0004".to_owned()));
    let gone = make_client(interop::ids::ClientId(Uuid::from_u128(500)), client::Kind::Consumer, world.clock.now());
    assert_eq!(producer.get(&format!("/clients/{}", gone.id)).await.refusal(), (404, "006-0001".to_owned()));
    world.write(move |tx| clients::save(tx, &gone)).await;
}

async fn bodies_are_found_by_their_codes(world: World) {
    let machine = Machine::of(&world, CONSUMER, false).await;
    let now = world.clock.now();
    world
        .write(move |tx| {
            let mut body = tenant(STRANGER, now);
            body.tax_code = Some("00123456789".into());
            bodies::save_tenant(tx, &body)
        })
        .await;
    let found = machine.get(&format!("/tenants?offset=0&limit=9&IPACode=c_{PRODUCER}")).await.expect(200);
    assert_eq!(ids(&found), [PRODUCER.to_string()]);
    assert_eq!(found["results"][0]["externalId"], json!({ "origin": "IPA", "value": format!("c_{PRODUCER}") }));
    let found = machine.get("/tenants?offset=0&limit=9&taxCode=00123456789").await.expect(200);
    assert_eq!(ids(&found), [STRANGER.to_string()]);
    let both = machine.get("/tenants?offset=0&limit=9&taxCode=1&IPACode=1").await;
    assert_eq!(both.refusal(), (400, "012-0011".to_owned()));
    assert_eq!(machine.get(&format!("/tenants/{}", Uuid::nil())).await.refusal(), (404, "005-0004".to_owned()));
}
