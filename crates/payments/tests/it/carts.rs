//! A citizen pays several payments at once: what one of them is in the way of, the others are not.

use kernel::Uuid;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::served::MYPAY;
use crate::world::{BUGLIANO, CITIZEN, IMPORTED_DUE, PROXY, World};

on_both_engines!(
    several_payments_are_paid_on_one_page,
    the_same_cart_pressed_twice_is_one,
    what_cannot_be_paid_is_named_and_nothing_is_made,
    a_payment_that_was_paid_elsewhere_is_found_out,
    a_part_that_fails_leaves_the_rest_to_be_paid_again,
    payments_of_others_are_unknown,
    a_cart_leads_back_to_the_body_alone,
    an_outage_is_passed_on_until_it_is_over,
);

fn citizen(world: &World) -> String {
    world.token(BUGLIANO, CITIZEN.parse().unwrap(), "FRRNNA84L52G702G", &["ROLE_USER", "ROLE_CPS_USER"])
}

fn cart(world: &World, payments: &[&Value]) -> Value {
    let payments: Vec<_> = payments.iter().map(|payment| payment["id"].clone()).collect();
    json!({ "payments": payments, "return_url": format!("{}/comune-di-bugliano/it/pagamenti/carrello", world.app.public_url()) })
}

async fn made(world: &World, payments: &[&Value]) -> Value {
    world.call_by(&citizen(world), "POST", &format!("{PROXY}/carts"), &cart(world, payments)).await.expect(201)
}

/// The payments that the answer refuses, with the codes of why.
async fn refused(world: &World, payments: &[&Value]) -> Vec<(String, String)> {
    let answer = world.call_by(&citizen(world), "POST", &format!("{PROXY}/carts"), &cart(world, payments)).await.expect(409);
    let said = |error: &Value, member: &str| error[member].as_str().unwrap_or_default().to_owned();
    answer["errors"].as_array().unwrap().iter().map(|error| (said(error, "field"), said(error, "code"))).collect()
}

/// How many carts the stand-in was asked for with this payment in them.
async fn asked(world: &World, payment: &Value) -> usize {
    world.ledger(payment, "cart").await.len()
}

async fn several_payments_are_paid_on_one_page(world: World) {
    let (first, one) = world.pending("20.00").await;
    let (second, two) = world.pending("12.50").await;
    let made = made(&world, &[&one, &two]).await;
    let id = made["id"].as_str().unwrap();
    let page = made["checkout_url"].as_str().unwrap();
    assert_eq!(page, format!("{}/demo/psp/carts/{id}", world.app.public_url()));
    let shown = world.open(page).await;
    assert_eq!((shown.status, String::from_utf8_lossy(&shown.bytes).contains("32,50 €")), (200, true));
    assert!(world.last_event(&two).await["links"]["online_payment_begin"]["last_opened_at"].is_string());
    let path = format!("{PROXY}/carts/{id}");
    assert_eq!(
        world.call_by(&citizen(&world), "GET", &path, &Value::Null).await.expect(200)["payments"],
        json!([one["id"], two["id"]])
    );
    let other = world.token(BUGLIANO, Uuid::from_u128(2), "BNRMHL75C06G702B", &["ROLE_USER", "ROLE_CPS_USER"]);
    assert_eq!(world.call_by(&other, "GET", &path, &Value::Null).await.status, 404);

    let back = world.press_on(page, "paga").await;
    assert_eq!(back, format!("{}{PROXY}/carts/{id}/landing?status=OK", world.app.public_url()));
    let landed = world.open(&back).await;
    let pages = format!("{}/comune-di-bugliano/it/pagamenti/carrello", world.app.public_url());
    assert_eq!((landed.status, landed.location()), (302, format!("{pages}?cart={id}&payment=OK")));
    for application in [&first, &second] {
        world.payment(application, "COMPLETE").await;
    }
    assert_eq!(world.call("GET", &format!("{path}/landing"), &Value::Null).await.status, 400, "the outcome is missing");
}

