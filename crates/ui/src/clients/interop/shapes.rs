//! What the interoperability platform says, as far as pages show it.

use std::collections::BTreeMap;

use kernel::RomeTime;
use serde::Deserialize;

/// A part of a list.
#[derive(Clone, Debug, Deserialize)]
pub struct Part<T> {
    pub results: Vec<T>,
    pub pagination: Total,
}

/// How long a list is.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Total {
    pub total_count: u64,
}

/// Anything with a name. Producers of their own e-services come without it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Named {
    pub id: String,
    pub name: String,
}

/// An address for notices.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Mail {
    pub address: String,
    pub description: Option<String>,
}

/// A version of an e-service, in short.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Short {
    pub id: String,
    pub state: String,
    pub version: String,
    pub audience: Vec<String>,
}

/// An e-service of the catalogue, or of a producer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Listed {
    pub id: String,
    pub name: String,
    pub description: String,
    pub producer: Named,
    pub is_mine: bool,
    pub active_descriptor: Option<Short>,
    pub draft_descriptor: Option<Short>,
}

/// An attribute that a version asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Asked {
    pub id: String,
    pub name: String,
    pub description: String,
    pub explicit_attribute_verification: bool,
    pub daily_calls_per_consumer: Option<u32>,
}

/// What a version asks for, in groups.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    pub certified: Vec<Vec<Asked>>,
    pub declared: Vec<Vec<Asked>>,
    pub verified: Vec<Vec<Asked>>,
}

/// A file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Doc {
    pub id: String,
    pub name: String,
    pub pretty_name: String,
}

/// Answers to a risk analysis.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Analysis {
    pub version: String,
    pub answers: BTreeMap<String, Vec<String>>,
}

/// A risk analysis that a producer wrote for its consumers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OwnAnalysis {
    pub id: String,
    pub name: String,
    pub risk_analysis_form: Analysis,
}

/// An address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Url {
    pub url: String,
}

/// An agreement, in short.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ShortAgreement {
    pub id: String,
    pub state: String,
}

/// The e-service around a version.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct General {
    pub id: String,
    pub name: String,
    pub description: String,
    pub technology: String,
    pub mode: String,
    pub risk_analysis: Vec<OwnAnalysis>,
    pub personal_data: Option<bool>,
    pub producer: Named,
    pub descriptors: Vec<Short>,
    pub draft_descriptor: Option<Short>,
    pub agreements: Vec<ShortAgreement>,
    pub is_mine: bool,
    pub has_certified_attributes: bool,
    pub mail: Option<Mail>,
}

/// A version of an e-service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Version {
    pub id: String,
    pub version: String,
    pub description: Option<String>,
    pub interface: Option<Doc>,
    pub docs: Vec<Doc>,
    pub state: String,
    pub audience: Vec<String>,
    pub voucher_lifespan: u32,
    pub daily_calls_per_consumer: u32,
    pub daily_calls_total: u32,
    pub agreement_approval_policy: String,
    pub attributes: Wanted,
    pub published_at: Option<RomeTime>,
    pub server_urls: Vec<Url>,
    pub eservice: General,
}

/// What was created; an e-service with its first version.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Created {
    pub id: String,
    pub descriptor_id: String,
}

/// The e-service of an agreement or a purpose.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Used {
    pub id: String,
    pub name: String,
    pub version: String,
    pub producer: Named,
    pub descriptor: Short,
    pub mode: String,
    pub active_descriptor: Option<Short>,
}

/// A producer's word on an attribute.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Word {
    pub id: String,
    pub verification_date: Option<RomeTime>,
    pub expiration_date: Option<RomeTime>,
    pub extension_date: Option<RomeTime>,
}

/// An attribute that a body holds or held.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Held {
    pub id: String,
    pub name: String,
    pub description: String,
    pub assignment_timestamp: Option<RomeTime>,
    pub revocation_timestamp: Option<RomeTime>,
    pub verified_by: Vec<Word>,
}

/// Everything that a body holds or held.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Holdings {
    pub certified: Vec<Held>,
    pub declared: Vec<Held>,
    pub verified: Vec<Held>,
}

/// Where a body comes from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExternalId {
    pub origin: String,
    pub value: String,
}

/// A body.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Party {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub external_id: ExternalId,
    pub attributes: Holdings,
    pub contact_mail: Option<Mail>,
    pub features: Vec<Feature>,
}

impl Party {
    /// Of a certifier: the origin of the attributes that it certifies.
    pub fn certifies(&self) -> Option<&str> {
        self.features.iter().find_map(|feature| feature.certifier.as_ref()).map(|certifier| certifier.certifier_id.as_str())
    }
}

