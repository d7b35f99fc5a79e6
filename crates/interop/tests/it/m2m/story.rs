//! From an e-service in draft to a voucher and back, by machines alone.

use interop::ids::PurposeId;
use serde_json::json;

use super::{analysis, both, eservice_seed};
use crate::on_both_engines;
use crate::world::{AGREEMENT, CLIENT, CONSUMER, DESCRIPTOR, ESERVICE, PRODUCER, PURPOSE, World};

on_both_engines!(
    machines_publish_subscribe_approve_and_get_vouchers_that_follow_every_command,
    drafts_are_edited_by_merge_patches,
    p7_a_load_over_the_threshold_waits_and_the_old_one_stays,
    a_producer_verifies_and_takes_its_word_back,
);

async fn machines_publish_subscribe_approve_and_get_vouchers_that_follow_every_command(world: World) {
    let (producer, consumer) = both(&world).await;
    let eservice = producer.post("/eservices", eservice_seed("Anagrafe")).await.expect(201);
    let id = eservice["id"].as_str().unwrap();
    assert_eq!((&eservice["producerId"], &eservice["name"]), (&json!(PRODUCER), &json!("Anagrafe")));
    consumer.get(&format!("/eservices/{id}")).await.expect(404);
    let versions = producer.get(&format!("/eservices/{id}/descriptors?offset=0&limit=10")).await.expect(200);
    let version = versions["results"][0]["id"].as_str().unwrap();
    let at = format!("/eservices/{id}/descriptors/{version}");

    // An attribute that the consumer has to declare, which subscribing does.
    let seed = json!({ "name": "Gestore di anagrafe", "description": "Tiene un'anagrafe di residenti" });
    let attribute = producer.post("/declaredAttributes", seed).await.expect(201)["id"].clone();
    let group = producer.post(&format!("{at}/declaredAttributes/groups"), json!({ "attributeIds": [attribute] })).await;
    assert_eq!(group.expect(201)["attributes"][0]["attribute"]["id"], attribute);

    let stranger = format!("{at}/declaredAttributes/groups/0/attributes/{}", PurposeId(kernel::Uuid::nil()));
    assert_eq!(producer.call("DELETE", &stranger, None).await.refusal(), (404, "012-0034".to_owned()));

    let publish = format!("{at}/publish");
    assert_eq!(producer.post(&publish, json!({})).await.refusal(), (400, "001-0002".to_owned()), "no interface");
    let interface = r#"{"openapi":"3.1.0","servers":[{"url":"https://api.example.it/v1"}]}"#;
    producer.upload(&format!("{at}/interface"), ("api.json", "Interfaccia", interface)).await.expect(201);
    let published = producer.post(&publish, json!({})).await.expect(200);
    assert_eq!((&published["state"], &published["version"]), (&json!("PUBLISHED"), &json!("1")));
    assert_eq!(published["serverUrls"], json!(["https://api.example.it/v1"]));
    consumer.get(&format!("/eservices/{id}")).await.expect(200);

    let draft = consumer.post("/agreements", json!({ "eserviceId": id, "descriptorId": version })).await.expect(201);
    let agreement = format!("/agreements/{}", draft["id"].as_str().unwrap());
    assert_eq!(producer.get(&agreement).await.refusal(), (403, "002-0007".to_owned()), "a draft is its consumer's");
    let waiting =
        consumer.post(&format!("{agreement}/submit"), json!({ "consumerNotes": "Per le graduatorie" })).await.expect(200);
    assert_eq!((&waiting["state"], &waiting["consumerNotes"]), (&json!("PENDING"), &json!("Per le graduatorie")));
    let declared = consumer.get(&format!("/tenants/{CONSUMER}/declaredAttributes?offset=0&limit=10")).await.expect(200);
    assert_eq!(declared["results"][0]["id"], attribute);
    assert_eq!(consumer.post(&format!("{agreement}/approve"), json!({})).await.refusal(), (403, "002-0029".to_owned()));
    assert_eq!(producer.post(&format!("{agreement}/approve"), json!({})).await.expect(200)["state"], "ACTIVE");

    let seed = json!({
        "eserviceId": id, "title": "Graduatorie", "description": "Controllo delle domande", "isFreeOfCharge": false,
        "dailyCalls": 10, "riskAnalysisForm": analysis(),
    });
    let purpose = consumer.post("/purposes", seed).await.expect(201);
    assert_eq!((&purpose["currentVersion"]["state"], &purpose["isRiskAnalysisValid"]), (&json!("DRAFT"), &json!(true)));
    let purpose_id: PurposeId = purpose["id"].as_str().unwrap().parse().unwrap();
    let purpose = format!("/purposes/{purpose_id}");
    assert_eq!(consumer.post(&format!("{purpose}/activate"), json!({})).await.expect(200)["currentVersion"]["state"], "ACTIVE");
    let of = consumer.get(&format!("{purpose}/agreement")).await.expect(200);
    assert_eq!(of["id"], draft["id"]);
    let obstacles = consumer.get(&format!("{purpose}/operability")).await.expect(200);
    assert_eq!(obstacles, json!({ "operable": false, "obstacles": ["client"] }));

    consumer.post(&format!("/clients/{CLIENT}/purposes"), json!({ "purposeId": purpose_id })).await.expect(204);
    let obstacles = consumer.get(&format!("{purpose}/operability")).await.expect(200);
    assert_eq!(obstacles, json!({ "operable": true, "obstacles": [] }));
    let voucher = async || {
        let mut claims = world.claims();
        claims["purposeId"] = json!(purpose_id);
        world.ask_by(&world.pair.sign(&world.header(), &claims)).await
    };
    assert_eq!(voucher().await.part(1)["eserviceId"].as_str(), Some(id));

    // Each command is felt by the very next request.
    for (machine, suspend, unsuspend, reason) in [
        (&producer, format!("{at}/suspend"), format!("{at}/unsuspend"), "invalidEServiceState"),
        (&consumer, format!("{agreement}/suspend"), format!("{agreement}/unsuspend"), "invalidAgreementState"),
        (&consumer, format!("{purpose}/suspend"), format!("{purpose}/unsuspend"), "invalidPurposeState"),
    ] {
        machine.post(&suspend, json!({})).await.expect(200);
        assert_eq!(voucher().await.reasons(), [reason]);
        machine.post(&unsuspend, json!({})).await.expect(200);
        assert_eq!(voucher().await.status, 200, "{unsuspend}");
    }
    consumer.call("DELETE", &format!("/clients/{CLIENT}/purposes/{purpose_id}"), None).await.expect(204);
    assert_eq!(voucher().await.status, 400);
    let archived = consumer.post(&format!("{purpose}/archive"), json!({})).await.expect(200);
    assert_eq!(archived["currentVersion"]["state"], "ARCHIVED");
}

