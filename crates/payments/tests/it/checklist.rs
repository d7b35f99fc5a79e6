//! The checks before a proxy is deployed (developers' documentation, "Test pre-deploy"), line by line, on every provider.

use serde_json::{Value, json};

use crate::served::{laid_over, on_every_provider};
use crate::world::{BUGLIANO, CREATION_PENDING, IMPORTED_DUE, World};

on_every_provider!(
    a_payment_to_be_created_becomes_a_position,
    the_notice_is_downloaded,
    the_citizen_is_led_to_the_page_and_back,
    a_check_takes_the_payment_over,
    the_receipt_is_downloaded,
    a_pending_payment_that_is_followed_is_ignored,
    a_pending_payment_that_is_new_is_followed,
    wrong_credentials_are_a_failed_creation,
    a_stamp_is_bought,
    a_variable_split_reaches_the_provider,
    a_position_is_withdrawn_with_its_payment,
    a_payment_over_its_term_has_failed,
    an_old_event_is_taken,
    what_the_provider_tells_is_checked_or_refused,
);

/// The same over Kafka, one after the other on an installation with a broker of its own; configurations are put right in between.
macro_rules! over_kafka {
    ($($name:ident: $served:ident),* $(,)?) => {
        mod kafka {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::every_check(crate::world::World::with_over_kafka(&crate::served::$served).await).await;
            })*
        }
    };
}
over_kafka!(sandbox: SANDBOX, pagopa: PAGOPA, mypay: MYPAY, efil: EFIL, iris: IRIS);

async fn every_check(world: World) {
    let world = &world;
    a_payment_to_be_created_becomes_a_position(world).await;
    the_notice_is_downloaded(world).await;
    the_citizen_is_led_to_the_page_and_back(world).await;
    a_check_takes_the_payment_over(world).await;
    the_receipt_is_downloaded(world).await;
    a_pending_payment_that_is_followed_is_ignored(world).await;
    a_pending_payment_that_is_new_is_followed(world).await;
    an_old_event_is_taken(world).await;
    a_position_is_withdrawn_with_its_payment(world).await;
    what_the_provider_tells_is_checked_or_refused(world).await;
    wrong_credentials_are_a_failed_creation(world).await;
    world.call("PUT", &format!("{}/v2/tenants/{BUGLIANO}", world.proxy()), &world.tenant_config()).await.expect(200);
    a_stamp_is_bought(world).await;
    world.configure(json!({})).await;
    a_variable_split_reaches_the_provider(world).await;
    world.configure(json!({})).await;
    a_payment_over_its_term_has_failed(world).await;
}

/// The sample of a payment to be created, with changes laid over its members; a payment that nobody has seen yet.
fn sample(world: &World, text: &str, changes: &[(&str, Value)]) -> Value {
    let mut event: Value = serde_json::from_str(text).unwrap();
    let id = world.app.rng().uuid();
    event["id"] = json!(id);
    event["payment"]["iud"] = json!(id.simple().to_string());
    event["event_id"] = json!(world.app.event_id());
    for (pointer, value) in changes {
        *event.pointer_mut(pointer).unwrap() = value.clone();
    }
    event
}

async fn a_payment_to_be_created_becomes_a_position(world: &World) {
    let event = sample(world, CREATION_PENDING, &[]);
    world.publish("payments", &event).await;
    let pending = world.payment(&event, "PAYMENT_PENDING").await;
    assert_eq!(world.taken(&pending).await, 1);
    assert_eq!(pending["app_id"], format!("{}-payment-proxy:{}", world.served.name, runtime::VERSION));
    let notice: kernel::NoticeNumber = pending["payment"]["notice_code"].as_str().unwrap().parse().unwrap();
    assert_eq!(pending["payment"]["iuv"], notice.iuv().to_string());
    for link in ["online_payment_begin", "online_payment_landing", "offline_payment", "receipt", "cancel"] {
        let url = pending["links"][link]["url"].as_str().unwrap();
        assert!(url.contains(&world.proxy()), "{link}: {url}");
    }
    assert!(pending["links"]["update"]["url"].as_str().unwrap().starts_with("http://payments.internal:8080/payment-proxy/"));
}

async fn the_notice_is_downloaded(world: &World) {
    let (application, pending) = world.pending("20.00").await;
    let notice = world.open_link(&pending, "offline_payment").await;
    assert_eq!((notice.status, &notice.bytes[..5]), (200, b"%PDF-".as_slice()));
    let opened = world.payment(&application, "PAYMENT_PENDING").await;
    assert_eq!(opened["links"]["offline_payment"]["last_opened_at"], "2025-03-12T09:15:02+01:00");
}

