//! Every line of the table of faults that an assertion by itself can give.

use kernel::RomeTime;
use serde_json::{Value, json};

use super::*;
use crate::clients::key::PublicKey;
use crate::vouchers::testing::{KeyPair, RSA_1024_PEM};

const NOW: i64 = 1_772_000_000;
const CLIENT: &str = "6f0f8f0e-6a1c-4a43-9d5f-1f6f9a3b1c01";
const OTHER: &str = "6f0f8f0e-6a1c-4a43-9d5f-1f6f9a3b1c02";

fn now() -> RomeTime {
    RomeTime::from_microsecond(NOW * 1_000_000).unwrap()
}

fn header() -> Value {
    json!({ "alg": "RS256", "typ": "JWT", "kid": "k".repeat(43) })
}

fn payload() -> Value {
    json!({
        "iss": CLIENT, "sub": CLIENT, "aud": "auth.example.it/client-assertion", "jti": "1",
        "iat": NOW - 10, "exp": NOW + 60, "purposeId": OTHER,
        "digest": { "alg": "SHA256", "value": "a".repeat(64) },
    })
}

/// The same with members set, or taken away by null.
fn with(mut object: Value, changes: &[(&str, Value)]) -> Value {
    for (name, value) in changes {
        match value {
            Value::Null => drop(object.as_object_mut().unwrap().remove(*name)),
            value => object[*name] = value.clone(),
        }
    }
    object
}

fn read_with(header: &Value, payload: &Value, client_id: Option<&str>, claims: Claims) -> Vec<Fault> {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let token = format!("{}.{}.c2ln", part(header), part(payload));
    let audiences = ["auth.example.it/client-assertion".to_owned()];
    read(&Jws::parse(&token).unwrap(), client_id, &audiences, claims).err().unwrap_or_default()
}

fn claims(changes: &[(&str, Value)]) -> Vec<Fault> {
    read_with(&header(), &with(payload(), changes), Some(CLIENT), Claims::Strict)
}

fn headers(changes: &[(&str, Value)]) -> Vec<Fault> {
    read_with(&with(header(), changes), &payload(), Some(CLIENT), Claims::Strict)
}

#[test]
fn what_is_right_is_read() {
    assert_eq!(claims(&[]), []);
    assert_eq!(claims(&[("aud", json!(["x", "auth.example.it/client-assertion"]))]), []);
    assert_eq!(claims(&[("purposeId", Value::Null), ("digest", Value::Null)]), []);
    assert_eq!(headers(&[("typ", Value::Null)]), []);
    assert_eq!(read_with(&header(), &payload(), None, Claims::Strict), []);
}

#[test]
fn every_fault_of_the_table_has_its_cause() {
    for (name, value, fault) in [
        ("aud", json!("https://auth.example.it/client-assertion"), Fault::InvalidAudience),
        ("aud", json!([]), Fault::InvalidAudience),
        ("aud", Value::Null, Fault::AudienceNotFound),
        ("jti", Value::Null, Fault::JtiNotFound),
        ("jti", json!(""), Fault::JtiNotFound),
        ("iat", Value::Null, Fault::IssuedAtNotFound),
        ("exp", Value::Null, Fault::ExpNotFound),
        ("iss", Value::Null, Fault::IssuerNotFound),
        ("sub", Value::Null, Fault::SubjectNotFound),
        ("sub", json!(OTHER), Fault::InvalidSubject),
        ("sub", json!("io"), Fault::InvalidSubjectFormat),
        ("purposeId", json!("1"), Fault::InvalidPurposeIdClaimFormat),
        ("digest", json!({ "alg": "SHA256" }), Fault::InvalidDigestClaim),
        ("digest", json!({ "alg": "SHA256", "value": "a".repeat(64), "x": 1 }), Fault::InvalidDigestClaim),
        ("digest", json!("abc"), Fault::InvalidDigestClaim),
        ("digest", json!({ "alg": "SHA256", "value": "a" }), Fault::InvalidHashLength),
        ("digest", json!({ "alg": "SHA1", "value": "a".repeat(64) }), Fault::InvalidHashAlgorithm),
        ("nbf", json!(NOW), Fault::ClientAssertionInvalidClaims),
        ("iat", json!("ora"), Fault::ClientAssertionInvalidClaims),
        ("jti", json!(7), Fault::ClientAssertionInvalidClaims),
    ] {
        assert_eq!(claims(&[(name, value.clone())]), [fault], "{name} {value}");
    }
    for (name, value, fault) in [
        ("kid", Value::Null, Fault::KidNotFound),
        ("kid", json!("k".repeat(42)), Fault::InvalidKidFormat),
        ("kid", json!("k".repeat(42) + "!"), Fault::InvalidKidFormat),
        ("kid", json!(7), Fault::InvalidKidFormat),
        ("alg", Value::Null, Fault::AlgorithmNotFound),
        ("alg", json!("none"), Fault::AlgorithmNotAllowed),
        ("alg", json!("HS256"), Fault::AlgorithmNotAllowed),
        ("alg", json!("PS256"), Fault::AlgorithmNotAllowed),
        ("jwk", json!({}), Fault::ClientAssertionInvalidClaims),
        ("jku", json!("https://evil.example.it"), Fault::ClientAssertionInvalidClaims),
        ("x5u", json!("https://evil.example.it"), Fault::ClientAssertionInvalidClaims),
        ("typ", json!(1), Fault::ClientAssertionInvalidClaims),
    ] {
        assert_eq!(headers(&[(name, value.clone())]), [fault], "{name} {value}");
    }
    assert_eq!(read_with(&header(), &payload(), Some("io"), Claims::Strict), [Fault::InvalidClientIdFormat]);
    assert_eq!(read_with(&header(), &json!(["not", "claims"]), None, Claims::Strict), [Fault::UnexpectedClientAssertion]);
}

