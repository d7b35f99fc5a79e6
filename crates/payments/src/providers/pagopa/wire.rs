//! What travels to pagoPA and back. Requests have the members that the published interfaces name; answers are read for what is needed,
//! and may hold more.

use contracts::payments::{Person, PersonKind};
use kernel::{NoticeNumber, RomeTime, TaxCode, Uuid};
use serde::{Deserialize, Serialize};

use crate::configuration::TenantConfiguration;
use crate::providers::line::Reply;
use crate::providers::{Position, ProviderError};

/// Most notes of a payment's own, and so most items of the budget.
pub const MAX_METADATA: usize = 10;
/// Longest description, name and cause.
const MAX_TEXT: usize = 140;
/// Longest subject of a printed notice.
const MAX_SUBJECT: usize = 90;
/// The denomination of 16.00.
const STAMP_TYPE: &str = "01";
/// Days to pay where nobody says, because pagoPA wants a date.
const DEFAULT_TERM_DAYS: i32 = 365;

/// A debt position to be created.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewDebtPosition<'a> {
    iupd: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    fiscal_code: &'a str,
    full_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    street_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    civic_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postal_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    province: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    switch_to_expired: bool,
    company_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    office_name: Option<&'a str>,
    payment_option: [PaymentOption<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PaymentOption<'a> {
    nav: String,
    iuv: String,
    amount: i64,
    description: String,
    is_partial_payment: bool,
    due_date: String,
    transfer: Vec<Transfer<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    payment_option_metadata: Vec<Metadata<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Transfer<'a> {
    id_transfer: String,
    amount: i64,
    organization_fiscal_code: &'a str,
    remittance_information: String,
    category: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    iban: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stamp: Option<Stamp<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stamp<'a> {
    hash_document: &'a str,
    stamp_type: &'static str,
    provincial_residence: &'a str,
}

#[derive(Serialize)]
struct Metadata<'a> {
    key: &'a str,
    value: String,
}

/// A debt position as it is answered.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DebtPosition {
    iupd: String,
    pub status: Option<String>,
    #[serde(default)]
    payment_option: Vec<KnownOption>,
}

/// A way to pay as it is answered.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownOption {
    nav: Option<String>,
    amount: Option<i64>,
    payment_date: Option<String>,
    pub id_receipt: Option<String>,
}

