//! DocArea: the interface that many registries have in common (ADS, Datagraph, Halley, Tinn, Maggioli). Three operations of SOAP: sign in,
//! send a file, and ask for the number of a document whose files are there. Vendors differ in how files travel: see [`Dialect`].
//!
//! Nothing here has a key or can be looked up. A file that was sent twice is one that nobody refers to; a number that may have been
//! given is never asked for again.

mod dialect;
mod segnatura;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use contracts::documents::File;
use kernel::FieldError;
use runtime::App;
use serde_json::{Map, Value, json};

use super::settings::{Setting, Settings};
use super::{Call, Capabilities, Main, Provider, ProviderError, Registered, dates, names, unanswered};
use crate::applicant::is_mail;
use crate::soap::{self, Leaves};
pub use dialect::Dialect;

/// What DocArea can do.
pub const CAPABILITIES: Capabilities = Capabilities {
    names: names!("docarea"),
    title: "DocArea",
    folders: false,
    uploads_first: true,
    unrepeatable: &["main"],
    max_file_bytes: 25 * 1024 * 1024,
    flat_settings: true,
    secrets: &["password"],
    addresses: &["ws_url_protocol", "ws_url_fascicolo"],
};

/// The settings of a service, but for the dialect.
const SETTINGS: [Setting; 18] = [
    Setting::address("ws_url_protocol", "Indirizzo del servizio di protocollo"),
    Setting::optional("ws_url_fascicolo", "Indirizzo del servizio dei fascicoli"),
    Setting::required("username", "Nome utente"),
    Setting::secret("password", "Password"),
    Setting::required("codente", "Codice ente per l'accesso"),
    Setting::required("codice_amministrazione", "Codice dell'amministrazione"),
    Setting::required("codice_aoo", "Codice dell'area organizzativa omogenea"),
    Setting::required("denominazione", "Denominazione dell'ente"),
    Setting::required("email", "Indirizzo telematico dell'ente"),
    Setting::required("id_unit_org", "Unità organizzativa"),
    Setting::optional("class_cod", "Codice di titolario"),
    Setting::optional("dispatch_type", "Tipo di smistamento (COMPETENZA o CONOSCENZA)"),
    Setting::optional("tipo_documento", "Tipo di documento"),
    Setting::optional("folder_year", "Anno del fascicolo"),
    Setting::optional("folder_number", "Numero del fascicolo"),
    Setting::optional("competence_unit", "Unità competente"),
    Setting::optional("creation_unit", "Unità che protocolla"),
    Setting::optional("application", "Nome dell'applicativo"),
];
/// Setting: how files travel.
const DIALECT: &str = "dialect";

/// A client of DocArea registries.
pub struct DocArea {
    app: App,
    timeout: Duration,
}

/// The dialect of a service.
fn dialect_of(settings: Settings<'_>) -> Dialect {
    Dialect::named(settings.get(DIALECT)).unwrap_or_default()
}

impl DocArea {
    /// A client that waits for an answer no longer than `timeout`.
    pub fn new(app: App, timeout: Duration) -> Self {
        Self { app, timeout }
    }

    /// One operation; an answer with an error number is a refusal.
    async fn ask(&self, settings: Settings<'_>, operation: dialect::Operation<'_>) -> Result<Leaves, ProviderError> {
        let boundary = format!("sportello-{}", self.app.rng().uuid().simple());
        let request = dialect_of(settings).request(operation, &boundary);
        let url = settings.get("ws_url_protocol");
        let called = soap::call(self.app.egress(), url, &request.action, &request.content_type, request.body.into());
        let answer = tokio::time::timeout(self.timeout, called).await;
        let answer = answer.map_err(|_| ProviderError::Unknown(unanswered(self.timeout)))??;
        // One vendor's contract writes a capital i for the l.
        match answer.any(&["lngErrNumber", "IngErrNumber"]) {
            None => Err(ProviderError::Unknown("nella risposta manca il numero di errore".to_owned())),
            Some("0" | "") => Ok(answer),
            Some(number) => {
                let text = answer.get("strErrString").unwrap_or_default();
                // Said together with a number, an error does not say that nothing was done.
                let done = ["lngNumPG", "IngNumPG", "lngDocID", "IngDocID"].map(|name| answer.get(name).unwrap_or_default());
                if done.iter().any(|number| number.parse::<u64>().is_ok_and(|number| number > 0)) {
                    let text = text.chars().take(200).collect::<String>();
                    return Err(ProviderError::Unknown(format!("un numero e insieme l'errore {number} {text}")));
                }
                Err(ProviderError::Refused(format!("{number} {}", text.chars().take(200).collect::<String>())))
            }
        }
    }

