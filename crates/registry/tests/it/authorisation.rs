//! Who may do what: one row for each operation. An operation without a row fails the test.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{API, BUGLIANO, SERVICE, VALLELAGHI, World};

on_both_engines!(
    every_operation_answers_each_caller_as_the_table_says,
    nobody_occupies_the_identifier_of_another_tenants_service,
    whoever_sends_a_configuration_of_another_tenant_is_told_so,
);

/// What each caller is answered, in this order: nobody, a broken token, a visitor, a citizen, an operator, an administrator, another
/// role, an administrator of another tenant.
type Expected = [u16; 8];

/// The callers of [`Expected`].
fn callers(world: &World) -> [String; 8] {
    [
        String::new(),
        "eyJhbGciOiJub25lIn0.e30.".to_owned(),
        world.token(BUGLIANO, &["ROLE_USER"]),
        world.token(BUGLIANO, &["ROLE_USER", "ROLE_CPS_USER"]),
        world.token(BUGLIANO, &["ROLE_OPERATORE"]),
        world.token(BUGLIANO, &["ROLE_ADMIN"]),
        world.service_token(BUGLIANO),
        world.token(VALLELAGHI, &["ROLE_ADMIN"]),
    ]
}

fn table(world: &World) -> Vec<(&'static str, &'static str, Value, Expected)> {
    let (tenant, service) = (world.tenant_config(), world.service_config());
    let change = json!({ "description": "Altro" });
    vec![
        ("get", "/schema", Value::Null, [200, 200, 200, 200, 200, 200, 200, 200]),
        ("get", "/tenants/schema", Value::Null, [200, 200, 200, 200, 200, 200, 200, 200]),
        // Whoever watches over the proxies has no account.
        ("get", "/status", Value::Null, [200, 200, 200, 200, 200, 200, 200, 200]),
        ("get", "/metrics", Value::Null, [200, 200, 200, 200, 200, 200, 200, 200]),
        // Each administrator sees those of their own.
        ("get", "/tenants", Value::Null, [401, 401, 403, 403, 403, 200, 200, 200]),
        ("get", "/services", Value::Null, [401, 401, 403, 403, 403, 200, 200, 200]),
        ("post", "/tenants", tenant.clone(), [401, 401, 403, 403, 403, 201, 201, 404]),
        ("get", "/tenants/{id}", Value::Null, [401, 401, 403, 403, 403, 200, 200, 404]),
        ("put", "/tenants/{id}", tenant, [401, 401, 403, 403, 403, 200, 200, 404]),
        ("patch", "/tenants/{id}", change.clone(), [401, 401, 403, 403, 403, 200, 200, 404]),
        ("delete", "/tenants/{id}", Value::Null, [401, 401, 403, 403, 403, 204, 204, 404]),
        ("post", "/services", service.clone(), [401, 401, 403, 403, 403, 201, 201, 404]),
        ("get", "/services/{id}", Value::Null, [401, 401, 403, 403, 403, 200, 200, 404]),
        ("put", "/services/{id}", service, [401, 401, 403, 403, 403, 200, 200, 404]),
        ("patch", "/services/{id}", change, [401, 401, 403, 403, 403, 200, 200, 404]),
        ("delete", "/services/{id}", Value::Null, [401, 401, 403, 403, 403, 204, 204, 404]),
    ]
}

async fn every_operation_answers_each_caller_as_the_table_says(world: World) {
    let callers = callers(&world);
    let mut judged = BTreeSet::new();
    for (method, path, body, expected) in table(&world) {
        let id = if path.starts_with("/tenants") { BUGLIANO } else { SERVICE };
        for (caller, expected) in callers.iter().zip(expected) {
            let address = format!("{API}{}", path.replace("{id}", id));
            let answer = world.call_by(caller, &method.to_uppercase(), &address, &body).await;
            assert_eq!(answer.status, expected, "{method} {path} by {caller:.40}: {}", answer.body);
        }
        judged.insert((format!("{API}{path}"), method.to_owned()));
    }
    let proxy = world.roles.iter().find(|role| role.name == "registry-proxy-sandbox").unwrap();
    let paths = proxy.openapi["paths"].as_object().unwrap().iter();
    let documented = paths.flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys().filter(|key| *key != "parameters");
        methods.map(|method| (path.clone(), method.clone())).collect::<Vec<_>>()
    });
    assert_eq!(documented.collect::<BTreeSet<_>>(), judged, "every operation has its row, and every row its operation");
}

async fn nobody_occupies_the_identifier_of_another_tenants_service(world: World) {
    let stranger = world.token(VALLELAGHI, &["ROLE_ADMIN"]);
    let services = format!("{API}/services");
    // One that its tenant has configured, and one that the stranger is the first to configure.
    for id in [SERVICE, "11111111-2222-4333-8444-555555555511"] {
        let address = format!("{services}/{id}");
        let (mut own, mut theirs) = (world.service_config(), world.service_config());
        own["id"] = json!(id);
        (theirs["id"], theirs["tenant_id"], theirs["description"]) = (json!(id), json!(VALLELAGHI), json!("Di Vallelaghi"));
        world.call_by(&stranger, "POST", &services, &theirs).await.expect(201);
        world.call("POST", &services, &own).await.expect(201);
        world.call("PUT", &address, &own).await.expect(200);
        world.call_by(&stranger, "DELETE", &address, &Value::Null).await.expect(204);
        let kept = world.call("GET", &address, &Value::Null).await.expect(200);
        assert_eq!((&kept["tenant_id"], &kept["description"]), (&json!(BUGLIANO), &own["description"]));
        assert_eq!(kept["is_active"], true);
        let kept = world.call_by(&stranger, "GET", &address, &Value::Null).await.expect(200);
        assert_eq!((&kept["tenant_id"], &kept["description"]), (&json!(VALLELAGHI), &json!("Di Vallelaghi")));
        assert_eq!(kept["is_active"], false);
    }
    let document = world.document();
    world.publish("documents", &document).await;
    world.registered(&document).await;
}

async fn whoever_sends_a_configuration_of_another_tenant_is_told_so(world: World) {
    let stranger = world.token(VALLELAGHI, &["ROLE_ADMIN"]);
    for (collection, config) in [("tenants", world.tenant_config()), ("services", world.service_config())] {
        let problem = world.call_by(&stranger, "POST", &format!("{API}/{collection}"), &config).await.expect(404);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("di un altro ente") && !detail.contains("POST"), "{collection}: {detail}");
    }
}
