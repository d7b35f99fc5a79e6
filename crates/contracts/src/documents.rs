//! Topic `documents`, version 1: a document and what the registry made of it (developers' documentation, "Documento digitale" and the
//! examples of documents). Members are written in the order of those examples. Members that the contract does not name are kept.

mod validate;

use std::fmt;

use kernel::{DocumentId, EventId, RomeTime, TenantId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::envelope::{Event, NumberVersion, RetryMeta, Version, topic};
use crate::json::{Extra, Raw, masked_debug, null_as_default, time_or_empty};

/// A document as it is after something happened to it.
///
/// The lists that may be absent are `null` when `None`, as in the documentation's examples; its schema knows only lists. Both are read.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentV1 {
    /// What it is, for people; at most 255 characters.
    pub title: String,
    /// The document.
    pub id: DocumentId,
    /// Who made this event, `name:version`. Some producers leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// When this event was made.
    pub event_created_at: RomeTime,
    /// This event.
    pub event_id: EventId,
    /// `1`.
    pub event_version: NumberVersion<1>,
    /// The body's own name for the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// What the registry gave it.
    pub registration_data: Option<RegistrationData>,
    /// The folder (fascicolo) that it belongs to.
    pub folder: Option<Folder>,
    /// Where its registration stands.
    pub status: Status,
    /// What kind of document it is.
    #[serde(rename = "type")]
    pub kind: DocumentType,
    /// The application that it belongs to.
    pub remote_id: Option<Uuid>,
    /// The service that it belongs to; with the tenant, key of the registry proxy's configuration.
    pub remote_collection: Option<Collection>,
    /// Topics of the site.
    pub topics: Option<Vec<String>>,
    /// What it is about, in at most 255 characters.
    pub short_description: String,
    /// What it is about.
    pub description: Option<String>,
    /// The file that is registered.
    pub main_document: File,
    /// Images.
    pub image_gallery: Option<Vec<Raw>>,
    /// The page of the office in charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_organization: Option<String>,
    /// The files that go with it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub attachments: Vec<File>,
    /// Licence of distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution_license_id: Option<String>,
    /// Services that take the document.
    pub related_public_services: Option<Vec<Raw>>,
    /// From when it is valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<RomeTime>,
    /// Until when it is valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<RomeTime>,
    /// Until when it can be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_at: Option<RomeTime>,
    /// Until when it must be renewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expire_at: Option<RomeTime>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_info: Option<String>,
    /// Addresses of laws.
    pub normative_requirements: Option<Vec<String>>,
    /// Addresses of other documents.
    pub related_documents: Option<Vec<String>>,
    /// Events of life that it serves.
    pub life_events: Option<Vec<String>>,
    /// Events of a business that it serves.
    pub business_events: Option<Vec<String>>,
    /// Who else may read it.
    pub allowed_readers: Option<Vec<String>>,
    /// The public body.
    pub tenant_id: TenantId,
    /// The user that it belongs to.
    pub owner_id: UserId,
    /// Its public address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_url: Option<String>,
    /// When the document was created.
    pub created_at: RomeTime,
    /// When it last changed. The documentation's examples have an empty text before the first change, its schema an instant: write the
    /// instant of creation.
    #[serde(default, with = "time_or_empty")]
    pub updated_at: Option<RomeTime>,
    /// Who wrote it, or whom it is for.
    #[serde(default, deserialize_with = "null_as_default")]
    pub author: Vec<Author>,
    /// Who sends it.
    pub source_type: Party,
    /// Who receives it.
    pub recipient_type: Party,
    /// When the receiver last saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<RomeTime>,
    /// What travels with it through the retry orchestrator; registry proxies note here how far they came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_meta: Option<RetryMeta>,
    /// Members of other vendors.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Where a document's registration stands (developers' documentation, "Schema degli stati di un documento").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Not yet seen by a registry proxy.
    DocumentCreated,
    /// A registry proxy has taken it.
    RegistrationPending,
    /// Registered, with all attachments and the folder.
    RegistrationComplete,
    /// Some of the registry's steps are done, others failed.
    PartialRegistration,
    /// No step was done.
    RegistrationFailed,
}

/// What kind of document it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentType {
    /// The application of a citizen.
    ApplicationRequest,
    /// The office asks for something more.
    IntegrationRequest,
    /// The citizen's answer to that.
    IntegrationResponse,
    /// The decision.
    ApplicationOutcome,
    /// The citizen withdraws the application.
    ApplicationWithdraw,
    /// The office revokes the application.
    ApplicationRevocation,
}

/// What the registry gave a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationData {
    /// Which way the document goes.
    pub transmission_type: TransmissionType,
    /// When it was registered, as the registry wrote it: an instant, a day, or empty before registration. See
    /// [`RegistrationData::registered_at`].
    #[serde(default, deserialize_with = "null_as_default")]
    pub date: String,
    /// Its number, at most 255 characters; empty before registration.
    #[serde(default, deserialize_with = "null_as_default")]
    pub document_number: String,
}

/// Which way a document goes, seen from the public body. Written `Inbound`, read also `inbound`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TransmissionType {
    /// From the citizen to the body.
    #[serde(alias = "inbound")]
    Inbound,
    /// From the body to the citizen.
    #[serde(alias = "outbound")]
    Outbound,
    /// Within the body.
    #[serde(alias = "internal")]
    Internal,
}

/// The folder (fascicolo) that a document belongs to.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// What it is about, at most 255 characters.
    pub title: Option<String>,
    /// Its number at the registry, at most 255 characters; empty before it has one.
    pub id: Option<String>,
}

/// What a document was made by, when it is not the application alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    /// The service, group of services, subscription or calendar.
    pub id: Uuid,
    /// Which of those.
    #[serde(rename = "type")]
    pub kind: CollectionType,
}

