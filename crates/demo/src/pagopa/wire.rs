//! What travels between a body and pagoPA, member by member as the published interfaces have it.

use kernel::RomeTime;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::psp::positions::{Position, Status};

use super::PSP;

/// A debt position to be created (`PaymentPositionModel`).
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewDebtPosition {
    pub iupd: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub fiscal_code: String,
    pub full_name: String,
    pub street_name: Option<String>,
    pub civic_number: Option<String>,
    pub postal_code: Option<String>,
    pub city: Option<String>,
    pub province: Option<String>,
    pub region: Option<String>,
    pub country: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub switch_to_expired: bool,
    pub company_name: String,
    pub office_name: Option<String>,
    pub validity_date: Option<String>,
    pub payment_option: Vec<PaymentOption>,
}

/// A way to pay it (`PaymentOptionModel`).
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PaymentOption {
    pub nav: Option<String>,
    pub iuv: String,
    pub amount: i64,
    pub description: String,
    pub is_partial_payment: bool,
    pub due_date: String,
    pub retention_date: Option<String>,
    pub fee: Option<i64>,
    pub transfer: Vec<Transfer>,
    #[serde(default)]
    pub payment_option_metadata: Vec<Metadata>,
}

/// A part that goes to one account (`TransferModel`).
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Transfer {
    pub id_transfer: String,
    pub amount: i64,
    pub organization_fiscal_code: Option<String>,
    pub remittance_information: String,
    pub category: String,
    pub iban: Option<String>,
    pub postal_iban: Option<String>,
    pub stamp: Option<Stamp>,
    pub company_name: Option<String>,
    #[serde(default)]
    pub transfer_metadata: Vec<Metadata>,
}

/// A revenue stamp (`Stamp`).
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Stamp {
    pub hash_document: String,
    pub stamp_type: String,
    pub provincial_residence: String,
}

/// A note of the body's own.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Metadata {
    pub key: String,
    pub value: Option<String>,
}

/// What is to be paid on one page (`CartRequest`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Cart {
    pub email_notice: Option<String>,
    pub payment_notices: Vec<PaymentNotice>,
    pub return_urls: ReturnUrls,
    pub id_cart: Option<String>,
    #[serde(rename = "allCCP")]
    pub all_ccp: Option<bool>,
}

/// A notice in a cart.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PaymentNotice {
    pub notice_number: String,
    pub fiscal_code: String,
    pub amount: i64,
    pub company_name: Option<String>,
    pub description: Option<String>,
}

/// Where the payer goes afterwards.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReturnUrls {
    pub return_ok_url: String,
    pub return_cancel_url: String,
    pub return_error_url: String,
}

/// A notice to be printed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PrintRequest {
    pub template_id: String,
    pub data: PrintData,
}

/// What stands on a notice.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PrintData {
    pub creditor_institution: Creditor,
    pub debtor: Debtor,
    pub notice: Notice,
}

/// Whose notice it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Creditor {
    pub tax_code: String,
}

/// Who owes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Debtor {
    pub tax_code: String,
    pub full_name: String,
    pub address: String,
    pub building_number: Option<String>,
    pub postal_code: String,
    pub city: String,
    pub province: String,
}

/// What is owed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Notice {
    pub subject: String,
    pub code: String,
    pub payment_amount: i64,
    pub due_date: String,
}

/// An instant, which pagoPA writes with or without an offset.
pub(super) fn instant(text: &str) -> Option<RomeTime> {
    text.parse().or_else(|_| format!("{text}Z").parse()).ok()
}

/// A position as pagoPA has it (`PaymentPositionModelBaseResponse`).
pub(super) fn answer(position: &Position, now: RomeTime) -> Value {
    let standing = position.standing(now);
    // What was paid and is not final yet is still payable: pagoPA learns of it by the receipt.
    let status = match standing {
        Status::Open | Status::Processing => "VALID",
        Status::Paid => "PAID",
        Status::Expired => "EXPIRED",
        Status::Withdrawn => "INVALID",
    };
    let paid = standing == Status::Paid;
    let paid_at = position.settles_at.filter(|_| paid).map(RomeTime::to_utc_string);
    let details: Value = position.details.as_deref().and_then(|details| serde_json::from_str(details).ok()).unwrap_or_default();
    let option = &details["position"]["paymentOption"][0];
    json!({
        "iupd": position.iud, "organizationFiscalCode": position.creditor, "type": details["position"]["type"],
        "companyName": position.creditor_name, "insertedDate": position.created_at.to_utc_string(), "status": status,
        "paymentDate": paid_at,
        "paymentOption": [{
            "nav": position.notice_number, "iuv": option["iuv"], "organizationFiscalCode": position.creditor,
            "amount": position.amount.cents(), "description": position.reason, "isPartialPayment": false, "dueDate": option["dueDate"],
            "paymentDate": paid_at, "pspCompany": paid.then_some(PSP),
            "idReceipt": position.transaction_id.as_ref().filter(|_| paid), "status": if paid { "PO_PAID" } else { "PO_UNPAID" },
            "transfer": option["transfer"],
        }],
    })
}

/// The receipt of a payment.
pub(super) fn receipt(position: &Position) -> Value {
    let euros = position.amount.to_string();
    json!({
        "receiptId": position.transaction_id, "noticeNumber": position.notice_number, "fiscalCode": position.creditor, "outcome": "OK",
        "creditorReferenceId": position.notice_number.as_ref().map(|notice| &notice[1..]), "paymentAmount": euros,
        "description": position.reason, "companyName": position.creditor_name, "pspCompanyName": PSP, "idPSP": "PROVAIT1",
        "paymentDateTime": position.settles_at.map(RomeTime::to_utc_string), "paymentMethod": "creditCard",
    })
}

/// A PDF of one blank page that names the notice.
pub(super) fn pdf(request: &PrintRequest) -> String {
    format!(
        "%PDF-1.4\n% avviso {}\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
         3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
        request.data.notice.code
    )
}
