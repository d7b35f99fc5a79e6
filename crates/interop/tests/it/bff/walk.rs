//! From nothing to a voucher, as the pages lead: the producer's wizard, the consumer's request, purpose, client and key. Then each of the
//! three points where it can be stopped.

use interop::attributes::tenant::Person;
use interop::roles::Role;
use interop::store::{self, bodies};
use kernel::UserId;
use serde_json::{Value, json};

use super::{Portal, Session, key_seed, voucher_for};
use crate::m2m::analysis;
use crate::on_both_engines;
use crate::world::{CONSUMER, OPERATOR, PRODUCER, Pair, World};

on_both_engines!(
    e1_to_e14_a_producer_offers_an_e_service_step_by_step,
    from_the_catalogue_to_a_voucher_and_each_stop_stops_the_next_one,
    g2_and_g9_a_consumer_writes_is_refused_and_asks_again,
    p1_to_p13_a_purpose_is_written_copied_and_deleted,
    p1_a_purpose_for_an_e_service_that_receives_has_the_producers_analysis,
);

/// Somebody of the producer who only writes e-services.
const WRITER: UserId = UserId(kernel::Uuid::from_u128(61));

const OPENAPI: &str = r#"{"openapi":"3.0.3","servers":[{"url":"https://api.example.it/anagrafe"}]}"#;

pub fn general(name: &str) -> Value {
    json!({ "name": name, "description": "Anagrafe dei residenti", "technology": "REST", "mode": "DELIVER", "personalData": true })
}

pub fn terms() -> Value {
    json!({
        "description": "Prima versione del servizio", "audience": ["api.example.it/anagrafe"], "voucherLifespan": 600,
        "dailyCallsPerConsumer": 100, "dailyCallsTotal": 1000, "agreementApprovalPolicy": "MANUAL",
        "attributes": { "certified": [], "declared": [], "verified": [] },
    })
}

/// An e-service that is published, and its version.
pub async fn published(producer: &Session<'_>, name: &str) -> (String, String) {
    let made = producer.post("/eservices", general(name)).await.expect(200);
    let (id, version) = (made["id"].as_str().unwrap().to_owned(), made["descriptorId"].as_str().unwrap().to_owned());
    finish(producer, &id, &version).await;
    (id, version)
}

/// Writes and publishes a version in draft.
pub async fn finish(producer: &Session<'_>, id: &str, version: &str) {
    let at = format!("/eservices/{id}/descriptors/{version}");
    producer.put(&at, terms()).await.expect(200);
    let members = [("kind", "INTERFACE"), ("prettyName", "Interfaccia")];
    producer.upload(&format!("{at}/documents"), &members, ("api.json", OPENAPI)).await.expect(200);
    producer.post(&format!("{at}/publish"), json!({})).await.expect(204);
}

/// An agreement in force on an e-service.
pub async fn agreed(portal: &Portal, eservice: &str, version: &str) -> String {
    let consumer = portal.session(CONSUMER, OPERATOR, "admin");
    let seed = json!({ "eserviceId": eservice, "descriptorId": version });
    let agreement = consumer.create("/agreements", seed).await;
    consumer.post(&format!("/agreements/{agreement}/submit"), json!({ "consumerNotes": "Grazie" })).await.expect(200);
    let producer = portal.session(PRODUCER, OPERATOR, "admin");
    let approved = producer.post(&format!("/agreements/{agreement}/approve"), json!({})).await.expect(200);
    assert_eq!(approved["state"], "ACTIVE");
    agreement
}

