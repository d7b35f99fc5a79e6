//! What the platform's API carries, as far as the pages read it. Reading is lenient: a member that an older or newer version leaves
//! out, or gives as `null`, is empty.

use base64::Engine as _;
use kernel::RomeTime;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A digital service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // the names are those of the documentation
pub struct Service {
    pub id: String,
    pub name: String,
    #[serde(deserialize_with = "text")]
    pub slug: String,
    #[serde(deserialize_with = "text")]
    pub identifier: String,
    #[serde(deserialize_with = "text")]
    pub topics: String,
    #[serde(deserialize_with = "text")]
    pub description: String,
    #[serde(deserialize_with = "text")]
    pub short_description: String,
    #[serde(deserialize_with = "text")]
    pub who: String,
    #[serde(deserialize_with = "text")]
    pub howto: String,
    #[serde(deserialize_with = "text")]
    pub how_to_do: String,
    #[serde(deserialize_with = "text")]
    pub what_you_need: String,
    #[serde(deserialize_with = "text")]
    pub what_you_get: String,
    #[serde(deserialize_with = "text")]
    pub costs: String,
    #[serde(deserialize_with = "text")]
    pub times_and_deadlines: String,
    #[serde(deserialize_with = "text")]
    pub conditions: String,
    #[serde(deserialize_with = "text")]
    pub constraints: String,
    #[serde(deserialize_with = "text")]
    pub special_cases: String,
    #[serde(deserialize_with = "text")]
    pub more_info: String,
    #[serde(deserialize_with = "text")]
    pub compilation_info: String,
    #[serde(deserialize_with = "text")]
    pub final_indications: String,
    pub status: i64,
    pub access_level: i64,
    pub sticky: bool,
    pub protocol_required: bool,
    pub payment_required: i64,
    pub payment_parameters: Value,
    pub protocollo_parameters: Value,
    pub flow_steps: Value,
    pub allow_withdraw: bool,
    pub allow_integration_request: bool,
    pub max_response_time: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub external_card_url: String,
}

impl Service {
    /// Whether it belongs into the public's list: published, suspended or scheduled. The staff is given hidden ones too.
    pub fn is_listed(&self) -> bool {
        matches!(self.status, 1 | 2 | 4)
    }

    /// Whether its form may be opened; the platform says the last word about times.
    pub fn is_open(&self) -> bool {
        matches!(self.status, 1 | 3 | 4)
    }

    /// Whether it has a form to be asked for with.
    pub fn has_form(&self) -> bool {
        let names_form =
            |step: &Value| step["type"] == "formio" && step["parameters"]["formio_id"].as_str().is_some_and(|id| !id.is_empty());
        self.flow_steps.as_array().is_some_and(|steps| steps.iter().any(names_form))
    }
}

/// `null` and a missing text are the empty text.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default())
}

/// `null` and a missing list are the empty list.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

/// A status or another code that some versions write as a number and some as a text.
fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    })
}

/// An application (pratica).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // the names are those of the documentation
pub struct Application {
    pub id: String,
    #[serde(deserialize_with = "text")]
    pub user: String,
    #[serde(deserialize_with = "text")]
    pub user_name: String,
    #[serde(deserialize_with = "text")]
    pub service: String,
    #[serde(deserialize_with = "text")]
    pub service_id: String,
    #[serde(deserialize_with = "text")]
    pub service_name: String,
    #[serde(deserialize_with = "text")]
    pub subject: String,
    pub data: Value,
    #[serde(deserialize_with = "list")]
    pub compiled_modules: Vec<File>,
    #[serde(deserialize_with = "list")]
    pub attachments: Vec<File>,
    pub created_at: Option<RomeTime>,
    pub submitted_at: Option<RomeTime>,
    pub latest_status_change_at: Option<RomeTime>,
    pub protocol_number: Option<String>,
    pub protocolled_at: Option<RomeTime>,
    #[serde(deserialize_with = "text")]
    pub outcome_motivation: String,
    pub outcome_file: Option<File>,
    #[serde(deserialize_with = "list")]
    pub outcome_attachments: Vec<File>,
    pub closing_file: Option<File>,
    pub outcome_protocol_number: Option<String>,
    #[serde(deserialize_with = "code")]
    pub status: String,
    #[serde(deserialize_with = "list")]
    pub links: Vec<ActionLink>,
    pub operator_id: Option<String>,
    #[serde(deserialize_with = "list")]
    pub integrations: Vec<Integration>,
}

