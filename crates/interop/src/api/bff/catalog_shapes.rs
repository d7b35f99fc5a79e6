//! E-services and their versions, as the web back end shows them.

use kernel::{RomeTime, Uuid};
use serde::{Deserialize, Serialize};
use storage::Tx;
use utoipa::ToSchema;

use super::shapes::{CompactAgreement, CompactDescriptor, CompactOrganization, Mail, Names};
use crate::attributes::tenant::TenantKind;
use crate::attributes::{self, Group, Kind, Requirements};
use crate::catalog::descriptor::{self, Descriptor, State};
use crate::catalog::eservice::{self, EService, Mode, Technology};
use crate::deeds::{Deed, Done};
use crate::ids::AttributeId;
use crate::risk_analysis::Form;
use crate::rules::ApprovalPolicy;

/// An attribute that a version asks for.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DescriptorAttributeSeed {
    #[schema(value_type = Uuid)]
    id: AttributeId,
    /// Whether the producer wants to verify it anew, whoever did so before.
    #[serde(default)]
    explicit_attribute_verification: bool,
    /// Threshold for each consumer that holds it.
    #[serde(default)]
    daily_calls_per_consumer: Option<u32>,
}

/// What a version asks for: one attribute of each group, of every group.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DescriptorAttributesSeed {
    #[serde(default)]
    certified: Vec<Vec<DescriptorAttributeSeed>>,
    #[serde(default)]
    declared: Vec<Vec<DescriptorAttributeSeed>>,
    #[serde(default)]
    verified: Vec<Vec<DescriptorAttributeSeed>>,
}

impl From<DescriptorAttributesSeed> for Requirements {
    fn from(seed: DescriptorAttributesSeed) -> Self {
        let group = |group: Vec<DescriptorAttributeSeed>| group.into_iter().map(attributes::Required::from).collect();
        let groups = |groups: Vec<Vec<DescriptorAttributeSeed>>| groups.into_iter().map(group).collect();
        Self { certified: groups(seed.certified), declared: groups(seed.declared), verified: groups(seed.verified) }
    }
}

impl From<DescriptorAttributeSeed> for attributes::Required {
    fn from(seed: DescriptorAttributeSeed) -> Self {
        let DescriptorAttributeSeed { id, explicit_attribute_verification, daily_calls_per_consumer } = seed;
        Self { id, explicit_attribute_verification, daily_calls_per_consumer }
    }
}

/// An attribute that a version asks for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DescriptorAttribute {
    id: Uuid,
    name: String,
    description: String,
    explicit_attribute_verification: bool,
    #[schema(value_type = String)]
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    daily_calls_per_consumer: Option<u32>,
}

/// What a version asks for.
#[derive(Debug, Serialize, ToSchema)]
pub struct DescriptorAttributes {
    certified: Vec<Vec<DescriptorAttribute>>,
    declared: Vec<Vec<DescriptorAttribute>>,
    verified: Vec<Vec<DescriptorAttribute>>,
}

impl DescriptorAttributes {
    fn of(tx: &mut Tx<'_>, names: &mut Names, requirements: &Requirements) -> Done<Self> {
        let mut groups = |groups: &[Group]| -> Done<Vec<_>> {
            groups.iter().map(|group| group.iter().map(|required| shown(tx, names, required)).collect()).collect()
        };
        Ok(Self {
            certified: groups(&requirements.certified)?,
            declared: groups(&requirements.declared)?,
            verified: groups(&requirements.verified)?,
        })
    }
}

fn shown(tx: &mut Tx<'_>, names: &mut Names, required: &attributes::Required) -> Done<DescriptorAttribute> {
    let attribute = names.attribute(tx, required.id)?;
    Ok(DescriptorAttribute {
        id: attribute.id.0,
        name: attribute.name,
        description: attribute.description,
        explicit_attribute_verification: required.explicit_attribute_verification,
        kind: attribute.kind,
        daily_calls_per_consumer: required.daily_calls_per_consumer,
    })
}

/// A file of a version.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EServiceDoc {
    id: Uuid,
    name: String,
    content_type: String,
    pretty_name: String,
    checksum: String,
}

impl From<&descriptor::Document> for EServiceDoc {
    fn from(document: &descriptor::Document) -> Self {
        let descriptor::Document { id, name, pretty_name, content_type, checksum, .. } = document.clone();
        Self { id: id.0, name, content_type, pretty_name, checksum }
    }
}

/// A risk analysis that a producer wrote for its consumers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EServiceRiskAnalysis {
    id: Uuid,
    name: String,
    #[schema(value_type = Object)]
    risk_analysis_form: Form,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
}