async fn e1_to_e14_a_producer_offers_an_e_service_step_by_step(world: World) {
    world
        .write(|tx| {
            let mut tenant = bodies::find_tenant(tx, PRODUCER, store::Purpose::Change)?.unwrap();
            let person = Person { name: "Eva".into(), family_name: "Verdi".into(), roles: vec![Role::Api] };
            tenant.users.insert(WRITER, person);
            bodies::save_tenant(tx, &tenant)
        })
        .await;
    let portal = Portal::beside(&world).await;
    let writer = portal.session(PRODUCER, WRITER, "api");
    let made = writer.post("/eservices", general("Anagrafe")).await.expect(200);
    let (id, version) = (made["id"].as_str().unwrap(), made["descriptorId"].as_str().unwrap());
    let at = format!("/eservices/{id}/descriptors/{version}");
    let mut renamed = general("Anagrafe comunale");
    writer.put(&format!("/eservices/{id}"), renamed.clone()).await.expect(200);
    let shown = writer.get(&format!("/producers{at}")).await.expect(200);
    assert_eq!((&shown["state"], &shown["eservice"]["name"]), (&json!("DRAFT"), &json!("Anagrafe comunale")));
    assert_eq!(shown["eservice"]["draftDescriptor"]["id"], json!(version));
    assert_eq!(writer.post(&format!("{at}/publish"), json!({})).await.refusal(), (400, "001-0002".to_owned()));

    let declared =
        writer.create("/declaredAttributes", json!({ "name": "Gestore", "description": "Gestisce un servizio" })).await;
    let mut seed = terms();
    seed["attributes"]["declared"] = json!([[{ "id": declared, "explicitAttributeVerification": false }]]);
    writer.put(&at, seed.clone()).await.expect(200);
    let members = [("kind", "INTERFACE"), ("prettyName", "Interfaccia")];
    writer.upload(&format!("{at}/documents"), &members, ("api.json", OPENAPI)).await.expect(200);
    let wrong = [("kind", "OTHER"), ("prettyName", "Altro file")];
    let refused = writer.upload(&format!("{at}/documents"), &wrong, ("a.txt", "a")).await;
    assert_eq!(refused.refusal(), (400, "001-9999".to_owned()));
    let members = [("kind", "DOCUMENT"), ("prettyName", "Manuale")];
    let manual = writer.upload(&format!("{at}/documents"), &members, ("manuale è.txt", "Leggere prima")).await.expect(200);
    let manual = format!("{at}/documents/{}", manual["id"].as_str().unwrap());
    let (parts, content) = writer.download(&manual).await;
    assert_eq!(content, b"Leggere prima");
    assert_eq!(parts.headers["content-disposition"], "attachment; filename*=UTF-8''manuale%20%C3%A8.txt");
    let name = writer.post(&format!("{manual}/update"), json!({ "prettyName": "Manuale operativo" })).await.expect(200);
    assert_eq!(name["prettyName"], "Manuale operativo");
    writer.post(&format!("{at}/publish"), json!({})).await.expect(204);
    writer.delete(&manual).await.expect(204);

    let consumer = portal.session(CONSUMER, OPERATOR, "admin");
    let seen = consumer.get(&format!("/catalog/eservices/{id}/descriptor/{version}")).await.expect(200);
    assert_eq!(
        (&seen["state"], &seen["serverUrls"]),
        (&json!("PUBLISHED"), &json!([{ "url": "https://api.example.it/anagrafe" }]))
    );
    assert_eq!(seen["attributes"]["declared"][0][0]["name"], "Gestore");
    assert_eq!((&seen["eservice"]["isMine"], &seen["eservice"]["hasCertifiedAttributes"]), (&json!(false), &json!(true)));
    let edited = writer.put(&format!("/eservices/{id}"), renamed.clone()).await;
    assert_eq!(edited.refusal(), (400, "001-0012".to_owned()), "frozen once it is published");
    writer.post(&format!("/eservices/{id}/name/update"), json!({ "name": "Anagrafe nuova" })).await.expect(204);
    let described = json!({ "description": "Un'altra descrizione" });
    writer.post(&format!("/eservices/{id}/description/update"), described).await.expect(200);
    let said = writer.post(&format!("/eservices/{id}/personalDataFlag"), json!({ "personalData": true })).await;
    assert_eq!(said.refusal(), (409, "001-0042".to_owned()), "said when it was created");
    let mut quotas = json!({ "voucherLifespan": 300, "dailyCallsPerConsumer": 50, "dailyCallsTotal": 500 });
    quotas["attributes"] = seed["attributes"].clone();
    writer.post(&format!("{at}/update"), quotas).await.expect(200);
    let same = writer.post(&format!("{at}/attributes/update"), seed["attributes"].clone()).await;
    assert_eq!(same.refusal(), (409, "001-0028".to_owned()));
    let other = writer.create("/declaredAttributes", json!({ "name": "Altro gestore", "description": "Gestisce altro" })).await;
    let mut wider = seed["attributes"].clone();
    wider["declared"][0].as_array_mut().unwrap().push(json!({ "id": other, "explicitAttributeVerification": false }));
    writer.post(&format!("{at}/attributes/update"), wider).await.expect(204);
    writer.post(&format!("{at}/suspend"), json!({})).await.expect(204);
    writer.post(&format!("{at}/activate"), json!({})).await.expect(204);

    // A second version: it begins with what the first one has.
    let second = writer.create(&format!("/eservices/{id}/descriptors"), json!({})).await;
    let shown = writer.get(&format!("/producers/eservices/{id}/descriptors/{second}")).await.expect(200);
    assert_eq!((&shown["version"], &shown["voucherLifespan"]), (&json!("2"), &json!(300)));
    assert_eq!(consumer.get(&format!("/catalog/eservices/{id}/descriptor/{second}")).await.refusal().1, "001-0001", "a draft");
    writer.delete(&format!("/eservices/{id}/descriptors/{second}")).await.expect(204);
    let archived = writer.post(&format!("{at}/archive"), json!({})).await;
    assert_eq!(archived.refusal(), (400, "001-0062".to_owned()));
    let copy = writer.post(&format!("{at}/clone"), json!({})).await.expect(200);
    let details = writer.get(&format!("/producers/eservices/{}", copy["id"].as_str().unwrap())).await.expect(200);
    assert!(details["name"].as_str().unwrap().contains(" - clone - "), "{details}");
    writer.delete(&format!("/eservices/{}", copy["id"].as_str().unwrap())).await.expect(204);
    renamed["mode"] = json!("RECEIVE");
    assert_eq!(consumer.put(&format!("/eservices/{id}"), renamed).await.refusal(), (403, "001-9989".to_owned()));
    assert_eq!(consumer.get(&format!("/producers/eservices/{id}")).await.refusal(), (403, "001-9989".to_owned()));
    // A file whose bytes the store has lost is a failure of ours, which says nothing of it.
    let lost = format!("/eservices/{}/descriptors/{}/documents/{}", crate::world::ESERVICE, crate::world::DESCRIPTOR, lost());
    let failed = writer.get(&lost).await;
    assert_eq!((failed.refusal(), failed.body.get("detail")), ((500, "008-9991".to_owned()), None));
}

