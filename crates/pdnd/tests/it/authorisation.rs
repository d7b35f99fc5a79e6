//! Who may do what: one row for each operation. An operation without a row fails the test.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{API, BUGLIANO, CITIZEN, CLIENT, OTHER, SERVICES, VALLELAGHI, World};

on_both_engines!(every_operation_answers_each_caller_as_the_table_says, what_another_body_has_does_not_exist);

/// What each caller is answered, in this order: nobody, a broken token, a visitor, another citizen, an operator, an administrator, another
/// role, an administrator of another body, the citizen.
type Expected = [u16; 9];

fn callers(world: &World) -> [String; 9] {
    [
        String::new(),
        "eyJhbGciOiJub25lIn0.e30.".to_owned(),
        world.token(BUGLIANO, &["ROLE_USER"]),
        world.citizen(OTHER),
        world.token(BUGLIANO, &["ROLE_OPERATORE"]),
        world.token(BUGLIANO, &["ROLE_ADMIN"]),
        world.service_token(BUGLIANO),
        world.token(VALLELAGHI, &["ROLE_ADMIN"]),
        world.citizen(CITIZEN),
    ]
}

const NOBODY: [u16; 2] = [401, 401];

fn admins(answer: u16) -> Expected {
    [401, 401, 403, 403, 403, answer, answer, 404, 403]
}

async fn every_operation_answers_each_caller_as_the_table_says(world: World) {
    let signed = world.ask("/anpr/accertamento-residenza", "residenza", CITIZEN).await.expect(200);
    let tenant = json!({ "name": "Comune di Bugliano", "ipa_code": "c_bugl" });
    let with_id = json!({ "id": BUGLIANO, "name": "Comune di Bugliano", "ipa_code": "c_bugl" });
    let client = world.call("GET", &format!("{API}/tenants/{BUGLIANO}/clients/{CLIENT}"), &Value::Null).await.expect(200);
    let config_id = world.config("isee").to_owned();
    let config = world.call("GET", &format!("{API}/tenants/{BUGLIANO}/configs/{config_id}"), &Value::Null).await.expect(200);
    let free = world.call("GET", &format!("{API}/tenants/{BUGLIANO}/keys"), &Value::Null).await.expect(200);
    let everybody = [200; 9];
    let own = |answer: u16| -> Expected { [NOBODY[0], NOBODY[1], 403, 403, 403, 403, 403, 403, answer] };
    let (no, change) = (Value::Null, json!({ "name": "Altro" }));
    let table: Vec<(&str, &str, Value, Expected)> = vec![
        ("get", "/status", no.clone(), everybody),
        ("get", "/metrics", no.clone(), everybody),
        ("get", "/e-services", no.clone(), [401, 401, 403, 403, 403, 200, 200, 200, 403]),
        ("get", "/{provider}/{service}", no.clone(), own(200)),
        // The platform asks for whoever sends a form.
        ("post", "/{provider}/{service}", signed, [401, 401, 403, 403, 403, 403, 200, 403, 200]),
        ("post", "/tenants", with_id, admins(409)),
        ("get", "/tenants/{tenant_id}", no.clone(), admins(200)),
        ("put", "/tenants/{tenant_id}", tenant, admins(200)),
        ("patch", "/tenants/{tenant_id}", change.clone(), admins(200)),
        ("get", "/tenants/{tenant_id}/clients", no.clone(), admins(200)),
        ("post", "/tenants/{tenant_id}/clients", client.clone(), admins(409)),
        ("get", "/tenants/{tenant_id}/clients/{client_id}", no.clone(), admins(200)),
        ("put", "/tenants/{tenant_id}/clients/{client_id}", client, admins(200)),
        ("patch", "/tenants/{tenant_id}/clients/{client_id}", change, admins(200)),
        ("get", "/tenants/{tenant_id}/configs", no.clone(), admins(200)),
        ("post", "/tenants/{tenant_id}/configs", config.clone(), admins(201)),
        ("get", "/tenants/{tenant_id}/configs/{config_id}", no.clone(), admins(200)),
        ("put", "/tenants/{tenant_id}/configs/{config_id}", config, admins(200)),
        ("patch", "/tenants/{tenant_id}/configs/{config_id}", json!({}), admins(200)),
        ("delete", "/tenants/{tenant_id}/configs/{config_id}", no.clone(), admins(204)),
        ("get", "/tenants/{tenant_id}/keys", no.clone(), admins(200)),
        // Each of these can be done once: whoever may comes first.
        ("delete", "/tenants/{tenant_id}/keys/{keys_id}", no.clone(), [401, 401, 403, 403, 403, 204, 404, 404, 403]),
        ("delete", "/tenants/{tenant_id}/clients/{client_id}", no.clone(), [401, 401, 403, 403, 403, 204, 404, 404, 403]),
        ("delete", "/tenants/{tenant_id}", no, [401, 401, 403, 403, 403, 204, 404, 404, 403]),
    ];
    let callers = callers(&world);
    let mut judged = BTreeSet::new();
    for (method, path, body, expected) in table {
        let address = path.replace("{tenant_id}", BUGLIANO).replace("{client_id}", &CLIENT.to_string());
        let address = address.replace("{config_id}", &config_id).replace("{keys_id}", free["id"].as_str().unwrap());
        let address = address.replace("/{provider}/{service}", &format!("/anpr/accertamento-residenza?fiscal_code={CITIZEN}"));
        for (caller, expected) in callers.iter().zip(expected) {
            let answer = world.call_by(caller, &method.to_uppercase(), &format!("{API}{address}"), &body).await;
            assert_eq!(answer.status, expected, "{method} {path} by {caller:.40}: {}", answer.body);
        }
        judged.insert((format!("{API}{path}"), method.to_owned()));
    }
    let paths = world.roles[0].openapi["paths"].as_object().unwrap().iter();
    let documented = paths.flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys().filter(|key| *key != "parameters");
        methods.map(|method| (path.clone(), method.clone())).collect::<Vec<_>>()
    });
    assert_eq!(documented.collect::<BTreeSet<_>>(), judged, "every operation has its row, and every row its operation");
}

