//! The read model: what is listed, to whom, and that every event that was ever published can be taken over.

use contracts::Event as _;
use kernel::Uuid;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::platform::OFFICE;
use crate::world::{BUGLIANO, CITIZEN, SERVICE, VALLELAGHI, World};

on_both_engines!(
    citizens_see_their_own_and_staff_what_they_look_after,
    lists_are_paged_filtered_and_ordered,
    every_frozen_sample_is_taken_over,
    what_breaks_the_rules_is_not_shown,
    a_late_repetition_of_an_old_event_changes_nothing,
    of_events_of_one_instant_the_one_that_comes_later_in_the_state_machine_counts,
    payments_are_found_by_words_numbers_and_office,
    a_table_has_every_payment_and_no_formula,
);

pub const PAYMENTS: &str = "/comune-di-bugliano/api/payments";

/// Puts a payment of the tenant into the read model, and gives it.
pub async fn payment(world: &World, changes: Value) -> Value {
    let sample = include_str!("../../../contracts/samples/payments/2.0/payment_pending.json");
    let mut event = world.sample(sample);
    event["id"] = json!(world.app.rng().uuid());
    event["service_id"] = json!(world.app.rng().uuid());
    event["remote_id"] = json!(world.app.rng().uuid());
    event["links"]["update"]["url"] = Value::Null;
    for (pointer, value) in changes.as_object().unwrap() {
        *event.pointer_mut(pointer).unwrap() = value.clone();
    }
    world.publish("payments", &event).await;
    world.idle().await;
    event
}

fn ids(page: &Value) -> Vec<&str> {
    page.as_array().or(page["data"].as_array()).unwrap().iter().map(|payment| payment["id"].as_str().unwrap()).collect()
}

async fn citizens_see_their_own_and_staff_what_they_look_after(world: World) {
    let nobody = Uuid::from_u128(9).to_string();
    let mine = payment(&world, json!({ "/user_id": CITIZEN, "/payer/tax_identification_number": "CLNVTR76P01G822Q" })).await;
    let due = payment(&world, json!({ "/user_id": null, "/payer/tax_identification_number": "FRRNNA84L52G702G" })).await;
    let others = payment(&world, json!({ "/user_id": nobody, "/payer/tax_identification_number": "BNRMHL75C06G702B" })).await;
    let elsewhere = payment(&world, json!({ "/user_id": CITIZEN, "/tenant_id": VALLELAGHI })).await;
    let citizen = world.token(BUGLIANO, CITIZEN.parse().unwrap(), "frrnna84l52g702g", &["ROLE_USER", "ROLE_CPS_USER"]);
    let visitor = world.token(BUGLIANO, CITIZEN.parse().unwrap(), "", &["ROLE_USER"]);
    let operator = world.token(BUGLIANO, Uuid::from_u128(3), "operatore", &["ROLE_OPERATORE"]);
    world.platform.knows(Uuid::from_u128(3), &[&mine["service_id"], &others["service_id"]], false);
    let admin = world.token(BUGLIANO, Uuid::from_u128(4), "admin", &["ROLE_ADMIN"]);
    for (token, seen) in [
        (&citizen, vec![&mine, &due]),
        (&visitor, vec![&mine]),
        (&operator, vec![&mine, &others]),
        (&admin, vec![&mine, &due, &others]),
    ] {
        let list = world.call_by(token, "GET", PAYMENTS, &Value::Null).await.expect(200);
        let mut expected: Vec<_> = seen.iter().map(|payment| payment["id"].as_str().unwrap()).collect();
        let mut listed = ids(&list);
        expected.sort_unstable();
        listed.sort_unstable();
        assert_eq!((listed, &list["meta"]["total"]), (expected, &json!(seen.len())));
        for event in [&mine, &due, &others, &elsewhere] {
            let path = format!("{PAYMENTS}/{}", event["id"].as_str().unwrap());
            let answer = world.call_by(token, "GET", &path, &Value::Null).await;
            assert_eq!(answer.status, if seen.contains(&event) { 200 } else { 404 }, "{path}");
            let path = format!("{PAYMENTS}?remote_id={}", event["remote_id"].as_str().unwrap());
            let list = world.call_by(token, "GET", &path, &Value::Null).await.expect(200);
            assert_eq!(ids(&list).len(), usize::from(seen.contains(&event)), "a plain list, as the core gives it");
        }
    }
    let shown = world.call_by(&citizen, "GET", &format!("{PAYMENTS}/{}", mine["id"].as_str().unwrap()), &Value::Null).await;
    assert_eq!(shown.expect(200), mine);
    // A search for others' payments finds nothing.
    let path = format!("{PAYMENTS}?payer=BNRMHL75C06G702B&user_id={nobody}");
    assert_eq!(world.call_by(&citizen, "GET", &path, &Value::Null).await.expect(200)["meta"]["total"], 0);
    world.call_by(&citizen, "GET", "/comune-di-vallelaghi/api/payments", &Value::Null).await.expect(404);
    world.call_by(&citizen, "GET", "/comune-di-nessuno/api/payments", &Value::Null).await.expect(404);
}

