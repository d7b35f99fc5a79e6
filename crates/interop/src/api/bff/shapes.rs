//! What the web back end shows.

use std::collections::BTreeMap;

use kernel::{RomeTime, TenantId, UserId, Uuid};
use serde::Serialize;
use storage::Tx;
use utoipa::ToSchema;

use crate::agreements::agreement::Agreement;
use crate::attributes::registry::Attribute;
use crate::attributes::tenant::Tenant;
use crate::catalog::descriptor::{self, Descriptor};
use crate::catalog::eservice::EService;
use crate::clients::client::{self, Client};
use crate::deeds::Done;
use crate::errors::Fault;
use crate::ids::{AttributeId, EServiceId};
use crate::purposes::purpose;
use crate::risk_analysis::Form;
use crate::store::{self, Purpose as Why};

/// What was created.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedResource {
    /// Its identifier.
    pub id: Uuid,
}

/// A body, in short.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompactOrganization {
    id: Uuid,
    name: String,
    #[schema(value_type = String)]
    kind: crate::attributes::tenant::TenantKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_mail: Option<Mail>,
}

/// An address for notices.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Mail {
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl Mail {
    /// That of a body, if it has one.
    pub fn of(tenant: &Tenant) -> Option<Self> {
        let description = tenant.mail_description.clone();
        tenant.mail.clone().map(|address| Self { address, description })
    }
}

impl From<&Tenant> for CompactOrganization {
    fn from(tenant: &Tenant) -> Self {
        Self { id: tenant.id.0, name: tenant.name.clone(), kind: tenant.kind, contact_mail: Mail::of(tenant) }
    }
}

/// A person, in short. Of one who has left the body only the identifier is known.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompactUser {
    user_id: Uuid,
    name: String,
    family_name: String,
}

impl CompactUser {
    /// A person of a body.
    pub fn of(tenant: &Tenant, id: UserId) -> Self {
        let person = tenant.users.get(&id);
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        Self {
            user_id: id.0,
            name: text(person.map(|person| &person.name)),
            family_name: text(person.map(|person| &person.family_name)),
        }
    }
}

/// An e-service, in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompactEService {
    id: Uuid,
    name: String,
    producer: CompactOrganization,
}

impl CompactEService {
    /// An e-service of a body.
    pub fn of(eservice: &EService, producer: &Tenant) -> Self {
        Self { id: eservice.id.0, name: eservice.general.name.clone(), producer: CompactOrganization::from(producer) }
    }
}

/// A client, in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompactClient {
    id: Uuid,
    name: String,
    has_keys: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin: Option<CompactUser>,
}

impl CompactClient {
    /// A client of a body.
    pub fn of(tenant: &Tenant, client: &Client) -> Self {
        let admin = client.admin_id.map(|id| CompactUser::of(tenant, id));
        Self { id: client.id.0, name: client.name.clone(), has_keys: !client.keys.is_empty(), admin }
    }
}

/// A client with its purposes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebClient)]
pub struct FullClient {
    id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
    consumer: CompactOrganization,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin: Option<CompactUser>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// `CONSUMER` or `API`.
    #[schema(value_type = String)]
    kind: client::Kind,
    purposes: Vec<ClientPurpose>,
}

/// A purpose of a client.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientPurpose {
    purpose_id: Uuid,
    title: String,
    eservice: CompactEService,
}

/// Bodies, e-services and attributes that rows of one answer name, each read once.
#[derive(Default)]
pub struct Names {
    tenants: BTreeMap<TenantId, Tenant>,
    eservices: BTreeMap<EServiceId, EService>,
    attributes: BTreeMap<AttributeId, Attribute>,
}

impl Names {
    /// A body.
    pub fn tenant(&mut self, tx: &mut Tx<'_>, id: TenantId) -> Done<Tenant> {
        if let Some(tenant) = self.tenants.get(&id) {
            return Ok(tenant.clone());
        }
        let tenant = store::bodies::find_tenant(tx, id, Why::Look)?.ok_or(Fault::TenantNotFound)?;
        self.tenants.insert(id, tenant.clone());
        Ok(tenant)
    }

