//! Agreements, as the web back end shows them.

use kernel::{RomeTime, Uuid};
use serde::Serialize;
use storage::Tx;
use utoipa::ToSchema;

use super::super::front::stored::Document;
use super::body_shapes::Tenant;
use super::shapes::{CompactDescriptor, CompactEService, CompactOrganization, Names, can_be_upgraded};
use crate::agreements::agreement;
use crate::agreements::state::State;
use crate::attributes::{Group, registry};
use crate::deeds::{Deed, Done};
use crate::errors::Fault;

/// An agreement among others.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgreementListEntry {
    id: Uuid,
    consumer: CompactOrganization,
    eservice: CompactEService,
    #[schema(value_type = String)]
    state: State,
    can_be_upgraded: bool,
    suspended_by_consumer: bool,
    suspended_by_producer: bool,
    suspended_by_platform: bool,
    descriptor: CompactDescriptor,
    has_unread_notifications: bool,
}

impl AgreementListEntry {
    /// An agreement.
    pub fn of(tx: &mut Tx<'_>, names: &mut Names, agreement: &agreement::Agreement) -> Done<Self> {
        let eservice = names.eservice(tx, agreement.eservice_id)?;
        let descriptor = eservice.descriptor(agreement.descriptor_id).ok_or(Fault::DescriptorNotFound)?;
        Ok(Self {
            id: agreement.id.0,
            consumer: CompactOrganization::from(&names.tenant(tx, agreement.consumer_id)?),
            eservice: CompactEService::of(&eservice, &names.tenant(tx, agreement.producer_id)?),
            state: agreement.state,
            can_be_upgraded: can_be_upgraded(agreement, &eservice),
            suspended_by_consumer: agreement.suspensions.suspended_by_consumer,
            suspended_by_producer: agreement.suspensions.suspended_by_producer,
            suspended_by_platform: agreement.suspensions.suspended_by_platform,
            descriptor: CompactDescriptor::from(descriptor),
            has_unread_notifications: false,
        })
    }
}

/// An attribute that an agreement's version requires.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebRequiredAttribute)]
pub struct Required {
    id: Uuid,
    description: String,
    name: String,
    #[schema(value_type = String, format = DateTime)]
    creation_time: RomeTime,
}

/// The e-service of an agreement.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgreementsEService {
    id: Uuid,
    name: String,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_descriptor: Option<CompactDescriptor>,
}

/// An agreement with whatever stands around it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebAgreement)]
pub struct Agreement {
    id: Uuid,
    descriptor_id: Uuid,
    producer: CompactOrganization,
    consumer: Tenant,
    eservice: AgreementsEService,
    #[schema(value_type = String)]
    state: State,
    verified_attributes: Vec<Required>,
    certified_attributes: Vec<Required>,
    declared_attributes: Vec<Required>,
    /// Attributes with values: there are none here.
    #[schema(value_type = Vec<Object>)]
    certified_discrete_attributes: Vec<()>,
    suspended_by_consumer: bool,
    suspended_by_producer: bool,
    suspended_by_platform: bool,
    /// Whether its consumer may archive it by hand, as it stands and by the rules of this installation (G10).
    is_archivable: bool,
    /// A moment after it has come into force.
    is_contract_present: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    consumer_notes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection_reason: Option<String>,
    consumer_documents: Vec<Document>,
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<RomeTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    suspended_at: Option<RomeTime>,
    is_document_ready: bool,
}

impl Agreement {
    /// An agreement.
    pub fn of(tx: &mut Tx<'_>, deed: &Deed, agreement: agreement::Agreement) -> Done<Self> {
        let names = &mut Names::default();
        let eservice = names.eservice(tx, agreement.eservice_id)?;
        let descriptor = eservice.descriptor(agreement.descriptor_id).ok_or(Fault::DescriptorNotFound)?;
        let requirements = &descriptor.attributes;
        Ok(Self {
            id: agreement.id.0,
            descriptor_id: agreement.descriptor_id.0,
            producer: CompactOrganization::from(&names.tenant(tx, agreement.producer_id)?),
            consumer: Tenant::of(tx, names, agreement.consumer_id)?,
            verified_attributes: required(tx, names, &requirements.verified)?,
            certified_attributes: required(tx, names, &requirements.certified)?,
            declared_attributes: required(tx, names, &requirements.declared)?,
            certified_discrete_attributes: Vec::new(),
            eservice: AgreementsEService {
                id: eservice.id.0,
                name: eservice.general.name.clone(),
                version: descriptor.version.to_string(),
                active_descriptor: eservice.newest().map(CompactDescriptor::from),
            },
            state: agreement.state,
            suspended_by_consumer: agreement.suspensions.suspended_by_consumer,
            suspended_by_producer: agreement.suspensions.suspended_by_producer,
            suspended_by_platform: agreement.suspensions.suspended_by_platform,
            is_archivable: agreement.archivable(&deed.rules).is_ok(),
            is_contract_present: agreement.contract.is_some(),
            is_document_ready: agreement.contract.is_some(),
            consumer_notes: agreement.consumer_notes,
            rejection_reason: agreement.rejection_reason,
            consumer_documents: agreement.documents.into_iter().map(Document::from).collect(),
            created_at: agreement.created_at,
            updated_at: agreement.updated_at,
            suspended_at: agreement.suspended_at,
        })
    }
}

/// Each attribute of some groups once.
fn required(tx: &mut Tx<'_>, names: &mut Names, groups: &[Group]) -> Done<Vec<Required>> {
    let mut ids: Vec<_> = groups.iter().flatten().map(|required| required.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter()
        .map(|id| {
            let registry::Attribute { id, name, description, created_at, .. } = names.attribute(tx, id)?;
            Ok(Required { id: id.0, description, name, creation_time: created_at })
        })
        .collect()
}
