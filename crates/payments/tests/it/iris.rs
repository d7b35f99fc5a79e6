//! IRIS passes the suite of all providers, against a stand-in that is as strict as its schemas.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use payments::providers::iris::{Addresses, Iris};
use payments::providers::{Paper, Position, Provider, ProviderError};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::conformance::{Subject, conformance, one};
use crate::served::IRIS;
use crate::world::World;

conformance!(stand_in, crate::iris::IrisSubject);

pub struct IrisSubject {
    world: World,
    provider: Iris,
}

impl Subject for IrisSubject {
    async fn start() -> Self {
        let world = World::with_on_sqlite(&IRIS).await;
        let provider = Iris::new(&world.app, &Addresses::default(), Duration::from_millis(1_800));
        Self { world, provider }
    }

    fn world(&self) -> &World {
        &self.world
    }

    fn provider(&self) -> &dyn Provider {
        &self.provider
    }
}

/// The same over a real connection.
#[tokio::test]
async fn iris_is_reached_over_http_too() {
    let world = World::with_on_sqlite(&IRIS).await;
    let url = world.listen().await;
    let at = |path: &str| Some(format!("{url}/demo/iris/{path}"));
    let addresses =
        Addresses { dues: at("otf"), numbers: at("iuv"), verify: at("verifica"), outcome: at("esito"), notices: at("avvisi") };
    let provider = Iris::new(&world.app, &addresses, Duration::from_secs(5));
    let subject = IrisSubject { world, provider };
    crate::conformance::a_position_is_created_found_and_paid(&subject).await;
}

/// Where the child finds certificates; harness variables are not settings.
const CERTIFICATES: &str = "SPORTELLO_TEST_CERTIFICATES";

/// Whom a process trusts it reads once, from a variable: therefore the child.
#[test]
fn iris_is_shown_the_certificate_of_the_body() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plain.cnf"), "[req]\ndistinguished_name = dn\n[dn]\n").unwrap();
    certificate(folder.path(), "authority", None, &["basicConstraints=critical,CA:TRUE"]);
    certificate(folder.path(), "server", Some("authority"), &["subjectAltName=IP:127.0.0.1"]);
    certificate(folder.path(), "body", Some("authority"), &["extendedKeyUsage=clientAuth"]);
    certificate(folder.path(), "stranger", None, &["extendedKeyUsage=clientAuth"]);
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["iris::story_of_a_certificate", "--exact", "--ignored", "--quiet"]);
    child.env(CERTIFICATES, folder.path()).env("SSL_CERT_FILE", folder.path().join("authority.pem"));
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Makes a certificate with its key, signed by another or by itself.
fn certificate(folder: &Path, name: &str, signer: Option<&str>, extensions: &[&str]) {
    let mut openssl = Command::new("openssl");
    openssl.current_dir(folder).args(["req", "-x509", "-config", "plain.cnf", "-days", "2", "-nodes", "-newkey", "ec"]);
    openssl.args(["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", &format!("/CN={name}")]);
    openssl.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")]);
    openssl.args(extensions.iter().flat_map(|extension| ["-addext", extension]));
    if let Some(signer) = signer {
        openssl.args(["-CA", &format!("{signer}.pem"), "-CAkey", &format!("{signer}.key")]);
    }
    let output = openssl.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by iris_is_shown_the_certificate_of_the_body"]
async fn story_of_a_certificate() {
    let folder = std::path::PathBuf::from(std::env::var(CERTIFICATES).expect("run by the test above"));
    let subject = IrisSubject::start().await;
    let url = front(&folder, subject.world.listen().await).await;
    let at = |path: &str| Some(format!("{url}/demo/iris/{path}"));
    let addresses =
        Addresses { dues: at("otf"), numbers: at("iuv"), verify: at("verifica"), outcome: at("esito"), notices: at("avvisi") };
    let provider = Iris::new(&subject.world.app, &addresses, Duration::from_secs(5));
    // In one line, as configurations have it.
    let shown = |name: &str| {
        let pem = ["pem", "key"].map(|kind| std::fs::read_to_string(folder.join(format!("{name}.{kind}"))).unwrap()).concat();
        subject.tenant_with(json!({ "cert": pem.replace('\n', "") }))
    };
    let position = one(&subject, 1).await;
    for unknown in [subject.tenant(), shown("stranger")] {
        let refused = provider.create(&unknown, &position).await;
        assert!(matches!(refused, Err(ProviderError::Unclear(_))), "{refused:?}");
        assert_eq!(subject.books().await, (0, 0));
    }
    provider.create(&shown("body"), &position).await.unwrap();
    assert_eq!(subject.books().await, (1, 0));
}

/// A door before `upstream` that lets in who shows a certificate of the authority; gives its address.
async fn front(folder: &Path, upstream: String) -> String {
    let pem = |name: &str| CertificateDer::pem_file_iter(folder.join(name)).unwrap().map(Result::unwrap).collect::<Vec<_>>();
    let mut roots = RootCertStore::empty();
    pem("authority.pem").into_iter().for_each(|root| roots.add(root).unwrap());
    let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
    let config = ServerConfig::builder().with_client_cert_verifier(verifier).with_single_cert(pem("server.pem"), key).unwrap();
    let (acceptor, listener) = (TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((caller, _)) = listener.accept().await {
            let (acceptor, upstream) = (acceptor.clone(), upstream.trim_start_matches("http://").to_owned());
            tokio::spawn(async move {
                let Ok(mut caller) = acceptor.accept(caller).await else { return };
                let mut upstream = TcpStream::connect(upstream).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut caller, &mut upstream).await;
            });
        }
    });
    url
}

