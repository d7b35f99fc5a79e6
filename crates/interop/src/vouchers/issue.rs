//! From a request to a voucher. The same steps serve the token endpoint, which records and signs, and the debug tool, which only looks.
//!
//! What a voucher rests on is read in the transaction that records it: a suspension that was committed before is seen, one that is
//! committed later was later. Nothing is remembered between requests but public keys by their thumbprint, which cannot change.

use jiff::SignedDuration;
use kernel::{RomeTime, TenantId, UserId, Uuid};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::assertion::{self, Assertion, Digest};
use super::dpop::{self, Proof, ProofFault};
use super::fault::Fault;
use super::jws::Jws;
use super::record::{Grounds, Line, Sent, Shown};
use super::request::Form;
use crate::clients::client::Kind;
use crate::config::VoucherConfig;
use crate::context::Context;
use crate::deeds::bodies;
use crate::errors::Error;
use crate::ids::{ClientId, DescriptorId, EServiceId, PurposeId};
use crate::operability::Obstacle;
use crate::store::standings::{PurposeRecord, Record};
use crate::store::{audit, clients, standings};
use storage::Tx;

/// How early the clock of whoever made an assertion may be.
const EARLY: SignedDuration = SignedDuration::from_secs(60);

/// Why there is no voucher.
#[derive(Clone, Debug)]
pub enum Refused {
    /// The request or the assertion is not as it must be.
    Structure(Vec<Fault>),
    /// The proof of possession does not hold.
    Proof(ProofFault),
    /// The assertion is not signed by a key of the client. Which of the two it is stays between us: so far anybody may be asking.
    Signature(Fault),
    /// The platform's own states stand against it. The asker has shown who it is.
    Platform(Vec<Fault>),
    /// Too many requests.
    TooMany,
    /// The database, or a defect.
    Failed(Error),
}

impl From<storage::Error> for Refused {
    fn from(error: storage::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// What whoever has asked gets.
#[derive(Clone, Debug, Serialize)]
pub struct Voucher {
    /// The signed voucher.
    pub access_token: String,
    /// `Bearer`, or `DPoP` if it is bound to a key.
    pub token_type: &'static str,
    /// Seconds that it lives.
    pub expires_in: i64,
}

/// What a voucher says (section "Voucher" of the guide to the platform's API).
#[derive(Debug, Serialize)]
struct VoucherClaims<'a> {
    jti: Uuid,
    iss: &'a str,
    aud: &'a str,
    client_id: ClientId,
    sub: ClientId,
    iat: i64,
    nbf: i64,
    exp: i64,
    #[serde(flatten)]
    chain: Option<Chain>,
    #[serde(flatten)]
    machine: Option<Machine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<&'a Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Value>,
}

/// What a voucher for an e-service rests on.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Chain {
    purpose_id: PurposeId,
    producer_id: TenantId,
    consumer_id: TenantId,
    eservice_id: EServiceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    descriptor_id: Option<DescriptorId>,
}

/// What a voucher for the platform's own API may do.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Machine {
    organization_id: TenantId,
    role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_id: Option<UserId>,
}

/// What is granted: for whom, for how long, and why.
#[derive(Clone, Debug)]
pub enum Grant {
    /// A voucher for an e-service.
    EService(Box<PurposeRecord>),
    /// A voucher for the platform's own API.
    Api,
}

/// Whether a hash is one: 64 hexadecimal digits. Whatever else stood there would stand in the voucher, and in the record of it.
fn is_sha256(value: &str) -> bool {
    value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What stands against an instant at which an assertion says that it was issued.
#[allow(clippy::cast_precision_loss)] // whole seconds of this age fit a double
fn issued_fault(iat: f64, now: RomeTime) -> Option<Fault> {
    match iat {
        iat if iat < 0.0 => Some(Fault::JsonWebTokenError),
        iat if iat > now.plus(EARLY).as_second() as f64 => Some(Fault::NotBeforeError),
        _ => None,
    }
}

/// Reads request and assertion, as far as that goes without knowing anything of the client.
///
/// # Errors
/// Every fault at once.
pub fn read<'a>(form: &'a Form, config: &VoucherConfig, now: RomeTime) -> Result<(Jws<'a>, Assertion), Vec<Fault>> {
    let mut faults = form.faults();
    let read = form.jws().and_then(|jws| form.assertion(&jws, &config.audiences, config.claims).map(|read| (jws, read)));
    match read {
        Ok((jws, assertion)) => {
            if config.issuer_is_client && assertion.iss != assertion.sub.to_string() {
                faults.push(Fault::IssuerMismatch);
            }
            if assertion.digest.as_ref().is_some_and(|digest| !is_sha256(&digest.value)) {
                faults.push(Fault::InvalidDigestClaim);
            }
            faults.extend(issued_fault(assertion.iat, now));
            #[allow(clippy::cast_precision_loss)] // whole seconds of this age fit a double
            let latest = now.plus(config.longest_assertion).as_second() as f64;
            if assertion.exp > latest {
                faults.push(Fault::AssertionLifetimeTooLong);
            }
            if faults.is_empty() { Ok((jws, assertion)) } else { Err(faults) }
        }
        Err(found) => {
            faults.extend(found);
            Err(faults)
        }
    }
}

