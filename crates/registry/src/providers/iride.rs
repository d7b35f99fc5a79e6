//! IRIDE (J-Iride, Sicraweb): the web services WSProtocolloDM and WSFascicolo. A document is numbered with its main file; attachments,
//! folder and filing follow. Requests and answers are documents of XML within elements of SOAP.
//!
//! Nothing has a key or can be looked up before its number is known: what may have been done is left to an operator. Only putting a
//! document into a folder can be repeated.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use contracts::documents::{Author, DocumentV1, File, TransmissionType};
use contracts::payments::PersonKind;
use kernel::FieldError;
use runtime::App;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::settings::{Setting, Settings};
use super::{Call, Capabilities, Main, Provider, ProviderError, Registered, base64, dates, names, unanswered};
use crate::document::transmission_type;
use crate::soap::{self, Leaves, clean};

/// What IRIDE can do.
pub const CAPABILITIES: Capabilities = Capabilities {
    names: names!("iride"),
    title: "IRIDE",
    folders: true,
    uploads_first: false,
    unrepeatable: &["main", "attachment", "folder"],
    max_file_bytes: 25 * 1024 * 1024,
    flat_settings: false,
    secrets: &[],
    addresses: &["url", "folder_url"],
};

/// The namespace of both services.
const NAMESPACE: &str = "http://tempuri.org/";

/// The settings of a service.
const SETTINGS: [Setting; 10] = [
    Setting::address("url", "Indirizzo del servizio di protocollo (WSProtocolloDM)"),
    Setting::address("folder_url", "Indirizzo del servizio dei fascicoli (WSFascicolo)"),
    Setting::required("codice_amministrazione", "Codice dell'amministrazione"),
    Setting::required("codice_aoo", "Codice dell'area organizzativa omogenea"),
    Setting::required("utente", "Utente"),
    Setting::required("ruolo", "Ruolo"),
    Setting::required("classifica", "Classifica"),
    Setting::required("tipo_documento", "Tipo di documento"),
    Setting::required("in_carico_a", "Ufficio che prende in carico"),
    Setting::optional("mezzo_invio", "Mezzo di invio"),
];