    /// Signs in; gives the token of the session. Nothing is done by it, whatever becomes of the answer.
    async fn sign_in(&self, settings: Settings<'_>) -> Result<String, ProviderError> {
        let operation = dialect::Operation::Login {
            body: settings.get("codente"),
            user: settings.get("username"),
            password: settings.get("password"),
        };
        let answer = self.ask(settings, operation).await.map_err(|error| match error {
            ProviderError::Unknown(reason) => ProviderError::NotSent(format!("accesso non riuscito: {reason}")),
            error => error,
        })?;
        match answer.get("strDST") {
            Some(token) if !token.is_empty() => Ok(token.to_owned()),
            _ => Err(ProviderError::NotSent("accesso non riuscito: nella risposta manca strDST".to_owned())),
        }
    }
}

/// The text of an element that must be a number.
fn number(answer: &Leaves, names: &[&str]) -> Result<u64, ProviderError> {
    let found = answer.any(names).and_then(|text| text.parse::<u64>().ok()).filter(|number| *number > 0);
    found.ok_or_else(|| ProviderError::Unknown(format!("nella risposta {} manca o non è un numero", names[0])))
}

#[async_trait]
impl Provider for DocArea {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn settings_form(&self) -> Value {
        let mut fields: Vec<_> = SETTINGS.iter().map(Setting::form_field).collect();
        let dialects = Dialect::ALL.map(|dialect| json!({ "label": dialect.label(), "value": dialect.name() }));
        fields.push(json!({
            "label": "Variante", "key": DIALECT, "type": "select", "input": true, "tableView": true,
            "validate": { "required": false }, "defaultValue": Dialect::default().name(), "data": { "values": dialects }
        }));
        Value::Array(fields)
    }

    fn check(&self, settings: &Map<String, Value>) -> Vec<FieldError> {
        let mut errors = super::settings::check(&SETTINGS, settings, self.app.egress());
        let mut reject = |name: &str, code: &str, message: &str| errors.push(FieldError::new(format!("/{name}"), code, message));
        let given = Settings(settings);
        let is_dialect = match settings.get(DIALECT) {
            None | Some(Value::Null) => true,
            Some(Value::String(name)) => name.is_empty() || Dialect::named(name).is_some(),
            Some(_) => false,
        };
        if !is_dialect {
            reject(DIALECT, "pattern", "Usare swa, base64 oppure rpc.");
        }
        if given.get("folder_year").is_empty() != given.get("folder_number").is_empty() {
            reject("folder_number", "required", "Indicare sia l'anno sia il numero del fascicolo, oppure nessuno dei due.");
        }
        let year = given.get("folder_year");
        let is_year = year.len() == 4 && year.bytes().all(|digit| digit.is_ascii_digit());
        if !year.is_empty() && !is_year {
            reject("folder_year", "pattern", "Usare un anno di quattro cifre, per esempio 2026.");
        }
        let email = given.get("email");
        if !email.is_empty() && !is_mail(email) {
            reject("email", "pattern", "Usare un indirizzo di posta elettronica, per esempio protocollo@example.it.");
        }
        errors
    }

    async fn upload(&self, call: Call<'_>, _before: &[String], file: &File, content: &Bytes) -> Result<String, ProviderError> {
        let settings = Settings(call.settings);
        let token = self.sign_in(settings).await?;
        let user = settings.get("username");
        let answer = self.ask(settings, dialect::Operation::Insert { user, token: &token, file, content }).await?;
        Ok(number(&answer, &["lngDocID", "IngDocID"])?.to_string())
    }

    async fn register(&self, call: Call<'_>, main: Main<'_>) -> Result<Registered, ProviderError> {
        let Main::Uploaded(files) = main else {
            return Err(ProviderError::NotSent("i file vanno inviati prima".to_owned()));
        };
        let settings = Settings(call.settings);
        let profile = segnatura::write(call.document, files, |name| settings.get(name), dialect_of(settings));
        let token = self.sign_in(settings).await?;
        let user = settings.get("username");
        let answer = self.ask(settings, dialect::Operation::Register { user, token: &token, profile: &profile }).await?;
        let number = format!("{}/{}", number(&answer, &["lngNumPG", "IngNumPG"])?, number(&answer, &["lngAnnoPG", "IngAnnoPG"])?);
        let at = answer.any(&["strDataPG", "DataPG"]).and_then(dates::instant);
        Ok(Registered {
            document_id: number.clone(),
            number,
            // The number is what matters: a date that cannot be read is today's.
            registered_at: at.unwrap_or_else(|| self.app.clock().now()),
        })
    }
}
