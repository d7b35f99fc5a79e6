//! What the outside parties know, from their own books: they write before they answer, so a lost answer hides nothing.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::Story;

/// Expects that `application`, the only one of its citizen, was stored once, paid once, and registered once together with its outcome.
/// `when` says what had happened, for the message of a failure.
pub async fn expect_everything_once(story: &mut Story<'_>, application: &Value, when: &str) {
    let url = story.url();
    let positions = story.send(Method::GET, &format!("{url}/demo/psp/positions"), None, None).await.json();
    let statuses: Vec<_> = entries(&positions).iter().map(|position| position["status"].clone()).collect();
    assert_eq!(statuses, ["PAID"], "{when}: {positions}");

    let ledger = story.send(Method::GET, &format!("{url}/demo/registry/ledger"), None, None).await.json();
    let accepted = |operation: &str| -> Vec<Value> {
        let mine = |entry: &&Value| entry["operation"] == operation && entry["outcome"] == "accepted";
        entries(&ledger).iter().filter(mine).map(|entry| entry["number"].clone()).collect()
    };
    let numbers = [&application["protocol_number"], &application["outcome_protocol_number"]];
    assert_eq!(accepted("document").iter().collect::<Vec<_>>(), numbers, "{when}: {ledger}");
    assert_eq!((accepted("folder").len(), accepted("filing").len()), (1, 2), "{when}: {ledger}");

    let citizen = story.token("BNRMHL75C06G702B").await;
    let list = story.send(Method::GET, "/applications", Some(&citizen), None).await.json();
    assert_eq!((&list["meta"]["total"], &list["data"][0]["id"]), (&json!(1), &application["id"]), "{when}");
}

fn entries(answer: &Value) -> &[Value] {
    answer.as_array().or_else(|| answer["data"].as_array()).map_or(&[], Vec::as_slice)
}
