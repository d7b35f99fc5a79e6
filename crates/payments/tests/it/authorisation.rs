//! Who may do what: one row for each operation. An operation without a row fails the test.

use std::collections::BTreeSet;

use kernel::Uuid;
use serde_json::{Value, json};

use crate::served::on_every_provider;
use crate::world::{BUGLIANO, CITIZEN, SERVICE, VALLELAGHI, World};

on_every_provider!(every_operation_answers_each_caller_as_the_table_says);

/// What each caller is answered, in this order: nobody, a broken token, a visitor, the citizen whose payment it is, another citizen, an
/// operator, an administrator, another role, an administrator of another tenant.
type Expected = [u16; 9];

/// The callers of [`Expected`].
fn callers(world: &World) -> [String; 9] {
    let (citizen, other) = (CITIZEN.parse().unwrap(), Uuid::from_u128(2));
    [
        String::new(),
        "eyJhbGciOiJub25lIn0.e30.".to_owned(),
        world.token(BUGLIANO, Uuid::from_u128(1), "anonimo", &["ROLE_USER"]),
        world.token(BUGLIANO, citizen, "FRRNNA84L52G702G", &["ROLE_USER", "ROLE_CPS_USER"]),
        world.token(BUGLIANO, other, "BNRMHL75C06G702B", &["ROLE_USER", "ROLE_CPS_USER"]),
        world.token(BUGLIANO, other, "operatore", &["ROLE_OPERATORE"]),
        world.token(BUGLIANO, other, "admin", &["ROLE_ADMIN"]),
        world.service_token(BUGLIANO),
        world.token(VALLELAGHI, other, "admin", &["ROLE_ADMIN"]),
    ]
}

/// A file of dues without dues.
fn import() -> Value {
    let file = "bm90aWNlX251bWJlcixhbW91bnQscGF5ZXJfdGF4X2lkZW50aWZpY2F0aW9uX251bWJlcgo=";
    let attachment = json!({ "name": "dovuti.csv", "mime_type": "text/csv", "file": file });
    json!({ "type": "import_dovuti", "attachment": attachment, "args": { "service_id": SERVICE } })
}