#[tokio::test]
async fn a_certificate_without_a_key_that_fits_it_is_not_taken() {
    let world = World::with_on_sqlite(&IRIS).await;
    let put = async |cert: &str| {
        let mut config = world.tenant_config();
        config["cert"] = json!(cert);
        world.call("PUT", &format!("{}/v2/tenants/{}", world.proxy(), crate::world::BUGLIANO), &config).await
    };
    let block = |kind: &str| format!("-----BEGIN {kind}-----QUJD-----END {kind}-----");
    let refused = put(&format!("{}{}", block("CERTIFICATE"), block("PRIVATE KEY"))).await.expect(422);
    assert_eq!(refused["errors"][0]["field"], "/cert", "{refused}");
    // What the documentation shows is kept as it is.
    let request = block("CERTIFICATE REQUEST");
    assert_eq!(put(&request).await.expect(200)["cert"], request);
}

#[tokio::test]
async fn a_budget_travels_in_the_order_of_the_schema_and_must_balance() {
    let subject = IrisSubject::start().await;
    let part = |code: &str, cents, meta: serde_json::Value| contracts::payments::Split {
        code: code.into(),
        amount: Some(kernel::Money::from_cents(cents).unwrap()),
        meta: contracts::Raw::of(&meta).unwrap(),
    };
    let first = part("c_1", 1200, json!({ "split_type": "ONERI", "split_code": "000", "split_description": "Oneri" }));
    let mut position = one(&subject, 1).await;
    position.split = vec![first.clone()];
    let refused = subject.provider.create(&subject.tenant(), &position).await;
    assert!(matches!(refused, Err(ProviderError::Refused(_))), "{refused:?}");
    position.split = vec![first, part("c_2", 30, json!({ "split_budget_chapter": "301/1", "split_assessment": "2025/114" }))];
    position.settings.0.extend(json!({ "office_code": "FSE", "reference_code": "ORD" }).as_object().unwrap().clone());
    subject.provider.create(&subject.tenant(), &position).await.unwrap();
}

#[tokio::test]
async fn documents_are_theirs_until_they_have_none() {
    let subject = IrisSubject::start().await;
    let position = one(&subject, 1).await;
    let ours = Ok(Paper::Ours { taken_by: None });
    assert_eq!(subject.provider.notice(&subject.tenant(), &position).await, ours);
    subject.provider.create(&subject.tenant(), &position).await.unwrap();
    assert!(matches!(subject.provider.notice(&subject.tenant(), &position).await, Ok(Paper::Pdf(_))));
    assert_eq!(subject.provider.receipt(&subject.tenant(), &position).await, ours);
    subject.press(&position.iud, "paga").await;
    assert!(matches!(subject.provider.receipt(&subject.tenant(), &position).await, Ok(Paper::Pdf(_))));
}

#[tokio::test]
async fn without_a_number_there_is_nothing() {
    let subject = IrisSubject::start().await;
    let position = Position { notice: None, ..one(&subject, 1).await };
    assert_eq!(subject.provider.find(&subject.tenant(), &position).await, Ok(None));
    let refused = subject.provider.create(&subject.tenant(), &position).await;
    assert!(matches!(refused, Err(ProviderError::Refused(_))), "{refused:?}");
}

/// IRIS wants to hear, at an address of its own, that a notification was understood.
#[tokio::test]
async fn a_notification_is_acknowledged() {
    let world = World::with_on_sqlite(&IRIS).await;
    let (application, pending) = world.pending("20.00").await;
    world.press(&pending, "paga").await;
    world.payment(&application, "COMPLETE").await;
    world.idle().await;
    assert_eq!(world.ledger(&pending, "notify").await, ["200"]);
    assert_eq!(world.ledger(&pending, "understood").await, ["ok"]);
}

/// A number is asked for once, and kept: an answer that is lost after it does not take it along.
#[tokio::test]
async fn the_number_survives_an_answer_that_is_lost() {
    let world = World::with_on_sqlite(&IRIS).await;
    let application = world.application("20.92");
    world.publish("applications", &application).await;
    let pending = world.payment_in_time(&application, "PAYMENT_PENDING").await;
    assert_eq!(world.taken(&pending).await, 1);
    let positions = world.call("GET", "/demo/psp/positions", &serde_json::Value::Null).await.expect(200);
    assert_eq!(positions[0]["notice_number"], pending["payment"]["notice_code"]);
}