/// A request for more, with its answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Integration {
    /// What the office asks for.
    pub outbound: Option<IntegrationSide>,
    /// What the applicant answered.
    pub inbound: Option<IntegrationSide>,
}

/// One side of an integration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IntegrationSide {
    /// In words.
    #[serde(deserialize_with = "text")]
    pub message: String,
    /// When.
    pub created_at: Option<RomeTime>,
    /// The files that go with it.
    #[serde(deserialize_with = "list")]
    pub attachments: Vec<File>,
    /// The same as a document; without an identifier as long as there is none.
    #[serde(flatten)]
    pub document: File,
}

impl Application {
    /// What it is about, where that says more than the name of the service: without a subject of its own an application is called
    /// like the service and the applicant.
    pub fn own_subject(&self) -> &str {
        if self.subject.starts_with(&self.service_name) { "" } else { &self.subject }
    }

    /// What the office asks for now, or asked for last.
    pub fn last_request(&self) -> Option<&IntegrationSide> {
        self.integrations.iter().rev().find_map(|integration| integration.outbound.as_ref())
    }

    /// The status as its number; 0 when it is none.
    pub fn status_code(&self) -> u32 {
        self.status.parse().unwrap_or(0)
    }

    /// Whether the platform offers this transition now.
    pub fn offers(&self, action: &str) -> bool {
        self.links.iter().any(|link| link.action == action)
    }
}

/// A transition that the platform offers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ActionLink {
    /// `submit`, `assign`, `accept` ...
    pub action: String,
}

/// A file of an application or message.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct File {
    /// Identifier below the application.
    pub id: String,
    /// Stored name.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// Name as the sender had it.
    #[serde(rename = "originalName", deserialize_with = "text")]
    pub original_name: String,
    /// What it is.
    #[serde(deserialize_with = "text")]
    pub description: String,
    /// Number in the registry, if registered by itself.
    pub protocol_number: Option<String>,
}

impl File {
    /// The same, called by what it is: for documents that the platform made, whose names are for machines.
    pub fn by_description(&self) -> Self {
        if self.description.is_empty() { self.clone() } else { Self { original_name: self.description.clone(), ..self.clone() } }
    }

    /// The name to show.
    pub fn title(&self) -> &str {
        [&self.original_name, &self.name, &self.description]
            .into_iter()
            .find(|name| !name.is_empty())
            .map_or("file", String::as_str)
    }
}

/// One page of applications.
#[derive(Clone, Debug, Deserialize)]
pub struct Applications {
    /// How many there are in all.
    pub meta: Count,
    /// The applications of this page.
    pub data: Vec<Application>,
}

/// How many elements a collection has: `count` in the documentation of applications, `total` elsewhere, both at times.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Count {
    count: Option<u64>,
    total: Option<u64>,
}

impl Count {
    /// The number.
    pub fn number(self) -> u64 {
        self.count.or(self.total).unwrap_or(0)
    }
}

/// Which applications to list. Empty fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApplicationQuery {
    /// Service's identifier.
    pub service_id: String,
    /// Status code.
    pub status: String,
    /// Words in subject, applicant or number.
    pub text: String,
    /// Only those that the caller is in charge of.
    pub mine: bool,
    /// First element, from 0.
    pub offset: u64,
    /// How many.
    pub limit: u64,
}

/// One step in the life of an application.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct HistoryStep {
    /// The status entered.
    #[serde(deserialize_with = "code")]
    pub status_code: String,
    /// What was said with it.
    #[serde(deserialize_with = "text")]
    pub message: String,
    /// When.
    pub date: Option<HistoryDate>,
}

/// What an applicant was told of a status.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Announcement {
    /// The status.
    #[serde(deserialize_with = "code")]
    pub status_code: String,
    /// `waiting`, `calling`, `io`, `mail`, `nobody`.
    pub state: String,
    /// Why it did not end in the app, for people.
    #[serde(deserialize_with = "text")]
    pub reason: String,
    /// When the status was reached.
    pub created_at: Option<RomeTime>,
    /// When it was known what became of it.
    pub settled_at: Option<RomeTime>,
}

/// An instant that some versions write as ISO 8601 and some as seconds since 1970.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub enum HistoryDate {
    /// ISO 8601.
    Text(RomeTime),
    /// Seconds.
    Seconds(i64),
}

