//! What readers forgive, and what they do not.

use contracts::applications::ApplicationV2;
use contracts::payments::{PaymentType, PaymentV2};
use contracts::{Decoded, Event, Version, decode};
use serde_json::{Value, json};

use crate::{compact, sample};

fn edited(path: &str, edit: impl FnOnce(&mut Value)) -> String {
    let mut value = serde_json::from_str(&sample(path)).unwrap();
    edit(&mut value);
    value.to_string()
}

fn payment(edit: impl FnOnce(&mut Value)) -> PaymentV2 {
    serde_json::from_str(&edited("payments/2.0/payment_pending", edit)).unwrap()
}

#[test]
fn members_of_other_vendors_survive() {
    let text = edited("payments/2.0/split_fixed", |event| {
        for pointer in ["", "/payment", "/payment/receiver", "/links", "/payer"] {
            event.pointer_mut(pointer).unwrap()["vendor"] = json!({ "at": pointer, "list": [1, 2.5, null] });
        }
    });
    let event: PaymentV2 = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_value(&event).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
    assert_eq!(event.validate(), []);
}

#[test]
fn kinds_of_payment_of_other_proxies_are_read_so_that_they_can_be_ignored() {
    let event = payment(|event| event["type"] = json!("BANK_TRANSFER"));
    assert_eq!(event.kind, PaymentType::Other("BANK_TRANSFER".into()));
    assert_eq!(serde_json::to_value(&event).unwrap()["type"], "BANK_TRANSFER");
}

#[test]
fn absent_and_null_blocks_are_read_as_empty() {
    let event = payment(|event| {
        event["links"]["cancel"] = Value::Null;
        event["links"]["notify"] = Value::Null;
        event["payment"]["split"] = Value::Null;
        event["links"].as_object_mut().unwrap().remove("confirm");
        event["payment"].as_object_mut().unwrap().remove("type");
        event.as_object_mut().unwrap().remove("debtor");
    });
    assert!(event.links.notify.is_empty() && event.payment.split.is_empty() && event.debtor.is_none());
    let written = serde_json::to_value(&event).unwrap();
    assert_eq!(written["payment"]["split"], json!([]), "always a list");
    assert_eq!(written["links"]["confirm"], json!({ "url": null, "last_opened_at": null, "method": null }));
    assert!(written["payment"].get("type").is_none());
}

#[test]
fn both_names_of_the_receivers_street_are_read() {
    let text = edited("payments/2.0/split_fixed", |event| {
        let receiver = event["payment"]["receiver"].as_object_mut().unwrap();
        let street = receiver.remove("address").unwrap();
        receiver.insert("street_name".into(), street);
    });
    let event: PaymentV2 = serde_json::from_str(&text).unwrap();
    assert_eq!(event.payment.receiver.unwrap().street(), Some("Piazza del Mercato"));
}

#[test]
fn every_spelling_of_the_version_is_read_and_others_are_ignored_even_when_they_cannot_be_read() {
    for spelling in [json!(2), json!(2.0), json!("2.0"), json!("2")] {
        let text = edited("payments/2.0/complete", |event| event["event_version"] = spelling.clone());
        let Decoded::Event(event) = decode::<PaymentV2>(&text).unwrap() else { panic!("{spelling}") };
        assert_eq!(compact(&serde_json::to_string(&event).unwrap()), compact(&sample("payments/2.0/complete")));
    }
    let future = edited("payments/2.0/complete", |event| {
        event["event_version"] = json!("3.0");
        event["payment"] = json!("something else");
    });
    assert_eq!(decode::<PaymentV2>(&future).unwrap(), Decoded::OtherVersion(Version::major(3)));
}

#[test]
fn what_cannot_be_read_is_an_error_and_never_a_panic() {
    for edit in [
        (|event: &mut Value| event["status"] = json!("PAID")) as fn(&mut Value),
        |event| event["payment"]["amount"] = json!(-1),
        |event| event["payment"]["amount"] = json!(1.005),
        |event| event["created_at"] = json!("2025-03-12 09:15"),
        |event| event["payer"] = Value::Null,
        |event| event["links"]["receipt"]["method"] = json!("STEAL"),
        |event| event["event_version"] = Value::Null,
    ] {
        assert!(decode::<PaymentV2>(&edited("payments/2.0/complete", edit)).is_err());
    }
    let whole = sample("payments/2.0/complete");
    for end in (0..whole.len() - 2).filter(|end| whole.is_char_boundary(*end)) {
        assert!(decode::<PaymentV2>(&whole[..end]).is_err());
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(decode::<PaymentV2>(&deep).is_err());
    assert!(decode::<PaymentV2>(&whole.replace("\"payer\": {", &format!("\"vendor\": {deep}, \"payer\": {{"))).is_err());
    // What nobody looks into may nest as it likes; looking into it is an error.
    let text = sample("applications/2/accepted").replace("\"data\": {", &format!("\"data\": {deep}, \"more\": {{"));
    let Decoded::Event(event) = decode::<ApplicationV2>(&text).unwrap() else { panic!("another version") };
    assert!(event.data.read::<Value>().is_err());
}

#[test]
fn an_application_of_an_older_core_is_read() {
    let text = edited("applications/2/older_core", |event| {
        for member in ["authentication", "payment_data", "backoffice_data", "outcome_file"] {
            event[member] = json!([]);
        }
        for member in ["links", "meetings", "compiled_modules", "protocol_numbers"] {
            event.as_object_mut().unwrap().remove(member);
        }
    });
    let event: ApplicationV2 = serde_json::from_str(&text).unwrap();
    assert!(event.authentication.is_none() && event.outcome_file.is_none() && event.links.is_empty());
    assert_eq!(event.payment().unwrap(), None);
    assert_eq!(event.extra.0["source_type"], "http");
    assert_eq!(ApplicationV2::TOPIC, "applications");
}

#[test]
fn a_malformed_payment_does_not_hide_the_application() {
    let text = edited("applications/2/payment_pending", |event| event["payment_data"]["amount"] = json!("molto"));
    let event: ApplicationV2 = serde_json::from_str(&text).unwrap();
    assert!(event.payment().is_err());
}

#[test]
fn the_form_is_kept_as_it_was_written() {
    let data = "{ \"b\" : 1.10, \"a\" : [ ] }";
    let whole = sample("applications/2/payment_pending");
    let start = whole.find("\"data\": {").unwrap() + "\"data\": ".len();
    let end = start + whole[start..].find('}').unwrap() + 1;
    let event: ApplicationV2 = serde_json::from_str(&format!("{}{data}{}", &whole[..start], &whole[end..])).unwrap();
    assert_eq!(event.data.as_str(), data);
    assert!(serde_json::to_string(&event).unwrap().contains(data));
}
