//! Every fault of a proof that the proof itself can give.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;

use super::*;
use crate::vouchers::testing::KeyPair;

const NOW: i64 = 1_772_000_000;
const URL: &str = "https://auth.example.it/authorization-server/token.oauth2";

fn now() -> RomeTime {
    RomeTime::from_microsecond(NOW * 1_000_000).unwrap()
}

fn call(voucher: Option<&str>) -> Call<'_> {
    Call { method: "POST", url: URL, voucher }
}

fn jwk(key: &PublicKey) -> Value {
    json!({ "kty": "RSA", "n": key.n, "e": key.e, "alg": "RS256", "use": "sig" })
}

fn claims() -> Value {
    json!({ "htm": "POST", "htu": URL, "iat": NOW, "jti": "1" })
}

/// The same with a member set, or taken away by null.
fn with(mut object: Value, name: &str, value: Value) -> Value {
    match value {
        Value::Null => drop(object.as_object_mut().unwrap().remove(name)),
        value => object[name] = value,
    }
    object
}

#[test]
fn a_proof_is_bound_to_its_key_whatever_else_the_jwk_says() {
    let pair = KeyPair::draw();
    let header = json!({ "typ": "dpop+jwt", "alg": "RS256", "jwk": jwk(&pair.public()) });
    let proof = verify(&pair.sign(&header, &claims()), call(None), now()).unwrap();
    assert_eq!(proof, Proof { thumbprint: pair.public().thumbprint(), jti: "1".into(), iat: NOW });
}

#[test]
fn every_fault_has_its_cause() {
    let (pair, stranger) = (KeyPair::draw(), KeyPair::draw());
    let good = json!({ "typ": "dpop+jwt", "alg": "RS256", "jwk": jwk(&pair.public()) });
    let fault = |header: &Value, claims: &Value| verify(&pair.sign(header, claims), call(None), now()).err();
    for (name, value, expected) in [
        ("typ", Value::Null, ProofFault::TypNotFound),
        ("typ", json!("JWT"), ProofFault::InvalidTyp),
        ("alg", Value::Null, ProofFault::AlgorithmNotFound),
        ("alg", json!("none"), ProofFault::AlgorithmNotAllowed),
        ("alg", json!("HS256"), ProofFault::AlgorithmNotAllowed),
        ("alg", json!("ES256"), ProofFault::InvalidClaims),
        ("jwk", Value::Null, ProofFault::JwkNotFound),
        ("jwk", json!("key"), ProofFault::InvalidClaims),
        ("jwk", json!({ "kty": "RSA", "n": "AQ", "e": "AQAB", "d": "AQ" }), ProofFault::InvalidClaims),
        ("jwk", jwk(&stranger.public()), ProofFault::InvalidSignature),
        ("crit", json!(["x"]), ProofFault::InvalidClaims),
    ] {
        assert_eq!(fault(&with(good.clone(), name, value.clone()), &claims()), Some(expected), "{name} {value}");
    }
    for (name, value, expected) in [
        ("htm", Value::Null, ProofFault::HtmNotFound),
        ("htm", json!("GET"), ProofFault::InvalidHtm),
        ("htu", Value::Null, ProofFault::HtuNotFound),
        ("htu", json!("https://auth.example.it/"), ProofFault::InvalidHtu),
        ("iat", Value::Null, ProofFault::IatNotFound),
        ("iat", json!("ora"), ProofFault::InvalidClaims),
        ("iat", json!(NOW - 61), ProofFault::Expired),
        ("iat", json!(NOW + 11), ProofFault::NotYetValid),
        ("jti", Value::Null, ProofFault::JtiNotFound),
        ("jti", json!(""), ProofFault::JtiNotFound),
    ] {
        assert_eq!(fault(&good, &with(claims(), name, value.clone())), Some(expected), "{name} {value}");
    }
    for instant in [NOW - 60, NOW + 10] {
        assert_eq!(fault(&good, &with(claims(), "iat", json!(instant))), None, "{instant}");
    }
    assert_eq!(verify("x.y", call(None), now()), Err(ProofFault::InvalidFormat));
}

#[test]
fn at_a_resource_the_proof_is_for_one_voucher() {
    let pair = KeyPair::draw();
    let header = json!({ "typ": "dpop+jwt", "alg": "RS256", "jwk": jwk(&pair.public()) });
    let ath = |voucher: &str| json!(URL_SAFE_NO_PAD.encode(Sha256::digest(voucher)));
    let check = |claims: &Value| verify(&pair.sign(&header, claims), call(Some("voucher")), now()).err();
    assert_eq!(check(&claims()), Some(ProofFault::AthNotFound));
    assert_eq!(check(&with(claims(), "ath", ath("altro"))), Some(ProofFault::InvalidAth));
    assert_eq!(check(&with(claims(), "ath", ath("voucher"))), None);
}

#[test]
fn the_curve_p_256_proves_as_well() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
    let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": { "kty": "EC", "crv": "P-256", "x": x, "y": y } });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims()));
    let signature = pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
    let proof = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    assert_eq!(verify(&proof, call(None), now()).unwrap().thumbprint.len(), 43);
    let altered = format!("{}.{}.{}", part(&header), part(&with(claims(), "jti", json!("2"))), proof.rsplit('.').next().unwrap());
    assert_eq!(verify(&altered, call(None), now()), Err(ProofFault::InvalidSignature));
}
