//! The API of machines.

mod authorisation;
mod events;
mod files;
mod gate;
mod lists;
mod story;

use axum::body::Body;
use http::Request;
use interop::clients::client::{self, Client};
use interop::ids::ClientId;
use interop::store::{bodies, clients};
use kernel::{TenantId, Uuid};
use serde_json::{Value, json};

use crate::world::{AUDIENCE, Answer, CONSUMER, OPERATOR, PRODUCER, Pair, TOKEN, World, key, operator, person, tenant};

/// Base of every address.
pub const BASE: &str = "/interop/v2";
/// A body that has nothing to do with the others.
pub const STRANGER: TenantId = TenantId(Uuid::from_u128(31));

/// A machine of a body, with its voucher.
pub struct Machine<'a> {
    pub world: &'a World,
    pub client: ClientId,
    pub token: String,
}

impl<'a> Machine<'a> {
    /// A machine of `tenant`; with an administrator it may change what its body may.
    pub async fn of(world: &'a World, tenant_id: TenantId, admin: bool) -> Self {
        let (pair, now) = (Pair::draw(), world.clock.now());
        let client = ClientId(world.app.rng().uuid());
        let public = pair.public();
        world
            .write(move |tx| {
                if bodies::find_tenant(tx, tenant_id, interop::store::Purpose::Look)?.is_none() {
                    bodies::save_tenant(tx, &tenant(tenant_id, now))?;
                }
                let seed = client::Seed { name: "Macchina di prova".into(), description: None, members: vec![OPERATOR] };
                let mut machine = Client::create(seed, client::Kind::Api, tenant_id, (client, now)).unwrap();
                machine.add_key(key(public, now), operator()).unwrap();
                if admin {
                    machine.set_admin(OPERATOR, Some(&person())).unwrap();
                }
                clients::save(tx, &machine)
            })
            .await;
        let token = voucher(world, client, &pair, &[]).await.body["access_token"].as_str().unwrap().to_owned();
        Self { world, client, token }
    }

    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{BASE}{path}"));
        request = request.header("authorization", format!("Bearer {}", self.token));
        let body = match body {
            Some(body) => {
                let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
                request = request.header("content-type", kind);
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.world.send(request.body(body).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    /// Uploads a file.
    pub async fn upload(&self, path: &str, (name, pretty, content): (&str, &str, &str)) -> Answer {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/json\r\n\r\n{content}\r\n--b\r\nContent-Disposition: form-data; name=\"prettyName\"\r\n\r\n{pretty}\r\n--b--\r\n"
        );
        let request = Request::builder().method("POST").uri(format!("{BASE}{path}"));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let request = request.header("content-type", "multipart/form-data; boundary=b");
        self.world.send(request.body(Body::from(body)).unwrap()).await
    }
}

/// Asks for a voucher for the API.
pub async fn voucher(world: &World, client: ClientId, pair: &Pair, headers: &[(&str, &str)]) -> Answer {
    let now = world.clock.now().as_second();
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": pair.kid() });
    let claims = json!({
        "iss": client, "sub": client, "aud": AUDIENCE, "jti": world.app.rng().uuid(), "iat": now, "exp": now + 300,
    });
    let form = format!(
        "client_id={client}&client_assertion={}&grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        pair.sign(&header, &claims)
    );
    world.post(TOKEN, &form, headers).await
}

/// The machines of producer and consumer that may change things.
pub async fn both(world: &World) -> (Machine<'_>, Machine<'_>) {
    (Machine::of(world, PRODUCER, true).await, Machine::of(world, CONSUMER, true).await)
}

impl Answer {
    /// The answer, which must have this status.
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self.body
    }

    /// Status and code of a refusal, whose body fits the published schema.
    pub fn refusal(&self) -> (u16, String) {
        let problem = self.body.as_object().unwrap_or_else(|| panic!("{self:?}"));
        let known = ["type", "status", "title", "detail", "errors", "correlationId"];
        assert!(problem.keys().all(|name| known.contains(&name.as_str())), "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        assert_eq!((&problem["type"], &problem["status"]), (&json!("about:blank"), &json!(self.status.as_u16())));
        assert_eq!(problem["errors"].as_array().unwrap().len(), 1);
        assert_eq!(self.header("x-correlation-id"), problem["correlationId"].as_str());
        for name in ["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-interval"] {
            assert!(self.header(name).unwrap().parse::<u32>().is_ok(), "{name}");
        }
        (self.status.as_u16(), problem["errors"][0]["code"].as_str().unwrap().to_owned())
    }
}

/// A new e-service.
pub fn eservice_seed(name: &str) -> Value {
    json!({
        "name": name, "description": "Anagrafe dei residenti", "technology": "REST", "mode": "DELIVER",
        "descriptor": {
            "audience": ["api.example.it/anagrafe"], "voucherLifespan": 600, "dailyCallsPerConsumer": 100, "dailyCallsTotal": 1000,
            "agreementApprovalPolicy": "MANUAL",
        },
    })
}

/// A risk analysis that is complete.
pub fn analysis() -> Value {
    json!({ "version": "3.1", "answers": {
        "purpose": ["OTHER"], "otherPurpose": ["Altro"], "usesPersonalData": ["NO"], "usesThirdPartyPersonalData": ["NO"],
        "isRequestOnBehalfOfThirdParties": ["NO"],
    } })
}
