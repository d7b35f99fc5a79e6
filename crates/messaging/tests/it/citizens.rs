//! The citizen's side: profile, choices, inbox, calendar.

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{World, citizen, message};

on_both_engines!(
    a_citizen_comes_chooses_and_leaves,
    choices_for_services_count_at_their_version_of_the_settings,
    the_inbox_is_read_archived_and_paged,
    buttons_notices_and_deadlines_are_shown,
    others_messages_are_not_there,
);

async fn service(world: &World, last: u8) -> String {
    let services = world.app(last, "GET", "/services", &Value::Null).answer().await.expect(200);
    let found = services.as_array().unwrap().iter().find(|service| service["name"] == "Avvisi del Comune").unwrap();
    found["id"].as_str().unwrap().to_owned()
}

async fn allowed(world: &World, last: u8) -> Value {
    let body = json!({ "fiscal_code": citizen(last) });
    let profile = world.send("demo-use-key", "POST", "/profiles", &body).answer().await;
    if profile.status == 404 { Value::Null } else { profile.expect(200)["sender_allowed"].clone() }
}

async fn a_citizen_comes_chooses_and_leaves(world: World) {
    world.app(1, "GET", "/profile", &Value::Null).answer().await.expect(404);
    assert_eq!(allowed(&world, 1).await, Value::Null);
    let wanted = json!({ "is_inbox_enabled": true, "mode": "MANUAL", "preferred_languages": ["de_DE"], "app_version": "3.1.0" });
    let made = world.app(1, "PUT", "/profile", &wanted).answer().await.expect(200);
    assert_eq!((&made["version"], &made["mode"], &made["reminders"]), (&json!(0), &json!("MANUAL"), &json!(false)));
    assert_eq!(world.app(1, "GET", "/profile", &Value::Null).answer().await.expect(200), made);
    assert_eq!(allowed(&world, 1).await, false);
    let changed =
        world.app(1, "PUT", "/profile", &json!({ "is_inbox_enabled": true, "mode": "AUTO" })).answer().await.expect(200);
    assert_eq!(changed["version"], 1);
    assert_eq!(allowed(&world, 1).await, true);
    let wrong = json!({ "is_inbox_enabled": true, "mode": "AUTO", "preferred_languages": ["it_IT", "it"] });
    let refused = world.app(1, "PUT", "/profile", &wrong).answer().await.expect(422);
    assert_eq!(refused["errors"][0]["field"], "/preferred_languages/1");
    world.app(1, "DELETE", "/profile", &Value::Null).answer().await.expect(204);
    assert_eq!(allowed(&world, 1).await, Value::Null);
    // Who came and left on one day only left.
    world.clock.set("2025-03-13T00:00:00Z".parse().unwrap());
    let feed = world.send("demo-use-key", "GET", "/subscriptions-feed/2025-03-12", &Value::Null).answer().await.expect(200);
    assert_eq!(feed["unsubscriptions"].as_array().unwrap().len(), 1);
}

async fn choices_for_services_count_at_their_version_of_the_settings(world: World) {
    let path = format!("/services/{}/preference", service(&world, 0).await);
    let choice = |inbox: bool, status: bool| json!({ "is_inbox_enabled": inbox, "can_access_message_read_status": status });
    assert_eq!(world.app(0, "GET", &path, &Value::Null).answer().await.expect(200), choice(true, true));
    world.app(0, "PUT", &path, &choice(false, true)).answer().await.expect(200);
    assert_eq!(
        (allowed(&world, 0).await, world.app(0, "GET", &path, &Value::Null).answer().await.expect(200)),
        (json!(false), choice(false, true))
    );
    for mode in ["MANUAL", "AUTO"] {
        world.app(0, "PUT", "/profile", &json!({ "is_inbox_enabled": true, "mode": mode })).answer().await.expect(200);
    }
    assert_eq!(allowed(&world, 0).await, true, "a change of mode forgets earlier choices");
    world.app(1, "GET", &path, &Value::Null).answer().await.refused(404, "Profile not found");
    world.app(0, "PUT", "/services/x/preference", &choice(true, true)).answer().await.refused(404, "Not Found");
}