impl From<&eservice::Analysis> for EServiceRiskAnalysis {
    fn from(analysis: &eservice::Analysis) -> Self {
        let eservice::Analysis { id, name, form, created_at } = analysis.clone();
        Self { id: id.0, name, risk_analysis_form: form, created_at }
    }
}

/// An address that the interface of a version names.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServerUrl {
    url: String,
}

/// What the catalogue and the producer see alike of a version.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebDescriptor)]
pub struct Version {
    id: Uuid,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<EServiceDoc>,
    docs: Vec<EServiceDoc>,
    #[schema(value_type = String)]
    state: State,
    audience: Vec<String>,
    voucher_lifespan: u32,
    daily_calls_per_consumer: u32,
    daily_calls_total: u32,
    #[schema(value_type = String)]
    agreement_approval_policy: ApprovalPolicy,
    attributes: DescriptorAttributes,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<RomeTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    deprecated_at: Option<RomeTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<RomeTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    suspended_at: Option<RomeTime>,
    server_urls: Vec<ServerUrl>,
}

impl Version {
    fn of(tx: &mut Tx<'_>, names: &mut Names, deed: &Deed, descriptor: &Descriptor) -> Done<Self> {
        let terms = descriptor.terms.clone();
        Ok(Self {
            id: descriptor.id.0,
            version: descriptor.version.to_string(),
            description: terms.description,
            interface: descriptor.interface.as_ref().map(EServiceDoc::from),
            docs: descriptor.docs.iter().map(EServiceDoc::from).collect(),
            state: descriptor.state,
            audience: terms.audience,
            voucher_lifespan: terms.voucher_lifespan,
            daily_calls_per_consumer: terms.daily_calls_per_consumer,
            daily_calls_total: terms.daily_calls_total,
            agreement_approval_policy: terms.agreement_approval_policy.unwrap_or(deed.rules.approval_policy),
            attributes: DescriptorAttributes::of(tx, names, &descriptor.attributes)?,
            published_at: descriptor.published_at,
            deprecated_at: descriptor.deprecated_at,
            archived_at: descriptor.archived_at,
            suspended_at: descriptor.suspended_at,
            server_urls: descriptor.server_urls.iter().map(|url| ServerUrl { url: url.clone() }).collect(),
        })
    }
}

/// What every version has in common.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebEServiceGeneral)]
pub struct General {
    id: Uuid,
    name: String,
    description: String,
    #[schema(value_type = String)]
    technology: Technology,
    #[schema(value_type = String)]
    mode: Mode,
    risk_analysis: Vec<EServiceRiskAnalysis>,
    is_signal_hub_enabled: bool,
    is_consumer_delegable: bool,
    is_client_access_delegable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    personal_data: Option<bool>,
}

impl From<&EService> for General {
    fn from(eservice: &EService) -> Self {
        let general = eservice.general.clone();
        Self {
            id: eservice.id.0,
            name: general.name,
            description: general.description,
            technology: general.technology,
            mode: general.mode,
            risk_analysis: eservice.analyses.iter().map(EServiceRiskAnalysis::from).collect(),
            is_signal_hub_enabled: general.is_signal_hub_enabled,
            is_consumer_delegable: general.is_consumer_delegable,
            is_client_access_delegable: general.is_client_access_delegable,
            personal_data: general.personal_data,
        }
    }
}

/// The producer of an e-service, as it sees itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProducerDescriptorEServiceProducer {
    id: Uuid,
    #[schema(value_type = String)]
    tenant_kind: TenantKind,
}

/// The e-service of a version, as its producer sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProducerDescriptorEService {
    #[serde(flatten)]
    general: General,
    producer: ProducerDescriptorEServiceProducer,
    descriptors: Vec<CompactDescriptor>,
    has_producer_keychain: bool,
    has_producer_keychain_keys: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    draft_descriptor: Option<CompactDescriptor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mail: Option<Mail>,
}

/// A version, as its producer sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProducerEServiceDescriptor {
    #[serde(flatten)]
    version: Version,
    eservice: ProducerDescriptorEService,
}

/// The versions that were published.
fn published(eservice: &EService) -> Vec<CompactDescriptor> {
    eservice.descriptors.iter().filter(|found| !found.state.unpublished()).map(CompactDescriptor::from).collect()
}

/// The version that is being written.
fn draft(eservice: &EService) -> Option<CompactDescriptor> {
    eservice.descriptors.iter().find(|found| found.state.unpublished()).map(CompactDescriptor::from)
}

impl ProducerEServiceDescriptor {
    /// A version of an e-service.
    pub fn of(tx: &mut Tx<'_>, deed: &Deed, eservice: &EService, descriptor: &Descriptor) -> Done<Self> {
        let names = &mut Names::default();
        let producer = names.tenant(tx, eservice.producer_id)?;
        Ok(Self {
            version: Version::of(tx, names, deed, descriptor)?,
            eservice: ProducerDescriptorEService {
                general: General::from(eservice),
                producer: ProducerDescriptorEServiceProducer { id: producer.id.0, tenant_kind: producer.kind },
                descriptors: published(eservice),
                has_producer_keychain: false,
                has_producer_keychain_keys: false,
                draft_descriptor: draft(eservice),
                mail: Mail::of(&producer),
            },
        })
    }
}

