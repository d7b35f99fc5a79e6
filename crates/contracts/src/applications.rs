//! Topic `applications`, version 2: an application (pratica) as the core's API shows it, with the envelope (developers' documentation,
//! "Un pagamento in dettaglio", step 1). Members are written in alphabetical order, as in that example. Reading is lenient: most members
//! may be absent or `null`, and members that the contract does not name are kept.

use std::borrow::Cow;
use std::fmt;

use kernel::{ApplicationId, AttachmentId, EventId, Money, OfficeId, RomeTime, ServiceId, TenantId, Unreadable, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::envelope::{Event, NumberVersion, Version, topic};
use crate::json::{Extra, Raw, empty_as_none, masked_debug, money_text, null_as_default};
use crate::payments::{Method, Split};

/// The status that the event of an application tells, read without the rest; `None` when `payload` is no such event.
pub fn status_of(payload: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Peek<'a> {
        #[serde(borrow)]
        status: Cow<'a, str>,
    }
    serde_json::from_str(payload).ok().map(|Peek { status }| status)
}

/// An application as it is after something happened to it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ApplicationV2 {
    /// Who made this event, `name:version`. The documentation's example lacks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// Version of the core that made this event.
    #[serde(default)]
    pub app_version: Option<String>,
    /// Files that the applicant gave.
    #[serde(default, deserialize_with = "null_as_default")]
    pub attachments: Vec<File>,
    /// How the applicant signed in.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub authentication: Option<Authentication>,
    /// What the office filled in.
    #[serde(default)]
    pub backoffice_data: Raw,
    /// The document by which the applicant withdrew it (20000), or the office annulled it (50000); absent from other producers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing_file: Option<File>,
    /// The filled form as PDF.
    #[serde(default, deserialize_with = "null_as_default")]
    pub compiled_modules: Vec<File>,
    /// When it was created.
    #[serde(default)]
    pub created_at: Option<RomeTime>,
    /// The same in seconds since 1970.
    #[serde(default)]
    pub creation_time: Option<i64>,
    /// What the applicant filled in: one object whose keys are paths joined by dots (`applicant.data.email_address`).
    #[serde(default = "Raw::empty_object")]
    pub data: Raw,
    /// When this event was made.
    pub event_created_at: RomeTime,
    /// This event.
    pub event_id: EventId,
    /// `2`.
    pub event_version: NumberVersion<2>,
    /// When its path last changed.
    #[serde(default)]
    pub flow_changed_at: Option<RomeTime>,
    /// The application.
    pub id: ApplicationId,
    /// Requests for integration and their answers.
    #[serde(default, deserialize_with = "null_as_default")]
    pub integrations: Vec<Raw>,
    /// When its status last changed.
    #[serde(default)]
    pub latest_status_change_at: Option<RomeTime>,
    /// The same in seconds since 1970.
    #[serde(default)]
    pub latest_status_change_time: Option<i64>,
    /// What can be done with it now.
    #[serde(default, deserialize_with = "null_as_default")]
    pub links: Vec<ActionLink>,
    /// Language of the applicant; absent from older producers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Meetings that were booked with it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub meetings: Vec<Uuid>,
    /// The operator in charge; absent from older producers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator_id: Option<UserId>,
    /// The decision: `true` accepted, `false` rejected.
    #[serde(default)]
    pub outcome: Option<bool>,
    /// Files of the decision.
    #[serde(default, deserialize_with = "null_as_default")]
    pub outcome_attachments: Vec<File>,
    /// The document of the decision.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub outcome_file: Option<File>,
    /// Why it was decided so.
    #[serde(default)]
    pub outcome_motivation: Option<String>,
    /// The decision at the registry.
    #[serde(default)]
    pub outcome_protocol_document_id: Option<String>,
    /// Registration number of the decision.
    #[serde(default)]
    pub outcome_protocol_number: Option<String>,
    /// Registration numbers of the decision's files.
    #[serde(default)]
    pub outcome_protocol_numbers: Option<Vec<ProtocolNumber>>,
    /// When the decision was registered, in seconds since 1970.
    #[serde(default)]
    pub outcome_protocol_time: Option<i64>,
    /// When the decision was registered.
    #[serde(default)]
    pub outcome_protocolled_at: Option<RomeTime>,
    /// What is to be paid; see [`ApplicationV2::payment`].
    #[serde(default)]
    pub payment_data: Raw,
    /// The proxy that takes the payment.
    #[serde(default)]
    pub payment_type: Option<String>,
    /// The application at the registry.
    #[serde(default)]
    pub protocol_document_id: Option<String>,
    /// Code of the folder (fascicolo).
    #[serde(default)]
    pub protocol_folder_code: Option<String>,
    /// Number of the folder.
    #[serde(default)]
    pub protocol_folder_number: Option<String>,
    /// Registration number.
    #[serde(default)]
    pub protocol_number: Option<String>,
    /// Registration numbers of the files.
    #[serde(default, deserialize_with = "null_as_default")]
    pub protocol_numbers: Vec<ProtocolNumber>,
    /// When it was registered, in seconds since 1970.
    #[serde(default)]
    pub protocol_time: Option<i64>,
    /// When it was registered.
    #[serde(default)]
    pub protocolled_at: Option<RomeTime>,
    /// Short name of the service in addresses.
    #[serde(default)]
    pub service: Option<String>,
    /// Name of the group of the service.
    #[serde(default)]
    pub service_group_name: Option<String>,
    /// The service; partition key.
    pub service_id: ServiceId,
    /// Name of the service.
    #[serde(default)]
    pub service_name: Option<String>,
    /// Where it stands: `"1500"`.
    pub status: String,
    /// The same for people who read programs: `status_payment_pending`.
    #[serde(default)]
    pub status_name: Option<String>,
    /// What it is about.
    #[serde(default)]
    pub subject: Option<String>,
    /// When it was submitted, in seconds since 1970.
    #[serde(default)]
    pub submission_time: Option<i64>,
    /// When it was submitted.
    #[serde(default)]
    pub submitted_at: Option<RomeTime>,
    /// The public body, as the API calls it.
    pub tenant: TenantId,
    /// The public body, as events call it.
    pub tenant_id: TenantId,
    /// The applicant.
    pub user: UserId,
    /// Notes of the applicant.
    #[serde(default)]
    pub user_compilation_notes: Option<String>,
    /// The office in charge; absent from older producers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_group_id: Option<OfficeId>,
    /// Name of the applicant.
    #[serde(default)]
    pub user_name: Option<String>,
    /// Members that the contract does not name, for example those that the collector of events adds (`path`, `timestamp`).
    #[serde(flatten)]
    pub extra: Extra,
}