impl HistoryDate {
    /// The instant; `None` for seconds that no calendar can write.
    pub fn instant(self) -> Option<RomeTime> {
        match self {
            Self::Text(at) => Some(at),
            Self::Seconds(seconds) => RomeTime::from_microsecond(seconds.checked_mul(1_000_000)?),
        }
    }
}

/// A message on an application.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Message {
    /// Identifier.
    pub id: String,
    /// Its text, HTML from others: sanitise before showing.
    #[serde(deserialize_with = "text")]
    pub message: String,
    /// Its subject.
    #[serde(deserialize_with = "text")]
    pub subject: String,
    /// Who wrote it: a name or an identifier, by version.
    pub author: Value,
    /// Who wrote it.
    pub author_id: Option<String>,
    /// `internal` or `applicant`.
    #[serde(deserialize_with = "text")]
    pub visibility: String,
    /// When.
    pub created_at: Option<RomeTime>,
    /// Files with it.
    #[serde(deserialize_with = "list")]
    pub attachments: Vec<File>,
}

/// A file on its way to the platform.
#[derive(Clone, Debug, Serialize)]
pub struct NewFile {
    /// File name.
    pub name: String,
    /// Type as the browser said it; the platform looks at the content.
    pub mime_type: String,
    /// The bytes in base64.
    pub file: String,
}

impl NewFile {
    /// The bytes.
    pub fn bytes(&self) -> Vec<u8> {
        base64::engine::general_purpose::STANDARD.decode(&self.file).unwrap_or_default()
    }
}

/// What an operator says with a transition, or anybody in a message.
#[derive(Clone, Debug, Serialize)]
pub struct NewMessage {
    /// HTML in a message, plain text with a transition.
    pub message: String,
    /// `applicant` or `internal`; only messages have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<&'static str>,
    /// Files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<NewFile>,
}

/// A person or program that signs in, as version 2 of the API shows it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // the names are those of the documentation
pub struct User {
    pub id: String,
    #[serde(deserialize_with = "text")]
    pub username: String,
    #[serde(deserialize_with = "text")]
    pub given_name: String,
    #[serde(deserialize_with = "text")]
    pub family_name: String,
    #[serde(deserialize_with = "text")]
    pub fiscal_code: String,
    #[serde(deserialize_with = "text")]
    pub email: String,
    #[serde(deserialize_with = "text")]
    pub mobile_phone: String,
    #[serde(deserialize_with = "text")]
    pub phone: String,
    /// `M` or `F`.
    #[serde(deserialize_with = "text")]
    pub sex: String,
    pub birth: Birth,
    pub residence: Address,
    #[serde(deserialize_with = "text")]
    pub role: String,
    #[serde(deserialize_with = "list")]
    pub enabled_services_ids: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub user_groups_ids: Vec<String>,
    pub system_user: bool,
}

/// When and where somebody was born.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Birth {
    /// `YYYY-MM-DD`.
    #[serde(deserialize_with = "text")]
    pub date: String,
    /// Municipality or foreign state.
    #[serde(deserialize_with = "text")]
    pub place: String,
}

/// A postal address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // the names are those of the documentation
pub struct Address {
    #[serde(deserialize_with = "text")]
    pub address: String,
    #[serde(deserialize_with = "text")]
    pub postal_code: String,
    #[serde(deserialize_with = "text")]
    pub municipality: String,
    #[serde(deserialize_with = "text")]
    pub county: String,
    #[serde(deserialize_with = "text")]
    pub country: String,
}

impl User {
    /// First and family name; the username when there is none.
    pub fn full_name(&self) -> String {
        match format!("{} {}", self.given_name, self.family_name).trim() {
            "" => self.username.clone(),
            name => name.to_owned(),
        }
    }
}

/// An office (ufficio).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // the names are those of the documentation
pub struct Office {
    pub id: String,
    pub name: String,
    #[serde(deserialize_with = "text")]
    pub short_description: String,
    pub users_count: Option<u64>,
    pub services_count: Option<u64>,
}

/// Which services to list. Empty fields do not restrict.
#[derive(Clone, Debug, Default)]
pub struct ServiceQuery {
    /// Words in name or description.
    pub text: String,
}

/// A place for a file that is about to be uploaded.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct UploadSlot {
    /// Identifier of the file to be.
    pub id: String,
    /// Where to put the bytes.
    pub uri: String,
}