    /// An e-service.
    pub fn eservice(&mut self, tx: &mut Tx<'_>, id: EServiceId) -> Done<EService> {
        if let Some(eservice) = self.eservices.get(&id) {
            return Ok(eservice.clone());
        }
        let eservice = store::eservices::find(tx, id, Why::Look)?.ok_or(Fault::EServiceNotFound)?;
        self.eservices.insert(id, eservice.clone());
        Ok(eservice)
    }

    /// An attribute.
    pub fn attribute(&mut self, tx: &mut Tx<'_>, id: AttributeId) -> Done<Attribute> {
        if let Some(attribute) = self.attributes.get(&id) {
            return Ok(attribute.clone());
        }
        let attribute = store::bodies::find_attribute(tx, id)?.ok_or(Fault::AttributeNotFound)?;
        self.attributes.insert(id, attribute.clone());
        Ok(attribute)
    }
}

impl FullClient {
    /// A client of a body.
    pub fn of(tx: &mut Tx<'_>, client: Client) -> Done<Self> {
        let mut names = Names::default();
        let owner = names.tenant(tx, client.consumer_id)?;
        let mut purposes = Vec::new();
        for id in &client.purposes {
            let Some(found) = store::purposes::find(tx, *id, Why::Look)? else { continue };
            let eservice = names.eservice(tx, found.eservice_id)?;
            let eservice = CompactEService::of(&eservice, &names.tenant(tx, eservice.producer_id)?);
            purposes.push(ClientPurpose { purpose_id: id.0, title: found.info.title, eservice });
        }
        Ok(Self {
            id: client.id.0,
            created_at: client.created_at,
            consumer: CompactOrganization::from(&owner),
            admin: client.admin_id.map(|id| CompactUser::of(&owner, id)),
            name: client.name,
            description: client.description,
            kind: client.kind,
            purposes,
        })
    }
}

/// The e-service of a purpose, in the version that its agreement names.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompactPurposeEService {
    id: Uuid,
    name: String,
    producer: CompactOrganization,
    descriptor: CompactDescriptor,
    #[schema(value_type = String)]
    mode: crate::catalog::eservice::Mode,
    #[serde(skip_serializing_if = "Option::is_none")]
    personal_data: Option<bool>,
}

/// A version of an e-service, in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompactDescriptor {
    id: Uuid,
    #[schema(value_type = String)]
    state: descriptor::State,
    version: String,
    audience: Vec<String>,
}

impl From<&Descriptor> for CompactDescriptor {
    fn from(descriptor: &Descriptor) -> Self {
        Self {
            id: descriptor.id.0,
            state: descriptor.state,
            version: descriptor.version.to_string(),
            audience: descriptor.terms.audience.clone(),
        }
    }
}

/// An agreement, in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompactAgreement {
    id: Uuid,
    #[schema(value_type = String)]
    state: crate::agreements::state::State,
    can_be_upgraded: bool,
    consumer_id: Uuid,
}

impl CompactAgreement {
    /// An agreement on an e-service.
    pub fn of(agreement: &Agreement, eservice: &EService) -> Self {
        Self {
            id: agreement.id.0,
            state: agreement.state,
            can_be_upgraded: can_be_upgraded(agreement, eservice),
            consumer_id: agreement.consumer_id.0,
        }
    }
}

/// Whether there is a version to go over to (G8).
pub fn can_be_upgraded(agreement: &Agreement, eservice: &EService) -> bool {
    let used = eservice.descriptor(agreement.descriptor_id);
    let newer = eservice.newest_published().zip(used).is_some_and(|(newest, used)| newest.version > used.version);
    agreement.state.runs() && newer
}

/// A version of a purpose.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebPurposeVersion)]
pub struct Version {
    id: Uuid,
    #[schema(value_type = String)]
    state: purpose::State,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<RomeTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    suspended_at: Option<RomeTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    first_activation_at: Option<RomeTime>,
    /// When the producer expects to approve it (P6).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expected_approval_date: Option<RomeTime>,
    daily_calls: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection_reason: Option<String>,
    /// As it was when the version came into force.
    #[serde(skip_serializing_if = "Option::is_none")]
    risk_analysis_document: Option<AnalysisDocument>,
}

/// The document of a risk analysis.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebPurposeVersionDocument)]
pub struct AnalysisDocument {
    id: Uuid,
    content_type: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
}

