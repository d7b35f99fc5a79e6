//! Registries that fail at random while processes die at random. Whatever happens, the registry's own ledger says in the end that no document
//! was registered twice, none was lost, and no attachment is missing from a registration that is called complete.
//!
//! `CHAOS_SEED` repeats a run.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use kernel::Rng;
use serde_json::{Value, json};
use storage::params;

use crate::stage::{self, Stage, on_every_registry};
use crate::world::World;

on_every_registry!(whatever_fails_no_document_is_registered_twice_or_lost);

#[tokio::test]
async fn on_postgres_too() {
    let stage = Stage::on(World::on_postgres().await, &stage::SANDBOX).await;
    whatever_fails_no_document_is_registered_twice_or_lost(stage).await;
}

/// How a registry misbehaves.
const MODES: [&str; 5] = ["refuse", "error", "garbage", "half", "timeout"];
/// Applications, and documents of each.
const APPLICATIONS: u64 = 3;
const DOCUMENTS: u64 = 4;

async fn whatever_fails_no_document_is_registered_twice_or_lost(stage: Stage) {
    let seed = std::env::var("CHAOS_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| Rng::system().below(u64::from(u32::MAX)));
    println!("CHAOS_SEED={seed} repeats this run");
    let rng = Rng::seeded(seed);
    stage.configure().await;
    let (mut stage, mut documents) = (stage, Vec::new());
    let applications: Vec<_> = (0..APPLICATIONS).map(|_| stage.world.app.rng().uuid()).collect();
    for turn in 0..DOCUMENTS {
        for (index, application) in applications.iter().enumerate() {
            let mode = MODES[usize::try_from(rng.below(MODES.len() as u64)).unwrap()];
            let (before, times) = (u32::try_from(rng.below(6)).unwrap(), u32::try_from(1 + rng.below(3)).unwrap());
            stage.world.registry_will_be(mode, before, Some(times)).await;
            let mut document = stage.world.document();
            document["remote_id"] = json!(application);
            document["title"] = json!(format!("documento {turn} della pratica {index}"));
            stage.put(&document, &document).await;
            documents.push(document);
            // Which came first is told by the clock.
            stage.world.clock.advance(SignedDuration::from_secs(1));
            stage = happen(stage, &rng).await;
        }
    }
    stage.world.registry_is("ok", None).await;
    stage.until(|| async { open(&stage, &documents).await.is_empty() }).await;
    judge(&stage, &documents).await;
}

/// Something happens, or nothing: time passes, or the process dies amid its work.
async fn happen(stage: Stage, rng: &Rng) -> Stage {
    match rng.below(4) {
        // What ends here as a process goes on for a moment as a task: only a registry that recognises what is repeated cannot tell.
        // How a process dies before others is `docarea::a_process_that_dies_while_a_number_is_asked_for_asks_no_second_time`.
        0 if stage.registry.recognises => {
            // After some of the calls that are under way, or before any of them.
            let (calls, began) = (asked(&stage).await + usize::try_from(rng.below(6)).unwrap(), Instant::now());
            while asked(&stage).await < calls && began.elapsed() < Duration::from_millis(500) {
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
            stage.crash().await
        }
        0 | 1 => {
            stage.world.idle().await;
            stage.world.clock.advance(SignedDuration::from_mins(10));
            stage
        }
        _ => stage,
    }
}

/// How many times the registry was asked for something.
async fn asked(stage: &Stage) -> usize {
    let entries = stage.world.call("GET", "/demo/registry/ledger", &Value::Null).await.expect(200);
    entries.as_array().unwrap().len()
}

/// The documents that are neither registered nor left to an operator.
async fn open(stage: &Stage, documents: &[Value]) -> HashSet<String> {
    let read = stage.world.app.db().read(|tx| {
        let sql = "SELECT payload FROM events WHERE topic = 'documents' UNION ALL SELECT payload FROM dead_letters";
        tx.all(sql, params![], |row| row.get::<String>(0))
    });
    let mut open: HashSet<_> = documents.iter().map(|document| document["id"].as_str().unwrap().to_owned()).collect();
    let (letters, events): (Vec<_>, Vec<_>) = (left(stage).await, read.await.unwrap());
    for text in events {
        let event: Value = serde_json::from_str(&text).unwrap();
        if event["status"] == "REGISTRATION_COMPLETE" {
            open.remove(event["id"].as_str().unwrap());
        }
    }
    open.retain(|id| !letters.iter().any(|(letter, _)| letter == id));
    open
}

/// The documents that were left to an operator, and why.
async fn left(stage: &Stage) -> Vec<(String, String)> {
    let sql = "SELECT payload, reason FROM dead_letters";
    let read = move |tx: &mut storage::Tx<'_>| tx.all(sql, params![], |row| Ok((row.get::<String>(0)?, row.get(1)?)));
    let letters: storage::Result<Vec<(String, String)>> = stage.world.app.db().read(read).await;
    let id = |payload: String| serde_json::from_str::<Value>(&payload).unwrap()["id"].as_str().unwrap().to_owned();
    letters.unwrap().into_iter().map(|(payload, reason)| (id(payload), reason)).collect()
}

/// Compares what we say with what the registry has.
async fn judge(stage: &Stage, documents: &[Value]) {
    let (registered, attached) =
        (stage.world.ledger("accepted", "document").await, stage.world.ledger("accepted", "attachment").await);
    let letters = left(stage).await;
    if stage.registry.recognises {
        assert_eq!(letters, [], "nothing is left to an operator that can be asked for again");
    }
    let mut last = vec![0; APPLICATIONS as usize];
    for (place, document) in documents.iter().enumerate() {
        let title = &document["title"];
        let entries: Vec<_> = registered.iter().filter(|entry| &entry["subject"] == title).collect();
        assert!(entries.len() <= 1, "{title} is registered more than once: {entries:?}");
        let complete: Vec<_> =
            stage.documents(document).await.into_iter().filter(|event| event["status"] == "REGISTRATION_COMPLETE").collect();
        assert!(complete.len() <= 1, "{title} is complete more than once");
        let Some(event) = complete.first() else {
            let (_, reason) = letters.iter().find(|(id, _)| document["id"] == id.as_str()).unwrap();
            assert!(reason.contains("non si sa che cosa abbia fatto il protocollo"), "{title} was given up: {reason}");
            continue;
        };
        let entry = entries.first().unwrap_or_else(|| panic!("{title} is called complete, and the registry has it not"));
        assert_eq!(event["registration_data"]["document_number"], entry["number"]);
        let of_document = attached.iter().filter(|attachment| attachment["document_id"] == entry["document_id"]);
        let names: Vec<_> = of_document.map(|attachment| attachment["file_name"].clone()).collect();
        assert_eq!(names, ["planimetria.pdf", "delega.pdf"], "the attachments of {title}");
        let (number, last) = (number(event), &mut last[place % APPLICATIONS as usize]);
        // Behind one that was left to an operator, the others go on.
        assert!(number > *last || !letters.is_empty(), "{title} has number {number}, a later document {last}");
        *last = number;
    }
}

/// `12` of `0000012/2026`.
fn number(event: &Value) -> u64 {
    let number = event["registration_data"]["document_number"].as_str().unwrap();
    number.split('/').next().unwrap().parse().unwrap()
}