/// A client of IRIDE.
pub struct Iride {
    app: App,
    timeout: Duration,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProtoIn {
    data: String,
    classifica: String,
    tipo_documento: String,
    oggetto: String,
    origine: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    mezzo_invio: String,
    mittente_interno: String,
    mittenti_destinatari: MittentiDestinatari,
    aggiorna_anagrafiche: &'static str,
    in_carico_a: String,
    utente: String,
    ruolo: String,
    numero_allegati: &'static str,
    allegati: Allegati,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MittentiDestinatari {
    mittente_destinatario: Vec<MittenteDestinatario>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MittenteDestinatario {
    codice_fiscale: String,
    cognome_nome: String,
    nome: String,
    tipo_sogg: &'static str,
    tipo_persona: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recapiti: Option<Recapiti>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Recapiti {
    recapito: Recapito,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Recapito {
    tipo_recapito: &'static str,
    valore_recapito: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Allegati {
    allegato: Vec<Allegato>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Allegato {
    tipo_file: String,
    content_type: String,
    image: String,
    commento: String,
    nome_allegato: String,
}

/// Files to be added to a document that has its number.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NuoviAllegati {
    id_doc: String,
    utente: String,
    ruolo: String,
    #[serde(rename = "Allegati")]
    files: Allegati,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FascicoloIn {
    data: String,
    oggetto: String,
    classifica: String,
    utente: String,
    ruolo: String,
}

impl Iride {
    /// A client that waits for an answer no longer than `timeout`.
    pub fn new(app: App, timeout: Duration) -> Self {
        Self { app, timeout }
    }

    /// One operation; gives the element that its answer is, with the texts within.
    async fn ask(&self, url: &str, operation: &str, fields: &[(&str, &str)]) -> Result<Leaves, ProviderError> {
        let body = format!("<tem:{operation}>{}</tem:{operation}>", soap::elements("tem:", fields));
        let envelope = soap::envelope(&format!(" xmlns:tem=\"{NAMESPACE}\""), &body);
        let action = format!("{NAMESPACE}{operation}");
        let called = soap::call(self.app.egress(), url, &action, "text/xml; charset=utf-8", envelope.into());
        let answer = tokio::time::timeout(self.timeout, called).await;
        answer.map_err(|_| ProviderError::Unknown(unanswered(self.timeout)))?
    }

    /// One operation that takes a document of XML and gives one.
    async fn ask_xml(
        &self,
        settings: Settings<'_>,
        url: &str,
        operation: &str,
        parameter: &str,
        document: &impl Serialize,
    ) -> Result<Leaves, ProviderError> {
        let xml = quick_xml::se::to_string(document).expect("texts and lists have an XML form");
        let (body, office) = (settings.get("codice_amministrazione"), settings.get("codice_aoo"));
        let fields = [(parameter, xml.as_str()), ("CodiceAmministrazione", body), ("CodiceAOO", office)];
        let answer = self.ask(url, operation, &fields).await?;
        let result =
            answer.get(&format!("{operation}Result")).ok_or_else(|| ProviderError::Unknown("risposta senza esito".to_owned()))?;
        let result = Leaves::read(result.as_bytes()).map_err(|error| ProviderError::Unknown(error.to_string()))?;
        accepted(result)
    }

    /// The day on the calendars of Rome, as IRIDE writes days.
    fn today(&self) -> String {
        self.app.clock().now().date().strftime("%d/%m/%Y").to_string()
    }
}

/// The answer, unless it says that there was an error.
fn accepted(answer: Leaves) -> Result<Leaves, ProviderError> {
    match answer.get("Errore").filter(|error| !error.is_empty()) {
        Some(error) => Err(ProviderError::Refused(error.chars().take(200).collect())),
        None => Ok(answer),
    }
}

/// An element that must be a positive number.
fn number(answer: &Leaves, name: &str) -> Result<u64, ProviderError> {
    let found = answer.get(name).and_then(|text| text.parse::<u64>().ok()).filter(|number| *number > 0);
    found.ok_or_else(|| ProviderError::Unknown(format!("nella risposta {name} manca o non è un numero")))
}

fn allegato(file: &File, content: &Bytes) -> Allegati {
    let extension = file.filename.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default();
    let allegato = Allegato {
        tipo_file: clean(extension),
        content_type: clean(&file.mime_type),
        image: base64(content),
        commento: clean(file.description.as_deref().unwrap_or(&file.name)),
        nome_allegato: clean(&file.filename),
    };
    Allegati { allegato: vec![allegato] }
}

fn soggetto(author: &Author) -> MittenteDestinatario {
    let is_human = author.kind == PersonKind::Human;
    let email = clean(&author.email);
    MittenteDestinatario {
        codice_fiscale: clean(&author.tax_identification_number),
        cognome_nome: clean(if is_human { author.family_name.as_deref().unwrap_or_default() } else { &author.name }),
        nome: if is_human { clean(&author.name) } else { String::new() },
        tipo_sogg: "S",
        tipo_persona: if is_human { "FI" } else { "GI" },
        recapiti: (!email.is_empty())
            .then_some(Recapiti { recapito: Recapito { tipo_recapito: "EMAIL", valore_recapito: email } }),
    }
}

fn proto_in(document: &DocumentV1, settings: Settings<'_>, today: String, main: Allegati) -> ProtoIn {
    let text = |name: &str| clean(settings.get(name));
    let origine = match transmission_type(document) {
        TransmissionType::Inbound => "A",
        TransmissionType::Outbound => "P",
        TransmissionType::Internal => "I",
    };
    ProtoIn {
        data: today,
        classifica: text("classifica"),
        tipo_documento: text("tipo_documento"),
        oggetto: clean(&document.title),
        origine,
        mezzo_invio: text("mezzo_invio"),
        mittente_interno: if origine == "A" { String::new() } else { text("in_carico_a") },
        mittenti_destinatari: MittentiDestinatari { mittente_destinatario: document.author.iter().map(soggetto).collect() },
        aggiorna_anagrafiche: "F",
        in_carico_a: text("in_carico_a"),
        utente: text("utente"),
        ruolo: text("ruolo"),
        numero_allegati: "1",
        allegati: main,
    }
}

#[async_trait]
impl Provider for Iride {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn settings_form(&self) -> Value {
        json!(SETTINGS.iter().map(Setting::form_field).collect::<Vec<_>>())
    }

    fn check(&self, settings: &Map<String, Value>) -> Vec<FieldError> {
        super::settings::check(&SETTINGS, settings, self.app.egress())
    }

    async fn register(&self, call: Call<'_>, main: Main<'_>) -> Result<Registered, ProviderError> {
        let Main::File(file, content) = main else {
            return Err(ProviderError::NotSent("il file principale va con il documento".to_owned()));
        };
        let settings = Settings(call.settings);
        let document = proto_in(call.document, settings, self.today(), allegato(file, content));
        let operation = "InserisciProtocolloEAnagraficheString";
        let answer = self.ask_xml(settings, settings.get("url"), operation, "ProtocolloInStr", &document).await?;
        let number_of = |name| number(&answer, name);
        let at = answer.get("DataProtocollo").and_then(dates::instant);
        Ok(Registered {
            document_id: number_of("IdDocumento")?.to_string(),
            number: format!("{}/{}", number_of("NumeroProtocollo")?, number_of("AnnoProtocollo")?),
            // The number is what matters: a date that cannot be read is today's.
            registered_at: at.unwrap_or_else(|| self.app.clock().now()),
        })
    }

    async fn attach(&self, call: Call<'_>, document_id: &str, file: &File, content: &Bytes) -> Result<String, ProviderError> {
        let settings = Settings(call.settings);
        let added = NuoviAllegati {
            id_doc: document_id.to_owned(),
            utente: clean(settings.get("utente")),
            ruolo: clean(settings.get("ruolo")),
            files: allegato(file, content),
        };
        let answer = self.ask_xml(settings, settings.get("url"), "AggiungiAllegatiString", "NuoviAllegatiStr", &added).await?;
        // Not every version says under which identifier the file is kept; nothing needs it.
        Ok(answer.any(&["IDBase", "Serial"]).unwrap_or(document_id).to_owned())
    }

    /// The identifier of the folder: by it, and not by its number, documents are put into it.
    async fn open_folder(&self, call: Call<'_>) -> Result<String, ProviderError> {
        let settings = Settings(call.settings);
        let title = call.document.folder.as_ref().and_then(|folder| folder.title.as_deref()).unwrap_or(&call.document.title);
        let folder = FascicoloIn {
            data: self.today(),
            oggetto: clean(title),
            classifica: clean(settings.get("classifica")),
            utente: clean(settings.get("utente")),
            ruolo: clean(settings.get("ruolo")),
        };
        let answer = self.ask_xml(settings, settings.get("folder_url"), "CreaFascicoloString", "FascicoloInStr", &folder).await?;
        Ok(number(&answer, "Id")?.to_string())
    }

    async fn file(&self, call: Call<'_>, document_id: &str, folder: &str) -> Result<(), ProviderError> {
        let settings = Settings(call.settings);
        let fields = [
            ("IDFascicolo", folder),
            ("IDDocumento", document_id),
            ("AggiornaClassifica", "N"),
            ("Utente", settings.get("utente")),
            ("Ruolo", settings.get("ruolo")),
            ("CodiceAmministrazione", settings.get("codice_amministrazione")),
            ("CodiceAOO", settings.get("codice_aoo")),
        ];
        let answer = accepted(self.ask(settings.get("folder_url"), "FascicolaDocumento", &fields).await?)?;
        match answer.get("Esito") {
            Some("true" | "1") => Ok(()),
            Some(_) => Err(ProviderError::Refused(answer.get("Messaggio").unwrap_or_default().chars().take(200).collect())),
            None => Err(ProviderError::Unknown("nella risposta manca Esito".to_owned())),
        }
    }
}
