//! Every operation asked by nobody, by a machine that only looks, and by another body. A new operation without its row fails.

use std::collections::BTreeSet;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use super::{Machine, STRANGER, eservice_seed};
use crate::on_both_engines;
use crate::world::{AGREEMENT, CLIENT, CONSUMER, DESCRIPTOR, ESERVICE, KEYCHAIN, PURPOSE, VERSION, World};

on_both_engines!(every_operation_wants_a_voucher, r1_a_machine_that_only_looks_changes_nothing, another_body_changes_nothing,);

/// An address with what exists in the place of its variable segments.
fn filled(path: &str) -> String {
    let known = [
        ("{agreementId}", AGREEMENT.to_string()),
        ("{eserviceId}", ESERVICE.to_string()),
        ("{descriptorId}", DESCRIPTOR.to_string()),
        ("{purposeId}", PURPOSE.to_string()),
        ("{versionId}", VERSION.to_string()),
        ("{clientId}", CLIENT.to_string()),
        ("{tenantId}", CONSUMER.to_string()),
        ("{groupIndex}", "0".to_owned()),
        ("{keychainId}", KEYCHAIN.to_string()),
    ];
    let path = known.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value));
    let any = "00000000-0000-0000-0000-000000000063";
    path.split('/').map(|part| if part.starts_with('{') { any } else { part }).collect::<Vec<_>>().join("/")
}

/// Every operation behind the gate: method and path.
fn operations(world: &World) -> BTreeSet<(String, String)> {
    let paths = world.documents["interop-m2m"]["paths"].as_object().unwrap();
    let named = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().unwrap().keys().filter(|name| name.as_str() != "parameters");
        methods.map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(named).filter(|(_, path)| !path.ends_with("/status")).collect()
}

async fn every_operation_wants_a_voucher(world: World) {
    let all = operations(&world);
    assert!(all.len() > 90, "{}", all.len());
    for (method, path) in all {
        let request = Request::builder().method(method.as_str()).uri(filled(&path)).body(Body::empty()).unwrap();
        assert_eq!(world.send(request).await.refusal(), (400, "012-9994".to_owned()), "{method} {path}");
    }
}

