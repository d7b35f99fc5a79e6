//! Who may do what: one row for each operation. An operation without a row fails the test.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::platform::vallelaghi;
use crate::world::{PASSWORD, World};

on_both_engines!(every_operation_answers_each_caller_as_the_table_says);

/// What each caller is answered, in this order: nobody, a broken token, a visitor, a citizen, an operator, an administrator, another
/// role, an administrator of the other tenant, another role in the name of the other tenant.
type Expected = [u16; 9];

const fn all(status: u16) -> Expected {
    [status; 9]
}

fn table() -> Vec<(&'static str, &'static str, Value, Expected)> {
    let wrong = json!({ "username": "operatore", "password": "sbagliata" });
    let sign_in = json!({ "provider": "demo", "fiscal_code": "BNRMHL75C06G702B" });
    let password = json!({ "username": "segretario", "password": PASSWORD });
    vec![
        // These look at passwords and cookies; a token neither helps nor hurts.
        ("post", "/{tenant}/api/auth", wrong, all(401)),
        ("get", "/{tenant}/api/session-auth", Value::Null, all(401)),
        ("post", "/{tenant}/api/session-auth", Value::Null, all(200)),
        ("options", "/{tenant}/api/session-auth", Value::Null, all(204)),
        ("post", "/{tenant}/api/session", sign_in, all(422)),
        ("delete", "/{tenant}/api/session", Value::Null, all(204)),
        ("post", "/{tenant}/api/session/oauth", json!({}), all(422)),
        ("get", "/{tenant}/api/session/providers", Value::Null, all(200)),
        ("put", "/{tenant}/api/users/{id}/password", password, [401, 401, 403, 403, 403, 204, 204, 404, 404]),
        ("get", "/.well-known/jwks.json", Value::Null, all(200)),
        ("get", "/internal/keys/{kid}", Value::Null, all(404)),
    ]
}

async fn every_operation_answers_each_caller_as_the_table_says(world: World) {
    world.user("BNRMHL75C06G702B", &["ROLE_CPS_USER", "ROLE_USER"]).await;
    world.user("operatore", &["ROLE_OPERATORE"]).await;
    world.user("admin", &["ROLE_ADMIN"]).await;
    let target = world.platform.add(&crate::platform::bugliano(), "segretario", &["ROLE_OPERATORE"]);
    let stranger = world.platform.add(&vallelaghi(), "altrove", &["ROLE_ADMIN"]);
    let path = format!("/comune-di-vallelaghi/api/users/{stranger}/password");
    let credentials = json!({ "username": "altrove", "password": PASSWORD });
    let set = world.call("PUT", &path).bearer(&world.service(vallelaghi().id)).json(&credentials).send().await;
    assert_eq!(set.status, 204);
    let stranger = world.call("POST", "/comune-di-vallelaghi/api/auth").json(&credentials).send().await.token();
    let callers = [
        None,
        Some("a.b.c".to_owned()),
        Some(world.call("POST", "/comune-di-bugliano/api/session-auth").send().await.token()),
        Some(world.token("BNRMHL75C06G702B").await),
        Some(world.token("operatore").await),
        Some(world.token("admin").await),
        Some(world.service(crate::platform::bugliano().id)),
        Some(stranger),
        Some(world.service(vallelaghi().id)),
    ];

    let mut rows = BTreeSet::new();
    for (method, path, body, expected) in table() {
        rows.insert((method.to_owned(), path.to_owned()));
        let address =
            path.replace("{tenant}", "comune-di-bugliano").replace("{id}", &target.to_string()).replace("{kid}", "unknown");
        for (number, (caller, expected)) in callers.iter().zip(expected).enumerate() {
            let mut call = world.call(&method.to_uppercase(), &address);
            if let Some(token) = caller {
                call = call.bearer(token);
            }
            if !body.is_null() {
                call = call.json(&body);
            }
            let answer = call.send().await;
            assert_eq!(answer.status.as_u16(), expected, "{method} {path}, caller {number}: {answer:?}");
        }
    }

    let mut operations = BTreeSet::new();
    for (path, methods) in world.role.openapi["paths"].as_object().unwrap() {
        operations.extend(methods.as_object().unwrap().keys().map(|method| (method.clone(), path.clone())));
    }
    assert_eq!(rows, operations, "every operation has a row");
}