async fn the_same_cart_pressed_twice_is_one(world: World) {
    let (_, one) = world.pending("20.00").await;
    let (_, two) = world.pending("12.50").await;
    let choices = [[&one, &two], [&two, &one], [&one, &two]];
    let all = futures::future::join_all(choices.iter().map(|choice| made(&world, choice))).await;
    for cart in &all {
        assert_eq!((&cart["id"], &cart["checkout_url"]), (&all[0]["id"], &all[0]["checkout_url"]));
    }
    let before = asked(&world, &one).await;
    assert_eq!(made(&world, &[&one, &two]).await["id"], all[0]["id"]);
    assert_eq!(asked(&world, &one).await, before, "the page is known: the provider is not asked for it again");
    // Somebody else's choice of the same page is another cart; so is this one's after a while, and after coming back.
    assert_ne!(made(&world, &[&one]).await["id"], all[0]["id"]);
    world.clock.advance(jiff::SignedDuration::from_mins(16));
    let later = made(&world, &[&one, &two]).await;
    assert_ne!(later["id"], all[0]["id"]);
    let back = world.press_on(later["checkout_url"].as_str().unwrap(), "annulla").await;
    assert!(world.open(&back).await.location().ends_with("payment=KO"));
    assert_ne!(made(&world, &[&one, &two]).await["id"], later["id"]);
}

async fn what_cannot_be_paid_is_named_and_nothing_is_made(world: World) {
    let (_, open) = world.pending("20.00").await;
    let (application, gone) = world.pending("12.50").await;
    let path = format!("{PROXY}/payments/{}", gone["id"].as_str().unwrap());
    world.call("PATCH", &path, &json!({ "status": "CANCELED" })).await.expect(200);
    world.payment(&application, "CANCELED").await;
    assert_eq!(refused(&world, &[&open, &gone]).await, [("/payments/1".to_owned(), "canceled".to_owned())]);
    assert_eq!(asked(&world, &open).await, 0);
    made(&world, &[&open]).await;
    let post = |payments: Value| {
        let body = json!({ "payments": payments, "return_url": format!("{}/", world.app.public_url()) });
        let (world, token) = (&world, citizen(&world));
        async move { world.call_by(&token, "POST", &format!("{PROXY}/carts"), &body).await }
    };
    assert_eq!(post(json!([])).await.wrong_fields(), ["/payments"]);
    assert_eq!(post(json!([open["id"], open["id"]])).await.wrong_fields(), ["/payments/1"]);
    let six: Vec<_> = (1..=6_u128).map(Uuid::from_u128).collect();
    assert_eq!(post(json!(six)).await.wrong_fields(), ["/payments"]);
}

async fn a_payment_that_was_paid_elsewhere_is_found_out(world: World) {
    let (_, open) = world.pending("20.00").await;
    // It never notifies, and nobody has asked since.
    let (application, paid) = world.pending("12.99").await;
    world.press(&paid, "paga").await;
    assert_eq!(refused(&world, &[&paid, &open]).await, [("/payments/0".to_owned(), "complete".to_owned())]);
    world.payment(&application, "COMPLETE").await;
    made(&world, &[&open]).await;
}

async fn a_part_that_fails_leaves_the_rest_to_be_paid_again(world: World) {
    let (first, one) = world.pending("20.00").await;
    let (second, two) = world.pending("12.50").await;
    let (third, three) = world.pending("7.00").await;
    let page = made(&world, &[&one, &two, &three]).await["checkout_url"].as_str().unwrap().to_owned();
    // One is paid at the counter while the payer reads the page, one is withdrawn by the office.
    world.press(&two, "paga").await;
    world.payment(&second, "COMPLETE").await;
    world
        .call("PATCH", &format!("{PROXY}/payments/{}", three["id"].as_str().unwrap()), &json!({ "status": "CANCELED" }))
        .await
        .expect(200);
    world.idle().await;
    let back = world.press_on(&page, "paga").await;
    assert!(back.ends_with("?status=KO"), "not everything was paid: {back}");
    assert_eq!(world.open(&back).await.status, 302);
    world.payment(&first, "COMPLETE").await;
    world.payment(&third, "CANCELED").await;
    assert_eq!(world.standing(&three).await, "WITHDRAWN");
    // A payment that is refused on the page stays to be paid.
    let (fourth, four) = world.pending("3.00").await;
    let page = made(&world, &[&four]).await["checkout_url"].as_str().unwrap().to_owned();
    let back = world.press_on(&page, "rifiuta").await;
    world.open(&back).await;
    assert_eq!(world.last_event(&four).await["status"], "PAYMENT_PENDING");
    let page = made(&world, &[&four]).await["checkout_url"].as_str().unwrap().to_owned();
    world.open(&world.press_on(&page, "paga").await).await;
    world.payment(&fourth, "COMPLETE").await;
}