async fn lists_are_paged_filtered_and_ordered(world: World) {
    let mut events = Vec::new();
    for day in 1..=5 {
        let at = format!("2025-03-0{day}T12:00:00+01:00");
        let notice = if day == 2 { "302872234000000343" } else { "302872234000000646" };
        events.push(payment(&world, json!({ "/created_at": at, "/updated_at": at, "/payment/notice_code": notice })).await);
    }
    payment(&world, json!({ "/status": "COMPLETE", "/created_at": "2025-02-01T00:00:00+01:00" })).await;
    let id = |day: usize| events[day - 1]["id"].as_str().unwrap();
    let get = |query: &str| {
        let (world, path) = (&world, format!("{PAYMENTS}?{query}"));
        async move { world.call("GET", &path, &Value::Null).await }
    };
    let page = get("limit=2&status=PAYMENT_PENDING").await.expect(200);
    assert_eq!((ids(&page), &page["meta"]["total"]), (vec![id(5), id(4)], &json!(5)));
    let next = page["links"]["next"].as_str().unwrap();
    assert!(next.starts_with(&format!("{}{PAYMENTS}?", world.app.public_url())), "{next}");
    let next = world.call("GET", next.strip_prefix(world.app.public_url()).unwrap(), &Value::Null).await.expect(200);
    assert_eq!(ids(&next), [id(3), id(2)]);
    let sorted = get("sort=created_at&status=PAYMENT_PENDING&offset=1&limit=1").await.expect(200);
    assert_eq!(ids(&sorted), [id(2)]);
    let since = get("created_since=2025-03-04T00:00:00%2B01:00").await.expect(200);
    assert_eq!(ids(&since), [id(5), id(4)]);
    assert_eq!(ids(&get("q=3028+7223+4000+0003+43&status=PAYMENT_PENDING").await.expect(200)), [id(2)]);
    assert_eq!(ids(&get(&format!("service_id={}", events[3]["service_id"].as_str().unwrap())).await.expect(200)), [id(4)]);
    for query in
        ["limit=0", "limit=101", "sort=amount", "status=PAID", "x=1", "remote_id=x", "created_since=yesterday", "offset=-1"]
    {
        let wrong = get(query).await;
        assert_eq!(wrong.status, 400, "{query}: {}", wrong.body);
    }
}

async fn every_frozen_sample_is_taken_over(world: World) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts/samples/payments/2.0");
    let mut samples = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let mut event = world.sample(&std::fs::read_to_string(file.unwrap().path()).unwrap());
        event["id"] = json!(world.app.rng().uuid());
        event["service_id"] = json!(world.app.rng().uuid());
        world.publish("payments", &event).await;
        world.idle().await;
        let path = format!("{PAYMENTS}/{}", event["id"].as_str().unwrap());
        assert_eq!(world.call("GET", &path, &Value::Null).await.expect(200), event);
        samples += 1;
    }
    assert!(samples >= 11);
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
}

async fn what_breaks_the_rules_is_not_shown(world: World) {
    let broken = payment(&world, json!({ "/payer/name": null })).await;
    let path = format!("{PAYMENTS}/{}", broken["id"].as_str().unwrap());
    world.call("GET", &path, &Value::Null).await.expect(404);
    let parity = world.call("GET", &format!("{PAYMENTS}/parity"), &Value::Null).await.expect(200);
    assert_eq!((&parity["checked"], &parity["missing"]), (&json!(0), &json!(0)), "it is not missed either: {parity}");
    assert_eq!(world.dead_letters().await, Vec::<String>::new(), "its proxy would bury it");
}

async fn a_late_repetition_of_an_old_event_changes_nothing(world: World) {
    let first = payment(&world, json!({})).await;
    let mut later = first.clone();
    later["event_id"] = json!(world.app.event_id());
    later["event_created_at"] = json!("2025-03-12T09:20:00+01:00");
    later["status"] = json!("COMPLETE");
    world.publish("payments", &later).await;
    let mut again = first.clone();
    again["event_id"] = json!(world.app.event_id());
    world.publish("payments", &again).await;
    let mut stolen = later.clone();
    stolen["event_id"] = json!(world.app.event_id());
    stolen["event_created_at"] = json!("2025-03-12T09:30:00+01:00");
    stolen["tenant_id"] = json!(VALLELAGHI);
    world.publish("payments", &stolen).await;
    world.idle().await;
    let path = format!("{PAYMENTS}/{}", first["id"].as_str().unwrap());
    assert_eq!(world.call("GET", &path, &Value::Null).await.expect(200), later);
}

