//! Who may do what: one row for each operation. An operation without a row fails the test.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::profiles::POINT;
use crate::world::{API, BUGLIANO, VALLELAGHI, World, citizen, message};

on_both_engines!(every_operation_answers_each_caller_as_the_table_says);

/// What each caller is answered, in this order: nobody, an unknown key, the key of a service, the key of a limited service, the
/// organisation's manage key, a group's, another organisation's.
type Senders = [u16; 7];
/// The same for tokens: nobody, a broken token, a visitor, a citizen, an operator, an administrator, another role, an administrator of
/// another body.
type Users = [u16; 8];

enum Expected {
    Senders(Senders),
    Users(Users),
}
use Expected::{Senders as S, Users as U};

fn table() -> Vec<(&'static str, &'static str, Value, Expected)> {
    const MANAGE: fn(u16, u16) -> Expected = |own, foreign| S([401, 401, 403, 403, own, 404, foreign]);
    const ADMIN: fn(u16, u16) -> Expected = |own, foreign| U([401, 401, 403, 403, 403, own, own, foreign]);
    const CITIZEN: fn(u16) -> Expected = |status| U([401, 401, 403, status, 403, 403, 403, 403]);
    let service = json!({
        "name": "Servizio", "description": "Di prova.", "organization": { "name": "Comune", "fiscal_code": "00337460224" },
        "metadata": { "scope": "LOCAL", "topic_id": 0 }
    });
    let configuration = json!({
        "name": "Prova", "description": "Prova", "disable_lollipop_for": [], "has_precondition": "NEVER", "is_lollipop_enabled": false
    });
    let account = json!({ "id": "nuovo", "name": "Nuovo", "fiscal_code": "00337460224", "email": "a@b.it" });
    let by_path = {
        let mut message = message(0);
        message.as_object_mut().unwrap().remove("fiscal_code");
        message
    };
    let code = json!({ "fiscal_code": citizen(0) });
    let configurations = "/io/api/v1/messages-sending/remote-contents/configurations";
    let mut rows = vec![
        ("post", "/io/api/v1/messages", message(0), S([401, 401, 201, 201, 403, 403, 403])),
        ("post", "/io/api/v1/messages/{fiscal_code}", by_path, S([401, 401, 201, 201, 403, 403, 403])),
        ("get", "/io/api/v1/messages/{fiscal_code}/{id}", Value::Null, S([401, 401, 404, 404, 403, 403, 403])),
        ("post", "/io/api/v1/profiles", code.clone(), S([401, 401, 200, 200, 403, 403, 403])),
        ("get", "/io/api/v1/profiles/{fiscal_code}", Value::Null, S([401, 401, 200, 200, 403, 403, 403])),
        ("get", "/io/api/v1/subscriptions-feed/{date}", Value::Null, S([401, 401, 200, 403, 403, 403, 403])),
        ("post", "/io/api/v1/activations/", code.clone(), S([401, 401, 403, 403, 403, 403, 403])),
        ("put", "/io/api/v1/activations/", code, S([401, 401, 403, 403, 403, 403, 403])),
        ("get", configurations, Value::Null, S([401, 401, 403, 403, 200, 200, 403])),
        ("post", configurations, configuration.clone(), S([401, 401, 403, 403, 201, 201, 403])),
        (
            "get",
            "/io/api/v1/messages-sending/remote-contents/configurations/{id}",
            Value::Null,
            S([401, 401, 403, 403, 404, 404, 403]),
        ),
        (
            "put",
            "/io/api/v1/messages-sending/remote-contents/configurations/{id}",
            configuration,
            S([401, 401, 403, 403, 404, 404, 403]),
        ),
        (
            "put",
            "/io/api/v1/organizations/{organization_fiscal_code}/logo",
            json!({ "logo": POINT }),
            S([401, 401, 202, 202, 202, 202, 202]),
        ),
        ("get", "/io/api/v1/manage/services", Value::Null, S([401, 401, 403, 403, 200, 200, 200])),
        ("post", "/io/api/v1/manage/services", service.clone(), S([401, 401, 403, 403, 201, 201, 201])),
        ("get", "/io/api/v1/manage/services/topics", Value::Null, S([401, 401, 403, 403, 200, 200, 200])),
        ("get", "/io/api/v1/manage/services/{id}", Value::Null, MANAGE(200, 404)),
        ("put", "/io/api/v1/manage/services/{id}", service, MANAGE(200, 404)),
        ("get", "/io/api/v1/manage/services/{id}/keys", Value::Null, MANAGE(200, 404)),
        ("put", "/io/api/v1/manage/services/{id}/keys/{key_type}", Value::Null, MANAGE(200, 404)),
        ("get", "/io/api/v1/manage/services/{id}/history", Value::Null, MANAGE(200, 404)),
        ("put", "/io/api/v1/manage/services/{id}/logo", json!({ "logo": POINT }), MANAGE(204, 404)),
        ("put", "/io/api/v1/manage/services/{id}/webhook", json!({ "url": "https://example.org/" }), MANAGE(200, 404)),
        ("delete", "/io/api/v1/manage/services/{id}/webhook", Value::Null, MANAGE(204, 404)),
        ("get", "/io/api/v1/manage/services/{id}/release", Value::Null, MANAGE(200, 404)),
        ("post", "/io/api/v1/manage/services/{id}/release", Value::Null, MANAGE(204, 404)),
        ("delete", "/io/api/v1/manage/services/{id}/release", Value::Null, MANAGE(204, 404)),
        ("put", "/io/api/v1/manage/services/{id}/review", json!({ "auto_publish": false }), MANAGE(204, 404)),
        ("patch", "/io/api/v1/manage/services/{id}/review", json!({ "comment": "x" }), MANAGE(409, 404)),
        (
            "patch",
            "/io/api/v1/manage/services/{id}",
            json!({ "metadata": { "group_id": "altro" } }),
            S([401, 401, 403, 403, 204, 403, 404]),
        ),
        ("delete", "/io/api/v1/manage/services/{id}", Value::Null, MANAGE(204, 404)),
        ("get", "/io/app/v1/profile", Value::Null, CITIZEN(200)),
        ("put", "/io/app/v1/profile", json!({ "is_inbox_enabled": true, "mode": "AUTO" }), CITIZEN(200)),
        ("post", "/io/app/v1/profile/email", json!({}), CITIZEN(404)),
        ("get", "/io/app/v1/services", Value::Null, CITIZEN(200)),
        ("get", "/io/app/v1/services/{id}/preference", Value::Null, CITIZEN(404)),
        (
            "put",
            "/io/app/v1/services/{id}/preference",
            json!({ "is_inbox_enabled": true, "can_access_message_read_status": true }),
            CITIZEN(404),
        ),
        ("get", "/io/app/v1/messages", Value::Null, CITIZEN(200)),
        ("get", "/io/app/v1/messages/{id}", Value::Null, CITIZEN(404)),
        ("put", "/io/app/v1/messages/{id}/status", json!({ "change_type": "reading" }), CITIZEN(404)),
        ("get", "/io/app/v1/messages/{id}/calendar.ics", Value::Null, CITIZEN(404)),
        ("get", "/io/app/v1/notifications", Value::Null, CITIZEN(200)),
        ("get", "/io/app/v1/third-party-messages/{id}", Value::Null, CITIZEN(404)),
        ("get", "/io/app/v1/third-party-messages/{id}/precondition", Value::Null, CITIZEN(404)),
        ("get", "/io/app/v1/third-party-messages/{id}/attachments/{url}", Value::Null, CITIZEN(404)),
        ("delete", "/io/app/v1/profile", Value::Null, CITIZEN(204)),
        ("get", "/io/logos/services/{file}", Value::Null, U([404; 8])),
        ("get", "/io/logos/organizations/{file}", Value::Null, U([404; 8])),
        ("get", "/io/admin/v1/accounts", Value::Null, ADMIN(200, 200)),
        ("post", "/io/admin/v1/accounts", account.clone(), U([401, 401, 403, 403, 403, 201, 409, 409])),
        ("get", "/io/admin/v1/accounts/{id}", Value::Null, ADMIN(200, 404)),
        ("put", "/io/admin/v1/accounts/{id}", account, ADMIN(200, 404)),
        ("put", "/io/admin/v1/subscriptions/{id}", json!({ "active": true }), ADMIN(404, 404)),
        ("get", "/io/admin/v1/subscriptions/{id}/keys", Value::Null, ADMIN(404, 404)),
        ("put", "/io/admin/v1/subscriptions/{id}/keys/{key_type}", Value::Null, ADMIN(404, 404)),
        ("post", "/io/admin/v1/accounts/{id}/groups", json!({ "group_id": "g" }), U([401, 401, 403, 403, 403, 201, 409, 404])),
        ("put", "/io/admin/v1/services/{id}/category", json!({ "category": "SPECIAL" }), ADMIN(404, 404)),
        ("get", "/io/admin/v1/reviews", Value::Null, ADMIN(200, 200)),
        ("put", "/io/admin/v1/reviews/{id}", json!({ "approved": true }), ADMIN(404, 404)),
    ];
    rows.extend(intermediary());
    rows
}