/// An e-service, as its producer sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProducerEServiceDetails {
    #[serde(flatten)]
    general: General,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_active_descriptor_id: Option<Uuid>,
}

impl From<&EService> for ProducerEServiceDetails {
    fn from(eservice: &EService) -> Self {
        let newest = eservice.newest().map(|descriptor| descriptor.id.0);
        Self { general: General::from(eservice), latest_active_descriptor_id: newest }
    }
}

/// An e-service among those of its producer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProducerEService {
    id: Uuid,
    name: String,
    #[schema(value_type = String)]
    mode: Mode,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_descriptor: Option<CompactDescriptor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    draft_descriptor: Option<CompactDescriptor>,
    is_template_instance: bool,
    has_unread_notifications: bool,
}

impl From<EService> for ProducerEService {
    fn from(eservice: EService) -> Self {
        Self {
            id: eservice.id.0,
            active_descriptor: eservice.newest().map(CompactDescriptor::from),
            draft_descriptor: draft(&eservice),
            name: eservice.general.name,
            mode: eservice.general.mode,
            is_template_instance: false,
            has_unread_notifications: false,
        }
    }
}

/// Who offers an e-service of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CatalogTenant {
    id: Uuid,
    name: String,
    has_unread_notifications: bool,
}

/// An e-service of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CatalogEService {
    id: Uuid,
    name: String,
    description: String,
    producer: CatalogTenant,
    is_mine: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_descriptor: Option<CompactDescriptor>,
    has_unread_notifications: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    personal_data: Option<bool>,
}

impl CatalogEService {
    /// An e-service.
    pub fn of(tx: &mut Tx<'_>, names: &mut Names, deed: &Deed, eservice: EService) -> Done<Self> {
        let producer = names.tenant(tx, eservice.producer_id)?;
        Ok(Self {
            id: eservice.id.0,
            producer: CatalogTenant { id: producer.id.0, name: producer.name, has_unread_notifications: false },
            is_mine: eservice.producer_id == deed.actor.tenant,
            active_descriptor: eservice.newest().map(CompactDescriptor::from),
            name: eservice.general.name,
            description: eservice.general.description,
            has_unread_notifications: false,
            personal_data: eservice.general.personal_data,
        })
    }
}

/// The e-service of a version in the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CatalogDescriptorEService {
    #[serde(flatten)]
    general: General,
    producer: CompactOrganization,
    descriptors: Vec<CompactDescriptor>,
    /// Of whoever looks, that are not over.
    agreements: Vec<CompactAgreement>,
    is_mine: bool,
    has_certified_attributes: bool,
    is_subscribed: bool,
    has_producer_keychain: bool,
    has_producer_keychain_keys: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_descriptor: Option<CompactDescriptor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mail: Option<Mail>,
}

/// A version in the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct CatalogEServiceDescriptor {
    #[serde(flatten)]
    version: Version,
    eservice: CatalogDescriptorEService,
}

impl CatalogEServiceDescriptor {
    /// A version of an e-service.
    pub fn of(tx: &mut Tx<'_>, deed: &Deed, eservice: &EService, descriptor: &Descriptor) -> Done<Self> {
        let names = &mut Names::default();
        let viewer = names.tenant(tx, deed.actor.tenant)?;
        let producer = names.tenant(tx, eservice.producer_id)?;
        let mut agreements = crate::store::agreements::list_of(tx, viewer.id, eservice.id)?;
        agreements.retain(|agreement| !agreement.state.is_final());
        let held = attributes::satisfied(&descriptor.attributes, &viewer.holdings, producer.id, &deed.rules, deed.now);
        Ok(Self {
            version: Version::of(tx, names, deed, descriptor)?,
            eservice: CatalogDescriptorEService {
                general: General::from(eservice),
                producer: CompactOrganization::from(&producer),
                descriptors: published(eservice),
                is_mine: eservice.producer_id == viewer.id,
                has_certified_attributes: held.certified || eservice.producer_id == viewer.id,
                is_subscribed: agreements.iter().any(|agreement| agreement.state.runs()),
                agreements: agreements.iter().map(|agreement| CompactAgreement::of(agreement, eservice)).collect(),
                has_producer_keychain: false,
                has_producer_keychain_keys: false,
                active_descriptor: eservice.newest().map(CompactDescriptor::from),
                mail: Mail::of(&producer),
            },
        })
    }
}