/// What a body may do besides what every body may.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Feature {
    pub certifier: Option<Certifier>,
}

/// A source of certified attributes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Certifier {
    pub certifier_id: String,
}

/// An attribute that a body holds by the word of the one that asks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Given {
    pub tenant_id: String,
    pub tenant_name: String,
    pub attribute_id: String,
    pub attribute_name: String,
}

/// An agreement among others.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AgreementRow {
    pub id: String,
    pub consumer: Named,
    pub eservice: Used,
    pub state: String,
    pub can_be_upgraded: bool,
    pub descriptor: Short,
}

/// An agreement.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Agreement {
    pub id: String,
    pub descriptor_id: String,
    pub producer: Named,
    pub consumer: Party,
    pub eservice: Used,
    pub state: String,
    pub verified_attributes: Vec<Asked>,
    pub certified_attributes: Vec<Asked>,
    pub declared_attributes: Vec<Asked>,
    pub suspended_by_consumer: bool,
    pub suspended_by_producer: bool,
    pub suspended_by_platform: bool,
    pub is_archivable: bool,
    pub is_contract_present: bool,
    pub consumer_notes: Option<String>,
    pub rejection_reason: Option<String>,
    pub consumer_documents: Vec<Doc>,
    pub created_at: Option<RomeTime>,
}

/// A version of a purpose.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Load {
    pub id: String,
    pub state: String,
    pub daily_calls: u32,
    pub created_at: Option<RomeTime>,
    pub expected_approval_date: Option<RomeTime>,
    pub rejection_reason: Option<String>,
    pub risk_analysis_document: Option<Named>,
}

/// A purpose.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Purpose {
    pub id: String,
    pub title: String,
    pub description: String,
    pub consumer: Named,
    pub risk_analysis_form: Option<Analysis>,
    pub eservice: Used,
    pub agreement: ShortAgreement,
    pub current_version: Option<Load>,
    pub versions: Vec<Load>,
    pub clients: Vec<Named>,
    pub waiting_for_approval_version: Option<Load>,
    pub rejected_version: Option<Load>,
    pub suspended_by_consumer: bool,
    pub suspended_by_producer: bool,
    pub is_free_of_charge: bool,
    pub free_of_charge_reason: Option<String>,
    pub daily_calls_per_consumer: u32,
    pub daily_calls_total: u32,
}

/// What may still be declared without asking the producer.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Remaining {
    pub remaining_daily_calls_per_consumer: i64,
    pub remaining_daily_calls_total: i64,
}

/// Whether a purpose reaches its e-service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Operability {
    pub operable: bool,
    pub obstacles: Vec<String>,
}

/// A client among others.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClientRow {
    pub id: String,
    pub name: String,
    pub has_keys: bool,
}

/// A purpose of a client.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClientPurpose {
    pub purpose_id: String,
    pub title: String,
    pub eservice: Used,
}

/// A person.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Person {
    pub user_id: String,
    pub name: String,
    pub family_name: String,
    pub roles: Vec<String>,
}

impl Person {
    /// First and family name.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.name, self.family_name).trim().to_owned()
    }
}

/// A client.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Client {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub kind: String,
    pub created_at: Option<RomeTime>,
    pub admin: Option<Person>,
    pub purposes: Vec<ClientPurpose>,
}

impl Client {
    /// Whether it may be linked to purposes; the others are for the API of the platform.
    pub fn has_purposes(&self) -> bool {
        self.kind == "CONSUMER"
    }
}

/// A key of a client.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Key {
    pub key_id: String,
    pub name: String,
    pub user: Person,
    pub created_at: Option<RomeTime>,
    pub is_orphan: bool,
}

/// Keys of a client.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Keys {
    pub keys: Vec<Key>,
}

/// A key as it was deposited.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EncodedKey {
    pub key: String,
}

/// An attribute of the registry.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Attribute {
    pub id: String,
    pub name: String,
    pub kind: String,
}

/// What a step of the voucher server says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Step {
    pub result: String,
    pub failures: Vec<Failure>,
}

/// What failed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Failure {
    pub code: String,
    pub reason: String,
}

/// What the voucher server says to an assertion.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Verdict {
    pub steps: Steps,
}

/// Its steps.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Steps {
    pub client_assertion_validation: Step,
    pub public_key_retrieve: Step,
    pub client_assertion_signature_verification: Step,
    pub platform_states_verification: Step,
}
