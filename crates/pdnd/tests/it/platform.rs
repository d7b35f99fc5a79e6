//! A stand-in for the voucher server of the interoperability platform, as strict as it is.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::StatusCode;
use kernel::{Clock, Rng};
use serde_json::{Map, Value, json};

/// How it behaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    Good,
    /// Issues a voucher, but the answer does not arrive.
    Lost,
    /// Answers 503.
    Down,
    /// Answers something else than it promises.
    Broken,
    /// Refuses with this reason.
    Refusing(&'static str),
    /// Takes a moment.
    Slow,
}

/// What it knows.
pub struct Platform {
    pair: RsaKeyPair,
    clock: Clock,
    rng: Rng,
    pub host: String,
    /// Public keys by client and thumbprint.
    pub keys: Mutex<HashMap<(String, String), String>>,
    /// Audience of each purpose's e-service.
    pub purposes: Mutex<HashMap<String, String>>,
    used: Mutex<HashSet<String>>,
    /// The mode, and for how many requests more.
    mode: Mutex<(Mode, Option<u32>)>,
    /// Claims of the vouchers that were issued.
    pub issued: Mutex<Vec<Value>>,
}

impl Platform {
    pub fn new(host: String, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            pair: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
            clock,
            rng: Rng::system(),
            host,
            keys: Mutex::default(),
            purposes: Mutex::default(),
            used: Mutex::default(),
            mode: Mutex::default(),
            issued: Mutex::default(),
        })
    }

    pub fn routes(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/authorization-server/token.oauth2", post(token))
            .route("/authorization-server/.well-known/jwks.json", get(jwks))
            .with_state(Arc::clone(self))
    }

    pub fn is(&self, mode: Mode, times: Option<u32>) {
        *self.mode.lock().unwrap() = (mode, times);
    }

    pub fn vouchers(&self) -> usize {
        self.issued.lock().unwrap().len()
    }

    fn mode(&self) -> Mode {
        let mut kept = self.mode.lock().unwrap();
        match kept.1 {
            Some(0) => *kept = (Mode::Good, None),
            Some(times) => kept.1 = Some(times - 1),
            None => {}
        }
        kept.0.clone()
    }

    /// The claims of a good assertion.
    fn check(&self, form: &HashMap<String, String>) -> Result<Value, String> {
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if field("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
            return Err("0002 invalidAssertionType".into());
        }
        if field("grant_type") != "client_credentials" {
            return Err("0003 invalidGrantType".into());
        }
        let (signed, signature) = field("client_assertion").rsplit_once('.').ok_or("0006 invalidClientAssertionFormat")?;
        let part = |index: usize| -> Option<Map<String, Value>> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.split('.').nth(index)?).ok()?).ok()
        };
        let (header, claims) = (part(0).ok_or("0006")?, part(1).ok_or("0007")?);
        let names = |map: &Map<String, Value>| map.keys().cloned().collect::<BTreeSet<_>>();
        let expected = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        if names(&header) != expected(&["alg", "kid", "typ"])
            || names(&claims) != expected(&["iss", "sub", "aud", "jti", "iat", "exp", "purposeId", "digest"])
        {
            return Err("0032 clientAssertionInvalidClaims".into());
        }
        let text = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
        if header["alg"] != "RS256" || header["typ"] != "JWT" {
            return Err("0029 algorithmNotAllowed".into());
        }
        if text("aud") != format!("{}/client-assertion", self.host) {
            return Err("0004 invalidAudience".into());
        }
        if text("sub") != field("client_id") || text("iss") != field("client_id") {
            return Err("0013 invalidSubject".into());
        }
        let digest = &claims["digest"];
        if digest["alg"] != "SHA256" || digest["value"].as_str().is_none_or(|value| value.len() != 64) {
            return Err("0025 invalidDigestClaim".into());
        }
        let now = self.clock.now().as_second();
        if claims["exp"].as_i64().is_none_or(|exp| exp <= now) {
            return Err("0017 tokenExpiredError".into());
        }
        let kid = header["kid"].as_str().unwrap_or_default().to_owned();
        let pem = self.keys.lock().unwrap().get(&(text("sub"), kid)).cloned().ok_or("0015 kidNotFound")?;
        let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, STANDARD.decode(der).unwrap());
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "0033")?;
        key.verify(signed.as_bytes(), &signature).map_err(|_| "0033 invalidSignature")?;
        if !self.used.lock().unwrap().insert(text("jti")) {
            return Err("jti used before".into());
        }
        let audience = self.purposes.lock().unwrap().get(&text("purposeId")).cloned();
        let audience = audience.ok_or("0020 invalidPurposeState: la finalità non è attiva")?;
        Ok(json!({
            "jti": self.rng.uuid(), "iss": self.host, "aud": audience, "client_id": text("sub"), "sub": text("sub"),
            "iat": now, "nbf": now, "exp": now + 600, "purposeId": text("purposeId"), "digest": digest,
        }))
    }

    fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "RS256", "use": "sig", "typ": "at+jwt", "kid": "platform" });
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

async fn token(State(platform): State<Arc<Platform>>, body: Bytes) -> Response {
    let form: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let mode = platform.mode();
    match mode {
        Mode::Down => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Mode::Broken => return Json(json!({ "access_token": 1 })).into_response(),
        Mode::Refusing(reason) => return refusal(reason),
        Mode::Slow => tokio::time::sleep(Duration::from_millis(200)).await,
        Mode::Good | Mode::Lost => {}
    }
    let claims = match platform.check(&form) {
        Ok(claims) => claims,
        Err(reason) => return refusal(&reason),
    };
    platform.issued.lock().unwrap().push(claims.clone());
    if mode == Mode::Lost {
        // Headers, and then nothing.
        let lost = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("lost")) });
        return Response::new(axum::body::Body::from_stream(lost));
    }
    Json(json!({ "access_token": platform.sign(&claims), "token_type": "Bearer", "expires_in": 600 })).into_response()
}

fn refusal(reason: &str) -> Response {
    let body = json!({
        "type": "about:blank", "status": 400, "title": "The request contains bad syntax or cannot be fulfilled.", "detail": reason,
        "errors": [{ "code": "015-0008", "detail": "Unable to generate a token for the given request" }]
    });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

async fn jwks(State(platform): State<Arc<Platform>>) -> Json<Value> {
    let public = platform.pair.public_key();
    let encode = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
    let (n, e) = (public.modulus(), public.exponent());
    Json(json!({ "keys": [{
        "kty": "RSA", "alg": "RS256", "use": "sig", "kid": "platform",
        "n": encode(n.big_endian_without_leading_zero()), "e": encode(e.big_endian_without_leading_zero())
    }] }))
}
