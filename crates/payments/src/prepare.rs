//! What a proxy adds to a payment from its configuration before the provider is asked (developers' documentation, "Step 3" and
//! "Versione 2.0", "Nota importante"): what the event says wins, what it leaves out comes from the configuration. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::Raw;
use contracts::payments::{Document, PaymentType, PaymentV2, Split};
use kernel::Money;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::configuration::{PaymentConfiguration, STAMP_CENTS, StampSetting, TenantConfiguration};
use crate::links::ProxyUrls;
use crate::providers::{Position, Stamp};

/// Longest reason that the event carries.
const MAX_REASON: usize = 140;

/// What the event says of an item of the budget that is a revenue stamp, where something is owed besides: `stamp` is its denomination.
#[derive(Serialize, Deserialize)]
struct StampItem {
    stamp: String,
    collection_data: Option<String>,
}

/// The payment of `event` with what the configuration adds. `payload` is the event as it was read: a revenue stamp is put on it.
///
/// # Errors
/// What makes the payment impossible, for an operator.
pub fn prepare(event: &PaymentV2, payload: &str, configuration: &PaymentConfiguration) -> Result<PaymentV2, String> {
    let mut prepared = event.clone();
    let said = |reason: &Option<String>| reason.clone().filter(|reason| !reason.trim().is_empty());
    let reason = said(&event.reason).or_else(|| said(&event.payment.reason)).or_else(|| said(&configuration.reason));
    let reason = reason.ok_or("/reason: neither the event nor the configuration says what is paid")?;
    prepared.reason = Some(reason.chars().take(MAX_REASON).collect());
    let payment = &mut prepared.payment;
    let term = configuration.expire_in_days.map(|days| event.created_at.plus_days(days));
    payment.expire_at = payment.expire_at.or(term);
    payment.receiver = payment.receiver.take().or_else(|| configuration.receiver.clone());
    payment.due_type = configuration.due_type.clone().or(payment.due_type.take());
    payment.pagopa_category = configuration.category.clone().or(payment.pagopa_category.take());
    payment.iud = payment.iud.take().or_else(|| Some(contracts::payments::iud(event.id)));
    if configuration.ordinary {
        payment.amount = payment.amount.or(configuration.amount);
        payment.split = split(&payment.split, &configuration.split)?;
    } else {
        // The denomination is the configuration's, whatever the event asks for.
        prepared.kind = PaymentType::Stamp;
        payment.kind = Some(PaymentType::Stamp);
        payment.split = Vec::new();
        payment.amount = Some(Money::ZERO);
    }
    if !configuration.stamps.is_empty() {
        let document = payment.document.get_or_insert_with(Document::default);
        document.hash = document.hash.take().or_else(|| Some(STANDARD.encode(Sha256::digest(payload.as_bytes()))));
        add_stamps(payment, &configuration.stamps, configuration.ordinary)?;
    }
    if payment.amount.ok_or("/payment/amount: neither the event nor the configuration says how much")? == Money::ZERO {
        return Err("the amount is zero".to_owned());
    }
    match prepared.validate().first() {
        Some(wrong) => Err(format!("{}: {}", wrong.field, wrong.message)),
        None => Ok(prepared),
    }
}

/// The items of the budget: those of the configuration, with the amounts of the event where it names them. An item whose amount is null
/// in the event is one that this payer is exempt from, and is left out.
fn split(event: &[Split], configured: &[Split]) -> Result<Vec<Split>, String> {
    let named = |code: &str| event.iter().find(|part| part.code == code);
    if configured.is_empty() {
        return Ok(event.iter().filter(|part| part.amount.is_some()).cloned().collect());
    }
    if let Some(unknown) = event.iter().find(|part| !configured.iter().any(|item| item.code == part.code)) {
        return Err(format!("/payment/split: item {} is not configured", unknown.code));
    }
    let parts =
        configured.iter().map(|item| Split { amount: named(&item.code).map_or(item.amount, |part| part.amount), ..item.clone() });
    Ok(parts.filter(|part| part.amount.is_some()).collect())
}

