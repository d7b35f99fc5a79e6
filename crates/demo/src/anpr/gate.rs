//! What must be right before a provider answers: the voucher, the tracking evidence that it is bound to, the digest of the body and the
//! signature of the request (patterns AUDIT_REST_02 and INTEGRITY_REST_02). Whatever is missing or does not fit is said.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, Method};
use kernel::Uuid;
use runtime::App;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::store;

/// Where the platform publishes the keys of its vouchers.
pub const KEYS: &str = "/authorization-server/.well-known/jwks.json";
/// Largest set of keys.
pub const LARGEST: usize = 64 * 1024;
/// How far clocks may be apart, in seconds.
const LEEWAY_S: i64 = 5;

/// Modulus and exponent of a public key.
type Parts = (Vec<u8>, Vec<u8>);

/// The gate; it knows the keys of vouchers that it has seen, and the identifiers of requests.
pub struct Gate {
    app: App,
    /// By name.
    keys: Mutex<HashMap<String, Parts>>,
    seen: Mutex<HashSet<String>>,
}

/// Why a request does not pass: with a voucher that does not hold it is nobody's (401), otherwise it is wrong (400).
pub enum Refused {
    /// The voucher.
    Voucher(String),
    /// Anything else.
    Request(String),
}

/// A token in its parts.
struct Token<'a> {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Token<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let part = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok();
        let (header, claims) = (part(header)?, part(claims)?);
        Some(Self { header, claims, signed, signature: URL_SAFE_NO_PAD.decode(signature).ok()? })
    }

    fn text(&self, claim: &str) -> &str {
        self.claims.get(claim).and_then(Value::as_str).unwrap_or_default()
    }

    fn number(&self, claim: &str) -> Option<i64> {
        self.claims.get(claim).and_then(Value::as_i64)
    }

    /// Whether the token is for `audience` and holds at `now`.
    fn check(&self, audience: &str, now: i64) -> Result<(), String> {
        if self.header.get("alg").is_none_or(|alg| alg != "RS256") {
            return Err("alg".to_owned());
        }
        if self.text("aud") != audience {
            return Err(format!("aud is not {audience}"));
        }
        let issued = self.number("iat").is_some_and(|iat| iat <= now + LEEWAY_S);
        let begun = self.claims.get("nbf").is_none_or(|nbf| nbf.as_i64().is_some_and(|nbf| nbf <= now + LEEWAY_S));
        let lives = self.number("exp").is_some_and(|exp| exp > now);
        match (issued && begun, lives) {
            (false, _) => Err("iat or nbf".to_owned()),
            (_, false) => Err("exp".to_owned()),
            _ if self.text("jti").is_empty() => Err("jti".to_owned()),
            _ => Ok(()),
        }
    }
}

impl Gate {
    /// Knows nobody yet.
    pub fn new(app: App) -> Self {
        Self { app, keys: Mutex::default(), seen: Mutex::default() }
    }

