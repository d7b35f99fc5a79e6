//! Users: the shapes of both versions, who sees and changes whom, citizens who sign in.

use kernel::jiff::SignedDuration;
use serde_json::{Value, json};

use crate::harness::{HERE, OTHER_SERVICE, SERVICE, THERE, VALLELAGHI, World};
use crate::on_both_engines;

on_both_engines!(
    a_citizen_who_signs_in_is_one_user_however_often,
    what_the_provider_knows_is_refreshed_and_what_the_citizen_said_is_kept,
    roles_follow_the_user,
    other_roles_learn_what_an_operator_may_handle,
    lists_are_narrowed_by_every_parameter,
    a_known_fiscal_code_gives_the_known_citizen,
    a_citizen_changes_contacts_and_nothing_else,
    administrators_set_staff_up,
    a_user_with_applications_stays,
    wrong_members_are_named,
    tenants_do_not_see_each_other,
);

fn users(path: &str) -> String {
    format!("{HERE}/api/users{path}")
}

async fn known(world: &World, username: &str) -> crate::harness::Answer {
    world.call("GET", &format!("/internal/users?username={username}")).bearer(&world.service()).send().await
}

async fn names(world: &World, query: &str) -> Vec<String> {
    let list = world.call("GET", &users(query)).bearer(&world.service()).send().await.expect(200);
    list.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

async fn a_citizen_who_signs_in_is_one_user_however_often(world: World) {
    let (first, second) = tokio::join!(world.mario(), world.mario());
    assert_eq!(first.id, second.id);
    assert_eq!(world.citizen("rssmra80a01h501u", "Mario", "Rossi").await.id, first.id);
    let user = world.call("GET", &users(&format!("/{}", first.id))).by(&first).send().await.expect(200);
    assert_eq!(
        (&user["codice_fiscale"], &user["data_nascita"], &user["sesso"]),
        (&json!("RSSMRA80A01H501U"), &json!("1980-01-01"), &json!("M"))
    );
    assert_eq!((&user["nome"], &user["given_name"], &user["role"]), (&json!("Mario"), &json!("Mario"), &json!("user")));
    let two = world.call("GET", &users(&format!("/{}?version=2", first.id))).by(&first).send().await.expect(200);
    assert_eq!((two.get("nome"), &two["birth"]["place_code"]), (None, &json!("H501")));
}

async fn what_the_provider_knows_is_refreshed_and_what_the_citizen_said_is_kept(world: World) {
    let mario = world.mario().await;
    let path = users(&format!("/{}", mario.id));
    world.call("PATCH", &path).by(&mario).json(&json!({ "email": "mario@example.it" })).send().await.expect(200);
    let seen = json!({ "fiscal_code": "RSSMRA80A01H501U", "given_name": "Mario", "family_name": "Rossi Bianchi",
        "email": "altra@example.it", "mobile_phone": "+39 333 1234567", "birth_place": "Roma" });
    world.call("POST", "/internal/users/identify").bearer(&world.service()).json(&seen).send().await.expect(200);
    world.mario().await;
    let user = world.call("GET", &path).by(&mario).send().await.expect(200);
    assert_eq!((&user["cognome"], &user["email"]), (&json!("Rossi"), &json!("mario@example.it")));
    assert_eq!((&user["cellulare"], &user["luogo_nascita"]), (&json!("+39 333 1234567"), &json!("Roma")));
}

async fn roles_follow_the_user(world: World) {
    world.mario().await;
    world.operator().await;
    world.admin().await;
    for (username, roles) in [
        ("RSSMRA80A01H501U", json!(["ROLE_USER", "ROLE_CPS_USER"])),
        ("rssmra80a01h501u", json!(["ROLE_USER", "ROLE_CPS_USER"])),
        ("operatore", json!(["ROLE_USER", "ROLE_OPERATORE"])),
        ("amministratore", json!(["ROLE_USER", "ROLE_ADMIN", "ROLE_OPERATORE_ADMIN"])),
    ] {
        let user = known(&world, username).await.expect(200);
        assert_eq!(user["roles"], roles);
        assert!(user["display_name"].as_str().unwrap().contains(' '));
    }
    let visitor = world.visitor();
    world.draft(&visitor).await;
    known(&world, &format!("anonymous-{}", visitor.id)).await.expect(404);
    known(&world, "nessuno").await.expect(404);
    known(&world, "OPERATORE").await.expect(404);
}

async fn other_roles_learn_what_an_operator_may_handle(world: World) {
    let operator = world.operator().await;
    let program = world.staff("operator", "programma", json!({ "system_user": true })).await;
    let ask = |id: &str, tenant: String| world.call("GET", &format!("/internal/users/{id}")).bearer(&tenant).send();
    let known = ask(&operator.id, world.service()).await.expect(200);
    let expected = json!({ "id": operator.id, "role": "operator", "system_user": false, "enabled_services_ids": [SERVICE] });
    assert_eq!(known, expected);
    let known = ask(&program.id, world.service()).await.expect(200);
    assert_eq!((&known["system_user"], &known["enabled_services_ids"]), (&json!(true), &json!([])));
    ask(&operator.id, world.service_of(VALLELAGHI)).await.expect(404);
    ask("99999999-2222-4333-8444-555555555599", world.service()).await.expect(404);
}

async fn lists_are_narrowed_by_every_parameter(world: World) {
    let office = json!({ "name": "Ufficio Suolo pubblico" });
    let office =
        world.call("POST", &format!("{HERE}/api/user-groups")).bearer(&world.service()).json(&office).send().await.expect(201);
    let office = office["id"].as_str().unwrap();
    world.mario().await;
    world.anna().await;
    world.staff("operator", "operatore", json!({ "user_groups_ids": [office] })).await;
    world.admin().await;
    let visitor = world.visitor();
    world.draft(&visitor).await;
    assert_eq!(names(&world, "").await, ["RSSNNA92D55F205M", "RSSMRA80A01H501U", "amministratore", "operatore"]);
    assert_eq!(names(&world, "?limit=2&offset=1").await, ["RSSMRA80A01H501U", "amministratore"]);
    assert_eq!(names(&world, "?roles=anonymous").await, [format!("anonymous-{}", visitor.id)]);
    assert_eq!(names(&world, "?roles=operator,admin").await, ["amministratore", "operatore"]);
    assert_eq!(names(&world, "?role=user").await, ["RSSNNA92D55F205M", "RSSMRA80A01H501U"]);
    assert_eq!(names(&world, "?cf=rssmra80a01h501u").await, ["RSSMRA80A01H501U"]);
    assert_eq!(names(&world, "?cf=operatore").await, [""; 0]);
    assert_eq!(names(&world, "?username=operatore").await, ["operatore"]);
    assert_eq!(names(&world, &format!("?user_group_id={office}")).await, ["operatore"]);
    assert_eq!(names(&world, "?q=rossi%20ANNA").await, ["RSSNNA92D55F205M"]);
    assert_eq!(names(&world, "?q=%25").await, [""; 0], "a percent sign is a percent sign");
    for wrong in ["?limit=0", "?limit=101", "?user_group_id=x"] {
        world.call("GET", &users(wrong)).bearer(&world.service()).send().await.expect(400);
    }
    assert_eq!(world.call("GET", &users("?roles=king")).bearer(&world.service()).send().await.wrong_fields(), ["roles"]);
}

async fn a_known_fiscal_code_gives_the_known_citizen(world: World) {
    let operator = world.operator().await;
    let anna = json!({ "nome": "Anna", "cognome": "Rossi", "codice_fiscale": "rssnna92d55f205m", "cap_residenza": "38096" });
    let made = world.call("POST", &users("")).by(&operator).json(&anna).send().await.expect(201);
    assert_eq!((&made["residence"]["postal_code"], &made["cap_residenza"]), (&json!("38096"), &json!("38096")));
    let again = json!({ "given_name": "Altra", "family_name": "Persona", "fiscal_code": "RSSNNA92D55F205M" });
    let known = world.call("POST", &users("?version=2")).by(&operator).json(&again).send().await.expect(200);
    assert_eq!((&known["id"], &known["given_name"]), (&made["id"], &json!("Anna")));
}

async fn a_citizen_changes_contacts_and_nothing_else(world: World) {
    let mario = world.mario().await;
    let path = users(&format!("/{}", mario.id));
    let changed = world
        .call("PATCH", &path)
        .by(&mario)
        .json(&json!({ "email": " m@example.it ", "cellulare": "3331234567" }))
        .send()
        .await
        .expect(200);
    assert_eq!((&changed["email"], &changed["mobile_phone"]), (&json!("m@example.it"), &json!("3331234567")));
    let gone = world.call("PATCH", &path).by(&mario).json(&json!({ "email": "", "mobile_phone": null })).send().await.expect(200);
    assert_eq!((&gone["email"], &gone["cellulare"]), (&Value::Null, &Value::Null));
    // Sending everything back unchanged is no change.
    world.call("PATCH", &path).by(&mario).json(&gone).send().await.expect(200);
    for forbidden in [
        json!({ "nome": "Luigi" }),
        json!({ "family_name": "Verdi" }),
        json!({ "fiscal_code": "RSSNNA92D55F205M" }),
        json!({ "data_nascita": "1990-01-01" }),
        json!({ "role": "admin", "username": "mario.rossi" }),
        json!({ "citta_residenza": "Bugliano" }),
    ] {
        world.call("PATCH", &path).by(&mario).json(&forbidden).send().await.expect(403);
    }
    let kept = world.call("GET", &path).by(&mario).send().await.expect(200);
    assert_eq!(
        (&kept["nome"], &kept["codice_fiscale"], &kept["role"]),
        (&json!("Mario"), &json!("RSSMRA80A01H501U"), &json!("user"))
    );
    // What belongs to staff is not taken from a citizen, whoever he says he is.
    let same = world
        .call("PATCH", &path)
        .by(&mario)
        .json(&json!({ "system_user": true, "enabled_services_ids": [SERVICE] }))
        .send()
        .await
        .expect(200);
    assert_eq!((&same["system_user"], &same["enabled_services_ids"]), (&json!(false), &json!([])));
}

async fn administrators_set_staff_up(world: World) {
    let admin = world.admin().await;
    let operator = json!({ "role": "operator", "username": "anna.ferri", "given_name": "Anna", "family_name": "Ferri", "email": "a@example.it" });
    let made = world.call("POST", &users("")).by(&admin).json(&operator).send().await.expect(201);
    let path = users(&format!("/{}", made["id"].as_str().unwrap()));
    world.clock.advance(SignedDuration::from_secs(60));
    let changes = json!({ "enabled_services_ids": [OTHER_SERVICE, SERVICE, SERVICE], "system_user": true });
    let after = world.call("PATCH", &path).by(&admin).json(&changes).send().await.expect(200);
    assert_eq!((&after["enabled_services_ids"], &after["system_user"]), (&json!([SERVICE, OTHER_SERVICE]), &json!(true)));
    assert_ne!(after["updated_at"], after["created_at"]);
    // A program sends back what it was given, and the creation stays.
    let replaced = world.call("PUT", &path).by(&admin).json(&after).send().await.expect(200);
    assert_eq!((&replaced["created_at"], &replaced["nome"]), (&made["created_at"], &json!("Anna")));
    assert_eq!(
        world
            .call("PATCH", &path)
            .by(&admin)
            .json(&json!({ "role": "user", "fiscal_code": "RSSNNA92D55F205M" }))
            .send()
            .await
            .wrong_fields(),
        ["/role"]
    );
    let taken = world.call("POST", &users("")).by(&admin).json(&operator).send().await;
    taken.expect(409);
    let twin = "77777777-2222-4333-8444-555555555501";
    world.call("PUT", &users(&format!("/{twin}"))).by(&admin).json(&operator).send().await.expect(409);
    let fresh =
        json!({ "role": "operator", "username": "my-api-user", "given_name": "My", "family_name": "API", "system_user": true });
    let made = world.call("PUT", &users(&format!("/{twin}"))).by(&admin).json(&fresh).send().await.expect(200);
    assert_eq!(made["id"], twin);
    world.call("DELETE", &path).by(&admin).send().await.expect(204);
    world.call("GET", &path).by(&admin).send().await.expect(404);
    world.call("DELETE", &path).by(&admin).send().await.expect(204);
}

async fn a_user_with_applications_stays(world: World) {
    let (mario, admin) = (world.mario().await, world.admin().await);
    world.draft(&mario).await;
    world.call("DELETE", &users(&format!("/{}", mario.id))).by(&admin).send().await.expect(422);
    world.call("GET", &users(&format!("/{}", mario.id))).by(&mario).send().await.expect(200);
}

async fn wrong_members_are_named(world: World) {
    let admin = world.admin().await;
    for (body, field) in [
        (json!({ "nome": "A", "cognome": "B" }), "/fiscal_code"),
        (json!({ "nome": "A", "cognome": "B", "codice_fiscale": "RSSMRA80A01H501X" }), "/codice_fiscale"),
        (json!({ "nome": "A", "codice_fiscale": "RSSMRA80A01H501U" }), "/family_name"),
        (
            json!({ "nome": "A", "cognome": "B", "codice_fiscale": "RSSMRA80A01H501U", "email": "a@b.it\r\nBcc: c@d.it" }),
            "/email",
        ),
        (json!({ "role": "king", "username": "abc", "given_name": "A", "family_name": "B" }), "/role"),
        (json!({ "role": "anonymous", "username": "abc", "given_name": "A", "family_name": "B" }), "/role"),
        (json!({ "role": "operator", "username": "a b", "given_name": "A", "family_name": "B" }), "/username"),
        (json!({ "role": "operator", "username": "RSSMRA80A01H501U", "given_name": "A", "family_name": "B" }), "/username"),
        (
            json!({ "role": "operator", "username": "abc", "given_name": "A", "family_name": "B", "enabled_services_ids": [VOID] }),
            "/enabled_services_ids",
        ),
        (
            json!({ "role": "operator", "username": "abc", "given_name": "A", "family_name": "B", "user_groups_ids": [VOID] }),
            "/user_groups_ids",
        ),
        (
            json!({ "role": "operator", "username": "abc", "given_name": "A", "family_name": "B", "password": "segreto" }),
            "/password",
        ),
    ] {
        let fields = world.call("POST", &users("")).by(&admin).json(&body).send().await.wrong_fields();
        assert_eq!(fields, [field], "{body}");
    }
    assert_eq!(names(&world, "").await, ["amministratore"], "nothing wrong was stored");
}

const VOID: &str = "99999999-2222-4333-8444-555555555599";

async fn tenants_do_not_see_each_other(world: World) {
    let (mario, stranger) = (world.mario().await, world.stranger().await);
    let there = format!("{THERE}/api/users/{}", mario.id);
    world.call("GET", &there).by(&stranger).send().await.expect(404);
    world.call("PATCH", &there).by(&stranger).json(&json!({ "nome": "X" })).send().await.expect(404);
    let takeover = json!({ "nome": "X", "cognome": "Y", "codice_fiscale": "RSSNNA92D55F205M" });
    world.call("PUT", &there).by(&stranger).json(&takeover).send().await.expect(404);
    world.call("DELETE", &there).by(&stranger).send().await.expect(204);
    let kept = world.call("GET", &users(&format!("/{}", mario.id))).by(&mario).send().await.expect(200);
    assert_eq!(kept["nome"], "Mario");
}