async fn drafts_are_edited_by_merge_patches(world: World) {
    let (producer, consumer) = both(&world).await;
    let eservice = producer.post("/eservices", eservice_seed("Anagrafe")).await.expect(201);
    let at = format!("/eservices/{}", eservice["id"].as_str().unwrap());
    let edited = producer.call("PATCH", &at, Some(json!({ "name": "Anagrafe nuova", "personalData": true }))).await.expect(200);
    assert_eq!((&edited["name"], &edited["personalData"]), (&json!("Anagrafe nuova"), &json!(true)));
    assert_eq!(edited["description"], eservice["description"], "what is not sent stays");
    let cleared = producer.call("PATCH", &at, Some(json!({ "personalData": null }))).await.expect(200);
    assert_eq!(cleared.get("personalData"), None, "null clears");
    let wrong = producer.call("PATCH", &at, Some(json!({ "unknown": 1 }))).await;
    assert_eq!(wrong.refusal(), (400, "001-9999".to_owned()));

    let versions = producer.get(&format!("{at}/descriptors?offset=0&limit=1")).await.expect(200);
    let version = format!("{at}/descriptors/{}", versions["results"][0]["id"].as_str().unwrap());
    let edited = producer.call("PATCH", &version, Some(json!({ "dailyCallsTotal": 5000 }))).await.expect(200);
    assert_eq!((&edited["dailyCallsTotal"], &edited["dailyCallsPerConsumer"]), (&json!(5000), &json!(100)));
    let wrong = producer.call("PATCH", &version, Some(json!({ "dailyCallsTotal": 5 }))).await;
    assert_eq!(wrong.refusal(), (400, "001-0010".to_owned()));
    assert_eq!(producer.call("DELETE", &version, None).await.refusal(), (409, "012-0029".to_owned()), "the only one");
    producer.call("DELETE", &at, None).await.expect(204);

    // A published e-service is changed by acts of their own.
    let at = format!("/eservices/{ESERVICE}");
    assert_eq!(producer.call("PATCH", &at, Some(json!({ "name": "Altro nome" }))).await.refusal(), (400, "001-0012".to_owned()));
    let renamed = producer.call("PATCH", &format!("{at}/name"), Some(json!({ "name": "Altro nome" }))).await.expect(200);
    assert_eq!(renamed["name"], "Altro nome");
    let hub = producer.call("PATCH", &format!("{at}/signalHub"), Some(json!({ "isSignalHubEnabled": true }))).await.expect(200);
    assert_eq!(hub["isSignalHubEnabled"], true);
    let flags = json!({ "isClientAccessDelegable": true });
    let alone = producer.call("PATCH", &format!("{at}/delegation"), Some(flags)).await.expect(200);
    assert_eq!(alone["isClientAccessDelegable"], false, "only of consumers who may delegate");
    let said = producer.post(&format!("{at}/personalDataFlag"), json!({ "personalData": false })).await.expect(200);
    assert_eq!(said["personalData"], false);
    let again = producer.post(&format!("{at}/personalDataFlag"), json!({ "personalData": true })).await;
    assert_eq!(again.refusal(), (409, "001-0042".to_owned()));
    let quotas = format!("{at}/descriptors/{DESCRIPTOR}/quotas");
    let changed = producer.call("PATCH", &quotas, Some(json!({ "voucherLifespan": 60 }))).await.expect(200);
    assert_eq!((&changed["voucherLifespan"], &changed["dailyCallsTotal"]), (&json!(60), &json!(1000)));
    assert_eq!(world.ask().await.body["expires_in"], 60, "the next voucher lives as long");

    let seed = json!({
        "eserviceId": ESERVICE, "title": "Seconda finalità", "description": "Controllo delle domande", "isFreeOfCharge": true,
        "freeOfChargeReason": "Per legge", "dailyCalls": 10,
    });
    let purpose = consumer.post("/purposes", seed).await.expect(201);
    assert_eq!(purpose["isRiskAnalysisValid"], false);
    let at = format!("/purposes/{}", purpose["id"].as_str().unwrap());
    let patch = json!({ "isFreeOfCharge": false, "freeOfChargeReason": null, "riskAnalysisForm": analysis() });
    let edited = consumer.call("PATCH", &at, Some(patch)).await.expect(200);
    assert_eq!((&edited["isFreeOfCharge"], &edited["isRiskAnalysisValid"]), (&json!(false), &json!(true)));
    assert_eq!((edited.get("freeOfChargeReason"), &edited["title"]), (None, &json!("Seconda finalità")));
    consumer.call("DELETE", &at, None).await.expect(204);
    assert_eq!(consumer.get(&at).await.refusal(), (404, "004-0001".to_owned()));
}

