//! Kill -9 at the steps of the main story that leave the process (commits, files, calls), then a new start: one payment, one number for
//! each document, nothing lost.

use std::net::SocketAddr;
use std::path::Path;

use reqwest::Method;
use serde_json::Value;
use testkit::{Sportello, Story, free_address, submit_pay_decide};

/// Steps of a story from its start, roughly; a crash point beyond the last one proves the end was reached.
const STEPS: usize = 120;
/// Points tried in an ordinary run; `SPORTELLO_TEST_CRASHES=all` tries every one.
const POINTS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_anywhere_everything_is_there_once() {
    let settled = tempfile::tempdir().unwrap();
    let address = free_address();
    drop(Sportello::start_at(address, settled.path(), &["--demo"], &[]));
    let every = std::env::var("SPORTELLO_TEST_CRASHES").is_ok_and(|which| which == "all");
    let mut crashes = 0;
    for point in (1..=STEPS).step_by(if every { 1 } else { STEPS / POINTS }) {
        crashes += crash_at(address, settled.path(), point).await;
    }
    assert!(crashes > 0, "no crash happened: the points lie beyond the story");
}

/// Tells the story with a crash at step `point`; gives how many times the program had to be started again.
async fn crash_at(address: SocketAddr, settled: &Path, point: usize) -> u32 {
    let folder = tempfile::tempdir().unwrap();
    copy(&settled.join("data"), &folder.path().join("data"));
    let mut sportello = Sportello::start_at(address, folder.path(), &["--demo"], &[("SPORTELLO_CRASH_AT", &point.to_string())]);
    let application = {
        let mut story = Story::new(&mut sportello);
        submit_pay_decide(&mut story).await
    };
    let revived = sportello.revive();
    let (url, mut story) = (sportello.url.clone(), Story::new(&mut sportello));

    // The counterparts' own books, written before they answer.
    let positions = story.send(Method::GET, &format!("{url}/demo/psp/positions"), None, None).await.json();
    let paid: Vec<_> = entries(&positions).iter().filter(|position| position["status"] == "PAID").cloned().collect();
    assert_eq!((entries(&positions).len(), paid.len()), (1, 1), "crash at {point}: {positions}");
    let mine: Vec<_> =
        ["protocol_number", "outcome_protocol_number"].iter().map(|name| application[*name].as_str().unwrap()).collect();
    assert_ne!(mine[0], mine[1]);
    let citizen = story.token("BNRMHL75C06G702B").await;
    let list = story.send(Method::GET, "/applications", Some(&citizen), None).await.json();
    assert_eq!(list["meta"]["total"], 1, "crash at {point}: the application was stored twice");
    revived
}

fn entries(answer: &Value) -> Vec<Value> {
    answer.as_array().or_else(|| answer["data"].as_array()).cloned().unwrap_or_default()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