/// The operations of the regional intermediary. The demo's operator is a member there.
fn intermediary() -> Vec<(&'static str, &'static str, Value, Expected)> {
    const MEMBER: fn(u16) -> Expected = |status| U([401, 401, 403, 403, status, status, status, status]);
    let service = json!({
        "name": "Servizio", "department": "", "organization_name": "Comune", "organization_fiscal_code": "00337460224",
        "service_code": "01JAVB5SKRB4E6X3YV9K2M7QZC", "primary_key": "12345678", "secondary_key": "12345679"
    });
    let provider = json!({ "name": "Fornitore", "valid_from": "2025-01-01" });
    let template = json!({ "name": "Modello", "subject": "Oggetto", "markdown": "Testo" });
    let command = |command: &str| json!({ "command": command });
    let question = json!({ "subject": "Domanda", "text": "Come si fa?" });
    vec![
        ("get", "/ioservice/v1/me", Value::Null, MEMBER(200)),
        ("get", "/ioservice/v1/members", Value::Null, MEMBER(200)),
        ("put", "/ioservice/v1/members/{username}", json!({ "duty": "REVISORE" }), MEMBER(204)),
        ("delete", "/ioservice/v1/members/{username}", Value::Null, U([401, 401, 403, 403, 204, 404, 404, 204])),
        ("get", "/ioservice/v1/providers", Value::Null, MEMBER(200)),
        ("post", "/ioservice/v1/providers", provider.clone(), MEMBER(201)),
        ("put", "/ioservice/v1/providers/{id}", provider, MEMBER(404)),
        ("post", "/ioservice/v1/providers/{id}/keys", Value::Null, MEMBER(404)),
        ("get", "/ioservice/v1/providers/{id}/keys", Value::Null, MEMBER(404)),
        ("delete", "/ioservice/v1/providers/{id}/keys", Value::Null, MEMBER(404)),
        ("delete", "/ioservice/v1/providers/{id}/keys/{key}", Value::Null, MEMBER(404)),
        ("get", "/ioservice/v1/services", Value::Null, MEMBER(200)),
        ("post", "/ioservice/v1/services", service.clone(), U([401, 401, 403, 403, 201, 409, 409, 201])),
        ("get", "/ioservice/v1/services/{id}", Value::Null, MEMBER(404)),
        ("put", "/ioservice/v1/services/{id}", service, MEMBER(404)),
        ("post", "/ioservice/v1/services/{id}/command", command("approve"), MEMBER(404)),
        ("post", "/ioservice/v1/services/{id}/check", Value::Null, MEMBER(404)),
        ("get", "/ioservice/v1/services/{id}/templates", Value::Null, MEMBER(404)),
        ("post", "/ioservice/v1/services/{id}/templates", template.clone(), MEMBER(404)),
        ("post", "/ioservice/v1/services/{id}/templates/{template}", template, MEMBER(404)),
        ("get", "/ioservice/v1/lots", Value::Null, MEMBER(200)),
        // Without the service in its query.
        ("post", "/ioservice/v1/lots", Value::Null, MEMBER(400)),
        ("get", "/ioservice/v1/lots/{id}", Value::Null, MEMBER(404)),
        ("post", "/ioservice/v1/lots/{id}/test", Value::Null, MEMBER(404)),
        ("post", "/ioservice/v1/lots/{id}/approval", Value::Null, MEMBER(404)),
        ("post", "/ioservice/v1/lots/{id}/command", command("stop"), MEMBER(404)),
        ("get", "/ioservice/v1/lots/{id}/rows", Value::Null, MEMBER(404)),
        ("get", "/ioservice/v1/lots/{id}/rows/{number}", Value::Null, MEMBER(404)),
        ("post", "/ioservice/v1/lots/{id}/rows/{number}", command("sent"), MEMBER(404)),
        // Without the form in its query.
        ("get", "/ioservice/v1/lots/{id}/report", Value::Null, MEMBER(400)),
        ("get", "/ioservice/v1/settings", Value::Null, MEMBER(200)),
        ("put", "/ioservice/v1/settings", json!({}), MEMBER(200)),
        ("get", "/ioservice/v1/audit", Value::Null, MEMBER(200)),
        ("get", "/ioservice/v1/tickets", Value::Null, MEMBER(200)),
        ("post", "/ioservice/v1/tickets", question, MEMBER(201)),
        ("post", "/ioservice/v1/tickets/{id}", command("take"), MEMBER(404)),
        ("get", "/ioservice/v1/tickets/{id}/attachments/{file}", Value::Null, MEMBER(404)),
    ]
}

