//! A strict OAuth 2.0 server in front of SPID and CIE, as the documentation describes OpenLogin: authorization code, client in
//! the body, PKCE, flat profile.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::world::World;

pub const CLIENT: &str = "sportello";
pub const SECRET: &str = "segreto del client & altro";

/// How an address of the server behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    #[default]
    Right,
    /// Takes longer than anybody waits.
    Slow,
    /// More than anybody reads.
    Large,
    /// A page for people.
    Page,
    /// Leads elsewhere.
    Elsewhere,
    /// 500.
    Broken,
    /// Does not know the client any more.
    Locked,
}

#[derive(Default)]
pub struct Memory {
    /// The challenge and the address of each code.
    codes: BTreeMap<String, (String, String)>,
    tokens: BTreeSet<String>,
    pub profile: Value,
    pub token_manner: Manner,
    pub profile_manner: Manner,
}

/// The server.
#[derive(Clone)]
pub struct LoginServer {
    pub address: String,
    memory: Arc<Mutex<Memory>>,
}

/// What the provider knows of the citizen of the samples.
pub fn profile() -> Value {
    json!({
        "spidCode": "AGID-001", "name": "Michelangelo", "familyName": "Buonarroti", "fiscalNumber": "TINIT-BNRMHL75C06G702B",
        "placeOfBirth": "G702", "countyOfBirth": "PI", "dateOfBirth": "1975-03-06", "gender": "M", "companyName": "",
        "ivaCode": null,
        "mobilePhone": "3331234567", "email": "mb@example.it", "digitalAddress": "mb@pec.example.it",
        "provider": "https://idp.example.it",
    })
}

impl LoginServer {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let memory = Arc::new(Mutex::new(Memory { profile: profile(), ..Memory::default() }));
        let server = Self { address, memory };
        let routes = Router::new().route("/token", post(token)).route("/api/profile", get(describe)).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        server
    }

    /// A process of the installation that is a client of the server.
    pub async fn client(&self, world: &World) -> World {
        let at = |path: &str| format!("http://{}{path}", self.address);
        let settings = [
            ("SPORTELLO_LOGIN_URL_AUTHORIZE", at("/authorize")),
            ("SPORTELLO_LOGIN_URL_ACCESS_TOKEN", at("/token")),
            ("SPORTELLO_LOGIN_URL_RESOURCE_OWNER_DETAILS", at("/api/profile")),
            ("SPORTELLO_LOGIN_URL_LOGOUT", at("/logout")),
            ("SPORTELLO_LOGIN_CLIENT_ID", CLIENT.to_owned()),
            ("SPORTELLO_LOGIN_CLIENT_SECRET", SECRET.to_owned()),
            ("SPORTELLO_LOGIN_TIMEOUT_S", "1".to_owned()),
            ("SPORTELLO_EGRESS_ALLOW", self.address.clone()),
        ];
        world.another(&settings.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>()).await
    }

    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap()
    }

    /// What happens when a browser is sent to `url` and its owner signs in: the code and the state that it brings back.
    pub fn sign_in(&self, url: &str) -> (String, String) {
        let url = Url::parse(url).unwrap();
        let origin = format!("http://{}/authorize", self.address);
        assert_eq!(url.as_str().split('?').next(), Some(origin.as_str()));
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        let mut asked: BTreeMap<String, String> = pairs.iter().cloned().collect();
        assert_eq!(asked.len(), pairs.len(), "a parameter twice");
        let mut take = |name: &str| asked.remove(name).unwrap_or_else(|| panic!("no {name}"));
        assert_eq!(
            (take("response_type").as_str(), take("client_id").as_str(), take("scope").as_str()),
            ("code", CLIENT, "profile")
        );
        assert_eq!(take("code_challenge_method"), "S256");
        let (challenge, redirect_uri, state) = (take("code_challenge"), take("redirect_uri"), take("state"));
        assert_eq!(URL_SAFE_NO_PAD.decode(&challenge).unwrap().len(), 32);
        assert!(asked.is_empty(), "nobody asked for {asked:?}");
        let mut memory = self.memory();
        let code = format!("code-{}/+&=", memory.codes.len());
        memory.codes.insert(code.clone(), (challenge, redirect_uri));
        (code, state)
    }
}

async fn behave(manner: Manner) -> Option<Response> {
    match manner {
        Manner::Right => None,
        Manner::Slow => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            None
        }
        Manner::Large => {
            Some(([(CONTENT_TYPE, "application/json")], format!("{{\"x\":\"{}\"}}", "x".repeat(70_000))).into_response())
        }
        Manner::Page => Some(([(CONTENT_TYPE, "text/html")], "<h1>Michelangelo Buonarroti</h1>").into_response()),
        Manner::Elsewhere => Some(Redirect::temporary("/api/profile").into_response()),
        Manner::Broken => Some((StatusCode::INTERNAL_SERVER_ERROR, "BNRMHL75C06G702B").into_response()),
        Manner::Locked => Some((StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" }))).into_response()),
    }
}

async fn token(State(server): State<LoginServer>, headers: HeaderMap, body: Bytes) -> Response {
    let manner = server.memory().token_manner;
    if let Some(response) = behave(manner).await {
        return response;
    }
    assert_eq!(headers[CONTENT_TYPE], "application/x-www-form-urlencoded");
    assert!(!headers.contains_key(AUTHORIZATION), "who the client is stands in the body");
    let told: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let names: Vec<_> = told.keys().map(String::as_str).collect();
    assert_eq!(names, ["client_id", "client_secret", "code", "code_verifier", "grant_type", "redirect_uri"]);
    let refused = |status: StatusCode, error: &str| (status, Json(json!({ "error": error }))).into_response();
    if (told["client_id"].as_str(), told["client_secret"].as_str()) != (CLIENT, SECRET) {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    if told["grant_type"] != "authorization_code" {
        return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let mut memory = server.memory();
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&told["code_verifier"]));
    // A code is good for one attempt.
    if memory.codes.remove(&told["code"]) != Some((challenge, told["redirect_uri"].clone())) {
        return refused(StatusCode::BAD_REQUEST, "invalid_grant");
    }
    let token = format!("token-{}", memory.tokens.len());
    memory.tokens.insert(token.clone());
    Json(json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600, "refresh_token": "x" })).into_response()
}

async fn describe(State(server): State<LoginServer>, headers: HeaderMap) -> Response {
    let manner = server.memory().profile_manner;
    if let Some(response) = behave(manner).await {
        return response;
    }
    let memory = server.memory();
    let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if shown.is_some_and(|token| memory.tokens.contains(token)) {
        Json(memory.profile.clone()).into_response()
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}
