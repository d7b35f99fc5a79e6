//! From an e-service that does not exist to an application with certified data, by HTTP alone: what people do in the pages of the
//! interoperability platform, what the connector does with the client that comes out of it, what a citizen does with the data. Then each of
//! the three points at which somebody can stop it, and what a crash does to an assertion that was used.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use testkit::Sportello;

use crate::certified::{CITIZEN, TENANT, World, answers};
use crate::portal::{Pair, Portal, Session, ask_voucher, voucher_form};

/// The demonstration's ministry by its code, and its administrator.
const MINISTRY: (&str, &str) = ("m_int", "de300001-0000-4000-8000-000000020000");
/// What the connector knows as the register's services of identifiers and of residences.
const IDENTIFIERS: &str = "de300000-0000-4000-8000-000000010001";
const RESIDENCE: &str = "de300000-0000-4000-8000-000000010002";
const OPENAPI: &str = r#"{"openapi":"3.0.3","servers":[{"url":"https://api.example.it/residenza"}]}"#;

/// The installation, and an administrator of each of the two bodies: the ministry's comes from a portal of identities, the municipality's
/// has signed in here.
pub struct Stage {
    pub world: World,
    pub ministry: Session,
    pub municipality: Session,
    tenant: String,
    operator: String,
}

impl Stage {
    pub async fn set(folder: &std::path::Path) -> Self {
        let portal = Portal::open().await;
        let settings = portal.settings();
        // The connector gives no answer from memory: each needs a voucher. Nobody clicks as fast as a test.
        let settings = settings.iter().map(|(name, value)| (*name, value.as_str()));
        let settings = settings.chain([("SPORTELLO_PDND_CACHE_MINUTES", "0"), ("SPORTELLO_INTEROP_LIMIT_PER_TENANT", "1000")]);
        let settings: Vec<_> = settings.collect();
        let world = World { sportello: Sportello::start(folder, &["--demo"], &settings), http: Client::new() };
        let url = world.sportello.url.clone();
        let ministry = portal.administrator(&url, MINISTRY.0, MINISTRY.1).await;
        let token = world.token("admin").await;
        let said = claims(&token);
        let own = |name: &str| said[name].as_str().unwrap().to_owned();
        let (tenant, operator) = (own("tenant_id"), own("id"));
        Self { municipality: Session::people(&url, &token), ministry, tenant, operator, world }
    }

    pub fn url(&self) -> &str {
        &self.world.sportello.url
    }

    /// The producer's wizard, to the end.
    pub async fn publish(&self) -> (String, String) {
        let general = json!({
            "name": "Residenza dei cittadini", "description": "Dove risiede un cittadino", "technology": "REST", "mode": "DELIVER",
            "personalData": false,
        });
        let made = self.ministry.post("/eservices", general).await;
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let (eservice, version) = (text("id"), text("descriptorId"));
        let at = format!("/eservices/{eservice}/descriptors/{version}");
        let terms = json!({
            "description": "Prima versione del servizio", "audience": [format!("{}/anpr-demo/C020/v1", self.url())],
            "voucherLifespan": 600, "dailyCallsPerConsumer": 100, "dailyCallsTotal": 1000, "agreementApprovalPolicy": "MANUAL",
            "attributes": { "certified": [], "declared": [], "verified": [] },
        });
        self.ministry.put(&at, terms).await;
        self.ministry.upload_interface(&format!("{at}/documents"), OPENAPI).await;
        self.ministry.post(&format!("{at}/publish"), json!({})).await;
        (eservice, version)
    }

    /// The consumer finds it, asks for it, and is approved.
    pub async fn subscribe(&self, eservice: &str, version: &str) -> String {
        let found = self.municipality.get("/catalog?offset=0&limit=10&q=Residenza%20dei").await;
        assert_eq!(found["results"][0]["id"], json!(eservice), "{found}");
        let seed = json!({ "eserviceId": eservice, "descriptorId": version });
        let agreement = self.municipality.create("/agreements", seed).await;
        let notes = json!({ "consumerNotes": "Per le pratiche dei cittadini" });
        let submitted = self.municipality.post(&format!("/agreements/{agreement}/submit"), notes).await;
        assert_eq!(submitted["state"], "PENDING");
        let approved = self.ministry.post(&format!("/agreements/{agreement}/approve"), json!({})).await;
        assert_eq!(approved["state"], "ACTIVE");
        agreement
    }

    /// A purpose within the thresholds, in force; and its version.
    pub async fn purpose(&self, eservice: &str) -> (String, String) {
        let analysis = json!({ "version": "3.1", "answers": {
            "purpose": ["OTHER"], "otherPurpose": ["Controllo delle pratiche"], "usesPersonalData": ["NO"],
            "usesThirdPartyPersonalData": ["NO"], "isRequestOnBehalfOfThirdParties": ["NO"],
        } });
        let seed = json!({
            "eserviceId": eservice, "consumerId": self.tenant, "title": "Iscrizioni al nido", "riskAnalysisForm": analysis,
            "description": "Dove risiede chi iscrive un figlio", "isFreeOfCharge": true, "freeOfChargeReason": "Tra enti pubblici",
            "dailyCalls": 50,
        });
        let purpose = self.municipality.create("/purposes", seed).await;
        let draft = self.municipality.get(&format!("/purposes/{purpose}")).await;
        let version = draft["currentVersion"]["id"].as_str().unwrap().to_owned();
        self.municipality.post(&format!("/purposes/{purpose}/versions/{version}/activate"), json!({})).await;
        (purpose, version)
    }

