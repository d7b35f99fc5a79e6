//! An e-service: what its producer offers, in versions of which at most one is being written.

use kernel::{RomeTime, TenantId};
use serde::{Deserialize, Serialize};

use super::descriptor::{Descriptor, State, Terms};
use crate::attributes::tenant::Tenant;
use crate::attributes::{Group, Kind, Requirements};
use crate::errors::{Fault, Refusal, Service};
use crate::ids::{AnalysisId, DescriptorId, EServiceId};
use crate::risk_analysis::Form;
use crate::rules::Rules;

/// How an API is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Technology {
    /// REST, described by OpenAPI.
    Rest,
    /// SOAP, described by WSDL.
    Soap,
}

/// Who gives data to whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Mode {
    /// The producer gives.
    #[default]
    Deliver,
    /// The producer receives: it writes the risk analysis.
    Receive,
}

/// What every version has in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct General {
    /// Name, unique for the producer.
    pub name: String,
    /// Description.
    pub description: String,
    /// How it is spoken to.
    pub technology: Technology,
    /// Who gives data to whom.
    #[serde(default)]
    pub mode: Mode,
    /// Whether it tells of changes by the signal hub.
    #[serde(default)]
    pub is_signal_hub_enabled: bool,
    /// Whether consumers may delegate others.
    #[serde(default)]
    pub is_consumer_delegable: bool,
    /// Whether delegates may use their own clients.
    #[serde(default)]
    pub is_client_access_delegable: bool,
    /// Whether personal data are given.
    #[serde(default)]
    pub personal_data: Option<bool>,
}

impl General {
    /// Whether the texts have the lengths that the schema asks for.
    ///
    /// # Errors
    /// [`Fault::Malformed`].
    pub fn check(&self) -> Result<(), Refusal> {
        check_name(&self.name)?;
        check_description(&self.description)
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let fits = (5..=60).contains(&name.trim().chars().count());
    if fits { Ok(()) } else { Err(Fault::Malformed(Service::Catalog).told("name: da 5 a 60 caratteri")) }
}

fn check_description(description: &str) -> Result<(), Refusal> {
    let fits = (10..=400).contains(&description.trim().chars().count());
    if fits { Ok(()) } else { Err(Fault::Malformed(Service::Catalog).told("description: da 10 a 400 caratteri")) }
}

/// A risk analysis that the producer of a receiving e-service wrote for its consumers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Analysis {
    /// Identifier.
    pub id: AnalysisId,
    /// Name.
    pub name: String,
    /// The answers.
    pub form: Form,
    /// When it was written.
    pub created_at: RomeTime,
}

/// An e-service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EService {
    /// Identifier.
    pub id: EServiceId,
    /// Who offers it.
    pub producer_id: TenantId,
    /// What every version has in common.
    pub general: General,
    /// Risk analyses, if it receives.
    #[serde(default)]
    pub analyses: Vec<Analysis>,
    /// Its versions, oldest first.
    pub descriptors: Vec<Descriptor>,
    /// When it was created.
    pub created_at: RomeTime,
}

impl EService {
    /// A new e-service of `producer` with a first version in draft (E1). Uniqueness of the name is the store's.
    ///
    /// # Errors
    /// [`Fault::OriginNotCompliant`], [`Fault::InconsistentDailyCalls`], or what does not fit the schema.
    pub fn create(
        general: General,
        terms: Terms,
        producer: &Tenant,
        rules: &Rules,
        (id, descriptor, now): (EServiceId, DescriptorId, RomeTime),
    ) -> Result<Self, Refusal> {
        if !rules.producer_origins.contains(&producer.external_id.origin) {
            return Err(Fault::OriginNotCompliant.into());
        }
        general.check()?;
        terms.check()?;
        let first = draft(descriptor, 1, terms, Requirements::default(), now);
        let (producer_id, descriptors) = (producer.id, vec![first]);
        Ok(Self { id, producer_id, general, analyses: Vec::new(), descriptors, created_at: now })
    }

    /// A version.
    pub fn descriptor(&self, id: DescriptorId) -> Option<&Descriptor> {
        self.descriptors.iter().find(|descriptor| descriptor.id == id)
    }

    /// A version, to be changed.
    ///
    /// # Errors
    /// [`Fault::DescriptorNotFound`].
    pub fn descriptor_mut(&mut self, id: DescriptorId) -> Result<&mut Descriptor, Fault> {
        self.descriptors.iter_mut().find(|descriptor| descriptor.id == id).ok_or(Fault::DescriptorNotFound)
    }

    /// The newest version that was ever published.
    pub fn newest(&self) -> Option<&Descriptor> {
        self.descriptors.iter().filter(|descriptor| !descriptor.state.unpublished()).max_by_key(|descriptor| descriptor.version)
    }

