//! Contracts and risk analyses as documents: what they say, whose they are, and that each is made once.

use std::process::Command;
use std::time::Duration;

use axum::body::Body;
use http::Request;
use interop::agreements::agreement::Document;
use interop::deeds::papers::{self, Subject};
use interop::deeds::{Actor, Deed};
use interop::ids::{AgreementId, FileId, PurposeId, VersionId};
use interop::rules::{Profile, Rules};
use interop::store::bodies;
use kernel::Uuid;
use serde_json::{Value, json};

use super::walk::{agreed, general, published, terms};
use super::{Portal, Session};
use crate::m2m::{Machine, STRANGER, analysis, both};
use crate::on_both_engines;
use crate::world::{CONSUMER, OPERATOR, PRODUCER, World, tenant};

on_both_engines!(
    g4_an_agreement_in_force_has_a_contract_that_says_so,
    p3_a_purpose_in_force_has_its_risk_analysis_as_a_document,
    a_document_is_named_once_however_often_it_is_made,
);

/// The text of a document without spaces: where a line ends does not matter.
fn text(pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("documento.pdf");
    std::fs::write(&file, pdf).unwrap();
    let told = Command::new("pdftotext").args(["-enc", "UTF-8"]).arg(&file).arg("-").output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    bare(&String::from_utf8(told.stdout).unwrap())
}

fn bare(text: &str) -> String {
    text.split_whitespace().collect()
}

fn says(text: &str, all: &[&str]) {
    for part in all {
        assert!(text.contains(&bare(part)), "{part:?} is not in: {text}");
    }
}

/// Has the workers run until `ask` has an answer.
async fn until<T>(world: &World, ask: impl AsyncFn() -> Option<T>) -> T {
    let _running = runtime::supervise(&world.app, std::slice::from_ref(&world.people)).await.unwrap();
    let answer = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(240), answer).await.expect("the workers come to an end")
}

/// A document of the pages, once it is there.
async fn made(world: &World, session: &Session<'_>, path: &str) -> Vec<u8> {
    let there = until(world, async || {
        let (parts, content) = session.download(path).await;
        assert!([200, 404].contains(&parts.status.as_u16()), "{path}: {parts:?}");
        (parts.status == 200).then_some((parts, content))
    });
    let (parts, content) = there.await;
    assert_eq!(parts.headers["content-type"], "application/pdf");
    assert!(parts.headers["content-disposition"].to_str().unwrap().starts_with("attachment;"));
    content
}

/// The bytes of a document as machines get it, between the other members of the form.
async fn fetched(machine: &Machine<'_>, path: &str) -> Vec<u8> {
    let request = Request::builder().uri(format!("{}{path}", crate::m2m::BASE));
    let request = request.header("authorization", format!("Bearer {}", machine.token));
    let (parts, body) = machine.world.fetch(request.body(Body::empty()).unwrap()).await;
    assert_eq!(parts.status, 200, "{path}");
    body
}

fn holds(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}

