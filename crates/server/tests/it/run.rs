//! Starting and stopping.

use std::net::TcpListener;

use serde_json::Value;

use crate::program::{Place, Process, at_level, text};

#[test]
fn it_answers_and_ends_in_order() {
    let place = Place::new();
    for _ in 0..2 {
        let running = place.run(&["--roles", "identity"]);
        let (status, body) = running.get("/status");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &body["status"], &body["roles"]), (200, &"ok".into(), &serde_json::json!(["identity"])));
        assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(running.get("/metrics").0, 200);
        assert!(running.get("/docs").1.contains("identity"));
        let (status, body) = running.get("/nowhere");
        let problem: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &problem["type"], &problem["title"]), (404, &"/errors/not-found".into(), &"Non trovato".into()));
        let (status, page) = running.get("/errors/not-found");
        assert!(status == 200 && page.starts_with("# not-found"), "what the type of the problem names: {page}");
        assert_eq!(running.get("/errors/nothing").0, 404);
        let lines = running.stop();
        let infos: Vec<_> =
            at_level(&lines, "INFO").iter().map(|line| line["log_message"].as_str().unwrap().to_owned()).collect();
        assert_eq!(infos.last().map(String::as_str), Some("sportello stopped"));
        assert!(infos.iter().any(|message| message.starts_with("SIGTERM")), "{infos:?}");
        for line in lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            for member in ["level", "timestamp", "environment", "version", "event_type", "log_message"] {
                assert!(line[member].is_string(), "{member} of {line}");
            }
        }
        assert!(at_level(&lines, "ERROR").is_empty() && at_level(&lines, "WARNING").is_empty(), "{lines:?}");
    }
}

#[test]
fn ctrl_c_ends_it_in_order_too() {
    let running = Place::new().run(&["--roles", "identity"]);
    running.process.signal("INT");
    let (code, lines) = running.process.end();
    assert_eq!(code, Some(0));
    assert!(lines.iter().any(|line| line.contains("SIGINT")));
}

#[test]
fn an_embedded_database_is_served_by_one_process() {
    let place = Place::new();
    let first = place.run(&["--roles", "identity"]);
    let said = place.refused(&["run", "--roles", "identity"], 1);
    assert!(
        said.contains("Sportello è già in esecuzione") && said.contains(&format!("processo {}", first.process.id())),
        "{said}"
    );
    assert_eq!(at_level(&said.lines().map(str::to_owned).collect::<Vec<_>>(), "ERROR").len(), 1, "{said}");
    assert!(place.refused(&["migrate"], 1).contains("già in esecuzione"));
    assert_eq!(first.get("/status").0, 200);
    first.stop();
    place.run(&["--roles", "identity"]).stop();
}

#[test]
fn a_killed_process_leaves_no_lock() {
    let place = Place::new();
    let first = place.run(&["--roles", "identity"]);
    first.process.signal("KILL");
    assert_eq!(first.process.end().0, None);
    place.run(&["--roles", "identity"]).stop();
}

#[test]
fn a_taken_address_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = Place::new().refused(&["run", "--http", &address], 1);
    assert!(said.contains(&format!("Impossibile ascoltare su {address}")) && said.contains("--http"), "{said}");
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let place = Place::new();
    std::fs::write(place.folder.path().join("file"), "").unwrap();
    let said = place.refused(&["run", "--data", "file/inside"], 1);
    assert!(said.contains("Impossibile scrivere") && said.contains("--data"), "{said}");
}

#[test]
fn a_database_that_is_away_is_told() {
    let database = "postgres://sportello:segreta@127.0.0.1:1/none";
    let said = Place::new().refused(&["run", "--database", database], 1);
    assert!(said.contains("non è utilizzabile") && !said.contains("segreta"), "{said}");
}

#[test]
fn a_signal_during_the_start_ends_it_too() {
    // Somebody who accepts and never answers: the start waits for the database.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let database = format!("postgres://a@{}/b", silent.local_addr().unwrap());
    let process = Process::start(Place::new().command(&["run", "--database", &database]));
    let _connection = silent.accept().unwrap();
    process.signal("TERM");
    let (code, lines) = process.end();
    assert_eq!(code, Some(0), "{lines:?}");
}

#[test]
fn without_a_command_it_says_what_it_can_do() {
    let output = Place::new().tell(&[], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("Avvia i ruoli"));
    assert!(Place::new().ask(&["--version"]).contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn series_of_a_proxy_are_there_from_the_start() {
    let running = Place::new().run(&["--roles", "payment-proxy-sandbox"]);
    let metrics = running.get("/metrics").1;
    for name in ["success_events", "failed_events", "validation_errors", "provider_errors", "internal_errors"] {
        assert!(metrics.contains(&format!("\noc_payment_{name}_total{{")), "{name} in {metrics}");
    }
    running.stop();
}

#[test]
fn others_may_not_read_what_is_stored() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    place.run(&["--roles", "identity"]).stop();
    let data = place.folder.path().join("data");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&data), mode(&data.join("sportello.db"))), (0o700, 0o600));
    assert!(!place.ask(&["doctor"]).contains("chmod"));
    std::fs::set_permissions(&data, PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::set_permissions(data.join("sportello.db"), PermissionsExt::from_mode(0o644)).unwrap();
    let said = place.ask(&["doctor"]);
    assert!(said.contains("chmod 700") && said.contains("chmod 600"), "{said}");
}
