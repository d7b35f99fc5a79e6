//! The back end of the pages, with a portal of identities beside it.

mod authorisation;
mod holdings;
mod keychains;
mod lists;
mod papers;
mod portal;
mod tokens;
mod transfer;
mod walk;

use axum::body::Body;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use interop::attributes::tenant::Person;
use interop::roles::Role;
use interop::store::{self, bodies};
use jiff::SignedDuration;
use kernel::{TenantId, UserId, Uuid};
use serde_json::{Value, json};

use crate::m2m::Machine;
use crate::on_both_engines;
use crate::world::{AUDIENCE, Answer, CLIENT, CONSUMER, OPERATOR, PRODUCER, PURPOSE, Pair, TOKEN, VERSION, World};

on_both_engines!(
    nobody_is_let_in_without_a_session_of_the_portal,
    people_have_a_limit_each_and_machines_one_for_their_body,
    c1_to_c5_operators_keep_clients_and_keys_that_give_vouchers,
    c8_an_operator_of_keys_sees_his_own_clients,
    c9_a_client_of_the_api_has_one_administrator,
    p6_and_p15_a_producer_sees_what_waits_for_it_and_says_when,
    p9_to_p11_each_side_commands_its_own,
);

pub const BASE: &str = "/0.0/backend-for-frontend";
/// Somebody of the consumer who only keeps keys.
const KEEPER: UserId = UserId(Uuid::from_u128(60));

/// An installation that trusts a portal, and the portal's key.
pub struct Portal {
    pub world: World,
    pub pair: Pair,
}

impl Portal {
    pub async fn beside(world: &World) -> Self {
        Self::with(world, &[]).await
    }

    /// With further settings.
    pub async fn with(world: &World, more: &[(&'static str, &str)]) -> Self {
        let pair = Pair::draw();
        let key = pair.public();
        let set = json!({ "keys": [{ "kty": "RSA", "use": "sig", "kid": pair.kid(), "n": key.n, "e": key.e }] });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/jwks.json", get(move || async move { Json(set) }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let settings = [
            ("SPORTELLO_INTEROP_SESSION_JWKS", format!("http://{address}/jwks.json")),
            ("SPORTELLO_INTEROP_SESSION_ISSUER", "portale.example.it".to_owned()),
            ("SPORTELLO_EGRESS_ALLOW", address.to_string()),
        ];
        let own = settings.iter().map(|(name, value)| (*name, value.as_str()));
        let world = world.another(&own.chain(more.iter().copied()).collect::<Vec<_>>()).await;
        Self { world, pair }
    }

    fn claims(&self, tenant: TenantId, user: UserId, roles: &str) -> Value {
        let now = self.world.clock.now().as_second();
        json!({
            "iss": "portale.example.it", "aud": "127.0.0.1:8080/ui", "iat": now, "nbf": now, "exp": now + 3600, "jti": "1",
            "uid": user, "user-roles": roles, "organizationId": tenant, "name": "Ada", "family_name": "Bianchi",
        })
    }

    fn token(&self, claims: &Value) -> String {
        self.pair.sign(&json!({ "alg": "RS256", "typ": "at+jwt", "use": "sig", "kid": self.pair.kid() }), claims)
    }

    async fn send(&self, token: &str, (method, path): (&str, &str), body: Option<Value>) -> Answer {
        let request = Request::builder().method(method).uri(format!("{BASE}{path}"));
        let request = request.header("authorization", format!("Bearer {token}")).header("content-type", "application/json");
        self.world.send(request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string()))).unwrap()).await
    }

    /// A session of somebody.
    pub fn session(&self, tenant: TenantId, user: UserId, roles: &str) -> Session<'_> {
        Session { portal: self, token: self.token(&self.claims(tenant, user, roles)) }
    }
}

pub struct Session<'a> {
    pub portal: &'a Portal,
    pub token: String,
}