/// What is to be paid on one page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cart {
    payment_notices: Vec<PaymentNotice>,
    return_urls: ReturnUrls,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_cart: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PaymentNotice {
    notice_number: String,
    fiscal_code: String,
    amount: i64,
    company_name: String,
    description: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReturnUrls {
    return_ok_url: String,
    return_cancel_url: String,
    return_error_url: String,
}

/// A notice to be printed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Print<'a> {
    template_id: &'a str,
    data: PrintData<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PrintData<'a> {
    creditor_institution: Creditor,
    debtor: Debtor<'a>,
    notice: Notice,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Creditor {
    tax_code: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Debtor<'a> {
    tax_code: &'a str,
    full_name: String,
    address: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    building_number: Option<&'a str>,
    postal_code: &'a str,
    city: &'a str,
    province: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notice {
    subject: String,
    code: String,
    payment_amount: i64,
    due_date: String,
}

/// A receipt, for who took the money.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    pub psp_company_name: Option<String>,
}

/// Why pagoPA refused.
#[derive(Deserialize)]
pub struct ProblemJson {
    pub title: Option<String>,
    pub detail: Option<String>,
}

fn refused<T>(what: &str) -> Result<T, ProviderError> {
    Err(ProviderError::Refused(what.to_owned()))
}

/// At most `max` characters of a text.
fn cut(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}

fn said(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn full_name(person: &Person) -> String {
    let names = [person.name.as_deref(), person.family_name.as_deref()];
    cut(&names.into_iter().flatten().collect::<Vec<_>>().join(" "), 70)
}

fn number(position: &Position) -> Result<NoticeNumber, ProviderError> {
    position.notice.map_or_else(|| refused("the notice number is missing"), Ok)
}

fn due_at(position: &Position) -> RomeTime {
    position.expire_at.unwrap_or_else(|| position.created_at.plus_days(DEFAULT_TERM_DAYS)).trunc_to_second()
}

impl<'a> NewDebtPosition<'a> {
    /// The position as pagoPA wants it.
    pub fn of(tenant: &'a TenantConfiguration, position: &'a Position) -> Result<Self, ProviderError> {
        let (number, debtor) = (number(position)?, &position.debtor);
        Ok(Self {
            iupd: &position.iud,
            kind: match debtor.kind {
                PersonKind::Human => "F",
                PersonKind::Legal => "G",
            },
            fiscal_code: &debtor.tax_identification_number,
            full_name: full_name(debtor),
            street_name: said(debtor.street_name.as_deref()),
            civic_number: said(debtor.building_number.as_deref()),
            postal_code: said(debtor.postal_code.as_deref()),
            city: said(debtor.town_name.as_deref()),
            province: said(debtor.country_subdivision.as_deref()),
            country: said(debtor.country.as_deref()),
            switch_to_expired: position.expire_at.is_some(),
            company_name: cut(&tenant.name, MAX_TEXT),
            office_name: tenant.settings.text("office_name"),
            payment_option: [PaymentOption {
                nav: number.to_string(),
                iuv: number.iuv().to_string(),
                amount: position.amount.cents(),
                description: cut(&position.reason, MAX_TEXT),
                is_partial_payment: false,
                due_date: due_at(position).to_utc_string(),
                transfer: transfers(tenant, position)?,
                payment_option_metadata: position
                    .split
                    .iter()
                    .filter_map(|part| Some(Metadata { key: &part.code, value: part.amount?.to_string() }))
                    .collect(),
            }],
        })
    }
}

/// The money's ways: one to whoever receives it, and one for each stamp.
fn transfers<'a>(tenant: &'a TenantConfiguration, position: &'a Position) -> Result<Vec<Transfer<'a>>, ProviderError> {
    let Some(own) = &tenant.tax_code else { return refused("the body's tax code is missing") };
    let mut transfers = Vec::new();
    if position.ordinary().cents() > 0 {
        let receiver = position.receiver.as_ref();
        let own_account = || position.settings.text("iban").or_else(|| tenant.settings.text("iban"));
        let iban = receiver.map_or_else(own_account, |receiver| said(receiver.iban.as_deref()));
        let Some(iban) = iban else { return refused("the account that the money goes to is missing") };
        // The taxonomy of the event is shortened; the configuration's is not.
        let category = position.settings.text("collection_data").or(position.category.as_deref());
        let Some(category) = category else { return refused("the taxonomy is missing") };
        transfers.push(Transfer {
            id_transfer: String::new(),
            amount: position.ordinary().cents(),
            organization_fiscal_code: receiver.map_or(own.as_str(), |receiver| &receiver.tax_identification_number),
            remittance_information: cut(&position.reason, MAX_TEXT),
            category,
            iban: Some(iban),
            stamp: None,
            company_name: receiver.map(|receiver| cut(&receiver.name, MAX_TEXT)),
        });
    }
    for stamp in &position.stamps {
        let category = stamp.category.as_deref().or_else(|| position.settings.text("collection_data"));
        let Some(category) = category else { return refused("the taxonomy of the stamp is missing") };
        transfers.push(Transfer {
            id_transfer: String::new(),
            amount: stamp.amount.cents(),
            organization_fiscal_code: own.as_str(),
            remittance_information: cut(&position.reason, MAX_TEXT),
            category,
            iban: None,
            stamp: Some(Stamp {
                hash_document: &stamp.document_hash,
                stamp_type: STAMP_TYPE,
                provincial_residence: &stamp.province,
            }),
            company_name: None,
        });
    }
    for (index, transfer) in transfers.iter_mut().enumerate() {
        transfer.id_transfer = (index + 1).to_string();
    }
    Ok(transfers)
}

impl DebtPosition {
    /// The position of an answer, if it is the one that was asked for.
    pub fn read(reply: &Reply, position: &Position) -> Result<Self, ProviderError> {
        let read: Self = reply.json()?;
        let number = position.notice.map(|notice| notice.to_string());
        let other = |option: &KnownOption| {
            (number.is_some() && option.nav.is_some() && option.nav != number)
                || option.amount.is_some_and(|amount| amount != position.amount.cents())
        };
        if read.iupd != position.iud || read.payment_option.iter().any(other) {
            return Err(ProviderError::Unclear("the answer is about another position".to_owned()));
        }
        Ok(read)
    }

    /// The only way to pay it.
    pub fn option(&self) -> Option<&KnownOption> {
        self.payment_option.first()
    }
}

impl KnownOption {
    /// When it was paid.
    pub fn paid_at(&self) -> Option<RomeTime> {
        let text = self.payment_date.as_deref()?;
        // pagoPA writes instants with and without an offset; without one they are UTC.
        text.parse().or_else(|_| format!("{text}Z").parse()).ok()
    }

    /// Its notice number.
    pub fn notice(&self) -> Option<NoticeNumber> {
        self.nav.as_deref()?.parse().ok()
    }
}

impl Cart {
    /// A cart with a notice for each position; the payer comes back to `return_url`.
    pub fn of(
        creditor: TaxCode,
        tenant: &TenantConfiguration,
        positions: &[Position],
        return_url: &str,
    ) -> Result<Self, ProviderError> {
        let back = |outcome: &str| format!("{return_url}?status={outcome}");
        let notice = |position: &Position| {
            Ok(PaymentNotice {
                notice_number: number(position)?.to_string(),
                fiscal_code: creditor.to_string(),
                amount: position.amount.cents(),
                company_name: cut(&tenant.name, MAX_TEXT),
                description: cut(&position.reason, MAX_TEXT),
            })
        };
        Ok(Self {
            payment_notices: positions.iter().map(notice).collect::<Result<_, ProviderError>>()?,
            return_urls: ReturnUrls { return_ok_url: back("OK"), return_cancel_url: back("KO"), return_error_url: back("KO") },
            id_cart: None,
        })
    }

    /// The same with an identifier of ours.
    pub fn called(self, id: Uuid) -> Self {
        Self { id_cart: Some(id.to_string()), ..self }
    }
}

impl<'a> Print<'a> {
    /// The notice of a position. pagoPA prints it only with the debtor's whole address.
    pub fn of(creditor: TaxCode, position: &'a Position, template: &'a str) -> Result<Self, ProviderError> {
        let debtor = &position.debtor;
        let address = [&debtor.street_name, &debtor.postal_code, &debtor.town_name, &debtor.country_subdivision];
        let [Some(address), Some(postal_code), Some(city), Some(province)] = address.map(|text| said(text.as_deref())) else {
            return refused("the debtor's address is not complete");
        };
        Ok(Self {
            template_id: template,
            data: PrintData {
                creditor_institution: Creditor { tax_code: creditor.to_string() },
                debtor: Debtor {
                    tax_code: &debtor.tax_identification_number,
                    full_name: full_name(debtor),
                    address,
                    building_number: said(debtor.building_number.as_deref()),
                    postal_code,
                    city,
                    province,
                },
                notice: Notice {
                    subject: cut(&position.reason, MAX_SUBJECT),
                    code: number(position)?.to_string(),
                    payment_amount: position.amount.cents(),
                    due_date: due_at(position).date().strftime("%d/%m/%Y").to_string(),
                },
            },
        })
    }
}
