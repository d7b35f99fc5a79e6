//! Files come and go whole.

use axum::body::Body;
use http::Request;
use serde_json::json;

use super::{BASE, Machine, both, eservice_seed};
use crate::on_both_engines;
use crate::world::{DESCRIPTOR, ESERVICE, World};

on_both_engines!(e6_files_of_a_version_come_and_go, g2_documents_of_a_draft_come_and_go);

/// A file as the API gives it: its content type, and the answer's text.
async fn download(machine: &Machine<'_>, path: &str) -> String {
    let request = Request::builder().uri(format!("{BASE}{path}")).header("authorization", format!("Bearer {}", machine.token));
    let (parts, body) = machine.world.fetch(request.body(Body::empty()).unwrap()).await;
    assert_eq!(parts.status, 200);
    let kind = parts.headers["content-type"].to_str().unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let text = String::from_utf8(body).unwrap();
    assert!(text.starts_with(&format!("--{boundary}\r\n")) && text.ends_with(&format!("\r\n--{boundary}--\r\n")), "{text}");
    text
}

async fn e6_files_of_a_version_come_and_go(world: World) {
    let (producer, consumer) = both(&world).await;
    let at = format!("/eservices/{ESERVICE}/descriptors/{DESCRIPTOR}");
    let file = ("../guida.json", "Guida all'uso", r#"{"a":1}"#);
    let added = producer.upload(&format!("{at}/documents"), file).await.expect(201);
    assert_eq!((&added["name"], &added["prettyName"]), (&json!("guida.json"), &json!("Guida all'uso")));
    let again = producer.upload(&format!("{at}/documents"), file).await;
    assert_eq!(again.refusal(), (409, "001-0020".to_owned()));
    let same = producer.upload(&format!("{at}/documents"), ("b.json", "Altra guida", r#"{"a":1}"#)).await;
    assert_eq!(same.refusal(), (409, "001-0040".to_owned()));
    let one = format!("{at}/documents/{}", added["id"].as_str().unwrap());
    let text = download(&consumer, &one).await;
    assert!(text.contains("filename=\"guida.json\"") && text.contains("\r\n\r\n{\"a\":1}\r\n"), "{text}");
    assert!(text.contains("name=\"prettyName\"\r\n\r\nGuida all'uso\r\n"), "{text}");
    assert_eq!(consumer.call("DELETE", &one, None).await.refusal(), (403, "001-9989".to_owned()));
    producer.call("DELETE", &one, None).await.expect(204);
    assert_eq!(consumer.get(&one).await.refusal(), (404, "001-0004".to_owned()));
    assert_eq!(
        producer.call("DELETE", &format!("{at}/interface"), None).await.refusal(),
        (400, "001-0003".to_owned()),
        "published"
    );

    let draft = producer.post("/eservices", eservice_seed("Con interfaccia")).await.expect(201);
    let draft = format!("/eservices/{}", draft["id"].as_str().unwrap());
    let versions = producer.get(&format!("{draft}/descriptors?offset=0&limit=1")).await.expect(200);
    let at = format!("{draft}/descriptors/{}", versions["results"][0]["id"].as_str().unwrap());
    assert_eq!(producer.get(&format!("{at}/interface")).await.refusal(), (404, "001-0004".to_owned()));
    producer.upload(&format!("{at}/interface"), ("api.json", "Interfaccia", "{}")).await.expect(201);
    let twice = producer.upload(&format!("{at}/interface"), ("api2.json", "Interfaccia due", "[]")).await;
    assert_eq!(twice.refusal(), (409, "001-0011".to_owned()));
    assert!(download(&producer, &format!("{at}/interface")).await.contains("\r\n\r\n{}\r\n"));
    producer.call("DELETE", &format!("{at}/interface"), None).await.expect(204);

    for (name, pretty, content) in [("a", "abc", "x"), ("a", "un nome", "")] {
        let refused = producer.upload(&format!("{at}/documents"), (name, pretty, content)).await;
        assert_eq!(refused.refusal(), (400, "012-9999".to_owned()), "{pretty}");
    }
}

async fn g2_documents_of_a_draft_come_and_go(world: World) {
    let (producer, consumer) = both(&world).await;
    let other = producer.post("/eservices", eservice_seed("Da richiedere")).await.expect(201);
    let other = other["id"].as_str().unwrap().to_owned();
    let versions = producer.get(&format!("/eservices/{other}/descriptors?offset=0&limit=1")).await.expect(200);
    let version = versions["results"][0]["id"].as_str().unwrap().to_owned();
    producer
        .upload(&format!("/eservices/{other}/descriptors/{version}/interface"), ("a.json", "Interfaccia", "{}"))
        .await
        .expect(201);
    producer.post(&format!("/eservices/{other}/descriptors/{version}/publish"), json!({})).await.expect(200);
    let draft = consumer.post("/agreements", json!({ "eserviceId": other, "descriptorId": version })).await.expect(201);
    let at = format!("/agreements/{}", draft["id"].as_str().unwrap());
    let attached = consumer.upload(&format!("{at}/consumerDocuments"), ("delibera.pdf", "Delibera", "testo")).await.expect(201);
    let twice = consumer.upload(&format!("{at}/consumerDocuments"), ("altra.pdf", "delibera", "altro")).await;
    assert_eq!(twice.refusal(), (409, "002-0025".to_owned()));
    let one = format!("{at}/consumerDocuments/{}", attached["id"].as_str().unwrap());
    let list = consumer.get(&format!("{at}/consumerDocuments?offset=0&limit=5")).await.expect(200);
    assert_eq!(list["results"][0], attached);
    consumer.post(&format!("{at}/submit"), json!({})).await.expect(200);
    assert!(download(&producer, &one).await.contains("\r\n\r\ntesto\r\n"), "the producer reads it now");
    assert_eq!(consumer.call("DELETE", &one, None).await.refusal(), (403, "002-0018".to_owned()), "no draft any more");
}