/// What changes something: method, path without its base, a body that fits, and the codes that a machine which only looks and another
/// body get. Files are sent for `FILE`.
fn writes() -> Vec<(&'static str, &'static str, Value, &'static str, &'static str)> {
    let none = json!({});
    let group = json!({ "attributeIds": [ESERVICE] });
    let info = json!({ "title": "Titolo nuovo", "description": "Descrizione", "isFreeOfCharge": false, "dailyCalls": 1 });
    let with = |name: &str| {
        let mut seed = info.clone();
        seed["eserviceId"] = json!(ESERVICE);
        if !name.is_empty() {
            seed[name] = json!(ESERVICE);
        }
        seed
    };
    let analysis = json!({ "name": "Analisi", "riskAnalysisForm": { "version": "3.1", "answers": {} } });
    let named = json!({ "name": "Attributo", "description": "Descrizione" });
    let coded = json!({ "name": "Attributo", "description": "Descrizione", "code": "L6" });
    let attribute = json!({ "id": ESERVICE });
    let verified = json!({ "id": ESERVICE, "agreementId": AGREEMENT });
    let mut rows = vec![
        // What a body does for itself another body may do for itself: it fails, if at all, for other reasons.
        ("POST", "/agreements", json!({ "eserviceId": ESERVICE, "descriptorId": DESCRIPTOR }), "002-9993", "201"),
        ("POST", "/eservices", eservice_seed("Altro e-service"), "001-9993", "201"),
        ("POST", "/purposes", with(""), "004-9993", "004-0018"),
        ("POST", "/reversePurposes", with("riskAnalysisId"), "004-9993", "004-0018"),
        ("POST", "/certifiedAttributes", coded, "003-0005", "003-0005"),
        ("POST", "/declaredAttributes", named.clone(), "003-9993", "201"),
        ("POST", "/verifiedAttributes", named, "003-9993", "201"),
        ("DELETE", "/agreements/{agreementId}", none.clone(), "002-9993", "002-0007"),
        ("POST", "/agreements/{agreementId}/reject", json!({ "reason": "Mancano i requisiti previsti" }), "002-9993", "002-0007"),
        ("POST", "/agreements/{agreementId}/consumerDocuments", json!("FILE"), "002-9993", "002-0007"),
        ("DELETE", "/agreements/{agreementId}/consumerDocuments/{documentId}", none.clone(), "002-9993", "002-0007"),
        ("PATCH", "/eservices/{eserviceId}", none.clone(), "001-9993", "001-9989"),
        ("DELETE", "/eservices/{eserviceId}", none.clone(), "001-9993", "001-9989"),
        ("PATCH", "/eservices/{eserviceId}/name", json!({ "name": "Nome nuovo" }), "001-9993", "001-9989"),
        ("PATCH", "/eservices/{eserviceId}/description", json!({ "description": "Descrizione" }), "001-9993", "001-9989"),
        ("PATCH", "/eservices/{eserviceId}/signalHub", json!({ "isSignalHubEnabled": true }), "001-9993", "001-9989"),
        ("PATCH", "/eservices/{eserviceId}/delegation", none.clone(), "001-9993", "001-9989"),
        ("POST", "/eservices/{eserviceId}/personalDataFlag", json!({ "personalData": true }), "001-9993", "001-9989"),
        ("POST", "/eservices/{eserviceId}/riskAnalyses", analysis, "001-9993", "001-9989"),
        ("DELETE", "/eservices/{eserviceId}/riskAnalyses/{riskAnalysisId}", none.clone(), "001-9993", "001-9989"),
        ("POST", "/eservices/{eserviceId}/descriptors", eservice_seed("x")["descriptor"].clone(), "001-9993", "001-9989"),
        ("PATCH", "/eservices/{eserviceId}/descriptors/{descriptorId}", none.clone(), "001-9993", "001-9989"),
        ("DELETE", "/eservices/{eserviceId}/descriptors/{descriptorId}", none.clone(), "001-9993", "001-9989"),
        ("PATCH", "/eservices/{eserviceId}/descriptors/{descriptorId}/quotas", none.clone(), "001-9993", "001-9989"),
        ("POST", "/eservices/{eserviceId}/descriptors/{descriptorId}/documents", json!("FILE"), "001-9993", "001-9989"),
        (
            "DELETE",
            "/eservices/{eserviceId}/descriptors/{descriptorId}/documents/{documentId}",
            none.clone(),
            "001-9993",
            "001-9989",
        ),
        ("POST", "/eservices/{eserviceId}/descriptors/{descriptorId}/interface", json!("FILE"), "001-9993", "001-9989"),
        ("DELETE", "/eservices/{eserviceId}/descriptors/{descriptorId}/interface", none.clone(), "001-9993", "001-9989"),
        ("PATCH", "/purposes/{purposeId}", none.clone(), "004-9993", "004-0007"),
        ("PATCH", "/reversePurposes/{purposeId}", none.clone(), "004-0012", "004-0007"),
        ("DELETE", "/purposes/{purposeId}", none.clone(), "004-9993", "004-0007"),
        ("POST", "/purposes/{purposeId}/versions", json!({ "dailyCalls": 12 }), "004-9993", "004-0007"),
        ("DELETE", "/purposes/{purposeId}/versions/{versionId}", none.clone(), "004-9993", "004-0007"),
        ("POST", "/purposes/{purposeId}/activate", none.clone(), "012-0015", "004-0007"),
        ("POST", "/purposes/{purposeId}/approve", none.clone(), "012-0015", "004-0007"),
        ("POST", "/purposes/{purposeId}/suspend", none.clone(), "004-9993", "004-0007"),
        ("POST", "/purposes/{purposeId}/unsuspend", none.clone(), "012-0015", "004-0007"),
        ("POST", "/purposes/{purposeId}/archive", none.clone(), "004-9993", "004-0007"),
        ("POST", "/clients/{clientId}/purposes", json!({ "purposeId": PURPOSE }), "006-9993", "006-0002"),
        ("DELETE", "/clients/{clientId}/purposes/{purposeId}", none.clone(), "006-9993", "006-0002"),
        ("POST", "/producerKeychains/{keychainId}/eservices", json!({ "eserviceId": ESERVICE }), "006-9993", "006-0019"),
        ("DELETE", "/producerKeychains/{keychainId}/eservices/{eserviceId}", none.clone(), "006-9993", "006-0019"),
        ("POST", "/tenants/{tenantId}/certifiedAttributes", attribute.clone(), "005-0001", "005-0001"),
        ("DELETE", "/tenants/{tenantId}/certifiedAttributes/{attributeId}", none.clone(), "005-0001", "005-0001"),
        ("POST", "/tenants/{tenantId}/declaredAttributes", attribute, "005-9993", "012-0026"),
        ("DELETE", "/tenants/{tenantId}/declaredAttributes/{attributeId}", none.clone(), "005-9993", "012-0026"),
        ("POST", "/tenants/{tenantId}/verifiedAttributes", verified, "005-9993", "005-0015"),
        ("DELETE", "/tenants/{tenantId}/verifiedAttributes/{attributeId}", none.clone(), "005-9993", "005-0020"),
    ];
    for path in ["submit", "approve", "suspend", "unsuspend", "upgrade", "clone"] {
        let path: &'static str = Box::leak(format!("/agreements/{{agreementId}}/{path}").into_boxed_str());
        rows.push(("POST", path, none.clone(), "002-9993", "002-0007"));
    }
    for path in ["publish", "suspend", "unsuspend"] {
        let path = format!("/eservices/{{eserviceId}}/descriptors/{{descriptorId}}/{path}");
        rows.push(("POST", Box::leak(path.into_boxed_str()), none.clone(), "001-9993", "001-9989"));
    }
    for list in ["certifiedAttributes", "declaredAttributes", "verifiedAttributes"] {
        let groups = format!("/eservices/{{eserviceId}}/descriptors/{{descriptorId}}/{list}/groups");
        let members = format!("{groups}/{{groupIndex}}/attributes");
        let member = format!("{members}/{{attributeId}}");
        rows.push(("POST", Box::leak(groups.into_boxed_str()), group.clone(), "001-9993", "001-9989"));
        rows.push(("POST", Box::leak(members.into_boxed_str()), group.clone(), "012-0036", "012-0036"));
        rows.push(("DELETE", Box::leak(member.into_boxed_str()), none.clone(), "012-0036", "012-0036"));
    }
    rows
}

