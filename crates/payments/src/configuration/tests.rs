use proptest::prelude::*;
use serde_json::json;

use super::*;

fn document(value: Value) -> Document {
    value.as_object().unwrap().clone()
}

/// As a form of the documentation sends it, with values of our own.
fn payment() -> Value {
    json!({
        "id": "37dbc4a5-be4c-4246-bfad-15b9f5f5e7f3",
        "tenant_id": "60e35f02-1509-408c-b101-3b1a28109329",
        "remote_collection": { "id": "b21c4429-95e4-45d5-930f-44eb74136625", "type": "service" },
        "items": [{
            "payment_type": "pagopa", "management_id": "DIRITTI_SEGRETERIA", "amount": 16.5, "reason": "Diritti di segreteria",
            "expire_at": 180, "collection_data": "9/0101100IM/", "pagopa_category": "9/0101100IM/",
            "split": [
                { "id": "diritti", "budget_chapter": "301/1", "office_code": "", "assessment": "2025/114", "amount": 16 },
                { "split_id": "rimborso", "split_budget_chapter": "305/9", "split_amount": "0.50" },
            ],
            "receiver": { "tax_identification_number": "", "name": "", "iban": "", "address": null }
        }],
        "active": true
    })
}

fn wrong(value: Value) -> Vec<(String, String)> {
    let errors = PaymentConfiguration::read(&document(value), Edition::V2).unwrap_err();
    errors.into_iter().map(|error| (error.field, error.code)).collect()
}

#[test]
fn the_form_of_the_documentation_is_read() {
    let read = PaymentConfiguration::read(&document(payment()), Edition::V2).unwrap();
    assert_eq!((read.ordinary, read.amount.unwrap().cents(), read.expire_in_days, read.active), (true, 1650, Some(180), true));
    assert_eq!((read.due_type.as_deref(), read.category.as_deref()), (Some("DIRITTI_SEGRETERIA"), Some("9/0101100IM/")));
    assert!(read.receiver.is_none(), "a receiver that was left blank is none");
    let split: Vec<_> = read.split.iter().map(|part| (part.code.as_str(), part.amount.unwrap().cents())).collect();
    assert_eq!(split, [("diritti", 1600), ("rimborso", 50)]);
    let meta: Value = read.split[0].meta.read().unwrap();
    assert_eq!(meta, json!({ "budget_chapter": "301/1", "office_code": "", "assessment": "2025/114" }));
    assert!(read.is_for("b21c4429-95e4-45d5-930f-44eb74136625".parse().unwrap()));
    assert!(read.is_for("37dbc4a5-be4c-4246-bfad-15b9f5f5e7f3".parse().unwrap()));
    assert!(!read.is_for("60e35f02-1509-408c-b101-3b1a28109329".parse().unwrap()));
}

#[test]
fn the_flat_form_of_the_documentation_is_read() {
    let mut flat = payment();
    let item = flat["items"][0].take();
    let object = flat.as_object_mut().unwrap();
    object.remove("items");
    object.extend(item.as_object().unwrap().clone());
    object.insert("code".into(), object["management_id"].clone());
    object.remove("management_id");
    assert_eq!(PaymentConfiguration::read(&document(flat), Edition::V2).unwrap().due_type.as_deref(), Some("DIRITTI_SEGRETERIA"));
}

#[test]
fn every_missing_field_is_named() {
    let fields: Vec<_> = wrong(json!({ "items": [{}] })).into_iter().map(|(field, _)| field).collect();
    let expected = [
        "/id",
        "/tenant_id",
        "/remote_collection/id",
        "/remote_collection/type",
        "/items/0/amount",
        "/items/0/reason",
        "/items/0/expire_at",
        "/items/0/collection_data",
    ];
    assert_eq!(fields, expected);
}

#[test]
fn each_rule_is_enforced() {
    for (pointer, value, field, code) in [
        ("/items/0/payment_type", json!("tari"), "/items/0/payment_type", "enum"),
        ("/items/0/payment_type", json!("STAMP"), "/items/0/amount", "enum"),
        ("/items/0/amount", json!(0), "/items/0/amount", "min"),
        ("/items/0/amount", json!(1.005), "/items/0/amount", "type"),
        ("/items/0/amount", json!(20), "/items/0/split", "sum"),
        ("/items/0/reason", json!("x".repeat(256)), "/items/0/reason", "max_length"),
        ("/items/0/expire_at", json!(0), "/items/0/expire_at", "range"),
        ("/items/0/expire_at", json!(1.5), "/items/0/expire_at", "range"),
        ("/items/0/collection_data", json!("TARI"), "/items/0/collection_data", "pattern"),
        ("/items/0/receiver", json!({"name": "Unione"}), "/items/0/receiver/tax_identification_number", "required"),
        (
            "/items/0/receiver",
            json!({"name": "Unione", "tax_identification_number": "1"}),
            "/items/0/receiver/tax_identification_number",
            "pattern",
        ),
        ("/items/0/split/1/split_id", json!("diritti"), "/items/0/split/1/split_id", "unique"),
        ("/items", json!([]), "/items", "length"),
        ("/tenant_id", json!("x"), "/tenant_id", "pattern"),
        ("/active", json!("si"), "/active", "type"),
    ] {
        let mut body = payment();
        *body.pointer_mut(pointer).unwrap() = value;
        assert!(wrong(body).contains(&(field.to_owned(), code.to_owned())), "{pointer} -> {field} {code}");
    }
}

