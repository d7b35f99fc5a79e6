//! E-services exported and imported as archives.

use axum::body::Body;
use http::Request;
use interop::transfer::zip;
use jiff::SignedDuration;
use serde_json::json;

use super::Portal;
use super::walk::published;
use crate::on_both_engines;
use crate::world::{Answer, CONSUMER, OPERATOR, PRODUCER, World};

on_both_engines!(an_exported_e_service_is_imported, what_is_no_archive_is_not_imported,);

const BROKEN: &str = "configuration.json: Il JSON non è leggibile alla riga 1, colonna 2: il nome di un campo va fra virgolette.";
const NULL: &str = "configuration.json: Un testo contiene il carattere nullo (\\u0000), che nessun dato può avere: toglierlo.";

/// The path of an address.
fn path(url: &serde_json::Value) -> String {
    url.as_str().unwrap().splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap()
}

async fn send(world: &World, url: &serde_json::Value, content: Vec<u8>) -> Answer {
    world.send(Request::builder().method("PUT").uri(path(url)).body(Body::from(content)).unwrap()).await
}

async fn an_exported_e_service_is_imported(world: World) {
    let portal = Portal::beside(&world).await;
    let (producer, consumer) = (portal.session(PRODUCER, OPERATOR, "admin"), portal.session(CONSUMER, OPERATOR, "api"));
    let (id, version) = published(&producer, "Anagrafe comunale").await;
    for _ in 0..2 {
        let members = [("kind", "DOCUMENT"), ("prettyName", "Manuale operativo")];
        let at = format!("/eservices/{id}/descriptors/{version}/documents");
        producer.upload(&at, &members, ("manuale.txt", "Leggere prima")).await;
    }
    let exported = producer.get(&format!("/export/eservices/{id}/descriptors/{version}")).await.expect(200);
    assert_eq!(exported["filename"], format!("{id}_{version}.zip"));
    let request = || Request::builder().uri(path(&exported["url"])).body(Body::empty()).unwrap();
    let (parts, archive) = portal.world.fetch(request()).await;
    assert_eq!((parts.status.as_u16(), &parts.headers["content-type"]), (200, &"application/zip".parse().unwrap()));
    let files = zip::read(&archive, 1_000_000).unwrap();
    let folder = format!("{id}_{version}");
    let names: Vec<_> = files.keys().map(|name| name.strip_prefix(&folder).unwrap()).collect();
    assert_eq!(names, ["/api.json", "/configuration.json", "/documents/manuale.txt"]);

    let url = consumer.get("/import/eservices/presignedUrl?fileName=servizio.zip").await.expect(200)["url"].clone();
    assert_eq!(send(&portal.world, &exported["url"], archive.clone()).await.status, 405, "another address");
    assert_eq!(send(&portal.world, &url, archive.clone()).await.status, 200);
    let file = json!({ "filename": "servizio.zip", "url": url });
    assert_eq!(producer.post("/import/eservices", file.clone()).await.refusal(), (400, "008-0021".to_owned()), "not its own");
    let made = consumer.post("/import/eservices", file.clone()).await.expect(200);
    let (copy, first) = (made["id"].as_str().unwrap(), made["descriptorId"].as_str().unwrap());
    let shown = consumer.get(&format!("/producers/eservices/{copy}/descriptors/{first}")).await.expect(200);
    let original = producer.get(&format!("/producers/eservices/{id}/descriptors/{version}")).await.expect(200);
    assert_eq!((&shown["state"], &shown["eservice"]["name"]), (&json!("DRAFT"), &original["eservice"]["name"]));
    for name in ["audience", "voucherLifespan", "dailyCallsPerConsumer", "dailyCallsTotal", "description", "serverUrls"] {
        assert_eq!(shown[name], original[name], "{name}");
    }
    assert_eq!(shown["docs"][0]["checksum"], original["docs"][0]["checksum"]);
    assert_eq!(consumer.post("/import/eservices", file).await.refusal(), (400, "008-0021".to_owned()), "imported once");

    let draft = consumer.get(&format!("/export/eservices/{copy}/descriptors/{first}")).await;
    assert_eq!(draft.refusal(), (400, "008-0024".to_owned()));
    portal.world.clock.advance(SignedDuration::from_mins(16));
    assert_eq!(portal.world.send(request()).await.status, 401, "it does not hold any more");
    assert_eq!(send(&portal.world, &url, archive).await.status, 401);
}

