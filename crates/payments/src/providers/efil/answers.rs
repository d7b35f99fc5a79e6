//! What comes back from Plug&Pay, and what it tells of itself.

use serde::Deserialize;

/// Whether something was done.
#[derive(Deserialize, Default)]
pub struct Outcome {
    #[serde(rename = "Esito")]
    pub esito: Option<String>,
    #[serde(rename = "ErroriDiValidazione", default)]
    pub errors: Errors,
}

/// What is wrong with a position.
#[derive(Deserialize, Default)]
pub struct Errors {
    #[serde(rename = "ErroreDiValidazionePosizione", default)]
    pub list: Vec<ValidationError>,
}

/// One thing that is wrong with a position.
#[derive(Deserialize)]
pub struct ValidationError {
    #[serde(rename = "Codice", default)]
    pub code: String,
    #[serde(rename = "Descrizione", default)]
    pub text: String,
}

/// What became of a position that was to be taken.
#[derive(Deserialize)]
pub struct Loaded {
    #[serde(rename = "CaricaPosizioneConEsitoArricchitoResult")]
    pub result: LoadedResult,
}

/// What is in [`Loaded`].
#[derive(Deserialize)]
pub struct LoadedResult {
    #[serde(rename = "EsitoDiCaricamentoArricchito", default)]
    pub outcome: Outcome,
}

/// Whether positions could be taken.
#[derive(Deserialize)]
pub struct Validated {
    #[serde(rename = "ValidaPosizioniResult")]
    pub result: ValidatedResult,
}

/// What is in [`Validated`].
#[derive(Deserialize)]
pub struct ValidatedResult {
    #[serde(rename = "EsitiDiCaricamento", default)]
    pub outcomes: ValidatedOutcomes,
}

/// What is in [`ValidatedResult`].
#[derive(Deserialize, Default)]
pub struct ValidatedOutcomes {
    #[serde(rename = "EsitoDiValidazione", default)]
    pub list: Vec<Outcome>,
}

/// Whether a position was withdrawn.
#[derive(Deserialize)]
pub struct Removed {
    #[serde(rename = "RimuoviPosizioneResult")]
    pub result: Outcome,
}

/// Where a position stands.
#[derive(Deserialize)]
pub struct Searched {
    #[serde(rename = "RicercaArricchitaPosizionePerIdentificavoResult", default)]
    pub result: SearchedResult,
}

/// What is in [`Searched`].
#[derive(Deserialize, Default)]
pub struct SearchedResult {
    #[serde(rename = "Posizione", default)]
    pub position: KnownPosition,
}

/// A position that Plug&Pay has. Without a number there is none: WCF writes nothing as an empty element.
#[derive(Deserialize, Default)]
pub struct KnownPosition {
    #[serde(rename = "DataPagamento")]
    pub paid_at: Option<String>,
    #[serde(rename = "IdentificativoPosizione")]
    pub iuv: Option<String>,
    #[serde(rename = "StatoPosizione")]
    pub status: Option<String>,
}

/// Where positions are paid.
#[derive(Deserialize)]
pub struct Sent {
    #[serde(rename = "InviaCarrelloPosizioniResult")]
    pub result: SentResult,
}

/// What is in [`Sent`].
#[derive(Deserialize)]
pub struct SentResult {
    #[serde(rename = "EsitiInvioCarrelloPosizioni", default)]
    pub outcomes: SentOutcomes,
    #[serde(rename = "UrlRedirect")]
    pub url: Option<String>,
}

/// What is in [`SentResult`].
#[derive(Deserialize, Default)]
pub struct SentOutcomes {
    #[serde(rename = "EsitoInvioCarrelloPosizioni", default)]
    pub list: Vec<Outcome>,
}

/// What pagoPA said of a payment.
#[derive(Deserialize)]
pub struct Downloaded {
    #[serde(rename = "DownloadDatiRicevutaResult", default)]
    pub result: DownloadedResult,
}

/// What is in [`Downloaded`].
#[derive(Deserialize, Default)]
pub struct DownloadedResult {
    #[serde(rename = "Ricevuta")]
    pub receipt: Option<String>,
}

/// A document.
#[derive(Deserialize)]
pub struct Typeset {
    #[serde(rename = "CreatePdfAvvisoResult", alias = "CreatePdfRTResult", default)]
    pub result: TypesetResult,
}

/// What is in [`Typeset`].
#[derive(Deserialize, Default)]
pub struct TypesetResult {
    #[serde(rename = "AvvisoPdf", alias = "RTPdf")]
    pub pdf: Option<String>,
}

/// A payment that Plug&Pay tells of.
#[derive(Deserialize)]
pub struct Notification {
    /// Its request.
    pub request: NotificationRequest,
}

/// What is in [`Notification`].
#[derive(Deserialize)]
pub struct NotificationRequest {
    #[serde(rename = "CodiceIdentificativo")]
    pub iuv: String,
}

/// What Plug&Pay wants to hear.
pub const NOTIFIED: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope \
    xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body><NotificaPagamentoResponse \
    xmlns=\"http://e-fil.eu/PnP/PlugAndPayPayment\"><NotificaPagamentoResult><esitoDiNotifica>Ok</esitoDiNotifica>\
    </NotificaPagamentoResult></NotificaPagamentoResponse></soapenv:Body></soapenv:Envelope>";
