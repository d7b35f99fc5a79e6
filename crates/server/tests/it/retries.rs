//! What waits for its next attempt, seen and hurried from the command line.

use serde_json::{Value, json};

use crate::program::{Place, eventually, text};

const TENANT: &str = "60e35f02-1509-408c-b101-3b1a28109329";
const OTHER: &str = "60e35f02-1509-408c-b101-3b1a2810932a";

fn what_waits_is_tried_at_once_on_request(place: Place) {
    let running = place.run(&["--roles", "retry-orchestrator"]);
    // Events of one key wait for each other: they are of one application, and so of one tenant.
    let write = |topic: &str, key: &str, event: Value| {
        assert!(place.tell(&["topics", "write", topic, "--key", key], &format!("{event}\n")).status.success());
    };
    // A topic of somebody else's, so that it is there to go back to.
    write("pratiche-altrui", "chiave", json!({ "n": 0 }));
    for (number, tenant) in [(1, TENANT), (2, OTHER), (3, TENANT)] {
        let meta = json!({ "original_topic": "pratiche-altrui", "last_error": "il protocollo non risponde" });
        write("retry_queue", tenant, json!({ "n": number, "tenant_id": tenant, "retry_meta": meta }));
    }
    let list = |words: &[&str]| place.ask(&[&["retries", "list"], words].concat()).lines().map(str::to_owned).collect::<Vec<_>>();
    let lines = eventually("the events that wait", || Some(list(&[])).filter(|lines| lines.len() == 3));
    assert!(lines.iter().all(|line| line.contains("  tentativo 1  pratiche-altrui/60e35f02-")), "{lines:?}");
    assert!(lines.iter().all(|line| line.ends_with("  il protocollo non risponde")), "{lines:?}");
    assert_eq!(list(&["--tenant", OTHER]), lines[1..2]);
    assert_eq!(list(&["--topic", "documents"]), [""; 0]);
    let complaint = |words: &[&str]| text(&place.tell(&[&["retries"], words].concat(), "").stderr);
    assert_eq!(complaint(&["list"]), "");
    let none = "Nessun evento attende un nuovo tentativo nel topic documents.\n";
    assert_eq!(complaint(&["list", "--topic", "documents"]), none);
    for command in ["list", "hurry"] {
        let said = complaint(&[command, "--topic", "documnets"]);
        assert!(said.contains("Il topic documnets non c'è") && said.contains("pratiche-altrui"), "{said}");
    }
    let back = || place.ask(&["topics", "read", "pratiche-altrui"]).lines().count();
    assert_eq!(place.ask(&["retries", "hurry", "--topic", "documents"]), "Ritentati subito: 0.\n");
    assert_eq!(place.ask(&["retries", "hurry", "--tenant", OTHER]), "Ritentati subito: 1.\n");
    eventually("the event of that tenant", || (back() == 2).then_some(()));
    assert_eq!(list(&[]), [&lines[..1], &lines[2..]].concat());
    assert_eq!(place.ask(&["retries", "hurry"]), "Ritentati subito: 2.\n");
    eventually("the others", || (back() == 4).then_some(()));
    assert_eq!(list(&[]), [""; 0]);
    assert_eq!(complaint(&["list"]), "Nessun evento attende un nuovo tentativo.\n");
    // In the order in which they failed.
    let events = place.ask(&["topics", "read", "pratiche-altrui"]);
    let numbers: Vec<Value> =
        events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["event"]["n"].clone()).collect();
    assert_eq!(json!(numbers), json!([0, 2, 1, 3]));
    assert_eq!(place.ask(&["retries", "hurry"]), "Ritentati subito: 0.\n");
    let refused = place.refused(&["retries", "hurry", "--tenant", "bugliano"], 2);
    assert!(refused.contains("--tenant") && refused.contains("tenants list"), "{refused}");
    running.stop();
}

#[test]
fn in_sqlite() {
    what_waits_is_tried_at_once_on_request(Place::new());
}

#[test]
fn in_postgresql() {
    let database = engines::postgres();
    what_waits_is_tried_at_once_on_request(Place::new().with("SPORTELLO_DATABASE", database.url()));
}