async fn every_operation_answers_each_caller_as_the_table_says(world: World) {
    let account = json!({ "id": "altro", "name": "Altro ente", "fiscal_code": "00337460224", "email": "a@b.it" });
    let other = world.admin("POST", "/accounts", &account).answer().await.expect(201)["primary_key"].as_str().unwrap().to_owned();
    let keys = ["", "nobody's", "demo-use-key", "demo-limited-key", "demo-manage-key", "demo-group-key", &other];
    let tokens = [
        String::new(),
        "eyJhbGciOiJub25lIn0.e30.".to_owned(),
        world.token(BUGLIANO, "anonimo", &["ROLE_USER"]),
        world.token(BUGLIANO, &citizen(0), &["ROLE_USER", "ROLE_CPS_USER"]),
        world.token(BUGLIANO, "operatore", &["ROLE_OPERATORE"]),
        world.token(BUGLIANO, "admin", &["ROLE_ADMIN"]),
        world.service_token(BUGLIANO),
        world.token(VALLELAGHI, "admin", &["ROLE_ADMIN"]),
    ];
    let list = world.send("demo-manage-key", "GET", "/manage/services", &Value::Null).answer().await.expect(200);
    let services = list["value"].as_array().unwrap();
    let own = services.iter().find(|service| service["name"] == "Servizio sospeso").unwrap()["id"].as_str().unwrap();
    let mut judged = BTreeSet::new();
    for (method, path, body, expected) in table() {
        let id = match path {
            path if path.contains("/manage/") => own,
            path if path.contains("/accounts/") => "altro",
            _ => "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        };
        let address = path
            .replace("{id}", id)
            .replace("{fiscal_code}", &citizen(0))
            .replace("{date}", "2025-03-11")
            .replace("{organization_fiscal_code}", "00337460224")
            .replace("{key_type}", "primary")
            .replace("{url}", "a.pdf")
            .replace("{key}", "0123456789abcdef")
            .replace("{file}", "x.png")
            .replace("{username}", "revisore")
            .replace("{template}", "01ARZ3NDEKTSV4RRFFQ69G5FAV")
            .replace("{number}", "1");
        let (senders, users) = match expected {
            S(expected) => (expected.to_vec(), Vec::new()),
            U(expected) => (Vec::new(), expected.to_vec()),
        };
        for (key, expected) in keys.iter().zip(senders) {
            let answer = world.call(&method.to_uppercase(), &address).key(key).json(&body).answer().await;
            assert_eq!(answer.status, expected, "{method} {path} by {key:?}: {}", answer.body);
        }
        for (number, (token, expected)) in tokens.iter().zip(users).enumerate() {
            let answer = world.call(&method.to_uppercase(), &address).bearer(token).json(&body).answer().await;
            assert_eq!(answer.status, expected, "{method} {path} by user {number}: {}", answer.body);
        }
        judged.insert((path.to_owned(), method.to_owned()));
        world.clock.advance(jiff::SignedDuration::from_secs(1));
    }
    let documented: BTreeSet<_> = world
        .roles
        .iter()
        .filter_map(|role| role.openapi["paths"].as_object())
        .flatten()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys().filter(|key| *key != "parameters");
            methods.map(|method| (path.clone(), method.clone())).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(documented, judged, "every operation has its row, and every row its operation");
    assert!(documented.iter().any(|(path, _)| path.starts_with(API)));
}