async fn the_citizen_is_led_to_the_page_and_back(world: &World) {
    let (application, pending) = world.pending("20.00").await;
    let page = world.open_link(&pending, "online_payment_begin").await;
    assert_eq!(page.status, 302);
    assert_eq!(world.open(&page.location()).await.status, 200);
    for (button, outcome) in [("rifiuta", "KO"), ("paga", "OK")] {
        let landing = world.press(&pending, button).await;
        assert!(landing.contains(&format!("/landing/{}?", pending["id"].as_str().unwrap())), "{landing}");
        let back = world.open(&landing).await;
        assert!(back.status == 302 && back.location().ends_with(&format!("payment={outcome}")), "{}", back.location());
    }
    world.poll().await;
    let complete = world.payment(&application, "COMPLETE").await;
    for link in ["online_payment_begin", "online_payment_landing"] {
        assert!(complete["links"][link]["last_opened_at"].is_string(), "{link}");
    }
    let last = world.told_last(&application).await;
    assert_eq!(last, "OK");
}

async fn a_check_takes_the_payment_over(world: &World) {
    let (application, pending) = world.pending("20.99").await;
    let checked = world.open_link(&pending, "update").await.expect(200);
    assert_eq!(checked["status"], "PAYMENT_PENDING");
    let still = world.payment(&application, "PAYMENT_PENDING").await;
    assert_eq!(still["links"]["update"]["last_check_at"], "2025-03-12T09:15:02+01:00");
    assert_eq!(still["links"]["update"]["next_check_at"], "2025-03-12T09:16:02+01:00");
    world.press(&pending, "paga").await;
    assert_eq!(world.open_link(&pending, "update").await.expect(200)["status"], "COMPLETE");
    let complete = world.payment(&application, "COMPLETE").await;
    assert!(complete["payment"]["transaction_id"].is_string() && complete["payment"]["paid_at"].is_string());
}

async fn the_receipt_is_downloaded(world: &World) {
    let (application, pending) = world.pending("20.00").await;
    assert_eq!(world.open_link(&pending, "receipt").await.status, 409, "nothing was paid yet");
    world.press(&pending, "paga").await;
    world.poll().await;
    world.payment(&application, "COMPLETE").await;
    let receipt = world.open_link(&pending, "receipt").await;
    assert_eq!((receipt.status, &receipt.bytes[..5]), (200, b"%PDF-".as_slice()));
    assert!(world.payment(&application, "COMPLETE").await["links"]["receipt"]["last_opened_at"].is_string());
}

async fn a_pending_payment_that_is_followed_is_ignored(world: &World) {
    let (application, mut pending) = world.pending("20.00").await;
    let before = world.statuses(&application).await;
    // Another program says the same again.
    pending["event_id"] = json!(world.app.rng().uuid());
    pending["app_id"] = json!("other-program:1.0");
    world.publish("payments", &pending).await;
    world.idle().await;
    assert_eq!(world.statuses(&application).await.len(), before.len() + 1, "only the event that the test wrote");
    assert_eq!(world.taken(&pending).await, 1);
}

async fn a_pending_payment_that_is_new_is_followed(world: &World) {
    let due = sample(world, IMPORTED_DUE, &[]);
    world.publish("payments", &due).await;
    world.idle().await;
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
    assert_eq!(world.taken(&due).await, 0, "it is there already, at whoever created it");
    let notice = world.open(&format!("{}{}/notice/{}", world.app.public_url(), world.proxy(), due["id"].as_str().unwrap())).await;
    assert_eq!(notice.status, 200, "{}", notice.body);
    // Its links lead to whoever imported it; the poller asks there.
    let update = format!("{}/update/{}", world.proxy(), due["id"].as_str().unwrap());
    assert_eq!(world.call("GET", &update, &Value::Null).await.expect(200)["status"], "PAYMENT_PENDING");
    assert!(world.last_event(&due).await["links"]["update"]["last_check_at"].is_string());
}

async fn wrong_credentials_are_a_failed_creation(world: &World) {
    let tenant = laid_over(world.tenant_config(), (world.served.wrong_credentials)());
    world.call("PUT", &format!("{}/v2/tenants/{BUGLIANO}", world.proxy()), &tenant).await.expect(200);
    let event = sample(world, CREATION_PENDING, &[]);
    world.publish("payments", &event).await;
    let failed = world.payment(&event, "CREATION_FAILED").await;
    assert_eq!((&failed["links"]["online_payment_begin"]["url"], world.taken(&failed).await), (&Value::Null, 0));
    world.counted("oc_payment_provider_errors_total", 1.0).await;
}

