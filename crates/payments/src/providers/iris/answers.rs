//! What comes back from IRIS, and what it tells of itself.

use serde::Deserialize;

/// A number, or why there is none.
#[derive(Deserialize)]
pub struct Numbered {
    #[serde(rename = "Fault")]
    pub fault: Option<Fault>,
    #[serde(rename = "Body")]
    pub body: Option<NumberedBody>,
}

/// What is in [`Numbered`].
#[derive(Deserialize)]
pub struct NumberedBody {
    #[serde(rename = "ElencoIdentificativi")]
    pub numbers: Numbers,
}

/// What is in [`NumberedBody`].
#[derive(Deserialize)]
pub struct Numbers {
    #[serde(rename = "NumeroAvviso", default)]
    pub notice: String,
}

/// A notice, or why there is none.
#[derive(Deserialize)]
pub struct Typeset {
    #[serde(rename = "Body")]
    pub body: Option<TypesetBody>,
}

/// What is in [`Typeset`].
#[derive(Deserialize)]
pub struct TypesetBody {
    #[serde(rename = "AvvisoAnalogico", default)]
    pub pdf: String,
}

/// Why a number or a notice is not given.
#[derive(Deserialize)]
pub struct Fault {
    #[serde(rename = "FaultCode", default)]
    pub code: String,
    #[serde(rename = "FaultString", default)]
    pub text: String,
}

/// What became of a due.
#[derive(Deserialize)]
pub struct Aligned {
    #[serde(rename = "IdpEsitoOTF")]
    pub outcome: AlignedOutcome,
}

/// What is in [`Aligned`].
#[derive(Deserialize)]
pub struct AlignedOutcome {
    #[serde(rename = "IdpOTF")]
    pub online: Option<Session>,
    #[serde(rename = "IdpBody")]
    pub body: AlignedBody,
}

/// A session in which a due is paid.
#[derive(Deserialize)]
pub struct Session {
    #[serde(rename = "UrlGW", default)]
    pub url: String,
}

/// What is in [`AlignedOutcome`].
#[derive(Deserialize)]
pub struct AlignedBody {
    #[serde(rename = "InfoMessaggio")]
    pub message: MessageInfo,
    #[serde(rename = "InfoDettaglio", default)]
    pub details: Details,
}

/// Whether a message was processed.
#[derive(Deserialize)]
pub struct MessageInfo {
    #[serde(rename = "Stato", default)]
    pub status: String,
    #[serde(rename = "Esiti", default)]
    pub errors: Errors,
}

/// What became of the dues of a message.
#[derive(Default, Deserialize)]
pub struct Details {
    #[serde(rename = "Dettaglio", default)]
    pub list: Vec<Detail>,
}

/// What became of one due.
#[derive(Deserialize)]
pub struct Detail {
    #[serde(rename = "Esiti", default)]
    pub errors: Errors,
}

/// What was wrong.
#[derive(Default, Deserialize)]
pub struct Errors {
    #[serde(rename = "Esito", default)]
    pub list: Vec<Problem>,
}

/// One thing that was wrong.
#[derive(Deserialize)]
pub struct Problem {
    #[serde(rename = "Codice", default)]
    pub code: String,
    #[serde(rename = "Descrizione", default)]
    pub text: String,
}

/// Where dues stand.
#[derive(Deserialize)]
pub struct Verified {
    #[serde(rename = "IdpEsitoVerifica")]
    pub outcome: VerifiedOutcome,
}

/// What is in [`Verified`].
#[derive(Deserialize)]
pub struct VerifiedOutcome {
    #[serde(rename = "IdpBody")]
    pub body: VerifiedBody,
}

/// What is in [`VerifiedOutcome`]: states by word, and with everything that is known; or what is wrong with the question.
#[derive(Deserialize)]
pub struct VerifiedBody {
    #[serde(rename = "StatoPagamento", default)]
    pub states: Vec<State>,
    #[serde(rename = "InformazioniPagamento", default)]
    pub details: Vec<Known>,
    #[serde(rename = "Esito")]
    pub error: Option<Problem>,
}

/// Where a due stands, in one word.
#[derive(Deserialize)]
pub struct State {
    #[serde(rename = "@IdPagamento", default)]
    pub iuv: String,
    #[serde(rename = "$text", default)]
    pub status: String,
}

/// Where a due stands.
#[derive(Deserialize)]
pub struct Known {
    #[serde(rename = "IdPagamento", default)]
    pub iuv: String,
    #[serde(rename = "Stato", default)]
    pub status: String,
    #[serde(rename = "Pagamento")]
    pub payment: Option<Payment>,
}

/// A payment.
#[derive(Deserialize)]
pub struct Payment {
    #[serde(rename = "RiferimentoPagamento")]
    pub reference: Option<Reference>,
    #[serde(rename = "DataOraPagamento")]
    pub at: Option<String>,
    #[serde(rename = "Transazione")]
    pub transaction: Option<Transaction>,
    #[serde(rename = "Allegato")]
    pub attachment: Option<Attachment>,
    #[serde(rename = "IdentificativoUnivocoVersamento")]
    pub iuv: Option<String>,
}

/// What was paid.
#[derive(Deserialize)]
pub struct Reference {
    #[serde(rename = "IdPagamento", default)]
    pub iuv: String,
}

/// The operation of who took the money.
#[derive(Deserialize)]
pub struct Transaction {
    #[serde(rename = "CanalePagamento")]
    pub channel: Option<Channel>,
    #[serde(rename = "IdTransazione")]
    pub id: Option<String>,
}

/// Who took the money.
#[derive(Deserialize)]
pub struct Channel {
    #[serde(rename = "Descrizione")]
    pub name: Option<String>,
}

/// A document of a payment.
#[derive(Deserialize)]
pub struct Attachment {
    #[serde(rename = "Codifica", default)]
    pub encoding: String,
    #[serde(rename = "Contenuto", default)]
    pub content: String,
}

/// Payments that IRIS tells of.
#[derive(Deserialize)]
pub struct Notification {
    #[serde(rename = "IdpInformativaPagamento")]
    pub news: News,
}

/// What is in [`Notification`].
#[derive(Deserialize)]
pub struct News {
    #[serde(rename = "IdpHeader")]
    pub header: NewsHeader,
    #[serde(rename = "IdpBody")]
    pub body: NewsBody,
}

/// Who tells.
#[derive(Deserialize)]
pub struct NewsHeader {
    #[serde(rename = "TRT")]
    pub transport: NewsTransport,
}

/// What is in [`NewsHeader`].
#[derive(Deserialize)]
pub struct NewsTransport {
    #[serde(rename = "MsgId", default)]
    pub message: String,
}

/// What is in [`News`].
#[derive(Deserialize)]
pub struct NewsBody {
    #[serde(rename = "Pagamento", default)]
    pub payments: Vec<Payment>,
}
