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
use kernel::{FieldError, RomeTime};
use runtime::App;
use serde_json::{Map, Value, json};

use super::{Call, Capabilities, Main, Provider, ProviderError, Registered, names};
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
};

/// Settings that must be there, with their labels.
const REQUIRED: [(&str, &str); 9] = [
    ("ws_url_protocol", "Indirizzo del servizio di protocollo"),
    ("username", "Nome utente"),
    ("password", "Password"),
    ("codente", "Codice ente per l'accesso"),
    ("codice_amministrazione", "Codice dell'amministrazione"),
    ("codice_aoo", "Codice dell'area organizzativa omogenea"),
    ("denominazione", "Denominazione dell'ente"),
    ("email", "Indirizzo telematico dell'ente"),
    ("id_unit_org", "Unità organizzativa"),
];
/// Settings that may be left out, with their labels.
const OPTIONAL: [(&str, &str); 9] = [
    ("ws_url_fascicolo", "Indirizzo del servizio dei fascicoli"),
    ("class_cod", "Codice di titolario"),
    ("dispatch_type", "Tipo di smistamento (COMPETENZA o CONOSCENZA)"),
    ("tipo_documento", "Tipo di documento"),
    ("folder_year", "Anno del fascicolo"),
    ("folder_number", "Numero del fascicolo"),
    ("competence_unit", "Unità competente"),
    ("creation_unit", "Unità che protocolla"),
    ("application", "Nome dell'applicativo"),
];
/// Setting: how files travel.
const DIALECT: &str = "dialect";

/// A client of DocArea registries.
pub struct DocArea {
    app: App,
    timeout: Duration,
}

/// The settings of one service, as texts.
#[derive(Clone, Copy)]
struct Settings<'a>(&'a Map<String, Value>);

impl<'a> Settings<'a> {
    /// A setting; empty when it is not there.
    fn get(self, name: &str) -> &'a str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default().trim()
    }

    fn dialect(self) -> Dialect {
        Dialect::named(self.get(DIALECT)).unwrap_or_default()
    }
}

impl DocArea {
    /// A client that waits for an answer no longer than `timeout`.
    pub fn new(app: App, timeout: Duration) -> Self {
        Self { app, timeout }
    }

    /// One operation; an answer with an error number is a refusal.
    async fn ask(&self, settings: Settings<'_>, operation: dialect::Operation<'_>) -> Result<Leaves, ProviderError> {
        let boundary = format!("sportello-{}", self.app.rng().uuid().simple());
        let request = settings.dialect().request(operation, &boundary);
        let url = settings.get("ws_url_protocol");
        let called = soap::call(self.app.egress(), url, &request.action, &request.content_type, request.body.into());
        let answer = tokio::time::timeout(self.timeout, called).await;
        let answer = answer.map_err(|_| ProviderError::Unknown(format!("no answer within {:?}", self.timeout)))??;
        // One vendor's contract writes a capital i for the l.
        match answer.any(&["lngErrNumber", "IngErrNumber"]) {
            None => Err(ProviderError::Unknown("the answer has no error number".to_owned())),
            Some("0" | "") => Ok(answer),
            Some(number) => {
                let text = answer.get("strErrString").unwrap_or_default();
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
            ProviderError::Unknown(reason) => ProviderError::NotSent(format!("sign-in: {reason}")),
            error => error,
        })?;
        match answer.get("strDST") {
            Some(token) if !token.is_empty() => Ok(token.to_owned()),
            _ => Err(ProviderError::NotSent("sign-in: the answer has no strDST".to_owned())),
        }
    }
}

/// The text of an element that must be a number.
fn number(answer: &Leaves, names: &[&str]) -> Result<u64, ProviderError> {
    let found = answer.any(names).and_then(|text| text.parse::<u64>().ok()).filter(|number| *number > 0);
    found.ok_or_else(|| ProviderError::Unknown(format!("{} is missing or no number", names[0])))
}

/// A date of registration as vendors write it: `02/03/2026`, with or without a time, or ISO 8601.
fn registered_at(text: &str) -> Option<RomeTime> {
    let civil = |format: &str| jiff::civil::DateTime::strptime(format, text).ok();
    let day = |format: &str| jiff::civil::Date::strptime(format, text).ok().map(|day| day.at(0, 0, 0, 0));
    let civil = civil("%d/%m/%Y %H:%M:%S")
        .or_else(|| civil("%d/%m/%Y %H:%M"))
        .or_else(|| day("%d/%m/%Y"))
        .or_else(|| civil("%Y-%m-%dT%H:%M:%S"))
        .or_else(|| civil("%Y-%m-%d %H:%M:%S"))
        .or_else(|| day("%Y-%m-%d"));
    text.parse().ok().or_else(|| RomeTime::from_civil(civil?).ok())
}