impl Session<'_> {
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.portal.send(&self.token, (method, path), body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call("PUT", path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, None).await
    }

    /// How many there are in a list.
    pub async fn count(&self, path: &str) -> u64 {
        self.get(path).await.expect(200)["pagination"]["totalCount"].as_u64().unwrap()
    }

    /// What was created.
    pub async fn create(&self, path: &str, body: Value) -> String {
        self.post(path, body).await.expect(200)["id"].as_str().unwrap().to_owned()
    }

    /// Sends a file in a form with further members.
    pub async fn upload(&self, path: &str, members: &[(&str, &str)], (name, content): (&str, &str)) -> Answer {
        let mut body = String::new();
        for (member, value) in members {
            body.push_str(&format!("--b\r\nContent-Disposition: form-data; name=\"{member}\"\r\n\r\n{value}\r\n"));
        }
        body.push_str(&format!(
            "--b\r\nContent-Disposition: form-data; name=\"doc\"; filename=\"{name}\"\r\nContent-Type: application/json\r\n\r\n{content}\r\n--b--\r\n"
        ));
        let request = Request::builder().method("POST").uri(format!("{BASE}{path}"));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let request = request.header("content-type", "multipart/form-data; boundary=b");
        self.portal.world.send(request.body(Body::from(body)).unwrap()).await
    }

    /// A file.
    pub async fn download(&self, path: &str) -> (http::response::Parts, Vec<u8>) {
        let request = Request::builder().uri(format!("{BASE}{path}"));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        self.portal.world.fetch(request.body(Body::empty()).unwrap()).await
    }
}

/// Adds the keeper of keys to the consumer's people.
async fn employ(world: &World) {
    world
        .write(|tx| {
            let mut tenant = bodies::find_tenant(tx, CONSUMER, store::Purpose::Change)?.unwrap();
            let person = Person { name: "Ugo".into(), family_name: "Neri".into(), roles: vec![Role::Security] };
            tenant.users.insert(KEEPER, person);
            bodies::save_tenant(tx, &tenant)
        })
        .await;
}

pub fn key_seed(pair: &Pair) -> Value {
    json!({ "name": "Chiave nuova", "use": "SIG", "alg": "RS256", "key": STANDARD.encode(pair.pem()) })
}

/// Asks for a voucher of a client for the purpose of the world.
pub async fn voucher(world: &World, client: &str, pair: &Pair) -> Answer {
    voucher_for(world, client, pair, &PURPOSE.to_string()).await
}

