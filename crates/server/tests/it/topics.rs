//! Events seen and injected from the command line.

use serde_json::{Value, json};

use crate::program::{Place, Process, eventually, text};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_is_written_is_read_beside_a_running_server() {
    let place = Place::new();
    let running = place.run(&["--roles", "identity"]);
    let events = "{\"id\":\"i1\",\"service_id\":\"s1\",\"amount\":1.10}\n\n{\"id\":\"i2\",\"service_id\":\"s2\",\"text\":\"è\\n\u{9b}2J\"}\n";
    let written = place.tell(&["topics", "write", "payments"], events);
    assert!(written.status.success());
    // A topic of ours is no news, even when it is empty.
    let said = (text(&written.stdout), text(&written.stderr));
    assert_eq!(said, ("Eventi pubblicati nel topic payments: 2.\n".to_owned(), String::new()));
    let read = lines(&place.ask(&["topics", "read", "payments"]));
    assert_eq!(read[0], json!({ "position": 1, "key": "s1", "event": { "id": "i1", "service_id": "s1", "amount": 1.10 } }));
    assert_eq!((read.len(), &read[1]["key"], &read[1]["event"]["text"]), (2, &json!("s2"), &json!("è\n\u{9b}2J")));
    assert!(!place.ask(&["topics", "read", "payments"]).contains(|c: char| c.is_control() && c != '\n'));
    assert_eq!(lines(&place.ask(&["topics", "read", "payments", "--from", "2"])).len(), 1);
    assert_eq!(place.ask(&["topics", "read", "documents"]), "");
    let mistyped = place.tell(&["topics", "read", "paymets"], "");
    assert_eq!(text(&mistyped.stderr), "Nel topic paymets non c'è ancora nulla. Topic con eventi: payments.\n");
    assert_eq!(lines(&place.ask(&["topics", "list"])), [json!({ "topic": "payments", "events": 2, "last": 2 })]);

    // What was read goes into another place as it was, keys included.
    let copied = place.ask(&["topics", "read", "payments"]);
    let written = place.tell(&["topics", "write", "copies"], &copied);
    assert!(written.status.success());
    assert!(text(&written.stderr).starts_with("Attenzione: il topic copies è nuovo"), "{}", text(&written.stderr));
    assert!(text(&written.stderr).ends_with("Topic con eventi: payments.\n"), "{}", text(&written.stderr));
    let again = place.tell(&["topics", "write", "copies"], "");
    assert_eq!(
        (text(&again.stdout), text(&again.stderr)),
        ("Eventi pubblicati nel topic copies: 0.\n".to_owned(), String::new())
    );
    let copies = lines(&place.ask(&["topics", "read", "copies"]));
    assert_eq!((&copies[0]["key"], &copies[0]["event"]), (&read[0]["key"], &read[0]["event"]));
    running.stop();
    assert_eq!(lines(&place.ask(&["topics", "read", "payments"])).len(), 2, "also without a server");
}

#[test]
fn new_events_are_followed_until_the_reader_is_asked_to_end() {
    let place = Place::new();
    place.ask(&["migrate"]);
    let reader = Process::start(place.command(&["topics", "read", "payments", "--follow"]));
    for id in ["i1", "i2"] {
        let line = format!("{{\"id\":\"{id}\"}}\n");
        assert!(place.tell(&["topics", "write", "payments"], &line).status.success());
        eventually("the event", || reader.lines().iter().any(|line| line.contains(id)).then_some(()));
    }
    reader.signal("INT");
    let (code, lines) = reader.end();
    assert_eq!((code, lines.len()), (Some(0), 2));
}

#[test]
fn a_wrong_line_is_named_and_those_before_it_are_published() {
    let place = Place::new();
    place.ask(&["migrate"]);
    let output = place.tell(&["topics", "write", "payments"], "{\"id\":\"i1\"}\n{broken\n{\"id\":\"i3\"}\n");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("Riga 2") && said.contains("--raw") && said.contains("Pubblicati 1"), "{said}");
    assert!(place.tell(&["topics", "write", "payments", "--raw", "--key", "k"], "{broken\n").status.success());
    let read = lines(&place.ask(&["topics", "read", "payments"]));
    assert_eq!((read.len(), &read[1]["key"], &read[1]["raw"]), (2, &json!("k"), &json!("{broken")));
}

#[test]
fn a_place_without_a_database_is_left_alone() {
    let place = Place::new();
    for words in [&["topics", "list"][..], &["topics", "read", "payments"], &["topics", "write", "payments"]] {
        assert!(place.refused(words, 1).contains("avviare prima sportello run"));
    }
    assert!(!place.folder.path().join("data").exists());
}

#[test]
fn kafka_is_read_and_written_alike() {
    let place = Place::new().with("SPORTELLO_BUS", format!("kafka://{}", engines::kafka()));
    let topic = engines::unique("server-topics");
    assert!(place.tell(&["topics", "write", &topic, "--key", "k"], "{\"id\":\"i1\"}\n{\"id\":\"i2\"}\n").status.success());
    let read = lines(&place.ask(&["topics", "read", &topic]));
    assert_eq!((read.len(), &read[0]["key"], &read[1]["event"]["id"]), (2, &json!("k"), &json!("i2")));
    assert_eq!(lines(&place.ask(&["topics", "read", &topic, "--from", "1"])).len(), 1);
    assert!(lines(&place.ask(&["topics", "list"])).contains(&json!({ "topic": topic })));
}
