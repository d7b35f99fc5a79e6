//! Every refusal of a submission over HTTP, in the published order, with the published title and detail.

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{World, citizen, message};

on_both_engines!(
    every_title_is_produced_in_the_documented_order,
    bodies_that_are_no_messages_are_told_why,
    paths_and_payments_are_judged,
    a_store_that_fails_keeps_its_cause_and_nothing_of_the_message,
);

/// An organisation of its own with these groups, a service, and its key.
async fn sender(world: &World, groups: &[&str], changes: &Value) -> (String, String) {
    let name = format!("ente-{}", world.app.rng().uuid());
    let mut account = json!({ "id": name, "name": "Ente di prova", "fiscal_code": "00337460224", "email": "a@b.it" });
    account["groups"] = json!([&["ApiServiceWrite", "ApiRemoteContentConfigurationWrite"], groups].concat());
    let made = world.admin("POST", "/accounts", &account).answer().await.expect(201);
    let manage = made["primary_key"].as_str().unwrap().to_owned();
    let mut service = json!({
        "name": "Servizio", "description": "Un servizio di prova.",
        "organization": { "name": "Ente di prova", "fiscal_code": "00337460224" },
        "metadata": { "scope": "LOCAL", "topic_id": 0 }
    });
    service.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let service = world.send(&manage, "POST", "/manage/services", &service).answer().await.expect(201);
    let path = format!("/manage/services/{}/keys", service["id"].as_str().unwrap());
    let keys = world.send(&manage, "GET", &path, &Value::Null).answer().await.expect(200);
    (manage, keys["primary_key"].as_str().unwrap().to_owned())
}

/// A configuration of an organisation.
async fn configuration(world: &World, manage: &str, environment: bool) -> String {
    let mut body = json!({
        "name": "Prova", "description": "Contenuti di prova", "disable_lollipop_for": [], "has_precondition": "NEVER", "is_lollipop_enabled": false
    });
    if environment {
        let key = json!({ "header_key_name": "X-API-Key", "key": "secret", "type": "API-KEY" });
        body["prod_environment"] = json!({ "base_url": "https://example.org/base", "details_authentication": key });
    }
    let made = world.send(manage, "POST", "/messages-sending/remote-contents/configurations", &body).answer().await.expect(201);
    made["configuration_id"].as_str().unwrap().to_owned()
}