    /// The published version that consumers upgrade to, if there is one.
    pub fn newest_published(&self) -> Option<&Descriptor> {
        let published = self.descriptors.iter().filter(|descriptor| descriptor.state == State::Published);
        published.max_by_key(|descriptor| descriptor.version)
    }

    /// Whether no version was ever published.
    pub fn in_draft(&self) -> bool {
        self.descriptors.iter().all(|descriptor| descriptor.state == State::Draft)
    }

    /// Changes what every version has in common (E2).
    ///
    /// # Errors
    /// [`Fault::NotInDraftState`] once a version was published.
    pub fn edit(&mut self, general: General) -> Result<(), Refusal> {
        if !self.in_draft() {
            return Err(Fault::NotInDraftState.into());
        }
        general.check()?;
        if general.mode == Mode::Deliver {
            self.analyses.clear();
        }
        self.general = general;
        Ok(())
    }

    /// Changes the name of a published e-service, an administrative act of its own (E2).
    ///
    /// # Errors
    /// [`Fault::EServiceInDraft`], [`Fault::SameName`].
    pub fn rename(&mut self, name: &str) -> Result<(), Refusal> {
        self.published()?;
        check_name(name)?;
        if self.general.name == name {
            return Err(Fault::SameName.into());
        }
        name.clone_into(&mut self.general.name);
        Ok(())
    }

    /// Changes the description of a published e-service, an administrative act of its own (E2).
    ///
    /// # Errors
    /// [`Fault::EServiceInDraft`], [`Fault::SameDescription`].
    pub fn redescribe(&mut self, description: &str) -> Result<(), Refusal> {
        self.published()?;
        check_description(description)?;
        if self.general.description == description {
            return Err(Fault::SameDescription.into());
        }
        description.clone_into(&mut self.general.description);
        Ok(())
    }

    fn published(&self) -> Result<(), Fault> {
        if self.in_draft() { Err(Fault::EServiceInDraft) } else { Ok(()) }
    }

    /// Says, once, whether a published e-service gives personal data (E7).
    ///
    /// # Errors
    /// [`Fault::EServiceInDraft`], [`Fault::PersonalDataOnce`].
    pub fn say_personal_data(&mut self, personal_data: bool) -> Result<(), Fault> {
        self.published()?;
        if self.general.personal_data.is_some() {
            return Err(Fault::PersonalDataOnce);
        }
        self.general.personal_data = Some(personal_data);
        Ok(())
    }

