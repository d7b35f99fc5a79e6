//! The interoperability platform: the back end of its pages, asked in the name of whoever looks.

use std::collections::BTreeMap;

use http::Method;
use kernel::{FieldError, Problem, RomeTime};
use runtime::{PeerClient, PeerResponse};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Call, ClientError, Download, NewFile, query, segment};
use crate::i18n::Locale;

/// Most elements that the interface gives at a time.
pub const MOST: &str = "50";

/// The back end of the pages.
#[derive(Clone, Debug)]
pub struct Interop {
    peer: PeerClient,
    locale: Locale,
    token: Option<String>,
    base: String,
}

/// What somebody may do for the body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Names of the roles.
    pub roles: Vec<String>,
}

impl Standing {
    /// Whether one of `roles` is held.
    pub fn is(&self, roles: &[&str]) -> bool {
        self.roles.iter().any(|role| roles.contains(&role.as_str()))
    }
}

/// A body for which somebody works.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Institution {
    user_product_roles: Vec<String>,
}

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

/// A text in the languages that the platform has.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Label {
    pub it: String,
}

/// What makes a question asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Dependency {
    pub id: String,
    pub value: String,
}

/// A value to choose.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Choice {
    pub label: Label,
    pub value: String,
}

/// The bounds of an answer in words.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Bounds {
    pub max_length: usize,
}

/// A question of the risk analysis.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Question {
    pub id: String,
    pub label: Label,
    /// `text`, `radio`, `checkbox` or `switch`.
    pub visual_type: String,
    pub dependencies: Vec<Dependency>,
    pub options: Vec<Choice>,
    pub validation: Option<Bounds>,
}

/// The questions of the risk analysis.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Questions {
    pub version: String,
    pub questions: Vec<Question>,
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

/// The shape in which the platform refuses.
#[derive(Deserialize)]
struct Refusal {
    title: String,
    #[serde(default)]
    detail: Option<String>,
    errors: Vec<Coded>,
}

#[derive(Deserialize)]
struct Coded {
    code: String,
}

impl Interop {
    /// Asks `peer`, below the address `base`, in the name of the token's holder.
    pub fn new(peer: PeerClient, base: &str, locale: Locale, token: Option<String>) -> Self {
        Self { peer, locale, token, base: base.to_owned() }
    }

    fn call(&self, method: Method, path: &str) -> Call {
        Call::new(&self.peer, method, format!("{}{path}", self.base), self.locale, self.token.as_deref())
    }

    /// What whoever asks may do for the body.
    pub async fn standing(&self) -> Result<Standing, ClientError> {
        let bodies: Vec<Institution> = self.get("/selfcare/institutions").await?;
        Ok(Standing { roles: bodies.into_iter().flat_map(|body| body.user_product_roles).collect() })
    }

