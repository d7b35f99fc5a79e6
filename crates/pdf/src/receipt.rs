//! The receipt of a payment.

use kernel::{Iuv, Money, NoticeNumber, RomeTime, TaxCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::text::{amount, body, heading, moment};
use crate::typeset::Sheet;
use crate::{Issuer, Language, PdfError, Person};

/// A payment that was made (developers' documentation, "Pagamenti": the receipt that the payer downloads).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReceiptDocument {
    /// Language of the fixed texts.
    #[serde(default)]
    pub language: Language,
    /// The body that was paid.
    pub creditor: Issuer,
    /// Tax code of that body.
    pub creditor_tax_code: TaxCode,
    /// Who paid.
    pub payer: Person,
    /// Whose due it was, when not the payer's.
    #[serde(default)]
    pub debtor: Option<Person>,
    /// What was paid.
    pub reason: String,
    /// How much.
    pub amount: Money,
    /// When.
    pub paid_at: RomeTime,
    /// Identifier of the payment.
    pub iuv: Iuv,
    /// Number of the notice, if there was one.
    #[serde(default)]
    pub notice: Option<NoticeNumber>,
    /// Identifier that the payment service provider gave.
    pub transaction_id: String,
    /// Payment service provider.
    #[serde(default)]
    pub provider: Option<String>,
    /// Date of the file.
    pub issued_at: RomeTime,
}

/// The receipt as a PDF.
///
/// # Errors
/// [`PdfError::TooLarge`] when the texts are over 512 KiB; [`PdfError::Typesetting`] is an error of this crate.
pub fn receipt(document: &ReceiptDocument) -> Result<Vec<u8>, PdfError> {
    Sheet {
        template: "receipt.typ",
        data: view(document),
        logo: document.creditor.logo.as_ref(),
        at: document.issued_at,
        identity: format!("receipt {} {}", document.creditor_tax_code, document.iuv),
    }
    .typeset()
}

fn view(document: &ReceiptDocument) -> Value {
    let language = document.language;
    let creditor = format!("{} ({})", document.creditor.name, document.creditor_tax_code);
    let paid_at = moment(language, document.paid_at);
    let mut rows = vec![json!(["at", paid_at]), json!(["payer", body(&document.payer.line())])];
    rows.extend(document.debtor.as_ref().map(|debtor| json!(["debtor", body(&debtor.line())])));
    rows.push(json!(["creditor", body(&creditor)]));
    rows.push(json!(["reason", body(&document.reason)]));
    rows.extend(document.notice.map(|notice| json!(["notice", notice.grouped()])));
    rows.push(json!(["iuv", document.iuv.to_string()]));
    rows.push(json!(["transaction", body(&document.transaction_id)]));
    rows.extend(document.provider.as_deref().map(|provider| json!(["provider", body(provider)])));
    json!({
        "language": language.code(),
        "issuer": document.creditor.view(),
        "reason": heading(&document.reason),
        "iuv": document.iuv.to_string(),
        "amount": amount(language, document.amount),
        "rows": rows,
    })
}
