//! What the API of machines shows of an e-service, and what it takes for one.

use kernel::{RomeTime, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attributes::registry;
use crate::catalog::descriptor::{self, Terms};
use crate::catalog::eservice::{self, General, Mode, Technology};
use crate::risk_analysis::Form;
use crate::rules::ApprovalPolicy;

/// An e-service.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EService {
    id: Uuid,
    producer_id: Uuid,
    #[serde(flatten)]
    #[schema(inline)]
    general: GeneralSeed,
}

impl From<eservice::EService> for EService {
    fn from(eservice: eservice::EService) -> Self {
        Self { id: eservice.id.0, producer_id: eservice.producer_id.0, general: eservice.general.into() }
    }
}

/// What every version has in common.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GeneralSeed {
    /// 5 to 60 characters, unique for the producer.
    name: String,
    /// 10 to 400 characters.
    description: String,
    /// `REST` or `SOAP`.
    #[schema(value_type = String)]
    technology: Technology,
    /// `DELIVER` or `RECEIVE`.
    #[schema(value_type = String)]
    mode: Mode,
    #[serde(default)]
    is_signal_hub_enabled: bool,
    #[serde(default)]
    is_consumer_delegable: bool,
    #[serde(default)]
    is_client_access_delegable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    personal_data: Option<bool>,
}

impl From<General> for GeneralSeed {
    fn from(general: General) -> Self {
        let General { name, description, technology, mode, personal_data, .. } = general;
        Self {
            name,
            description,
            technology,
            mode,
            is_signal_hub_enabled: general.is_signal_hub_enabled,
            is_consumer_delegable: general.is_consumer_delegable,
            is_client_access_delegable: general.is_client_access_delegable,
            personal_data,
        }
    }
}

impl From<GeneralSeed> for General {
    fn from(seed: GeneralSeed) -> Self {
        let GeneralSeed { name, description, technology, mode, personal_data, .. } = seed;
        Self {
            name,
            description,
            technology,
            mode,
            is_signal_hub_enabled: seed.is_signal_hub_enabled,
            is_consumer_delegable: seed.is_consumer_delegable,
            is_client_access_delegable: seed.is_client_access_delegable,
            personal_data,
        }
    }
}

/// A new e-service with its first version.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EServiceSeed {
    name: String,
    description: String,
    #[schema(value_type = String)]
    technology: Technology,
    #[schema(value_type = String)]
    mode: Mode,
    /// The first version.
    descriptor: DescriptorSeed,
    #[serde(default)]
    is_signal_hub_enabled: bool,
    #[serde(default)]
    is_consumer_delegable: bool,
    #[serde(default)]
    is_client_access_delegable: bool,
    #[serde(default)]
    personal_data: Option<bool>,
}

impl EServiceSeed {
    /// What every version has in common, and the first one.
    pub fn parts(self) -> (General, Terms) {
        let general = General {
            name: self.name,
            description: self.description,
            technology: self.technology,
            mode: self.mode,
            is_signal_hub_enabled: self.is_signal_hub_enabled,
            is_consumer_delegable: self.is_consumer_delegable,
            is_client_access_delegable: self.is_client_access_delegable,
            personal_data: self.personal_data,
        };
        (general, self.descriptor.into())
    }
}

/// What a producer says of a version.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = EServiceDescriptorSeed)]
pub struct DescriptorSeed {
    /// 10 to 250 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Whom vouchers are meant for.
    audience: Vec<String>,
    /// Seconds that a voucher lives, 60 to 86400.
    voucher_lifespan: u32,
    /// Calls a day that one consumer may declare before the producer is asked.
    daily_calls_per_consumer: u32,
    /// Calls a day that all may declare before the producer is asked.
    daily_calls_total: u32,
    /// `AUTOMATIC` or `MANUAL`.
    #[schema(value_type = String)]
    agreement_approval_policy: ApprovalPolicy,
}

impl From<DescriptorSeed> for Terms {
    fn from(seed: DescriptorSeed) -> Self {
        Self {
            description: seed.description,
            audience: seed.audience,
            voucher_lifespan: seed.voucher_lifespan,
            daily_calls_per_consumer: seed.daily_calls_per_consumer,
            daily_calls_total: seed.daily_calls_total,
            agreement_approval_policy: Some(seed.agreement_approval_policy),
        }
    }
}

impl DescriptorSeed {
    /// What is said of a version; `policy` is the installation's.
    pub fn of(terms: Terms, policy: ApprovalPolicy) -> Self {
        Self {
            description: terms.description,
            audience: terms.audience,
            voucher_lifespan: terms.voucher_lifespan,
            daily_calls_per_consumer: terms.daily_calls_per_consumer,
            daily_calls_total: terms.daily_calls_total,
            agreement_approval_policy: terms.agreement_approval_policy.unwrap_or(policy),
        }
    }
}

/// A version of an e-service.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EServiceDescriptor)]
pub struct Descriptor {
    id: Uuid,
    version: String,
    /// `DRAFT`, `PUBLISHED`, `DEPRECATED`, `SUSPENDED`, `ARCHIVED`, `WAITING_FOR_APPROVAL`.
    #[schema(value_type = String)]
    state: descriptor::State,
    #[serde(flatten)]
    #[schema(inline)]
    terms: DescriptorSeed,
    server_urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<RomeTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    suspended_at: Option<RomeTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    deprecated_at: Option<RomeTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<RomeTime>,
}

impl Descriptor {
    /// A version; `policy` is the installation's.
    pub fn of(descriptor: descriptor::Descriptor, policy: ApprovalPolicy) -> Self {
        Self {
            id: descriptor.id.0,
            version: descriptor.version.to_string(),
            state: descriptor.state,
            terms: DescriptorSeed::of(descriptor.terms, policy),
            server_urls: descriptor.server_urls,
            published_at: descriptor.published_at,
            suspended_at: descriptor.suspended_at,
            deprecated_at: descriptor.deprecated_at,
            archived_at: descriptor.archived_at,
        }
    }
}

/// A risk analysis that the producer of a receiving e-service wrote.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EServiceRiskAnalysis)]
pub struct Analysis {
    id: Uuid,
    name: String,
    #[schema(value_type = RiskAnalysisForm)]
    risk_analysis_form: Form,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
}

/// The answers of a risk analysis.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only the document is made from it")]
pub struct RiskAnalysisForm {
    /// Version of the questions.
    version: String,
    /// Answers by question.
    #[schema(value_type = std::collections::HashMap<String, Vec<String>>)]
    answers: (),
}

impl From<eservice::Analysis> for Analysis {
    fn from(analysis: eservice::Analysis) -> Self {
        let eservice::Analysis { id, name, form, created_at } = analysis;
        Self { id: id.0, name, risk_analysis_form: form, created_at }
    }
}

/// An attribute of the registry.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    id: Uuid,
    name: String,
    description: String,
    /// Of a certified one: the certifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    /// Of a certified one: its code there.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
}

impl From<registry::Attribute> for Attribute {
    fn from(attribute: registry::Attribute) -> Self {
        let registry::Attribute { id, name, description, origin, code, created_at, .. } = attribute;
        Self { id: id.0, name, description, origin, code, created_at }
    }
}

/// An attribute among those that a version requires.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EServiceDescriptorAttribute)]
pub struct GroupedAttribute {
    /// Place of its group.
    pub group_index: usize,
    /// The attribute.
    pub attribute: Attribute,
}

/// A group of attributes of which one is enough.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EServiceDescriptorAttributesGroup)]
pub struct Group {
    /// Its attributes.
    pub attributes: Vec<GroupedAttribute>,
}
