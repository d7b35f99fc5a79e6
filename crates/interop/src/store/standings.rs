//! What vouchers rest on, joined beforehand: one row for each purpose.

use kernel::{RomeTime, TenantId, UserId};
use serde::Serialize;
use serde_json::value::RawValue;
use storage::{Result, Row, Tx, params};

use super::{from_text, name_of, state_of, to_text};
use crate::agreements::agreement::{Agreement, Stamp};
use crate::catalog::descriptor::Descriptor;
use crate::clients::client::Kind;
use crate::ids::{AgreementId, ClientId, DescriptorId, EServiceId, PurposeId, VersionId};
use crate::operability::Standing;
use crate::purposes::purpose::Purpose;

/// Why a purpose, or an agreement, is in force: for the audit.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Evidence {
    /// Who approved it, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved: Option<Stamp>,
    /// Version of the risk analysis, of a purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    risk_analysis_version: Option<String>,
}

/// Takes over a purpose.
pub fn set_purpose(tx: &mut Tx<'_>, purpose: &Purpose) -> Result<()> {
    let version = purpose.current().or(purpose.waiting()).or(purpose.versions.last());
    let evidence = Evidence {
        approved: version.and_then(|version| version.approved),
        risk_analysis_version: purpose.analysis.as_ref().map(|form| form.version.clone()),
    };
    tx.execute(
        "INSERT INTO interop_standings (purpose_id, eservice_id, consumer_id, producer_id, version_id, purpose_state,
           purpose_evidence, agreement_evidence, audience, lifespan)
         VALUES ($1, $2, $3, $4, $5, $6, $7, '{}', '', 0)
         ON CONFLICT (purpose_id) DO UPDATE SET version_id = excluded.version_id, purpose_state = excluded.purpose_state,
           purpose_evidence = excluded.purpose_evidence",
        params![
            purpose.id,
            purpose.eservice_id,
            purpose.consumer_id,
            purpose.producer_id,
            version.map(|version| version.id),
            version.map(|version| name_of(&version.state)).transpose()?,
            to_text(&evidence)?
        ],
    )?;
    Ok(())
}

/// Takes over the current agreement of a consumer, and the version that it names.
pub fn set_agreement(tx: &mut Tx<'_>, agreement: &Agreement, descriptor: Option<&Descriptor>) -> Result<()> {
    let evidence = Evidence { approved: agreement.activated, risk_analysis_version: None };
    let audience = descriptor.map(|descriptor| descriptor.terms.audience.join(",")).unwrap_or_default();
    tx.execute(
        "UPDATE interop_standings SET agreement_id = $3, agreement_state = $4, agreement_evidence = $5, descriptor_id = $6,
           descriptor_state = $7, audience = $8, lifespan = $9
         WHERE consumer_id = $1 AND eservice_id = $2",
        params![
            agreement.consumer_id,
            agreement.eservice_id,
            agreement.id,
            name_of(&agreement.state)?,
            to_text(&evidence)?,
            agreement.descriptor_id,
            descriptor.map(|descriptor| name_of(&descriptor.state)).transpose()?,
            audience,
            descriptor.map_or(0, |descriptor| descriptor.terms.voucher_lifespan)
        ],
    )?;
    Ok(())
}

/// Takes over a version, wherever an agreement names it.
pub fn set_descriptor(tx: &mut Tx<'_>, descriptor: &Descriptor) -> Result<()> {
    tx.execute(
        "UPDATE interop_standings SET descriptor_state = $2, audience = $3, lifespan = $4 WHERE descriptor_id = $1",
        params![
            descriptor.id,
            name_of(&descriptor.state)?,
            descriptor.terms.audience.join(","),
            descriptor.terms.voucher_lifespan
        ],
    )?;
    Ok(())
}