    /// A client that is linked to a purpose and has no key yet.
    pub async fn client(&self, purpose: &str) -> String {
        let seed = json!({ "name": "Client di sportello", "members": [self.operator] });
        let client = self.municipality.create("/clientsConsumer", seed).await;
        self.municipality.post(&format!("/clients/{client}/purposes"), json!({ "purposeId": purpose })).await;
        client
    }

    /// Gives a client the connector's key, made there and deposited here, and has the connector use it.
    async fn connect(&self, client: &str, purpose: &str) {
        let admin = self.world.token("admin").await;
        let own = format!("/pdnd/v1/tenants/{}", self.tenant);
        let key = self.connector(&admin, Method::GET, &format!("{own}/keys"), Value::Null).await;
        let pem = key["public_key"].as_str().unwrap();
        let body = json!({ "id": client, "name": "Sportello", "env": "locale", "key_pair_id": key["id"] });
        let made = self.connector(&admin, Method::POST, &format!("{own}/clients"), body).await;
        let kid = made["key_id"].as_str().unwrap();
        deposit(&self.municipality, client, pem).await;
        let configs = self.connector(&admin, Method::GET, &format!("{own}/configs?limit=100"), Value::Null).await;
        let configs = configs["data"].as_array().unwrap();
        let of = |eservice: &str| configs.iter().find(|config| config["eservice_id"] == eservice).unwrap();
        // Whoever asks for a residence asks for the citizen's identifier first, with the same client.
        let identifiers = of(IDENTIFIERS)["purpose_id"].as_str().unwrap();
        self.municipality.post(&format!("/clients/{client}/purposes"), json!({ "purposeId": identifiers })).await;
        for (eservice, purpose) in [(IDENTIFIERS, identifiers), (RESIDENCE, purpose)] {
            let change = json!({ "client_id": client, "purpose_id": purpose });
            let config = format!("{own}/configs/{}", of(eservice)["id"].as_str().unwrap());
            self.connector(&admin, Method::PATCH, &config, change).await;
        }
        self.tell_the_register(kid, pem).await;
    }

    async fn connector(&self, token: &str, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.world.send(method, path, token, &body).await;
        assert!(status < 300, "{path}: {status} {answer}");
        answer
    }

    /// The register asks the platform, as a machine of the ministry, whose key has signed a request to it.
    async fn tell_the_register(&self, kid: &str, pem: &str) {
        let machine = self.machine_of(&self.ministry, MINISTRY.1).await;
        let (status, none) = machine.send(Method::GET, "/keys/unknown", None).await;
        assert_eq!(status, 404, "{none}");
        let key = machine.get(&format!("/keys/{kid}")).await;
        assert_eq!(key["jwk"]["kid"], json!(kid), "{key}");
        let deposit = json!({ "client_id": key["clientId"], "public_key": pem });
        self.connector("", Method::PUT, &format!("/demo/anpr/keys/{kid}"), deposit).await;
    }

    /// A machine of the municipality.
    pub async fn machine(&self) -> Session {
        self.machine_of(&self.municipality, &self.operator).await
    }

    /// A machine of the body of `people`, where `user` is one.
    async fn machine_of(&self, people: &Session, user: &str) -> Session {
        let client = people.create("/clientsApi", json!({ "name": "Programmi dell'ente", "members": [user] })).await;
        let pair = Pair::draw();
        deposit(people, &client, &pair.pem()).await;
        let (status, issued) = ask_voucher(self.url(), &voucher_form(self.url(), &client, &pair, "macchina", None)).await;
        assert_eq!(status, 200, "{issued}");
        Session::machine(self.url(), issued["access_token"].as_str().unwrap())
    }
}

