//! Every operation asked by nobody, by each role that may not, and by another body. A new operation without its row fails.

use std::collections::BTreeSet;

use axum::body::Body;
use http::Request;
use interop::roles::{Act, Role};
use serde_json::{Value, json};

use super::walk::{general, terms};
use super::{BASE, Portal, Session, key_seed};
use crate::m2m::{STRANGER, analysis};
use crate::on_both_engines;
use crate::world::{
    AGREEMENT, CLIENT, CONSUMER, DESCRIPTOR, ESERVICE, KEYCHAIN, OPERATOR, PRODUCER, PURPOSE, Pair, VERSION, World, tenant,
};

on_both_engines!(every_operation_wants_a_session, r1_roles_that_may_not_change_nothing, another_body_changes_nothing,);

/// An address with what exists in the place of its variable segments.
fn filled(path: &str) -> String {
    let known = [
        ("{agreementId}", AGREEMENT.to_string()),
        ("{eserviceId}", ESERVICE.to_string()),
        ("{descriptorId}", DESCRIPTOR.to_string()),
        ("{purposeId}", PURPOSE.to_string()),
        ("{versionId}", VERSION.to_string()),
        ("{clientId}", CLIENT.to_string()),
        ("{userId}", OPERATOR.to_string()),
        ("{adminId}", OPERATOR.to_string()),
        ("{tenantId}", CONSUMER.to_string()),
        ("{consentType}", "TOS".to_owned()),
        ("{producerKeychainId}", KEYCHAIN.to_string()),
    ];
    let path = known.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value));
    let any = "00000000-0000-0000-0000-000000000063";
    path.split('/').map(|part| if part.starts_with('{') { any } else { part }).collect::<Vec<_>>().join("/")
}

/// Every operation behind the gate: method and path without its base.
fn operations(world: &World) -> BTreeSet<(String, String)> {
    let paths = world.documents["interop-bff"]["paths"].as_object().unwrap();
    let named = |(path, methods): (&String, &Value)| {
        let path = path.strip_prefix(BASE).unwrap().to_owned();
        let methods = methods.as_object().unwrap().keys().filter(|name| name.as_str() != "parameters");
        methods.map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
    };
    // A session is opened without one.
    let behind = paths.iter().filter(|(path, _)| !path.ends_with("/session/tokens"));
    behind.flat_map(named).collect()
}

async fn every_operation_wants_a_session(world: World) {
    let all = operations(&world);
    assert!(all.len() > 115, "{}", all.len());
    for (method, path) in all {
        let address = format!("{BASE}{}", filled(&path));
        let request = Request::builder().method(method.as_str()).uri(address).body(Body::empty()).unwrap();
        assert_eq!(world.send(request).await.refusal(), (400, "008-9994".to_owned()), "{method} {path}");
    }
}