/// Adds the price of the stamps. Where something else is owed they become items of the budget, so that the amount goes on being the sum
/// of its parts.
fn add_stamps(payment: &mut contracts::payments::Payment, stamps: &[StampSetting], ordinary: bool) -> Result<(), String> {
    let price = stamp_price();
    let owed = payment.amount.ok_or("/payment/amount: neither the event nor the configuration says how much")?;
    payment.amount = Some(stamps.iter().map(|_| price).chain([owed]).sum());
    if !ordinary {
        return Ok(());
    }
    if payment.split.is_empty() && owed > Money::ZERO {
        let code = payment.due_type.clone().filter(|code| code.len() <= 50).unwrap_or_else(|| "dovuto".to_owned());
        payment.split.push(Split { code, amount: Some(owed), meta: Raw::empty_object() });
    }
    for (index, stamp) in stamps.iter().enumerate() {
        let item = StampItem { stamp: price.to_string(), collection_data: stamp.category.clone() };
        let meta = Raw::of(&item).map_err(|error| error.to_string())?;
        payment.split.push(Split { code: format!("bollo_{}", index + 1), amount: Some(price), meta });
    }
    Ok(())
}

fn stamp_price() -> Money {
    Money::from_cents(STAMP_CENTS).unwrap_or(Money::ZERO)
}

/// The position of a payment, to be created or already there.
///
/// # Errors
/// What makes it impossible, for an operator.
pub fn position(
    prepared: &PaymentV2,
    notice: Option<kernel::NoticeNumber>,
    configuration: Option<&PaymentConfiguration>,
    tenant: &TenantConfiguration,
    urls: &ProxyUrls,
) -> Result<Position, String> {
    let payment = &prepared.payment;
    let amount = payment.amount.ok_or("the amount is missing")?;
    let stamps = stamps(prepared, amount)?;
    let debtor = prepared.debtor.as_ref().unwrap_or(&prepared.payer).clone();
    let told = payment.notice_code.as_deref().and_then(|notice| notice.parse().ok());
    Ok(Position {
        iud: payment.iud.clone().unwrap_or_else(|| contracts::payments::iud(prepared.id)),
        notice: notice.or(told),
        amount,
        reason: prepared.reason.clone().or_else(|| payment.reason.clone()).unwrap_or_default(),
        created_at: prepared.created_at,
        expire_at: payment.expire_at,
        due_type: payment.due_type.clone(),
        category: payment.pagopa_category.clone(),
        split: payment.split.iter().filter(|part| stamp_item(part).is_none()).cloned().collect(),
        payer: prepared.payer.clone(),
        debtor,
        receiver: payment
            .receiver
            .clone()
            .filter(|receiver| tenant.tax_code.is_none_or(|own| receiver.tax_identification_number != own.as_str())),
        stamps,
        transaction_id: payment.transaction_id.clone(),
        settings: configuration.map(|configuration| configuration.settings.clone()).unwrap_or_default(),
        return_url: urls.landing(prepared.id),
        notify_url: urls.notifications(),
    })
}

/// The revenue stamps of a payment: all of it, or some items of its budget.
fn stamps(prepared: &PaymentV2, amount: Money) -> Result<Vec<Stamp>, String> {
    let payment = &prepared.payment;
    let categories: Vec<Option<String>> = if prepared.kind == PaymentType::Stamp {
        let count = usize::try_from(amount.cents() / STAMP_CENTS).unwrap_or_default();
        vec![payment.pagopa_category.clone(); count.max(1)]
    } else {
        payment.split.iter().filter_map(stamp_item).map(|item| item.collection_data).collect()
    };
    if categories.is_empty() {
        return Ok(Vec::new());
    }
    let hash = payment.document.as_ref().and_then(|document| document.hash.clone()).ok_or("the stamp has no document")?;
    let province = prepared.payer.country_subdivision.clone();
    let province = province.ok_or("the payer's province is missing, which a revenue stamp needs")?;
    let stamp = |category| Stamp { amount: stamp_price(), document_hash: hash.clone(), province: province.clone(), category };
    Ok(categories.into_iter().map(stamp).collect())
}

