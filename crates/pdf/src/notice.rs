//! The payment notice of pagoPA ("avviso di pagamento analogico").

use kernel::jiff::civil::Date;
use kernel::{Money, NoticeNumber, RomeTime, TaxCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::text::{amount, body, clipped, short_date};
use crate::typeset::Sheet;
use crate::{Issuer, Language, PdfError, Person, datamatrix, qr};

/// A payment notice, with its blocks in the order that pagoPA fixes ("L'avviso di pagamento analogico nel sistema pagoPA"): heading,
/// creditor, addressee, amount and date, where to pay, one block with QR code for each way to pay, and the postal slip of bodies with a
/// postal account. Texts longer than the fields that pagoPA fixes are cut.
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
    /// The postal account of the body, if it has one: then every way to pay has a slip for the post office too.
    #[serde(default)]
    pub postal: Option<PostalAccount>,
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

/// A postal account, as slips show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostalAccount {
    /// Its number, at most 12 digits.
    pub number: String,
    /// Whose it is, as the contract with the post says.
    pub holder: String,
    /// The permission to print slips, as the post wrote it; may be absent.
    #[serde(default)]
    pub authorisation: Option<String>,
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

/// The longest texts of each field (the same annex).
const NAME: usize = 50;
const SUBJECT: usize = 90;
const INFORMATION: usize = 100;
const DEBTOR: usize = 70;
const ADDRESS: usize = 140;

fn view(document: &NoticeDocument) -> Value {
    let debtor = &document.debtor;
    let who = (debtor.name.as_str(), debtor.tax_id.as_deref().unwrap_or_default());
    let payable = |payable: &Payable| {
        let Payable { notice, amount: owed, due_on } = payable;
        let matrix = document.postal.as_ref().and_then(|account| {
            datamatrix::content(account, *notice, *owed, &document.creditor_tax_code, who, &document.subject)
        });
        json!({
            "code": notice.grouped(),
            "amount": amount(document.language, *owed),
            "due": due_on.map(short_date),
            "qr": qr::svg(&qr::content(*notice, &document.creditor_tax_code, *owed)),
            "datamatrix": matrix.as_deref().map(datamatrix::svg),
        })
    };
    let postal = document.postal.as_ref().map(|account| {
        json!({
            "account": clipped(&account.number, 12),
            "holder": clipped(&account.holder, NAME),
            "authorisation": account.authorisation.as_deref().map(|text| clipped(text, NAME)),
        })
    });
    let issuer = Issuer { name: clipped(&document.creditor.name, NAME), ..document.creditor.clone() };
    json!({
        "language": document.language.code(),
        "issuer": issuer.view(),
        "tax-code": document.creditor_tax_code.to_string(),
        "sector": clipped(&document.sector, NAME),
        "information": body(&clipped(&document.information, INFORMATION)),
        "cbill": document.cbill.as_deref().map(|code| clipped(code, NAME)),
        "postal": postal,
        "subject": clipped(&document.subject, SUBJECT),
        "debtor": {
            "name": body(&clipped(&debtor.name, DEBTOR)),
            "tax-id": debtor.tax_id.as_deref().map(body),
            "address": body(&clipped(&debtor.address.join(", "), ADDRESS)),
        },
        "single": payable(&document.single),
        "instalments": document.instalments.iter().map(payable).collect::<Value>(),
    })
}
