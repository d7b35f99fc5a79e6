//! A payment in detail, as the developers' documentation tells it: from the application to the receipt, and every way out of it.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{BUGLIANO, CREATION_PENDING, IMPORTED_DUE, PROXY, SERVICE, World};

on_both_engines!(
    a_citizen_pays_online,
    a_citizen_pays_after_closing_the_page,
    a_citizen_gives_up_and_pays_later,
    an_operator_cancels,
    a_payment_that_was_made_cannot_be_cancelled,
    money_that_comes_after_all_wins_over_a_cancellation,
    what_the_provider_refuses_is_a_failed_creation,
    wrong_credentials_are_a_failed_creation,
    an_impossible_split_is_a_failed_creation,
    a_split_is_completed_from_the_configuration,
    fields_that_the_event_leaves_out_come_from_the_configuration,
    a_stamp_is_bought,
    imported_dues_are_followed,
    what_is_not_for_this_proxy_is_left_alone,
    unreadable_events_are_counted_and_buried,
    operations_that_make_no_sense_are_refused,
);

/// The instants of the links, in the order of the documentation.
fn opened(payment: &Value) -> [&Value; 5] {
    ["online_payment_begin", "online_payment_landing", "offline_payment", "receipt", "cancel"]
        .map(|link| &payment["links"][link]["last_opened_at"])
}

async fn a_citizen_pays_online(world: World) {
    let application = world.application("20.00");
    world.publish("applications", &application).await;
    let pending = world.payment(&application, "PAYMENT_PENDING").await;
    let [first, _] = &world.events_of(&application).await[..] else { panic!("two events so far") };
    assert_eq!(first["status"], "CREATION_PENDING");
    assert_eq!(first["app_id"], format!("payment-dispatcher:{}", runtime::VERSION));
    assert_eq!(pending["app_id"], format!("sandbox-payment-proxy:{}", runtime::VERSION));
    assert_ne!(first["event_id"], pending["event_id"]);
    let id = pending["id"].as_str().unwrap();
    assert_eq!(pending["payment"]["iud"], id.replace('-', ""));
    assert_eq!(pending["payment"]["notice_code"], "302000000000000184");
    assert_eq!(pending["payment"]["iuv"], "02000000000000184");
    assert_eq!(pending["payment"]["due_type"], "DIRITTI_SEGRETERIA");
    assert_eq!(pending["payment"]["pagopa_category"], "9/0101100IM/");
    assert_eq!(pending["links"]["update"]["url"], format!("http://payments.internal:8080{PROXY}/update/{id}"));
    assert_eq!(pending["links"]["update"]["next_check_at"], "2025-03-12T09:15:02+01:00");
    let external = |path: &str| format!("{}{PROXY}/{path}/{id}", world.app.public_url());
    assert_eq!(pending["links"]["online_payment_landing"]["url"], external("landing"));
    assert_eq!(pending["links"]["cancel"], json!({ "url": external("payments"), "method": "PATCH", "last_opened_at": null }));

    world.clock.advance(SignedDuration::from_secs(8));
    let notice = world.open_link(&pending, "offline_payment").await;
    assert_eq!((notice.status, &notice.bytes[..5]), (200, b"%PDF-".as_slice()));
    assert_eq!(world.open(&external("notice")).await.status, 200, "the name that other proxies use");
    world.clock.advance(SignedDuration::from_secs(10));
    let page = world.open_link(&pending, "online_payment_begin").await;
    assert_eq!((page.status, page.location().starts_with(world.app.public_url())), (302, true));
    let page = world.open(&page.location()).await;
    let html = std::str::from_utf8(&page.bytes).unwrap();
    assert!(html.contains("20,00 €") && page.headers.contains_key("content-security-policy"));

    world.clock.advance(SignedDuration::from_secs(30));
    let landing = world.press(&pending, "paga").await;
    assert_eq!(landing, format!("{}?status=OK", external("landing")));
    let complete = world.payment(&application, "COMPLETE").await;
    assert_eq!(complete["payment"]["paid_at"], "2025-03-12T09:15:50+01:00");
    assert_eq!(complete["payment"]["transaction_id"].as_str().unwrap().len(), 32);
    world.clock.advance(SignedDuration::from_secs(2));
    let back = world.open(&landing).await;
    let expected = application["payment_data"]["landing"]["url"].as_str().unwrap();
    assert_eq!((back.status, back.location()), (302, format!("{expected}&payment=OK")));
    world.clock.advance(SignedDuration::from_secs(60));
    let receipt = world.open_link(&pending, "receipt").await;
    assert_eq!((receipt.status, &receipt.bytes[..5]), (200, b"%PDF-".as_slice()));

    let last = world.payment(&application, "COMPLETE").await;
    let at = |text: &str| json!(format!("2025-03-12T{text}+01:00"));
    assert_eq!(opened(&last), [&at("09:15:20"), &at("09:15:52"), &at("09:15:10"), &at("09:16:52"), &Value::Null]);
    assert_eq!((&last["updated_at"], &last["links"]["update"]["next_check_at"]), (&at("09:16:52"), &Value::Null));
    world.told(&application, &["OK"]).await;
    assert_eq!(world.taken(&last).await, 1);
    world.counted("oc_payment_success_events_total", 1.0).await;
    assert!(world.metric("oc_payment_provider_latency_bucket") >= 1.0);
    assert!(world.metric("oc_api_requests_total") >= 5.0);
}