async fn what_is_no_archive_is_not_imported(world: World) {
    let portal = Portal::beside(&world).await;
    let producer = portal.session(PRODUCER, OPERATOR, "admin");
    let url = producer.get("/import/eservices/presignedUrl?fileName=a.zip").await.expect(200)["url"].clone();
    let descriptor = json!({
        "docs": [{ "prettyName": "Manuale", "path": "documents/a.txt" }], "audience": ["a"], "voucherLifespan": 60,
        "dailyCallsPerConsumer": 1, "dailyCallsTotal": 1, "agreementApprovalPolicy": "MANUAL",
    });
    let good = json!({ "name": "Servizio", "description": "Descrizione lunga", "technology": "REST", "mode": "DELIVER", "descriptor": descriptor });
    let good = ("configuration.json".to_owned(), good.to_string());
    let manual = ("documents/a.txt".to_owned(), "a".to_owned());
    let cases = [
        (b"no archive".to_vec(), "non è un archivio zip leggibile"),
        (zip::write(std::slice::from_ref(&manual)).unwrap(), "manca configuration.json"),
        (zip::write(std::slice::from_ref(&good)).unwrap(), "manca documents/a.txt"),
        (zip::write(&[good.clone(), manual.clone(), ("altro".to_owned(), "b".to_owned())]).unwrap(), "altro: file non previsto"),
    ];
    let altered = |member: &str, value: serde_json::Value| {
        let mut text: serde_json::Value = serde_json::from_str(&good.1).unwrap();
        text[member] = value;
        zip::write(&[(good.0.clone(), text.to_string()), manual.clone()]).unwrap()
    };
    let descriptor = |path: &str, name: &str| {
        let mut descriptor = descriptor.clone();
        descriptor["docs"] = json!([{ "prettyName": name, "path": path }]);
        descriptor
    };
    let folder = ("documents/..".to_owned(), "a".to_owned());
    let empty = ("documents/a.txt".to_owned(), String::new());
    let analysis =
        json!({ "name": "Analisi", "riskAnalysisForm": { "version": "3.1", "singleAnswers": [], "multiAnswers": [] } });
    let cases = cases.into_iter().chain([
        (zip::write(&[good.clone(), empty]).unwrap(), "documents/a.txt: file vuoto"),
        (zip::write(&[("configuration.json".to_owned(), "{]".to_owned())]).unwrap(), BROKEN),
        (altered("name", json!("Serv\u{0}izio")), NULL),
        (altered("mode", json!("NEITHER")), "configuration.json: /mode: Valore non ammesso; usare: DELIVER, RECEIVE."),
        (altered("descriptor", descriptor("documents/a.txt", "Man")), "documents/a.txt: prettyName da 5 a 60 caratteri"),
        (altered("riskAnalysis", json!(vec![analysis; 101])), "configuration.json: al massimo 100 analisi del rischio"),
        (altered("description", json!("x".repeat(1_100_000))), "configuration.json: più grande di 1 MB"),
    ]);
    for (archive, told) in cases {
        assert_eq!(send(&portal.world, &url, archive).await.status, 200);
        let refused = producer.post("/import/eservices", json!({ "filename": "a.zip", "url": url })).await;
        assert_eq!((refused.refusal().1.as_str(), refused.body["detail"].as_str()), ("008-0021", Some(told)));
    }
    // A name that would be another folder wherever the archive is unpacked again.
    let text = good.1.replace("documents/a.txt", "documents/..");
    let archive = zip::write(&[(good.0, text), folder]).unwrap();
    assert_eq!(send(&portal.world, &url, archive).await.status, 200);
    let made = producer.post("/import/eservices", json!({ "filename": "a.zip", "url": url })).await.expect(200);
    let path =
        format!("/producers/eservices/{}/descriptors/{}", made["id"].as_str().unwrap(), made["descriptorId"].as_str().unwrap());
    assert_eq!(producer.get(&path).await.expect(200)["docs"][0]["name"], "file");
}