/// The interface of the world's e-service, of which there are no bytes.
fn lost() -> kernel::Uuid {
    kernel::Uuid::from_u128(20)
}

async fn from_the_catalogue_to_a_voucher_and_each_stop_stops_the_next_one(world: World) {
    let portal = Portal::beside(&world).await;
    let (producer, consumer) = (portal.session(PRODUCER, OPERATOR, "admin"), portal.session(CONSUMER, OPERATOR, "admin"));
    let (eservice, version) = published(&producer, "Anagrafe comunale").await;
    let agreement = agreed(&portal, &eservice, &version).await;
    let seed = json!({
        "eserviceId": eservice, "consumerId": CONSUMER, "title": "Controllo residenza", "description": "Verifica dei requisiti",
        "isFreeOfCharge": true, "freeOfChargeReason": "Tra enti pubblici", "dailyCalls": 10, "riskAnalysisForm": analysis(),
    });
    // The e-service gives personal data, so the analysis has to speak of them.
    let purpose = consumer.create("/purposes", seed.clone()).await;
    let shown = consumer.get(&format!("/purposes/{purpose}")).await.expect(200);
    let first = shown["currentVersion"]["id"].as_str().unwrap().to_owned();
    let activate = format!("/purposes/{purpose}/versions/{first}/activate");
    assert_eq!(consumer.post(&activate, json!({})).await.refusal(), (400, "004-0014".to_owned()));
    let mut draft = seed;
    for name in ["eserviceId", "consumerId"] {
        draft.as_object_mut().unwrap().remove(name);
    }
    draft["riskAnalysisForm"] = personal();
    consumer.post(&format!("/purposes/{purpose}"), draft).await.expect(200);
    consumer.post(&activate, json!({})).await.expect(200);

    let client = consumer.create("/clientsConsumer", json!({ "name": "Client di sportello", "members": [OPERATOR] })).await;
    let operability = format!("/purposes/{purpose}/operability");
    assert_eq!(consumer.get(&operability).await.expect(200)["obstacles"], json!(["client"]));
    consumer.post(&format!("/clients/{client}/purposes"), json!({ "purposeId": purpose })).await.expect(204);
    let pair = Pair::draw();
    consumer.post(&format!("/clients/{client}/keys"), key_seed(&pair)).await.expect(204);
    assert_eq!(consumer.get(&operability).await.expect(200), json!({ "operable": true, "obstacles": [] }));
    assert_eq!(voucher_for(&portal.world, &client, &pair, &purpose).await.part(1)["eserviceId"], json!(eservice));

    let stops = [
        (format!("/eservices/{eservice}/descriptors/{version}"), "suspend", "activate", "invalidEServiceState", "eservice"),
        (format!("/agreements/{agreement}"), "suspend", "unsuspend", "invalidAgreementState", "agreement"),
        (format!("/agreements/{agreement}"), "suspend", "activate", "invalidAgreementState", "agreement"),
        (format!("/purposes/{purpose}/versions/{first}"), "suspend", "activate", "invalidPurposeState", "purpose"),
    ];
    for (at, stop, go, reason, obstacle) in stops {
        let done = producer.post(&format!("{at}/{stop}"), json!({})).await;
        assert!(done.status.is_success(), "{at} {done:?}");
        assert_eq!(voucher_for(&portal.world, &client, &pair, &purpose).await.reasons(), [reason], "{at}");
        assert_eq!(consumer.get(&operability).await.expect(200)["obstacles"], json!([obstacle]));
        assert!(producer.post(&format!("{at}/{go}"), json!({})).await.status.is_success(), "{at}");
        assert_eq!(voucher_for(&portal.world, &client, &pair, &purpose).await.status, 200, "{at}");
    }

    // A new version is published, the consumer goes over to it, and the old one can be archived.
    let second = producer.create(&format!("/eservices/{eservice}/descriptors"), json!({})).await;
    finish(&producer, &eservice, &second).await;
    let list = "/consumers/agreements?offset=0&limit=9&showOnlyUpgradeable=true";
    assert_eq!(consumer.get(list).await.expect(200)["results"][0]["canBeUpgraded"], true);
    let upgraded = consumer.post(&format!("/agreements/{agreement}/upgrade"), json!({})).await.expect(200);
    assert_eq!((&upgraded["state"], &upgraded["descriptorId"]), (&json!("ACTIVE"), &json!(second)));
    assert_eq!(consumer.count(list).await, 0);
    assert_eq!(voucher_for(&portal.world, &client, &pair, &purpose).await.part(1)["descriptorId"], json!(second));
    producer.post(&format!("/eservices/{eservice}/descriptors/{version}/archive"), json!({})).await.expect(204);
}