async fn a_citizen_pays_after_closing_the_page(world: World) {
    // The provider does not notify, and the citizen does not come back: the poller finds out.
    let (application, pending) = world.pending("20.99").await;
    world.press(&pending, "paga").await;
    world.idle().await;
    assert_eq!(world.statuses(&application).await, ["CREATION_PENDING", "PAYMENT_PENDING"]);
    world.poll().await;
    let complete = world.payment(&application, "COMPLETE").await;
    assert_eq!(complete["links"]["update"]["last_check_at"], "2025-03-12T09:15:02+01:00");
    assert_eq!(complete["links"]["online_payment_landing"]["last_opened_at"], Value::Null);
    world.told(&application, &["OK"]).await;
}

async fn a_citizen_gives_up_and_pays_later(world: World) {
    let (application, pending) = world.pending("20.00").await;
    let landing = world.press(&pending, "rifiuta").await;
    let back = world.open(&landing).await.location();
    assert!(back.ends_with("&payment=KO"), "{back}");
    // Nothing was begun: the application does not wait for an outcome that will not come.
    let open = world.payment(&application, "PAYMENT_PENDING").await;
    assert_eq!(open["links"]["online_payment_landing"]["last_opened_at"], "2025-03-12T09:15:02+01:00");
    assert_eq!(world.told_last(&application).await, "");
    // Somebody who says to have paid waits for what the provider says. Another attempt, and its return, is no news for the platform.
    world.open(&landing.replace("status=KO", "status=OK")).await;
    world.payment(&application, "PAYMENT_STARTED").await;
    world.told(&application, &["STARTED"]).await;
    let landing = world.press(&pending, "annulla").await;
    world.open(&landing).await;
    world.payment(&application, "PAYMENT_STARTED").await;
    assert_eq!(world.open_link(&pending, "online_payment_begin").await.status, 302);
    world.press(&pending, "paga").await;
    world.payment(&application, "COMPLETE").await;
    world.told(&application, &["STARTED", "OK"]).await;
    assert_eq!(world.ledger(&pending, "pay").await, ["paid"]);
}

async fn an_operator_cancels(world: World) {
    let (application, pending) = world.pending("20.00").await;
    let path = format!("{PROXY}/payments/{}", pending["id"].as_str().unwrap());
    world.clock.advance(SignedDuration::from_secs(3));
    let canceled = world.call("PATCH", &path, &json!({ "status": "CANCELED" })).await.expect(200);
    assert_eq!(canceled["status"], "CANCELED");
    assert_eq!(opened(&canceled)[4], "2025-03-12T09:15:05+01:00");
    assert_eq!(world.payment(&application, "CANCELED").await, canceled);
    world.idle().await;
    assert_eq!(world.ledger(&pending, "cancel").await, ["WITHDRAWN"]);
    world.told(&application, &["KO"]).await;
    world.call("PATCH", &path, &json!({ "status": "CANCELED" })).await.expect(200);
    assert_eq!(world.statuses(&application).await, ["CREATION_PENDING", "PAYMENT_PENDING", "CANCELED"]);
    let refused = world.open_link(&pending, "online_payment_begin").await;
    assert_eq!((refused.status, &refused.body["detail"]), (409, &json!("Il pagamento è stato annullato.")));
    // A citizen who comes back from a page opened before is led on all the same.
    assert_eq!(
        world.open(&format!("{}?status=KO", pending["links"]["online_payment_landing"]["url"].as_str().unwrap())).await.status,
        302
    );
}

