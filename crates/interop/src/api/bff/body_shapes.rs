//! Bodies and what they hold, as the web back end shows them.

use kernel::{RomeTime, TenantId, Uuid};
use serde::Serialize;
use storage::Tx;
use utoipa::ToSchema;

use super::shapes::{Mail, Names};
use crate::attributes::registry;
use crate::attributes::tenant::{self, TenantKind};
use crate::attributes::{Assigned, Kind, Revocation, Verification, Verified};
use crate::deeds::Done;
use crate::ids::AttributeId;

/// Where a body comes from, and its code there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebExternalId)]
pub struct ExternalId {
    origin: String,
    value: String,
}

/// What a body may do besides what every body may.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantFeature {
    certifier: Certifier,
}

/// Of a certifier: the origin of its attributes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Certifier {
    certifier_id: String,
}

/// A certified or declared attribute of a body, held or taken away.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebHeldAttribute)]
pub struct Held {
    #[schema(value_type = String)]
    kind: Kind,
    id: Uuid,
    name: String,
    description: String,
    #[schema(value_type = String, format = DateTime)]
    assignment_timestamp: RomeTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    revocation_timestamp: Option<RomeTime>,
}

/// A producer's word.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantVerifier {
    id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    verification_date: RomeTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expiration_date: Option<RomeTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    extension_date: Option<RomeTime>,
}

impl From<&Verification> for TenantVerifier {
    fn from(word: &Verification) -> Self {
        Self {
            id: word.id.0,
            verification_date: word.verification_date,
            expiration_date: word.expiration_date,
            extension_date: word.extension_date,
        }
    }
}

/// A producer's word taken back.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantRevoker {
    #[serde(flatten)]
    word: TenantVerifier,
    #[schema(value_type = String, format = DateTime)]
    revocation_date: RomeTime,
}

impl From<&Revocation> for TenantRevoker {
    fn from(revocation: &Revocation) -> Self {
        Self { word: TenantVerifier::from(&revocation.verification), revocation_date: revocation.revocation_date }
    }
}

/// A verified attribute of a body, with those who vouch for it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebVerifiedAttribute)]
pub struct HeldVerified {
    #[schema(value_type = String)]
    kind: Kind,
    id: Uuid,
    name: String,
    description: String,
    #[schema(value_type = String, format = DateTime)]
    assignment_timestamp: RomeTime,
    verified_by: Vec<TenantVerifier>,
    revoked_by: Vec<TenantRevoker>,
}

/// Everything that a body holds or held.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebTenantAttributes)]
pub struct TenantAttributes {
    /// What it declared.
    pub declared: Vec<Held>,
    /// What authoritative sources say.
    pub certified: Vec<Held>,
    /// What producers say.
    pub verified: Vec<HeldVerified>,
}

impl TenantAttributes {
    /// Of a body.
    pub fn of(tx: &mut Tx<'_>, names: &mut Names, tenant: &tenant::Tenant) -> Done<Self> {
        let held = &tenant.holdings;
        let mut verified = Vec::new();
        for (id, words) in &held.verified {
            verified.push(HeldVerified::of(names.attribute(tx, *id)?, words));
        }
        Ok(Self {
            declared: all_held(tx, names, held.declared.iter())?,
            certified: all_held(tx, names, held.certified.iter())?,
            verified,
        })
    }
}

fn all_held<'a>(
    tx: &mut Tx<'_>,
    names: &mut Names,
    held: impl Iterator<Item = (&'a AttributeId, &'a Assigned)>,
) -> Done<Vec<Held>> {
    held.map(|(id, assigned)| {
        let registry::Attribute { id, kind, name, description, .. } = names.attribute(tx, *id)?;
        let (assignment_timestamp, revocation_timestamp) = (assigned.assigned_at, assigned.revoked_at);
        Ok(Held { kind, id: id.0, name, description, assignment_timestamp, revocation_timestamp })
    })
    .collect()
}

impl HeldVerified {
    fn of(attribute: registry::Attribute, words: &Verified) -> Self {
        let registry::Attribute { id, kind, name, description, .. } = attribute;
        Self {
            kind,
            id: id.0,
            name,
            description,
            assignment_timestamp: words.assigned_at,
            verified_by: words.verified_by.iter().map(TenantVerifier::from).collect(),
            revoked_by: words.revoked_by.iter().map(TenantRevoker::from).collect(),
        }
    }
}

/// A body.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebTenant)]
pub struct Tenant {
    id: Uuid,
    #[schema(value_type = String)]
    kind: TenantKind,
    external_id: ExternalId,
    features: Vec<TenantFeature>,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<RomeTime>,
    name: String,
    attributes: TenantAttributes,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_mail: Option<Mail>,
    #[schema(value_type = String, format = DateTime)]
    onboarded_at: RomeTime,
}

impl Tenant {
    /// A body.
    pub fn of(tx: &mut Tx<'_>, names: &mut Names, id: TenantId) -> Done<Self> {
        let tenant = names.tenant(tx, id)?;
        let attributes = TenantAttributes::of(tx, names, &tenant)?;
        let contact_mail = Mail::of(&tenant);
        let certifier = tenant.certifier.map(|certifier_id| TenantFeature { certifier: Certifier { certifier_id } });
        Ok(Self {
            id: tenant.id.0,
            kind: tenant.kind,
            external_id: ExternalId { origin: tenant.external_id.origin, value: tenant.external_id.value },
            features: certifier.into_iter().collect(),
            created_at: tenant.created_at,
            updated_at: tenant.updated_at,
            name: tenant.name,
            attributes,
            contact_mail,
            onboarded_at: tenant.created_at,
        })
    }
}
