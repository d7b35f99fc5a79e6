//! The letter that tells a citizen what became of an application.

use kernel::jiff::civil::Date;
use kernel::{ApplicationId, RomeTime};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::text::{body, date, heading, paragraphs};
use crate::typeset::Sheet;
use crate::{Issuer, Language, PdfError, Person};

/// Acceptance or rejection of an application (developers' documentation, "Pratiche": the document of the outcome).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutcomeDocument {
    /// Language of the fixed texts.
    #[serde(default)]
    pub language: Language,
    /// The body that decided.
    pub issuer: Issuer,
    /// Registration of this letter, when it is known before the letter is made; otherwise the letter has no number.
    #[serde(default)]
    pub protocol: Option<Protocol>,
    /// Whom the letter goes to.
    pub addressee: Person,
    /// Title of the service.
    pub service: String,
    /// Identifier of the application.
    pub application_id: ApplicationId,
    /// When the application was sent.
    pub submitted_at: RomeTime,
    /// Subject of the letter.
    pub subject: String,
    /// Whether the application was accepted.
    pub accepted: bool,
    /// Why, as the operator wrote it: plain text, empty lines separate paragraphs. May be empty.
    #[serde(default)]
    pub motivation: String,
    /// How and by when the citizen may appeal: plain text. May be empty.
    #[serde(default)]
    pub remedies: String,
    /// Names of the files that go with the letter.
    #[serde(default)]
    pub attachments: Vec<String>,
    /// Who signs.
    pub signature: Signature,
    /// Date of the letter and of the file.
    pub issued_at: RomeTime,
}

/// Number and date under which a document is registered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Protocol {
    /// The number, as the registry writes it.
    pub number: String,
    /// The date of registration.
    pub on: Date,
}

/// The end of a letter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signature {
    /// Where the letter is written: `Bugliano`. May be empty.
    #[serde(default)]
    pub place: String,
    /// Office of the operator: `Ufficio Tributi`.
    pub office: String,
    /// Role: `Il responsabile del procedimento`. May be empty.
    #[serde(default)]
    pub role: String,
    /// Name and surname; may be empty.
    #[serde(default)]
    pub name: String,
    /// What stands in for a signature by hand, in words. May be empty.
    #[serde(default)]
    pub note: String,
}

/// The letter as a PDF.
///
/// # Errors
/// [`PdfError::TooLarge`] when the texts are over 512 KiB; [`PdfError::Typesetting`] is an error of this crate.
pub fn outcome(document: &OutcomeDocument) -> Result<Vec<u8>, PdfError> {
    Sheet {
        template: "outcome.typ",
        data: view(document),
        logo: document.issuer.logo.as_ref(),
        at: document.issued_at,
        identity: format!("outcome {} {}", document.application_id, document.issued_at),
    }
    .typeset()
}

fn view(document: &OutcomeDocument) -> Value {
    let language = document.language;
    let signature = &document.signature;
    let not_empty = |text: &String| !text.trim().is_empty();
    let signers = [&signature.office, &signature.role, &signature.name];
    json!({
        "language": language.code(),
        "issuer": document.issuer.view(),
        "protocol": document.protocol.as_ref().map(|protocol| json!([heading(&protocol.number), date(language, protocol.on)])),
        "addressee": document.addressee.view(),
        "service": heading(&document.service),
        "id": document.application_id.to_string(),
        "submitted": date(language, document.submitted_at.date()),
        "subject": heading(&document.subject),
        "accepted": document.accepted,
        "motivation": paragraphs(&document.motivation),
        "remedies": paragraphs(&document.remedies),
        "attachments": document.attachments.iter().map(|name| body(name)).collect::<Value>(),
        "place": heading(&signature.place),
        "issued": date(language, document.issued_at.date()),
        "signers": signers.into_iter().filter(|line| not_empty(line)).map(|line| heading(line)).collect::<Value>(),
        "note": heading(&signature.note),
    })
}
