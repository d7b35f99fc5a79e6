//! The configuration API.

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{API, BUGLIANO, SERVICE, VALLELAGHI, World};

on_both_engines!(
    a_form_is_given_and_its_submission_is_stored,
    the_form_of_a_tenant_asks_for_what_its_configuration_needs,
    configurations_are_listed_to_their_own_administrators,
    configurations_are_replaced_changed_and_switched_off,
    wrong_fields_are_named,
    what_is_not_there_is_not_found,
    both_spellings_of_a_collection_are_answered,
    options_tell_what_an_address_takes,
);

async fn a_form_is_given_and_its_submission_is_stored(world: World) {
    let form = world.call("GET", &format!("{API}/schema"), &Value::Null).await.expect(200);
    assert_eq!(form["display"], "form");
    let keys: Vec<_> =
        form["components"].as_array().unwrap().iter().map(|component| component["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["tenant_id", "id", "description", "registry", "is_active", "submit"]);
    assert_eq!(form["components"][3]["components"][0]["key"], "register");

    // As Form.io sends it, button and all.
    let mut data = world.service_config();
    data["submit"] = json!(true);
    let stored = world.call("POST", &format!("{API}/services"), &json!({ "data": data, "metadata": {} })).await.expect(201);
    assert_eq!(stored["registry"], world.service_config()["registry"]);
    assert_eq!(stored["submit"], Value::Null);
    assert_eq!(stored["created_at"], "2026-03-02T10:00:00+01:00");
}

async fn the_form_of_a_tenant_asks_for_what_its_configuration_needs(world: World) {
    let form = world.call("GET", &format!("{API}/tenants/schema"), &Value::Null).await.expect(200);
    let keys: Vec<_> = form["components"].as_array().unwrap().iter().filter_map(|component| component["key"].as_str()).collect();
    let stored = world.call("GET", &format!("{API}/tenants/{BUGLIANO}"), &Value::Null).await.expect(200);
    let mut needed: Vec<_> = stored.as_object().unwrap().keys().filter(|key| !key.ends_with("_at")).map(String::as_str).collect();
    needed.push("submit");
    let sorted = |mut keys: Vec<_>| {
        keys.sort_unstable();
        keys
    };
    assert_eq!(sorted(keys), sorted(needed));
}

async fn configurations_are_listed_to_their_own_administrators(world: World) {
    for (path, id) in [("tenants", BUGLIANO), ("services", SERVICE)] {
        let list = world.call("GET", &format!("{API}/{path}"), &Value::Null).await.expect(200);
        let one = world.call("GET", &format!("{API}/{path}/{id}"), &Value::Null).await.expect(200);
        assert_eq!(list, json!([one]));
        let stranger = world.token(VALLELAGHI, &["ROLE_ADMIN"]);
        let theirs = world.call_by(&stranger, "GET", &format!("{API}/{path}/"), &Value::Null).await.expect(200);
        assert_eq!(theirs, json!([]));
    }
}

async fn configurations_are_replaced_changed_and_switched_off(world: World) {
    let (tenant, service) = (format!("{API}/tenants/{BUGLIANO}"), format!("{API}/services/{SERVICE}"));
    world.clock.advance(jiff::SignedDuration::from_hours(1));

    let changed = world.call("PATCH", &tenant, &json!({ "description": "Bugliano" })).await.expect(200);
    assert_eq!((&changed["description"], &changed["aoo_code"]), (&json!("Bugliano"), &json!("AOO1")));
    assert_eq!(
        (&changed["created_at"], &changed["modified_at"]),
        (&json!("2026-03-02T10:00:00+01:00"), &json!("2026-03-02T11:00:00+01:00"))
    );
    let replaced = world.call("PUT", &tenant, &world.tenant_config()).await.expect(200);
    assert_eq!(replaced["description"], "Comune di Bugliano");

    // An identifier in the body gives way to the one in the address.
    let mut other = world.service_config();
    (other["id"], other["tenant_id"], other["description"]) = (json!(BUGLIANO), json!(VALLELAGHI), json!("Altro"));
    let replaced = world.call("PUT", &service, &other).await.expect(200);
    assert_eq!(
        (&replaced["id"], &replaced["tenant_id"], &replaced["description"]),
        (&json!(SERVICE), &json!(BUGLIANO), &json!("Altro"))
    );

    for address in [&tenant, &service] {
        world.call("DELETE", address, &Value::Null).await.expect(204);
        assert_eq!(world.call("GET", address, &Value::Null).await.expect(200)["is_active"], false);
        world.call("DELETE", address, &Value::Null).await.expect(204);
        assert_eq!(world.call("PATCH", address, &json!({ "is_active": true })).await.expect(200)["is_active"], true);
    }
    let document = world.document();
    world.publish("documents", &document).await;
    world.registered(&document).await;
}

async fn wrong_fields_are_named(world: World) {
    let (tenants, services) = (format!("{API}/tenants"), format!("{API}/services"));
    let service = format!("{services}/{SERVICE}");
    for (method, path, body, fields) in [
        ("POST", &tenants, json!({}), vec!["/id", "/description", "/slug", "/base_url", "/institution_code", "/aoo_code"]),
        ("POST", &tenants, json!([]), vec!["/id", "/description", "/slug", "/base_url", "/institution_code", "/aoo_code"]),
        ("POST", &services, json!({ "data": {} }), vec!["/registry/register", "/id", "/tenant_id", "/description"]),
        ("PATCH", &service, json!({ "registry": { "register": 5 } }), vec!["/registry/register"]),
        ("PATCH", &service, json!({ "registry": "PROTOCOLLO" }), vec!["/registry", "/registry/register"]),
        ("PATCH", &service, json!({ "registry": { "register": "R", "registre": "R" } }), vec!["/registry/registre"]),
        ("PATCH", &service, json!({ "description": null }), vec!["/description"]),
        (
            "PATCH",
            &service,
            json!({ "registry": { "register": "R", "classification_hierarchy": "<b>" } }),
            vec!["/registry/classification_hierarchy"],
        ),
    ] {
        let answer = world.call(method, path, &body).await;
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        let answer = answer.expect(422);
        let named: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!(named, fields, "{method} {path} {body}");
    }
}

async fn what_is_not_there_is_not_found(world: World) {
    let none = "11111111-2222-4333-8444-555555555509";
    for (method, body) in [("GET", Value::Null), ("PUT", world.service_config()), ("PATCH", json!({})), ("DELETE", Value::Null)] {
        let problem = world.call(method, &format!("{API}/services/{none}"), &body).await.expect(404);
        assert_eq!(problem["type"], "/errors/registry-configuration-not-found");
        world.call(method, &format!("{API}/services/none"), &body).await.expect(404);
    }
}

async fn options_tell_what_an_address_takes(world: World) {
    for (path, takes) in [
        ("schema".to_owned(), vec!["GET", "HEAD"]),
        ("tenants".to_owned(), vec!["GET", "HEAD", "POST"]),
        (format!("tenants/{BUGLIANO}"), vec!["DELETE", "GET", "HEAD", "PATCH", "PUT"]),
        (format!("services/{SERVICE}"), vec!["DELETE", "GET", "HEAD", "PATCH", "PUT"]),
    ] {
        let answer = world.call("OPTIONS", &format!("{API}/{path}"), &Value::Null).await;
        let mut allowed: Vec<_> =
            answer.headers["allow"].to_str().unwrap().split(',').map(|method| method.trim().to_owned()).collect();
        allowed.sort();
        assert_eq!((answer.status, allowed), (204, takes.into_iter().map(str::to_owned).collect()), "{path}");
    }
}

async fn both_spellings_of_a_collection_are_answered(world: World) {
    world.call("POST", &format!("{API}/tenants/"), &world.tenant_config()).await.expect(201);
    world.call("POST", &format!("{API}/services/"), &world.service_config()).await.expect(201);
    assert_eq!(world.call("PUT", &format!("{API}/services"), &json!({})).await.status, 405);
}
