//! A Kafka cluster as public bodies have them: encrypted, with names and passwords.

use std::path::PathBuf;
use std::sync::OnceLock;

use bus::{Credentials, Mechanism, Protocol, Security};

use super::*;

/// One broker for all tests of the file.
fn broker() -> &'static engines::Kafka {
    static BROKER: OnceLock<engines::Kafka> = OnceLock::new();
    BROKER.get_or_init(engines::Kafka::start_protected)
}

/// What the broker wants.
async fn security(mechanism: Mechanism) -> Security {
    let broker = tokio::task::spawn_blocking(broker).await.unwrap();
    let (username, password) = engines::Kafka::CREDENTIALS;
    Security {
        protocol: Protocol::SaslSsl,
        credentials: Some(Credentials { mechanism, username: username.to_owned(), password: password.to_owned() }),
        authorities: Some(broker.certificate()),
        identity: None,
    }
}

fn client(security: &Security) -> Kafka {
    Kafka::new(&broker().protected(), security).unwrap()
}

/// Why the cluster cannot be used.
async fn refusal(security: &Security) -> String {
    let kafka = client(security);
    let began = std::time::Instant::now();
    let refused = kafka.ensure_topics(&["never"], 1).await.unwrap_err().to_string();
    assert!(began.elapsed() < Duration::from_secs(15), "waiting does not help: {refused}");
    // Whoever publishes, reads or asks hears the same.
    let asked = kafka.check().await.unwrap_err().to_string();
    let begin = |text: &str| text.chars().take(30).collect::<String>();
    assert_eq!(begin(&asked), begin(&refused));
    let (_, password) = engines::Kafka::CREDENTIALS;
    assert!(!refused.contains(password) && !format!("{kafka:?}").contains(password), "{refused}");
    refused
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_written_and_read_with_each_mechanism() {
    for mechanism in [Mechanism::Plain, Mechanism::Scram256, Mechanism::Scram512] {
        let kafka = client(&security(mechanism).await);
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
        let mut fixture = Fixture::new(url, Some(kafka.clone()), vec![Box::new(folder)]).await;
        let seen = Seen::default();
        let noted = seen.clone();
        fixture.start(fixture.db.clone(), "p", move |_, event| {
            noted.note(event);
            Ok(Outcome::Done)
        });
        for number in 0..10 {
            fixture.emit("a", &number.to_string()).await;
        }
        seen.until(10).await;
        let topic = fixture.topic;
        assert!(kafka.topics().await.unwrap().iter().any(|other| other == topic));
        let read = Arc::new(AtomicU32::new(0));
        let counting = Arc::clone(&read);
        let (_stopper, stop) = Stopper::new();
        let visit = move |_, _: &str, _: &str| _ = counting.fetch_add(1, Ordering::SeqCst);
        kafka.read(topic, false, stop, visit).await.unwrap();
        assert_eq!(read.load(Ordering::SeqCst), 10, "{mechanism}");
        until(|| async { kafka.backlog(fixture.name, topic).await.unwrap() == 0 }).await;
        fixture.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_as_such() {
    for mechanism in [Mechanism::Plain, Mechanism::Scram512] {
        let right = security(mechanism).await;
        let credentials = right.credentials.clone().unwrap();
        let credentials = Some(Credentials { password: "sbagliata".to_owned(), ..credentials });
        let refused = refusal(&Security { credentials, ..right }).await;
        assert!(refused.starts_with("kafka: il cluster rifiuta nome utente e password (SASL): "), "{refused}");
        assert!(!refused.contains("sbagliata"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_trusts_is_told_as_such() {
    let right = security(Mechanism::Plain).await;
    // The system knows nothing of this one.
    let refused = refusal(&Security { authorities: None, ..right }).await;
    assert!(refused.starts_with("kafka: la connessione cifrata (TLS) non riesce: "), "{refused}");
    assert!(refused.contains("certificate verify failed"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_may_ask_for_our_certificate() {
    let right = security(Mechanism::Scram256).await;
    let own = Some((broker().certificate(), broker().key()));
    client(&Security { identity: own, ..right.clone() }).check().await.unwrap();
    // One that it does not know.
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("a.crt"), folder.path().join("a.key"));
    engines::certify(&key, &certificate).unwrap();
    let refused = refusal(&Security { identity: Some((certificate, key)), ..right }).await;
    assert!(refused.starts_with("kafka: la connessione cifrata (TLS) non riesce: "), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_certificate_is_refused_at_once() {
    let right = security(Mechanism::Plain).await;
    let refused = Kafka::new("127.0.0.1:1", &Security { authorities: Some(PathBuf::from("/nowhere/ca.pem")), ..right });
    assert!(refused.unwrap_err().to_string().contains("ssl.ca.location"));
}

/// A cluster that does not answer is another thing than one that refuses.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_is_not_there_is_told_as_such() {
    let nobody = format!("127.0.0.1:{}", engines::free_port().unwrap());
    let kafka = Kafka::new(&nobody, &Security::default()).unwrap();
    let told = kafka.check().await.unwrap_err().to_string();
    assert!(told.contains("refused") && !told.contains("SASL"), "{told}");
}
