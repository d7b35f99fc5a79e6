//! The data of the voucher server: two bodies, an e-service, an agreement, purposes, and clients with a key each.

use std::collections::BTreeMap;
use std::path::Path;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use interop::agreements::agreement::{Agreement, Grounds, Stamp};
use interop::attributes::Holdings;
use interop::attributes::tenant::{ExternalId, Person, Tenant, TenantKind};
use interop::catalog::descriptor::{Document, Terms};
use interop::catalog::eservice::{EService, General, Mode, Technology};
use interop::catalog::publish::Usage;
use interop::clients::client::{self, Client, Operator};
use interop::clients::key::{Key, PublicKey, Use};
use interop::ids::{AgreementId, ClientId, DescriptorId, EServiceId, FileId, PurposeId, VersionId};
use interop::purposes::commands::Seed;
use interop::purposes::purpose::{self, Info, Purpose};
use interop::purposes::quota::{Loads, Thresholds};
use interop::risk_analysis::Form;
use interop::roles::Role;
use interop::rules::{Profile, Rules};
use interop::store::{agreements, bodies, clients, eservices, purposes};
use kernel::{Clock, Rng, RomeTime, TenantId, UserId, Uuid};
use serde_json::json;
use storage::{DatabaseUrl, Db, DbOptions, Tx};

use super::keys;

/// Whom assertions are for.
pub const AUDIENCE: &str = "bench.example.it/client-assertion";
/// Purposes that the clients share: saving one looks at all of the same consumer and e-service.
const PURPOSES: usize = 100;
/// Clients that one transaction writes.
const AT_ONCE: usize = 500;

const PRODUCER: TenantId = TenantId(Uuid::from_u128(1));
const CONSUMER: TenantId = TenantId(Uuid::from_u128(2));
const OPERATOR: UserId = UserId(Uuid::from_u128(3));

/// A client that can ask.
struct Asker {
    id: ClientId,
    kid: String,
    purpose: PurposeId,
    key: RsaKeyPair,
}

/// Everybody who can ask.
pub struct Population(Vec<Asker>);

impl Population {
    /// As many assertions, no two alike, of one client after the other.
    pub fn assertions(&self, count: usize, now: RomeTime) -> Vec<String> {
        let (rng, now) = (Rng::system(), now.as_second());
        let askers = self.0.iter().cycle().take(count);
        let sign = |asker: &Asker| {
            let claims = json!({
                "iss": asker.id, "sub": asker.id, "aud": AUDIENCE, "jti": rng.uuid(), "iat": now, "exp": now + 3_600,
                "purposeId": asker.purpose,
            });
            let header = json!({ "alg": "RS256", "typ": "JWT", "kid": asker.kid });
            let encode = |part: serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
            let signed = format!("{}.{}", encode(header), encode(claims));
            let mut signature = vec![0; asker.key.public_modulus_len()];
            let done = asker.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature);
            done.expect("an assertion is signed");
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
        };
        askers.map(sign).collect()
    }
}

/// Writes the data of as many clients where a server will find them.
pub fn settle(data: &Path, count: usize) -> Population {
    std::fs::create_dir_all(data).expect("a folder for the data");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let url = DatabaseUrl::Sqlite(data.join("sportello.db"));
        let options = DbOptions { connections: 1, durable: false };
        let db = Db::open(&url, options, &[interop::MIGRATIONS]).await.expect("a database");
        let now = Clock::system().now();
        let shared = db.write(move |tx| found(tx, count.min(PURPOSES), now)).await.expect("the data fit");
        let mut askers = Vec::new();
        let mut rest = keys::draw(count);
        while !rest.is_empty() {
            let keys = rest.split_off(rest.len().saturating_sub(AT_ONCE));
            let shared = shared.clone();
            let write = move |tx: &mut Tx<'_>| {
                keys.into_iter()
                    .enumerate()
                    .map(|(n, key)| {
                        let (agreement, purposes) = &shared;
                        employ(tx, key, (agreement, &purposes[n % purposes.len()]), now)
                    })
                    .collect::<storage::Result<Vec<_>>>()
            };
            askers.extend(db.write(write).await.expect("the clients fit"));
        }
        Population(askers)
    })
}

