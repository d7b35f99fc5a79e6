//! Tenants: what is refused of them.

use serde_json::{Value, json};

use crate::harness::{BUGLIANO, HERE, THERE, VALLELAGHI, World};
use crate::on_both_engines;

on_both_engines!(a_new_tenant_takes_nothing_from_another, a_tenant_is_checked_field_by_field,);

async fn a_tenant_is_checked_field_by_field(world: World) {
    let put = async |tenant: &Value| {
        let call = world.call("PUT", &format!("/internal/tenants/{BUGLIANO}?replace=true")).bearer(&world.service());
        call.json(tenant).send().await
    };
    let right = json!({ "slug": &HERE[1..], "name": "Comune di Bugliano", "ipa_code": "c_test", "tax_code": "00337460224" });
    for (member, value, field) in [
        ("slug", json!("Comune"), "/slug"),
        ("slug", json!("well-known"), "/slug"),
        ("slug", json!("it"), "/slug"),
        ("name", json!(" "), "/name"),
        ("name", json!("Comune\u{1b}[2J"), "/name"),
        ("name", json!("è".repeat(256)), "/name"),
        ("ipa_code", json!("c\nx"), "/ipa_code"),
        ("tax_code", json!("00337460225"), "/tax_code"),
        ("locales", json!([]), "/locales"),
        ("locales", json!(["it", "fr"]), "/locales/1"),
    ] {
        let mut tenant = right.clone();
        tenant[member] = value;
        assert_eq!(put(&tenant).await.wrong_fields(), [field]);
    }
    let all = json!({ "slug": "", "name": "", "ipa_code": "", "tax_code": "", "locales": [] });
    assert_eq!(put(&all).await.wrong_fields(), ["/slug", "/name", "/tax_code", "/locales"]);
    let mut longest = right.clone();
    longest["name"] = json!("è".repeat(255));
    put(&longest).await.expect(204);
    put(&right).await.expect(204);
}

async fn a_new_tenant_takes_nothing_from_another(world: World) {
    const NEW: &str = "60e35f02-1509-408c-b101-3b1a28109330";
    let put = async |id: &str, tenant: &Value| {
        let call = world.call("PUT", &format!("/internal/tenants/{id}")).bearer(&world.service_of(id));
        call.json(tenant).send().await
    };
    let right = json!({ "slug": "comune-di-altrove", "name": "Comune di Altrove", "ipa_code": "c_altr", "tax_code": "01234567897",
        "hosts": ["altrove.example.it"] });
    let refused = async |id: &str, tenant: &Value| put(id, tenant).await.expect(409)["errors"][0]["field"].clone();
    assert_eq!(refused(BUGLIANO, &right).await, "/id");
    for (member, value) in [("slug", &HERE[1..]), ("ipa_code", "C_TEST"), ("tax_code", "00337460224")] {
        let mut tenant = right.clone();
        tenant[member] = json!(value);
        assert_eq!(refused(NEW, &tenant).await, format!("/{member}"));
    }
    put(NEW, &right).await.expect(204);
    let vallelaghi = json!({ "slug": &THERE[1..], "name": "Comune di Vallelaghi", "ipa_code": "c_vlgh", "tax_code": "02401970229",
        "hosts": ["altrove.example.it"] });
    let path = format!("/internal/tenants/{VALLELAGHI}?replace=true");
    let host = world.call("PUT", &path).bearer(&world.service_of(VALLELAGHI)).json(&vallelaghi).send().await.expect(409);
    assert_eq!(host["errors"][0]["field"], "/hosts");
}