async fn a_payment_that_was_made_cannot_be_cancelled(world: World) {
    let (application, pending) = world.pending("20.00").await;
    world.press(&pending, "paga").await;
    world.payment(&application, "COMPLETE").await;
    let path = format!("{PROXY}/payments/{}", pending["id"].as_str().unwrap());
    world.call("PATCH", &path, &json!({ "status": "CANCELED" })).await.expect(409);
    let wrong = world.call("PATCH", &path, &json!({ "status": "COMPLETE" })).await.expect(422);
    assert_eq!(wrong["errors"][0]["field"], "/status");
    // Going to pay again leads back.
    let again = world.open_link(&pending, "online_payment_begin").await;
    assert!(again.status == 302 && again.location().ends_with("&payment=OK"));
}

async fn money_that_comes_after_all_wins_over_a_cancellation(world: World) {
    // Paid without a notification, then cancelled before anybody looked.
    let (application, pending) = world.pending("20.99").await;
    world.press(&pending, "paga").await;
    let path = format!("{PROXY}/payments/{}", pending["id"].as_str().unwrap());
    world.call("PATCH", &path, &json!({ "status": "CANCELED" })).await.expect(200);
    let complete = world.payment(&application, "COMPLETE").await;
    assert!(complete["payment"]["paid_at"].is_string());
    let expected = ["CREATION_PENDING", "PAYMENT_PENDING", "CANCELED", "COMPLETE"];
    assert_eq!(world.statuses(&application).await, expected);
    world.told(&application, &["KO", "OK"]).await;
}

/// Asserts that the payment of the application could not be created, and that it can be cancelled.
async fn assert_failed(world: &World, application: &Value) -> Value {
    let failed = world.payment(application, "CREATION_FAILED").await;
    assert_eq!((&failed["payment"]["notice_code"], &failed["payment"]["iuv"]), (&Value::Null, &Value::Null));
    assert_eq!(failed["links"]["online_payment_begin"]["url"], Value::Null);
    assert_eq!(failed["links"]["online_payment_landing"]["url"], application["payment_data"]["landing"]["url"]);
    assert_eq!(failed["app_id"], format!("sandbox-payment-proxy:{}", runtime::VERSION));
    world.counted("oc_payment_failed_events_total", 1.0).await;
    world.idle().await;
    assert_eq!(world.platform.told(application), Vec::<String>::new());
    // Nobody waits in vain without anybody knowing: it is seen, counted once, and logged with it.
    let path = format!("/comune-di-bugliano/api/payments/{}", failed["id"].as_str().unwrap());
    assert_eq!(world.call("GET", &path, &Value::Null).await.expect(200)["status"], "CREATION_FAILED");
    let noted = world.app.db().read(|tx| tx.all("SELECT outcome FROM payment_updates", storage::params![], |row| row.get(0)));
    assert_eq!(noted.await, storage::Result::Ok(vec!["CREATION_FAILED".to_owned()]));
    assert!(runtime::prometheus().render().lines().any(|line| line.starts_with("sportello_payments_not_created_total ")));
    let cancel = failed["links"]["cancel"]["url"].as_str().unwrap().strip_prefix(world.app.public_url()).unwrap();
    world.call("PATCH", cancel, &json!({ "status": "CANCELED" })).await.expect(200);
    world.told(application, &["KO"]).await;
    failed
}

async fn what_the_provider_refuses_is_a_failed_creation(world: World) {
    let application = world.application("20.91");
    world.publish("applications", &application).await;
    let failed = assert_failed(&world, &application).await;
    assert_eq!(world.ledger(&failed, "create").await, ["psp-refused"]);
    assert_eq!((world.metric("oc_payment_provider_errors_total"), world.metric("oc_payment_internal_errors_total")), (1.0, 0.0));
}

async fn wrong_credentials_are_a_failed_creation(world: World) {
    let tenant = format!("{PROXY}/v2/tenants/{BUGLIANO}");
    world.call("PATCH", &tenant, &json!({ "api_key": "sbagliata" })).await.expect(200);
    let application = world.application("20.00");
    world.publish("applications", &application).await;
    let failed = assert_failed(&world, &application).await;
    assert_eq!(world.ledger(&failed, "create").await, ["psp-key"]);
}

