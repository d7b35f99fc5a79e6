//! PiTre (P3): REST services. A document is prepared with its main file, attachments are added to it, and only then it is numbered; folder
//! and filing follow.
//!
//! There is no key by which a repeated call is known. A call whose outcome is unknown is left to an operator, but for putting a document
//! into a folder: an attachment that was sent twice would be registered twice.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use contracts::documents::{Author, File, TransmissionType};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use kernel::FieldError;
use runtime::{App, EgressError};
use serde_json::{Map, Value, json};

use super::settings::{Setting, Settings};
use super::{Call, Capabilities, Main, Provider, ProviderError, Registered, base64, dates, names, unanswered};
use crate::document::transmission_type;

/// What PiTre can do.
pub const CAPABILITIES: Capabilities = Capabilities {
    names: names!("pitre"),
    title: "PiTre",
    folders: true,
    uploads_first: true,
    unrepeatable: &["upload", "main", "folder"],
    max_file_bytes: 25 * 1024 * 1024,
    flat_settings: false,
    secrets: &[],
    addresses: &["url"],
};

/// What an answer has when something was made.
const RESULTS: [&str; 2] = ["Document", "Project"];
/// The settings of a service.
const SETTINGS: [Setting; 10] = [
    Setting::address("url", "Indirizzo dei servizi REST (fino a RESTServices)"),
    Setting::required("username", "Nome utente"),
    Setting::required("code_application", "Codice dell'applicazione"),
    Setting::required("code_adm", "Codice dell'amministrazione"),
    Setting::required("code_role", "Codice del ruolo"),
    Setting::required("code_register", "Codice del registro"),
    Setting::optional("code_rf", "Codice del raggruppamento funzionale"),
    Setting::required("classification_scheme", "Identificativo del titolario"),
    Setting::required("classification_node", "Nodo di titolario, per esempio 6.3"),
    Setting::required("office", "Codice del corrispondente che è l'ufficio"),
];

/// Longest answer, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

/// A client of PiTre.
pub struct Pitre {
    app: App,
    timeout: Duration,
}

impl Pitre {
    /// A client that waits for an answer no longer than `timeout`.
    pub fn new(app: App, timeout: Duration) -> Self {
        Self { app, timeout }
    }

    /// One action; an answer with an error message is a refusal.
    async fn ask(
        &self,
        settings: Settings<'_>,
        method: Method,
        action: &str,
        token: &str,
        body: &Value,
    ) -> Result<Value, ProviderError> {
        let url = format!("{}/{action}", settings.get("url").trim_end_matches('/'));
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        if !token.is_empty() {
            let token =
                HeaderValue::from_str(token).map_err(|_| ProviderError::NotSent("il token ricevuto non è valido".to_owned()))?;
            headers.insert(HeaderName::from_static("authtoken"), token);
        }
        let called = self.app.egress().call(method, &url, headers, Bytes::from(body.to_string()), LONGEST);
        let answer = match tokio::time::timeout(self.timeout, called).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(EgressError::Forbidden(reason) | EgressError::NotSent(reason))) => return Err(ProviderError::NotSent(reason)),
            Ok(Err(error)) => return Err(ProviderError::Unknown(error.to_string())),
            Err(_) => return Err(ProviderError::Unknown(unanswered(self.timeout))),
        };
        let status = answer.status.as_u16();
        let body = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
        let message = body["ErrorMessage"].as_str().unwrap_or_default().trim();
        let message: String = message.chars().take(200).collect();
        match status {
            200..=299 if body.is_object() && message.is_empty() => Ok(body),
            // Said together with a result, an error does not say that nothing was done.
            200..=299 if RESULTS.iter().any(|result| !body[*result].is_null()) => {
                Err(ProviderError::Unknown(format!("un risultato e insieme un errore: {message}")))
            }
            200..=299 if body.is_object() => Err(ProviderError::Refused(message)),
            200..=299 => Err(ProviderError::Unknown(format!("stato {status}, ma la risposta non è un oggetto JSON"))),
            400..=499 if status != 408 => Err(ProviderError::Refused(format!("stato {status} {message}").trim_end().to_owned())),
            _ => Err(ProviderError::Unknown(format!("stato {status} {message}").trim_end().to_owned())),
        }
    }

    /// Asks for a token. Nothing is done by it, whatever becomes of the answer.
    async fn sign_in(&self, settings: Settings<'_>) -> Result<String, ProviderError> {
        let body = json!({
            "Username": settings.get("username"), "CodeApplication": settings.get("code_application"),
            "CodeAdm": settings.get("code_adm"), "CodeRole": settings.get("code_role")
        });
        let answer = self.ask(settings, Method::POST, "GetToken", "", &body).await.map_err(|error| match error {
            ProviderError::Unknown(reason) => ProviderError::NotSent(format!("accesso a PiTre non riuscito: {reason}")),
            error => error,
        })?;
        let token = answer["Token"].as_str().filter(|token| !token.is_empty());
        token
            .map(str::to_owned)
            .ok_or_else(|| ProviderError::NotSent("accesso a PiTre non riuscito: nella risposta manca Token".to_owned()))
    }

    /// The same, after signing in.
    async fn ask_signed_in(
        &self,
        settings: Settings<'_>,
        method: Method,
        action: &str,
        body: &Value,
    ) -> Result<Value, ProviderError> {
        let token = self.sign_in(settings).await?;
        self.ask(settings, method, action, &token, body).await
    }
}