/// What a token says.
fn claims(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// Deposits a key of a client.
pub async fn deposit(people: &Session, client: &str, pem: &str) {
    let pem = STANDARD.encode(pem);
    let seed = json!({ "name": "Chiave del connettore", "use": "SIG", "alg": "RS256", "key": pem });
    people.post(&format!("/clients/{client}/keys"), seed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_nothing_to_an_application_with_certified_data_and_whoever_stops_it_stops_the_next_voucher() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set(folder.path()).await;
    let (eservice, version) = stage.publish().await;
    let agreement = stage.subscribe(&eservice, &version).await;
    let (purpose, load) = stage.purpose(&eservice).await;
    let client = stage.client(&purpose).await;
    stage.connect(&client, &purpose).await;
    let operability = format!("/purposes/{purpose}/operability");
    assert_eq!(stage.municipality.get(&operability).await, json!({ "operable": true, "obstacles": [] }));

    let (world, citizen) = (&stage.world, stage.world.token(CITIZEN).await);
    let (status, signed) = world.ask("anpr/accertamento-residenza", CITIZEN, &citizen).await;
    assert_eq!(status, 200, "{signed}\n{}", world.sportello.log());
    assert_eq!(signed["data"]["address"], "Via Antica Aia");
    let cookie = world.visitor(&json!({ "provider": "demo", "fiscal_code": CITIZEN })).await;
    let page = world.see(&cookie, "/servizi/iscrizione-asilo-nido/access").await;
    assert!(page.contains("Via Antica Aia"), "the form has what the register says");
    let apply = async |certified: Value| {
        let mut data = answers();
        data["residenza_certificata"] = certified;
        let body = json!({ "service": "iscrizione-asilo-nido", "status": "1900", "data": data });
        world.send(Method::POST, &format!("{TENANT}/applications"), &citizen, &body).await
    };
    let mut altered = signed.clone();
    altered["data"]["address"] = json!("Via Nuova");
    assert_eq!(apply(altered).await.0, 422);
    let (status, application) = apply(signed).await;
    assert_eq!(status, 201, "{application}");

    // Each of the three points, by each side that has a say there. The connector goes on with the voucher that it holds as long as that
    // lives; here somebody with another key of the client asks for the next one.
    let pair = Pair::draw();
    deposit(&stage.municipality, &client, &pair.pem()).await;
    let mut number = 0;
    let mut ask = async || {
        number += 1;
        ask_voucher(stage.url(), &voucher_form(stage.url(), &client, &pair, &format!("voucher {number}"), Some(&purpose))).await
    };
    let (version, agreement) = (format!("/eservices/{eservice}/descriptors/{version}"), format!("/agreements/{agreement}"));
    let load = format!("/purposes/{purpose}/versions/{load}");
    let stops = [
        (&stage.ministry, &version, "activate", ("eservice", "0022")),
        (&stage.ministry, &agreement, "unsuspend", ("agreement", "0021")),
        (&stage.municipality, &agreement, "unsuspend", ("agreement", "0021")),
        (&stage.ministry, &load, "activate", ("purpose", "0020")),
        (&stage.municipality, &load, "activate", ("purpose", "0020")),
    ];
    for (side, at, back, (obstacle, reason)) in stops {
        side.post(&format!("{at}/suspend"), json!({})).await;
        let (status, refused) = ask().await;
        assert!(status == 400 && refused.to_string().contains(reason), "{at}: {status} {refused}");
        assert_eq!(stage.municipality.get(&operability).await["obstacles"], json!([obstacle]), "{at}");
        side.post(&format!("{at}/{back}"), json!({})).await;
        let (status, answer) = ask().await;
        assert_eq!(status, 200, "{at}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_is_worth_one_voucher_across_the_end_of_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::set(folder.path()).await;
    let (eservice, version) = stage.publish().await;
    stage.subscribe(&eservice, &version).await;
    let (purpose, _) = stage.purpose(&eservice).await;
    let client = stage.client(&purpose).await;
    let pair = Pair::draw();
    deposit(&stage.municipality, &client, &pair.pem()).await;

    // The tool says that an assertion would do, and does not use it up.
    let form = voucher_form(stage.url(), &client, &pair, "una volta", Some(&purpose));
    let tool = format!("{}/authorization-server/tools/validateTokenGeneration", stage.url());
    let told: Value = Client::new().post(tool).form(&form).send().await.unwrap().json().await.unwrap();
    assert_eq!(told["steps"]["platformStatesVerification"]["result"], "PASSED", "{told}");

    // The process is killed while an assertion is asked with over and over; then it comes back and is asked again.
    let url = stage.url().to_owned();
    for answers_before_the_end in [0, 1, 4] {
        let form = voucher_form(&url, &client, &pair, &format!("per {answers_before_the_end}"), Some(&purpose));
        let asking: Vec<_> = (0..40)
            .map(|_| {
                let (url, form) = (url.clone(), form.clone());
                tokio::spawn(async move {
                    let answer = Client::new().post(format!("{url}/authorization-server/token.oauth2")).form(&form).send().await;
                    answer.is_ok_and(|answer| answer.status() == 200)
                })
            })
            .collect();
        let mut given = 0;
        for (number, asked) in asking.into_iter().enumerate() {
            if number == answers_before_the_end {
                stage.world.sportello.kill();
            }
            given += usize::from(asked.await.unwrap());
        }
        stage.world.sportello.revive();
        for _ in 0..3 {
            given += usize::from(ask_voucher(&url, &form).await.0 == 200);
        }
        assert!(given <= 1, "{given} vouchers for one assertion");
        // Whether the one answer was lost with the process or not: the assertion is used up now.
        let (status, refused) = ask_voucher(&url, &form).await;
        assert_eq!((status, &refused["errors"][0]["code"]), (400, &json!("015-0008")), "{refused}");
    }
    let other = voucher_form(&url, &client, &pair, "un'altra", Some(&purpose));
    assert_eq!(ask_voucher(&url, &other).await.0, 200);
}