async fn an_impossible_split_is_a_failed_creation(world: World) {
    world.configure(json!({ "split": [{ "id": "diritti", "amount": 16 }, { "id": "stampati", "amount": 4 }] })).await;
    let application = world.application("21.00");
    world.publish("applications", &application).await;
    let failed = assert_failed(&world, &application).await;
    assert_eq!(world.ledger(&failed, "create").await, Vec::<String>::new(), "the provider was not even asked");
    assert_eq!((world.metric("oc_payment_provider_errors_total"), world.metric("oc_payment_internal_errors_total")), (0.0, 1.0));
}

async fn a_split_is_completed_from_the_configuration(world: World) {
    world
        .configure(
            json!({ "split": [{ "id": "diritti", "capitolo": "301/1", "amount": 16 }, { "id": "stampati", "amount": 4 }] }),
        )
        .await;
    let (_, fixed) = world.pending("20.00").await;
    let row = |code: &str, amount: &str, meta: Value| json!({ "code": code, "amount": amount, "meta": meta });
    let expected = json!([row("diritti", "16.00", json!({ "capitolo": "301/1" })), row("stampati", "4.00", json!({}))]);
    assert_eq!(fixed["payment"]["split"], expected);

    let mut application = world.application("2.50");
    application["payment_data"]["split"] =
        json!([{ "code": "diritti", "amount": null, "meta": {} }, row("stampati", "2.50", json!({}))]);
    world.publish("applications", &application).await;
    let variable = world.payment(&application, "PAYMENT_PENDING").await;
    assert_eq!(variable["payment"]["split"], json!([row("stampati", "2.50", json!({}))]));
}

async fn fields_that_the_event_leaves_out_come_from_the_configuration(world: World) {
    let receiver = json!({ "tax_identification_number": "06363391001", "name": "Agenzia delle Entrate" });
    world.configure(json!({ "receiver": receiver })).await;
    let mut event = world.sample(CREATION_PENDING);
    let application = world.application("1.00");
    event["remote_id"] = application["id"].clone();
    event["reason"] = Value::Null;
    event["payment"]["amount"] = Value::Null;
    event["payment"]["expire_at"] = Value::Null;
    world.publish("payments", &event).await;
    let pending = world.payment(&application, "PAYMENT_PENDING").await;
    assert_eq!((&pending["reason"], &pending["payment"]["amount"]), (&json!("Diritti di segreteria"), &json!(20)));
    assert_eq!(pending["payment"]["expire_at"], "2025-06-10T09:15:02+02:00", "ninety days later, at the same time of day");
    assert_eq!(pending["payment"]["receiver"]["name"], "Agenzia delle Entrate");
}

async fn a_stamp_is_bought(world: World) {
    world
        .configure(json!({ "payment_type": "stamp", "amount": 16, "collection_data": "9/3300.1", "management_id": "BOLLO" }))
        .await;
    let (_, pending) = world.pending("3.00").await;
    let payment = &pending["payment"];
    assert_eq!((&pending["type"], &payment["amount"], &payment["due_type"]), (&json!("STAMP"), &json!(16), &json!("BOLLO")));
    assert_eq!(payment["document"]["hash"].as_str().unwrap().len(), 44);
    assert_eq!(world.taken(&pending).await, 1);
}

async fn imported_dues_are_followed(world: World) {
    let mut due = world.sample(IMPORTED_DUE);
    due["service_id"] = json!(SERVICE);
    let id = due["id"].as_str().unwrap().to_owned();
    due["links"]["online_payment_landing"]["url"] = json!(format!("{}{PROXY}/landing/{id}", world.app.public_url()));
    due["links"]["update"]["url"] = json!(format!("http://payments.internal:8080{PROXY}/update/{id}"));
    world.publish("payments", &due).await;
    world.idle().await;
    due["event_id"] = json!(world.app.event_id());
    world.publish("payments", &due).await;
    world.idle().await;
    world.counted("oc_payment_success_events_total", 1.0).await;
    assert_eq!(world.keyed_events().await.len(), 2, "following a due is no event");
    assert_eq!(world.open(&format!("{}{PROXY}/notice/{id}", world.app.public_url())).await.status, 200);
    world.clock.advance(SignedDuration::from_secs(8));
    world.poll().await;
    let events = world.keyed_events().await;
    let (_, last) = events.last().unwrap();
    let checked = &last["links"]["update"]["last_check_at"];
    assert_eq!((&last["status"], checked), (&json!("PAYMENT_PENDING"), &json!("2025-03-12T09:15:10+01:00")));
    // It has no page of its own to go back to.
    let back = world.open(&format!("{}{PROXY}/landing/{id}?status=OK", world.app.public_url())).await;
    assert_eq!(back.location(), format!("{}/?payment=OK", world.app.public_url()));
    // Its number is never given to another.
    let notice = due["payment"]["notice_code"].as_str().unwrap();
    assert!(
        world
            .keyed_events()
            .await
            .iter()
            .filter(|(_, event)| event["payment"]["notice_code"] == notice)
            .all(|(_, event)| event["id"] == id)
    );
}

