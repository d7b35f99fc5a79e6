//! Lists of the pages and what they can be filtered by.

use interop::store::{self, bodies};
use serde_json::json;

use super::Portal;
use super::walk::{agreed, published};
use crate::on_both_engines;
use crate::world::{AGREEMENT, CONSUMER, ESERVICE, OPERATOR, PRODUCER, World};

on_both_engines!(e15_the_catalogue_is_filtered, agreements_are_listed_for_either_side,);

const PAGE: &str = "offset=0&limit=9";

async fn e15_the_catalogue_is_filtered(world: World) {
    let portal = Portal::beside(&world).await;
    let (producer, consumer) = (portal.session(PRODUCER, OPERATOR, "admin"), portal.session(CONSUMER, OPERATOR, "admin"));
    let (id, version) = published(&producer, "Anagrafe comunale").await;
    producer.post(&format!("/eservices/{id}/descriptors/{version}/suspend"), json!({})).await.expect(204);
    let mut draft = super::walk::general("Bozza di servizio");
    draft["personalData"] = json!(false);
    producer.post("/eservices", draft).await.expect(200);
    for (filter, found) in [
        ("", 2),
        ("&q=ANAGRAFE", 1),
        ("&states=PUBLISHED", 1),
        ("&states=SUSPENDED,PUBLISHED", 2),
        ("&agreementStates=ACTIVE", 1),
        ("&agreementStates=PENDING", 0),
        ("&mode=DELIVER", 2),
        ("&mode=RECEIVE", 0),
        ("&isConsumerDelegable=true", 0),
        ("&personalData=TRUE", 1),
        ("&personalData=DEFINED", 1),
        ("&personalData=FALSE", 0),
    ] {
        assert_eq!(consumer.count(&format!("/catalog?{PAGE}{filter}")).await, found, "{filter}");
    }
    assert_eq!(consumer.count(&format!("/catalog?{PAGE}&producersIds={PRODUCER}")).await, 2);
    assert_eq!(consumer.count(&format!("/catalog?{PAGE}&producersIds={CONSUMER}")).await, 0);
    assert_eq!(consumer.count(&format!("/catalog?{PAGE}&attributesIds={ESERVICE}")).await, 0);
    assert_eq!(consumer.get("/catalog?offset=0&limit=51").await.refusal(), (400, "008-9999".to_owned()));
    assert_eq!(consumer.get("/catalog?offset=0").await.refusal(), (400, "008-9999".to_owned()));
    let row = consumer.get(&format!("/catalog?{PAGE}&q=anagrafe")).await.expect(200)["results"][0].clone();
    assert_eq!((&row["producer"]["id"], &row["isMine"], &row["personalData"]), (&json!(PRODUCER), &json!(false), &json!(true)));

    let own = format!("/producers/eservices?{PAGE}");
    for (filter, found) in [("", 3), ("&q=bozza", 1), ("&delegated=true", 0), ("&personalData=FALSE", 1)] {
        assert_eq!(producer.count(&format!("{own}{filter}")).await, found, "{filter}");
    }
    assert_eq!(producer.count(&format!("{own}&consumersIds={CONSUMER}")).await, 1);
    let draft = producer.get(&format!("{own}&q=bozza")).await.expect(200)["results"][0].clone();
    assert_eq!((&draft["draftDescriptor"]["state"], draft.get("activeDescriptor")), (&json!("DRAFT"), None));
    let viewer = portal.session(PRODUCER, OPERATOR, "viewer");
    assert_eq!(viewer.count(&own).await, 2, "drafts are for those who write");
}

async fn agreements_are_listed_for_either_side(world: World) {
    let portal = Portal::beside(&world).await;
    let (producer, consumer) = (portal.session(PRODUCER, OPERATOR, "admin"), portal.session(CONSUMER, OPERATOR, "admin"));
    let (first, version) = published(&producer, "Anagrafe comunale").await;
    agreed(&portal, &first, &version).await;
    let (second, version) = published(&producer, "Stato civile").await;
    consumer.post("/agreements", json!({ "eserviceId": second, "descriptorId": version })).await.expect(200);
    for (filter, own, theirs) in [
        (String::new(), 3, 2),
        ("&states=ACTIVE".to_owned(), 2, 2),
        ("&states=DRAFT".to_owned(), 1, 0),
        (format!("&eservicesIds={first},{second}"), 2, 1),
        (format!("&producersIds={CONSUMER}"), 0, 2),
        (format!("&consumersIds={PRODUCER}"), 3, 0),
        ("&showOnlyUpgradeable=true".to_owned(), 0, 0),
    ] {
        assert_eq!(consumer.count(&format!("/consumers/agreements?{PAGE}{filter}")).await, own, "{filter}");
        assert_eq!(producer.count(&format!("/producers/agreements?{PAGE}{filter}")).await, theirs, "{filter}");
    }
    let row =
        producer.get(&format!("/producers/agreements?{PAGE}&eservicesIds={ESERVICE}")).await.expect(200)["results"][0].clone();
    assert_eq!((&row["id"], &row["consumer"]["id"]), (&json!(AGREEMENT), &json!(CONSUMER)));
    assert_eq!((&row["eservice"]["name"], &row["descriptor"]["version"]), (&json!("Residenze"), &json!("1")));
    for (path, found) in [
        ("/consumers/agreements/eservices", 3),
        ("/producers/agreements/eservices", 0),
        ("/agreements/filter/producers", 1),
        ("/agreements/filter/consumers", 0),
        ("/producers", 1),
        ("/consumers", 0),
    ] {
        assert_eq!(consumer.count(&format!("{path}?{PAGE}")).await, found, "{path}");
    }
    for (path, found) in [
        ("/producers/agreements/eservices", 2),
        ("/agreements/filter/consumers", 1),
        ("/agreements/filter/producers", 0),
        ("/consumers", 1),
    ] {
        assert_eq!(producer.count(&format!("{path}?{PAGE}")).await, found, "{path}");
        assert_eq!(producer.count(&format!("{path}?{PAGE}&q=nessuno")).await, 0, "{path}");
    }
    let csv = producer.download(&format!("/eservices/{first}/consumers")).await;
    let csv = (csv.0.headers["content-type"].to_str().unwrap().to_owned(), String::from_utf8(csv.1).unwrap());
    assert_eq!(csv.0, "text/csv; charset=utf-8");
    let line = format!("1,PUBLISHED,ACTIVE,Comune di Bugliano,c_{CONSUMER}\n");
    assert_eq!(csv.1, format!("versione,stato_versione,stato_richiesta_fruizione,fruitore,codice_ipa_fruitore\n{line}"));
    // A body's name is no formula of whoever opens the table.
    world
        .write(|tx| {
            let mut tenant = bodies::find_tenant(tx, CONSUMER, store::Purpose::Change)?.unwrap();
            tenant.name = "\t=HYPERLINK(\"https://evil.example\")".into();
            bodies::save_tenant(tx, &tenant)
        })
        .await;
    let (_, csv) = producer.download(&format!("/eservices/{first}/consumers")).await;
    let line = format!("1,PUBLISHED,ACTIVE,\"'\t=HYPERLINK(\"\"https://evil.example\"\")\",c_{CONSUMER}");
    assert_eq!(String::from_utf8(csv).unwrap().lines().nth(1), Some(line.as_str()));
}
