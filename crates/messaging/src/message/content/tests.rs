use proptest::prelude::*;
use serde_json::json;

use super::*;

fn body() -> Value {
    json!({ "content": { "subject": "Un oggetto valido", "markdown": "m".repeat(80) } })
}

/// The body with the member at `path` (a JSON Pointer below `content`) set.
fn with(name: &str, value: Value) -> Value {
    let mut body = body();
    body["content"][name] = value;
    body
}

fn is_read(body: &Value) -> bool {
    NewMessage::read(body).is_ok()
}

#[test]
fn k1_a_message_without_anything_else_is_informative_with_the_published_defaults() {
    let message = NewMessage::read(&body()).unwrap();
    assert_eq!(
        (message.time_to_live, message.feature_level_type, message.content.kind()),
        (3_600, FeatureLevel::Standard, Kind::Informative)
    );
    assert_eq!(serde_json::to_value(&message.content).unwrap(), body()["content"]);
}

#[test]
fn k2_a_due_date_makes_it_a_deadline() {
    let message = NewMessage::read(&with("due_date", json!("2018-10-13T00:00:00"))).unwrap();
    assert_eq!(message.content.kind(), Kind::Deadline);
    assert_eq!(serde_json::to_value(&message.content).unwrap()["due_date"], "2018-10-13T00:00:00.000Z");
}

#[test]
fn k3_a_payment_needs_notice_number_and_amount() {
    let payment = json!({ "amount": 1, "notice_number": "302000100440009424" });
    let mut message = NewMessage::read(&with("payment_data", payment)).unwrap();
    assert_eq!(message.content.kind(), Kind::Payment);
    message.content.fill_payee("00337460224");
    let written = serde_json::to_value(&message.content).unwrap();
    assert_eq!(written["payment_data"]["invalid_after_due_date"], false);
    assert_eq!(written["payment_data"]["payee"]["fiscal_code"], "00337460224");
    assert_eq!(message.content.rpt_id().unwrap(), "00337460224302000100440009424");
    for wrong in [json!({ "amount": 1 }), json!({ "notice_number": "302000100440009424" }), json!(null), json!([])] {
        assert!(!is_read(&with("payment_data", wrong.clone())), "{wrong}");
    }
}

#[test]
fn k5_k7_third_party_data_has_its_defaults_and_its_alias() {
    let message = NewMessage::read(&with("third_party_data", json!({ "id": "x", "has_precondition": "NONE" }))).unwrap();
    let third = message.content.third_party_data.unwrap();
    assert_eq!(
        (third.has_attachments, third.has_remote_content, third.has_precondition),
        (false, false, Some(Precondition::Never))
    );
    for wrong in [
        json!({ "id": "" }),
        json!({ "id": "x", "has_precondition": true }),
        json!({ "id": "x", "configuration_id": "DFE12CC534E649CD8D63BF1BAA547029" }),
        json!({ "id": "x", "has_attachments": "yes" }),
        json!({ "id": "x", "original_receipt_date": "yesterday" }),
        json!({ "id": "x", "summary": "" }),
    ] {
        assert!(!is_read(&with("third_party_data", wrong.clone())), "{wrong}");
    }
}

#[test]
fn k8_legal_prescription_and_certificate_are_judged() {
    for (name, right, wrong) in [
        (
            "prescription_data",
            json!({ "nre": "1".repeat(15), "iup": "1", "prescriber_fiscal_code": "AAAAAA00A00A000A" }),
            json!({ "nre": "1" }),
        ),
        ("prescription_data", json!({ "nre": "1".repeat(15) }), json!({ "nre": "1".repeat(15), "iup": "1".repeat(17) })),
        (
            "legal_data",
            json!({ "sender_mail_from": "a@pec.it", "has_attachment": true, "message_unique_id": "1" }),
            json!({ "sender_mail_from": "a" }),
        ),
        ("eu_covid_cert", json!({ "auth_code": "x" }), json!({ "auth_code": "" })),
    ] {
        assert!(is_read(&with(name, right)), "{name}");
        assert!(!is_read(&with(name, wrong)), "{name}");
    }
}