/// What the platform's states say to an assertion whose signature holds.
///
/// # Errors
/// Every fault at once.
pub fn judge(record: Option<Record>, assertion: &Assertion) -> Result<(Record, Grant), Vec<Fault>> {
    let mut record = record.ok_or_else(|| vec![Fault::KeyOrPurposeUnknown])?;
    match (record.kind, assertion.purpose_id, record.purpose.take()) {
        (Kind::Api, None, _) => Ok((record, Grant::Api)),
        (Kind::Consumer, None, _) => Err(vec![Fault::PurposeIdNotProvided]),
        (Kind::Api, Some(_), _) | (Kind::Consumer, Some(_), None) => Err(vec![Fault::KeyOrPurposeUnknown]),
        (Kind::Consumer, Some(_), Some(purpose)) => {
            let faults: Vec<Fault> = purpose.standing.obstacles().into_iter().map(fault_of).collect();
            if faults.is_empty() { Ok((record, Grant::EService(Box::new(purpose)))) } else { Err(faults) }
        }
    }
}

/// What stands behind an assertion at `now`. If somebody's word on what its owner holds has ended meanwhile, agreements follow first.
///
/// # Errors
/// When the database is away.
pub fn look(tx: &mut Tx<'_>, context: &Context, assertion: &Assertion, now: RomeTime) -> Result<Option<Record>, Error> {
    let find = |tx: &mut Tx<'_>| standings::find_record(tx, assertion.sub, &assertion.kid, assertion.purpose_id);
    let record = find(tx)?;
    let due = record.as_ref().filter(|record| record.recheck_at.is_some_and(|at| at <= now));
    let Some(consumer) = due.map(|record| record.consumer_id) else { return Ok(record) };
    bodies::expire(tx, &context.config.rules, context.app.rng(), consumer, now)?;
    Ok(find(tx)?)
}

/// An obstacle as the voucher server calls it.
fn fault_of(obstacle: Obstacle) -> Fault {
    match obstacle {
        Obstacle::EService => Fault::InvalidEServiceState,
        Obstacle::Agreement => Fault::InvalidAgreementState,
        Obstacle::Purpose => Fault::InvalidPurposeState,
        Obstacle::Client => Fault::KeyOrPurposeUnknown,
    }
}

/// Whether a key of the client has signed.
///
/// # Errors
/// [`Refused::Signature`]; [`Refused::Failed`] when the database is away.
pub async fn verify(context: &Context, jws: &Jws<'_>, assertion: &Assertion, now: RomeTime) -> Result<(), Refused> {
    let key = match context.public_keys.get(&assertion.kid) {
        Some(key) => key,
        None => {
            let kid = assertion.kid.clone();
            let found = context.app.db().read(move |tx| clients::find_key(tx, &kid)).await?;
            let key = found.and_then(|(_, key)| key.verifier());
            let key = std::sync::Arc::new(key.ok_or(Refused::Signature(Fault::InvalidSignature))?);
            context.public_keys.insert(assertion.kid.clone(), std::sync::Arc::clone(&key));
            key
        }
    };
    assertion::verify(jws, &key, now).map_or(Ok(()), |fault| Err(Refused::Signature(fault)))
}

/// Gives a voucher. It is recorded, and the assertion used up, before it is signed.
///
/// # Errors
/// [`Refused`].
pub async fn issue(context: &Context, form: &Form, proof: Option<Proof>, correlation_id: Uuid) -> Result<Voucher, Refused> {
    let now = context.app.clock().now();
    let (jws, assertion) = read(form, &context.config.vouchers, now).map_err(Refused::Structure)?;
    verify(context, &jws, &assertion, now).await?;
    if !context.per_client.take(assertion.sub, now).allowed {
        return Err(Refused::TooMany);
    }
    let signer = context.keys.signer().await?;
    let jti = context.app.rng().uuid_at(now);
    let draft = Draft { context: context.clone(), assertion, proof, jti, kid: signer.kid().to_owned(), correlation_id, now };
    let recorded = context.app.db().write(move |tx| match draft.record(tx) {
        // Nothing was recorded; but what has ended by itself has ended.
        Err(Refused::Platform(faults)) => Ok(Err(faults)),
        recorded => recorded.map(Ok),
    });
    let (draft, record, grant) = recorded.await?.map_err(Refused::Platform)?;
    let claims = draft.claims(&record, &grant);
    let (token_type, expires_in) = (draft.token_type(), claims.exp - claims.iat);
    Ok(Voucher { access_token: signer.sign(&claims)?, token_type, expires_in })
}

/// A voucher that is about to be.
struct Draft {
    context: Context,
    assertion: Assertion,
    proof: Option<Proof>,
    jti: Uuid,
    kid: String,
    correlation_id: Uuid,
    now: RomeTime,
}

