//! Questions in KSQL.

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::read_model::{PAYMENTS, payment};
use crate::world::{BUGLIANO, CITIZEN, VALLELAGHI, World};

on_both_engines!(questions_are_answered_with_a_header_and_rows, nobody_asks_for_what_is_not_theirs, wrong_questions_are_refused);

fn question(ksql: &str) -> Value {
    json!({ "ksql": ksql, "streamsProperties": { "ksql.streams.auto.offset.reset": "earliest" } })
}

async fn rows(world: &World, ksql: &str) -> Vec<Value> {
    let answer = world.call("POST", &format!("{PAYMENTS}/query"), &question(ksql)).await;
    assert_eq!(answer.headers["content-type"], "application/vnd.ksql.v1+json");
    let mut rows: Vec<Value> = serde_json::from_slice(&answer.bytes).unwrap();
    assert!(rows[0]["header"]["queryId"].as_str().unwrap().starts_with("query_"));
    rows.remove(0);
    rows.into_iter().map(|row| row["row"]["columns"].clone()).collect()
}

async fn questions_are_answered_with_a_header_and_rows(world: World) {
    let older = json!({ "/created_at": "2025-03-01T12:00:00+01:00", "/payer/name": "Ada" });
    let older = payment(&world, older).await;
    let newer = payment(&world, json!({ "/created_at": "2025-03-02T12:00:00+01:00", "/status": "COMPLETE" })).await;
    let asked = |condition: &str| format!("SELECT ID, STATUS AS state, PAYMENT_AMOUNT FROM PAYMENTS_DETAIL {condition};");
    let row = |payment: &Value| json!([payment["id"], payment["status"], payment["payment"]["amount"]]);
    for (condition, expected) in [
        (String::new(), vec![row(&newer), row(&older)]),
        ("LIMIT 1".to_owned(), vec![row(&newer)]),
        ("LIMIT 0".to_owned(), vec![]),
        (
            format!("WHERE remote_id = '{}' AND status IN ('PAYMENT_PENDING')", older["remote_id"].as_str().unwrap()),
            vec![row(&older)],
        ),
        ("WHERE payer_name LIKE 'Ad%' OR status = 'COMPLETE'".to_owned(), vec![row(&newer), row(&older)]),
        ("WHERE status = 'PAID'".to_owned(), vec![]),
    ] {
        assert_eq!(rows(&world, &asked(&condition)).await, expected, "{condition}");
    }
    let all = rows(&world, "SELECT * FROM payments_detail LIMIT 1").await;
    assert_eq!((all[0].as_array().unwrap().len(), &all[0][0], &all[0][3]), (49, &newer["id"], &json!(BUGLIANO)));
    let answer = world.call("POST", &format!("{PAYMENTS}/query"), &question("SELECT id FROM payments_detail")).await;
    assert_eq!(answer.body[0]["header"]["schema"], "`ID` STRING KEY");
}

async fn nobody_asks_for_what_is_not_theirs(world: World) {
    let mine = json!({ "/user_id": CITIZEN, "/payer/tax_identification_number": "FRRNNA84L52G702G" });
    let mine = payment(&world, mine).await;
    payment(&world, json!({ "/user_id": null, "/payer/tax_identification_number": "BNRMHL75C06G702B" })).await;
    payment(&world, json!({ "/user_id": CITIZEN, "/tenant_id": VALLELAGHI })).await;
    let citizen = world.token(BUGLIANO, CITIZEN.parse().unwrap(), "FRRNNA84L52G702G", &["ROLE_USER", "ROLE_CPS_USER"]);
    for condition in
        ["", &format!("WHERE tenant_id = '{VALLELAGHI}' OR 1 = 1"), "WHERE payer_tax_identification_number = 'BNRMHL75C06G702B'"]
    {
        let ksql = format!("SELECT id FROM payments_detail {condition}");
        let answer = world.call_by(&citizen, "POST", &format!("{PAYMENTS}/query"), &question(&ksql)).await.expect(200);
        let ids: Vec<_> = answer.as_array().unwrap()[1..].iter().map(|row| &row["row"]["columns"][0]).collect();
        assert_eq!(ids, if condition.contains("BNR") { vec![] } else { vec![&mine["id"]] }, "{condition}");
    }
}

async fn wrong_questions_are_refused(world: World) {
    for body in [question("SELECT * FROM users"), question("DROP TABLE payments_detail"), json!({}), json!([])] {
        let answer = world.call("POST", &format!("{PAYMENTS}/query"), &body).await;
        assert_eq!(
            (answer.status, &answer.body["@type"], &answer.body["error_code"]),
            (400, &json!("statement_error"), &json!(40001))
        );
    }
}
