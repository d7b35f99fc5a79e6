//! The audit record of a voucher: it answers by itself which key, who deposited it, what was approved, when and by whom.

use kernel::{TenantId, UserId, Uuid};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::assertion::{Assertion, Digest};
use super::dpop::Proof;
use crate::ids::{AgreementId, ClientId, DescriptorId, EServiceId, PurposeId, VersionId};

/// A line of the trail.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line<'a> {
    /// The voucher.
    pub jwt_id: Uuid,
    /// The request.
    pub correlation_id: Uuid,
    /// When, in milliseconds, as all instants of the voucher are here.
    pub issued_at: i64,
    /// The client.
    pub client_id: ClientId,
    /// Whose client it is.
    pub organization_id: TenantId,
    /// How the voucher is signed.
    pub algorithm: &'static str,
    /// By which of our keys.
    pub key_id: &'a str,
    /// What the voucher is.
    pub typ: &'static str,
    /// Whom it is for.
    pub audience: &'a str,
    /// Whom it names.
    pub subject: ClientId,
    /// From when on it counts.
    pub not_before: i64,
    /// When it ends.
    pub expiration_time: i64,
    /// Who issued it.
    pub issuer: &'a str,
    /// Who deposited the key of the assertion.
    pub key_deposited_by: UserId,
    /// What was sent.
    pub client_assertion: Sent<'a>,
    /// What binds the voucher to a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<&'a Digest>,
    /// What binds the voucher to a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<&'a Value>,
    /// The proof of that key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpop: Option<Shown<'a>>,
    /// Why there is a voucher for an e-service.
    #[serde(flatten)]
    pub grounds: Option<Grounds<'a>>,
    /// Who answers for a voucher for the platform's own API; outer `None`: it is for an e-service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_id: Option<Option<UserId>>,
}

/// The assertion.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent<'a> {
    algorithm: &'static str,
    audience: &'a Value,
    expiration_time: f64,
    issued_at: f64,
    issuer: &'a str,
    jwt_id: &'a str,
    key_id: &'a str,
    subject: ClientId,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<&'a Digest>,
}

impl<'a> From<&'a Assertion> for Sent<'a> {
    fn from(assertion: &'a Assertion) -> Self {
        Self {
            algorithm: "RS256",
            audience: &assertion.aud,
            expiration_time: assertion.exp,
            issued_at: assertion.iat,
            issuer: &assertion.iss,
            jwt_id: &assertion.jti,
            key_id: &assertion.kid,
            subject: assertion.sub,
            digest: assertion.digest.as_ref(),
        }
    }
}

/// The proof of possession.
#[derive(Debug, Serialize)]
pub struct Shown<'a> {
    jti: &'a str,
    iat: i64,
}

impl<'a> From<&'a Proof> for Shown<'a> {
    fn from(proof: &'a Proof) -> Self {
        Self { jti: &proof.jti, iat: proof.iat }
    }
}

/// What a voucher for an e-service rests on, as it stood.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Grounds<'a> {
    /// The agreement.
    pub agreement_id: Option<AgreementId>,
    /// Why it is in force.
    pub agreement_evidence: &'a RawValue,
    /// The e-service.
    pub eservice_id: EServiceId,
    /// Its version.
    pub descriptor_id: Option<DescriptorId>,
    /// The purpose.
    pub purpose_id: PurposeId,
    /// Its version.
    pub purpose_version_id: Option<VersionId>,
    /// Why it is in force.
    pub purpose_evidence: &'a RawValue,
}
