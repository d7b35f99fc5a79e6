//! What office and applicant write to each other about an application: requests for more, answers, and that it ends without a decision.

use kernel::{ApplicationId, RomeTime};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::application::{Attachment, files};
use crate::text::{body, heading, moment, paragraphs};
use crate::typeset::Sheet;
use crate::{Issuer, Language, PdfError, Person};

/// A message that is a document (developers' documentation, "Documento digitale": integration-request, integration-response,
/// application-withdraw, application-revocation).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageDocument {
    /// Language of the fixed texts.
    #[serde(default)]
    pub language: Language,
    /// The body that the application went to.
    pub issuer: Issuer,
    /// Which of these it is.
    pub kind: MessageKind,
    /// Title of the service.
    pub service: String,
    /// Identifier of the application.
    pub application_id: ApplicationId,
    /// The applicant.
    pub applicant: Person,
    /// Who wrote for the office; may be empty.
    #[serde(default)]
    pub operator: String,
    /// What was written: plain text, empty lines separate paragraphs. Empty when an answer never came, or no reason was given.
    #[serde(default)]
    pub text: String,
    /// Files that go with it.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// When it was written; also the date of the file.
    pub written_at: RomeTime,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// The office asks for more.
    Request,
    /// The applicant answers.
    Answer,
    /// The applicant withdraws the application.
    Withdrawal,
    /// The office annuls it.
    Revocation,
}

/// The message as a PDF.
///
/// # Errors
/// [`PdfError::TooLarge`] when the texts are over 512 KiB; [`PdfError::Typesetting`] is an error of this crate.
pub fn message(document: &MessageDocument) -> Result<Vec<u8>, PdfError> {
    Sheet {
        template: "message.typ",
        data: view(document),
        logo: document.issuer.logo.as_ref(),
        at: document.written_at,
        identity: format!("message {} {:?} {}", document.application_id, document.kind, document.written_at),
    }
    .typeset()
}

fn view(document: &MessageDocument) -> Value {
    let language = document.language;
    let office = match document.operator.trim() {
        "" => document.issuer.name.clone(),
        operator => format!("{}, {operator}", document.issuer.name),
    };
    let (kind, from, to) = match document.kind {
        MessageKind::Request => ("request", office, document.applicant.line()),
        MessageKind::Answer => ("answer", document.applicant.line(), document.issuer.name.clone()),
        MessageKind::Withdrawal => ("withdrawal", document.applicant.line(), document.issuer.name.clone()),
        MessageKind::Revocation => ("revocation", office, document.applicant.line()),
    };
    json!({
        "language": language.code(),
        "issuer": document.issuer.view(),
        "kind": kind,
        "id": document.application_id.to_string(),
        "facts": [
            ["service", heading(&document.service)],
            ["id", document.application_id.to_string()],
            ["from", body(&from)],
            ["to", body(&to)],
            ["written", moment(language, document.written_at)],
        ],
        "text": paragraphs(&document.text),
        "attachments": files(&document.attachments),
    })
}