async fn payments_of_others_are_unknown(world: World) {
    let (_, mine) = world.pending("20.00").await;
    // A due that was imported has no user: who is named in it pays it.
    let mut due = world.sample(IMPORTED_DUE);
    due["payer"]["tax_identification_number"] = json!("FRRNNA84L52G702G");
    world.publish("payments", &due).await;
    let mut others = world.sample(IMPORTED_DUE);
    others["id"] = json!(world.app.rng().uuid());
    others["payment"]["iud"] = json!("0123456789abcdef0123456789abcdef");
    others["payer"]["tax_identification_number"] = json!("BNRMHL75C06G702B");
    world.publish("payments", &others).await;
    world.idle().await;
    let path = format!("{PROXY}/carts");
    let unknown = json!({ "id": Uuid::from_u128(5) });
    for choice in [[&mine, &others], [&mine, &unknown]] {
        assert_eq!(world.call_by(&citizen(&world), "POST", &path, &cart(&world, &choice)).await.status, 404);
    }
    let visitor = world.token(BUGLIANO, CITIZEN.parse().unwrap(), "FRRNNA84L52G702G", &["ROLE_USER"]);
    assert_eq!(world.call_by(&visitor, "POST", &path, &cart(&world, &[&due])).await.status, 404, "a visitor has no tax code");
    assert_eq!(asked(&world, &mine).await, 0);
}

async fn a_cart_leads_back_to_the_body_alone(world: World) {
    let (_, payment) = world.pending("20.00").await;
    for address in ["https://evil.example/", "http://evil.example", "javascript:alert(1)", "/it/pagamenti", "//evil.example"] {
        let body = json!({ "payments": [payment["id"]], "return_url": address });
        let answer = world.call_by(&citizen(&world), "POST", &format!("{PROXY}/carts"), &body).await;
        assert_eq!(answer.wrong_fields(), ["/return_url"], "{address}");
    }
}

async fn an_outage_is_passed_on_until_it_is_over(world: World) {
    let (_, payment) = world.pending("20.00").await;
    // Another process of the same installation, whose provider is nowhere.
    let cut_off = world.another(&[("SANDBOX_URL", "http://127.0.0.1:9")]).await;
    let body = cart(&world, &[&payment]);
    let answer = cut_off.call_by(&citizen(&world), "POST", &format!("{PROXY}/carts"), &body).await;
    assert_eq!(answer.status, 503);
    assert!(answer.header("retry-after").is_some());
    assert_eq!(made(&world, &[&payment]).await["payments"], json!([payment["id"]]));
}

#[tokio::test]
async fn a_provider_without_carts_says_so() {
    let world = World::with_on_sqlite(&MYPAY).await;
    let (_, one) = world.pending("20.00").await;
    let (_, two) = world.pending("12.50").await;
    let path = format!("{}/carts", world.proxy());
    let refused = world.call_by(&citizen(&world), "POST", &path, &cart(&world, &[&one, &two])).await.expect(409);
    assert!(refused["detail"].as_str().unwrap().contains("uno alla volta"), "{refused}");
    let offered =
        world.call_by(&citizen(&world), "GET", "/comune-di-bugliano/api/payments/providers", &Value::Null).await.expect(200);
    let most = |name: &str| offered.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()["cart"].clone();
    assert_eq!((most("mypay"), most("pagopa")), (json!(1), json!(5)));
}