/// A complete analysis of a purpose that uses personal data.
fn personal() -> Value {
    json!({ "version": "3.1", "answers": {
        "purpose": ["INSTITUTIONAL"], "institutionalPurpose": ["Verifica dei requisiti"], "usesPersonalData": ["YES"],
        "personalDataTypes": ["WITH_IDENTIFYING_DATA"], "legalBasis": ["LEGAL_OBLIGATION"], "legalObligationReference": ["Legge"],
        "knowsDataQuantity": ["NO"], "deliveryMethod": ["CLEARTEXT"], "policyProvided": ["YES"], "policyProvidedMedium": ["PRINT"],
        "confirmPricipleIntegrityAndDiscretion": ["true"], "doneDpia": ["NO"], "dataDownload": ["NO"],
        "purposePursuit": ["NEW_PERSONAL_DATA"], "checkedAllDataNeeded": ["true"], "isRequestOnBehalfOfThirdParties": ["NO"],
        "declarationConfirmGDPR": ["true"],
    } })
}

async fn g2_and_g9_a_consumer_writes_is_refused_and_asks_again(world: World) {
    let portal = Portal::with(&world, &[("SPORTELLO_INTEROP_PROFILE", "as-built")]).await;
    let (producer, consumer) = (portal.session(PRODUCER, OPERATOR, "admin"), portal.session(CONSUMER, OPERATOR, "admin"));
    let (eservice, version) = published(&producer, "Anagrafe comunale").await;
    let agreement = consumer.create("/agreements", json!({ "eserviceId": eservice, "descriptorId": version })).await;
    let at = format!("/agreements/{agreement}");
    assert_eq!(producer.get(&at).await.refusal(), (403, "002-0007".to_owned()), "a draft is its consumer's");
    consumer.post(&format!("{at}/update"), json!({ "consumerNotes": "Da leggere" })).await.expect(200);
    let members = [("name", "atto.txt"), ("prettyName", "Atto di nomina")];
    let file = consumer.upload(&format!("{at}/consumer-documents"), &members, ("x.txt", "Si nomina")).await.expect(200);
    let same = consumer.upload(&format!("{at}/consumer-documents"), &members, ("y.txt", "Altro")).await;
    assert_eq!((file["name"].as_str(), same.refusal()), (Some("atto.txt"), (409, "002-0025".to_owned())));
    let file = format!("{at}/consumer-documents/{}", file["id"].as_str().unwrap());
    assert_eq!(consumer.download(&file).await.1, b"Si nomina");
    consumer.post(&format!("{at}/submit"), json!({})).await.expect(200);
    assert_eq!(producer.download(&file).await.1, b"Si nomina");
    assert_eq!(consumer.delete(&file).await.refusal(), (403, "002-0018".to_owned()));
    let rejected = producer.post(&format!("{at}/reject"), json!({ "reason": "Manca il documento di nomina" })).await.expect(200);
    assert_eq!((&rejected["state"], &rejected["rejectionReason"]), (&json!("REJECTED"), &json!("Manca il documento di nomina")));
    let again = consumer.create(&format!("{at}/clone"), json!({})).await;
    let shown = consumer.get(&format!("/agreements/{again}")).await.expect(200);
    assert_eq!((&shown["state"], &shown["consumerDocuments"][0]["name"]), (&json!("DRAFT"), &json!("atto.txt")));
    consumer.delete(&format!("/agreements/{again}")).await.expect(204);
    let third = agreed(&portal, &eservice, &version).await;
    consumer.post(&format!("/agreements/{third}/archive"), json!({})).await.expect(204);
    assert_eq!(consumer.get(&format!("/agreements/{third}")).await.expect(200)["state"], "ARCHIVED");
    let delegated = json!({ "eserviceId": eservice, "descriptorId": version, "delegationId": eservice });
    assert_eq!(consumer.post("/agreements", delegated).await.refusal(), (400, "002-9999".to_owned()));
}

