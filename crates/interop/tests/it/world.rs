//! One installation with its database, two bodies with everything that a voucher needs, and requests.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use interop::agreements::agreement::{Agreement, Grounds, Sides};
use interop::attributes::Holdings;
use interop::attributes::tenant::{ExternalId, Person, Tenant, TenantKind};
use interop::catalog::descriptor::{Document, Terms};
use interop::catalog::eservice::{EService, General, Mode, Technology};
use interop::catalog::publish::Usage;
use interop::clients::client::{self, Client, Operator};
use interop::clients::key::{Key, PublicKey, Use};
use interop::clients::keychain::Keychain;
use interop::clients::members;
use interop::ids::{AgreementId, ClientId, DescriptorId, EServiceId, FileId, KeychainId, PurposeId, VersionId};
use interop::purposes::purpose::{self, Info, Purpose};
use interop::purposes::quota::Thresholds;
use interop::risk_analysis::Form;
use interop::roles::Role;
use interop::rules::{Profile, Rules};
use interop::store::{self, agreements, bodies, clients, eservices, keychains, purposes};
use kernel::{Clock, Rng, TenantId, UserId, Uuid};
use runtime::{App, Config, Settings, Stopper};
use serde_json::{Value, json};
use storage::{DatabaseUrl, Db, DbOptions, Tx};
use tempfile::TempDir;
use tower::ServiceExt;
use web::Web;

/// Audience that assertions name.
pub const AUDIENCE: &str = "127.0.0.1:8080/client-assertion";
/// Where vouchers are asked for.
pub const TOKEN: &str = "/authorization-server/token.oauth2";
/// The debug tool.
pub const TOOL: &str = "/authorization-server/tools/validateTokenGeneration";

/// Identifiers of what [`World::settle`] makes.
pub const PRODUCER: TenantId = TenantId(Uuid::from_u128(1));
pub const CONSUMER: TenantId = TenantId(Uuid::from_u128(2));
pub const OPERATOR: UserId = UserId(Uuid::from_u128(3));
pub const ESERVICE: EServiceId = EServiceId(Uuid::from_u128(4));
pub const DESCRIPTOR: DescriptorId = DescriptorId(Uuid::from_u128(5));
pub const AGREEMENT: AgreementId = AgreementId(Uuid::from_u128(6));
pub const PURPOSE: PurposeId = PurposeId(Uuid::from_u128(7));
pub const VERSION: VersionId = VersionId(Uuid::from_u128(8));
pub const CLIENT: ClientId = ClientId(Uuid::from_u128(9));
pub const MACHINE: ClientId = ClientId(Uuid::from_u128(10));
pub const KEYCHAIN: KeychainId = KeychainId(Uuid::from_u128(11));

pub const AS_CONSUMER: Sides = Sides { consumer: true, producer: false };
pub const AS_PRODUCER: Sides = Sides { consumer: false, producer: true };

/// A key pair of a client.
pub struct Pair(RsaKeyPair);

impl Pair {
    pub fn draw() -> Self {
        Self(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    pub fn pem(&self) -> String {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().unwrap();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()))
    }

    pub fn public(&self) -> PublicKey {
        PublicKey::from_pem(&self.pem()).unwrap()
    }

    pub fn kid(&self) -> String {
        self.public().thumbprint()
    }

    /// A token of these texts, signed with RS256 whatever they say.
    pub fn sign(&self, header: &Value, payload: &Value) -> String {
        self.sign_text(&header.to_string(), &payload.to_string())
    }

