//! Notice and receipt of a payment, as PDF.

use contracts::payments::{Person, PersonKind};
use kernel::{NoticeNumber, TaxCode};
use pdf::{Issuer, Language, NoticeDocument, Payable, PdfError, PostalAccount, ReceiptDocument};

use crate::configuration::TenantConfiguration;
use crate::errors::Error;
use crate::providers::Paper;
use crate::proxy::{Case, Proxy};
use crate::store::home::Followed;

/// The notice of a payment to be made: the provider's, or typeset here.
///
/// # Errors
/// [`Error::NoDocument`] when the payment has no notice number of pagoPA or no amount; [`Error::Provider`].
pub async fn notice(proxy: &Proxy, case: Case) -> Result<Vec<u8>, Error> {
    let Case { followed, tenant, position } = case;
    if let Paper::Pdf(bytes) = proxy.ask(proxy.provider().notice(&tenant, &position)).await? {
        return Ok(bytes);
    }
    let payment = &followed.payment;
    let number = notice_number(&followed).ok_or(Error::NoDocument)?;
    let (creditor, creditor_tax_code) = creditor(&followed, &tenant)?;
    let setting = |name: &str| tenant.settings.text(name).map(str::to_owned);
    let document = NoticeDocument {
        language: Language::It,
        creditor,
        creditor_tax_code,
        sector: setting("office_name").unwrap_or_default(),
        information: setting("notice_information").unwrap_or_default(),
        cbill: setting("cbill"),
        postal: setting("postal_account").map(|number| PostalAccount {
            holder: setting("postal_holder").unwrap_or_else(|| tenant.name.clone()),
            authorisation: setting("postal_authorisation"),
            number,
        }),
        subject: payment.reason.clone().unwrap_or_default(),
        debtor: printed(payment.debtor.as_ref().unwrap_or(&payment.payer)),
        single: Payable {
            notice: number,
            amount: payment.payment.amount.ok_or(Error::NoDocument)?,
            due_on: payment.payment.expire_at.map(|at| at.date()),
        },
        instalments: Vec::new(),
        issued_at: payment.created_at,
    };
    typeset(move || pdf::notice(&document)).await
}

/// The receipt of a payment that was made: the provider's, or typeset here.
///
/// # Errors
/// [`Error::NoDocument`] when the payment has no number of pagoPA or no amount; [`Error::Provider`].
pub async fn receipt(proxy: &Proxy, case: Case) -> Result<Vec<u8>, Error> {
    let Case { followed, tenant, position } = case;
    let taken_by = match proxy.ask(proxy.provider().receipt(&tenant, &position)).await? {
        Paper::Pdf(bytes) => return Ok(bytes),
        Paper::Ours { taken_by } => taken_by,
    };
    let payment = &followed.payment;
    let number = notice_number(&followed);
    let iuv = payment.payment.iuv.as_deref().and_then(|iuv| iuv.parse().ok()).or(number.map(NoticeNumber::iuv));
    let (creditor, creditor_tax_code) = creditor(&followed, &tenant)?;
    let document = ReceiptDocument {
        language: Language::It,
        creditor,
        creditor_tax_code,
        payer: printed(&payment.payer),
        debtor: payment.debtor.as_ref().filter(|debtor| **debtor != payment.payer).map(printed),
        reason: payment.reason.clone().unwrap_or_default(),
        amount: payment.payment.amount.ok_or(Error::NoDocument)?,
        // A provider that does not tell when: when we learnt of it.
        paid_at: payment.payment.paid_at.unwrap_or(payment.updated_at),
        iuv: iuv.ok_or(Error::NoDocument)?,
        notice: number,
        transaction_id: payment.payment.transaction_id.clone().unwrap_or_default(),
        provider: taken_by,
        issued_at: payment.payment.paid_at.unwrap_or(payment.updated_at),
    };
    typeset(move || pdf::receipt(&document)).await
}

async fn typeset(work: impl FnOnce() -> Result<Vec<u8>, PdfError> + Send + 'static) -> Result<Vec<u8>, Error> {
    pdf::press(work).await.map_err(|error| Error::Defect(error.to_string()))
}

fn notice_number(followed: &Followed) -> Option<NoticeNumber> {
    followed.payment.payment.notice_code.as_deref().and_then(|code| code.parse().ok()).or(followed.notice)
}

/// The body whose notice it is: always the tenant, in whose name the number was given, even if the money goes to another.
fn creditor(followed: &Followed, tenant: &TenantConfiguration) -> Result<(Issuer, TaxCode), Error> {
    let tax_code = followed.creditor.or(tenant.tax_code).ok_or(Error::NoDocument)?;
    let contacts = vec![format!("Codice fiscale {tax_code}")];
    Ok((Issuer { name: tenant.name.clone(), contacts, logo: None }, tax_code))
}

/// A payer or debtor as it is printed.
fn printed(person: &Person) -> pdf::Person {
    let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let join = |parts: &[Option<String>]| parts.iter().flatten().cloned().collect::<Vec<_>>().join(" ");
    let name = match person.kind {
        PersonKind::Human => join(&[said(&person.name), said(&person.family_name)]),
        PersonKind::Legal => join(&[said(&person.name)]),
    };
    let province = said(&person.country_subdivision).map(|province| format!("({province})"));
    let lines = [
        join(&[said(&person.street_name), said(&person.building_number)]),
        join(&[said(&person.postal_code), said(&person.town_name), province]),
    ];
    let address = lines.into_iter().filter(|line| !line.is_empty()).collect();
    pdf::Person { name, tax_id: Some(person.tax_identification_number.clone()), address }
}
