//! For tests of one context in process: what the other roles would answer, tokens as the identity role makes them, and requests to a
//! router.

use std::collections::HashMap;
use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use kernel::RomeTime;
use runtime::{App, ServiceToken};
use serde_json::{Value, json};
use tower::ServiceExt;
use web::{ApiError, Json};

/// The tenant that tests are about.
pub const BUGLIANO: &str = "60e35f02-1509-408c-b101-3b1a28109329";
/// Another tenant.
pub const VALLELAGHI: &str = "0e1d2c3b-4a59-4687-9788-a9bacbdcedfe";

/// Runs each `async fn name(world: World)` of the module once on each engine. Its `World` has `on_sqlite` and `on_postgres`.
#[macro_export]
macro_rules! on_both_engines {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::World::on_sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::World::on_postgres().await).await;
            })*
        }
    };
}

/// The pair that signs every token of the tests: making one takes a while.
fn key() -> &'static RsaKeyPair {
    static KEY: OnceLock<RsaKeyPair> = OnceLock::new();
    KEY.get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("a key can be made"))
}

/// A token as the identity role makes it, for a user with this identifier and name.
///
/// # Panics
/// When signing fails.
pub fn token(now: RomeTime, tenant: &str, user: &str, username: &str, roles: &[&str]) -> String {
    let now = now.as_second();
    let header = json!({ "typ": "JWT", "alg": "RS256", "kid": format!("key-{tenant}") });
    let claims =
        json!({ "iat": now, "exp": now + 10 * 86_400, "roles": roles, "username": username, "id": user, "tenant_id": tenant });
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut signature = vec![0; key().public_modulus_len()];
    key().sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).expect("the key signs");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A token by which the platform itself speaks for a tenant.
///
/// # Panics
/// When `tenant` is no identifier.
pub fn service_token(app: &App, tenant: &str) -> String {
    ServiceToken::issue(app.secret(), tenant.parse().expect("an identifier"), app.clock().now())
}

/// What the identity role says of the tenants' keys: [`token`]'s one.
pub fn keys() -> Router {
    Router::new().route("/internal/keys/{kid}", get(public_key))
}

async fn public_key(Path(kid): Path<String>) -> Result<Json<Value>, ApiError> {
    let tenant = kid.strip_prefix("key-").ok_or_else(ApiError::not_found)?;
    let public = key().public_key();
    let (n, e) = (public.modulus(), public.exponent());
    let [n, e] =
        [n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero()].map(|number| URL_SAFE_NO_PAD.encode(number));
    Ok(Json(json!({ "tenant_id": tenant, "kid": kid, "n": n, "e": e })))
}

/// What the platform says of tenants: there are two.
pub fn tenants(app: &App) -> Router {
    Router::new().route("/internal/tenants", get(tenant_info)).with_state(app.clone())
}

async fn tenant_info(State(app): State<App>, Query(query): Query<HashMap<String, String>>) -> Result<Json<Value>, ApiError> {
    let slug = query.get("slug").map(String::as_str).unwrap_or_default();
    let id = match slug {
        "comune-di-bugliano" => BUGLIANO,
        "comune-di-vallelaghi" => VALLELAGHI,
        _ => return Err(ApiError::not_found()),
    };
    Ok(Json(json!({
        "id": id, "slug": slug, "name": slug, "ipa_code": "c_test", "tax_code": "00337460224", "hosts": [], "locales": ["it"],
        "base_url": format!("{}/{slug}", app.public_url())
    })))
}

/// A JSON request by the holder of a token; by nobody when it is empty, and without a body when that is null.
///
/// # Panics
/// When the words make no request.
pub async fn call(router: &Router, token: &str, method: &str, path: &str, body: &Value) -> Reply {
    let mut request = Request::builder().method(method).uri(path).header(CONTENT_TYPE, "application/json");
    if !token.is_empty() {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    send(router, request.body(body).expect("a request")).await
}

/// Any request.
///
/// # Panics
/// When the answer breaks off.
pub async fn send(router: &Router, request: Request<Body>) -> Reply {
    let response = router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("the answer is whole").to_bytes();
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    Reply { status: parts.status.as_u16(), headers: parts.headers, body, bytes }
}

/// What a router answered.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, if it is JSON.
    pub body: Value,
    /// The body as it came.
    pub bytes: Bytes,
}

impl Reply {
    /// The body, if the status is the one expected.
    ///
    /// # Panics
    /// When it is another.
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The names of the wrong fields of a 422.
    ///
    /// # Panics
    /// When it is none.
    pub fn wrong_fields(self) -> Vec<String> {
        let body = self.expect(422);
        let errors = body["errors"].as_array().into_iter().flatten();
        errors.map(|error| error["field"].as_str().expect("a field has a name").to_owned()).collect()
    }

    /// A header.
    ///
    /// # Panics
    /// When it is no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a text"))
    }

    /// Where the browser is sent.
    ///
    /// # Panics
    /// When it is sent nowhere.
    pub fn location(&self) -> String {
        self.header(LOCATION.as_str()).expect("a location").to_owned()
    }
}