impl From<&purpose::Version> for Version {
    fn from(version: &purpose::Version) -> Self {
        Self {
            id: version.id.0,
            state: version.state,
            created_at: version.created_at,
            updated_at: version.updated_at,
            suspended_at: version.suspended_at,
            first_activation_at: version.first_activation_at,
            expected_approval_date: version.expected_approval_date,
            daily_calls: version.daily_calls,
            rejection_reason: version.rejection_reason.clone(),
            risk_analysis_document: version.risk_analysis.as_ref().map(|document| AnalysisDocument {
                id: document.id.0,
                content_type: document.content_type.clone(),
                created_at: document.created_at,
            }),
        }
    }
}

/// A purpose with whatever stands around it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebPurpose)]
pub struct FullPurpose {
    id: Uuid,
    title: String,
    description: String,
    consumer: CompactOrganization,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    risk_analysis_form: Option<Form>,
    eservice: CompactPurposeEService,
    agreement: CompactAgreement,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_version: Option<Version>,
    versions: Vec<Version>,
    /// Of its consumer.
    clients: Vec<CompactClient>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_for_approval_version: Option<Version>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_version: Option<Version>,
    suspended_by_consumer: bool,
    suspended_by_producer: bool,
    is_free_of_charge: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    free_of_charge_reason: Option<String>,
    /// Threshold for this consumer.
    daily_calls_per_consumer: u32,
    /// Threshold for all.
    daily_calls_total: u32,
    has_unread_notifications: bool,
    is_document_ready: bool,
}

impl FullPurpose {
    /// A purpose as `viewer` sees it: the clients are its consumer's business.
    pub fn of(tx: &mut Tx<'_>, names: &mut Names, purpose: purpose::Purpose, viewer: TenantId) -> Done<Self> {
        let consumer = names.tenant(tx, purpose.consumer_id)?;
        let eservice = names.eservice(tx, purpose.eservice_id)?;
        let producer = names.tenant(tx, purpose.producer_id)?;
        let agreement = store::agreements::current(tx, purpose.consumer_id, purpose.eservice_id)?;
        let agreement: Agreement = agreement.ok_or(Fault::NoActiveAgreement)?;
        let descriptor = eservice.descriptor(agreement.descriptor_id).ok_or(Fault::DescriptorNotFound)?;
        let mut clients = Vec::new();
        if viewer == purpose.consumer_id {
            for id in store::clients::linked_to(tx, purpose.id)? {
                let client = store::clients::find(tx, id, Why::Look)?;
                clients.extend(client.map(|client| CompactClient::of(&consumer, &client)));
            }
        }
        let show = |version: Option<&purpose::Version>| version.map(Version::from);
        let others = [purpose::State::WaitingForApproval, purpose::State::Rejected];
        let last = purpose.versions.iter().rfind(|version| !others.contains(&version.state));
        Ok(Self {
            current_version: show(purpose.current().or(last)),
            waiting_for_approval_version: show(purpose.waiting()),
            rejected_version: show(purpose.rejected()),
            versions: purpose.versions.iter().map(Version::from).collect(),
            daily_calls_per_consumer: descriptor.daily_calls_of(&consumer.holdings),
            daily_calls_total: descriptor.terms.daily_calls_total,
            consumer: CompactOrganization::from(&consumer),
            agreement: CompactAgreement::of(&agreement, &eservice),
            eservice: CompactPurposeEService {
                id: eservice.id.0,
                producer: CompactOrganization::from(&producer),
                descriptor: CompactDescriptor::from(descriptor),
                name: eservice.general.name.clone(),
                mode: eservice.general.mode,
                personal_data: eservice.general.personal_data,
            },
            id: purpose.id.0,
            title: purpose.info.title,
            description: purpose.info.description,
            risk_analysis_form: purpose.analysis,
            clients,
            suspended_by_consumer: purpose.suspended_by_consumer,
            suspended_by_producer: purpose.suspended_by_producer,
            is_free_of_charge: purpose.info.is_free_of_charge,
            free_of_charge_reason: purpose.info.free_of_charge_reason,
            has_unread_notifications: false,
            is_document_ready: false,
        })
    }
}