async fn the_inbox_is_read_archived_and_paged(world: World) {
    let mut ids = Vec::new();
    for _ in 0..5 {
        let id = world.submit("demo-use-key", &message(0)).await;
        world.decided("demo-use-key", &citizen(0), &id).await;
        world.clock.advance(jiff::SignedDuration::from_secs(1));
        ids.insert(0, id);
    }
    let list = async |query: &str| {
        let page = world.app(0, "GET", &format!("/messages{query}"), &Value::Null).answer().await.expect(200);
        let listed: Vec<String> =
            page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
        (listed, page["next"].as_str().map(str::to_owned))
    };
    assert_eq!(list("").await, (ids.clone(), None));
    let (first, next) = list("?page_size=2").await;
    assert_eq!(first, ids[..2]);
    let (second, next) = list(&format!("?page_size=2&before={}", next.unwrap())).await;
    assert_eq!(second, ids[2..4]);
    assert_eq!(list(&format!("?page_size=2&before={}", next.unwrap())).await, (ids[4..].to_vec(), None));
    world.app(0, "GET", "/messages?page_size=0", &Value::Null).answer().await.refused(400, "Bad Request");
    let status = |id: &str, body: Value| world.app(0, "PUT", &format!("/messages/{id}/status"), &body);
    status(&ids[0], json!({ "change_type": "reading" })).answer().await.expect(204);
    status(&ids[1], json!({ "change_type": "archiving", "is_archived": true })).answer().await.expect(204);
    status(&ids[2], json!({ "change_type": "bulk", "is_archived": true })).answer().await.expect(204);
    assert_eq!(list("").await.0, [ids[0].clone(), ids[3].clone(), ids[4].clone()]);
    assert_eq!(list("?archived=true").await.0, ids[1..3]);
    status(&ids[1], json!({ "change_type": "archiving", "is_archived": false })).answer().await.expect(204);
    let read = async |id: &str| {
        world.app(0, "GET", &format!("/messages/{id}"), &Value::Null).answer().await.expect(200)["is_read"].clone()
    };
    assert_eq!([read(&ids[0]).await, read(&ids[1]).await, read(&ids[2]).await], [json!(true), json!(false), json!(true)]);
    for wrong in [json!({ "change_type": "eating" }), json!({ "change_type": "archiving" })] {
        status(&ids[0], wrong).answer().await.refused(400, "Bad Request");
    }
}

async fn buttons_notices_and_deadlines_are_shown(world: World) {
    let mut sent = message(0);
    let front = "---\nit:\n  cta_1:\n    text: \"Prenota\"\n    action: \"iohandledlink://https://example.it/\"\n---\n";
    sent["content"]["markdown"] = json!(format!("{front}{}", "m".repeat(80)));
    sent["content"]["due_date"] = json!("2025-12-31T22:59:59Z");
    sent["content"]["payment_data"] = json!({ "amount": 1050, "notice_number": "302000100440009424" });
    let id = world.submit("demo-premium-key", &sent).await;
    world.decided("demo-premium-key", &citizen(0), &id).await;
    let shown = world.app(0, "GET", &format!("/messages/{id}"), &Value::Null).answer().await.expect(200);
    assert_eq!(shown["markdown"], "m".repeat(80));
    assert_eq!(shown["buttons"], json!([{ "text": "Prenota", "kind": "open", "target": "https://example.it/" }]));
    assert_eq!((&shown["category"], &shown["organization_name"]), (&json!("PAYMENT"), &json!("Comune di Bugliano")));
    assert_eq!((&shown["payment"]["payee"], &shown["payment"]["is_paid"]), (&json!("00337460224"), &json!(false)));
    let calendar = world.app(0, "GET", &format!("/messages/{id}/calendar.ics"), &Value::Null).answer().await;
    let text = String::from_utf8(calendar.bytes.to_vec()).unwrap();
    assert!(calendar.status == 200 && text.contains("DTSTART:20251231T225959Z\r\n"), "{text}");
    let plain = world.submit("demo-use-key", &message(0)).await;
    world.decided("demo-use-key", &citizen(0), &plain).await;
    let none = world.app(0, "GET", &format!("/messages/{plain}/calendar.ics"), &Value::Null).answer().await;
    none.refused(404, "Message not found");
}

async fn others_messages_are_not_there(world: World) {
    let id = world.submit("demo-use-key", &message(0)).await;
    world.decided("demo-use-key", &citizen(0), &id).await;
    world.app(5, "GET", &format!("/messages/{id}"), &Value::Null).answer().await.refused(404, "Message not found");
    let reading = json!({ "change_type": "reading" });
    world.app(5, "PUT", &format!("/messages/{id}/status"), &reading).answer().await.refused(404, "Message not found");
    let rejected = world.submit("demo-use-key", &message(3)).await;
    world.decided("demo-use-key", &citizen(3), &rejected).await;
    world.app(3, "GET", &format!("/messages/{rejected}"), &Value::Null).answer().await.refused(404, "Message not found");
    assert_eq!(world.app(3, "GET", "/messages", &Value::Null).answer().await.expect(200)["items"], json!([]));
}
