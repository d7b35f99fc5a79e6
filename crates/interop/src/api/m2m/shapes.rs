//! What the API of machines shows of an agreement, a purpose, a client and a body.

use kernel::{RomeTime, Uuid};
use serde::Serialize;
use utoipa::ToSchema;

use crate::agreements::agreement;
use crate::attributes::tenant;
use crate::clients::client;
use crate::clients::key;
use crate::clients::keychain::Keychain;
use crate::purposes::purpose;
use crate::store::lists::Listed;

/// An agreement (richiesta di fruizione).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Agreement {
    id: Uuid,
    eservice_id: Uuid,
    descriptor_id: Uuid,
    producer_id: Uuid,
    consumer_id: Uuid,
    /// `DRAFT`, `PENDING`, `ACTIVE`, `SUSPENDED`, `ARCHIVED`, `REJECTED`, `MISSING_CERTIFIED_ATTRIBUTES`.
    #[schema(value_type = String)]
    state: crate::agreements::state::State,
    suspended_by_consumer: bool,
    suspended_by_producer: bool,
    suspended_by_platform: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    consumer_notes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection_reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<RomeTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    suspended_at: Option<RomeTime>,
}

impl From<agreement::Agreement> for Agreement {
    fn from(agreement: agreement::Agreement) -> Self {
        Self {
            id: agreement.id.0,
            eservice_id: agreement.eservice_id.0,
            descriptor_id: agreement.descriptor_id.0,
            producer_id: agreement.producer_id.0,
            consumer_id: agreement.consumer_id.0,
            state: agreement.state,
            suspended_by_consumer: agreement.suspensions.suspended_by_consumer,
            suspended_by_producer: agreement.suspensions.suspended_by_producer,
            suspended_by_platform: agreement.suspensions.suspended_by_platform,
            consumer_notes: agreement.consumer_notes,
            rejection_reason: agreement.rejection_reason,
            created_at: agreement.created_at,
            updated_at: agreement.updated_at,
            suspended_at: agreement.suspended_at,
        }
    }
}

/// A purpose (finalità).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Purpose {
    id: Uuid,
    eservice_id: Uuid,
    consumer_id: Uuid,
    suspended_by_consumer: bool,
    suspended_by_producer: bool,
    title: String,
    description: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<RomeTime>,
    /// Whether the risk analysis is complete by today's questions.
    is_risk_analysis_valid: bool,
    is_free_of_charge: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    free_of_charge_reason: Option<String>,
    /// The version in force or suspended; of a draft, the draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    current_version: Option<PurposeVersion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_for_approval_version: Option<PurposeVersion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_version: Option<PurposeVersion>,
}

impl Purpose {
    /// A purpose; `valid` says whether its risk analysis is.
    pub fn of((purpose, valid): (purpose::Purpose, bool)) -> Self {
        let show = |version: Option<&purpose::Version>| version.cloned().map(PurposeVersion::from);
        let last = purpose
            .versions
            .iter()
            .rfind(|version| !matches!(version.state, purpose::State::WaitingForApproval | purpose::State::Rejected));
        Self {
            current_version: show(purpose.current().or(last)),
            waiting_for_approval_version: show(purpose.waiting()),
            rejected_version: show(purpose.rejected()),
            id: purpose.id.0,
            eservice_id: purpose.eservice_id.0,
            consumer_id: purpose.consumer_id.0,
            suspended_by_consumer: purpose.suspended_by_consumer,
            suspended_by_producer: purpose.suspended_by_producer,
            title: purpose.info.title,
            description: purpose.info.description,
            created_at: purpose.created_at,
            updated_at: purpose.updated_at,
            is_risk_analysis_valid: valid,
            is_free_of_charge: purpose.info.is_free_of_charge,
            free_of_charge_reason: purpose.info.free_of_charge_reason,
        }
    }
}