    /// Something, by its path.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        read(&sent(self.call(Method::GET, path)).await?)
    }

    /// A part of a list.
    pub async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        offset: u64,
        limit: &str,
        more: &[(&str, &str)],
    ) -> Result<Part<T>, ClientError> {
        let offset = offset.to_string();
        let parameters: Vec<_> =
            [("offset", offset.as_str()), ("limit", limit)].into_iter().chain(more.iter().copied()).collect();
        self.get(&query(path, &parameters)).await
    }

    /// Creates something, or has something done, and reads what is answered.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, ClientError> {
        read(&sent(self.call(Method::POST, path).json(body)).await?)
    }

    /// Has something done.
    pub async fn tell(&self, method: Method, path: &str, body: &Value) -> Result<(), ClientError> {
        let call = self.call(method, path);
        sent(if body.is_null() { call } else { call.json(body) }).await.map(drop)
    }

    /// Sends a file with its members.
    pub async fn upload(&self, path: &str, members: &[(&str, &str)], file: &NewFile, boundary: &str) -> Result<(), ClientError> {
        // What stands between quotes must not end them.
        let plain = |text: &str| text.replace(['"', '\r', '\n'], " ");
        let mut body = Vec::new();
        for (name, value) in members {
            let part = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let kind = if file.mime_type.is_empty() { "application/octet-stream" } else { &file.mime_type };
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"doc\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
            plain(&file.name),
            plain(kind)
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&file.bytes());
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={boundary}");
        sent(self.call(Method::POST, path).body(&kind, body)).await.map(drop)
    }

    /// A file.
    pub async fn download(&self, path: &str) -> Result<Download, ClientError> {
        let answer = sent(self.call(Method::GET, path)).await?;
        Ok(Download { headers: answer.headers, body: answer.body })
    }

    /// What the voucher server would say to an assertion; nothing is used up.
    pub async fn try_assertion(&self, client: &str, assertion: &str) -> Result<Verdict, ClientError> {
        let form = query(
            "",
            &[
                ("client_id", client),
                ("client_assertion", assertion),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("grant_type", "client_credentials"),
            ],
        );
        let form = form.trim_start_matches('?').as_bytes().to_vec();
        let call = self.call(Method::POST, "/tools/validateTokenGeneration");
        read(&sent(call.body("application/x-www-form-urlencoded", form)).await?)
    }
}

/// The path of one thing.
pub fn one(collection: &str, id: &str) -> String {
    format!("{collection}/{}", segment(id))
}

fn read<T: DeserializeOwned>(answer: &PeerResponse) -> Result<T, ClientError> {
    answer.json().map_err(ClientError::from)
}

async fn sent(call: Call) -> Result<PeerResponse, ClientError> {
    let answer = call.request.send_any().await?;
    match answer.status.as_u16() {
        ..400 => Ok(answer),
        status @ 400..500 => Err(ClientError::Refused(Box::new(problem(status, &answer.body)))),
        status => Err(ClientError::Failed(format!("{}: {status}", call.what))),
    }
}

/// A refusal in the shape of the other roles. What begins with the names of fields is told of them, everything else of its code.
fn problem(status: u16, body: &[u8]) -> Problem {
    let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else {
        return Problem::new(status, "unknown", format!("HTTP {status}"));
    };
    let code = refusal.errors.into_iter().next().map(|error| error.code).unwrap_or_default();
    let detail = refusal.detail.unwrap_or_else(|| refusal.title.clone());
    let named = |part: &str| {
        let (field, message) = part.split_once(": ")?;
        let field = field.trim().trim_start_matches('/');
        let sane = !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/".contains(&byte));
        sane.then(|| FieldError { field: field.to_owned(), code: code.clone(), message: sentence(message) })
    };
    let fields: Option<Vec<_>> = detail.split("; ").map(named).collect();
    let errors =
        fields.unwrap_or_else(|| vec![FieldError { field: code.clone(), code: code.clone(), message: sentence(&detail) }]);
    Problem { kind: code, detail: Some(detail), errors, ..Problem::new(status, "", refusal.title) }
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_of_its_fields_or_of_its_code() {
        let body = |detail: &str| format!(r#"{{"title":"t","detail":"{detail}","errors":[{{"code":"001-9999","detail":"x"}}]}}"#);
        let of = |detail: &str| {
            let errors = problem(400, body(detail).as_bytes()).errors;
            errors.into_iter().map(|error| (error.field, error.message)).collect::<Vec<_>>()
        };
        let pair = |field: &str, message: &str| (field.to_owned(), message.to_owned());
        assert_eq!(of("name: da 5 a 60 caratteri"), [pair("name", "Da 5 a 60 caratteri.")]);
        assert_eq!(of("/dailyCalls: manca; /title: manca"), [pair("dailyCalls", "Manca."), pair("title", "Manca.")]);
        assert_eq!(of("Esiste già."), [pair("001-9999", "Esiste già.")]);
        assert_eq!(problem(400, b"not json").errors, []);
    }
}
