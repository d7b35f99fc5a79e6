//! Submitting and looking: the rows M3 to M5 and K1 to K8.

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{API, World, citizen, message};

on_both_engines!(
    m3_a_message_is_accepted_for_the_citizen_of_the_body,
    m4_a_message_is_accepted_for_the_citizen_of_the_path,
    m5_only_the_sending_service_sees_a_message,
    k1_k2_k3_informative_deadline_and_payment_come_back_as_published,
    k4_k5_k6_k7_static_remote_premium_and_attachments,
    k8_legal_prescription_and_certificate,
    unknown_members_are_ignored,
);

async fn m3_a_message_is_accepted_for_the_citizen_of_the_body(world: World) {
    let answer = world.send("demo-use-key", "POST", "/messages", &message(0)).answer().await;
    let location = answer.headers["location"].to_str().unwrap().to_owned();
    let body = answer.expect(201);
    let id = body["id"].as_str().unwrap();
    assert_eq!(body, json!({ "id": id }));
    assert!(id.len() == 26 && id.parse::<u128>().is_err());
    assert_eq!(location, format!("{API}/messages/{}/{id}", citizen(0)));
    // The 201 says nothing about the recipient: one whom nobody knows is accepted too.
    world.submit("demo-use-key", &message(1)).await;
    assert_eq!(world.count("SELECT count(*) FROM io_messages").await, 2);
    assert!(world.count("SELECT count(*) FROM events WHERE topic = 'io_messages'").await >= 2);
}

