//! The columns of `payments_detail`, and where a payment's event has them.

use serde_json::Value;

/// A column.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Where the event has it: a JSON pointer.
    pointer: &'static str,
    /// Its type, as the answer's schema names it.
    pub kind: &'static str,
}

const fn text(name: &'static str, pointer: &'static str) -> Column {
    Column { name, pointer, kind: "STRING" }
}

/// Every column, in the order of `*`.
pub const COLUMNS: [Column; 49] = [
    Column { name: "ID", pointer: "/id", kind: "STRING KEY" },
    text("USER_ID", "/user_id"),
    text("TYPE", "/type"),
    text("TENANT_ID", "/tenant_id"),
    text("SERVICE_ID", "/service_id"),
    text("CREATED_AT", "/created_at"),
    text("UPDATED_AT", "/updated_at"),
    text("STATUS", "/status"),
    text("REASON", "/reason"),
    text("REMOTE_ID", "/remote_id"),
    text("PAYMENT_TRANSACTION_ID", "/payment/transaction_id"),
    text("PAYMENT_PAID_AT", "/payment/paid_at"),
    text("PAYMENT_EXPIRE_AT", "/payment/expire_at"),
    Column { name: "PAYMENT_AMOUNT", pointer: "/payment/amount", kind: "DOUBLE" },
    text("PAYMENT_CURRENCY", "/payment/currency"),
    text("PAYMENT_NOTICE_CODE", "/payment/notice_code"),
    text("PAYMENT_IUD", "/payment/iud"),
    text("PAYMENT_IUV", "/payment/iuv"),
    text("ONLINE_PAYMENT_BEGIN_URL", "/links/online_payment_begin/url"),
    text("ONLINE_PAYMENT_BEGIN_LAST_OPENED_AT", "/links/online_payment_begin/last_opened_at"),
    text("ONLINE_PAYMENT_BEGIN_METHOD", "/links/online_payment_begin/method"),
    text("ONLINE_PAYMENT_LANDING_URL", "/links/online_payment_landing/url"),
    text("ONLINE_PAYMENT_LANDING_LAST_OPENED_AT", "/links/online_payment_landing/last_opened_at"),
    text("ONLINE_PAYMENT_LANDING_METHOD", "/links/online_payment_landing/method"),
    text("OFFLINE_PAYMENT_URL", "/links/offline_payment/url"),
    text("OFFLINE_PAYMENT_LAST_OPENED_AT", "/links/offline_payment/last_opened_at"),
    text("OFFLINE_PAYMENT_METHOD", "/links/offline_payment/method"),
    text("RECEIPT_URL", "/links/receipt/url"),
    text("RECEIPT_LAST_OPENED_AT", "/links/receipt/last_opened_at"),
    text("RECEIPT_METHOD", "/links/receipt/method"),
    text("UPDATE_URL", "/links/update/url"),
    text("UPDATE_LAST_CHECK_AT", "/links/update/last_check_at"),
    text("UPDATE_NEXT_CHECK_AT", "/links/update/next_check_at"),
    text("UPDATE_METHOD", "/links/update/method"),
    text("PAYER_TYPE", "/payer/type"),
    text("PAYER_TAX_IDENTIFICATION_NUMBER", "/payer/tax_identification_number"),
    text("PAYER_NAME", "/payer/name"),
    text("PAYER_FAMILY_NAME", "/payer/family_name"),
    text("PAYER_STREET_NAME", "/payer/street_name"),
    text("PAYER_BUILDING_NUMBER", "/payer/building_number"),
    text("PAYER_POSTAL_CODE", "/payer/postal_code"),
    text("PAYER_TOWN_NAME", "/payer/town_name"),
    text("PAYER_COUNTRY_SUBDIVISION", "/payer/country_subdivision"),
    text("PAYER_COUNTRY", "/payer/country"),
    text("PAYER_EMAIL", "/payer/email"),
    text("EVENT_ID", "/event_id"),
    text("EVENT_VERSION", "/event_version"),
    text("EVENT_CREATED_AT", "/event_created_at"),
    text("APP_ID", "/app_id"),
];

impl Column {
    /// The column of this name, in whatever case.
    pub fn named(name: &str) -> Option<&'static Self> {
        COLUMNS.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// What a payment has in it.
    pub fn of(&self, payment: &Value) -> Value {
        payment.pointer(self.pointer).cloned().unwrap_or_default()
    }
}
