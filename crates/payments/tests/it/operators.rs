//! Operators look after the payments of the services that they are enabled for: the others do not exist for them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::Uuid;
use serde_json::{Value, json};

use crate::imports::{JOBS, file, new, row};
use crate::on_both_engines;
use crate::read_model::{PAYMENTS, payment};
use crate::world::{BUGLIANO, PROXY, SERVICE, World};

on_both_engines!(
    operators_see_the_payments_of_their_services,
    operators_cancel_the_payments_of_their_services,
    operators_import_for_their_services,
    nothing_is_shown_while_the_platform_does_not_answer,
);

/// The token of an operator whom the platform knows so.
fn operator(world: &World, services: &[&Value], system_user: bool) -> String {
    let user = world.app.rng().uuid();
    world.platform.knows(user, services, system_user);
    world.token(BUGLIANO, user, "operatore", &["ROLE_OPERATORE"])
}

async fn operators_see_the_payments_of_their_services(world: World) {
    let (one, two) = (payment(&world, json!({})).await, payment(&world, json!({})).await);
    let mine = operator(&world, &[&one["service_id"]], false);
    let idle = operator(&world, &[], false);
    let program = operator(&world, &[], true);
    for (token, seen) in [(&mine, vec![&one]), (&idle, vec![]), (&program, vec![&one, &two])] {
        let list = world.call_by(token, "GET", PAYMENTS, &Value::Null).await.expect(200);
        assert_eq!(list["meta"]["total"], seen.len());
        let table = world.call_by(token, "GET", &format!("{PAYMENTS}/export"), &Value::Null).await;
        assert_eq!(String::from_utf8_lossy(&table.bytes).lines().count(), 1 + seen.len());
        let question = json!({ "ksql": "SELECT id FROM payments_detail;" });
        let answer = world.call_by(token, "POST", &format!("{PAYMENTS}/query"), &question).await;
        let rows: Vec<Value> = serde_json::from_slice(&answer.bytes).unwrap();
        assert_eq!(rows.len(), 1 + seen.len());
        for event in [&one, &two] {
            let expected = seen.contains(&event);
            let path = format!("{PAYMENTS}/{}", event["id"].as_str().unwrap());
            assert_eq!(world.call_by(token, "GET", &path, &Value::Null).await.status, if expected { 200 } else { 404 });
            let path = format!("{PAYMENTS}?service_id={}", event["service_id"].as_str().unwrap());
            let list = world.call_by(token, "GET", &path, &Value::Null).await.expect(200);
            assert_eq!(list["meta"]["total"], usize::from(expected));
        }
    }
}

async fn operators_cancel_the_payments_of_their_services(world: World) {
    let (application, pending) = world.pending("20.00").await;
    let path = format!("{PROXY}/payments/{}", pending["id"].as_str().unwrap());
    let change = json!({ "status": "CANCELED" });
    let elsewhere = json!(Uuid::from_u128(9));
    let other = operator(&world, &[&elsewhere], false);
    world.call_by(&other, "PATCH", &path, &change).await.expect(404);
    assert_eq!(world.last_event(&pending).await["status"], "PAYMENT_PENDING");
    let mine = operator(&world, &[&json!(SERVICE)], false);
    world.call_by(&mine, "PATCH", &path, &change).await.expect(200);
    world.payment(&application, "CANCELED").await;
}

async fn operators_import_for_their_services(world: World) {
    let dues = new(STANDARD.encode(file((1..=1).map(row))));
    let other = operator(&world, &[&json!(Uuid::from_u128(9))], false);
    let mine = operator(&world, &[&json!(SERVICE)], false);
    assert_eq!(world.call_by(&other, "POST", JOBS, &dues).await.wrong_fields(), ["/args/service_id"]);
    let job = world.call_by(&mine, "POST", JOBS, &dues).await.expect(201)["id"].as_str().unwrap().to_owned();
    for (token, status, total) in [(&other, 404, 0), (&mine, 200, 1)] {
        for part in ["", "/errors", "/errors/export"] {
            let answer = world.call_by(token, "GET", &format!("{JOBS}/{job}{part}"), &Value::Null).await;
            assert_eq!(answer.status, status, "{part}");
        }
        assert_eq!(world.call_by(token, "GET", JOBS, &Value::Null).await.expect(200)["meta"]["total"], total);
    }
    world.call_by(&other, "DELETE", &format!("{JOBS}/{job}"), &Value::Null).await.expect(404);
    world.call_by(&mine, "DELETE", &format!("{JOBS}/{job}"), &Value::Null).await.expect(204);
}

async fn nothing_is_shown_while_the_platform_does_not_answer(world: World) {
    let token = operator(&world, &[], false);
    world.platform.fails(1);
    world.call_by(&token, "GET", PAYMENTS, &Value::Null).await.expect(503);
    world.call_by(&token, "GET", PAYMENTS, &Value::Null).await.expect(200);
    // Whom the platform need not be asked about goes on.
    world.platform.fails(1);
    world.call("GET", PAYMENTS, &Value::Null).await.expect(200);
}
