//! The sandbox: the stand-in registry of the demo, over HTTP.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use contracts::documents::{DocumentV1, File};
use http::HeaderName;
use kernel::{FieldError, Problem, RomeTime};
use runtime::{App, Peer, PeerResponse};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::document::transmission_type;

use super::{Call, Capabilities, Main, Provider, ProviderError, Registered, json_with_file, names, unanswered};

/// What the stand-in can do.
pub const CAPABILITIES: Capabilities = Capabilities {
    names: names!("sandbox"),
    title: "Sandbox",
    folders: true,
    uploads_first: false,
    unrepeatable: &[],
    max_file_bytes: 25 * 1024 * 1024,
    flat_settings: false,
    secrets: &[],
    addresses: &[],
};

/// Setting: code of the register.
const REGISTER: &str = "register";
/// Setting: place in the body's classification (titolario).
const CLASSIFICATION: &str = "classification_hierarchy";

/// A client of the stand-in registry.
pub struct Sandbox {
    app: App,
    timeout: Duration,
}

impl Sandbox {
    /// A client that waits for an answer no longer than `timeout`.
    pub fn new(app: App, timeout: Duration) -> Self {
        Self { app, timeout }
    }

    async fn post<T: DeserializeOwned>(&self, call: Call<'_>, path: &str, body: Vec<u8>) -> Result<T, ProviderError> {
        // Both codes are letters, digits and a few signs: see `TenantConfig`.
        let path = format!("/demo/registry/{}-{}/{path}", call.tenant.institution_code, call.tenant.aoo_code);
        let request = self.app.peer(Peer::Demo).post(path).body("application/json", body.into());
        let sent = request.header(HeaderName::from_static("idempotency-key"), call.key).send_any();
        match tokio::time::timeout(self.timeout, sent).await {
            Ok(Ok(response)) => read(&response),
            Ok(Err(error)) => Err(ProviderError::Unknown(error.to_string())),
            Err(_) => Err(ProviderError::Unknown(unanswered(self.timeout))),
        }
    }
}

fn read<T: DeserializeOwned>(response: &PeerResponse) -> Result<T, ProviderError> {
    match response.status.as_u16() {
        200..=299 => response.json().map_err(|error| ProviderError::Unknown(error.to_string())),
        status @ 400..=499 => {
            let problem = serde_json::from_slice::<Problem>(&response.body).unwrap_or_default();
            Err(ProviderError::Refused(format!("{status} {}", problem.detail.unwrap_or(problem.title))))
        }
        status => Err(ProviderError::Unknown(format!("stato {status}"))),
    }
}

/// A file as the stand-in takes it, with what is said of it.
fn with_file(about: Value, file: &File, content: &Bytes) -> Vec<u8> {
    #[derive(Serialize)]
    struct Sent<'a> {
        #[serde(flatten)]
        about: Value,
        file: Described<'a>,
    }
    #[derive(Serialize)]
    struct Described<'a> {
        name: &'a str,
        mime_type: &'a str,
        content: &'a str,
    }
    let file = Described { name: &file.filename, mime_type: &file.mime_type, content: "" };
    json_with_file(&Sent { about, file }, content)
}

/// The other side of the correspondence: who wrote the document, or whom it is for.
fn correspondents(document: &DocumentV1) -> Vec<Value> {
    let person = |author: &contracts::documents::Author| {
        let family_name = author.family_name.as_deref().unwrap_or_default();
        json!({
            "name": format!("{} {family_name}", author.name).trim_end(),
            "tax_code": author.tax_identification_number,
            "email": author.email,
        })
    };
    document.author.iter().map(person).collect()
}

#[async_trait]
impl Provider for Sandbox {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn settings_form(&self) -> Value {
        json!([
            {
                "label": "Codice del registro", "placeholder": "PROTOCOLLO", "key": REGISTER, "type": "textfield", "input": true,
                "tableView": true, "validate": { "required": true }, "defaultValue": "PROTOCOLLO"
            },
            {
                "label": "Gerarchia di classificazione", "placeholder": "1.2.3", "key": CLASSIFICATION, "type": "textfield",
                "input": true, "tableView": true, "validate": { "required": false }
            }
        ])
    }

    fn check(&self, settings: &Map<String, Value>) -> Vec<FieldError> {
        let text = |name: &str| settings.get(name).map_or(Some(""), Value::as_str);
        let mut errors = Vec::new();
        if text(REGISTER).is_none_or(|code| code.trim().is_empty() || code.len() > 64) {
            let message = "Indicare il codice del registro, al massimo 64 caratteri.";
            errors.push(FieldError::new(format!("/{REGISTER}"), "required", message));
        }
        let is_place =
            |text: &str| text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-/".contains(&byte));
        if !text(CLASSIFICATION).is_some_and(is_place) {
            let message = "Usare una classificazione come 6.3.4.";
            errors.push(FieldError::new(format!("/{CLASSIFICATION}"), "pattern", message));
        }
        errors
    }

    async fn register(&self, call: Call<'_>, main: Main<'_>) -> Result<Registered, ProviderError> {
        let Main::File(file, bytes) = main else {
            return Err(ProviderError::NotSent("il file principale va con il documento".to_owned()));
        };
        #[derive(Deserialize)]
        struct Answer {
            document_id: String,
            number: String,
            registered_at: RomeTime,
        }
        let document = call.document;
        let about = json!({
            "register": call.settings.get(REGISTER),
            "classification": call.settings.get(CLASSIFICATION),
            "subject": document.title,
            "transmission": transmission_type(document),
            "correspondents": correspondents(document),
        });
        let body = with_file(about, file, bytes);
        let Answer { document_id, number, registered_at } = self.post(call, "documents", body).await?;
        // The identifier becomes part of an address.
        if document_id.is_empty() || !document_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(ProviderError::Unknown("l'identificativo del documento non è valido".to_owned()));
        }
        Ok(Registered { document_id, number, registered_at })
    }

    async fn attach(&self, call: Call<'_>, document_id: &str, file: &File, bytes: &Bytes) -> Result<String, ProviderError> {
        #[derive(Deserialize)]
        struct Answer {
            attachment_id: String,
        }
        let body = with_file(json!({ "description": file.description }), file, bytes);
        let path = format!("documents/{document_id}/attachments");
        Ok(self.post::<Answer>(call, &path, body).await?.attachment_id)
    }

    async fn open_folder(&self, call: Call<'_>) -> Result<String, ProviderError> {
        #[derive(Deserialize)]
        struct Answer {
            number: String,
        }
        let title = call.document.folder.as_ref().and_then(|folder| folder.title.as_deref());
        let body = json!({
            "title": title.unwrap_or(&call.document.title),
            "classification": call.settings.get(CLASSIFICATION),
        });
        Ok(self.post::<Answer>(call, "folders", body.to_string().into()).await?.number)
    }

    async fn file(&self, call: Call<'_>, document_id: &str, folder: &str) -> Result<(), ProviderError> {
        let body = json!({ "document_id": document_id, "folder": folder });
        self.post::<Value>(call, "filings", body.to_string().into()).await.map(|_| ())
    }
}