async fn a_stamp_is_bought(world: &World) {
    world.configure(json!({ "payment_type": "stamp", "amount": 16 })).await;
    let event = sample(world, CREATION_PENDING, &[("/payment/amount", json!(3))]);
    world.publish("payments", &event).await;
    if !world.served.stamps {
        let failed = world.payment(&event, "CREATION_FAILED").await;
        assert_eq!(world.taken(&failed).await, 0, "better no stamp than a due without one");
        return;
    }
    let pending = world.payment(&event, "PAYMENT_PENDING").await;
    assert_eq!((&pending["type"], &pending["payment"]["amount"]), (&json!("STAMP"), &json!(16)));
    assert!(pending["payment"]["document"]["hash"].is_string());
}

async fn a_variable_split_reaches_the_provider(world: &World) {
    let split = json!([{ "id": "c_1", "amount": 16, "budget_chapter": "301" }, { "id": "c_2", "amount": 4 }]);
    world.configure(json!({ "split": split })).await;
    let rows = json!([{ "code": "c_1", "amount": null, "meta": {} }, { "code": "c_2", "amount": "3.50", "meta": {} }]);
    let event = sample(world, CREATION_PENDING, &[("/payment/amount", json!(3.5)), ("/payment/split", rows)]);
    world.publish("payments", &event).await;
    let pending = world.payment(&event, "PAYMENT_PENDING").await;
    assert_eq!(pending["payment"]["split"], json!([{ "code": "c_2", "amount": "3.50", "meta": {} }]));
}

async fn a_position_is_withdrawn_with_its_payment(world: &World) {
    let (application, pending) = world.pending("20.00").await;
    let url = format!("{}/payments/{}", world.proxy(), pending["id"].as_str().unwrap());
    world.call("PATCH", &url, &json!({ "status": "CANCELED" })).await.expect(200);
    world.payment(&application, "CANCELED").await;
    world.idle().await;
    assert_eq!(world.standing(&pending).await, "WITHDRAWN");
    world.call("PATCH", &url, &json!({ "status": "COMPLETE" })).await.expect(422);
}

async fn a_payment_over_its_term_has_failed(world: &World) {
    let event = sample(world, CREATION_PENDING, &[("/payment/expire_at", json!("2025-03-20T10:00:00+01:00"))]);
    world.publish("payments", &event).await;
    world.payment(&event, "PAYMENT_PENDING").await;
    world.clock.advance(jiff::SignedDuration::from_hours(24 * 9));
    world.poll().await;
    let failed = world.payment(&event, "PAYMENT_FAILED").await;
    assert_eq!(failed["links"]["update"]["next_check_at"], Value::Null);
}

async fn an_old_event_is_taken(world: &World) {
    let mut event =
        sample(world, CREATION_PENDING, &[("/event_version", json!("1.0")), ("/app_id", json!("payment-dispatcher:1.1.3"))]);
    for member in ["debtor", "extra"] {
        event.as_object_mut().unwrap().remove(member);
    }
    event["links"].as_object_mut().unwrap().retain(|name, _| name != "confirm" && name != "cancel");
    event["payment"]["split"] = Value::Null;
    world.publish("payments", &event).await;
    let pending = world.payment(&event, "PAYMENT_PENDING").await;
    assert_eq!((&pending["event_version"], world.taken(&pending).await), (&json!("2.0"), 1));
    // A version that nobody speaks is passed over.
    let mut unknown =
        sample(world, CREATION_PENDING, &[("/event_version", json!("3.0")), ("/app_id", json!("payment-dispatcher:9.0.0"))]);
    unknown["id"] = json!(world.app.rng().uuid());
    world.publish("payments", &unknown).await;
    world.idle().await;
    assert_eq!((world.dead_letters().await, world.taken(&pending).await), (Vec::new(), 1));
    let status = world.call("GET", &format!("{}/status", world.proxy()), &Value::Null).await.expect(200);
    assert_eq!((&status["event_version"], &status["accepted_event_versions"]), (&json!("2.0"), &json!(["1.0", "2.0"])));
}

async fn what_the_provider_tells_is_checked_or_refused(world: &World) {
    let (application, pending) = world.pending("20.00").await;
    world.press(&pending, "paga").await;
    if world.served.notifies {
        world.payment(&application, "COMPLETE").await;
    } else {
        world.idle().await;
        assert_eq!(world.statuses(&application).await, ["CREATION_PENDING", "PAYMENT_PENDING"]);
    }
    let notifications = format!("{}/notifications", world.proxy());
    world.call_by("", "POST", &notifications, &json!([])).await.expect(422);
}
