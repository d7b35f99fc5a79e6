//! The configuration API version 2.

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::served::PAGOPA;
use crate::world::{BUGLIANO, CREATION_PENDING, PROXY, SERVICE, VALLELAGHI, World};

on_both_engines!(
    the_life_of_a_tenants_configuration,
    the_life_of_a_payments_configuration,
    lists_give_what_is_asked_for,
    wrong_bodies_are_refused_and_nothing_is_stored,
    forms_are_served,
    another_tenants_configuration_cannot_be_taken,
    the_first_edition_leaves_to_the_event_what_it_says,
    every_rule_of_the_provider_is_told_with_those_of_everybody,
);

async fn the_life_of_a_tenants_configuration(world: World) {
    let (tenants, tenant) = (format!("{PROXY}/v2/tenants"), format!("{PROXY}/v2/tenants/{BUGLIANO}"));
    let mut config = world.tenant_config();
    config["IPA_code"] = json!("c_bugl");
    world.call("POST", &tenants, &config).await.expect(409);
    let stored = world.call("PUT", &tenant, &config).await.expect(200);
    assert_eq!((&stored["IPA_code"], &stored["active"]), (&json!("c_bugl"), &json!(true)));
    assert_eq!(world.call("GET", &tenant, &Value::Null).await.expect(200), stored);
    let patched = world.call("PATCH", &tenant, &json!({ "name": "Comune nuovo", "IPA_code": null })).await.expect(200);
    assert_eq!((&patched["name"], patched.get("IPA_code")), (&json!("Comune nuovo"), None));
    for _ in 0..2 {
        world.call("DELETE", &tenant, &Value::Null).await.expect(204);
    }
    assert_eq!(world.call("GET", &tenant, &Value::Null).await.expect(200)["active"], false, "disabled, not removed");
    world.call("POST", &tenants, &config).await.expect(201);
    assert_eq!(world.call("GET", &tenants, &Value::Null).await.expect(200)[0]["active"], true);
    // While disabled, nothing is this proxy's business; the payment's configuration alone is not enough.
    world.call("PATCH", &tenant, &json!({ "active": false })).await.expect(200);
    world.publish("applications", &world.application("20.00")).await;
    world.idle().await;
    assert_eq!(world.keyed_events().await.len(), 1);
}

