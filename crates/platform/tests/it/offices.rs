//! Offices.

use serde_json::{Value, json};

use crate::harness::{HERE, OTHER_SERVICE, SERVICE, THERE, World};
use crate::on_both_engines;

on_both_engines!(
    everybody_reads_and_administrators_write,
    numbers_and_filters_follow_users_and_services,
    an_office_that_is_removed_leaves_its_members,
    an_office_in_use_stays,
    offices_of_other_tenants_do_not_exist,
);

fn offices(path: &str) -> String {
    format!("{HERE}/api/user-groups{path}")
}

async fn made(world: &World, body: Value) -> String {
    let office = world.call("POST", &offices("")).bearer(&world.service()).json(&body).send().await.expect(201);
    office["id"].as_str().unwrap().to_owned()
}

async fn everybody_reads_and_administrators_write(world: World) {
    let admin = world.admin().await;
    let id = made(&world, json!({ "name": "Ufficio Tributi", "short_description": "Tributi locali" })).await;
    let path = offices(&format!("/{id}"));
    assert_eq!(world.call("GET", &path).send().await.expect(200)["name"], "Ufficio Tributi");
    let changed = world
        .call("PATCH", &path)
        .by(&admin)
        .json(&json!({ "main_function": "Riscossione", "id": SERVICE }))
        .send()
        .await
        .expect(200);
    assert_eq!(
        (&changed["id"], &changed["short_description"], &changed["main_function"]),
        (&json!(id), &json!("Tributi locali"), &json!("Riscossione"))
    );
    let replaced = world.call("PUT", &path).by(&admin).json(&json!({ "name": "Ufficio Entrate" })).send().await.expect(200);
    assert_eq!((&replaced["short_description"], &replaced["created_at"]), (&json!(""), &changed["created_at"]));
    made(&world, json!({ "name": "Anagrafe" })).await;
    let names: Vec<_> =
        world.call("GET", &offices("")).send().await.expect(200).as_array().unwrap().iter().map(|o| o["name"].clone()).collect();
    assert_eq!(names, ["Anagrafe", "Ufficio Entrate"]);
    world.call("PATCH", &path).by(&admin).json(&json!({ "name": "Anagrafe" })).send().await.expect(409);
    for (wrong, field) in [
        (json!({ "name": " " }), "/name"),
        (json!({ "name": "a\nb" }), "/name"),
        (json!({ "name": "X", "manager_id": SERVICE }), "/manager_id"),
    ] {
        assert_eq!(world.call("PUT", &path).by(&admin).json(&wrong).send().await.wrong_fields(), [field]);
    }
}

async fn numbers_and_filters_follow_users_and_services(world: World) {
    let suolo = made(&world, json!({ "name": "Suolo pubblico", "calendar_id": SERVICE })).await;
    let scuola = made(&world, json!({ "name": "Scuola" })).await;
    world.staff("operator", "uno", json!({ "user_groups_ids": [suolo, scuola] })).await;
    world.staff("operator", "due", json!({ "user_groups_ids": [suolo] })).await;
    let service = format!("{HERE}/api/services/{SERVICE}");
    world.call("PATCH", &service).bearer(&world.service()).json(&json!({ "user_group_ids": [suolo] })).send().await.expect(200);
    let list = world.call("GET", &offices("")).send().await.expect(200);
    let numbers: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|o| (o["name"].clone(), o["users_count"].clone(), o["services_count"].clone()))
        .collect();
    assert_eq!(numbers, [(json!("Scuola"), json!(1), json!(0)), (json!("Suolo pubblico"), json!(2), json!(1))]);
    for (filter, expected) in [
        (format!("?service_id={SERVICE}"), vec![&suolo]),
        (format!("?service_id={OTHER_SERVICE}"), vec![]),
        ("?has_calendar=true".to_owned(), vec![&suolo]),
        ("?has_calendar=false".to_owned(), vec![&scuola]),
    ] {
        let list = world.call("GET", &offices(&filter)).send().await.expect(200);
        let ids: Vec<_> = list.as_array().unwrap().iter().map(|office| office["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids.iter().collect::<Vec<_>>(), expected, "{filter}");
    }
}

async fn an_office_that_is_removed_leaves_its_members(world: World) {
    let (kept, removed) = (made(&world, json!({ "name": "A" })).await, made(&world, json!({ "name": "B" })).await);
    let admin = world.admin().await;
    let member = world.staff("operator", "uno", json!({ "user_groups_ids": [kept, removed] })).await;
    world.call("DELETE", &offices(&format!("/{removed}"))).by(&admin).send().await.expect(204);
    world.call("GET", &offices(&format!("/{removed}"))).send().await.expect(404);
    let user = world.call("GET", &format!("{HERE}/api/users/{}", member.id)).by(&member).send().await.expect(200);
    assert_eq!(user["user_groups_ids"], json!([kept]));
    world.call("DELETE", &offices(&format!("/{removed}"))).by(&admin).send().await.expect(204);
}

async fn an_office_in_use_stays(world: World) {
    let (admin, office) = (world.admin().await, made(&world, json!({ "name": "A" })).await);
    let service = format!("{HERE}/api/services/{SERVICE}");
    world.call("PATCH", &service).by(&admin).json(&json!({ "user_group_ids": [office] })).send().await.expect(200);
    world.call("DELETE", &offices(&format!("/{office}"))).by(&admin).send().await.expect(422);
    world.call("GET", &offices(&format!("/{office}"))).send().await.expect(200);
}

async fn offices_of_other_tenants_do_not_exist(world: World) {
    let (stranger, office) = (world.stranger().await, made(&world, json!({ "name": "A" })).await);
    let there = format!("{THERE}/api/user-groups/{office}");
    world.call("GET", &there).send().await.expect(404);
    world.call("PUT", &there).by(&stranger).json(&json!({ "name": "B" })).send().await.expect(404);
    world.call("PATCH", &there).by(&stranger).json(&json!({ "name": "B" })).send().await.expect(404);
    world.call("DELETE", &there).by(&stranger).send().await.expect(204);
    assert_eq!(world.call("GET", &offices(&format!("/{office}"))).send().await.expect(200)["name"], "A");
    let spy =
        json!({ "role": "operator", "username": "spia", "given_name": "A", "family_name": "B", "user_groups_ids": [office] });
    assert_eq!(
        world.call("POST", &format!("{THERE}/api/users")).by(&stranger).json(&spy).send().await.wrong_fields(),
        ["/user_groups_ids"]
    );
}