/// A version of a purpose: a load.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PurposeVersion {
    /// Its identifier.
    pub id: Uuid,
    /// `DRAFT`, `WAITING_FOR_APPROVAL`, `ACTIVE`, `SUSPENDED`, `ARCHIVED`, `REJECTED`.
    #[schema(value_type = String)]
    pub state: purpose::State,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<RomeTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    first_activation_at: Option<RomeTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    suspended_at: Option<RomeTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection_reason: Option<String>,
    daily_calls: u32,
}

impl From<purpose::Version> for PurposeVersion {
    fn from(version: purpose::Version) -> Self {
        Self {
            id: version.id.0,
            state: version.state,
            created_at: version.created_at,
            updated_at: version.updated_at,
            first_activation_at: version.first_activation_at,
            suspended_at: version.suspended_at,
            rejection_reason: version.rejection_reason,
            daily_calls: version.daily_calls,
        }
    }
}

/// A client: all of it for its owner; others see whose it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    id: Uuid,
    consumer_id: Uuid,
    #[serde(flatten)]
    own: Option<OwnClient>,
}

/// What the owner of a client sees besides.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnClient {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
}

impl Client {
    /// A client as `viewer` sees it.
    pub fn of(client: client::Client, viewer: kernel::TenantId) -> Self {
        let own = OwnClient { name: client.name, description: client.description, created_at: client.created_at };
        let own = (client.consumer_id == viewer).then_some(own);
        Self { id: client.id.0, consumer_id: client.consumer_id.0, own }
    }
}

/// A public key (RFC 7517).
#[derive(Debug, Serialize, ToSchema)]
pub struct Jwk {
    kid: String,
    kty: &'static str,
    #[serde(rename = "use")]
    #[schema(value_type = String)]
    usage: key::Use,
    alg: String,
    n: String,
    e: String,
}

impl From<key::Key> for Jwk {
    fn from(key: key::Key) -> Self {
        let key::Key { kid, usage, alg, public, .. } = key;
        Self { kid, kty: "RSA", usage, alg, n: public.n, e: public.e }
    }
}

/// A public key and the client that it is of.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// The client.
    pub client_id: Uuid,
    /// The key.
    pub jwk: Jwk,
}

/// A public key and the keychain that it is of.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProducerKey {
    /// The keychain.
    pub producer_keychain_id: Uuid,
    /// The key.
    pub jwk: Jwk,
}

/// A keychain.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProducerKeychain {
    id: Uuid,
    producer_id: Uuid,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
}

impl From<Keychain> for ProducerKeychain {
    fn from(keychain: Keychain) -> Self {
        let Keychain { id, producer_id, name, description, created_at, .. } = keychain;
        Self { id: id.0, producer_id: producer_id.0, name, description, created_at }
    }
}

/// A body.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    id: Uuid,
    external_id: ExternalId,
    name: String,
    /// `PA`, `GSP`, `PRIVATE`, `SCP`.
    #[schema(value_type = String)]
    kind: tenant::TenantKind,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<RomeTime>,
    #[schema(value_type = String, format = DateTime)]
    onboarded_at: RomeTime,
}

/// Where a body comes from, and its code there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TenantExternalId)]
pub struct ExternalId {
    origin: String,
    value: String,
}

impl From<tenant::Tenant> for Tenant {
    fn from(tenant: tenant::Tenant) -> Self {
        let tenant::ExternalId { origin, value } = tenant.external_id;
        Self {
            id: tenant.id.0,
            external_id: ExternalId { origin, value },
            name: tenant.name,
            kind: tenant.kind,
            created_at: tenant.created_at,
            updated_at: tenant.updated_at,
            onboarded_at: tenant.created_at,
        }
    }
}

/// Each purpose of a page, with whether its risk analysis is valid.
pub fn paired((purposes, total): Listed<purpose::Purpose>, valid: Vec<bool>) -> Listed<(purpose::Purpose, bool)> {
    (purposes.into_iter().zip(valid).collect(), total)
}