async fn the_life_of_a_payments_configuration(world: World) {
    let (configs, config) = (format!("{PROXY}/v2/configs"), format!("{PROXY}/v2/configs/{SERVICE}"));
    world.call("POST", &configs, &world.payment_config()).await.expect(409);
    let patched = world.call("PATCH", &config, &json!({ "note": { "a": 1 } })).await.expect(200);
    assert_eq!((&patched["note"]["a"], &patched["items"][0]["amount"]), (&json!(1), &json!(20)));
    world.call("DELETE", &config, &Value::Null).await.expect(204);
    assert_eq!(world.call("GET", &config, &Value::Null).await.expect(200)["active"], false);
    world.call("PUT", &config, &world.payment_config()).await.expect(200);
    let mut drawn = world.payment_config();
    drawn.as_object_mut().unwrap().remove("id");
    drawn["remote_collection"]["id"] = json!(world.app.rng().uuid());
    let created = world.call("POST", &configs, &drawn).await.expect(201);
    let id = created["id"].as_str().unwrap();
    assert_eq!(world.call("GET", &format!("{configs}/{id}"), &Value::Null).await.expect(200), created);
    let fresh = world.app.rng().uuid();
    world.call("PUT", &format!("{configs}/{fresh}"), &drawn).await.expect(201);
    world.call("GET", &format!("{configs}/{}", world.app.rng().uuid()), &Value::Null).await.expect(404);
    world.call("DELETE", &format!("{configs}/{}", world.app.rng().uuid()), &Value::Null).await.expect(404);
    // A configuration with an identifier of its own serves the service that it names.
    let mut application = world.application("20.00");
    application["service_id"] = drawn["remote_collection"]["id"].clone();
    let text = application.to_string();
    world.publish_text("applications", application["event_id"].as_str().unwrap(), text).await;
    let began = std::time::Instant::now();
    while world.statuses(&application).await.last().is_none_or(|status| status != "PAYMENT_PENDING") {
        assert!(began.elapsed().as_secs() < 30);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

async fn lists_give_what_is_asked_for(world: World) {
    let configs = format!("{PROXY}/v2/configs");
    let mut ids = vec![SERVICE.to_owned()];
    for _ in 0..5 {
        let id = world.app.rng().uuid().to_string();
        world.call("PUT", &format!("{configs}/{id}"), &world.payment_config()).await.expect(201);
        ids.push(id);
    }
    let list = |query: String| {
        let (world, path) = (&world, format!("{configs}?{query}"));
        async move { world.call("GET", &path, &Value::Null).await }
    };
    let found =
        |list: Value| list.as_array().unwrap().iter().map(|config| config["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(found(list(String::new()).await.expect(200)).len(), 6);
    let two = format!("config_id={}&config_id={}", ids[3], ids[1]);
    assert_eq!(found(list(two).await.expect(200)), [ids[3].clone(), ids[1].clone()]);
    let unknown = format!("config_ids={}&config_ids={}", world.app.rng().uuid(), ids[2]);
    assert_eq!(found(list(unknown).await.expect(200)), [ids[2].clone()]);
    let six: Vec<String> = ids.iter().map(|id| format!("config_id={id}")).collect();
    list(six.join("&")).await.expect(400);
    list("config_id=x".to_owned()).await.expect(400);
}

async fn wrong_bodies_are_refused_and_nothing_is_stored(world: World) {
    let (tenant, config) = (format!("{PROXY}/v2/tenants/{BUGLIANO}"), format!("{PROXY}/v2/configs/{SERVICE}"));
    let before = (world.call("GET", &tenant, &Value::Null).await.body, world.call("GET", &config, &Value::Null).await.body);
    let wrong = world.call("PATCH", &tenant, &json!({ "tax_identification_number": "1234567891" })).await.expect(422);
    assert_eq!(wrong["errors"][0]["field"], "/tax_identification_number");
    let wrong = world.call("PATCH", &config, &json!({ "items": [{ "amount": -1 }] })).await.expect(422);
    assert!(wrong["errors"].as_array().unwrap().len() > 2, "{wrong}");
    world.call("PATCH", &config, &json!([])).await.expect(422);
    world.call("PUT", &config, &json!("x")).await.expect(422);
    world.call("PATCH", &config, &json!({ "tenant_id": VALLELAGHI })).await.expect(404);
    let after = (world.call("GET", &tenant, &Value::Null).await.body, world.call("GET", &config, &Value::Null).await.body);
    assert_eq!(before, after);
}

async fn forms_are_served(world: World) {
    for path in ["v2/tenants/schema", "v2/configs/schema", "tenants/schema", "configs/schema"] {
        let form = world.call_by("", "GET", &format!("{PROXY}/{path}"), &Value::Null).await.expect(200);
        assert_eq!(form["display"], "form");
        let options = world.call_by("", "OPTIONS", &format!("{PROXY}/{path}"), &Value::Null).await;
        assert_eq!((options.status, options.headers["allow"].to_str().unwrap()), (204, "GET, HEAD, OPTIONS"));
    }
    for path in ["tenants", "configs", &format!("tenants/{BUGLIANO}"), &format!("configs/{SERVICE}")] {
        let options = world.call_by("", "OPTIONS", &format!("{PROXY}/v2/{path}"), &Value::Null).await;
        assert!(options.status == 204 && options.headers["allow"].to_str().unwrap().contains("GET"), "{path}");
    }
}

async fn another_tenants_configuration_cannot_be_taken(world: World) {
    let stranger = world.service_token(VALLELAGHI);
    let mut config = world.payment_config();
    config["tenant_id"] = json!(VALLELAGHI);
    for (method, path) in [("POST", format!("{PROXY}/v2/configs")), ("PUT", format!("{PROXY}/v2/configs/{SERVICE}"))] {
        world.call_by(&stranger, method, &path, &config).await.expect(404);
    }
    let kept = world.call("GET", &format!("{PROXY}/v2/configs/{SERVICE}"), &Value::Null).await.expect(200);
    assert_eq!(kept["tenant_id"], BUGLIANO);
    assert_eq!(
        world.call_by(&stranger, "GET", &format!("{PROXY}/v2/configs?config_id={SERVICE}"), &Value::Null).await.expect(200),
        json!([])
    );
    assert_eq!(world.call_by(&stranger, "GET", &format!("{PROXY}/v2/tenants"), &Value::Null).await.expect(200), json!([]));
}

async fn the_first_edition_leaves_to_the_event_what_it_says(world: World) {
    let (services, service) = (format!("{PROXY}/services"), format!("{PROXY}/services/{SERVICE}"));
    world.call("DELETE", &service, &Value::Null).await.expect(204);
    let mut config = json!({
        "id": SERVICE, "tenant_id": BUGLIANO, "payment_type": "pagopa_and_stamp", "management_id": "COSAP",
        "collection_data": "9/0301109AP/", "split_enable": false, "split": [], "hidden": "", "submit": true, "active": true,
        "stamps": [{ "id": "01", "amount": "16.00", "collection_data": "9/3300.1" }]
    });
    let stored = world.call("POST", &services, &config).await.expect(201);
    assert_eq!(stored["hidden"], "", "members of other programs are kept");
    world.call("POST", &services, &config).await.expect(409);
    assert_eq!(world.call("GET", &service, &Value::Null).await.expect(200), stored);
    assert_eq!(world.call("GET", &format!("{PROXY}/v2/configs/{SERVICE}"), &Value::Null).await.expect(200), stored, "one store");
    // The second edition wants it all.
    let refused = world.call("PUT", &format!("{PROXY}/v2/configs/{SERVICE}"), &config).await.expect(422);
    let fields: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields[..4], ["/remote_collection/id", "/remote_collection/type", "/amount", "/reason"]);
    let mut event: Value = serde_json::from_str(CREATION_PENDING).unwrap();
    event["payment"]["amount"] = json!(4.5);
    world.publish("payments", &event).await;
    let pending = world.payment(&event, "PAYMENT_PENDING").await;
    assert_eq!((&pending["type"], &pending["payment"]["amount"]), (&json!("PAGOPA"), &json!(20.5)));
    let parts: Vec<_> =
        pending["payment"]["split"].as_array().unwrap().iter().map(|part| (&part["code"], &part["amount"])).collect();
    assert_eq!(parts, [(&json!("COSAP"), &json!("4.50")), (&json!("bollo_1"), &json!("16.00"))]);
    // Its identifier is the service's: none is drawn.
    config.as_object_mut().unwrap().remove("id");
    world.call("POST", &services, &config).await.expect(422);
    world.call("PATCH", &service, &json!({ "payment_type": "bonifico" })).await.expect(422);
    world.call("DELETE", &service, &Value::Null).await.expect(204);
    assert_eq!(world.call("GET", &service, &Value::Null).await.expect(200)["active"], false);
}

async fn every_rule_of_the_provider_is_told_with_those_of_everybody(world: World) {
    let wrong = |body: Value, path: &'static str| {
        let world = &world;
        async move {
            let refused = world.call("POST", &format!("/payment-proxy/pagopa/{path}"), &body).await.expect(422);
            let fields = refused["errors"].as_array().unwrap().iter();
            fields.map(|error| error["field"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    let tenant = json!({ "id": BUGLIANO, "iban": "IT00", "segregation_code": 50 });
    let expected = ["/name", "/tax_identification_number", "/api_key", "/segregation_code", "/iban"];
    assert_eq!(wrong(tenant, "v2/tenants").await, expected);
    let mut config = PAGOPA.payment();
    config["items"][0]["receiver"] = json!({ "name": "Unione", "tax_identification_number": "00000100016" });
    config["items"][0]["split"] = (0..11).map(|n| json!({ "id": format!("c_{n}"), "amount": n + 1 })).collect();
    config["items"][0]["amount"] = json!(66);
    assert_eq!(wrong(config, "v2/configs").await, ["/items/0/receiver/iban", "/items/0/split"]);
}
