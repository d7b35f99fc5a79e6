//! Paper revenue stamps: each serves once.

use serde_json::{Value, json};

use crate::harness::{Answer, HERE, Person, World};
use crate::on_both_engines;

on_both_engines!(a_paper_stamp_serves_once, a_draft_takes_no_stamp_until_it_is_sent);

const NUMBER: &str = "01230456789012";

fn data(number: &str, date: &str) -> Value {
    json!({ "note": "ciao", "marca_da_bollo_numero": number, "marca_da_bollo_data": date })
}

async fn send(world: &World, person: &Person, status: &str, data: Value) -> Answer {
    let body = json!({ "service": "prova", "status": status, "data": data });
    world.call("POST", &format!("{HERE}/api/applications")).by(person).json(&body).send().await
}

async fn a_paper_stamp_serves_once(world: World) {
    let (mario, anna) = (world.mario().await, world.anna().await);
    send(&world, &mario, "1900", data("0123 0456 7890 12", "2024-01-31")).await.expect(201);
    for (person, number) in [(&anna, NUMBER), (&mario, NUMBER), (&anna, " 0123 04567890 12 ")] {
        let refused = send(&world, person, "1900", data(number, "2024-01-31")).await;
        assert_eq!(refused.wrong_fields(), ["/data/marca_da_bollo_numero"]);
    }
    for (number, date, field) in [
        ("123", "2024-01-31", "/data/marca_da_bollo_numero"),
        ("99999999999999", "2999-01-01", "/data/marca_da_bollo_data"),
        ("99999999999999", "31/02/2024", "/data/marca_da_bollo_data"),
    ] {
        assert_eq!(send(&world, &anna, "1900", data(number, date)).await.wrong_fields(), [field]);
    }
    // What was refused has taken nothing.
    send(&world, &anna, "1900", data("99999999999999", "31/01/2024")).await.expect(201);
    send(&world, &anna, "1900", data("", "")).await.expect(201);
}

async fn a_draft_takes_no_stamp_until_it_is_sent(world: World) {
    let (mario, anna) = (world.mario().await, world.anna().await);
    let draft = send(&world, &mario, "1000", data(NUMBER, "2024-01-31")).await.expect(201);
    let submit = format!("{HERE}/api/applications/{}/transition/submit", draft["id"].as_str().unwrap());
    send(&world, &anna, "1900", data(NUMBER, "2024-01-31")).await.expect(201);
    let refused = world.call("POST", &submit).by(&mario).send().await;
    assert_eq!(refused.wrong_fields(), ["/data/marca_da_bollo_numero"]);
    let path = format!("{HERE}/api/applications/{}", draft["id"].as_str().unwrap());
    let change = json!({ "data": data("11111111111111", "2024-01-31") });
    world.call("PUT", &path).by(&mario).json(&change).send().await.expect(200);
    world.call("POST", &submit).by(&mario).send().await.expect(204);
}