#[test]
fn every_wrong_member_is_told_at_once_and_unknown_ones_are_passed_over() {
    let complaints =
        NewMessage::read(&json!({ "time_to_live": 1, "fiscal_code": "x", "extra": 1, "content": { "subject": "invalid" } }))
            .unwrap_err();
    assert_eq!(complaints.lines().count(), 4, "{complaints}");
    assert!(complaints.contains("value \"invalid\" at root.content.subject is not a valid [string of length >= 10 and < 121]"));
    let mut body = body();
    body["unknown"] = json!({ "any": ["thing"] });
    body["default_addresses"] = json!({ "email": "mario@example.it" });
    assert!(is_read(&body));
    body["default_addresses"] = json!({ "email": "mario@localhost" });
    assert!(!is_read(&body));
    for wrong in [json!(null), json!([]), json!("x"), json!({}), json!({ "content": null })] {
        assert!(!is_read(&wrong), "{wrong}");
    }
}

#[test]
fn limits_are_in_utf16_units() {
    // 🏛 is one character and two units.
    let emoji = |units: usize| format!("{}{}", "🏛".repeat(units / 2), "x".repeat(units % 2));
    for (name, least, most) in [("subject", SUBJECT.0, SUBJECT.1), ("markdown", MARKDOWN.0, MARKDOWN.1)] {
        for (units, fits) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
            assert_eq!(is_read(&with(name, json!(emoji(units)))), fits, "{name} of {units} units");
        }
    }
}

proptest! {
    #[test]
    fn a_text_is_accepted_exactly_within_its_limits(text in prop_oneof!["[a-z🏛è]{0,140}", "\\PC{5,130}"]) {
        let units: usize = text.chars().map(char::len_utf16).sum();
        prop_assert_eq!(is_read(&with("subject", json!(text))), (10..=120).contains(&units));
    }

    /// At the borders, whatever part of the text counts two: characters beyond the first plane.
    #[test]
    fn borders_are_in_utf16_units(name in prop_oneof![Just(("subject", SUBJECT)), Just(("markdown", MARKDOWN))], off in -4..=4_i64, at_most: bool, wide in 0..5_000_usize) {
        let (name, (least, most)) = name;
        let units = usize::try_from(i64::try_from(if at_most { most } else { least }).unwrap() + off).unwrap();
        let wide = wide.min(units / 2);
        let text = format!("{}{}", "𝔸".repeat(wide), "x".repeat(units - 2 * wide));
        prop_assert_eq!(is_read(&with(name, json!(text))), (least..=most).contains(&units));
    }

    #[test]
    fn an_amount_is_accepted_exactly_from_one_cent_to_its_maximum(amount in prop_oneof![-3..3_i64, 9_999_999_990..10_000_000_010_i64, any::<i64>()]) {
        let payment = json!({ "amount": amount, "notice_number": "302000100440009424" });
        prop_assert_eq!(is_read(&with("payment_data", payment)), (1..=9_999_999_999).contains(&amount));
    }

    #[test]
    fn an_amount_with_cents_after_a_comma_is_refused(euros in 0..10_000_i64, cents in 1..100_i64) {
        let payment = json!({ "amount": euros as f64 + cents as f64 / 100.0, "notice_number": "302000100440009424" });
        prop_assert!(!is_read(&with("payment_data", payment)));
    }

    #[test]
    fn a_notice_number_is_18_digits_that_begin_with_0_to_3(number in prop_oneof!["[0-9]{17,19}", "[0-3][0-9]{17}", "[0-3][0-9 .eE+]{17}"]) {
        let fits = number.len() == 18 && number.bytes().all(|byte| byte.is_ascii_digit()) && number.as_bytes()[0] <= b'3';
        prop_assert_eq!(is_read(&with("payment_data", json!({ "amount": 1, "notice_number": number }))), fits);
    }

    #[test]
    fn a_time_to_live_is_accepted_exactly_within_its_limits(seconds in prop_oneof![3_590..3_610_i64, 604_790..604_810_i64, any::<i64>()]) {
        let mut body = body();
        body["time_to_live"] = json!(seconds);
        prop_assert_eq!(is_read(&body), (3_600..=604_800).contains(&seconds));
    }

    /// Whatever is accepted survives being stored.
    #[test]
    fn content_survives_its_text(subject in "[a-z ]{10,120}", due in proptest::option::of(0..4_102_444_800_i64), amount in 1..9_999_999_999_i64) {
        let mut body = with("payment_data", json!({ "amount": amount, "notice_number": "002000100440009424", "invalid_after_due_date": true }));
        body["content"]["subject"] = json!(subject);
        if let Some(due) = due {
            body["content"]["due_date"] = json!(RomeTime::from_microsecond(due * 1_000_000).unwrap().to_string());
        }
        let content = NewMessage::read(&body).unwrap().content;
        let text = serde_json::to_string(&content).unwrap();
        prop_assert_eq!(serde_json::from_str::<Content>(&text).unwrap(), content);
    }
}
