//! What pagoPA refuses. Each check gives the first thing that is wrong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{FiscalCode, Iban, NoticeNumber, RomeTime, TaxCode};

use super::is_past;
use super::wire::{Cart, NewDebtPosition, PaymentOption, PrintRequest, Transfer, instant};

type Wrong = Option<String>;

/// The first of the texts whose condition holds.
fn first(checks: &[(bool, &str)]) -> Wrong {
    checks.iter().find(|(wrong, _)| *wrong).map(|(_, what)| (*what).to_owned())
}

fn is_short(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.chars().count())
}

fn is_person(code: &str) -> bool {
    code.parse::<FiscalCode>().is_ok() || code.parse::<TaxCode>().is_ok()
}

/// `<kind of accounting>/<code>`.
fn is_category(code: &str) -> bool {
    let mut bytes = code.bytes();
    bytes.next().is_some_and(|kind| matches!(kind, b'0' | b'1' | b'2' | b'9'))
        && bytes.next() == Some(b'/')
        && (3..=138).contains(&bytes.len())
        && !code.contains(char::is_whitespace)
}

/// What is wrong with a new position.
pub(super) fn check(cf: &str, new: &NewDebtPosition, now: RomeTime) -> Wrong {
    let [option] = &new.payment_option[..] else { return Some("paymentOption: one is taken".to_owned()) };
    let upper =
        |text: &Option<String>| text.as_ref().is_none_or(|text| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()));
    first(&[
        (cf.parse::<TaxCode>().is_err(), "organizationfiscalcode"),
        (!is_short(&new.iupd, 50), "iupd"),
        (!matches!(new.kind.as_str(), "F" | "G"), "type"),
        (!is_person(&new.fiscal_code), "fiscalCode"),
        (!is_short(&new.full_name, 70), "fullName"),
        (!is_short(&new.company_name, 140), "companyName"),
        (new.office_name.as_ref().is_some_and(|name| !is_short(name, 140)), "officeName"),
        (!upper(&new.country) || !upper(&new.province), "country, province"),
        (new.validity_date.is_some(), "validityDate: not with toPublish"),
    ])
    .or_else(|| check_option(option, now))
}

fn check_option(option: &PaymentOption, now: RomeTime) -> Wrong {
    let number = option.nav.as_deref().and_then(|nav| nav.parse::<NoticeNumber>().ok());
    let sum: i64 = option.transfer.iter().map(|transfer| transfer.amount).sum();
    let mut ids: Vec<&str> = option.transfer.iter().map(|transfer| transfer.id_transfer.as_str()).collect();
    ids.dedup();
    first(&[
        (number.is_none_or(|number| number.iuv().to_string() != option.iuv), "nav, iuv"),
        (option.amount <= 0, "amount"),
        (!is_short(&option.description, 140), "description"),
        (option.is_partial_payment, "isPartialPayment: only one option is taken"),
        (is_past(instant(&option.due_date), now), "dueDate"),
        (option.retention_date.is_some() || option.fee.is_some(), "retentionDate, fee"),
        (!(1..=5).contains(&option.transfer.len()) || ids.len() != option.transfer.len(), "transfer"),
        (sum != option.amount, "transfer: the sum is not the amount"),
        (option.payment_option_metadata.len() > 10, "paymentOptionMetadata"),
    ])
    .or_else(|| option.transfer.iter().find_map(check_transfer))
}

fn check_transfer(transfer: &Transfer) -> Wrong {
    let stamp_is_wrong = transfer.stamp.as_ref().is_some_and(|stamp| {
        let hash = STANDARD.decode(&stamp.hash_document).map_or(0, |hash| hash.len());
        let province = &stamp.provincial_residence;
        hash != 32
            || stamp.stamp_type != "01"
            || province.len() != 2
            || !province.bytes().all(|byte| byte.is_ascii_uppercase())
            || transfer.amount != 1600
    });
    first(&[
        (!matches!(transfer.id_transfer.as_str(), "1" | "2" | "3" | "4" | "5"), "idTransfer"),
        (transfer.amount <= 0, "transfer.amount"),
        (!is_short(&transfer.remittance_information, 140), "remittanceInformation"),
        (!is_category(&transfer.category), "category"),
        (transfer.iban.is_some() == transfer.stamp.is_some(), "iban, stamp: one of the two"),
        (transfer.iban.as_ref().is_some_and(|iban| iban.parse::<Iban>().is_err()), "iban"),
        (transfer.postal_iban.is_some() && transfer.iban.is_none(), "postalIban"),
        (stamp_is_wrong, "stamp"),
        (
            transfer.organization_fiscal_code.as_ref().is_some_and(|code| code.parse::<TaxCode>().is_err()),
            "organizationFiscalCode",
        ),
        (transfer.company_name.as_ref().is_some_and(|name| !is_short(name, 140)), "companyName"),
        (transfer.transfer_metadata.len() > 10, "transferMetadata"),
    ])
}

/// What is wrong with a cart.
pub(super) fn check_cart(cart: &Cart) -> Wrong {
    let urls = &cart.return_urls;
    let is_web = |url: &String| url.starts_with("https://") || url.starts_with("http://");
    let notice_is_wrong = |notice: &super::wire::PaymentNotice| {
        notice.notice_number.parse::<NoticeNumber>().is_err()
            || notice.fiscal_code.parse::<TaxCode>().is_err()
            || notice.amount < 1
            || [&notice.company_name, &notice.description].into_iter().flatten().any(|text| text.chars().count() > 140)
    };
    let mut numbers: Vec<_> = cart.payment_notices.iter().map(|notice| (&notice.fiscal_code, &notice.notice_number)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    first(&[
        (!(1..=5).contains(&cart.payment_notices.len()), "paymentNotices"),
        (numbers.len() != cart.payment_notices.len(), "paymentNotices: a notice twice"),
        (cart.payment_notices.iter().any(notice_is_wrong), "paymentNotices: a notice"),
        (![&urls.return_ok_url, &urls.return_cancel_url, &urls.return_error_url].into_iter().all(is_web), "returnUrls"),
        (cart.email_notice.as_ref().is_some_and(|email| !email.contains('@')), "emailNotice"),
        (cart.id_cart.as_ref().is_some_and(String::is_empty) || cart.all_ccp == Some(true), "idCart, allCCP"),
    ])
}

/// What is wrong with a notice to be printed.
pub(super) fn check_print(request: &PrintRequest, template: &str) -> Wrong {
    let data = &request.data;
    let debtor = &data.debtor;
    let texts = [&debtor.full_name, &debtor.address, &debtor.postal_code, &debtor.city];
    first(&[
        (request.template_id != template, "templateId"),
        (data.creditor_institution.tax_code.parse::<TaxCode>().is_err(), "creditorInstitution.taxCode"),
        (!is_person(&debtor.tax_code) || texts.into_iter().any(String::is_empty) || debtor.province.len() != 2, "debtor"),
        (debtor.building_number.as_ref().is_some_and(String::is_empty), "debtor.buildingNumber"),
        (!is_short(&data.notice.subject, 90), "notice.subject"),
        (data.notice.code.parse::<NoticeNumber>().is_err(), "notice.code"),
        (data.notice.payment_amount < 1, "notice.paymentAmount"),
        (data.notice.due_date.len() != 10 || !data.notice.due_date.is_char_boundary(2), "notice.dueDate"),
    ])
}