    pub fn sign_text(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// One process of an installation. [`World::another`] gives a second one on the same database.
pub struct World {
    pub app: App,
    pub clock: Clock,
    pub role: runtime::Role,
    /// The role whose workers typeset documents.
    pub people: runtime::Role,
    /// The interface of each role.
    pub documents: BTreeMap<&'static str, Value>,
    /// The key of the consumer's client.
    pub pair: Arc<Pair>,
    router: Router,
    settings: Vec<(&'static str, String)>,
    database: DatabaseUrl,
    _stopper: Stopper,
    _keep: Arc<(TempDir, Option<engines::Database>)>,
}

impl World {
    pub async fn on_sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(dir.path().join("test.db"));
        Self::start(dir, None, url).await
    }

    pub async fn on_postgres() -> Self {
        let database = tokio::task::spawn_blocking(engines::postgres).await.unwrap();
        let url = database.url().parse().unwrap();
        Self::start(tempfile::tempdir().unwrap(), Some(database), url).await
    }

    async fn start(dir: TempDir, database: Option<engines::Database>, url: DatabaseUrl) -> Self {
        let settings = vec![
            ("SPORTELLO_DATA", dir.path().display().to_string()),
            ("SPORTELLO_SECRET", "s".repeat(32)),
            ("SPORTELLO_INTEROP_LIMIT_PER_CLIENT", "100000".to_owned()),
            ("SPORTELLO_INTEROP_LIMIT_PER_SOURCE", "100000".to_owned()),
            ("SPORTELLO_INTEROP_LIMIT_PER_TENANT", "100000".to_owned()),
        ];
        let clock = Clock::manual("2026-03-02T09:00:00Z".parse().unwrap());
        let world = Self::build(settings, clock, url, Arc::new((dir, database)), Arc::new(Pair::draw())).await;
        world.settle().await;
        world
    }

    /// Another process on the same database, with other settings laid over those of this one.
    pub async fn another(&self, settings: &[(&'static str, &str)]) -> Self {
        let kept = self.settings.iter().filter(|(name, _)| !settings.iter().any(|(other, _)| other == name)).cloned();
        let over = settings.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let keep = Arc::clone(&self._keep);
        let settings = kept.chain(over).collect();
        Self::build(settings, self.clock.clone(), self.database.clone(), keep, Arc::clone(&self.pair)).await
    }

    async fn build(
        settings: Vec<(&'static str, String)>,
        clock: Clock,
        database: DatabaseUrl,
        keep: Arc<(TempDir, Option<engines::Database>)>,
        pair: Arc<Pair>,
    ) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut source = Settings::from_pairs(settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let (config, own) = (Config::read(&mut source), interop::Config::read(&mut source));
        assert_eq!(source.errors(), []);
        let options = DbOptions { connections: 4, durable: false };
        let db = Db::open(&database, options, &[interop::MIGRATIONS]).await.unwrap();
        let (stopper, stop) = Stopper::new();
        let app = App::new(config, db, clock.clone(), Rng::system(), stop).unwrap();
        let mut roles = interop::roles(&app, own);
        let routes = roles.iter().fold(Router::new(), |routes, role| routes.merge(role.routes.clone()));
        let router = web::wrap(routes, Web::new(app.clone()));
        let documents = roles.iter().map(|role| (role.name, role.openapi.clone())).collect();
        let (role, people) = (roles.remove(0), roles.remove(1));
        Self { app, clock, role, people, documents, pair, router, settings, database, _stopper: stopper, _keep: keep }
    }

    /// A transaction.
    pub async fn write<T: Send + 'static>(&self, body: impl FnOnce(&mut Tx<'_>) -> storage::Result<T> + Send + 'static) -> T {
        self.app.db().write(body).await.unwrap()
    }

    /// Two bodies, an e-service of one, and whatever the other needs to get a voucher for it.
    async fn settle(&self) {
        let (now, public) = (self.clock.now(), self.pair.public());
        self.write(move |tx| {
            let rules = Rules::of(Profile::Guide);
            let (producer, consumer) = (tenant(PRODUCER, now), tenant(CONSUMER, now));
            bodies::save_tenant(tx, &producer)?;
            bodies::save_tenant(tx, &consumer)?;
            let mut eservice = eservice(&producer, now);
            eservice.publish(DESCRIPTOR, TenantKind::Pa, |_| Usage::None, &rules, now).unwrap();
            eservices::save(tx, &eservice)?;
            let holdings = Holdings::default();
            let grounds = Grounds { eservice: &eservice, holdings: &holdings, others: &[], rules: &rules, by: None, now };
            let mut agreement = Agreement::create(CONSUMER, DESCRIPTOR, AGREEMENT, grounds).unwrap();
            agreement.submit(None, true, grounds).unwrap();
            agreement.approve(grounds).unwrap();
            agreements::save(tx, &agreement)?;
            let purpose = active_purpose(&eservice, PURPOSE, VERSION, now);
            purposes::save(tx, &purpose)?;
            let mut client = client(CLIENT, client::Kind::Consumer, now);
            client.link(&purpose, Some(&agreement)).unwrap();
            client.add_key(key(public, now), operator()).unwrap();
            clients::save(tx, &client)?;
            let seed = members::Seed { name: "Portachiavi di prova".into(), description: None, members: vec![OPERATOR] };
            keychains::save(tx, &Keychain::create(seed, PRODUCER, (KEYCHAIN, now)).unwrap())
        })
        .await;
    }

    /// Changes the e-service.
    pub async fn eservice<R>(&self, change: impl FnOnce(&mut EService, kernel::RomeTime) -> R + Send + 'static) {
        let now = self.clock.now();
        self.write(move |tx| {
            let mut eservice = eservices::find(tx, ESERVICE, store::Purpose::Change)?.unwrap();
            change(&mut eservice, now);
            eservices::save(tx, &eservice)
        })
        .await;
    }

    /// Changes the agreement.
    pub async fn agreement<R>(&self, change: impl FnOnce(&mut Agreement, Grounds<'_>) -> R + Send + 'static) {
        let now = self.clock.now();
        self.write(move |tx| {
            let eservice = eservices::find(tx, ESERVICE, store::Purpose::Change)?.unwrap();
            let mut agreement = agreements::find(tx, AGREEMENT, store::Purpose::Change)?.unwrap();
            let consumer = bodies::find_tenant(tx, CONSUMER, store::Purpose::Look)?.unwrap();
            let rules = Rules::of(Profile::AsBuilt);
            let grounds =
                Grounds { eservice: &eservice, holdings: &consumer.holdings, others: &[], rules: &rules, by: None, now };
            change(&mut agreement, grounds);
            agreements::save(tx, &agreement)
        })
        .await;
    }

    /// Changes the purpose.
    pub async fn purpose<R>(&self, change: impl FnOnce(&mut Purpose, purpose::Grounds) -> R + Send + 'static) {
        let now = self.clock.now();
        self.write(move |tx| {
            let mut purpose = purposes::find(tx, PURPOSE, store::Purpose::Change)?.unwrap();
            change(&mut purpose, no_loads(now));
            purposes::save(tx, &purpose)
        })
        .await;
    }

    /// Changes a client.
    pub async fn client<R>(&self, id: ClientId, change: impl FnOnce(&mut Client, kernel::RomeTime) -> R + Send + 'static) {
        let now = self.clock.now();
        self.write(move |tx| {
            let mut client = clients::find(tx, id, store::Purpose::Change)?.unwrap();
            change(&mut client, now);
            clients::save(tx, &client)
        })
        .await;
    }

    /// Adds a client of the API with a key.
    pub async fn machine(&self, pair: &Pair, admin: bool) {
        let (public, now) = (pair.public(), self.clock.now());
        self.write(move |tx| {
            let mut machine = client(MACHINE, client::Kind::Api, now);
            machine.add_key(key(public, now), operator()).unwrap();
            if admin {
                machine.set_admin(OPERATOR, Some(&person())).unwrap();
            }
            clients::save(tx, &machine)
        })
        .await;
    }

    /// The header of a good assertion.
    pub fn header(&self) -> Value {
        json!({ "alg": "RS256", "typ": "JWT", "kid": self.pair.kid() })
    }

    /// The claims of a good assertion with a `jti` of its own.
    pub fn claims(&self) -> Value {
        let now = self.clock.now().as_second();
        json!({
            "iss": CLIENT, "sub": CLIENT, "aud": AUDIENCE, "jti": self.app.rng().uuid(),
            "iat": now, "exp": now + 300, "purposeId": PURPOSE,
        })
    }

    /// A good assertion.
    pub fn assertion(&self) -> String {
        self.pair.sign(&self.header(), &self.claims())
    }

    /// Asks for a voucher by a good assertion.
    pub async fn ask(&self) -> Answer {
        self.ask_by(&self.assertion()).await
    }

    /// Asks for a voucher by an assertion.
    pub async fn ask_by(&self, assertion: &str) -> Answer {
        self.post(TOKEN, &form(assertion), &[]).await
    }

    /// Posts a form.
    pub async fn post(&self, path: &str, form: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method("POST").uri(path).header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::builder().uri(path).body(Body::empty()).unwrap()).await
    }

    /// The answer as it is.
    pub async fn fetch(&self, request: Request<Body>) -> (http::response::Parts, Vec<u8>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts, body.collect().await.unwrap().to_bytes().to_vec())
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.fetch(request).await;
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Runs a job of the role.
    pub async fn job(&self, name: &str) {
        self.role.jobs.iter().find(|job| job.name == name).unwrap().run().await.unwrap();
    }

    /// Every audit record.
    pub async fn audit(&self) -> Vec<Value> {
        let lines = self.app.db().read(|tx| {
            let mut lines = Vec::new();
            for lane in 0..store::audit::LANES {
                assert_eq!(store::audit::first_broken(tx, lane)?, None);
                lines.extend(store::audit::list(tx, lane)?);
            }
            Ok::<_, storage::Error>(lines)
        });
        lines.await.unwrap().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The form of a request.
pub fn form(assertion: &str) -> String {
    format!(
        "client_id={CLIENT}&client_assertion={assertion}&grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    )
}

pub fn person() -> Person {
    Person { name: "Ada".into(), family_name: "Bianchi".into(), roles: vec![Role::Admin] }
}

pub fn operator() -> Operator<'static> {
    Operator { id: Some(OPERATOR), roles: &[Role::Security] }
}

pub fn tenant(id: TenantId, now: kernel::RomeTime) -> Tenant {
    Tenant {
        id,
        external_id: ExternalId { origin: "IPA".into(), value: format!("c_{id}") },
        name: "Comune di Bugliano".into(),
        kind: TenantKind::Pa,
        tax_code: None,
        certifier: None,
        mail: Some("protocollo@comune.example.it".into()),
        mail_description: None,
        users: BTreeMap::from([(OPERATOR, person())]),
        holdings: Holdings::default(),
        created_at: now,
        updated_at: None,
    }
}

pub fn terms() -> Terms {
    Terms {
        description: None,
        audience: vec!["api.example.it/residenze".into()],
        voucher_lifespan: 600,
        daily_calls_per_consumer: 100,
        daily_calls_total: 1000,
        agreement_approval_policy: None,
    }
}

pub fn eservice(producer: &Tenant, now: kernel::RomeTime) -> EService {
    let general = General {
        name: "Residenze".into(),
        description: "Verifica della residenza".into(),
        technology: Technology::Rest,
        mode: Mode::Deliver,
        is_signal_hub_enabled: false,
        is_consumer_delegable: false,
        is_client_access_delegable: false,
        personal_data: None,
    };
    let mut eservice =
        EService::create(general, terms(), producer, &Rules::of(Profile::Guide), (ESERVICE, DESCRIPTOR, now)).unwrap();
    let document = interface(now);
    eservice.descriptor_mut(DESCRIPTOR).unwrap().add_interface(document, vec![]).unwrap();
    eservice
}

pub fn interface(now: kernel::RomeTime) -> Document {
    Document {
        id: FileId(Uuid::from_u128(20)),
        name: "api.yaml".into(),
        pretty_name: "Interfaccia".into(),
        content_type: "application/yaml".into(),
        checksum: "0".repeat(64),
        uploaded_at: now,
    }
}

pub fn no_loads(now: kernel::RomeTime) -> purpose::Grounds {
    purpose::Grounds {
        declared: Default::default(),
        thresholds: Thresholds { per_consumer: 100, total: 1000 },
        stamp: interop::agreements::agreement::Stamp { by: Some(OPERATOR), at: now },
    }
}

pub fn active_purpose(eservice: &EService, id: PurposeId, version: VersionId, now: kernel::RomeTime) -> Purpose {
    let answers = r#"{"purpose":["OTHER"],"otherPurpose":["Altro"],"usesPersonalData":["NO"],
        "usesThirdPartyPersonalData":["NO"],"isRequestOnBehalfOfThirdParties":["NO"]}"#;
    let info = Info {
        title: format!("Controlli {}", id.0.as_u128()),
        description: "Controllo dei requisiti delle domande".into(),
        is_free_of_charge: false,
        free_of_charge_reason: None,
    };
    let analysis = Some(Form { version: "3.1".into(), answers: serde_json::from_str(answers).unwrap() });
    let seed = interop::purposes::commands::Seed { info, daily_calls: 10, analysis, from_analysis: None };
    let rules = Rules::of(Profile::Guide);
    let mut purpose = Purpose::create(seed, eservice, (CONSUMER, TenantKind::Pa), &rules, (id, version, now)).unwrap();
    purpose.publish(version, (TenantKind::Pa, None), &rules, no_loads(now)).unwrap();
    purpose
}

pub fn client(id: ClientId, kind: client::Kind, now: kernel::RomeTime) -> Client {
    let seed = client::Seed { name: "Client di prova".into(), description: None, members: vec![OPERATOR] };
    Client::create(seed, kind, CONSUMER, (id, now)).unwrap()
}

pub fn key(public: PublicKey, now: kernel::RomeTime) -> Key {
    Key {
        kid: public.thumbprint(),
        name: "Chiave di prova".into(),
        usage: Use::Sig,
        alg: "RS256".into(),
        public,
        encoded_pem: String::new(),
        user_id: OPERATOR,
        created_at: now,
    }
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The voucher's parts, decoded: 0 the header, 1 the claims.
    pub fn part(&self, index: usize) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        let token = self.body["access_token"].as_str().unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
    }

    /// The names of the reasons of a refusal.
    pub fn reasons(&self) -> Vec<String> {
        assert_eq!((self.status.as_u16(), &self.body["errors"][0]["code"]), (400, &json!("015-0008")), "{self:?}");
        let detail = self.body["detail"].as_str().unwrap();
        detail.split("; ").filter_map(|reason| Some(reason.split_whitespace().nth(1)?.trim_end_matches(':').to_owned())).collect()
    }
}
