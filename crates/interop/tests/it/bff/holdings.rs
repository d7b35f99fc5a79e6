//! Bodies, their people, and what they hold.

use interop::store::{self, bodies};
use serde_json::{Value, json};

use super::{Portal, Session, employ};
use crate::on_both_engines;
use crate::world::{AGREEMENT, CONSUMER, ESERVICE, OPERATOR, PRODUCER, World};

on_both_engines!(
    bodies_are_found_with_their_people,
    a1_and_a5_a_certifier_creates_assigns_and_takes_away,
    a2_a_body_declares_and_takes_back_in_the_pages,
    a3_a_producer_verifies_extends_and_takes_back_in_the_pages,
);

async fn bodies_are_found_with_their_people(world: World) {
    employ(&world).await;
    let portal = Portal::beside(&world).await;
    let admin = portal.session(CONSUMER, OPERATOR, "admin");
    let own = admin.get(&format!("/tenants/{CONSUMER}")).await.expect(200);
    assert_eq!((&own["kind"], &own["externalId"]["origin"]), (&json!("PA"), &json!("IPA")));
    assert_eq!(own["attributes"], json!({ "declared": [], "certified": [], "verified": [] }));
    assert_eq!(admin.count("/tenants?limit=9").await, 2);
    assert_eq!(admin.count("/tenants?limit=9&name=bugliano").await, 2);
    assert_eq!(admin.count("/tenants?limit=9&features=PERSISTENT_CERTIFIER").await, 0);
    assert_eq!(admin.count("/tenants?limit=9&features=DELEGATED_PRODUCER").await, 0);
    assert_eq!(admin.get(&format!("/tenants/{ESERVICE}")).await.refusal(), (404, "005-0004".to_owned()));
    let users = format!("/tenants/{CONSUMER}/users");
    let names = |found: Value| found.as_array().unwrap().iter().map(|user| user["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(admin.get(&users).await.expect(200)).len(), 2);
    assert_eq!(names(admin.get(&format!("{users}?query=neri")).await.expect(200)), [json!("Ugo")]);
    assert_eq!(names(admin.get(&format!("{users}?roles=security")).await.expect(200)), [json!("Ugo")]);
    assert_eq!(names(admin.get(&format!("{users}?personId={OPERATOR}")).await.expect(200)), [json!("Ada")]);

    let mails = format!("/tenants/{CONSUMER}/mails");
    let seed = json!({ "kind": "CONTACT_EMAIL", "address": "ced@comune.example.it", "description": "Ufficio sistemi" });
    admin.post(&mails, seed.clone()).await.expect(204);
    assert_eq!(admin.post(&mails, seed).await.refusal(), (409, "005-0018".to_owned()));
    let shown = admin.get(&format!("/tenants/{CONSUMER}")).await.expect(200);
    assert_eq!(shown["contactMail"], json!({ "address": "ced@comune.example.it", "description": "Ufficio sistemi" }));
    let certified = json!({ "kind": "DIGITAL_ADDRESS", "address": "ced@pec.example.it" });
    assert_eq!(admin.post(&mails, certified).await.refusal(), (400, "005-9999".to_owned()));
}

async fn create(session: &Session<'_>, kind: &str, name: &str) -> Value {
    session.post(&format!("/{kind}Attributes"), json!({ "name": name, "description": "Descrizione lunga" })).await.expect(200)
}

async fn a1_and_a5_a_certifier_creates_assigns_and_takes_away(world: World) {
    world
        .write(|tx| {
            let mut tenant = bodies::find_tenant(tx, PRODUCER, store::Purpose::Change)?.unwrap();
            tenant.certifier = Some("ANAC".into());
            bodies::save_tenant(tx, &tenant)
        })
        .await;
    let portal = Portal::beside(&world).await;
    let (certifier, admin) = (portal.session(PRODUCER, OPERATOR, "admin"), portal.session(CONSUMER, OPERATOR, "admin"));
    let page = "offset=0&limit=9";
    assert_eq!(admin.get(&format!("/tenants/attributes/certified?{page}")).await.refusal(), (403, "005-0012".to_owned()));
    assert_eq!(certifier.count(&format!("/tenants/attributes/certified?{page}")).await, 0);
    let made = create(&certifier, "certified", "Stazione appaltante").await;
    assert_eq!((&made["kind"], &made["origin"]), (&json!("CERTIFIED"), &json!("ANAC")));
    let again = json!({ "name": "Stazione appaltante", "description": "Altra" });
    assert_eq!(certifier.post("/certifiedAttributes", again).await.refusal(), (409, "003-0002".to_owned()));
    create(&admin, "declared", "Gestore").await;
    let id = made["id"].as_str().unwrap();
    assert_eq!(admin.get(&format!("/attributes/{id}")).await.expect(200)["name"], "Stazione appaltante");
    assert_eq!(admin.get(&format!("/attributes/{ESERVICE}")).await.refusal(), (404, "003-0001".to_owned()));
    for (filter, found) in
        [("kinds=CERTIFIED", 1), ("kinds=CERTIFIED,DECLARED", 2), ("kinds=DECLARED&q=gest", 1), ("kinds=CERTIFIED&origin=IPA", 0)]
    {
        assert_eq!(admin.count(&format!("/attributes?{page}&{filter}")).await, found, "{filter}");
    }
    let at = format!("/tenants/{CONSUMER}/attributes/certified");
    certifier.post(&at, json!({ "id": id })).await.expect(204);
    assert_eq!(certifier.post(&at, json!({ "id": id })).await.refusal(), (400, "005-0014".to_owned()));
    let assigned = certifier.get(&format!("/tenants/attributes/certified?{page}")).await.expect(200);
    assert_eq!((&assigned["results"][0]["tenantId"], &assigned["results"][0]["attributeId"]), (&json!(CONSUMER), &json!(id)));
    let held = admin.get(&at).await.expect(200);
    assert_eq!((&held["attributes"][0]["id"], held["attributes"][0].get("revocationTimestamp")), (&json!(id), None));
    certifier.delete(&format!("{at}/{id}")).await.expect(204);
    assert_eq!(certifier.delete(&format!("{at}/{id}")).await.refusal(), (409, "005-0019".to_owned()));
    assert!(admin.get(&at).await.expect(200)["attributes"][0]["revocationTimestamp"].is_string());
    assert_eq!(certifier.count(&format!("/tenants/attributes/certified?{page}")).await, 0);
    assert_eq!(admin.count("/tenants?limit=9&features=PERSISTENT_CERTIFIER").await, 1);
}

async fn a2_a_body_declares_and_takes_back_in_the_pages(world: World) {
    let portal = Portal::beside(&world).await;
    let admin = portal.session(CONSUMER, OPERATOR, "admin");
    let id = create(&admin, "declared", "Gestore").await["id"].clone();
    admin.post("/tenants/attributes/declared", json!({ "id": id })).await.expect(204);
    let delegated = json!({ "id": id, "delegationId": id });
    assert_eq!(admin.post("/tenants/attributes/declared", delegated).await.refusal(), (400, "005-9999".to_owned()));
    let held = admin.get(&format!("/tenants/{CONSUMER}/attributes/declared")).await.expect(200);
    assert_eq!((&held["attributes"][0]["id"], &held["attributes"][0]["kind"]), (&id, &json!("DECLARED")));
    let at = format!("/tenants/attributes/declared/{}", id.as_str().unwrap());
    admin.delete(&at).await.expect(204);
    assert_eq!(admin.delete(&at).await.refusal(), (409, "005-0019".to_owned()));
}

async fn a3_a_producer_verifies_extends_and_takes_back_in_the_pages(world: World) {
    let portal = Portal::beside(&world).await;
    let (producer, consumer) = (portal.session(PRODUCER, OPERATOR, "admin"), portal.session(CONSUMER, OPERATOR, "admin"));
    let id = create(&producer, "verified", "Requisiti tecnici").await["id"].as_str().unwrap().to_owned();
    let attribute = interop::ids::AttributeId(id.parse().unwrap());
    world
        .eservice(move |eservice, _| {
            let version = eservice.descriptor_mut(crate::world::DESCRIPTOR).unwrap();
            version.attributes.verified = vec![vec![attribute.into()]];
        })
        .await;
    let at = format!("/tenants/{CONSUMER}/attributes/verified");
    let past = json!({ "id": id, "agreementId": AGREEMENT, "expirationDate": "2020-01-01T00:00:00Z" });
    assert_eq!(producer.post(&at, past).await.refusal(), (400, "005-0009".to_owned()));
    let seed = json!({ "id": id, "agreementId": AGREEMENT, "expirationDate": "2027-01-01T00:00:00Z" });
    assert_eq!(consumer.post(&at, seed.clone()).await.refusal(), (403, "005-0015".to_owned()));
    producer.post(&at, seed).await.expect(204);
    let held = consumer.get(&at).await.expect(200);
    let word = &held["attributes"][0]["verifiedBy"][0];
    assert_eq!((&word["id"], &word["expirationDate"]), (&json!(PRODUCER), &json!("2027-01-01T01:00:00+01:00")));
    let shown = consumer.get(&format!("/agreements/{AGREEMENT}")).await.expect(200);
    assert_eq!(shown["verifiedAttributes"][0]["name"], "Requisiti tecnici");
    assert_eq!(shown["consumer"]["attributes"]["verified"][0]["id"], json!(id));
    producer.post(&format!("{at}/{id}"), json!({ "expirationDate": "2028-01-01T00:00:00Z" })).await.expect(204);
    let none = consumer.post(&format!("{at}/{id}"), json!({})).await;
    assert_eq!(none.refusal(), (403, "005-0010".to_owned()));
    producer.call("DELETE", &format!("{at}/{id}"), Some(json!({ "agreementId": AGREEMENT }))).await.expect(204);
    let held = consumer.get(&at).await.expect(200);
    assert_eq!(held["attributes"][0]["verifiedBy"], json!([]));
    assert_eq!(held["attributes"][0]["revokedBy"][0]["id"], json!(PRODUCER));
}