async fn what_another_body_has_does_not_exist(world: World) {
    world.furnish(VALLELAGHI, kernel::Uuid::from_u128(0xbad)).await;
    let stranger = world.token(VALLELAGHI, &["ROLE_ADMIN"]);
    for path in [
        format!("/tenants/{VALLELAGHI}/configs/{}", world.config("isee")),
        format!("/tenants/{VALLELAGHI}/clients/{CLIENT}"),
        format!("/tenants/{BUGLIANO}/clients/{CLIENT}"),
        format!("/tenants/{BUGLIANO}/keys"),
    ] {
        world.call_by(&stranger, "GET", &format!("{API}{path}"), &Value::Null).await.expect(404);
    }
    // A client of the own body, but with the pair of another one.
    let theirs = world.call("GET", &format!("{API}/tenants/{BUGLIANO}/keys"), &Value::Null).await.expect(200);
    let body = json!({ "id": kernel::Uuid::from_u128(5), "name": "x", "env": "locale", "key_pair_id": theirs["id"] });
    let answer = world.call_by(&stranger, "POST", &format!("{API}/tenants/{VALLELAGHI}/clients"), &body).await;
    assert_eq!(answer.wrong_fields(), ["key_pair_id"]);
    // A citizen of one body does not use the line of another one, neither to ask nor to have something validated.
    let signed = world.ask("/anpr/stato-famiglia", "famiglia", CITIZEN).await.expect(200);
    let citizen =
        testkit::token(world.clock.now(), VALLELAGHI, &kernel::Uuid::from_u128(6).to_string(), CITIZEN, &["ROLE_CPS_USER"]);
    let config = world.config("stato-famiglia");
    let path = format!("{API}/anpr/stato-famiglia?fiscal_code={CITIZEN}&config_id={config}");
    world.call_by(&citizen, "GET", &path, &Value::Null).await.expect(404);
    world.call_by(&citizen, "POST", &path, &signed).await.expect(404);
    let path = format!("{API}/anpr/stato-famiglia?fiscal_code={CITIZEN}");
    let result = world.call_by(&citizen, "POST", &path, &signed).await.expect(200);
    assert_eq!(result["result"], false, "signed by another body's key");
    assert_eq!(SERVICES.len(), world.configs.len());
}