async fn what_is_not_for_this_proxy_is_left_alone(world: World) {
    let strange = |change: &dyn Fn(&mut Value)| {
        let mut event = world.sample(CREATION_PENDING);
        change(&mut event);
        event
    };
    let version_1 = include_str!("../../../contracts/samples/payments/1.0/payment_started.json");
    for event in [
        strange(&|event| event["tenant_id"] = json!(world.app.rng().uuid())),
        strange(&|event| event["service_id"] = json!(world.app.rng().uuid())),
        strange(&|event| event["status"] = json!("PAYMENT_STARTED")),
        strange(&|event| event["event_version"] = json!("3.0")),
        world.sample(version_1),
    ] {
        world.publish("payments", &event).await;
    }
    world.call("DELETE", &format!("{PROXY}/v2/configs/{SERVICE}"), &Value::Null).await.expect(204);
    world.publish("payments", &strange(&|_| ())).await;
    world.idle().await;
    assert_eq!((world.keyed_events().await.len(), world.dead_letters().await), (6, vec![]));
    assert_eq!(world.call("GET", "/demo/psp/positions", &Value::Null).await.expect(200), json!([]));
    assert_eq!(world.metric("oc_payment_validation_errors_total") + world.metric("oc_payment_failed_events_total"), 0.0);
}

async fn unreadable_events_are_counted_and_buried(world: World) {
    let mut event = world.sample(CREATION_PENDING);
    event["payment"]["amount"] = json!("tanti");
    world.publish("payments", &event).await;
    event["payment"]["amount"] = json!(1);
    event["payer"]["name"] = Value::Null;
    event["event_id"] = json!(world.app.event_id());
    world.publish("payments", &event).await;
    world.publish_text("payments", "", "{\"id\":".to_owned()).await;
    world.idle().await;
    world.counted("oc_payment_validation_errors_total", 3.0).await;
    assert!(world.dead_letters().await.iter().any(|reason| reason == "pagamento non valido: /payer/name required"));
    assert!(!world.dead_letters().await.iter().any(|reason| reason.contains("FRRNNA84L52G702G")));
    // Those behind them go on.
    world.pending("20.00").await;
}

async fn operations_that_make_no_sense_are_refused(world: World) {
    let (application, pending) = world.pending("20.00").await;
    let id = pending["id"].as_str().unwrap();
    let (unknown, events) = (world.app.rng().uuid(), world.events_of(&application).await.len());
    for (path, status) in [
        (format!("receipt/{id}"), 409),
        (format!("landing/{id}"), 400),
        (format!("landing/{id}?status=MAYBE"), 400),
        (format!("online-payment/{unknown}"), 404),
        (format!("landing/{unknown}?status=OK"), 404),
        (format!("notice/{unknown}"), 404),
        (format!("receipt/{unknown}"), 404),
        (format!("update/{unknown}"), 404),
        ("update/x".to_owned(), 404),
    ] {
        let answer = world.call_by("", "GET", &format!("{PROXY}/{path}"), &Value::Null).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.body["title"].is_string() && answer.body["detail"].is_string(), "{path}: {}", answer.body);
    }
    world.call_by("", "POST", &format!("{PROXY}/notifications"), &json!({ "iud": unknown.simple() })).await.expect(404);
    assert_eq!(world.call_by("", "DELETE", &format!("{PROXY}/update/{id}"), &Value::Null).await.status, 405);
    // A notification of what did not happen changes nothing.
    world.call_by("", "POST", &format!("{PROXY}/notifications"), &json!({ "iud": id.replace('-', "") })).await.expect(202);
    world.idle().await;
    assert_eq!(world.events_of(&application).await.len(), events);
}