/// The bodies, the e-service, the agreement and the purposes.
fn found(tx: &mut Tx<'_>, count: usize, now: RomeTime) -> storage::Result<(Agreement, Vec<Purpose>)> {
    let rules = Rules::of(Profile::Guide);
    let (producer, consumer) = (tenant(PRODUCER, now), tenant(CONSUMER, now));
    bodies::save_tenant(tx, &producer)?;
    bodies::save_tenant(tx, &consumer)?;
    let (id, version) = (EServiceId(Uuid::from_u128(4)), DescriptorId(Uuid::from_u128(5)));
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
    let terms = Terms {
        description: None,
        audience: vec!["api.example.it/residenze".into()],
        voucher_lifespan: 600,
        daily_calls_per_consumer: 1_000_000,
        daily_calls_total: 1_000_000,
        agreement_approval_policy: None,
    };
    let mut eservice = EService::create(general, terms, &producer, &rules, (id, version, now)).expect("an e-service");
    let interface = Document {
        id: FileId(Uuid::from_u128(6)),
        name: "api.yaml".into(),
        pretty_name: "Interfaccia".into(),
        content_type: "application/yaml".into(),
        checksum: "0".repeat(64),
        uploaded_at: now,
    };
    let draft = eservice.descriptor_mut(version).expect("its version");
    draft.add_interface(interface, Vec::new()).expect("its interface");
    eservice.publish(version, TenantKind::Pa, |_| Usage::None, &rules, now).expect("it is published");
    eservices::save(tx, &eservice)?;
    let holdings = Holdings::default();
    let grounds = Grounds { eservice: &eservice, holdings: &holdings, others: &[], rules: &rules, by: Some(OPERATOR), now };
    let mut agreement = Agreement::create(CONSUMER, version, AgreementId(Uuid::from_u128(7)), grounds).expect("a request");
    agreement.submit(None, true, grounds).expect("it is submitted");
    agreement.approve(grounds).expect("it is approved");
    agreements::save(tx, &agreement)?;
    let purposes = (0..count).map(|number| purpose(&eservice, number, &rules, now)).collect::<Vec<_>>();
    purposes.iter().try_for_each(|purpose| purposes::save(tx, purpose))?;
    Ok((agreement, purposes))
}

fn tenant(id: TenantId, now: RomeTime) -> Tenant {
    let person = Person { name: "Ada".into(), family_name: "Bianchi".into(), roles: vec![Role::Admin] };
    Tenant {
        id,
        external_id: ExternalId { origin: "IPA".into(), value: format!("c_{id}") },
        name: "Comune di Bugliano".into(),
        kind: TenantKind::Pa,
        tax_code: None,
        certifier: None,
        mail: Some("protocollo@comune.example.it".into()),
        mail_description: None,
        users: BTreeMap::from([(OPERATOR, person)]),
        holdings: Holdings::default(),
        created_at: now,
        updated_at: None,
    }
}

fn purpose(eservice: &EService, number: usize, rules: &Rules, now: RomeTime) -> Purpose {
    let answers = json!({
        "purpose": ["OTHER"], "otherPurpose": ["Altro"], "usesPersonalData": ["NO"], "usesThirdPartyPersonalData": ["NO"],
        "isRequestOnBehalfOfThirdParties": ["NO"],
    });
    let analysis = Form { version: "3.1".into(), answers: serde_json::from_value(answers).expect("answers") };
    let info = Info {
        title: format!("Controlli {number}"),
        description: "Controllo dei requisiti delle domande".into(),
        is_free_of_charge: false,
        free_of_charge_reason: None,
    };
    let seed = Seed { info, daily_calls: 10, analysis: Some(analysis), from_analysis: None };
    let number = number as u128;
    let (id, version) = (PurposeId(Uuid::from_u128(1_000 + number)), VersionId(Uuid::from_u128(2_000 + number)));
    let mut purpose = Purpose::create(seed, eservice, (CONSUMER, TenantKind::Pa), rules, (id, version, now)).expect("a purpose");
    let grounds = purpose::Grounds {
        declared: Loads::default(),
        thresholds: Thresholds { per_consumer: 1_000_000, total: 1_000_000 },
        stamp: Stamp { by: Some(OPERATOR), at: now },
    };
    purpose.publish(version, (TenantKind::Pa, None), rules, grounds).expect("it is published");
    purpose
}

/// A client with a key, linked to a purpose.
fn employ(
    tx: &mut Tx<'_>,
    key: RsaKeyPair,
    (agreement, purpose): (&Agreement, &Purpose),
    now: RomeTime,
) -> storage::Result<Asker> {
    let der: PublicKeyX509Der<'_> = key.public_key().as_der().expect("it can be written");
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()));
    let public = PublicKey::from_pem(&pem).expect("an RSA key");
    let (id, kid) = (ClientId(Rng::system().uuid()), public.thumbprint());
    let seed = client::Seed { name: "Client di prova".into(), description: None, members: vec![OPERATOR] };
    let mut client = Client::create(seed, client::Kind::Consumer, CONSUMER, (id, now)).expect("a client");
    client.link(purpose, Some(agreement)).expect("it is linked");
    let deposited = Key {
        kid: kid.clone(),
        name: "Chiave di prova".into(),
        usage: Use::Sig,
        alg: "RS256".into(),
        public,
        encoded_pem: STANDARD.encode(pem),
        user_id: OPERATOR,
        created_at: now,
    };
    client.add_key(deposited, Operator { id: Some(OPERATOR), roles: &[Role::Security] }).expect("it is deposited");
    clients::save(tx, &client)?;
    Ok(Asker { id, kid, purpose: purpose.id, key })
}