/// What `machine` gets for a row: its code, or the status when it is let through.
async fn attempt(machine: &Machine<'_>, method: &str, path: &str, body: &Value) -> String {
    let mut path = filled(path);
    if method == "DELETE" && path.contains("verifiedAttributes") && path.contains("tenants") {
        path.push_str(&format!("?agreementId={AGREEMENT}"));
    }
    let answer = match body {
        Value::String(_) => machine.upload(&path, ("file.json", "Documento", "{}")).await,
        _ if method == "DELETE" => machine.call(method, &path, None).await,
        body => machine.call(method, &path, Some(body.clone())).await,
    };
    if answer.status.is_success() { answer.status.as_str().to_owned() } else { answer.refusal().1 }
}

async fn r1_a_machine_that_only_looks_changes_nothing(world: World) {
    let told: BTreeSet<(String, String)> =
        writes().iter().map(|(method, path, ..)| ((*method).to_owned(), format!("/interop/v2{path}"))).collect();
    let all: BTreeSet<_> = operations(&world).into_iter().filter(|(method, _)| method != "GET").collect();
    assert_eq!(told.symmetric_difference(&all).collect::<Vec<_>>(), Vec::<&(String, String)>::new(), "each has its row");
    let machine = Machine::of(&world, CONSUMER, false).await;
    let mut wrong = Vec::new();
    for (method, path, body, code, _) in writes() {
        let got = attempt(&machine, method, path, &body).await;
        if got != code {
            wrong.push(format!("{method} {path}: {got}, not {code}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

async fn another_body_changes_nothing(world: World) {
    let machine = Machine::of(&world, STRANGER, true).await;
    let mut wrong = Vec::new();
    for (method, path, body, _, code) in writes() {
        let got = attempt(&machine, method, path, &body).await;
        if got != code {
            wrong.push(format!("{method} {path}: {got}, not {code}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(world.ask().await.status, 200, "nothing has changed for whoever had a voucher");
}
