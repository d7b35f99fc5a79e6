//! The portal of identities that an interoperability platform trusts: its published key, sessions of people, and keys of machines.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kernel::Clock;
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// Who the portal says that it is.
pub const ISSUER: &str = "portale.example.it";
/// Base of the addresses of the pages' back end.
const BFF: &str = "/0.0/backend-for-frontend";

/// A key pair.
pub struct Pair(RsaKeyPair);

impl Pair {
    pub fn draw() -> Self {
        Self(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    /// The public key, as operators deposit it.
    pub fn pem(&self) -> String {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().unwrap();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()))
    }

    /// Modulus and exponent, as sets of keys have them.
    fn parts(&self) -> [String; 2] {
        let public = self.0.public_key();
        let (n, e) = (public.modulus(), public.exponent());
        [n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero()].map(|number| URL_SAFE_NO_PAD.encode(number))
    }

    /// The thumbprint (RFC 7638).
    pub fn kid(&self) -> String {
        let [n, e] = self.parts();
        URL_SAFE_NO_PAD.encode(digest(&SHA256, format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#).as_bytes()))
    }

    pub fn sign(&self, typ: &str, claims: &Value) -> String {
        let header = json!({ "alg": "RS256", "typ": typ, "kid": self.kid() });
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The portal.
pub struct Portal {
    pair: Pair,
    address: String,
}

impl Portal {
    /// Publishes its key at a drawn port.
    pub async fn open() -> Self {
        let pair = Pair::draw();
        let [n, e] = pair.parts();
        let set = json!({ "keys": [{ "kty": "RSA", "use": "sig", "kid": pair.kid(), "n": n, "e": e }] });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = Router::new().route("/jwks.json", get(move || async move { Json(set) }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { pair, address }
    }

    /// The settings of an installation that trusts it.
    pub fn settings(&self) -> [(&'static str, String); 3] {
        [
            ("SPORTELLO_INTEROP_SESSION_JWKS", format!("http://{}/jwks.json", self.address)),
            ("SPORTELLO_INTEROP_SESSION_ISSUER", ISSUER.to_owned()),
            ("SPORTELLO_EGRESS_ALLOW", self.address.clone()),
        ]
    }

    /// An administrator of the body of this code, who opens a session at the installation of this address.
    pub async fn administrator(&self, url: &str, body: &str, user: &str) -> Session {
        let (now, host) = (now(), url.split_once("://").unwrap().1);
        let claims = json!({
            "iss": ISSUER, "aud": host, "iat": now, "nbf": now, "exp": now + 60, "jti": "1", "uid": user, "name": "Ada",
            "family_name": "Bianchi", "organization": { "id": body, "roles": [{ "role": "admin" }], "ipaCode": body },
        });
        let nobody = Session::people(url, "");
        let opened = nobody.post("/session/tokens", json!({ "identity_token": self.pair.sign("JWT", &claims) })).await;
        Session::people(url, opened["session_token"].as_str().unwrap())
    }
}

/// Whoever speaks to the platform with a token.
pub struct Session {
    http: Client,
    base: String,
    token: String,
}

impl Session {
    /// A person, by the token of a session, at the back end of the pages.
    pub fn people(url: &str, token: &str) -> Self {
        Self { http: Client::new(), base: format!("{url}{BFF}"), token: token.to_owned() }
    }

    /// A machine, by its voucher, at the API of machines.
    pub fn machine(url: &str, voucher: &str) -> Self {
        Self { http: Client::new(), base: format!("{url}/interop/v2"), token: voucher.to_owned() }
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    pub async fn get(&self, path: &str) -> Value {
        done(path, self.send(Method::GET, path, None).await)
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        done(path, self.send(Method::POST, path, Some(body)).await)
    }

    pub async fn put(&self, path: &str, body: Value) -> Value {
        done(path, self.send(Method::PUT, path, Some(body)).await)
    }

    /// Makes something and gives its identifier.
    pub async fn create(&self, path: &str, body: Value) -> String {
        self.post(path, body).await["id"].as_str().unwrap().to_owned()
    }

    /// Uploads the interface of a version.
    pub async fn upload_interface(&self, path: &str, content: &str) {
        let part = |name: &str, value: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        let file = "--b\r\nContent-Disposition: form-data; name=\"doc\"; filename=\"api.json\"\r\nContent-Type: application/json";
        let body =
            format!("{}{}{file}\r\n\r\n{content}\r\n--b--\r\n", part("kind", "INTERFACE"), part("prettyName", "Interfaccia"));
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(&self.token);
        let answer = request.header("content-type", "multipart/form-data; boundary=b").body(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
    }
}

fn done(path: &str, (status, body): (u16, Value)) -> Value {
    assert!((200..300).contains(&status), "{path}: {status} {body}");
    body
}

/// The form by which a client asks for a voucher.
pub fn voucher_form(url: &str, client: &str, pair: &Pair, jti: &str, purpose: Option<&str>) -> Vec<(&'static str, String)> {
    let (now, host) = (now(), url.split_once("://").unwrap().1);
    let mut claims = json!({
        "iss": client, "sub": client, "aud": format!("{host}/client-assertion"), "jti": jti, "iat": now, "exp": now + 300,
    });
    if let Some(purpose) = purpose {
        claims["purposeId"] = json!(purpose);
    }
    vec![
        ("client_id", client.to_owned()),
        ("client_assertion", pair.sign("JWT", &claims)),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned()),
        ("grant_type", "client_credentials".to_owned()),
    ]
}

/// The voucher that a form is worth, or the refusal.
pub async fn ask_voucher(url: &str, form: &[(&'static str, String)]) -> (u16, Value) {
    let answer = Client::new().post(format!("{url}/authorization-server/token.oauth2")).form(form).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

fn now() -> i64 {
    Clock::system().now().as_second()
}