    /// The client that asks, if everything is as it must be.
    pub async fn admit(&self, headers: &HeaderMap, body: &Bytes, audience: &str, content_type: &str) -> Result<Uuid, Refused> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let bearer = text("authorization").strip_prefix("Bearer ").ok_or_else(|| Refused::Voucher("no voucher".to_owned()))?;
        let voucher = Token::read(bearer).ok_or_else(|| Refused::Voucher("the voucher is no token".to_owned()))?;
        self.check_voucher(&voucher, audience).await.map_err(|wrong| Refused::Voucher(format!("voucher: {wrong}")))?;
        let client: Uuid = voucher.text("client_id").parse().map_err(|_| Refused::Voucher("voucher: client_id".to_owned()))?;
        let wrong = |what: &'static str| move |reason: String| Refused::Request(format!("{what}: {reason}"));
        if text("content-type") != content_type {
            return Err(Refused::Request(format!("Content-Type is not {content_type}")));
        }
        let evidence = text("agid-jwt-trackingevidence");
        self.check_evidence(evidence, &voucher, client, audience).await.map_err(wrong("Agid-JWT-TrackingEvidence"))?;
        let digest = format!("SHA-256={}", STANDARD.encode(Sha256::digest(body)));
        if text("digest") != digest {
            return Err(Refused::Request("Digest is not that of the body".to_owned()));
        }
        let signed = [("digest", digest.as_str()), ("content-type", content_type)];
        let signature = self.check_signature(text("agid-jwt-signature"), client, audience, &signed).await;
        signature.map_err(wrong("Agid-JWT-Signature"))?;
        Ok(client)
    }

    fn now(&self) -> i64 {
        self.app.clock().now().as_second()
    }

    async fn check_voucher(&self, voucher: &Token<'_>, audience: &str) -> Result<(), String> {
        if voucher.header.get("typ").is_none_or(|typ| typ != "at+jwt") {
            return Err("typ".to_owned());
        }
        let kid = voucher.header.get("kid").and_then(Value::as_str).ok_or("kid")?;
        let (n, e) = self.voucher_key(kid).await?;
        let key = RsaPublicKeyComponents { n, e };
        key.verify(&RSA_PKCS1_2048_8192_SHA256, voucher.signed.as_bytes(), &voucher.signature)
            .map_err(|_| "the signature is not the platform's".to_owned())?;
        let host = self.app.public_url().split_once("://").map_or("", |(_, host)| host);
        if voucher.text("iss") != host {
            return Err("iss".to_owned());
        }
        voucher.check(audience, self.now())
    }

    /// The key of vouchers with this name; the platform is asked when it is new.
    async fn voucher_key(&self, kid: &str) -> Result<Parts, String> {
        let known = |gate: &Self| gate.keys.lock().unwrap_or_else(PoisonError::into_inner).get(kid).cloned();
        if let Some(key) = known(self) {
            return Ok(key);
        }
        let url = format!("{}{KEYS}", self.app.public_url());
        let answer = self.app.egress().call(Method::GET, &url, HeaderMap::new(), Bytes::new(), LARGEST).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let set: Value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
        let mut keys = HashMap::new();
        for key in set["keys"].as_array().into_iter().flatten() {
            let part = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str()?).ok();
            if let (Some(kid), Some(n), Some(e)) = (key["kid"].as_str(), part("n"), part("e")) {
                keys.insert(kid.to_owned(), (n, e));
            }
        }
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = keys;
        known(self).ok_or_else(|| "its key is not published".to_owned())
    }

    /// Whether `client` has signed the token with a key that it has deposited.
    async fn check_client(&self, token: &Token<'_>, client: Uuid) -> Result<(), String> {
        let expected = ["alg", "kid", "typ"];
        if !token.header.keys().all(|name| expected.contains(&name.as_str()))
            || token.header.get("typ").is_none_or(|typ| typ != "JWT")
        {
            return Err("header".to_owned());
        }
        let kid = token.header.get("kid").and_then(Value::as_str).ok_or("kid")?.to_owned();
        let found = self.app.db().read(move |tx| store::find_key(tx, &kid, client)).await;
        let pem = found.map_err(|error: storage::Error| error.to_string())?.ok_or("no such key of the client")?;
        let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(der).map_err(|_| "the key does not read")?;
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der);
        key.verify(token.signed.as_bytes(), &token.signature).map_err(|_| "the signature is not the client's")?;
        if token.text("iss") == client.to_string() { Ok(()) } else { Err("iss".to_owned()) }
    }

    async fn check_evidence(&self, text: &str, voucher: &Token<'_>, client: Uuid, audience: &str) -> Result<(), String> {
        let token = Token::read(text).ok_or("missing, or no token")?;
        self.check_client(&token, client).await?;
        token.check(audience, self.now())?;
        if token.text("purposeId").is_empty() || token.text("purposeId") != voucher.text("purposeId") {
            return Err("purposeId is not the voucher's".to_owned());
        }
        if let Some(missing) = ["userID", "userLocation", "LoA"].iter().find(|claim| token.text(claim).is_empty()) {
            return Err(format!("{missing} is missing"));
        }
        if token.number("dnonce").is_none_or(|nonce| nonce.to_string().len() != 13) {
            return Err("dnonce".to_owned());
        }
        let digest: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        let bound = voucher.claims.get("digest").and_then(|digest| digest.get("value")).and_then(Value::as_str);
        if bound == Some(&digest) { Ok(()) } else { Err("the voucher is bound to another one".to_owned()) }
    }

    async fn check_signature(&self, text: &str, client: Uuid, audience: &str, signed: &[(&str, &str)]) -> Result<(), String> {
        let token = Token::read(text).ok_or("missing, or no token")?;
        self.check_client(&token, client).await?;
        token.check(audience, self.now())?;
        if token.text("sub") != client.to_string() {
            return Err("sub".to_owned());
        }
        let headers = token.claims.get("signed_headers").and_then(Value::as_array).ok_or("signed_headers")?;
        for (name, value) in signed {
            if !headers.iter().any(|header| header.get(name).is_some_and(|given| given == value)) {
                return Err(format!("{name} is not signed as it was sent"));
            }
        }
        let new = self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(format!("{client} {}", token.text("jti")));
        if new { Ok(()) } else { Err("jti was used before".to_owned()) }
    }
}