    /// Says whether a published e-service tells of changes by the signal hub; gives the event if that is new.
    ///
    /// # Errors
    /// [`Fault::EServiceInDraft`].
    pub fn set_signal_hub(&mut self, enabled: bool) -> Result<Option<&'static str>, Fault> {
        self.published()?;
        let changed = std::mem::replace(&mut self.general.is_signal_hub_enabled, enabled) != enabled;
        Ok(changed.then_some(if enabled { "ESERVICE_SIGNAL_HUB_ENABLED" } else { "ESERVICE_SIGNAL_HUB_DISABLED" }))
    }

    /// Says whether consumers of a published e-service may delegate others, and whether those may use their own clients, which they may
    /// only if there can be any. Gives the events of what is new.
    ///
    /// # Errors
    /// [`Fault::EServiceInDraft`].
    pub fn set_delegation(&mut self, consumers: bool, clients: bool) -> Result<Vec<&'static str>, Fault> {
        self.published()?;
        let clients = clients && consumers;
        let mut events = Vec::new();
        if std::mem::replace(&mut self.general.is_consumer_delegable, consumers) != consumers {
            events.push(if consumers {
                "ESERVICE_IS_CONSUMER_DELEGABLE_ENABLED"
            } else {
                "ESERVICE_IS_CONSUMER_DELEGABLE_DISABLED"
            });
        }
        if std::mem::replace(&mut self.general.is_client_access_delegable, clients) != clients {
            let names = ["ESERVICE_IS_CLIENT_ACCESS_DELEGABLE_DISABLED", "ESERVICE_IS_CLIENT_ACCESS_DELEGABLE_ENABLED"];
            events.push(names[usize::from(clients)]);
        }
        Ok(events)
    }

    /// Begins a new version (E4): it requires what the newest one does.
    ///
    /// # Errors
    /// [`Fault::DraftAlreadyExists`], [`Fault::InconsistentDailyCalls`], or what does not fit the schema.
    pub fn begin_version(&mut self, id: DescriptorId, terms: Terms, now: RomeTime) -> Result<(), Refusal> {
        if self.descriptors.iter().any(|descriptor| descriptor.state.unpublished()) {
            return Err(Fault::DraftAlreadyExists.into());
        }
        terms.check()?;
        let newest = self.descriptors.iter().max_by_key(|descriptor| descriptor.version);
        let (version, attributes) =
            newest.map_or((1, Requirements::default()), |newest| (newest.version + 1, newest.attributes.clone()));
        self.descriptors.push(draft(id, version, terms, attributes, now));
        Ok(())
    }

    /// Rewrites a version in draft (E5).
    ///
    /// # Errors
    /// [`Fault::NotValidDescriptor`], [`Fault::InconsistentDailyCalls`], or what does not fit the schema.
    pub fn edit_draft(&mut self, id: DescriptorId, terms: Terms) -> Result<(), Refusal> {
        terms.check()?;
        let descriptor = self.descriptor_mut(id)?;
        if descriptor.state != State::Draft {
            return Err(Fault::NotValidDescriptor.into());
        }
        descriptor.terms = terms;
        Ok(())
    }

    /// Sets what a version in draft requires (E3). The attributes of an e-service are fixed with its first version where the rules
    /// freeze them (E2).
    ///
    /// # Errors
    /// [`Fault::NotValidDescriptor`], [`Fault::NotInDraftState`], and those of [`Requirements::check`].
    pub fn require(
        &mut self,
        id: DescriptorId,
        attributes: Requirements,
        rules: &Rules,
        kind_of: impl Fn(crate::ids::AttributeId) -> Option<Kind>,
    ) -> Result<(), Fault> {
        let frozen = rules.attributes_frozen && !self.in_draft();
        let descriptor = self.descriptor_mut(id)?;
        if descriptor.state != State::Draft {
            return Err(Fault::NotValidDescriptor);
        }
        let attributes = attributes.without_empty_groups();
        if frozen && descriptor.attributes != attributes {
            return Err(Fault::NotInDraftState);
        }
        attributes.check(kind_of)?;
        descriptor.attributes = attributes;
        Ok(())
    }

    /// Widens groups of a published version: attributes may be added to a group, never taken out, and no group may be added (E2).
    ///
    /// # Errors
    /// [`Fault::NotValidDescriptor`], [`Fault::GroupNotWidened`], [`Fault::UnchangedAttributes`], and those of
    /// [`Requirements::check`].
    pub fn widen(
        &mut self,
        id: DescriptorId,
        attributes: Requirements,
        kind_of: impl Fn(crate::ids::AttributeId) -> Option<Kind>,
    ) -> Result<(), Fault> {
        let descriptor = self.descriptor_mut(id)?;
        if !matches!(descriptor.state, State::Published | State::Suspended | State::Deprecated) {
            return Err(Fault::NotValidDescriptor);
        }
        if attributes == descriptor.attributes {
            return Err(Fault::UnchangedAttributes);
        }
        let within = |old: &Group, new: &Group| old.iter().all(|required| new.iter().any(|other| other.id == required.id));
        let widened =
            |old: &[Group], new: &[Group]| old.len() == new.len() && old.iter().zip(new).all(|(old, new)| within(old, new));
        let kinds = [Kind::Certified, Kind::Declared, Kind::Verified];
        if !kinds.iter().all(|kind| widened(descriptor.attributes.of(*kind), attributes.of(*kind))) {
            return Err(Fault::GroupNotWidened);
        }
        attributes.check(kind_of)?;
        descriptor.attributes = attributes;
        Ok(())
    }

    /// Deletes a version in draft; true when nothing is left of the e-service (E12).
    ///
    /// # Errors
    /// [`Fault::DescriptorNotFound`], [`Fault::NotValidDescriptor`].
    pub fn delete_draft(&mut self, id: DescriptorId) -> Result<bool, Fault> {
        if self.descriptor_mut(id)?.state != State::Draft {
            return Err(Fault::NotValidDescriptor);
        }
        self.descriptors.retain(|descriptor| descriptor.id != id);
        Ok(self.descriptors.is_empty())
    }

    /// Whether the whole e-service may be deleted (E12).
    ///
    /// # Errors
    /// [`Fault::NotInDraftStateToDelete`] once a version was published.
    pub fn may_be_deleted(&self) -> Result<(), Fault> {
        if self.in_draft() { Ok(()) } else { Err(Fault::NotInDraftStateToDelete) }
    }

    /// Whether `viewer`, with or without the right to write e-services, sees a version: drafts are their producer's own (E15).
    pub fn shows(&self, descriptor: &Descriptor, viewer: TenantId, writes: bool) -> bool {
        !descriptor.state.unpublished() || (viewer == self.producer_id && writes)
    }
}

/// A version in draft.
pub(super) fn draft(id: DescriptorId, version: u32, terms: Terms, attributes: Requirements, now: RomeTime) -> Descriptor {
    Descriptor {
        id,
        version,
        state: State::Draft,
        terms,
        attributes,
        interface: None,
        docs: Vec::new(),
        server_urls: Vec::new(),
        rejection_reasons: Vec::new(),
        created_at: now,
        published_at: None,
        suspended_at: None,
        deprecated_at: None,
        archived_at: None,
    }
}