#[test]
fn faults_are_told_all_at_once_and_members_too_many_last() {
    let wrong = [("jti", Value::Null), ("aud", json!("x")), ("nbf", json!(1))];
    assert_eq!(claims(&wrong), [Fault::JtiNotFound, Fault::InvalidAudience]);
    let digest = json!({ "alg": "MD5", "value": "" });
    assert_eq!(claims(&[("digest", digest)]), [Fault::InvalidHashLength, Fault::InvalidHashAlgorithm]);
    let both = read_with(&with(header(), &[("jku", json!("x"))]), &with(payload(), &[("nbf", json!(1))]), None, Claims::Strict);
    assert_eq!(both, [Fault::ClientAssertionInvalidClaims; 2]);
}

#[test]
fn lenient_reading_looks_at_types_only() {
    let extra = with(payload(), &[("nbf", json!(1))]);
    assert_eq!(read_with(&header(), &extra, None, Claims::Lenient), []);
    let wrong = with(payload(), &[("iss", json!(["x"]))]);
    assert_eq!(read_with(&header(), &wrong, None, Claims::Lenient), [Fault::ClientAssertionInvalidClaims]);
}

#[test]
fn a_signature_is_the_named_keys_and_instants_are_numbers() {
    let (pair, stranger) = (KeyPair::draw(), KeyPair::draw());
    let check = |token: &str, key: &PublicKey| verify(&Jws::parse(token).unwrap(), &key.verifier().unwrap(), now());
    let signed = |changes: &[(&str, Value)]| pair.sign(&header(), &with(payload(), changes));
    let good = signed(&[]);
    assert_eq!(check(&good, &pair.public()), None);
    assert_eq!(check(&good, &stranger.public()), Some(Fault::InvalidSignature));
    for (name, value, fault) in [
        ("exp", json!(NOW), Fault::TokenExpiredError),
        ("exp", json!("mai"), Fault::JsonWebTokenError),
        ("iat", json!("ora"), Fault::JsonWebTokenError),
        ("nbf", json!(NOW + 1), Fault::NotBeforeError),
        ("nbf", json!("poi"), Fault::NotBeforeError),
    ] {
        assert_eq!(check(&signed(&[(name, value.clone())]), &pair.public()), Some(fault), "{name} {value}");
    }
    assert_eq!(check(&signed(&[("nbf", json!(NOW))]), &pair.public()), None);
    let other_algorithm = pair.sign(&with(header(), &[("alg", json!("none"))]), &payload());
    assert_eq!(check(&other_algorithm, &pair.public()), Some(Fault::AlgorithmNotAllowed));
    let critical = pair.sign(&with(header(), &[("crit", json!(["b64"]))]), &payload());
    assert_eq!(check(&critical, &pair.public()), Some(Fault::ClientAssertionSignatureVerificationError));
}

#[test]
fn every_altered_byte_of_a_signed_assertion_is_noticed() {
    let pair = KeyPair::draw();
    let token = pair.sign(&header(), &payload());
    for place in (0..token.len()).step_by(7) {
        let mut altered = token.clone().into_bytes();
        altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        let passes = Jws::parse(&altered).is_some_and(|jws| verify(&jws, &pair.public().verifier().unwrap(), now()).is_none());
        assert!(!passes, "byte {place}");
    }
}

#[test]
fn a_key_that_is_too_short_verifies_nothing() {
    assert_eq!(PublicKey::from_pem(RSA_1024_PEM), Err(crate::Fault::InvalidKeyLength));
}