/// A member of an answer that is a text, or a number that stands for one.
fn text(answer: &Value, pointer: &str) -> Result<String, ProviderError> {
    let found = match answer.pointer(pointer) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    if found.is_empty() { Err(ProviderError::Unknown(format!("nella risposta manca {pointer}"))) } else { Ok(found) }
}

/// A file as PiTre takes it.
fn content(file: &File, content: &Bytes) -> Value {
    json!({
        "Name": file.filename, "Content": base64(content), "MimeType": file.mime_type,
        "Description": file.description.as_deref().unwrap_or(&file.name)
    })
}

/// Somebody whom the registry's address book need not have.
fn occasional(author: &Author) -> Value {
    let family_name = author.family_name.as_deref().unwrap_or_default();
    json!({
        "Description": format!("{} {family_name}", author.name).trim(), "Name": author.name, "Surname": family_name,
        "NationalIdentificationNumber": author.tax_identification_number, "Email": author.email, "Type": "O", "CorrespondentType": "O"
    })
}

#[async_trait]
impl Provider for Pitre {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn settings_form(&self) -> Value {
        json!(SETTINGS.iter().map(Setting::form_field).collect::<Vec<_>>())
    }

    fn check(&self, settings: &Map<String, Value>) -> Vec<FieldError> {
        super::settings::check(&SETTINGS, settings, self.app.egress())
    }

    /// The first file makes the document, the others are added to it.
    async fn upload(&self, call: Call<'_>, before: &[String], file: &File, bytes: &Bytes) -> Result<String, ProviderError> {
        let (settings, document) = (Settings(call.settings), call.document);
        if let Some(id) = before.first() {
            let body = json!({
                "IdDocument": id, "File": content(file, bytes), "CreateAttachment": true, "CovertToPDFA": false,
                "Description": file.description.as_deref().unwrap_or(&file.name)
            });
            self.ask_signed_in(settings, Method::PUT, "UploadFileToDocument", &body).await?;
            // Nothing refers to an attachment by itself.
            return Ok(id.clone());
        }
        let office = json!({ "Code": settings.get("office") });
        let people: Vec<_> = document.author.iter().map(occasional).collect();
        let nobody = || ProviderError::NotSent("il documento non ha un autore".to_owned());
        let (kind, sender, recipients) = match transmission_type(document) {
            TransmissionType::Inbound => ("A", people.first().cloned().ok_or_else(nobody)?, vec![office]),
            TransmissionType::Outbound if people.is_empty() => return Err(nobody()),
            TransmissionType::Outbound => ("P", office, people),
            TransmissionType::Internal => ("I", office.clone(), vec![office]),
        };
        let body = json!({
            "CodeRegister": settings.get("code_register"), "CodeRF": settings.get("code_rf"),
            "Document": {
                "Object": document.title, "DocumentType": kind, "Predisposed": true, "PrivateDocument": false,
                "Sender": sender, "Recipients": recipients, "MainDocument": content(file, bytes)
            }
        });
        text(&self.ask_signed_in(settings, Method::PUT, "CreateDocument", &body).await?, "/Document/Id")
    }

    async fn register(&self, call: Call<'_>, main: Main<'_>) -> Result<Registered, ProviderError> {
        let Main::Uploaded([id, ..]) = main else {
            return Err(ProviderError::NotSent("i file vanno inviati prima".to_owned()));
        };
        let settings = Settings(call.settings);
        let body = json!({
            "CodeRegister": settings.get("code_register"), "CodeRF": settings.get("code_rf"), "IdDocument": id
        });
        let answer = self.ask_signed_in(settings, Method::POST, "ProtocolPredisposed", &body).await?;
        let at = text(&answer, "/Document/ProtocolDate").ok().and_then(|date| dates::instant(&date));
        Ok(Registered {
            document_id: id.clone(),
            number: format!("{}/{}", text(&answer, "/Document/ProtocolNumber")?, text(&answer, "/Document/ProtocolYear")?),
            // The number is what matters: a date that cannot be read is today's.
            registered_at: at.unwrap_or_else(|| self.app.clock().now()),
        })
    }

    /// The identifier of the folder: by it, and not by its code, documents are put into it.
    async fn open_folder(&self, call: Call<'_>) -> Result<String, ProviderError> {
        let settings = Settings(call.settings);
        let title = call.document.folder.as_ref().and_then(|folder| folder.title.as_deref()).unwrap_or(&call.document.title);
        let body = json!({
            "Project": {
                "CodeNodeClassification": settings.get("classification_node"),
                "ClassificationScheme": { "Id": settings.get("classification_scheme") }, "Description": title, "Open": true
            }
        });
        text(&self.ask_signed_in(settings, Method::PUT, "CreateProject", &body).await?, "/Project/Id")
    }

    async fn file(&self, call: Call<'_>, document_id: &str, folder: &str) -> Result<(), ProviderError> {
        let body = json!({ "IdDocument": document_id, "IdProject": folder });
        self.ask_signed_in(Settings(call.settings), Method::POST, "AddDocInProject", &body).await.map(|_| ())
    }
}
