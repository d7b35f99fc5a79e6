//! Kill -9 at the steps of the main story that leave the process (commits, files, calls), then a new start: one payment, one number for
//! each document, nothing lost.

use std::net::SocketAddr;
use std::path::Path;

use testkit::{Sportello, Story, free_address, submit_pay_decide};

use crate::books::expect_everything_once;

/// Steps that the story has at least. That there is a crash at each point of an ordinary run shows that there are.
const STEPS: usize = 120;
/// Points tried in an ordinary run; `SPORTELLO_TEST_CRASHES=all` tries every one, until one lies beyond the story.
const POINTS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_anywhere_everything_is_there_once() {
    let settled = tempfile::tempdir().unwrap();
    let address = free_address();
    drop(Sportello::start_at(address, settled.path(), &["--demo"], &[]));
    if std::env::var("SPORTELLO_TEST_CRASHES").is_ok_and(|which| which == "all") {
        let mut point = 1;
        while crash_at(address, settled.path(), point).await > 0 {
            point += 1;
        }
        println!("crashed at each of {} steps", point - 1);
        assert!(point > STEPS, "the story has only {} steps", point - 1);
        return;
    }
    for point in (1..=STEPS).step_by(STEPS / POINTS) {
        assert_eq!(crash_at(address, settled.path(), point).await, 1, "no crash at step {point}: it lies beyond the story");
    }
}

/// Tells the story with a crash at step `point`; gives how many times the program had to be started again.
async fn crash_at(address: SocketAddr, settled: &Path, point: usize) -> u32 {
    println!("crash at {point}"); // shown when something is wrong there
    let folder = tempfile::tempdir().unwrap();
    copy(&settled.join("data"), &folder.path().join("data"));
    let mut sportello = Sportello::start_at(address, folder.path(), &["--demo"], &[("SPORTELLO_CRASH_AT", &point.to_string())]);
    let mut story = Story::new(&mut sportello);
    let application = submit_pay_decide(&mut story).await;
    expect_everything_once(&mut story, &application, &format!("crash at {point}")).await;
    sportello.revive()
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