async fn p7_a_load_over_the_threshold_waits_and_the_old_one_stays(world: World) {
    let (producer, consumer) = both(&world).await;
    let at = format!("/purposes/{PURPOSE}");
    let same = consumer.post(&format!("{at}/versions"), json!({ "dailyCalls": 10 })).await;
    assert_eq!(same.refusal(), (400, "004-0023".to_owned()));
    let asked = consumer.post(&format!("{at}/versions"), json!({ "dailyCalls": 101 })).await.expect(201);
    assert_eq!(asked["state"], "WAITING_FOR_APPROVAL");
    let purpose = consumer.get(&at).await.expect(200);
    assert_eq!((&purpose["currentVersion"]["dailyCalls"], &purpose["currentVersion"]["state"]), (&json!(10), &json!("ACTIVE")));
    assert_eq!(purpose["waitingForApprovalVersion"]["id"], asked["id"]);
    let waiting = producer.get("/purposes?offset=0&limit=10&states=WAITING_FOR_APPROVAL").await.expect(200);
    assert_eq!(waiting["results"][0]["id"], json!(PURPOSE));
    assert_eq!(consumer.post(&format!("{at}/approve"), json!({})).await.refusal(), (403, "004-0010".to_owned()));
    let approved = producer.post(&format!("{at}/approve"), json!({})).await.expect(200);
    assert_eq!((&approved["currentVersion"]["dailyCalls"], approved.get("waitingForApprovalVersion")), (&json!(101), None));
    assert_eq!(producer.post(&format!("{at}/approve"), json!({})).await.refusal(), (400, "012-0015".to_owned()), "nothing waits");
    let versions = consumer.get(&format!("{at}/versions?offset=0&limit=10&state=ARCHIVED")).await.expect(200);
    assert_eq!((&versions["pagination"]["totalCount"], &versions["results"][0]["dailyCalls"]), (&json!(1), &json!(10)));
    let asked = consumer.post(&format!("{at}/versions"), json!({ "dailyCalls": 1001 })).await.expect(201);
    let version = format!("{at}/versions/{}", asked["id"].as_str().unwrap());
    assert_eq!(consumer.get(&version).await.expect(200)["state"], "WAITING_FOR_APPROVAL");
    consumer.call("DELETE", &version, None).await.expect(204);
    assert_eq!(consumer.get(&version).await.refusal(), (404, "004-0005".to_owned()));
}