/// Asks for a voucher of a client for a purpose.
pub async fn voucher_for(world: &World, client: &str, pair: &Pair, purpose: &str) -> Answer {
    let now = world.clock.now().as_second();
    let claims = json!({
        "iss": client, "sub": client, "aud": AUDIENCE, "jti": world.app.rng().uuid(), "iat": now, "exp": now + 300,
        "purposeId": purpose,
    });
    let assertion = pair.sign(&json!({ "alg": "RS256", "typ": "JWT", "kid": pair.kid() }), &claims);
    let form = format!(
        "client_id={client}&client_assertion={assertion}&grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    world.post(TOKEN, &form, &[]).await
}

async fn nobody_is_let_in_without_a_session_of_the_portal(world: World) {
    let portal = Portal::beside(&world).await;
    let list = ("GET", "/clients?offset=0&limit=9");
    let good = portal.claims(CONSUMER, OPERATOR, "admin");
    let token = portal.token(&good);
    assert_eq!(portal.send(&token, list, None).await.status, 200);
    let invalid = (401, "008-9995".to_owned());
    for (name, value) in
        [("iss", json!("altri")), ("aud", json!("altri/ui")), ("exp", json!(1)), ("nbf", json!(4_000_000_000_u64))]
    {
        let mut claims = good.clone();
        claims[name] = value;
        assert_eq!(portal.send(&portal.token(&claims), list, None).await.refusal(), invalid, "{name}");
    }
    let mut claims = good.clone();
    claims.as_object_mut().unwrap().remove("organizationId");
    assert_eq!(portal.send(&portal.token(&claims), list, None).await.refusal(), (400, "008-9994".to_owned()));
    let stranger = Pair::draw();
    let header = json!({ "alg": "RS256", "typ": "at+jwt", "kid": portal.pair.kid() });
    assert_eq!(portal.send(&stranger.sign(&header, &good), list, None).await.refusal(), invalid, "another's signature");
    let header = json!({ "alg": "RS256", "typ": "at+jwt", "kid": stranger.kid() });
    assert_eq!(portal.send(&stranger.sign(&header, &good), list, None).await.refusal(), invalid, "a key that nobody knows");
    let machine = portal.token(&portal.claims(CONSUMER, OPERATOR, "m2m-admin,m2m"));
    assert_eq!(portal.send(&machine, list, None).await.refusal(), (403, "006-9993".to_owned()), "no person is a machine");
    // An installation that trusts no portal lets nobody in.
    let alone = Portal { world: world.another(&[]).await, pair: portal.pair };
    assert_eq!(alone.send(&token, list, None).await.refusal(), invalid);
}

async fn people_have_a_limit_each_and_machines_one_for_their_body(world: World) {
    employ(&world).await;
    let portal = Portal::with(&world, &[("SPORTELLO_INTEROP_LIMIT_PER_TENANT", "3")]).await;
    let (ada, ugo) = (portal.session(CONSUMER, OPERATOR, "admin"), portal.session(CONSUMER, KEEPER, "security"));
    let list = "/clients?offset=0&limit=1";
    for left in ["2", "1", "0"] {
        assert_eq!(ada.get(list).await.header("x-rate-limit-remaining"), Some(left));
    }
    // A second session of the same person is the same person.
    let again = portal.session(CONSUMER, OPERATOR, "viewer").get(list).await;
    assert_eq!((again.refusal(), again.header("retry-after")), ((429, "008-9997".to_owned()), Some("1")));
    assert_eq!(ugo.get(list).await.header("x-rate-limit-remaining"), Some("2"), "a colleague");
    let elsewhere = portal.session(PRODUCER, OPERATOR, "admin").get(list).await;
    assert_eq!(elsewhere.header("x-rate-limit-remaining"), Some("2"), "the same person for another body");
    let machine = Machine::of(&portal.world, CONSUMER, true).await;
    assert_eq!(machine.get(list).await.header("x-rate-limit-remaining"), Some("2"), "machines of the same body");
    let other = Machine::of(&portal.world, CONSUMER, true).await;
    assert_eq!(other.get(list).await.header("x-rate-limit-remaining"), Some("1"), "which share theirs");
    portal.world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(ada.get(list).await.status, 200);
}

async fn c1_to_c5_operators_keep_clients_and_keys_that_give_vouchers(world: World) {
    employ(&world).await;
    let portal = Portal::beside(&world).await;
    let (admin, keeper) = (portal.session(CONSUMER, OPERATOR, "admin"), portal.session(CONSUMER, KEEPER, "security"));
    let seed = json!({ "name": "Client di sportello", "members": [OPERATOR] });
    assert_eq!(keeper.post("/clientsConsumer", seed.clone()).await.refusal(), (403, "006-9993".to_owned()));
    let client = admin.post("/clientsConsumer", seed).await.expect(200)["id"].as_str().unwrap().to_owned();
    let at = format!("/clients/{client}");
    let seed = json!({ "userIds": [KEEPER] });
    admin.post(&format!("{at}/users"), seed.clone()).await.expect(200);
    assert_eq!(admin.post(&format!("{at}/users"), seed).await.refusal(), (400, "006-0008".to_owned()));
    let users = admin.get(&format!("{at}/users")).await.expect(200);
    assert!(users.as_array().unwrap().contains(&json!({ "userId": KEEPER, "name": "Ugo", "familyName": "Neri" })), "{users}");

    let pair = Pair::draw();
    keeper.post(&format!("{at}/keys"), key_seed(&pair)).await.expect(204);
    assert_eq!(admin.post(&format!("{at}/keys"), key_seed(&pair)).await.refusal(), (409, "006-0017".to_owned()));
    assert_eq!(voucher(&portal.world, &client, &pair).await.status, 400, "not linked");
    admin.post(&format!("{at}/purposes"), json!({ "purposeId": PURPOSE })).await.expect(204);
    assert_eq!(voucher(&portal.world, &client, &pair).await.status, 200, "usable at once");
    let shown = admin.get(&at).await.expect(200);
    assert_eq!((&shown["kind"], &shown["purposes"][0]["purposeId"]), (&json!("CONSUMER"), &json!(PURPOSE)));
    let keys = keeper.get(&format!("{at}/keys?offset=0&limit=9")).await.expect(200);
    let kid = pair.kid();
    assert_eq!((&keys["keys"][0]["keyId"], &keys["keys"][0]["isOrphan"]), (&json!(kid), &json!(false)));
    let none = admin.get(&format!("{at}/keys?offset=0&limit=9&userIds={OPERATOR}")).await.expect(200);
    assert_eq!(none["pagination"]["totalCount"], 0);
    let encoded = keeper.get(&format!("{at}/encoded/keys/{kid}")).await.expect(200);
    assert_eq!(encoded["key"], key_seed(&pair)["key"]);

    // Whoever leaves leaves the key, which an administrator may delete.
    admin.delete(&format!("{at}/users/{KEEPER}")).await.expect(204);
    assert_eq!(voucher(&portal.world, &client, &pair).await.status, 200);
    assert_eq!(admin.get(&format!("{at}/keys/{kid}")).await.expect(200)["isOrphan"], true);
    assert_eq!(keeper.delete(&format!("{at}/keys/{kid}")).await.refusal(), (403, "006-0005".to_owned()));
    admin.delete(&format!("{at}/keys/{kid}")).await.expect(204);
    assert_eq!(voucher(&portal.world, &client, &pair).await.status, 400, "at once");
    assert_eq!(admin.get(&format!("{at}/keys/{kid}")).await.refusal(), (404, "006-0004".to_owned()));
    admin.delete(&at).await.expect(204);
    assert_eq!(admin.get(&at).await.refusal(), (404, "006-0001".to_owned()));
}

async fn c8_an_operator_of_keys_sees_his_own_clients(world: World) {
    employ(&world).await;
    let portal = Portal::beside(&world).await;
    let (admin, keeper) = (portal.session(CONSUMER, OPERATOR, "admin"), portal.session(CONSUMER, KEEPER, "security"));
    let list = "/clients?offset=0&limit=9";
    assert_eq!(keeper.get(list).await.expect(200)["pagination"]["totalCount"], 0);
    assert_eq!(keeper.get(&format!("/clients/{CLIENT}")).await.refusal(), (403, "006-0032".to_owned()));
    admin.post(&format!("/clients/{CLIENT}/users"), json!({ "userIds": [KEEPER] })).await.expect(200);
    let own = keeper.get(list).await.expect(200);
    assert_eq!((&own["results"][0]["id"], &own["results"][0]["hasKeys"]), (&json!(CLIENT), &json!(true)));
    let producer = portal.session(PRODUCER, OPERATOR, "admin");
    assert_eq!(producer.get(list).await.expect(200)["pagination"]["totalCount"], 0);
    assert_eq!(producer.get(&format!("/clients/{CLIENT}")).await.refusal(), (403, "006-0002".to_owned()));
    for (query, found) in [("q=prova", 1), ("q=altro", 0), ("kind=CONSUMER", 1), ("kind=API", 0)] {
        let listed = admin.get(&format!("{list}&{query}")).await.expect(200);
        assert_eq!(listed["pagination"]["totalCount"], found, "{query}");
    }
}

async fn c9_a_client_of_the_api_has_one_administrator(world: World) {
    let portal = Portal::beside(&world).await;
    let admin = portal.session(CONSUMER, OPERATOR, "admin");
    let seed = json!({ "name": "Macchine dell'ente", "members": [OPERATOR] });
    let client = admin.post("/clientsApi", seed).await.expect(200)["id"].as_str().unwrap().to_owned();
    let at = format!("/clients/{client}");
    let named = admin.post(&format!("{at}/admin"), json!({ "adminId": OPERATOR })).await.expect(200);
    assert_eq!((&named["kind"], &named["admin"]["userId"]), (&json!("API"), &json!(OPERATOR)));
    assert_eq!(admin.post(&format!("{at}/admin"), json!({ "adminId": OPERATOR })).await.refusal(), (409, "006-0034".to_owned()));
    let linked = admin.post(&format!("{at}/purposes"), json!({ "purposeId": PURPOSE })).await;
    assert_eq!(linked.refusal(), (403, "006-0031".to_owned()));
    admin.delete(&format!("{at}/admin/{OPERATOR}")).await.expect(204);
    assert_eq!(admin.delete(&format!("{at}/admin/{OPERATOR}")).await.refusal(), (404, "006-0033".to_owned()));
}

async fn p6_and_p15_a_producer_sees_what_waits_for_it_and_says_when(world: World) {
    let portal = Portal::beside(&world).await;
    let (producer, consumer) = (portal.session(PRODUCER, OPERATOR, "admin"), portal.session(CONSUMER, OPERATOR, "admin"));
    let waiting = "/producers/purposes?offset=0&limit=9&states=WAITING_FOR_APPROVAL";
    assert_eq!(producer.get(waiting).await.expect(200)["pagination"]["totalCount"], 0);
    let left = consumer.get(&format!("/purposes/{PURPOSE}/remainingDailyCalls")).await.expect(200);
    assert_eq!(left, json!({ "remainingDailyCallsPerConsumer": 90, "remainingDailyCallsTotal": 990 }));
    let asked = consumer.post(&format!("/purposes/{PURPOSE}/versions"), json!({ "dailyCalls": 150 })).await.expect(200);
    let version = asked["versionId"].as_str().unwrap();
    let at = format!("/purposes/{PURPOSE}/versions/{version}");
    let row = producer.get(waiting).await.expect(200)["results"][0].clone();
    assert_eq!((&row["consumer"]["id"], &row["waitingForApprovalVersion"]["dailyCalls"]), (&json!(CONSUMER), &json!(150)));
    assert_eq!(
        (&row["currentVersion"]["dailyCalls"], &row["dailyCallsPerConsumer"], &row["dailyCallsTotal"]),
        (&json!(10), &json!(100), &json!(1000))
    );
    assert_eq!(row["clients"], json!([]), "the consumer's business");
    assert_eq!(consumer.get(waiting).await.expect(200)["pagination"]["totalCount"], 0, "not its e-services");

    let date = json!({ "expectedApprovalDate": "2026-04-01T00:00:00Z" });
    let update = format!("{at}/update/waitingForApproval");
    assert_eq!(consumer.post(&update, date.clone()).await.refusal(), (403, "004-0007".to_owned()));
    producer.post(&update, date.clone()).await.expect(200);
    let seen = consumer.get(&format!("/purposes/{PURPOSE}")).await.expect(200);
    assert_eq!(seen["waitingForApprovalVersion"]["expectedApprovalDate"], "2026-04-01T02:00:00+02:00");
    assert_eq!(seen["clients"][0]["id"], json!(CLIENT));
    assert_eq!(consumer.post(&format!("{at}/activate"), json!({})).await.refusal(), (403, "004-0010".to_owned()));
    producer.post(&format!("{at}/activate"), json!({})).await.expect(200);
    assert_eq!(producer.post(&update, date).await.refusal(), (403, "004-0007".to_owned()), "it does not wait any more");
    assert_eq!(consumer.get(&format!("/purposes/{PURPOSE}")).await.expect(200)["currentVersion"]["dailyCalls"], 150);

    let asked = consumer.post(&format!("/purposes/{PURPOSE}/versions"), json!({ "dailyCalls": 500 })).await.expect(200);
    let at = format!("/purposes/{PURPOSE}/versions/{}", asked["versionId"].as_str().unwrap());
    producer.post(&format!("{at}/reject"), json!({ "rejectionReason": "Carico eccessivo" })).await.expect(204);
    let seen = consumer.get(&format!("/purposes/{PURPOSE}")).await.expect(200);
    assert_eq!(seen["rejectedVersion"]["rejectionReason"], "Carico eccessivo");
    assert_eq!(portal.world.ask().await.status, 200, "what was in force stays so");
}

async fn p9_to_p11_each_side_commands_its_own(world: World) {
    let portal = Portal::beside(&world).await;
    let (producer, consumer) = (portal.session(PRODUCER, OPERATOR, "admin"), portal.session(CONSUMER, OPERATOR, "admin"));
    let at = format!("/purposes/{PURPOSE}/versions/{VERSION}");
    producer.post(&format!("{at}/suspend"), json!({})).await.expect(200);
    assert_eq!(consumer.post(&format!("{at}/activate"), json!({})).await.refusal(), (403, "004-0007".to_owned()));
    assert_eq!(portal.world.ask().await.reasons(), ["invalidPurposeState"]);
    producer.post(&format!("{at}/activate"), json!({})).await.expect(200);
    assert_eq!(portal.world.ask().await.status, 200);
    assert_eq!(producer.post(&format!("{at}/archive"), json!({})).await.refusal(), (403, "004-0008".to_owned()));
    consumer.post(&format!("{at}/archive"), json!({})).await.expect(200);
    assert_eq!(portal.world.ask().await.status, 400);
    let own = consumer.get("/consumers/purposes?offset=0&limit=9&states=ARCHIVED").await.expect(200);
    assert_eq!(own["results"][0]["id"], json!(PURPOSE));
    assert_eq!(consumer.delete(&at).await.refusal(), (409, "004-0009".to_owned()));
    portal.world.clock.advance(SignedDuration::from_secs(3600));
    assert_eq!(consumer.get("/clients?offset=0&limit=9").await.refusal(), (401, "008-9995".to_owned()), "it has ended");
}
