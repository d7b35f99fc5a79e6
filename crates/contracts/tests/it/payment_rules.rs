//! Every rule of the payment event 2.0, broken one at a time.

use contracts::payments::PaymentV2;
use serde_json::{Value, json};

use crate::sample;

/// The fields and codes that are wrong once the member at `pointer` of the sample is `value`.
fn broken(path: &str, pointer: &str, value: Value) -> Vec<(String, String)> {
    let mut event: Value = serde_json::from_str(&sample(path)).unwrap();
    *event.pointer_mut(pointer).unwrap_or_else(|| panic!("{path} has no {pointer}")) = value;
    let event: PaymentV2 = serde_json::from_value(event).unwrap_or_else(|error| panic!("{pointer}: {error}"));
    event.validate().into_iter().map(|error| (error.field, error.code)).collect()
}

#[test]
fn every_rule_names_the_member_that_breaks_it() {
    let text = |len: usize| json!("x".repeat(len));
    for (path, pointer, value, code) in [
        ("split_fixed", "/type", text(51), "max_length"),
        ("split_fixed", "/type", json!(""), "required"),
        ("split_fixed", "/reason", text(141), "max_length"),
        ("split_fixed", "/payment/type", json!("BOLLO"), "enum"),
        ("split_fixed", "/payment/transaction_id", text(256), "max_length"),
        ("split_fixed", "/payment/currency", json!("euro"), "pattern"),
        ("split_fixed", "/payment/notice_code", text(51), "max_length"),
        ("split_fixed", "/payment/iud", text(51), "max_length"),
        ("split_fixed", "/payment/iuv", text(51), "max_length"),
        ("split_fixed", "/payment/due_type", text(257), "max_length"),
        ("split_fixed", "/payment/pagopa_category", text(13), "max_length"),
        ("split_fixed", "/payment/receiver/tax_identification_number", json!(""), "required"),
        ("split_fixed", "/payment/receiver/name", json!(" "), "required"),
        ("split_fixed", "/payment/receiver/iban", json!("IT61X0542811101000000123456"), "pattern"),
        ("split_fixed", "/payment/receiver/address", text(256), "max_length"),
        ("split_fixed", "/payment/receiver/country_subdivision", json!("PISA"), "pattern"),
        ("split_fixed", "/payment/split/0/code", text(51), "max_length"),
        ("stamp", "/payment/document/hash", Value::Null, "required"),
        ("stamp", "/payment/document/ref", json!("file:///etc/passwd"), "pattern"),
        ("stamp", "/links/receipt/url", json!("javascript:alert(1)"), "pattern"),
        ("stamp", "/links/notify/0/url", json!(""), "required"),
        ("stamp", "/links/notify/0/method", json!("DELETE"), "enum"),
        ("stamp", "/links/update/method", json!("PATCH"), "enum"),
        ("stamp", "/payer/tax_identification_number", json!(""), "required"),
        ("stamp", "/payer/name", Value::Null, "required"),
        ("stamp", "/payer/email", text(256), "max_length"),
        ("stamp", "/payer/country", json!("Italia"), "pattern"),
        ("stamp", "/debtor/family_name", text(256), "max_length"),
        ("stamp", "/app_id", json!("proxy"), "pattern"),
    ] {
        assert_eq!(broken(&format!("payments/2.0/{path}"), pointer, value), [(pointer.to_owned(), code.to_owned())], "{pointer}");
    }
}

#[test]
fn texts_are_measured_in_characters() {
    assert_eq!(broken("payments/2.0/stamp", "/reason", json!("è".repeat(140))), []);
    assert_eq!(broken("payments/2.0/stamp", "/reason", json!("è".repeat(141))).len(), 1);
}

#[test]
fn members_that_the_configuration_completes_may_be_absent() {
    for pointer in ["/reason", "/payment/amount", "/payment/expire_at", "/payment/receiver"] {
        assert_eq!(broken("payments/2.0/split_fixed", pointer, Value::Null), [], "{pointer}");
    }
    assert_eq!(broken("payments/2.0/split_fixed", "/payer/country_subdivision", json!("")), []);
}

#[test]
fn parts_sum_up_to_the_amount_and_shares_to_one() {
    let split = |amounts: &[Value]| {
        let parts: Vec<Value> = amounts.iter().map(|amount| json!({ "code": "c", "amount": amount, "meta": {} })).collect();
        broken("payments/2.0/split_fixed", "/payment/split", json!(parts))
    };
    let wrong = [("/payment/split".to_owned(), "sum".to_owned())];
    assert_eq!(split(&[]), []);
    assert_eq!(split(&[json!("16.00"), json!("0.50")]), []);
    assert_eq!(split(&[json!(16), json!(0.5)]), [], "numbers are read too");
    assert_eq!(split(&[json!("16.50"), Value::Null]), [], "an item without amount does not count");
    assert_eq!(split(&[json!("0.75"), json!("0.25")]), [], "shares");
    assert_eq!(split(&[json!("16.00")]), wrong);
    assert_eq!(split(&[json!("16.00"), json!("0.51")]), wrong);
    assert_eq!(split(&[Value::Null]), wrong);
}