/// A file of an application or message.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// The file.
    pub id: AttachmentId,
    /// Its title.
    #[serde(default)]
    pub name: Option<String>,
    /// Where to fetch it.
    pub url: String,
    /// Its name on the applicant's machine.
    #[serde(rename = "originalName", default)]
    pub original_name: Option<String>,
    /// What is in it.
    #[serde(default)]
    pub description: Option<String>,
    /// When it was given.
    #[serde(default)]
    pub created_at: Option<RomeTime>,
    /// Whether it is to be registered.
    #[serde(default)]
    pub protocol_required: Option<bool>,
    /// Its registration number.
    #[serde(default)]
    pub protocol_number: Option<String>,
    /// Members of other vendors.
    #[serde(flatten)]
    pub extra: Extra,
}

/// How an applicant signed in.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Authentication {
    /// `spid`, `cie`, `cps/cns` or `anonymous`.
    pub authentication_method: Option<String>,
    /// The applicant's certificate, Base64.
    pub certificate: Option<String>,
    /// Who issued it.
    pub certificate_issuer: Option<String>,
    /// Whom it names.
    pub certificate_subject: Option<String>,
    /// When the applicant signed in, as the identity provider wrote it.
    pub instant: Option<String>,
    /// The session at the identity provider.
    pub session_id: Option<String>,
    /// Its index.
    pub session_index: Option<String>,
    /// SPID code.
    pub spid_code: Option<String>,
    /// SPID level.
    pub spid_level: Option<String>,
    /// Members of other vendors.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Something that can be done with an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionLink {
    /// What it is called: `assign`.
    pub action: String,
    /// The same for people.
    #[serde(default)]
    pub description: Option<String>,
    /// Where to call it.
    pub url: String,
}

/// The registration number of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtocolNumber {
    /// The file.
    pub id: String,
    /// Its number.
    pub protocollo: String,
}

/// What is to be paid for an application: the block that the payment dispatcher makes a payment of.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentData {
    /// How much; a text in JSON.
    #[serde(with = "money_text")]
    pub amount: Money,
    /// The configuration of the payment at the proxy; absent from older producers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_id: Option<Uuid>,
    /// Until when it can be paid.
    #[serde(default)]
    pub expire_at: Option<RomeTime>,
    /// Where the payer lands afterwards.
    #[serde(default)]
    pub landing: Option<Call>,
    /// Whom to tell that it is paid.
    #[serde(default)]
    pub notify: Option<Call>,
    /// What is paid.
    #[serde(default)]
    pub reason: Option<String>,
    /// The parts of the amount by item of the budget.
    #[serde(default)]
    pub split: Option<Vec<Split>>,
    /// Revenue stamps; absent from older producers.
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub stamps: Vec<Stamp>,
    /// Members of other vendors.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A digital revenue stamp (marca da bollo digitale) to be paid.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Stamp {
    /// How much; a text in JSON.
    #[serde(with = "money_text")]
    pub amount: Money,
    /// What is owed, in pagoPA's taxonomy.
    #[serde(default)]
    pub collection_data: Option<String>,
    /// What is paid.
    #[serde(default)]
    pub reason: Option<String>,
}

/// An address and how to call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// How to call it.
    pub method: Method,
    /// Absolute address.
    pub url: String,
}

impl ApplicationV2 {
    /// What is to be paid, if anything.
    ///
    /// # Errors
    /// When `payment_data` holds something that is not a payment. Readers that do not care about payments never meet this error.
    pub fn payment(&self) -> Result<Option<PaymentData>, Unreadable> {
        if self.payment_data.is_empty() { Ok(None) } else { self.payment_data.read().map(Some) }
    }
}

impl Event for ApplicationV2 {
    const TOPIC: &'static str = topic::APPLICATIONS;
    const VERSION: Version = Version::major(2);

    fn key(&self) -> String {
        self.service_id.to_string()
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

masked_debug!(File, Authentication, PaymentData, Stamp);

impl fmt::Debug for ApplicationV2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ApplicationV2");
        debug.field("id", &self.id).field("status", &self.status).field("event_id", &self.event_id).finish_non_exhaustive()
    }
}