async fn a_producer_verifies_and_takes_its_word_back(world: World) {
    let (producer, consumer) = both(&world).await;
    let seed = json!({ "name": "Autorizzato", "description": "Autorizzato dall'erogatore" });
    let attribute = producer.post("/verifiedAttributes", seed).await.expect(201)["id"].clone();
    let id = attribute.as_str().unwrap().to_owned();
    // The version of the agreement asks for the attribute.
    let wanted = serde_json::from_value(attribute.clone()).unwrap();
    world
        .eservice(move |eservice, _| {
            let descriptor = eservice.descriptor_mut(DESCRIPTOR).unwrap();
            descriptor.attributes.verified = vec![vec![interop::attributes::Required::from(interop::ids::AttributeId(wanted))]];
        })
        .await;
    let at = format!("/tenants/{CONSUMER}/verifiedAttributes");
    let seed = json!({ "id": attribute, "agreementId": AGREEMENT, "expirationDate": "2020-01-01T00:00:00Z" });
    assert_eq!(producer.post(&at, seed).await.refusal(), (400, "005-0009".to_owned()));
    let seed = json!({ "id": attribute, "agreementId": AGREEMENT });
    assert_eq!(consumer.post(&at, seed.clone()).await.refusal(), (403, "005-0015".to_owned()));
    producer.post(&at, seed).await.expect(200);
    let verifiers = consumer.get(&format!("{at}/{id}/verifiers?offset=0&limit=10")).await.expect(200);
    assert_eq!(verifiers["results"][0]["id"], json!(PRODUCER));
    assert_eq!(world.ask().await.status, 200);
    producer.call("DELETE", &format!("{at}/{id}?agreementId={AGREEMENT}"), None).await.expect(200);
    assert_eq!(world.ask().await.reasons(), ["invalidAgreementState"], "the word is needed");
    let revokers = consumer.get(&format!("{at}/{id}/revokers?offset=0&limit=10")).await.expect(200);
    assert_eq!(revokers["pagination"]["totalCount"], 1);
    let suspended = consumer.get(&format!("/agreements/{AGREEMENT}")).await.expect(200);
    assert_eq!((&suspended["state"], &suspended["suspendedByPlatform"]), (&json!("SUSPENDED"), &json!(true)));
}