#[async_trait]
impl Provider for DocArea {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn settings_form(&self) -> Value {
        let field = |(key, label): (&str, &str), required: bool| {
            let kind = if key == "password" { "password" } else { "textfield" };
            json!({
                "label": label, "key": key, "type": kind, "input": true, "tableView": true, "validate": { "required": required }
            })
        };
        let mut fields: Vec<_> = REQUIRED.into_iter().map(|setting| field(setting, true)).collect();
        fields.extend(OPTIONAL.into_iter().map(|setting| field(setting, false)));
        let dialects = Dialect::ALL.map(|dialect| json!({ "label": dialect.label(), "value": dialect.name() }));
        fields.push(json!({
            "label": "Variante", "key": DIALECT, "type": "select", "input": true, "tableView": true,
            "validate": { "required": false }, "defaultValue": Dialect::default().name(), "data": { "values": dialects }
        }));
        Value::Array(fields)
    }

    fn check(&self, settings: &Map<String, Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut reject = |name: &str, code: &str, message: &str| errors.push(FieldError::new(format!("/{name}"), code, message));
        for (name, _) in REQUIRED.into_iter().chain(OPTIONAL).chain([(DIALECT, "")]) {
            match settings.get(name) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) if text.chars().count() <= 255 => {}
                Some(_) => reject(name, "pattern", "Usare un testo di al massimo 255 caratteri."),
            }
        }
        let given = Settings(settings);
        for (name, _) in REQUIRED.into_iter().filter(|(name, _)| given.get(name).is_empty()) {
            reject(name, "required", "Questo campo è obbligatorio.");
        }
        let address = url::Url::parse(given.get("ws_url_protocol"));
        if !given.get("ws_url_protocol").is_empty() && !address.is_ok_and(|url| self.app.egress().allows(&url)) {
            reject(
                "ws_url_protocol",
                "pattern",
                "Usare un indirizzo https raggiungibile, per esempio https://protocollo.example.it/ws.",
            );
        }
        if !given.get(DIALECT).is_empty() && Dialect::named(given.get(DIALECT)).is_none() {
            reject(DIALECT, "pattern", "Usare swa, base64 oppure rpc.");
        }
        if given.get("folder_year").is_empty() != given.get("folder_number").is_empty() {
            reject("folder_number", "required", "Indicare sia l'anno sia il numero del fascicolo, oppure nessuno dei due.");
        }
        errors
    }

    async fn upload(&self, call: Call<'_>, file: &File, content: &Bytes) -> Result<String, ProviderError> {
        let settings = Settings(call.settings);
        let token = self.sign_in(settings).await?;
        let user = settings.get("username");
        let answer = self.ask(settings, dialect::Operation::Insert { user, token: &token, file, content }).await?;
        Ok(number(&answer, &["lngDocID", "IngDocID"])?.to_string())
    }

    async fn register(&self, call: Call<'_>, main: Main<'_>) -> Result<Registered, ProviderError> {
        let Main::Uploaded(files) = main else {
            return Err(ProviderError::NotSent("the files are to be sent first".to_owned()));
        };
        let settings = Settings(call.settings);
        let profile = segnatura::write(call.document, files, |name| settings.get(name), settings.dialect());
        let token = self.sign_in(settings).await?;
        let user = settings.get("username");
        let answer = self.ask(settings, dialect::Operation::Register { user, token: &token, profile: &profile }).await?;
        let number = format!("{}/{}", number(&answer, &["lngNumPG", "IngNumPG"])?, number(&answer, &["lngAnnoPG", "IngAnnoPG"])?);
        let at = answer.any(&["strDataPG", "DataPG"]).and_then(registered_at);
        Ok(Registered {
            document_id: number.clone(),
            number,
            // The number is what matters: a date that cannot be read is today's.
            registered_at: at.unwrap_or_else(|| self.app.clock().now()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_vendors_write_them() {
        for text in ["02/03/2026", "2026-03-02", "02/03/2026 00:00:00", "2026-03-02T00:00:00", "2026-03-02T00:00:00+01:00"] {
            assert_eq!(registered_at(text).unwrap().to_string(), "2026-03-02T00:00:00+01:00", "{text}");
        }
        assert_eq!(registered_at("02/07/2026 09:30").unwrap().to_string(), "2026-07-02T09:30:00+02:00");
        assert_eq!((registered_at(""), registered_at("ieri")), (None, None));
    }
}