#[test]
fn a_tenant_needs_a_name_and_a_valid_tax_code() {
    let mut body = json!({ "id": "60e35f02-1509-408c-b101-3b1a28109329", "name": "Comune di Bugliano", "IPA_code": "c_bugl",
        "tax_identification_number": "00337460224", "password": "segreta", "active": true });
    let read = TenantConfiguration::read(&document(body.clone()), Edition::V2).unwrap();
    assert_eq!((read.segregation_code(), read.settings.text("password"), read.active), (0, Some("segreta"), true));
    assert!(!format!("{read:?}").contains("segreta"));
    body["tax_identification_number"] = json!("00337460225");
    body["name"] = json!(" ");
    let errors = TenantConfiguration::read(&document(body.clone()), Edition::V2).unwrap_err();
    let fields: Vec<_> = errors.iter().map(|error| (error.field.as_str(), error.code.as_str())).collect();
    assert_eq!(fields, [("/name", "required"), ("/tax_identification_number", "pattern")]);
    // Version 1 does not know the tax code.
    body["name"] = json!("Comune di Bugliano");
    body.as_object_mut().unwrap().remove("tax_identification_number");
    assert_eq!(TenantConfiguration::read(&document(body.clone()), Edition::V1).unwrap().tax_code, None);
    assert_eq!(TenantConfiguration::read(&document(body), Edition::V2).unwrap_err()[0].field, "/tax_identification_number");
}

#[test]
fn the_form_of_version_1_is_read() {
    let mut body = json!({
        "id": "e64a3bd1-0096-4b8e-8676-e53f7d6b4b9a", "tenant_id": "60e35f02-1509-408c-b101-3b1a28109329", "active": true,
        "payment_type": "pagopa_and_stamp", "management_id": "COSAP_TOSAP", "collection_data": "9/0301109AP/", "split_enable": true,
        "split": [{ "split_id": "c_1", "split_budget_chapter": "Cap1", "split_office_code": "Uff1", "split_amount": 1 }],
        "hidden": "", "submit": true, "stamps": [{ "id": "01", "amount": "16.00", "collection_data": "9/3300.1" }]
    });
    let read = |body: &Value| PaymentConfiguration::read(&document(body.clone()), Edition::V1);
    let both = read(&body).unwrap();
    assert_eq!((both.ordinary, both.remote_id, both.amount), (true, both.id, None));
    assert_eq!((both.stamps.len(), both.stamps[0].category.as_deref(), both.split.len()), (1, Some("9/3300.1"), 1));
    let wrong = |body: &Value| read(body).unwrap_err().into_iter().map(|error| error.field).collect::<Vec<_>>();
    body["stamps"] = json!([]);
    assert_eq!(wrong(&body), ["/stamps"]);
    body["stamps"] = json!([{ "id": "02", "collection_data": "x" }]);
    assert_eq!(wrong(&body), ["/stamps/0/id", "/stamps/0/collection_data"]);
    let one = json!({ "id": "01", "collection_data": "9/3300.1" });
    body["stamps"] = json!(vec![one; 5]);
    assert_eq!(wrong(&body), ["/stamps"], "four beside the due");
    body["payment_type"] = json!("stamp");
    let stamps = read(&body).unwrap();
    assert_eq!((stamps.ordinary, stamps.stamps.len()), (false, 5));
    body["split_enable"] = json!(false);
    assert_eq!(read(&body).unwrap().split.len(), 0);
    assert!(PaymentConfiguration::read(&document(body), Edition::V2).is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("\\PC{0,4}", inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect()))
        ]
    })
}

proptest! {
    #[test]
    fn no_value_of_any_field_breaks_the_reader(field in 0..9_usize, value in any_json()) {
        let pointers = ["/id", "/remote_collection", "/items", "/items/0", "/items/0/amount", "/items/0/expire_at", "/items/0/receiver",
            "/items/0/split", "/items/0/split/0"];
        let mut body = payment();
        *body.pointer_mut(pointers[field]).unwrap() = value;
        for edition in [Edition::V1, Edition::V2] {
            let _ = PaymentConfiguration::read(&document(body.clone()), edition);
            let _ = TenantConfiguration::read(&document(body.clone()), edition);
        }
    }
}