/// What a [`Collection`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CollectionType {
    /// A digital service.
    Service,
    /// A group of services.
    ServiceGroup,
    /// A subscription.
    Subscription,
    /// A calendar.
    Calendar,
}

/// A file.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// Its title.
    pub name: String,
    /// What is in it.
    pub description: Option<String>,
    /// Media type.
    pub mime_type: String,
    /// Where to fetch it, with a token of the platform.
    pub url: String,
    /// MD5 of the content; empty when nobody computed it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub md5: String,
    /// Its name with extension.
    pub filename: String,
    /// Where the body's own systems fetch it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_url: Option<String>,
    /// Members of other vendors.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Who wrote a document, or whom it is for.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Author {
    /// A natural or a legal person.
    #[serde(rename = "type")]
    pub kind: crate::payments::PersonKind,
    /// Codice fiscale, or tax code of a body or company.
    pub tax_identification_number: String,
    /// Given name, or the whole name of a legal person.
    pub name: String,
    /// Family name.
    pub family_name: Option<String>,
    /// Street.
    pub street_name: Option<String>,
    /// Number in the street.
    pub building_number: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Municipality.
    pub town_name: Option<String>,
    /// Province.
    pub country_subdivision: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Electronic mail address.
    #[serde(default, deserialize_with = "null_as_default")]
    pub email: String,
    /// `sender` or `receiver`.
    pub role: Option<String>,
    /// Members of other vendors.
    #[serde(flatten)]
    pub extra: Extra,
}

/// One of the two sides between which documents travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Party {
    /// The public body.
    Tenant,
    /// The citizen.
    User,
}

impl TransmissionType {
    /// The way from one side to the other.
    pub fn between(source: Party, recipient: Party) -> Self {
        match (source, recipient) {
            (Party::User, _) => Self::Inbound,
            (Party::Tenant, Party::User) => Self::Outbound,
            (Party::Tenant, Party::Tenant) => Self::Internal,
        }
    }
}

impl RegistrationData {
    /// What a document has before it is registered.
    pub fn none_yet(transmission_type: TransmissionType) -> Self {
        Self { transmission_type, date: String::new(), document_number: String::new() }
    }

    /// What a document has once it is registered.
    pub fn registered(transmission_type: TransmissionType, at: RomeTime, document_number: impl Into<String>) -> Self {
        Self { transmission_type, date: at.to_string(), document_number: document_number.into() }
    }

    /// When the document was registered: an instant, or the first one of a day. `None` when the registry wrote neither.
    pub fn registered_at(&self) -> Option<RomeTime> {
        let day = || self.date.parse::<jiff::civil::Date>().ok().and_then(|day| RomeTime::from_civil(day.at(0, 0, 0, 0)).ok());
        self.date.parse().ok().or_else(day)
    }
}

impl DocumentV1 {
    /// Whether it has a registration number: such a document is never registered again.
    pub fn is_registered(&self) -> bool {
        self.registration_data.as_ref().is_some_and(|data| !data.document_number.is_empty())
    }

    /// The service that it belongs to, if it belongs to one.
    pub fn service_id(&self) -> Option<kernel::ServiceId> {
        let collection = self.remote_collection.as_ref()?;
        (collection.kind == CollectionType::Service).then_some(kernel::ServiceId(collection.id))
    }
}

impl Event for DocumentV1 {
    const TOPIC: &'static str = topic::DOCUMENTS;
    const VERSION: Version = Version::major(1);

    /// The application, so that its documents reach the registry in order; the document itself when it belongs to none.
    fn key(&self) -> String {
        self.remote_id.unwrap_or(self.id.0).to_string()
    }

    fn event_id(&self) -> EventId {
        self.event_id
    }

    fn renew(&mut self, event_id: EventId, at: RomeTime, app_id: &str) {
        self.event_id = event_id;
        self.event_created_at = at.trunc_to_second();
        self.app_id = Some(app_id.to_owned());
    }
}

masked_debug!(Folder, File, Author);

impl fmt::Debug for DocumentV1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("DocumentV1");
        debug.field("id", &self.id).field("status", &self.status).field("event_id", &self.event_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_the_transmission_are_read_and_one_is_written() {
        for spelling in ["\"Inbound\"", "\"inbound\""] {
            assert_eq!(serde_json::from_str::<TransmissionType>(spelling).unwrap(), TransmissionType::Inbound);
        }
        assert_eq!(serde_json::to_string(&TransmissionType::Outbound).unwrap(), "\"Outbound\"");
        assert!(serde_json::from_str::<TransmissionType>("\"INBOUND\"").is_err());
    }

    #[test]
    fn the_date_of_registration_is_an_instant_or_a_day() {
        let data = |date: &str| RegistrationData { date: date.into(), ..RegistrationData::none_yet(TransmissionType::Inbound) };
        let at = |date: &str| data(date).registered_at().map(|at| at.to_string());
        assert_eq!(at("2023-11-23T14:14:24+00:00").unwrap(), "2023-11-23T15:14:24+01:00");
        assert_eq!(at("2024-07-01").unwrap(), "2024-07-01T00:00:00+02:00");
        assert_eq!((at(""), at("01/07/2024")), (None, None));
    }

    #[test]
    fn the_way_follows_from_the_parties() {
        assert_eq!(TransmissionType::between(Party::User, Party::Tenant), TransmissionType::Inbound);
        assert_eq!(TransmissionType::between(Party::Tenant, Party::User), TransmissionType::Outbound);
        assert_eq!(TransmissionType::between(Party::Tenant, Party::Tenant), TransmissionType::Internal);
    }
}
