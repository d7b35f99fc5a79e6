//! `sportello interop explain` and `load`, and the voucher server when it is killed.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use interop::clients::client::{Client, Kind, Operator, Seed};
use interop::clients::key::{self, Key, Use};
use interop::ids::ClientId;
use interop::roles::Role;
use interop::store::{audit, clients};
use kernel::{Clock, TenantId, UserId, Uuid};
use serde_json::{Value, json};
use storage::{Db, DbOptions};

use crate::program::Place;

/// What the program prints for lines of input, and whether it was content.
fn explain(arguments: &[&str], input: &str) -> (Vec<Value>, bool) {
    let output = Place::new().tell(&[&["interop", "explain"], arguments].concat(), input);
    let verdicts = String::from_utf8(output.stdout).unwrap();
    (verdicts.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), output.status.success())
}

#[test]
fn an_administrator_sees_why() {
    let agreement = r#"{"agreement":{"state":"Active","producerId":"p","consumerId":"c"},"descriptor":{"attributes":{"certified":[],"declared":[],"verified":[[{"id":"v"}]]}},"tenant":{"attributes":[{"id":"v","type":"PersistentVerifiedAttribute","verifiedBy":[{"id":"x","verificationDate":"2026-01-01T00:00:00Z"}]}]}}"#;
    let guide = explain(&["agreement"], agreement);
    assert_eq!(guide, (vec![json!({ "byAttributes": "Active", "final": "Active" })], true));
    let built = explain(&["agreement", "--profile", "as-built"], agreement);
    assert_eq!(built, (vec![json!({ "byAttributes": "Suspended", "final": "Suspended" })], true));
}

#[test]
fn the_clock_is_an_argument_and_each_line_has_its_verdict() {
    let line = r#"{"kind":"PA","version":"3.0","answers":{"purpose":["OTHER"]},"schemaOnly":true}"#;
    let valid = json!({ "type": "valid", "issues": [] });
    let expired = json!({ "type": "invalid", "issues": ["expiredRulesVersionError"] });
    let input = format!("{line}\n\n{line}\n");
    assert_eq!(explain(&["risk-analysis", "--at", "2026-02-15T12:00:00Z"], &input), (vec![valid.clone(), valid], true));
    assert_eq!(explain(&["risk-analysis", "--at", "2026-02-16T12:00:00Z"], line), (vec![expired], true));
    let (said, content) = explain(&["risk-analysis"], "not json\n");
    assert!(!content && said[0]["error"].is_string(), "{said:?}");
}

#[test]
fn bodies_come_from_a_file_beside_a_running_process() {
    let place = Place::new();
    let page = include_str!("../../../interop/LOAD.md");
    let example = page.split_once("```json").unwrap().1.split_once("```").unwrap().0;
    let file = place.folder.path().join("enti.json");
    std::fs::write(&file, example).unwrap();
    let name = file.to_str().unwrap();
    assert!(place.refused(&["interop", "load", name], 1).contains("non esiste"), "there is no database yet");
    let running = place.run(&["--roles", "interop-voucher"]);
    assert!(place.ask(&["interop", "load", name]).contains("Enti nuovi: 1, modificati: 0"));
    assert!(place.ask(&["interop", "load", name]).contains("Enti nuovi: 0, modificati: 0"));
    std::fs::write(&file, "{\"tenants\":[{}]}").unwrap();
    assert!(place.refused(&["interop", "load", name], 1).contains("missing field"));
    running.stop();
}

const CLIENT: ClientId = ClientId(Uuid::from_u128(1));
const OPERATOR: UserId = UserId(Uuid::from_u128(2));

/// The database of a place.
async fn database(place: &Place) -> Db {
    let file = place.folder.path().join("data").join("sportello.db");
    Db::attach(&storage::DatabaseUrl::Sqlite(file), DbOptions::default()).await.unwrap()
}

/// Adds a client of the API with the key of `pair`.
async fn settle(db: &Db, pair: &RsaKeyPair) {
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()));
    let now = Clock::system().now();
    let seed = Seed { name: "Client di prova".into(), description: None, members: vec![OPERATOR] };
    let mut client = Client::create(seed, Kind::Api, TenantId(Uuid::from_u128(3)), (CLIENT, now)).unwrap();
    let seed = key::Seed { name: "Chiave".into(), usage: Use::Sig, alg: "RS256".into(), key: STANDARD.encode(pem) };
    let key = Key::deposit(seed, OPERATOR, now).unwrap();
    client.add_key(key, Operator { id: Some(OPERATOR), roles: &[Role::Security] }).unwrap();
    db.write(move |tx| clients::save(tx, &client)).await.unwrap();
}

fn assertion(pair: &RsaKeyPair, kid: &str, jti: usize) -> String {
    let now = Clock::system().now().as_second();
    let header = json!({ "alg": "RS256", "kid": kid });
    let claims = json!({ "iss": CLIENT, "sub": CLIENT, "aud": "auth", "jti": jti.to_string(), "iat": now, "exp": now + 300 });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Asks for a voucher: the status, unless the server is gone.
fn ask(address: SocketAddr, assertion: &str) -> Option<u16> {
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let form = format!("client_assertion={assertion}&grant_type=client_credentials&client_assertion_type={kind}");
    let request = format!(
        "POST /token.oauth2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_is_worth_one_voucher_also_when_the_server_is_killed() {
    let place = Place::new()
        .with("SPORTELLO_INTEROP_AUDIENCES", "auth")
        .with("SPORTELLO_INTEROP_LIMIT_PER_CLIENT", "1000000")
        .with("SPORTELLO_INTEROP_LIMIT_PER_SOURCE", "1000000");
    place.ask(&["migrate"]);
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    settle(&database(&place).await, &pair).await;
    let number = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
    let public = pair.public_key();
    let kid = key::PublicKey {
        n: number(public.modulus().big_endian_without_leading_zero()),
        e: number(public.exponent().big_endian_without_leading_zero()),
    };
    let kid = kid.thumbprint();
    for round in 0..3 {
        let (sent, given, answered) = (assertion(&pair, &kid, round), AtomicUsize::new(0), AtomicUsize::new(0));
        let one = |address| {
            let status = ask(address, &sent)?;
            given.fetch_add(usize::from(status == 200), Ordering::SeqCst);
            answered.fetch_add(1, Ordering::SeqCst);
            Some(())
        };
        let running = place.run(&["--roles", "interop-voucher"]);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| while one(running.address).is_some() {});
            }
            // At its very first answer, at its tenth, at its twentieth.
            crate::program::eventually("some answers", || (answered.load(Ordering::SeqCst) >= round * 10).then_some(()));
            running.process.signal("KILL");
        });
        let restarted = place.run(&["--roles", "interop-voucher"]);
        for _ in 0..20 {
            one(restarted.address).unwrap();
        }
        assert!(given.load(Ordering::SeqCst) <= 1, "round {round}");
        restarted.stop();
        let db = database(&place).await;
        let records = db.read(|tx| {
            let lanes: Result<Vec<_>, _> = (0..audit::LANES).map(|lane| audit::list(tx, lane)).collect();
            lanes
        });
        let records = records.await.unwrap().concat();
        let named = format!("\"jwtId\":\"{round}\"");
        assert_eq!(records.iter().filter(|record| record.contains(&named)).count(), 1, "one use, one record: {records:?}");
    }
}
