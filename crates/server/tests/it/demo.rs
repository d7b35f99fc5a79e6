//! `sportello run --demo`: everything in one process, with somebody to be.

use std::io::Write;
use std::net::TcpStream;

use serde_json::Value;

use crate::program::{Place, Running, answer, at_level, eventually};

const ADMIN: &str = r#"{"username":"admin","password":"demo"}"#;

/// Starts the demonstration and waits until it is settled.
fn demo(place: &Place) -> Running {
    let running = place.run(&["--demo"]);
    eventually("the demonstration", || {
        assert!(running.process.is_alive(), "ended early: {:?}", running.process.lines());
        running.process.lines().iter().any(|line| line.contains("the demonstration is ready")).then_some(())
    });
    running
}

#[test]
fn the_demo_municipality_lets_its_people_in() {
    let place = Place::new();
    // A second start finds everything settled.
    for _ in 0..2 {
        let running = demo(&place);
        for (tenant, username) in
            [("comune-di-bugliano", "BNRMHL75C06G702B"), ("comune-di-bugliano", "my-api-user"), ("comune-di-vallelaghi", "admin")]
        {
            let body = format!(r#"{{"username":"{username}","password":"demo"}}"#);
            let (status, token) = running.post(&format!("/{tenant}/api/auth"), &body);
            assert_eq!(status, 200, "{username}: {token}");
        }
        let (status, session) =
            running.post("/comune-di-bugliano/api/session", r#"{"provider":"demo","fiscal_code":"CLNVTR76P01G822Q"}"#);
        assert_eq!(status, 201, "{session}");
        assert_eq!(running.get("/comune-di-bugliano/it/").0, 200);
        let (status, problem) = running.get("/comune-di-bugliano/api/nowhere");
        assert!(status == 404 && problem.contains("\"/errors/not-found\""), "programs get no page: {problem}");
        let (_, keys) = running.get("/.well-known/jwks.json");
        assert_eq!(serde_json::from_str::<Value>(&keys).unwrap()["keys"].as_array().unwrap().len(), 2);
        let lines = running.stop();
        let infos = at_level(&lines, "INFO");
        let signed_in = infos.iter().find(|line| line["event_type"] == "POST /{tenant}/api/auth").unwrap();
        assert!(signed_in["tenant"].as_str().is_some_and(|tenant| tenant.len() == 36), "by identifier: {signed_in}");
        assert!(at_level(&lines, "ERROR").is_empty() && at_level(&lines, "WARNING").is_empty(), "{lines:?}");
    }
}

#[test]
fn without_the_option_nobody_has_a_password() {
    let place = Place::new();
    let running = place.run(&[]);
    assert_eq!(running.post("/comune-di-bugliano/api/auth", ADMIN).0, 404);
    assert_eq!(running.get("/demo/psp/ledger").0, 404);
    running.stop();
}

#[test]
fn a_request_in_hand_is_answered_before_the_end() {
    let running = demo(&Place::new());
    let (first, rest) = ADMIN.split_at(10);
    let mut request = running.open("POST", "/comune-di-bugliano/api/auth", first, ADMIN.len());
    running.process.signal("TERM");
    eventually("the end of new connections", || TcpStream::connect(running.address).is_err().then_some(()));
    request.write_all(rest.as_bytes()).unwrap();
    let (status, body) = answer(request);
    assert!(status == 200 && body.contains("token"), "{status} {body}");
    let (code, lines) = running.process.end();
    assert_eq!(code, Some(0));
    assert!(at_level(&lines, "WARNING").is_empty(), "{lines:?}");
}

#[test]
fn a_client_that_never_finishes_does_not_hold_the_end_up() {
    let place = Place::new().with("SPORTELLO_STOP_TIMEOUT_S", "2");
    let running = place.run(&["--roles", "identity"]);
    let _request = running.open("POST", "/comune-di-bugliano/api/session-auth", "{", 100);
    let lines = running.stop();
    assert!(lines.iter().any(|line| line.contains("sportello stopped")), "{lines:?}");
}