async fn of_events_of_one_instant_the_one_that_comes_later_in_the_state_machine_counts(world: World) {
    let mut event = payment(&world, json!({})).await;
    let shown = format!("{PAYMENTS}/{}", event["id"].as_str().unwrap());
    // All of them in the same second, and in any order.
    for (status, reason, counts) in [
        ("PAYMENT_PENDING", "the same again, opened", "PAYMENT_PENDING"),
        ("PAYMENT_STARTED", "begun", "PAYMENT_STARTED"),
        ("PAYMENT_PENDING", "repeated", "PAYMENT_STARTED"),
        ("CANCELED", "cancelled", "CANCELED"),
        ("COMPLETE", "money wins", "COMPLETE"),
        ("PAYMENT_STARTED", "repeated", "COMPLETE"),
        ("CANCELED", "repeated", "COMPLETE"),
        ("COMPLETE", "the receipt was opened", "COMPLETE"),
    ] {
        event["event_id"] = json!(world.app.event_id());
        event["status"] = json!(status);
        event["reason"] = json!(reason);
        world.publish("payments", &event).await;
        world.idle().await;
        let now = world.call("GET", &shown, &Value::Null).await.expect(200);
        assert_eq!(now["status"], counts, "after {status}, {reason}");
        assert_eq!(now["reason"] == reason, counts == status, "what lies beside the status goes with it");
        let parity = world.call("GET", &format!("{PAYMENTS}/parity"), &Value::Null).await.expect(200);
        assert_eq!((&parity["stale"], &parity["different"]), (&json!(0), &json!(0)), "{parity}");
    }
}

async fn payments_are_found_by_words_numbers_and_office(world: World) {
    let canteen = payment(
        &world,
        json!({
            "/reason": "Mensa 100% dicembre", "/payer/name": "Niccolò", "/payer/family_name": "D'Angelo", "/service_id": SERVICE
        }),
    );
    let canteen = canteen.await;
    let tax = payment(&world, json!({ "/reason": "TARI 2025", "/payment/iud": "0190a6c17f3e7d529c1b5b0a3c2d1e4f" })).await;
    let (canteen, tax) = (canteen["id"].as_str().unwrap(), tax["id"].as_str().unwrap());
    for (query, found) in [
        ("q=niccol%C3%B2+mensa", vec![canteen]),
        ("q=NICCOL%C3%92", vec![canteen]),
        ("q=100%25+dic", vec![canteen]),
        ("q=1__%25", vec![]),
        ("q=D'Angelo", vec![canteen]),
        ("q=tari", vec![tax]),
        ("q=0190a6c17f3e7d529c1b5b0a3c2d1e4f", vec![tax]),
        (&format!("office_id={OFFICE}"), vec![canteen]),
        ("office_id=5d1f3c9a-0000-4a52-8a39-1f7b0c9c2d11", vec![]),
        ("created_before=2020-01-01T00:00:00%2B01:00", vec![]),
    ] {
        let list = world.call("GET", &format!("{PAYMENTS}?{query}"), &Value::Null).await.expect(200);
        assert_eq!(ids(&list), found, "{query}");
    }
    // Nothing of another's is found by any words.
    let visitor = world.token(BUGLIANO, Uuid::from_u128(77), "RSSMRA80A01H501U", &["ROLE_USER", "ROLE_CPS_USER"]);
    for path in [format!("{PAYMENTS}?q=mensa"), format!("{PAYMENTS}?office_id={OFFICE}")] {
        assert_eq!(world.call_by(&visitor, "GET", &path, &Value::Null).await.expect(200)["meta"]["total"], 0);
    }
}

async fn a_table_has_every_payment_and_no_formula(world: World) {
    // More than are read at once, many of them of one instant.
    let sample: contracts::payments::PaymentV2 =
        serde_json::from_str(include_str!("../../../contracts/samples/payments/2.0/payment_pending.json")).unwrap();
    let (app, now) = (world.app.clone(), world.clock.now());
    let publish = move |tx: &mut storage::Tx<'_>| {
        for number in 0..1203 {
            let mut payment = sample.clone();
            payment.id = kernel::PaymentId(app.rng().uuid());
            payment.reason = Some(format!("=cmd|' /C calc'!A{number}"));
            payment.service_id = kernel::ServiceId(app.rng().uuid());
            payment.links.update = Default::default();
            payment.renew(app.event_id(), now, "test:1.0");
            tx.emit(&payment, now)?;
        }
        storage::Result::Ok(())
    };
    world.app.db().write(publish).await.unwrap();
    world.idle().await;
    let answer = world.call("GET", &format!("{PAYMENTS}/export?status=PAYMENT_PENDING"), &Value::Null).await;
    let table = String::from_utf8(answer.bytes.to_vec()).unwrap();
    let lines: Vec<_> = table.trim_start_matches('\u{feff}').split_terminator("\r\n").collect();
    assert_eq!((answer.status, lines.len()), (200, 1204));
    let distinct: std::collections::BTreeSet<_> = lines.iter().map(|line| line.split(';').next().unwrap()).collect();
    assert_eq!(distinct.len(), 1204, "each payment once");
    assert!(lines[1..].iter().all(|line| line.contains(";\"'=cmd|")), "{}", lines[1]);
    assert!(answer.headers["content-disposition"].to_str().unwrap().contains("pagamenti.csv"));
    let none = world.call("GET", &format!("{PAYMENTS}/export?status=COMPLETE"), &Value::Null).await;
    assert_eq!(none.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count(), 1);
}