fn table(world: &World, payment: &Value) -> Vec<(&'static str, &'static str, Value, Expected)> {
    const PUBLIC: fn(u16) -> Expected = |status| [status; 9];
    const STAFF: fn(u16) -> Expected = |status| [401, 401, 403, 403, 403, status, status, status, 404];
    const ADMIN: fn(u16) -> Expected = |status| [401, 401, 403, 403, 403, 403, status, status, 404];
    let (tenant, config) = (world.tenant_config(), world.payment_config());
    let (tenant_1, service) = (tenant.clone(), config.clone());
    let change = json!({ "note": "Altro" });
    let cart = json!({ "payments": [payment["id"]], "return_url": format!("{}/", world.app.public_url()) });
    let made = if world.served.carts { 201 } else { 409 };
    let question = json!({ "ksql": "SELECT id FROM payments_detail;" });
    vec![
        // Links of citizens: the identifier is the key.
        ("get", "{proxy}/online-payment/{id}", Value::Null, PUBLIC(302)),
        ("get", "{proxy}/landing/{id}", Value::Null, PUBLIC(302)),
        ("get", "{proxy}/offline-payment/{id}", Value::Null, PUBLIC(200)),
        ("get", "{proxy}/notice/{id}", Value::Null, PUBLIC(200)),
        ("get", "{proxy}/receipt/{id}", Value::Null, PUBLIC(409)),
        ("get", "{proxy}/update/{id}", Value::Null, PUBLIC(200)),
        ("post", "{proxy}/notifications", json!([]), PUBLIC(422)),
        // Whose payments they are pays them; a staff's token is nobody's. No cart has the identifier of a payment.
        ("post", "{proxy}/carts", cart.clone(), [401, 401, 404, made, 404, 404, 404, 404, 404]),
        ("get", "{proxy}/carts/{id}", Value::Null, [401, 401, 404, 404, 404, 404, 404, 404, 404]),
        ("get", "{proxy}/carts/{id}/landing", Value::Null, PUBLIC(404)),
        ("get", "{proxy}/status", Value::Null, PUBLIC(200)),
        ("get", "{proxy}/tenants/schema", Value::Null, PUBLIC(200)),
        ("get", "{proxy}/services/schema", Value::Null, PUBLIC(200)),
        ("get", "{proxy}/v2/tenants/schema", Value::Null, PUBLIC(200)),
        ("get", "{proxy}/v2/configs/schema", Value::Null, PUBLIC(200)),
        // Another tenant's administrator has lists of its own, which are empty.
        ("get", "{proxy}/v2/tenants", Value::Null, [401, 401, 403, 403, 403, 403, 200, 200, 200]),
        ("get", "{proxy}/v2/configs", Value::Null, [401, 401, 403, 403, 403, 403, 200, 200, 200]),
        ("post", "{proxy}/v2/tenants", tenant.clone(), ADMIN(409)),
        ("get", "{proxy}/v2/tenants/{tenant_id}", Value::Null, ADMIN(200)),
        ("put", "{proxy}/v2/tenants/{tenant_id}", tenant, ADMIN(200)),
        ("patch", "{proxy}/v2/tenants/{tenant_id}", change.clone(), ADMIN(200)),
        ("get", "{proxy}/tenants", Value::Null, [401, 401, 403, 403, 403, 403, 200, 200, 200]),
        ("post", "{proxy}/tenants", tenant_1.clone(), ADMIN(409)),
        ("get", "{proxy}/tenants/{tenant_id}", Value::Null, ADMIN(200)),
        ("put", "{proxy}/tenants/{tenant_id}", tenant_1, ADMIN(200)),
        ("patch", "{proxy}/tenants/{tenant_id}", change.clone(), ADMIN(200)),
        ("post", "{proxy}/services", service.clone(), ADMIN(409)),
        ("get", "{proxy}/services/{config_id}", Value::Null, ADMIN(200)),
        ("put", "{proxy}/services/{config_id}", service, ADMIN(200)),
        ("patch", "{proxy}/services/{config_id}", change.clone(), ADMIN(200)),
        ("post", "{proxy}/v2/configs", config.clone(), ADMIN(409)),
        ("get", "{proxy}/v2/configs/{config_id}", Value::Null, ADMIN(200)),
        ("put", "{proxy}/v2/configs/{config_id}", config, ADMIN(200)),
        ("patch", "{proxy}/v2/configs/{config_id}", change, ADMIN(200)),
        ("get", "/{tenant}/api/payments", Value::Null, [401, 401, 200, 200, 200, 200, 200, 200, 404]),
        ("get", "/{tenant}/api/payments/export", Value::Null, [401, 401, 200, 200, 200, 200, 200, 200, 404]),
        ("post", "/{tenant}/api/payments/query", question, [401, 401, 200, 200, 200, 200, 200, 200, 404]),
        ("get", "/{tenant}/api/payments/providers", Value::Null, [401, 401, 200, 200, 200, 200, 200, 200, 404]),
        ("get", "/{tenant}/api/payments/parity", Value::Null, ADMIN(200)),
        ("post", "/{tenant}/api/payments/parity", Value::Null, ADMIN(200)),
        ("get", "/{tenant}/api/payments/{id}", Value::Null, [401, 401, 404, 200, 404, 200, 200, 200, 404]),
        ("post", "/{tenant}/api/jobs", import(), STAFF(201)),
        ("get", "/{tenant}/api/jobs", Value::Null, STAFF(200)),
        // No import has the identifier of a payment.
        ("get", "/{tenant}/api/jobs/{id}", Value::Null, STAFF(404)),
        ("get", "/{tenant}/api/jobs/{id}/errors", Value::Null, STAFF(404)),
        ("get", "/{tenant}/api/jobs/{id}/errors/export", Value::Null, STAFF(404)),
        ("delete", "/{tenant}/api/jobs/{id}", Value::Null, STAFF(404)),
        // Last, because nothing is left afterwards.
        ("patch", "{proxy}/payments/{id}", json!({ "status": "CANCELED" }), STAFF(200)),
        ("delete", "{proxy}/services/{config_id}", Value::Null, ADMIN(204)),
        ("delete", "{proxy}/tenants/{tenant_id}", Value::Null, ADMIN(204)),
        ("delete", "{proxy}/v2/configs/{config_id}", Value::Null, ADMIN(204)),
        ("delete", "{proxy}/v2/tenants/{tenant_id}", Value::Null, ADMIN(204)),
    ]
}

async fn every_operation_answers_each_caller_as_the_table_says(world: &World) {
    let (_, payment) = world.pending("20.00").await;
    world.idle().await;
    let callers = callers(world);
    let mut judged = BTreeSet::new();
    for (method, path, body, expected) in table(world, &payment) {
        // In the documents every identifier is called the same.
        let path = path.replace("{proxy}", &world.proxy());
        let documented = path.replace("{tenant_id}", "{id}").replace("{config_id}", "{id}");
        let path =
            path.replace("{tenant_id}", BUGLIANO).replace("{config_id}", SERVICE).replace("{tenant}", "comune-di-bugliano");
        let mut address = path.replace("{id}", payment["id"].as_str().unwrap());
        if address.contains("/landing") {
            address += "?status=KO";
        }
        for (caller, expected) in callers.iter().zip(expected) {
            let answer = world.call_by(caller, &method.to_uppercase(), &address, &body).await;
            assert_eq!(answer.status, expected, "{method} {path} by {caller:.40}: {}", answer.body);
        }
        judged.insert((documented, method.to_owned()));
    }
    let documented: BTreeSet<_> = world
        .roles
        .iter()
        .filter_map(|role| role.openapi["paths"].as_object())
        .flatten()
        // The other proxies have the same operations; each has its turn.
        .filter(|(path, _)| !path.starts_with("/payment-proxy/") || path.starts_with(&world.proxy()))
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys().filter(|key| *key != "parameters");
            methods.map(|method| (path.clone(), method.clone())).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(documented, judged, "every operation has its row, and every row its operation");
    assert!(documented.iter().any(|(path, _)| path.starts_with(&world.proxy())));
}
