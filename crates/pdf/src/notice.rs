//! The payment notice of pagoPA ("avviso di pagamento analogico").

use kernel::jiff::civil::Date;
use kernel::{Money, NoticeNumber, RomeTime, TaxCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::text::{amount, body, heading, short_date};
use crate::typeset::Sheet;
use crate::{Issuer, Language, PdfError, Person, qr};

/// A payment notice, with its blocks in the order that pagoPA fixes ("L'avviso di pagamento analogico nel sistema pagoPA"): heading,
/// creditor, addressee, amount and date, where to pay, one block with QR code for each way to pay. Without the postal slip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoticeDocument {
    /// Language of the fixed texts.
    #[serde(default)]
    pub language: Language,
    /// The body that is paid.
    pub creditor: Issuer,
    /// Tax code of that body.
    pub creditor_tax_code: TaxCode,
    /// Office or sector of the body; may be empty.
    #[serde(default)]
    pub sector: String,
    /// How to ask the body for information; may be empty.
    #[serde(default)]
    pub information: String,
    /// Interbank code CBILL of the body.
    #[serde(default)]
    pub cbill: Option<String>,
    /// What is paid.
    pub subject: String,
    /// Who has to pay.
    pub debtor: Person,
    /// Payment of the whole at once.
    pub single: Payable,
    /// Payment in instalments, in order; empty when that is not possible.
    #[serde(default)]
    pub instalments: Vec<Payable>,
    /// Date of the file.
    pub issued_at: RomeTime,
}

/// Something that can be paid by a notice number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payable {
    /// The number that the payer types.
    pub notice: NoticeNumber,
    /// How much.
    pub amount: Money,
    /// By when, if there is a limit.
    #[serde(default)]
    pub due_on: Option<Date>,
}

/// The notice as a PDF.
///
/// # Errors
/// [`PdfError::TooLarge`] when the texts are over 512 KiB; [`PdfError::Typesetting`] is an error of this crate.
pub fn notice(document: &NoticeDocument) -> Result<Vec<u8>, PdfError> {
    Sheet {
        template: "notice.typ",
        data: view(document),
        logo: document.creditor.logo.as_ref(),
        at: document.issued_at,
        identity: format!("notice {} {}", document.creditor_tax_code, document.single.notice),
    }
    .typeset()
}

fn view(document: &NoticeDocument) -> Value {
    let payable = |payable: &Payable| {
        json!({
            "code": payable.notice.grouped(),
            "amount": amount(document.language, payable.amount),
            "due": payable.due_on.map(short_date),
            "qr": qr::svg(&qr::content(payable.notice, &document.creditor_tax_code, payable.amount)),
        })
    };
    json!({
        "language": document.language.code(),
        "issuer": document.creditor.view(),
        "tax-code": document.creditor_tax_code.to_string(),
        "sector": heading(&document.sector),
        "information": body(&document.information),
        "cbill": document.cbill.as_deref().map(heading),
        "subject": heading(&document.subject),
        "debtor": document.debtor.view(),
        "single": payable(&document.single),
        "instalments": document.instalments.iter().map(payable).collect::<Value>(),
    })
}