/// An operation that changes something: method, path, a body that fits, the family whose roles may, and the code that the administrator of
/// another body gets.
type Row = (&'static str, &'static str, Value, Act, &'static str);

/// Every operation that changes something, but for what a person accepts. Files are sent for `FILE`.
fn writes() -> Vec<Row> {
    use Act::{Certify, ChangeAttributes, CreateApiClient, CreateAttribute, WriteAgreement, WriteClient, WriteEService};
    use Act::{WriteKey, WritePurpose};
    let none = || json!({});
    let info = json!({ "title": "Titolo nuovo", "description": "Descrizione", "isFreeOfCharge": false, "dailyCalls": 1 });
    let mut seed = info.clone();
    (seed["eserviceId"], seed["consumerId"]) = (json!(ESERVICE), json!(STRANGER));
    let mut reverse = seed.clone();
    reverse["riskAnalysisId"] = json!(ESERVICE);
    let named = || json!({ "name": "Attributo", "description": "Descrizione" });
    let lists = || terms()["attributes"].clone();
    let verified = json!({ "id": ESERVICE, "agreementId": AGREEMENT });
    let client = || json!({ "name": "Client nuovo", "members": [] });
    let form = json!({ "name": "Analisi", "riskAnalysisForm": analysis() });
    let file = || json!("FILE");
    let quotas = json!({ "voucherLifespan": 600, "dailyCallsPerConsumer": 100, "dailyCallsTotal": 1000 });
    let name = || json!({ "name": "Nome nuovo" });
    vec![
        ("POST", "/agreements", json!({ "eserviceId": ESERVICE, "descriptorId": DESCRIPTOR }), WriteAgreement, "200"),
        ("DELETE", "/agreements/{agreementId}", none(), WriteAgreement, "002-0007"),
        ("POST", "/agreements/{agreementId}/submit", none(), WriteAgreement, "002-0007"),
        ("POST", "/agreements/{agreementId}/update", none(), WriteAgreement, "002-0007"),
        ("POST", "/agreements/{agreementId}/approve", none(), WriteAgreement, "002-0007"),
        ("POST", "/agreements/{agreementId}/activate", none(), WriteAgreement, "002-0007"),
        (
            "POST",
            "/agreements/{agreementId}/reject",
            json!({ "reason": "Mancano i requisiti previsti" }),
            WriteAgreement,
            "002-0007",
        ),
        ("POST", "/agreements/{agreementId}/suspend", none(), WriteAgreement, "002-0007"),
        ("POST", "/agreements/{agreementId}/unsuspend", none(), WriteAgreement, "002-0007"),
        ("POST", "/agreements/{agreementId}/upgrade", none(), WriteAgreement, "002-0007"),
        ("POST", "/agreements/{agreementId}/clone", none(), WriteAgreement, "002-0007"),
        ("POST", "/agreements/{agreementId}/archive", none(), WriteAgreement, "002-0007"),
        ("POST", "/agreements/{agreementId}/consumer-documents", file(), WriteAgreement, "002-0007"),
        ("DELETE", "/agreements/{agreementId}/consumer-documents/{documentId}", none(), WriteAgreement, "002-0007"),
        ("POST", "/certifiedAttributes", named(), Certify, "003-0005"),
        ("POST", "/declaredAttributes", named(), CreateAttribute, "200"),
        ("POST", "/verifiedAttributes", named(), CreateAttribute, "200"),
        (
            "POST",
            "/tenants/{tenantId}/mails",
            json!({ "kind": "CONTACT_EMAIL", "address": "a@b.it" }),
            ChangeAttributes,
            "005-9989",
        ),
        ("POST", "/tenants/{tenantId}/attributes/certified", json!({ "id": ESERVICE }), Certify, "005-0001"),
        ("DELETE", "/tenants/{tenantId}/attributes/certified/{attributeId}", none(), Certify, "005-0001"),
        ("POST", "/tenants/attributes/declared", json!({ "id": ESERVICE }), ChangeAttributes, "005-0001"),
        ("DELETE", "/tenants/attributes/declared/{attributeId}", none(), ChangeAttributes, "005-0024"),
        ("POST", "/tenants/{tenantId}/attributes/verified", verified, ChangeAttributes, "005-0015"),
        ("POST", "/tenants/{tenantId}/attributes/verified/{attributeId}", none(), ChangeAttributes, "005-0008"),
        (
            "DELETE",
            "/tenants/{tenantId}/attributes/verified/{attributeId}",
            json!({ "agreementId": AGREEMENT }),
            ChangeAttributes,
            "005-0020",
        ),
        ("POST", "/eservices", general("Altro e-service"), WriteEService, "200"),
        ("PUT", "/eservices/{eserviceId}", general("Altro nome"), WriteEService, "001-9989"),
        ("DELETE", "/eservices/{eserviceId}", none(), WriteEService, "001-9989"),
        (
            "POST",
            "/eservices/{eserviceId}/description/update",
            json!({ "description": "Descrizione nuova" }),
            WriteEService,
            "001-9989",
        ),
        ("POST", "/eservices/{eserviceId}/name/update", name(), WriteEService, "001-9989"),
        ("POST", "/eservices/{eserviceId}/personalDataFlag", json!({ "personalData": true }), WriteEService, "001-9989"),
        ("POST", "/eservices/{eserviceId}/riskAnalysis", form.clone(), WriteEService, "001-9989"),
        ("POST", "/eservices/{eserviceId}/riskAnalysis/{riskAnalysisId}", form, WriteEService, "001-9989"),
        ("DELETE", "/eservices/{eserviceId}/riskAnalysis/{riskAnalysisId}", none(), WriteEService, "001-9989"),
        ("POST", "/eservices/{eserviceId}/descriptors", none(), WriteEService, "001-9989"),
        ("PUT", "/eservices/{eserviceId}/descriptors/{descriptorId}", terms(), WriteEService, "001-9989"),
        ("DELETE", "/eservices/{eserviceId}/descriptors/{descriptorId}", none(), WriteEService, "001-9989"),
        ("POST", "/eservices/{eserviceId}/descriptors/{descriptorId}/publish", none(), WriteEService, "001-9989"),
        ("POST", "/eservices/{eserviceId}/descriptors/{descriptorId}/suspend", none(), WriteEService, "001-9989"),
        ("POST", "/eservices/{eserviceId}/descriptors/{descriptorId}/activate", none(), WriteEService, "001-9989"),
        ("POST", "/eservices/{eserviceId}/descriptors/{descriptorId}/archive", none(), WriteEService, "001-9989"),
        ("POST", "/eservices/{eserviceId}/descriptors/{descriptorId}/clone", none(), WriteEService, "001-9989"),
        ("POST", "/eservices/{eserviceId}/descriptors/{descriptorId}/update", quotas, WriteEService, "001-9989"),
        ("POST", "/eservices/{eserviceId}/descriptors/{descriptorId}/attributes/update", lists(), WriteEService, "001-9989"),
        ("POST", "/eservices/{eserviceId}/descriptors/{descriptorId}/documents", file(), WriteEService, "001-9989"),
        (
            "DELETE",
            "/eservices/{eserviceId}/descriptors/{descriptorId}/documents/{documentId}",
            none(),
            WriteEService,
            "001-9989",
        ),
        (
            "POST",
            "/eservices/{eserviceId}/descriptors/{descriptorId}/documents/{documentId}/update",
            json!({ "prettyName": "Nome nuovo" }),
            WriteEService,
            "001-9989",
        ),
        ("POST", "/import/eservices", json!({ "filename": "a.zip", "url": "https://a.example.it" }), WriteEService, "008-0021"),
        ("POST", "/purposes", seed, WritePurpose, "004-0018"),
        ("POST", "/reverse/purposes", reverse, WritePurpose, "004-0018"),
        ("POST", "/purposes/{purposeId}", info.clone(), WritePurpose, "004-0007"),
        ("POST", "/reverse/purposes/{purposeId}", info, WritePurpose, "004-0007"),
        ("DELETE", "/purposes/{purposeId}", none(), WritePurpose, "004-0007"),
        ("POST", "/purposes/{purposeId}/clone", json!({ "eserviceId": ESERVICE }), WritePurpose, "004-0007"),
        ("POST", "/purposes/{purposeId}/versions", json!({ "dailyCalls": 12 }), WritePurpose, "004-0007"),
        ("DELETE", "/purposes/{purposeId}/versions/{versionId}", none(), WritePurpose, "004-0007"),
        ("POST", "/purposes/{purposeId}/versions/{versionId}/activate", none(), WritePurpose, "004-0007"),
        ("POST", "/purposes/{purposeId}/versions/{versionId}/suspend", none(), WritePurpose, "004-0007"),
        ("POST", "/purposes/{purposeId}/versions/{versionId}/archive", none(), WritePurpose, "004-0007"),
        (
            "POST",
            "/purposes/{purposeId}/versions/{versionId}/reject",
            json!({ "rejectionReason": "No" }),
            WritePurpose,
            "004-0007",
        ),
        (
            "POST",
            "/purposes/{purposeId}/versions/{versionId}/update/waitingForApproval",
            json!({ "expectedApprovalDate": "2026-04-01T00:00:00Z" }),
            WritePurpose,
            "004-0007",
        ),
        ("POST", "/clientsConsumer", client(), WriteClient, "200"),
        ("POST", "/clientsApi", client(), CreateApiClient, "200"),
        ("DELETE", "/clients/{clientId}", none(), WriteClient, "006-0002"),
        ("POST", "/clients/{clientId}/admin", json!({ "adminId": OPERATOR }), WriteClient, "006-0002"),
        ("DELETE", "/clients/{clientId}/admin/{adminId}", none(), WriteClient, "006-0002"),
        ("POST", "/clients/{clientId}/users", json!({ "userIds": [OPERATOR] }), WriteClient, "006-0002"),
        ("DELETE", "/clients/{clientId}/users/{userId}", none(), WriteClient, "006-0002"),
        ("POST", "/clients/{clientId}/purposes", json!({ "purposeId": PURPOSE }), WriteClient, "006-0002"),
        ("DELETE", "/clients/{clientId}/purposes/{purposeId}", none(), WriteClient, "006-0002"),
        ("POST", "/clients/{clientId}/keys", key_seed(&Pair::draw()), WriteKey, "006-0002"),
        ("DELETE", "/clients/{clientId}/keys/{keyId}", none(), WriteKey, "006-0002"),
        ("POST", "/producerKeychains", client(), WriteClient, "200"),
        ("DELETE", "/producerKeychains/{producerKeychainId}", none(), WriteClient, "006-0019"),
        ("POST", "/producerKeychains/{producerKeychainId}/users", json!({ "userIds": [OPERATOR] }), WriteClient, "006-0019"),
        ("DELETE", "/producerKeychains/{producerKeychainId}/users/{userId}", none(), WriteClient, "006-0019"),
        ("POST", "/producerKeychains/{producerKeychainId}/eservices", json!({ "eserviceId": ESERVICE }), WriteClient, "006-0019"),
        ("DELETE", "/producerKeychains/{producerKeychainId}/eservices/{eserviceId}", none(), WriteClient, "006-0019"),
        ("POST", "/producerKeychains/{producerKeychainId}/keys", key_seed(&Pair::draw()), WriteKey, "006-0019"),
        ("DELETE", "/producerKeychains/{producerKeychainId}/keys/{keyId}", none(), WriteKey, "006-0019"),
    ]
}

/// What a session gets for a row: its code, or the status when it is let through.
async fn attempt(session: &Session<'_>, method: &str, path: &str, body: &Value) -> String {
    let path = filled(path);
    let answer = match body {
        Value::String(_) => {
            let members = [("kind", "DOCUMENT"), ("prettyName", "Documento")];
            session.upload(&path, &members, ("file.json", "{}")).await
        }
        body => session.call(method, &path, Some(body.clone())).await,
    };
    if answer.status.is_success() { answer.status.as_u16().to_string() } else { answer.refusal().1 }
}

async fn r1_roles_that_may_not_change_nothing(world: World) {
    let portal = Portal::beside(&world).await;
    let told: BTreeSet<(String, String)> =
        writes().iter().map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned())).collect();
    let own = |path: &str| path.starts_with("/user/");
    let all: BTreeSet<_> = operations(&world).into_iter().filter(|(method, path)| method != "GET" && !own(path)).collect();
    assert_eq!(told.symmetric_difference(&all).collect::<Vec<_>>(), Vec::<&(String, String)>::new(), "each has its row");
    let people = [(Role::Api, "api"), (Role::Security, "security"), (Role::Support, "support"), (Role::Viewer, "viewer")];
    let mut wrong = Vec::new();
    for (role, name) in people {
        let session = portal.session(CONSUMER, OPERATOR, name);
        for (method, path, body, act, _) in writes() {
            let got = attempt(&session, method, path, &body).await;
            if act.allow(&[role]).is_err() && !got.ends_with("-9993") {
                wrong.push(format!("{name} {method} {path}: {got}"));
            }
        }
        for path in ["/export/eservices/{eserviceId}/descriptors/{descriptorId}", "/import/eservices/presignedUrl?fileName=a.zip"]
        {
            let refused = session.get(&filled(path)).await.status == 403;
            assert_eq!(refused, role != Role::Api || path.starts_with("/export"), "{name} {path}");
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    let admin = portal.session(CONSUMER, OPERATOR, "support,viewer");
    assert_eq!(admin.get(&filled("/clients/{clientId}")).await.status, 200, "whoever only looks sees everything of the body");
    assert_eq!(portal.session(CONSUMER, OPERATOR, "api").get("/clients?offset=0&limit=9").await.refusal().1, "006-9993");
}

async fn another_body_changes_nothing(world: World) {
    let now = world.clock.now();
    world.write(move |tx| interop::store::bodies::save_tenant(tx, &tenant(STRANGER, now))).await;
    let portal = Portal::beside(&world).await;
    let stranger = portal.session(STRANGER, OPERATOR, "admin");
    let mut wrong = Vec::new();
    for (method, path, body, _, code) in writes() {
        let got = attempt(&stranger, method, path, &body).await;
        if got != code {
            wrong.push(format!("{method} {path}: {got}, not {code}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(stranger.get(&filled("/tenants/{tenantId}/users")).await.refusal(), (403, "005-9989".to_owned()));
    assert_eq!(stranger.get(&filled("/purposes/{purposeId}")).await.refusal(), (403, "004-0007".to_owned()));
    assert_eq!(stranger.get(&filled("/agreements/{agreementId}")).await.refusal(), (403, "002-0007".to_owned()));
    assert_eq!(stranger.get(&filled("/eservices/{eserviceId}/consumers")).await.refusal(), (403, "001-9989".to_owned()));
    for what in ["", "/users", "/keys?offset=0&limit=9", "/keys/x", "/encoded/keys/x"] {
        let path = filled(&format!("/producerKeychains/{{producerKeychainId}}{what}"));
        assert_eq!(stranger.get(&path).await.refusal(), (403, "006-0019".to_owned()), "{what}");
    }
    assert_eq!(stranger.get(&filled("/agreements/{agreementId}/contract")).await.refusal(), (403, "002-0007".to_owned()));
    let analysis = filled("/purposes/{purposeId}/versions/{versionId}/documents/{documentId}");
    assert_eq!(stranger.get(&analysis).await.refusal(), (403, "004-0007".to_owned()));
    assert_eq!(portal.session(PRODUCER, OPERATOR, "delegate").get("/producers?offset=0&limit=9").await.status, 200);
    assert_eq!(world.ask().await.status, 200, "nothing has changed for whoever had a voucher");
}
