//! Settings: mistakes are told once, all together, and secrets never.

use crate::program::{Place, at_level};

fn errors_of_run(place: &Place) -> Vec<String> {
    let said = place.refused(&["run"], 2);
    let lines: Vec<_> = said.lines().map(str::to_owned).collect();
    at_level(&lines, "ERROR").iter().map(|line| line["log_message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_mistake_is_in_one_line_and_nothing_is_started() {
    let place = Place::new()
        .with("SPORTELLO_HTPP", "127.0.0.1:0")
        .with("SPORTELLO_TOKEN_LIFETIME_S", "1h")
        .with("SPORTELLO_SESSION_IDLE_S", "5")
        .with("SPORTELLO_ROLES", "identity,identiti");
    let errors = errors_of_run(&place);
    assert_eq!(errors.len(), 1, "{errors:?}");
    for name in ["SPORTELLO_HTPP", "SPORTELLO_TOKEN_LIFETIME_S", "SPORTELLO_SESSION_IDLE_S", "SPORTELLO_ROLES"] {
        assert!(errors[0].contains(name), "{name} in {errors:?}");
    }
    assert!(!place.folder.path().join("data").exists());
    let said = place.refused(&["config", "check"], 2);
    assert_eq!(said.lines().count(), 5, "{said}");
    assert!(place.refused(&["topics", "list"], 2).contains("SPORTELLO_HTPP"));
}

#[test]
fn roles_of_several_processes_do_not_start_without_their_common_secret() {
    // An empty variable counts as unset.
    let place = Place::new().with("SPORTELLO_SECRET", "").with("SPORTELLO_ROLES", "platform,pages");
    let errors = errors_of_run(&place);
    assert!(errors.len() == 1 && errors[0].contains("SPORTELLO_SECRET"), "{errors:?}");
    assert!(!place.folder.path().join("data").exists(), "nothing is drawn");
}

#[test]
fn stand_ins_do_not_start_outside_of_a_demonstration() {
    let errors = errors_of_run(&Place::new().with("SPORTELLO_ROLES", "demo-psp"));
    assert!(errors.len() == 1 && errors[0].contains("--demo"), "{errors:?}");
}

#[test]
fn options_lie_over_variables() {
    let place = Place::new().with("SPORTELLO_BUS", "nonsense");
    assert!(place.refused(&["config", "check"], 2).contains("SPORTELLO_BUS"));
    assert_eq!(place.ask(&["config", "check", "--bus", "embedded:"]), "La configurazione è valida.\n");
}

#[test]
fn the_dump_is_a_file_of_settings_without_secrets() {
    let place =
        Place::new().with("SPORTELLO_SECRET", "0123456789abcdef0123456789abcdef").with("SPORTELLO_ENVIRONMENT", "boat-qa");
    let place = place.with("SPORTELLO_DATABASE", "postgres://sportello:hunter2@db.example.it/sportello");
    let dump = place.ask(&["config", "dump"]);
    assert!(dump.contains("\nSPORTELLO_ENVIRONMENT=boat-qa\n") && dump.contains("\n#SPORTELLO_SECRET=***\n"), "{dump}");
    assert!(dump.contains("\n#SPORTELLO_TOKEN_LIFETIME_S=3600\n"), "settings of every role: {dump}");
    assert!(!dump.contains("0123456789abcdef") && !dump.contains("hunter2"), "{dump}");
    // Each setting has a sentence before it.
    for (number, line) in dump.lines().enumerate().filter(|(_, line)| line.contains('=') && !line.starts_with("# ")) {
        assert!(dump.lines().nth(number - 1).unwrap().starts_with("# "), "{line}");
    }
}

#[test]
fn a_kafka_that_is_protected_badly_is_told_before_anything_starts() {
    let place = || Place::new().with("SPORTELLO_BUS", "kafka://127.0.0.1:9").with("SPORTELLO_KAFKA_SASL_PASSWORD", "hunter2");
    let errors = errors_of_run(&place());
    assert!(errors.len() == 1 && errors[0].contains("SPORTELLO_KAFKA_SASL_PASSWORD: ha effetto solo con "), "{errors:?}");
    let half = place().with("SPORTELLO_KAFKA_SECURITY_PROTOCOL", "sasl_ssl");
    let said = half.refused(&["config", "check"], 2);
    for missing in ["SPORTELLO_KAFKA_SASL_MECHANISM: ", "SPORTELLO_KAFKA_SASL_USERNAME: "] {
        assert!(said.contains(missing) && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_kafka_that_refuses_us_is_told_at_the_start() {
    let broker = engines::Kafka::start_protected();
    let (username, password) = engines::Kafka::CREDENTIALS;
    let place = |password: &str| {
        Place::new()
            .with("SPORTELLO_BUS", format!("kafka://{}", broker.protected()))
            .with("SPORTELLO_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
            .with("SPORTELLO_KAFKA_SASL_MECHANISM", "SCRAM-SHA-512")
            .with("SPORTELLO_KAFKA_SASL_USERNAME", username)
            .with("SPORTELLO_KAFKA_SASL_PASSWORD", password)
            .with("SPORTELLO_KAFKA_SSL_CA", broker.certificate().display().to_string())
    };
    let wrong = place("hunter2");
    for words in [&["run", "--roles", "retry-orchestrator"][..], &["doctor"], &["topics", "list"]] {
        let said = wrong.refused(words, 1);
        assert!(said.contains("il cluster rifiuta nome utente e password (SASL)") && !said.contains("hunter2"), "{said}");
    }
    let right = place(password);
    let running = right.run(&["--roles", "retry-orchestrator"]);
    assert_eq!(running.get("/status").0, 200);
    assert!(right.ask(&["topics", "list"]).contains("retry_queue"));
    let lines = running.stop();
    assert!(!lines.join("\n").contains(password), "{lines:?}");
}