async fn m4_a_message_is_accepted_for_the_citizen_of_the_path(world: World) {
    let mut nobody = message(0);
    nobody.as_object_mut().unwrap().remove("fiscal_code");
    let path = format!("/messages/{}", citizen(5));
    let id = world.send("demo-use-key", "POST", &path, &nobody).answer().await.expect(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(world.decided("demo-use-key", &citizen(5), &id).await["status"], "PROCESSED");
    world.send("demo-use-key", "POST", &path, &message(5)).answer().await.refused(400, "Bad parameters");
}

async fn m5_only_the_sending_service_sees_a_message(world: World) {
    let id = world.submit("demo-use-key", &message(0)).await;
    let shown = world.decided("demo-use-key", &citizen(0), &id).await;
    let message = &shown["message"];
    assert_eq!((&message["id"], &message["fiscal_code"]), (&json!(id), &json!(citizen(0))));
    assert_eq!((&message["feature_level_type"], &message["time_to_live"]), (&json!("STANDARD"), &json!(3600)));
    assert_eq!(message["created_at"], "2025-03-12T08:15:02.250Z");
    assert_eq!(message["content"]["subject"], "Un oggetto valido");
    assert!(shown.get("read_status").is_none() && shown.get("payment_status").is_none());
    let path = format!("/messages/{}/{id}", citizen(0));
    let other =
        world.send("demo-premium-key", "GET", &path, &Value::Null).answer().await.refused(403, "You are not allowed here");
    assert_eq!(other["detail"], "You are not allowed to read this message, you can only read messages that you have sent");
    for path in [
        format!("/messages/{}/{id}", citizen(5)),
        format!("/messages/{}/01ARZ3NDEKTSV4RRFFQ69G5FAV", citizen(0)),
        format!("/messages/{}/x", citizen(0)),
    ] {
        let missing = world.send("demo-use-key", "GET", &path, &Value::Null).answer().await.refused(404, "Message not found");
        assert_eq!(missing["detail"], "The message that you requested was not found in the system.", "{path}");
    }
    world
        .send("demo-use-key", "GET", &format!("/messages/x/{id}"), &Value::Null)
        .answer()
        .await
        .refused(400, "Invalid FiscalCode structure");
}

async fn k1_k2_k3_informative_deadline_and_payment_come_back_as_published(world: World) {
    let mut sent = message(0);
    sent["content"]["due_date"] = json!("2025-12-31T23:59:59+01:00");
    sent["content"]["payment_data"] = json!({ "amount": 1050, "notice_number": "302000100440009424" });
    let id = world.submit("demo-premium-key", &sent).await;
    // While it is on its way content and payee are there already: published clients do not decode an answer without them.
    let shown = world.look("demo-premium-key", &citizen(0), &id).await;
    let content = &shown["message"]["content"];
    assert_eq!(content["due_date"], "2025-12-31T22:59:59.000Z");
    let payment = json!({
        "amount": 1050, "notice_number": "302000100440009424", "invalid_after_due_date": false, "payee": { "fiscal_code": "00337460224" }
    });
    assert_eq!(content["payment_data"], payment);
    let plain = world.submit("demo-use-key", &message(1)).await;
    let rejected = world.decided("demo-use-key", &citizen(1), &plain).await;
    assert_eq!((&rejected["status"], rejected["message"]["content"].is_object()), (&json!("REJECTED"), true));
}

async fn k4_k5_k6_k7_static_remote_premium_and_attachments(world: World) {
    let authentication = json!({ "header_key_name": "X-API-Key", "key": "secret", "type": "API-KEY" });
    let configuration = json!({
        "name": "Prova", "description": "Contenuti di prova", "disable_lollipop_for": [], "has_precondition": "ONCE",
        "is_lollipop_enabled": false,
        "prod_environment": { "base_url": "https://example.org/base", "details_authentication": authentication }
    });
    let path = "/messages-sending/remote-contents/configurations";
    let made = world.send("demo-manage-key", "POST", path, &configuration).answer().await.expect(201);
    let mut remote = message(0);
    let third = json!({ "id": "atto-1", "configuration_id": made["configuration_id"], "has_remote_content": true });
    remote["content"]["third_party_data"] = third;
    let id = world.submit("demo-use-key", &remote).await;
    let shown = world.decided("demo-use-key", &citizen(0), &id).await;
    assert_eq!(shown["message"]["content"]["third_party_data"]["has_remote_content"], true);
    remote["content"]["third_party_data"]["has_attachments"] = json!(true);
    world.send("demo-use-key", "POST", "/messages", &remote).answer().await.refused(403, "Attachments call forbidden");
    let mut premium = message(0);
    premium["feature_level_type"] = json!("ADVANCED");
    world.send("demo-use-key", "POST", "/messages", &premium).answer().await.refused(403, "You are not allowed here");
    let id = world.submit("demo-premium-key", &premium).await;
    assert_eq!(world.look("demo-premium-key", &citizen(0), &id).await["message"]["feature_level_type"], "ADVANCED");
}

async fn k8_legal_prescription_and_certificate(world: World) {
    let mut legacy = message(0);
    legacy["content"]["prescription_data"] = json!({ "nre": "1".repeat(15) });
    legacy["content"]["legal_data"] =
        json!({ "sender_mail_from": "a@pec.it", "has_attachment": false, "message_unique_id": "1" });
    let id = world.submit("demo-use-key", &legacy).await;
    let shown = world.look("demo-use-key", &citizen(0), &id).await;
    assert_eq!(shown["message"]["content"]["legal_data"]["message_unique_id"], "1");
    legacy["content"]["eu_covid_cert"] = json!({ "auth_code": "x" });
    let refused =
        world.send("demo-use-key", "POST", "/messages", &legacy).answer().await.refused(403, "You are not allowed here");
    assert_eq!(refused["code"], "FEATURE_NOT_ALLOWED");
}

async fn unknown_members_are_ignored(world: World) {
    let mut sent = message(0);
    sent["unknown"] = json!({ "deep": [1] });
    sent["content"]["other"] = json!("x");
    let id = world.submit("demo-use-key", &sent).await;
    assert!(world.look("demo-use-key", &citizen(0), &id).await["message"]["content"].get("other").is_none());
}