async fn p1_to_p13_a_purpose_is_written_copied_and_deleted(world: World) {
    let portal = Portal::beside(&world).await;
    let consumer = portal.session(CONSUMER, OPERATOR, "admin");
    let eservice = crate::world::ESERVICE;
    let mut seed = json!({
        "eserviceId": eservice, "consumerId": PRODUCER, "title": "Altri controlli", "description": "Verifica dei requisiti",
        "isFreeOfCharge": false, "dailyCalls": 10,
    });
    assert_eq!(consumer.post("/purposes", seed.clone()).await.refusal(), (403, "004-0008".to_owned()), "for itself alone");
    seed["consumerId"] = json!(CONSUMER);
    let purpose = consumer.create("/purposes", seed.clone()).await;
    assert_eq!(consumer.post("/purposes", seed.clone()).await.refusal(), (409, "004-0016".to_owned()));
    let other = json!({ "eserviceId": purpose });
    assert_eq!(consumer.post(&format!("/purposes/{}/clone", crate::world::PURPOSE), other).await.refusal().1, "004-9999");
    let copied = consumer.post(&format!("/purposes/{}/clone", crate::world::PURPOSE), json!({ "eserviceId": eservice })).await;
    let copied = copied.expect(200)["purposeId"].as_str().unwrap().to_owned();
    for id in [&purpose, &copied] {
        consumer.delete(&format!("/purposes/{id}")).await.expect(204);
        assert_eq!(consumer.get(&format!("/purposes/{id}")).await.refusal(), (404, "004-0001".to_owned()));
    }
    let newest = consumer.get("/purposes/riskAnalysis/latest").await.expect(200);
    assert_eq!((&newest["version"], newest["questions"].as_array().unwrap().len()), (&json!("3.1"), 33));
    let question = &newest["questions"][0];
    assert_eq!(
        (&question["id"], &question["dataType"], &question["visualType"]),
        (&json!("purpose"), &json!("SINGLE"), &json!("radio"))
    );
    assert_eq!(question["options"][1], json!({ "label": { "it": "Altro", "en": "Other" }, "value": "OTHER" }));
    // German is for whoever asks for it: the public interface has two languages.
    let old = format!("/purposes/riskAnalysis/version/3.0?eserviceId={eservice}&language=de");
    for path in ["/purposes/riskAnalysis/latest?language=de", &old] {
        let german = consumer.get(path).await.expect(200)["questions"][0].clone();
        let (it, de, en) =
            ("Fine per cui si accede ai dati", "Zweck des Zugriffs auf die Daten", "Purpose for which the data are accessed");
        assert_eq!(german["label"], json!({ "it": it, "de": de, "en": en }));
        assert_eq!(german["options"][1]["label"]["de"], "Anderes");
    }
    let unknown = consumer.get("/purposes/riskAnalysis/latest?language=fr").await;
    assert_eq!(unknown.refusal(), (400, "008-9999".to_owned()));
    let private = consumer.get("/purposes/riskAnalysis/latest?tenantKind=GSP").await.expect(200);
    assert_eq!(private["version"], "2.0");
    let old = consumer.get(&format!("/purposes/riskAnalysis/version/3.0?eserviceId={eservice}")).await.expect(200);
    assert_eq!((&old["expiration"], old["questions"].as_array().unwrap().len()), (&json!("2026-02-15"), 27));
    let none = consumer.get(&format!("/purposes/riskAnalysis/version/9.9?eserviceId={eservice}")).await;
    assert_eq!(none.refusal(), (404, "004-0021".to_owned()));
}