async fn every_title_is_produced_in_the_documented_order(world: World) {
    // Everything that can be wrong with a message at once; each refusal is mended before the next is looked for.
    let writers =
        ["ApiLimitedMessageWrite", "ApiMessageWriteEUCovidCert", "ApiMessageWriteWithPayee", "ApiThirdPartyMessageWrite"];
    let rules = json!({ "authorized_cidrs": ["203.0.113.0/24"] });
    let mut message = json!({
        "fiscal_code": citizen(0),
        "content": {
            "subject": "Un oggetto valido", "markdown": "m".repeat(79), "eu_covid_cert": { "auth_code": "x" },
            "payment_data": { "amount": 100, "notice_number": "302000100440009424", "payee": { "fiscal_code": "00337460224" } },
            "third_party_data": { "id": "x", "has_attachments": true }
        }
    });
    let path = format!("/messages/{}", citizen(0));
    let from = |key: &str, path: &str, message: &Value, from: &str| {
        let call = world.send(key, "POST", path, message).from(from);
        async move { call.answer().await }
    };
    let (_, none) = sender(&world, &[], &rules).await;
    from(&none, &path, &message, "").await.refused(403, "You are not allowed here");
    let (_, first) = sender(&world, &writers[..1], &rules).await;
    from(&first, &path, &message, "").await.refused(500, "Internal server error");
    from(&first, &path, &message, "198.51.100.7").await.refused(400, "Invalid message structure");
    message["content"]["markdown"] = json!("m".repeat(80));
    for (count, detail) in [
        (1, "You do not have enough permissions to send an EUCovidCert message"),
        (2, "You do not have enough permissions to send a payment message with payee"),
        (3, "You do not have enough permissions to send a third party message"),
    ] {
        let (_, key) = sender(&world, &writers[..count], &rules).await;
        let refused = from(&key, &path, &message, "198.51.100.7").await.refused(403, "You are not allowed here");
        assert_eq!(refused["detail"], detail);
    }
    let mut premium = message.clone();
    premium["feature_level_type"] = json!("ADVANCED");
    let (manage, key) = sender(&world, &writers, &rules).await;
    let refused = from(&key, &path, &premium, "198.51.100.7").await.refused(403, "You are not allowed here");
    assert_eq!(refused["detail"], "You do not have enough permissions to send a Premium message");
    let refused = from(&key, &path, &message, "198.51.100.7").await.refused(403, "You are not allowed here");
    assert_eq!(refused["code"], "SOURCE_IP_NOT_ALLOWED");
    let here = "203.0.113.9";
    let both = from(&key, &path, &message, here).await.refused(400, "Bad parameters");
    assert_eq!(both["detail"], "The fiscalcode parameter must be specified in the path or in the payload but not in both");
    let mut nobody = message.clone();
    nobody.as_object_mut().unwrap().remove("fiscal_code");
    let neither = from(&key, "/messages", &nobody, here).await.refused(400, "Bad parameters");
    assert_eq!(neither["detail"], "The fiscalcode parameter must be specified in the path or in the payload");
    from(&key, "/messages", &message, here).await.refused(403, "No configuration id for remote content");
    message["content"]["third_party_data"]["configuration_id"] = json!("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    from(&key, "/messages", &message, here).await.refused(404, "Remote Content Configuration NOT FOUND");
    let (other, _) = sender(&world, &writers, &rules).await;
    message["content"]["third_party_data"]["configuration_id"] = json!(configuration(&world, &other, true).await);
    let foreign = from(&key, "/messages", &message, here).await.refused(403, "Not your configuration");
    assert_eq!(foreign["detail"], "You're not the owner of the configuration related to the given configuration_id");
    message["content"]["third_party_data"]["configuration_id"] = json!(configuration(&world, &manage, false).await);
    let attachments = from(&key, "/messages", &message, here).await.refused(403, "Attachments call forbidden");
    let said = "You are not allowed to send messages with attachmens with STANDARD messages, please use ADVANCED";
    assert_eq!(attachments["detail"], said);
    message["content"]["third_party_data"]["has_attachments"] = json!(false);
    from(&key, "/messages", &message, here).await.refused(403, "No environment for remote content");
    message["content"]["third_party_data"]["configuration_id"] = json!(configuration(&world, &manage, true).await);
    let recipient = from(&key, "/messages", &message, here).await.refused(403, "Recipient forbidden");
    assert_eq!(recipient["detail"], "You are not allowed to issue requests for the recipient.");
    let rules = json!({ "authorized_cidrs": ["203.0.113.0/24"], "authorized_recipients": [citizen(0)] });
    let (manage, key) = sender(&world, &writers, &rules).await;
    message["content"]["third_party_data"]["configuration_id"] = json!(configuration(&world, &manage, true).await);
    let payment = from(&key, "/messages", &message, here).await.refused(400, "Error while sending payment metadata");
    assert_eq!(payment["detail"], "The requested amount (100 cents) exceeds the maximum allowed for this service (0 cents)");
    message["content"].as_object_mut().unwrap().remove("payment_data");
    from(&key, "/messages", &message, here).await.expect(201);
}

async fn bodies_that_are_no_messages_are_told_why(world: World) {
    let mut short = message(0);
    short["content"]["subject"] = json!("invalid");
    short["time_to_live"] = json!(1);
    let refused =
        world.send("demo-use-key", "POST", "/messages", &short).answer().await.refused(400, "Invalid message structure");
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("value \"invalid\" at root.content.subject is not a valid [string of length >= 10 and < 121]"),
        "{detail}"
    );
    assert_eq!(detail.lines().count(), 2);
    for body in ["", "{", "null", "[]", "\u{0}"] {
        let call = world.send("demo-use-key", "POST", "/messages", &Value::Null).text(body);
        call.answer().await.refused(400, "Invalid message structure");
    }
}

async fn paths_and_payments_are_judged(world: World) {
    let mut nobody = message(0);
    nobody.as_object_mut().unwrap().remove("fiscal_code");
    let by_path = |body: &Value| world.send("demo-use-key", "POST", "/messages/aaaaaa00a00a000a", body);
    by_path(&nobody).answer().await.refused(400, "Invalid FiscalCode structure");
    by_path(&json!({})).answer().await.refused(400, "Invalid message structure");
    let mut paid = message(0);
    paid["content"]["payment_data"] = json!({ "amount": 100_000_000, "notice_number": "302000100440009424" });
    let most = world.send("demo-premium-key", "POST", "/messages", &paid).answer().await;
    let most = most.refused(400, "Error while sending payment metadata");
    assert_eq!(
        most["detail"],
        "The requested amount (100000000 cents) exceeds the maximum allowed for this service (99999999 cents)"
    );
    paid["content"]["payment_data"]["amount"] = json!(99_999_999);
    world.send("demo-premium-key", "POST", "/messages", &paid).answer().await.expect(201);
    let other = world.send("demo-limited-key", "POST", "/messages", &message(5)).answer().await;
    other.refused(403, "Recipient forbidden");
    world.send("demo-limited-key", "POST", "/messages", &message(0)).answer().await.expect(201);
}

async fn a_store_that_fails_keeps_its_cause_and_nothing_of_the_message(world: World) {
    world.execute("ALTER TABLE io_messages RENAME TO io_messages_away").await;
    let failed = world.send("demo-use-key", "POST", "/messages", &message(0)).answer().await;
    let failed = failed.refused(500, "Internal server error");
    assert!(!failed.to_string().contains("io_messages"), "{failed}");
    world.execute("ALTER TABLE io_messages_away RENAME TO io_messages").await;
    assert_eq!(world.count("SELECT count(*) FROM events WHERE topic = 'io_messages'").await, 0);
    world.submit("demo-use-key", &message(0)).await;
    assert_eq!(world.count("SELECT count(*) FROM io_messages").await, 1);
}