/// What stands behind an assertion.
#[derive(Clone, Debug)]
pub struct Record {
    /// Whose client it is.
    pub consumer_id: TenantId,
    /// What the client's keys give.
    pub kind: Kind,
    /// Whoever answers for an API client.
    pub admin_id: Option<UserId>,
    /// Who deposited the key.
    pub key_user_id: UserId,
    /// When its owner's agreements are to be looked at again, because somebody's word ends.
    pub recheck_at: Option<RomeTime>,
    /// The purpose, if the client is linked to the one that the assertion names.
    pub purpose: Option<PurposeRecord>,
}

/// What stands behind a purpose.
#[derive(Clone, Debug)]
pub struct PurposeRecord {
    /// The purpose.
    pub purpose_id: PurposeId,
    /// Its version in force.
    pub version_id: Option<VersionId>,
    /// The e-service.
    pub eservice_id: EServiceId,
    /// Who offers it.
    pub producer_id: TenantId,
    /// The agreement.
    pub agreement_id: Option<AgreementId>,
    /// The version of the e-service.
    pub descriptor_id: Option<DescriptorId>,
    /// Where the three stand.
    pub standing: Standing,
    /// Whom vouchers are for: the version's audiences, with commas between them.
    pub audience: String,
    /// Seconds that a voucher lives.
    pub lifespan: i64,
    /// Why the purpose is in force.
    pub purpose_evidence: Box<RawValue>,
    /// Why the agreement is in force.
    pub agreement_evidence: Box<RawValue>,
}

/// What stands behind a key of a client and a purpose.
pub fn find_record(tx: &mut Tx<'_>, client: ClientId, kid: &str, purpose: Option<PurposeId>) -> Result<Option<Record>> {
    let sql = "SELECT c.consumer_id, c.kind, c.admin_id, k.user_id, s.purpose_id, s.version_id, s.eservice_id, s.producer_id,
                 s.agreement_id, s.descriptor_id, s.descriptor_state, s.agreement_state, s.purpose_state, s.audience, s.lifespan,
                 s.purpose_evidence, s.agreement_evidence, t.recheck_at
               FROM interop_keys k JOIN interop_clients c ON c.id = k.client_id
               LEFT JOIN interop_tenants t ON t.id = c.consumer_id
               LEFT JOIN interop_links l ON l.client_id = c.id AND l.purpose_id = $3
               LEFT JOIN interop_standings s ON s.purpose_id = l.purpose_id
               WHERE k.kid = $1 AND k.client_id = $2 AND k.usage = 'SIG'";
    tx.optional(sql, params![kid, client, purpose], |row| {
        Ok(Record {
            consumer_id: row.get(0)?,
            kind: state_of(row.get(1)?)?,
            admin_id: row.get(2)?,
            key_user_id: row.get(3)?,
            recheck_at: row.get(17)?,
            purpose: row.get::<Option<PurposeId>>(4)?.map(|id| purpose_record(row, id)).transpose()?,
        })
    })
}

fn purpose_record(row: &Row<'_>, purpose_id: PurposeId) -> Result<PurposeRecord> {
    let state = |index| row.get::<Option<String>>(index);
    Ok(PurposeRecord {
        purpose_id,
        version_id: row.get(5)?,
        eservice_id: row.get(6)?,
        producer_id: row.get(7)?,
        agreement_id: row.get(8)?,
        descriptor_id: row.get(9)?,
        standing: Standing {
            descriptor: state(10)?.map(state_of).transpose()?,
            agreement: state(11)?.map(state_of).transpose()?,
            purpose: state(12)?.map(state_of).transpose()?,
        },
        audience: row.get(13)?,
        lifespan: row.get(14)?,
        purpose_evidence: from_text(row.text(15)?)?,
        agreement_evidence: from_text(row.text(16)?)?,
    })
}

/// How many keys the clients of a purpose have.
pub fn keys_of_purpose(tx: &mut Tx<'_>, purpose: PurposeId) -> Result<u64> {
    let sql = "SELECT COUNT(*) FROM interop_links l JOIN interop_keys k ON k.client_id = l.client_id
               WHERE l.purpose_id = $1 AND k.usage = 'SIG'";
    tx.one(sql, params![purpose], |row| Ok(u64::try_from(row.get::<i64>(0)?).unwrap_or_default()))
}
