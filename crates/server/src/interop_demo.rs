//! The demonstration's side of the interoperability platform: the bodies that offer residents' data and economic indicators, the demo
//! municipality, and everything between them up to the key by which the connector gets vouchers. By the rules of the platform, in one
//! transaction; the connector has been configured over HTTP before.

use std::collections::BTreeMap;

use ::interop::agreements::agreement::{Agreement, Grounds, Stamp};
use ::interop::attributes::Holdings;
use ::interop::attributes::tenant::{ExternalId, Person, Tenant, TenantKind};
use ::interop::catalog::descriptor::{Document, Terms};
use ::interop::catalog::eservice::{EService, General, Mode, Technology};
use ::interop::catalog::publish::Usage;
use ::interop::clients::client::{self, Client, Operator};
use ::interop::clients::key::{Key, PublicKey, Use};
use ::interop::deeds::files;
use ::interop::ids::{AgreementId, ClientId, DescriptorId, EServiceId, FileId, PurposeId, VersionId};
use ::interop::purposes::commands::Seed;
use ::interop::purposes::purpose::{self, Info, Purpose};
use ::interop::purposes::quota::Thresholds;
use ::interop::risk_analysis::Form;
use ::interop::roles::Role;
use ::interop::rules::{Profile, Rules};
use ::interop::store::{self, agreements, bodies, clients, eservices, purposes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use demo::certified::{CLIENT, Deposit, EService as Wanted};
use kernel::{RomeTime, TenantId, UserId, Uuid};
use runtime::App;
use sha2::{Digest, Sha256};
use storage::Tx;

/// The bodies that offer the e-services: name, and code in the index of public administrations.
const PROVIDERS: [(&str, &str); 2] = [("Ministero dell'Interno", "m_int"), ("INPS", "inps")];
/// The interface that each e-service shows.
const INTERFACE: &str = "openapi: 3.1.0\ninfo:\n  title: Controparte dimostrativa\n  version: '1'\npaths: {}\n";

/// An identifier of the demonstration that stays the same.
fn fixed(kind: u128, number: usize) -> Uuid {
    Uuid::from_u128(0xde30_0001_0000_4000_8000_0000_0000_0000 + (kind << 16) + number as u128)
}

/// Makes everything, unless it is there.
///
/// # Errors
/// When a rule refuses, which is a defect, or the database does not answer.
pub async fn settle(app: &App, deposit: Deposit) -> Result<(), String> {
    let present = app.db().read(|tx| clients::find(tx, ClientId(CLIENT), store::Purpose::Look));
    if present.await.map_err(|error| error.to_string())?.is_some() {
        return Ok(());
    }
    let wanted = demo::certified::eservices(app.public_url());
    for number in 0..wanted.len() {
        let key = files::key(FileId(fixed(5, number)));
        app.files().put(&key, INTERFACE.into()).await.map_err(|error| error.to_string())?;
    }
    let now = app.clock().now();
    let made = app.db().write(move |tx| make(tx, &deposit, &wanted, now));
    made.await.map_err(|error: Failed| error.0)
}

/// Why nothing was made.
struct Failed(String);

impl From<storage::Error> for Failed {
    fn from(error: storage::Error) -> Self {
        Self(error.to_string())
    }
}

fn refused(error: impl std::fmt::Debug) -> Failed {
    Failed(format!("refused by the platform: {error:?}"))
}

fn make(tx: &mut Tx<'_>, deposit: &Deposit, wanted: &[Wanted], now: RomeTime) -> Result<(), Failed> {
    let rules = Rules::of(Profile::Guide);
    let providers: Vec<Tenant> = PROVIDERS
        .iter()
        .enumerate()
        .map(|(number, (name, code))| {
            let person = Person { name: "Ada".into(), family_name: "Bianchi".into(), roles: vec![Role::Admin] };
            tenant(TenantId(fixed(1, number)), name, code, [(UserId(fixed(2, number)), person)].into(), now)
        })
        .collect();
    let municipalities: Vec<Tenant> = demo::bodies().iter().map(|body| municipality(body, now)).collect();
    for body in providers.iter().chain(&municipalities) {
        bodies::save_tenant(tx, body)?;
    }
    let consumer = municipalities.iter().find(|body| body.id == deposit.tenant).ok_or_else(|| refused("no such body"))?;
    let admin = consumer.users.iter().find(|(_, person)| person.roles.contains(&Role::Admin));
    let operator = *admin.ok_or_else(|| refused("nobody administers"))?.0;
    let seed = client::Seed { name: "Sportello dimostrativo".into(), description: None, members: vec![operator] };
    let mut client = Client::create(seed, client::Kind::Consumer, consumer.id, (ClientId(CLIENT), now)).map_err(refused)?;
    for (number, wanted) in wanted.iter().enumerate() {
        let provider = &providers[usize::from(wanted.slug == "isee")];
        let eservice = publish(wanted, number, provider, &rules, now)?;
        eservices::save(tx, &eservice)?;
        let holdings = Holdings::default();
        let grounds = Grounds { eservice: &eservice, holdings: &holdings, others: &[], rules: &rules, by: None, now };
        let (descriptor, id) = (DescriptorId(fixed(4, number)), AgreementId(fixed(6, number)));
        let mut agreement = Agreement::create(consumer.id, descriptor, id, grounds).map_err(refused)?;
        agreement.submit(None, true, grounds).map_err(refused)?;
        agreement.approve(grounds).map_err(refused)?;
        agreements::save(tx, &agreement)?;
        let purpose = purpose(wanted, number, &eservice, consumer, (operator, &rules, now))?;
        purposes::save(tx, &purpose)?;
        client.link(&purpose, Some(&agreement)).map_err(refused)?;
    }
    let public = PublicKey::from_pem(&deposit.public_key).map_err(refused)?;
    let key = Key {
        kid: public.thumbprint(),
        name: "Chiave del connettore".into(),
        usage: Use::Sig,
        alg: "RS256".into(),
        public,
        encoded_pem: STANDARD.encode(&deposit.public_key),
        user_id: operator,
        created_at: now,
    };
    let by = Operator { id: Some(operator), roles: &[Role::Admin] };
    client.add_key(key, by).map_err(refused)?;
    Ok(clients::save(tx, &client)?)
}

/// A municipality with its people: they sign in at its pages.
fn municipality(body: &demo::Body, now: RomeTime) -> Tenant {
    let person = |worker: &demo::Worker| {
        let roles = worker.roles.iter().filter_map(|name| Role::parse(name)).collect();
        (UserId(worker.id), Person { name: worker.given_name.clone(), family_name: worker.family_name.clone(), roles })
    };
    let made = tenant(body.tenant, &body.name, &body.ipa_code, body.people.iter().map(person).collect(), now);
    // Registers certify, municipalities seldom do: here they do, so that the pages show how.
    Tenant { certifier: Some(body.ipa_code.to_uppercase()), ..made }
}

fn tenant(id: TenantId, name: &str, code: &str, users: BTreeMap<UserId, Person>, now: RomeTime) -> Tenant {
    Tenant {
        id,
        external_id: ExternalId { origin: "IPA".into(), value: code.to_owned() },
        name: name.to_owned(),
        kind: TenantKind::Pa,
        tax_code: None,
        certifier: None,
        mail: Some(format!("protocollo@{}.example.it", code.replace('_', "-"))),
        mail_description: None,
        users,
        holdings: Holdings::default(),
        created_at: now,
        updated_at: None,
    }
}

fn publish(wanted: &Wanted, number: usize, provider: &Tenant, rules: &Rules, now: RomeTime) -> Result<EService, Failed> {
    let general = General {
        name: wanted.name.to_owned(),
        description: format!("{}: controparte dimostrativa", wanted.name),
        technology: if wanted.slug == "isee" { Technology::Soap } else { Technology::Rest },
        mode: Mode::Deliver,
        is_signal_hub_enabled: false,
        is_consumer_delegable: false,
        is_client_access_delegable: false,
        personal_data: None,
    };
    let terms = Terms {
        description: None,
        audience: vec![wanted.audience.clone()],
        voucher_lifespan: 600,
        daily_calls_per_consumer: 10_000,
        daily_calls_total: 100_000,
        agreement_approval_policy: None,
    };
    let descriptor = DescriptorId(fixed(4, number));
    let mut eservice =
        EService::create(general, terms, provider, rules, (EServiceId(wanted.id), descriptor, now)).map_err(refused)?;
    let document = Document {
        id: FileId(fixed(5, number)),
        name: "api.yaml".into(),
        pretty_name: "Interfaccia".into(),
        content_type: "application/yaml".into(),
        checksum: Sha256::digest(INTERFACE).iter().map(|byte| format!("{byte:02x}")).collect(),
        uploaded_at: now,
    };
    let version = eservice.descriptor_mut(descriptor).map_err(refused)?;
    version.add_interface(document, vec![wanted.endpoint.clone()]).map_err(refused)?;
    eservice.publish(descriptor, TenantKind::Pa, |_| Usage::None, rules, now).map_err(refused)?;
    Ok(eservice)
}

fn purpose(
    wanted: &Wanted,
    number: usize,
    eservice: &EService,
    consumer: &Tenant,
    (operator, rules, now): (UserId, &Rules, RomeTime),
) -> Result<Purpose, Failed> {
    let answers = r#"{"purpose":["OTHER"],"otherPurpose":["Controllo delle pratiche"],"usesPersonalData":["NO"],
        "usesThirdPartyPersonalData":["NO"],"isRequestOnBehalfOfThirdParties":["NO"]}"#;
    let info = Info {
        title: format!("Pratiche: {}", wanted.name),
        description: "Dati dei cittadini nelle loro pratiche".into(),
        is_free_of_charge: false,
        free_of_charge_reason: None,
    };
    let analysis = Some(Form { version: "3.1".into(), answers: serde_json::from_str(answers).map_err(refused)? });
    let seed = Seed { info, daily_calls: 1_000, analysis, from_analysis: None };
    let (id, version) = (PurposeId(wanted.purpose), VersionId(fixed(7, number)));
    let mut purpose =
        Purpose::create(seed, eservice, (consumer.id, TenantKind::Pa), rules, (id, version, now)).map_err(refused)?;
    let grounds = purpose::Grounds {
        declared: Default::default(),
        thresholds: Thresholds { per_consumer: 10_000, total: 100_000 },
        stamp: Stamp { by: Some(operator), at: now },
    };
    purpose.publish(version, (TenantKind::Pa, None), rules, grounds).map_err(refused)?;
    Ok(purpose)
}