async fn g4_an_agreement_in_force_has_a_contract_that_says_so(world: World) {
    let portal = Portal::beside(&world).await;
    let (producer, consumer) = (portal.session(PRODUCER, OPERATOR, "admin"), portal.session(CONSUMER, OPERATOR, "admin"));
    let declared = json!({ "name": "Gestione dei nidi", "description": "Chi gestisce asili nido" });
    let declared = producer.create("/declaredAttributes", declared).await;
    let eservice = producer.post("/eservices", general("Anagrafe nazionale")).await.expect(200);
    let (eservice, version) = (&eservice["id"], eservice["descriptorId"].as_str().unwrap());
    let at = format!("/eservices/{}/descriptors/{version}", eservice.as_str().unwrap());
    let mut terms = terms();
    terms["attributes"]["declared"] = json!([[{ "id": declared, "explicitAttributeVerification": false }]]);
    producer.put(&at, terms).await.expect(200);
    let members = [("kind", "INTERFACE"), ("prettyName", "Interfaccia")];
    producer.upload(&format!("{at}/documents"), &members, ("api.json", "{}")).await.expect(200);
    producer.post(&format!("{at}/publish"), json!({})).await.expect(204);
    let agreement = consumer.create("/agreements", json!({ "eserviceId": eservice, "descriptorId": version })).await;
    let path = format!("/agreements/{agreement}/contract");
    consumer.post(&format!("/agreements/{agreement}/submit"), json!({ "consumerNotes": "Per il nido" })).await.expect(200);
    assert_eq!(consumer.get(&path).await.refusal(), (404, "002-9101".to_owned()), "not before it is in force");
    producer.post(&format!("/agreements/{agreement}/approve"), json!({})).await.expect(200);

    let pdf = made(&portal.world, &consumer, &path).await;
    let contract = text(&pdf);
    says(&contract, &["Richiesta di fruizione", "Anagrafe nazionale, versione 1", &agreement, "Per il nido"]);
    says(&contract, &[&format!("codice IPA c_{PRODUCER}"), &format!("codice IPA c_{CONSUMER}"), "Ada Bianchi, per Comune"]);
    says(&contract, &["Inoltrata", "Attivata", "2 marzo 2026", "Gestione dei nidi", "dichiarato il"]);
    says(&contract, &["Attributi certificati posseduti", "Nessuno richiesto."]);
    let shown = consumer.get(&format!("/agreements/{agreement}")).await.expect(200);
    assert_eq!(shown["isContractPresent"], true, "{shown}");

    // Both sides, in the pages and by machines; nobody else.
    assert_eq!(producer.download(&path).await.1, pdf);
    let (seller, buyer) = both(&portal.world).await;
    for machine in [&seller, &buyer] {
        assert!(holds(&fetched(machine, &path).await, &pdf), "the same bytes");
    }
    let now = world.clock.now();
    world.write(move |tx| bodies::save_tenant(tx, &tenant(STRANGER, now))).await;
    let stranger = portal.session(STRANGER, OPERATOR, "admin");
    assert_eq!(stranger.get(&path).await.refusal(), (403, "002-0007".to_owned()));
    let other = Machine::of(&portal.world, STRANGER, true).await;
    assert_eq!(other.get(&path).await.refusal(), (403, "002-0007".to_owned()));

    // Whatever happens afterwards, it stays what it was.
    consumer.post(&format!("/agreements/{agreement}/suspend"), json!({})).await.expect(200);
    consumer.post(&format!("/agreements/{agreement}/unsuspend"), json!({})).await.expect(200);
    assert_eq!(consumer.download(&path).await.1, pdf);
    let told = buyer.get("/agreementEvents?limit=500").await.expect(200);
    let events = told["events"].as_array().unwrap().iter();
    let generated = events.filter(|event| event["eventType"] == "AGREEMENT_CONTRACT_GENERATED").count();
    assert_eq!(generated, 1, "{told}");
}

