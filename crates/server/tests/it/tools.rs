//! The commands that do one thing and end.

use serde_json::Value;

use crate::program::Place;

#[test]
fn roles_are_listed_and_documented() {
    let place = Place::new();
    let roles = place.ask(&["roles"]);
    assert!(roles.lines().any(|line| line.starts_with("identity ")), "{roles}");
    let document: Value = serde_json::from_str(&place.ask(&["openapi", "identity"])).unwrap();
    assert!(document["paths"]["/{tenant}/api/auth"]["post"].is_object());
    assert!(place.refused(&["openapi", "nobody"], 1).contains("sportello roles"));
    assert!(!place.folder.path().join("data").exists(), "a question leaves nothing behind");
}

#[test]
fn a_database_is_migrated_before_the_first_start() {
    let place = Place::new();
    assert!(place.ask(&["migrate"]).contains("schema della versione"));
    assert!(place.ask(&["migrate"]).contains("schema della versione"));
    place.run(&["--roles", "identity"]).stop();
}

#[test]
fn a_job_runs_beside_the_server() {
    let place = Place::new();
    assert!(place.refused(&["job", "forget-sessions"], 1).contains("non esiste"));
    let running = place.run(&[]);
    assert!(place.ask(&["job", "forget-sessions"]).contains("job done"));
    assert!(place.ask(&["job", "forget-old-events"]).contains("job done"), "of every process");
    let said = place.refused(&["job", "nothing"], 1);
    assert!(said.contains("forget-sessions") && said.contains("replace-signing-keys"), "{said}");
    running.stop();
}

#[test]
fn the_doctor_finds_a_healthy_place() {
    let place = Place::new();
    for _ in 0..2 {
        let report = place.ask(&["doctor"]);
        assert!(
            report.lines().count() >= 10 && report.lines().all(|line| line.starts_with('✓') || line.starts_with('!')),
            "{report}"
        );
        place.run(&["--roles", "identity"]).stop();
    }
    let running = place.run(&["--roles", "identity"]);
    let address = running.address.to_string();
    let report = place.ask(&["doctor", "--http", &address]);
    assert!(report.contains("risponde già Sportello"), "{report}");
    let said = place.ask(&["doctor", "--url", &format!("http://{address}")]);
    assert!(said.contains("tutto funziona"), "{said}");
    running.stop();
    assert!(place.refused(&["doctor", "--url", &format!("http://{address}")], 1).contains("non risponde"));
}

#[test]
fn the_doctor_says_what_is_wrong() {
    use std::os::unix::fs::PermissionsExt;
    // Without a secret of its own: one process with every role draws it.
    let place = Place::new().with("SPORTELLO_SECRET", "");
    place.run(&[]).stop();
    let secret = place.folder.path().join("data/secret");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    // Whoever takes the address hangs up on every question.
    let address = taken.local_addr().unwrap().to_string();
    std::thread::spawn(move || taken.incoming().for_each(drop));
    let said = place.refused(&["doctor", "--http", &address, "--bus", "kafka://127.0.0.1:1"], 1);
    for (what, hint) in [("segreto", "chmod 600"), ("indirizzo HTTP", "--http"), ("bus degli eventi", "non è utilizzabile")] {
        let line = said.lines().find(|line| line.starts_with(&format!("✗ {what}"))).unwrap_or_else(|| panic!("{what} in {said}"));
        assert!(line.contains(hint), "{line}");
    }
    assert!(said.contains("Problemi da risolvere: 3."), "{said}");
}
