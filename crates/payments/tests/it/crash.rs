//! The process ends, as by `kill -9`, at an input or output step of a story, and is started again: one position, one payment, each due
//! imported once, nothing lost. The steps are those of `storage::fault`; every few are tried, so that the suite stays short.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::imports;
use crate::read_model::PAYMENTS;
use crate::served::{EFIL, IRIS, SANDBOX, Served};
use crate::world::World;

/// Where the child keeps its database and files; harness variables are not settings.
const FOLDER: &str = "SPORTELLO_TEST_CRASH_FOLDER";
/// Whether the child is not the first.
const LATER: &str = "SPORTELLO_TEST_CRASH_LATER";
/// How long a child has for its story.
const DEADLINE: Duration = Duration::from_secs(60);

/// Tells a story again and again, each time to a later step; after each crash another process brings it to its end.
fn survives(story: &str, stride: usize) {
    let mut crashes = 0;
    for step in (1..).step_by(stride) {
        let folder = tempfile::tempdir().unwrap();
        let survived = tell(story, folder.path(), Some(step)).success();
        tell(story, folder.path(), None);
        if survived {
            break;
        }
        crashes += 1;
    }
    assert!(crashes >= 5, "only {crashes} steps were reached");
}

/// Runs the story in another process, which ends at its `crash_at`-th step.
fn tell(story: &str, folder: &Path, crash_at: Option<usize>) -> ExitStatus {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.arg(format!("crash::{story}")).args(["--exact", "--ignored", "--quiet"]).env(FOLDER, folder);
    match crash_at {
        Some(step) => child.env("SPORTELLO_CRASH_AT", step.to_string()),
        // The second process begins a day later.
        None => child.env(LATER, "1"),
    };
    let output = child.output().unwrap();
    assert!(crash_at.is_some() || output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    output.status
}

#[test]
fn after_a_crash_at_any_step_the_sandbox_has_the_payment_once() {
    survives("story_of_a_payment_through_the_sandbox", 7);
}

#[test]
fn after_a_crash_at_any_step_e_fil_has_the_payment_once() {
    survives("story_of_a_payment_through_e_fil", 7);
}

#[test]
fn after_a_crash_at_any_step_iris_has_the_payment_once() {
    survives("story_of_a_payment_through_iris", 7);
}

#[test]
fn after_a_crash_at_any_step_a_file_is_imported_once() {
    survives("story_of_an_import", 3);
}

#[tokio::test]
#[ignore = "run by after_a_crash_at_any_step_the_sandbox_has_the_payment_once"]
async fn story_of_a_payment_through_the_sandbox() {
    is_paid_once(&SANDBOX).await;
}

#[tokio::test]
#[ignore = "run by after_a_crash_at_any_step_e_fil_has_the_payment_once"]
async fn story_of_a_payment_through_e_fil() {
    is_paid_once(&EFIL).await;
}

#[tokio::test]
#[ignore = "run by after_a_crash_at_any_step_iris_has_the_payment_once"]
async fn story_of_a_payment_through_iris() {
    is_paid_once(&IRIS).await;
}

/// The installation as an earlier process left it.
async fn world(served: &'static Served) -> World {
    let folder = std::env::var(FOLDER).expect("run by the tests above");
    let start = if std::env::var_os(LATER).is_some() { "2025-03-13T09:00:00+01:00" } else { "2025-03-12T09:00:00+01:00" };
    World::in_folder(served, Path::new(&folder), start).await
}

/// Takes an application to a complete payment from wherever an earlier process left it, and asks the books.
async fn is_paid_once(served: &'static Served) {
    let world = world(served).await;
    let mut application = world.application("20.00");
    application["id"] = json!("79501b2a-c9ad-41f8-a9e7-a885f2d570a2");
    application["event_id"] = json!("c3ecf316-ca76-4bf3-ab72-26b941a5ce4f");
    world.publish("applications", &application).await;
    let began = Instant::now();
    loop {
        let events = world.events_of(&application).await;
        let status = events.last().map(|event| event["status"].as_str().unwrap().to_owned()).unwrap_or_default();
        match status.as_str() {
            "PAYMENT_PENDING" | "PAYMENT_STARTED" => drop(world.press(events.last().unwrap(), "paga").await),
            "COMPLETE" => break,
            _ => {}
        }
        assert!(began.elapsed() < DEADLINE, "{status}, dead: {:?}", world.dead_letters().await);
        world.clock.advance(SignedDuration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.idle().await;
    let events = world.events_of(&application).await;
    assert!(events.iter().all(|event| event["id"] == events[0]["id"]));
    for status in ["CREATION_PENDING", "PAYMENT_PENDING", "COMPLETE"] {
        assert_eq!(events.iter().filter(|event| event["status"] == status).count(), 1, "{status}");
    }
    assert_eq!(world.taken(&events[0]).await, 1);
    let positions = world.call("GET", "/demo/psp/positions", &Value::Null).await.expect(200);
    assert_eq!((positions.as_array().unwrap().len(), &positions[0]["status"]), (1, &json!("PAID")));
    // What this process told the platform; an earlier one may have told it before it ended.
    assert!(["OK"].starts_with(&world.platform.told(&application).iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}

/// Dues of the file: more than are taken over in one transaction.
const DUES: u64 = 501;

/// Imports a file from wherever an earlier process left it, and counts.
#[tokio::test]
#[ignore = "run by after_a_crash_at_any_step_a_file_is_imported_once"]
async fn story_of_an_import() {
    let world = world(&SANDBOX).await;
    if world.call("GET", imports::JOBS, &Value::Null).await.expect(200)["meta"]["total"] == 0 {
        let wrong = imports::row(DUES + 1).replace("12.50", "molto");
        imports::begin(&world, &imports::file((1..=DUES).map(imports::row).chain([wrong]))).await;
    }
    let began = Instant::now();
    let job = loop {
        let jobs = world.call("GET", imports::JOBS, &Value::Null).await.expect(200);
        assert_eq!(jobs["meta"]["total"], 1);
        if !["pending", "running"].contains(&jobs["data"][0]["status"].as_str().unwrap()) {
            break jobs["data"][0].clone();
        }
        assert!(began.elapsed() < DEADLINE, "{jobs}, dead: {:?}", world.dead_letters().await);
        world.clock.advance(SignedDuration::from_millis(100));
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    world.idle().await;
    let progress = json!({ "rows": DUES + 1, "expected": DUES + 1, "imported": DUES, "already_present": 0, "failed": 1 });
    assert_eq!((&job["status"], &job["progress"]), (&json!("finished"), &progress));
    let events = world.keyed_events().await;
    let numbers: BTreeSet<_> = events.iter().map(|(_, event)| event["payment"]["notice_code"].to_string()).collect();
    assert_eq!((events.len(), numbers.len()), (501, 501), "each due once");
    let shown = world.call("GET", &format!("{PAYMENTS}?limit=1"), &Value::Null).await.expect(200);
    assert_eq!(shown["meta"]["total"], DUES);
    let errors = format!("{}/{}/errors", imports::JOBS, job["id"].as_str().unwrap());
    assert_eq!(world.call("GET", &errors, &Value::Null).await.expect(200)["meta"]["total"], 1);
    let files = world.app.files().list("imports").await.unwrap();
    assert!(!files.iter().any(|file| file.contains(job["id"].as_str().unwrap())), "nobody needs the file any more");
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}