async fn p1_a_purpose_for_an_e_service_that_receives_has_the_producers_analysis(world: World) {
    let portal = Portal::beside(&world).await;
    let (producer, consumer) = (portal.session(PRODUCER, OPERATOR, "admin"), portal.session(CONSUMER, OPERATOR, "admin"));
    let mut seed = general("Raccolta di segnalazioni");
    (seed["mode"], seed["personalData"]) = (json!("RECEIVE"), json!(false));
    let made = producer.post("/eservices", seed).await.expect(200);
    let (id, version) = (made["id"].as_str().unwrap(), made["descriptorId"].as_str().unwrap());
    let analyses = format!("/eservices/{id}/riskAnalysis");
    let seed = json!({ "name": "Analisi", "riskAnalysisForm": { "version": "3.1", "answers": { "usesPersonalData": ["NO"] } } });
    producer.post(&analyses, seed.clone()).await.expect(204);
    assert_eq!(producer.post(&analyses, seed).await.refusal(), (409, "001-0021".to_owned()));
    let shown = producer.get(&format!("/producers/eservices/{id}")).await.expect(200);
    let found = shown["riskAnalysis"][0]["id"].as_str().unwrap().to_owned();
    let at = format!("{analyses}/{found}");
    assert_eq!(consumer.get(&at).await.status, 404, "a draft");
    producer.post(&at, json!({ "name": "Analisi completa", "riskAnalysisForm": analysis() })).await.expect(204);
    assert_eq!(producer.get(&at).await.expect(200)["name"], "Analisi completa");
    producer.post(&analyses, json!({ "name": "Altra", "riskAnalysisForm": analysis() })).await.expect(204);
    let both = producer.get(&format!("/producers/eservices/{id}")).await.expect(200);
    let gone = format!("{analyses}/{}", both["riskAnalysis"][1]["id"].as_str().unwrap());
    producer.delete(&gone).await.expect(204);
    assert_eq!(producer.delete(&gone).await.refusal(), (404, "001-0017".to_owned()));
    finish(&producer, id, version).await;
    agreed(&portal, id, version).await;

    let mut seed = json!({
        "eserviceId": id, "consumerId": CONSUMER, "riskAnalysisId": version, "title": "Segnalazioni", "description": "Invio dei dati",
        "isFreeOfCharge": false, "dailyCalls": 10,
    });
    assert_eq!(consumer.post("/reverse/purposes", seed.clone()).await.refusal(), (400, "004-0019".to_owned()));
    seed["riskAnalysisId"] = json!(found);
    let purpose = consumer.create("/reverse/purposes", seed).await;
    let mut draft =
        json!({ "title": "Segnalazioni altre", "description": "Invio dei dati", "isFreeOfCharge": false, "dailyCalls": 20 });
    assert_eq!(consumer.post(&format!("/purposes/{purpose}"), draft.clone()).await.refusal(), (400, "004-0012".to_owned()));
    consumer.post(&format!("/reverse/purposes/{purpose}"), draft.clone()).await.expect(200);
    draft["riskAnalysisForm"] = analysis();
    let own = consumer.post(&format!("/reverse/purposes/{purpose}"), draft).await;
    assert_eq!(own.refusal(), (400, "004-9999".to_owned()));
    let shown = consumer.get(&format!("/purposes/{purpose}")).await.expect(200);
    assert_eq!((&shown["title"], &shown["riskAnalysisForm"]["version"]), (&json!("Segnalazioni altre"), &json!("3.1")));
}