impl Draft {
    /// Looks at the platform's states, uses the assertion up and records the voucher, in one transaction.
    fn record(self, tx: &mut Tx<'_>) -> Result<(Self, Record, Grant), Refused> {
        let assertion = &self.assertion;
        let record = look(tx, &self.context, assertion, self.now)?;
        let (record, grant) = judge(record, assertion).map_err(Refused::Platform)?;
        let used = digest(&[b"assertion", assertion.sub.0.as_bytes(), assertion.jti.as_bytes()]);
        if !audit::note_used(tx, &used, instant(assertion.exp))? {
            return Err(Refused::Platform(vec![Fault::AssertionReplayed]));
        }
        if let Some(proof) = &self.proof {
            let used = digest(&[b"proof", proof.thumbprint.as_bytes(), proof.jti.as_bytes()]);
            let ends = self.now.plus(jiff::SignedDuration::from_secs(2 * dpop::LIVES_S));
            if !audit::note_used(tx, &used, ends)? {
                return Err(Refused::Proof(ProofFault::JtiAlreadyCached));
            }
        }
        let lane = audit::lane_of(tx.engine(), assertion.sub);
        audit::append(tx, lane, &self.line(&record, &grant)?)?;
        Ok((self, record, grant))
    }

    fn token_type(&self) -> &'static str {
        if self.proof.is_some() { "DPoP" } else { "Bearer" }
    }

    fn claims<'a>(&'a self, record: &Record, grant: &'a Grant) -> VoucherClaims<'a> {
        let config = &self.context.config.vouchers;
        let iat = self.now.as_second();
        let (aud, lives, chain, machine) = match grant {
            Grant::Api => {
                let role = if record.admin_id.is_some() { "m2m-admin" } else { "m2m" };
                let machine = Machine { organization_id: record.consumer_id, role, admin_id: record.admin_id };
                (config.api_audience.as_str(), config.api_lifespan.as_secs(), None, Some(machine))
            }
            Grant::EService(purpose) => {
                let chain = Chain {
                    purpose_id: purpose.purpose_id,
                    producer_id: purpose.producer_id,
                    consumer_id: record.consumer_id,
                    eservice_id: purpose.eservice_id,
                    descriptor_id: purpose.descriptor_id,
                };
                (purpose.audience.as_str(), purpose.lifespan, Some(chain), None)
            }
        };
        VoucherClaims {
            jti: self.jti,
            iss: &config.issuer,
            aud,
            client_id: self.assertion.sub,
            sub: self.assertion.sub,
            iat,
            nbf: iat - config.early.as_secs(),
            exp: iat + lives,
            chain,
            machine,
            digest: self.assertion.digest.as_ref(),
            cnf: self.proof.as_ref().map(|proof| json!({ "jkt": proof.thumbprint })),
        }
    }

    /// The record of the voucher.
    fn line(&self, record: &Record, grant: &Grant) -> Result<String, Error> {
        let claims = self.claims(record, grant);
        let (grounds, admin_id) = match grant {
            Grant::Api => (None, Some(record.admin_id)),
            Grant::EService(purpose) => (Some(grounds(purpose)), None),
        };
        let line = Line {
            jwt_id: self.jti,
            correlation_id: self.correlation_id,
            issued_at: self.now.as_microsecond() / 1_000,
            client_id: self.assertion.sub,
            organization_id: record.consumer_id,
            algorithm: "RS256",
            key_id: &self.kid,
            typ: "at+jwt",
            audience: claims.aud,
            subject: self.assertion.sub,
            not_before: claims.nbf * 1_000,
            expiration_time: claims.exp * 1_000,
            issuer: claims.iss,
            key_deposited_by: record.key_user_id,
            client_assertion: Sent::from(&self.assertion),
            digest: claims.digest,
            cnf: claims.cnf.as_ref(),
            dpop: self.proof.as_ref().map(Shown::from),
            grounds,
            admin_id,
        };
        serde_json::to_string(&line).map_err(|error| Error::Defect(error.to_string()))
    }
}

/// Why there is a voucher for an e-service.
fn grounds(purpose: &PurposeRecord) -> Grounds<'_> {
    Grounds {
        agreement_id: purpose.agreement_id,
        agreement_evidence: &purpose.agreement_evidence,
        eservice_id: purpose.eservice_id,
        descriptor_id: purpose.descriptor_id,
        purpose_id: purpose.purpose_id,
        purpose_version_id: purpose.version_id,
        purpose_evidence: &purpose.purpose_evidence,
    }
}

/// A digest of parts that cannot run into each other.
fn digest(parts: &[&[u8]]) -> Vec<u8> {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    digest.finalize().to_vec()
}

/// An instant of an assertion, rounded up. It was found to be near enough before.
fn instant(seconds: f64) -> RomeTime {
    #[allow(clippy::cast_possible_truncation)] // saturates
    let micros = (seconds.ceil() as i64).saturating_mul(1_000_000);
    RomeTime::from_microsecond(micros).unwrap_or(RomeTime::from_microsecond(0).expect("1970 is an instant"))
}