fn stamp_item(part: &Split) -> Option<StampItem> {
    part.meta.read().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::configuration::Edition;

    fn event(changes: Value) -> PaymentV2 {
        let sample = include_str!("../../contracts/samples/payments/2.0/creation_pending.json");
        let mut event: Value = serde_json::from_str(sample).unwrap();
        for (pointer, value) in changes.as_object().unwrap() {
            *event.pointer_mut(pointer).unwrap() = value.clone();
        }
        serde_json::from_value(event).unwrap()
    }

    fn configuration(changes: Value) -> PaymentConfiguration {
        let mut document = json!({
            "id": "b21c4429-95e4-45d5-930f-44eb74136625", "tenant_id": "60e35f02-1509-408c-b101-3b1a28109329",
            "remote_collection": { "id": "b21c4429-95e4-45d5-930f-44eb74136625", "type": "service" },
            "payment_type": "pagopa", "code": "DIRITTI", "amount": 16.5, "reason": "Diritti di segreteria", "expire_at": 30,
            "collection_data": "9/0101100IM/",
            "receiver": { "tax_identification_number": "00000100016", "name": "Unione dei Comuni della Valle" },
            "split": [
                { "split_id": "c_1", "split_type": "Entrata", "split_amount": "16.00" },
                { "split_id": "c_2", "split_assessment": "2025/115", "split_amount": "0.50" },
            ]
        });
        document.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        PaymentConfiguration::read(document.as_object().unwrap(), Edition::V1).unwrap()
    }

    fn parts(payment: &PaymentV2) -> Vec<(String, String, Value)> {
        let part = |part: &Split| (part.code.clone(), part.amount.unwrap().to_string(), part.meta.read().unwrap());
        payment.payment.split.iter().map(part).collect()
    }

    #[test]
    fn what_the_event_says_wins_over_the_configuration() {
        let said = event(json!({ "/payment/amount": 16.5, "/reason": "Mensa" }));
        let prepared = prepare(&said, "{}", &configuration(json!({}))).unwrap();
        assert_eq!((prepared.reason.as_deref(), prepared.payment.expire_at), (Some("Mensa"), said.payment.expire_at));
        let left_out = event(json!({ "/payment/amount": null, "/reason": null, "/payment/expire_at": null }));
        let prepared = prepare(&left_out, "{}", &configuration(json!({}))).unwrap();
        assert_eq!(prepared.reason.as_deref(), Some("Diritti di segreteria"));
        assert_eq!(prepared.payment.amount.unwrap().cents(), 1650);
        assert_eq!(prepared.payment.expire_at, Some(left_out.created_at.plus_days(30)));
        assert_eq!(prepared.payment.receiver.as_ref().unwrap().name, "Unione dei Comuni della Valle");
        assert_eq!(prepared.payment.due_type.as_deref(), Some("DIRITTI"));
        assert_eq!(prepared.payment.pagopa_category.as_deref(), Some("9/0101100IM/"));
    }

    #[test]
    fn a_fixed_split_is_the_configured_one() {
        let prepared = prepare(&event(json!({ "/payment/amount": 16.5 })), "{}", &configuration(json!({}))).unwrap();
        let expected = [
            ("c_1".to_owned(), "16.00".to_owned(), json!({ "split_type": "Entrata" })),
            ("c_2".to_owned(), "0.50".to_owned(), json!({ "split_assessment": "2025/115" })),
        ];
        assert_eq!(parts(&prepared), expected);
    }

    #[test]
    fn a_variable_split_has_the_amounts_of_the_event_and_drops_null_rows() {
        let rows = json!([{ "code": "c_2", "amount": "2.50", "meta": {} }, { "code": "c_1", "amount": "14.00", "meta": {} }]);
        let said = event(json!({ "/payment/amount": 16.5, "/payment/split": rows }));
        let amounts: Vec<_> =
            parts(&prepare(&said, "{}", &configuration(json!({}))).unwrap()).into_iter().map(|row| row.1).collect();
        assert_eq!(amounts, ["14.00", "2.50"]);
        let rows = json!([{ "code": "c_1", "amount": null, "meta": {} }, { "code": "c_2", "amount": "0.50", "meta": {} }]);
        let said = event(json!({ "/payment/amount": 0.5, "/payment/split": rows }));
        let expected = [("c_2".to_owned(), "0.50".to_owned(), json!({ "split_assessment": "2025/115" }))];
        assert_eq!(parts(&prepare(&said, "{}", &configuration(json!({}))).unwrap()), expected);
    }

    #[test]
    fn an_impossible_payment_says_why() {
        let unknown = json!([{ "code": "c_9", "amount": "1.00", "meta": {} }]);
        for (changes, why) in [
            (json!({ "/payment/amount": 16.5, "/payment/split": unknown }), "c_9"),
            (json!({ "/payment/amount": 20 }), "/payment/split"),
            (json!({ "/payment/amount": 0 }), "zero"),
        ] {
            let error = prepare(&event(changes), "{}", &configuration(json!({}))).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_stamp_has_its_denomination_its_document_and_the_province() {
        let stamp = configuration(json!({ "payment_type": "stamp", "amount": 16, "split": [] }));
        let prepared = prepare(&event(json!({ "/payment/amount": 3 })), "{}", &stamp).unwrap();
        assert_eq!((prepared.kind.clone(), prepared.payment.amount.unwrap().cents()), (PaymentType::Stamp, 1600));
        // SHA-256 of "{}".
        let hash = prepared.payment.document.as_ref().unwrap().hash.as_deref();
        assert_eq!(hash, Some("RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="));
        let tenant =
            json!({ "id": prepared.tenant_id, "name": "Comune di Bugliano", "tax_identification_number": "00337460224" });
        let tenant = TenantConfiguration::read(tenant.as_object().unwrap(), Edition::V2).unwrap();
        let urls = ProxyUrls { external: "https://a".into(), internal: "https://b".into() };
        let bought = position(&prepared, None, None, &tenant, &urls).unwrap();
        let [stamp] = &bought.stamps[..] else { panic!("{:?}", bought.stamps) };
        assert_eq!((bought.ordinary(), stamp.amount.cents()), (Money::ZERO, 1600));
        assert_eq!((stamp.province.as_str(), Some(stamp.document_hash.as_str())), ("PI", hash));
        let mut nowhere = prepared.clone();
        nowhere.payer.country_subdivision = None;
        assert!(position(&nowhere, None, None, &tenant, &urls).unwrap_err().contains("province"));
    }

    #[test]
    fn a_due_with_stamps_is_the_sum_of_both() {
        let stamps = json!({ "payment_type": "pagopa_and_stamp", "stamps": [{ "id": "01", "amount": "16.00", "collection_data": "9/3300.1" }] });
        let tenant = json!({ "id": "60e35f02-1509-408c-b101-3b1a28109329", "name": "Comune di Bugliano" });
        let tenant = TenantConfiguration::read(tenant.as_object().unwrap(), Edition::V1).unwrap();
        let urls = ProxyUrls { external: "https://a".into(), internal: "https://b".into() };
        for (changes, parts) in [(json!({}), 2), (json!({ "split": [] }), 1)] {
            let mut all = stamps.clone();
            all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            let prepared = prepare(&event(json!({ "/payment/amount": 16.5 })), "{}", &configuration(all)).unwrap();
            assert_eq!((prepared.kind.clone(), prepared.payment.amount.unwrap().cents()), (PaymentType::Pagopa, 3250));
            let position = position(&prepared, None, None, &tenant, &urls).unwrap();
            assert_eq!((position.ordinary().cents(), position.split.len(), position.stamps.len()), (1650, parts, 1));
            assert_eq!(position.stamps[0].category.as_deref(), Some("9/3300.1"));
        }
    }

    #[test]
    fn what_neither_says_is_missed() {
        let bare = configuration(json!({ "amount": null, "reason": null, "expire_at": null, "split": [] }));
        let missing = |changes| prepare(&event(changes), "{}", &bare).unwrap_err();
        assert!(missing(json!({ "/payment/amount": null })).starts_with("/payment/amount"));
        assert!(missing(json!({ "/reason": null })).starts_with("/reason"));
        assert_eq!(prepare(&event(json!({ "/payment/expire_at": null })), "{}", &bare).unwrap().payment.expire_at, None);
    }

    proptest! {
        #[test]
        fn a_prepared_payment_always_balances(amount in 0..5_000_i64, first in prop::option::of(0..3_000_i64), second in prop::option::of(0..3_000_i64)) {
            let money = |cents: Option<i64>| cents.map(|cents| Money::from_cents(cents).unwrap().to_string());
            let rows = json!([{ "code": "c_1", "amount": money(first), "meta": {} }, { "code": "c_2", "amount": money(second), "meta": {} }]);
            let said = event(json!({ "/payment/amount": amount as f64 / 100.0, "/payment/split": rows }));
            if let Ok(prepared) = prepare(&said, "{}", &configuration(json!({}))) {
                let sum: Money = prepared.payment.split.iter().filter_map(|part| part.amount).sum();
                prop_assert!(prepared.payment.split.is_empty() || sum == prepared.payment.amount.unwrap() || sum.cents() == 100);
                prop_assert!(prepared.payment.split.iter().all(|part| part.amount.is_some()));
            }
        }
    }
}
