//! The disk is full for a while: what was acknowledged is kept, new writes are refused with 503, what is there is read; when there is room
//! again everything goes on by itself.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::imports;
use crate::oracle::{ask, assert_agreement, meet_their_fates};
use crate::read_model::PAYMENTS;
use crate::served::SANDBOX;
use crate::world::{BUGLIANO, World};

/// Where the child finds its small disk; harness variables are not settings.
const FOLDER: &str = "SPORTELLO_TEST_DISK_FOLDER";
/// How long the installation has to come to itself.
const DEADLINE: Duration = Duration::from_secs(60);

/// A disk of its own needs no privileges in a namespace of its own, which ends with the process.
#[test]
fn on_a_full_disk_nothing_acknowledged_is_lost_and_nothing_stays_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new("unshare");
    child.args(["--user", "--map-root-user", "--mount", "sh", "-ec"]);
    child.arg(format!("mount -t tmpfs -o size=16m tmpfs \"${FOLDER}\"; exec \"$0\" \"$@\""));
    child.arg(std::env::current_exe().unwrap());
    child.args(["disk::story_of_a_full_disk", "--exact", "--ignored", "--quiet"]).env(FOLDER, folder.path());
    let output = child.output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by on_a_full_disk_nothing_acknowledged_is_lost_and_nothing_stays_behind"]
async fn story_of_a_full_disk() {
    let folder = std::env::var(FOLDER).expect("run by the test above");
    let folder = Path::new(&folder);
    let world = World::in_folder(&SANDBOX, folder, "2025-03-12T09:00:00+01:00").await;
    let asked = ask(&world).await;
    let ballast = folder.join("ballast");
    fill(&ballast);
    // Room that the database has set aside already is used up too.
    let mut acknowledged = Vec::new();
    let mut refused = 0;
    for number in 1.. {
        match write(&world, number).await {
            Some(job) => acknowledged.push((job, number)),
            None => refused += 1,
        }
        fill(&ballast);
        if refused == 5 {
            break;
        }
        assert!(number < 2_000, "the disk does not fill");
    }
    for path in [PAYMENTS.to_owned(), format!("{}/v2/tenants/{BUGLIANO}", world.proxy()), imports::JOBS.to_owned()] {
        world.call("GET", &path, &Value::Null).await.expect(200);
    }
    assert_eq!(listed(&world).await, acknowledged.len() as u64, "what was refused is not there");
    std::fs::remove_file(&ballast).unwrap();
    let began = Instant::now();
    let job = loop {
        if let Some(job) = write(&world, 3_000).await {
            break job;
        }
        assert!(began.elapsed() < DEADLINE, "it does not heal");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    acknowledged.push((job, 3_000));
    for (job, _) in &acknowledged {
        let began = Instant::now();
        while world.call("GET", &format!("{}/{job}", imports::JOBS), &Value::Null).await.expect(200)["status"] != "finished" {
            assert!(began.elapsed() < DEADLINE, "an import that was acknowledged does not end");
            world.clock.advance(SignedDuration::from_secs(1));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    let numbers: Vec<_> =
        world.keyed_events().await.into_iter().map(|(_, event)| event["payment"]["notice_code"].clone()).collect();
    for (_, number) in &acknowledged {
        let notice = json!(imports::notice(*number).to_string());
        assert_eq!(numbers.iter().filter(|one| **one == notice).count(), 1, "each due once");
    }
    meet_their_fates(&world, &asked).await;
    assert_eq!(listed(&world).await, acknowledged.len() as u64);
    assert_agreement(&world, asked.len()).await;
}

/// Takes whatever room there is.
fn fill(ballast: &Path) {
    let mut file = File::options().create(true).append(true).open(ballast).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
}

/// Asks for the import of one due; gives the job if it was acknowledged.
async fn write(world: &World, number: u64) -> Option<String> {
    let answer = imports::ask(world, &imports::file([imports::row(number)].into_iter())).await;
    match answer.status {
        201 => Some(answer.expect(201)["id"].as_str().unwrap().to_owned()),
        503 => None,
        _ => panic!("{} {}", answer.status, answer.body),
    }
}

async fn listed(world: &World) -> u64 {
    world.call("GET", imports::JOBS, &Value::Null).await.expect(200)["meta"]["total"].as_u64().unwrap()
}