async fn p3_a_purpose_in_force_has_its_risk_analysis_as_a_document(world: World) {
    let portal = Portal::beside(&world).await;
    let (producer, consumer) = (portal.session(PRODUCER, OPERATOR, "admin"), portal.session(CONSUMER, OPERATOR, "admin"));
    let seed = json!({
        "eserviceId": crate::world::ESERVICE, "consumerId": CONSUMER, "title": "Rette dei nidi", "description": "Calcolo delle rette",
        "isFreeOfCharge": true, "freeOfChargeReason": "Tra enti pubblici", "dailyCalls": 12, "riskAnalysisForm": analysis(),
    });
    let purpose = consumer.create("/purposes", seed).await;
    let at = format!("/purposes/{purpose}");
    let version = consumer.get(&at).await.expect(200)["currentVersion"]["id"].as_str().unwrap().to_owned();
    let (buyer_path, any) = (format!("{at}/versions/{version}/riskAnalysisDocument"), Uuid::from_u128(99));
    let (seller, buyer) = both(&portal.world).await;
    assert_eq!(buyer.get(&buyer_path).await.refusal(), (404, "004-0006".to_owned()), "a draft has none");
    consumer.post(&format!("{at}/versions/{version}/activate"), json!({})).await.expect(200);

    let named = until(&portal.world, async || {
        let shown = consumer.get(&at).await.expect(200);
        shown["currentVersion"]["riskAnalysisDocument"]["id"].as_str().map(str::to_owned)
    });
    let document = named.await;
    let path = format!("{at}/versions/{version}/documents/{document}");
    let pdf = made(&portal.world, &consumer, &path).await;
    let read = text(&pdf);
    says(
        &read,
        &["Analisi del rischio", "Rette dei nidi", "Calcolo delle rette", "12 chiamate al giorno", "sì – Tra enti pubblici"],
    );
    says(&read, &["Risposte alle domande della versione 3.1", "Altro", &version, "Ada Bianchi, per Comune"]);
    assert_eq!(producer.download(&path).await.1, pdf);
    for machine in [&seller, &buyer] {
        assert!(holds(&fetched(machine, &buyer_path).await, &pdf));
    }
    let wrong = format!("{at}/versions/{version}/documents/{any}");
    assert_eq!(consumer.get(&wrong).await.refusal(), (404, "004-0006".to_owned()));
    let wrong = format!("{at}/versions/{any}/documents/{document}");
    assert_eq!(consumer.get(&wrong).await.refusal(), (404, "004-0005".to_owned()));
    let now = world.clock.now();
    world.write(move |tx| bodies::save_tenant(tx, &tenant(STRANGER, now))).await;
    assert_eq!(portal.session(STRANGER, OPERATOR, "admin").get(&path).await.refusal(), (403, "004-0007".to_owned()));

    // A new version has its own; the old one keeps its.
    let changed = consumer.post(&format!("{at}/versions"), json!({ "dailyCalls": 13 })).await.expect(200);
    let next = until(&portal.world, async || {
        let shown = consumer.get(&at).await.expect(200);
        assert_eq!(shown["currentVersion"]["dailyCalls"], 13, "{changed}");
        let current = &shown["currentVersion"];
        let id = current["id"].as_str().unwrap();
        current["riskAnalysisDocument"]["id"].as_str().map(|document| format!("{at}/versions/{id}/documents/{document}"))
    });
    let next = next.await;
    says(&text(&made(&portal.world, &consumer, &next).await), &["13 chiamate al giorno"]);
    assert_eq!(consumer.download(&path).await.1, pdf);
}

async fn a_document_is_named_once_however_often_it_is_made(world: World) {
    let portal = Portal::beside(&world).await;
    let producer = portal.session(PRODUCER, OPERATOR, "admin");
    let (eservice, version) = published(&producer, "Anagrafe nazionale").await;
    let agreement = agreed(&portal, &eservice, &version).await;
    let path = format!("/agreements/{agreement}/contract");
    let pdf = made(&portal.world, &producer, &path).await;
    let id = AgreementId(agreement.parse().unwrap());
    // What a worker would do that came back after somebody else had done its work, and after what it worked for has gone.
    let now = world.clock.now();
    let actor = Actor { tenant: CONSUMER, user: None, roles: vec![] };
    let deed = Deed { actor, rules: Rules::of(Profile::Guide), now, rng: world.app.rng().clone(), correlation_id: None };
    let lost = Uuid::from_u128(98);
    let subjects = [
        Subject::Agreement(id),
        Subject::Agreement(AgreementId(lost)),
        Subject::Version(PurposeId(lost), VersionId(lost)),
        Subject::Version(crate::world::PURPOSE, VersionId(lost)),
    ];
    for subject in subjects {
        let document = Document {
            id: FileId(Uuid::from_u128(97)),
            name: "altro.pdf".into(),
            pretty_name: "Altro".into(),
            content_type: "application/pdf".into(),
            created_at: now,
        };
        let deed = deed.clone();
        let kept = world.app.db().write(move |tx| papers::keep(tx, &deed, subject, document)).await;
        assert!(kept.is_ok(), "{subject:?}");
    }
    assert_eq!(producer.download(&path).await.1, pdf);
    let machine = Machine::of(&portal.world, CONSUMER, true).await;
    let told = machine.get("/agreementEvents?limit=500").await.expect(200);
    let types: Vec<&Value> = told["events"].as_array().unwrap().iter().map(|event| &event["eventType"]).collect();
    assert_eq!(types.iter().filter(|kind| **kind == "AGREEMENT_CONTRACT_GENERATED").count(), 1, "{types:?}");
}
