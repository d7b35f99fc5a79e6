//! The main story in one process, with nothing configured.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;
use testkit::{Sportello, Story, pay, submit, submit_pay_decide};

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_applies_pays_and_reads_the_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let mut sportello = Sportello::start(folder.path(), &["--demo"], &[]);
    let mut story = Story::new(&mut sportello);
    let application = submit_pay_decide(&mut story).await;
    let (citizen, id) = (story.token("BNRMHL75C06G702B").await, application["id"].as_str().unwrap().to_owned());

    let history = story.send(Method::GET, &format!("/applications/{id}/history"), Some(&citizen), None).await.json();
    let codes: Vec<_> = history.as_array().unwrap().iter().map(|entry| entry["status_code"].as_i64().unwrap()).collect();
    // Who pays fast is seen paying late: 1510 may be skipped.
    let without_1510: Vec<_> = codes.into_iter().filter(|code| *code != 1510).collect();
    assert_eq!(without_1510, [1500, 1520, 1900, 2000, 3000, 4000, 6000, 7000]);

    let numbers: BTreeSet<_> =
        [&application["protocol_number"], &application["outcome_protocol_number"]].map(ToString::to_string).into();
    assert_eq!(numbers.len(), 2, "application and decision have numbers of their own");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_office_asks_for_and_what_it_is_answered_are_registered_documents() {
    let folder = tempfile::tempdir().unwrap();
    let mut sportello = Sportello::start(folder.path(), &["--demo"], &[]);
    let ledger = format!("{}/demo/registry/ledger", sportello.url);
    let mut story = Story::new(&mut sportello);
    let (citizen, operator) = (story.token("BNRMHL75C06G702B").await, story.token("operatore").await);
    let id = submit(&mut story).await;
    pay(&mut story, &id).await;
    let at = format!("/applications/{id}");
    story.until(&at, &citizen, "the registration", |application| application["status"] == "3000").await;
    story.transition(&id, "assign", &operator, &json!({}), |status| status == "4000").await;
    let question = json!({ "message": "Serve anche la targa del camion." });
    story.transition(&id, "request-integration", &operator, &question, |status| status.starts_with("4")).await;
    let asked = story.until(&at, &citizen, "the request's number", |application| application["status"] == "4200").await;
    let answer = json!({ "message": "<p>La targa è AB123CD.</p>", "visibility": "applicant" });
    let written = story.send(Method::POST, &format!("{at}/messages"), Some(&citizen), Some(&answer)).await;
    assert_eq!(written.status, 201, "{}", written.json());
    story.transition(&id, "accept-integration", &operator, &json!({}), |status| status == "4000").await;
    let answered = story.until(&at, &citizen, "the answer's number", |application| application["status"] == "4000").await;

    let exchange = &answered["integrations"][0];
    assert_eq!(asked["integrations"][0]["outbound"], exchange["outbound"]);
    for side in ["outbound", "inbound"] {
        let url = exchange[side]["url"].as_str().unwrap();
        assert!(story.send(Method::GET, url, Some(&citizen), None).await.body.starts_with(b"%PDF-"), "{side}");
    }
    let entries = story.send(Method::GET, &ledger, None, None).await.json();
    let registered: Vec<_> = entries
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["operation"] == "document" && entry["outcome"] == "accepted")
        .map(|entry| &entry["number"])
        .collect();
    let numbers =
        [&answered["protocol_number"], &exchange["outbound"]["protocol_number"], &exchange["inbound"]["protocol_number"]];
    assert_eq!(registered, numbers);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_tenant_exists_for_the_citizens_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let mut sportello = Sportello::start(folder.path(), &["--demo"], &[]);
    let elsewhere = format!("{}/comune-di-vallelaghi/api", sportello.url);
    let mut story = Story::new(&mut sportello);
    let citizen = story.token("BNRMHL75C06G702B").await;
    let draft = story.send(Method::POST, "/applications", Some(&citizen), Some(&json!({ "service": "segnalazione" }))).await;
    assert_eq!(draft.status, 201, "{}", draft.json());
    let id = draft.json()["id"].as_str().unwrap().to_owned();

    let credentials = json!({ "username": "SGRGLI84C52L378W", "password": "demo" });
    let stranger = story.send(Method::POST, &format!("{elsewhere}/auth"), None, Some(&credentials)).await.json()["token"]
        .as_str()
        .unwrap()
        .to_owned();
    for path in ["", "/history", "/messages"] {
        let here = story.send(Method::GET, &format!("/applications/{id}{path}"), Some(&stranger), None).await;
        let there = story.send(Method::GET, &format!("{elsewhere}/applications/{id}{path}"), Some(&stranger), None).await;
        assert_eq!((here.status, there.status), (404, 404), "{path}");
    }
    for path in ["/applications", "/services", "/users", "/payments"] {
        assert_eq!(story.send(Method::GET, path, Some(&stranger), None).await.status, 404, "{path}");
    }
    let missing =
        story.send(Method::GET, "/applications/00000000-0000-4000-8000-000000000000", Some(&citizen), None).await.json();
    let theirs = story.send(Method::GET, &format!("{elsewhere}/applications/{id}"), Some(&stranger), None).await.json();
    assert_eq!(
        (&missing["title"], &missing["detail"]),
        (&theirs["title"], &theirs["detail"]),
        "a stranger cannot tell it from a missing one"
    );
}
