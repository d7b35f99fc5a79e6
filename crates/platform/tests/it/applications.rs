//! Applications: who fills them in, who takes charge, and what is refused.

use serde_json::{Value, json};

use crate::documents::{document, registered};
use crate::harness::{HERE, OTHER_SERVICE, Person, SERVICE, THERE, VALLELAGHI, World};
use crate::on_both_engines;

on_both_engines!(
    only_the_applicant_fills_in_and_submits_a_draft,
    an_operator_applies_for_others_where_he_works_only,
    notes_have_a_length_and_no_control_characters,
    an_application_is_found_by_its_registration_number,
    an_application_is_given_to_offices_of_the_body_only,
    an_application_of_one_s_office_is_in_the_list,
    the_first_office_that_handles_the_service_takes_charge,
    a_blank_registration_number_is_refused,
    what_is_paid_after_the_end_is_told_to_citizen_and_office_once,
    what_was_paid_in_time_is_no_news_after_the_end,
    an_application_is_not_made_in_the_future,
    answers_that_no_form_has_are_refused,
    who_is_named_in_an_application_looks_at_it_and_changes_nothing,
);

fn application(id: &str, rest: &str) -> String {
    format!("{HERE}/api/applications/{id}{rest}")
}

async fn office(world: &World, name: &str) -> String {
    let call = world.call("POST", &format!("{HERE}/api/user-groups")).bearer(&world.service());
    let office = call.json(&json!({ "name": name })).send().await.expect(201);
    office["id"].as_str().unwrap().to_owned()
}

async fn ids(world: &World, person: &Person) -> Vec<String> {
    let page = world.call("GET", &format!("{HERE}/api/applications")).by(person).send().await.expect(200);
    page["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

async fn only_the_applicant_fills_in_and_submits_a_draft(world: World) {
    let (mario, operator) = (world.mario().await, world.operator().await);
    let id = world.draft(&mario).await;
    let answers = json!({ "data": { "note": "di un altro" } });
    // To the office it is not there yet, whatever is asked of it.
    world.call("PUT", &application(&id, "")).by(&operator).json(&answers).send().await.expect(404);
    world.call("POST", &application(&id, "/transition/submit")).by(&operator).send().await.expect(404);
    for what in ["", "/history", "/messages"] {
        world.call("GET", &application(&id, what)).by(&operator).send().await.expect(404);
    }
    let message = json!({ "message": "Serve altro." });
    world.call("POST", &application(&id, "/messages")).by(&operator).json(&message).send().await.expect(404);
    assert_eq!(ids(&world, &operator).await, [""; 0]);
    let seen = world.call("GET", &application(&id, "")).by(&mario).send().await.expect(200);
    assert_eq!((&seen["data"]["note"], &seen["status"]), (&json!("ciao"), &json!("1000")));
    world.call("PUT", &application(&id, "")).by(&mario).json(&answers).send().await.expect(200);
    world.call("POST", &application(&id, "/transition/submit")).by(&mario).send().await.expect(204);
}

async fn an_operator_applies_for_others_where_he_works_only(world: World) {
    let (mario, operator, admin) = (world.mario().await, world.operator().await, world.admin().await);
    let elsewhere = world.staff("operator", "altrove", json!({})).await;
    let program = world.staff("operator", "programma", json!({ "system_user": true })).await;
    let apply = async |by: &Person, service: &str, status: &str| {
        let new = json!({ "service": service, "user": mario.id, "status": status, "data": { "note": "ciao" } });
        world.call("POST", &format!("{HERE}/api/applications")).by(by).json(&new).send().await.status
    };
    for status in ["1000", "1900"] {
        assert_eq!(apply(&elsewhere, "prova", status).await, 403);
        assert_eq!(apply(&operator, "altra-prova", status).await, 403);
        for by in [&operator, &program, &admin] {
            assert_eq!(apply(by, "prova", status).await, 201);
        }
    }
    // In his own name anybody may.
    let own = json!({ "service": "prova", "status": "1000", "data": {} });
    world.call("POST", &format!("{HERE}/api/applications")).by(&elsewhere).json(&own).send().await.expect(201);
}

async fn notes_have_a_length_and_no_control_characters(world: World) {
    let mario = world.mario().await;
    let id = world.draft(&mario).await;
    let send = async |notes: &str| {
        let new = json!({ "service": "prova", "status": "1000", "data": {}, "user_compilation_notes": notes });
        let made = world.call("POST", &format!("{HERE}/api/applications")).by(&mario).json(&new).send().await;
        let draft = json!({ "data": {}, "user_compilation_notes": notes });
        let changed = world.call("PUT", &application(&id, "")).by(&mario).json(&draft).send().await;
        (made, changed)
    };
    for wrong in ["x".repeat(5_001), "a\u{1b}[2Jb".to_owned(), "a\rb".to_owned()] {
        let (made, changed) = send(&wrong).await;
        assert_eq!((made.wrong_fields(), changed.wrong_fields()), (vec![NOTES.to_owned()], vec![NOTES.to_owned()]));
    }
    let (longest, lines) = ("è".repeat(5_000), "prima\r\nseconda\tfine");
    let (made, changed) = send(&longest).await;
    made.expect(201);
    changed.expect(200);
    let (made, changed) = send(lines).await;
    for kept in [made.expect(201), changed.expect(200)] {
        assert_eq!(kept["user_compilation_notes"], "prima\nseconda\tfine");
    }
}

/// The field of an applicant's notes.
const NOTES: &str = "/user_compilation_notes";

async fn an_application_is_found_by_its_registration_number(world: World) {
    let (mario, operator) = (world.mario().await, world.operator().await);
    let found = async |words: &str| {
        let path = format!("{HERE}/api/applications?q={words}");
        let page = world.call("GET", &path).by(&operator).send().await.expect(200);
        page["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (by_hand, by_registry, corrected) =
        (world.acquired(&mario).await, world.acquired(&mario).await, world.acquired(&mario).await);
    assert_eq!(found("prot-").await, [""; 0]);
    let number = json!({ "protocol_number": "PROT-2026/17" });
    let call = world.call("POST", &application(&by_hand, "/transition/register")).bearer(&world.service());
    call.json(&number).send().await.expect(204);
    let number = json!({ "protocol_number": "PROT-2026/18" });
    let call = world.call("PATCH", &application(&corrected, "")).bearer(&world.service());
    call.json(&number).send().await.expect(200);
    world.tell(&[&registered(&world, &document(&world, &mario, &by_registry), "PROT-2026/19")]).await;
    for (words, id) in [("PROT-2026/17", &by_hand), ("prot-2026/18", &corrected), ("prot-2026/19", &by_registry)] {
        assert_eq!(found(words).await, std::slice::from_ref(id), "{words}");
    }
}

async fn an_application_is_given_to_offices_of_the_body_only(world: World) {
    let id = world.acquired(&world.mario().await).await;
    let call = world.call("POST", &format!("{THERE}/api/user-groups")).bearer(&world.service_of(VALLELAGHI));
    let theirs = call.json(&json!({ "name": "Anagrafe" })).send().await.expect(201);
    for office in [json!("99999999-2222-4333-8444-555555555599"), theirs["id"].clone()] {
        let call = world.call("POST", &application(&id, "/transition/assign")).bearer(&world.service());
        let answer = call.json(&json!({ "user_group_id": office })).send().await;
        assert_eq!(answer.wrong_fields(), ["/user_group_id"]);
    }
    let ours = office(&world, "Anagrafe").await;
    let call = world.call("POST", &application(&id, "/transition/assign")).bearer(&world.service());
    call.json(&json!({ "user_group_id": ours })).send().await.expect(204);
}

async fn who_is_named_in_an_application_looks_at_it_and_changes_nothing(world: World) {
    let (mario, anna) = (world.mario().await, world.anna().await);
    let stranger = world.citizen("BNRMHL75C06G702B", "Michele", "Bianri").await;
    let id = world.draft(&mario).await;
    let named = json!({ "data": { "note": "di Mario", "related_cfs": "rssnna92d55f205m, VRDGPP" } });
    world.call("PUT", &application(&id, "")).by(&mario).json(&named).send().await.expect(200);
    world.call("GET", &application(&id, "")).by(&anna).send().await.expect(404);
    assert_eq!(ids(&world, &anna).await, [""; 0], "a draft is the applicant's alone");
    world.call("POST", &application(&id, "/transition/submit")).by(&mario).send().await.expect(204);

    let seen = world.call("GET", &application(&id, "")).by(&anna).send().await.expect(200);
    assert_eq!((&seen["data"]["note"], &seen["links"]), (&json!("di Mario"), &json!([])));
    assert_eq!(ids(&world, &anna).await, std::slice::from_ref(&id));
    assert_eq!(ids(&world, &mario).await, std::slice::from_ref(&id));
    let message = json!({ "message": "Per Mario." });
    let written =
        world.call("POST", &application(&id, "/messages")).bearer(&world.service()).json(&message).send().await.expect(201);
    for what in ["/history", "/messages"] {
        world.call("GET", &application(&id, what)).by(&anna).send().await.expect(200);
        world.call("GET", &application(&id, what)).by(&stranger).send().await.expect(404);
    }
    let this = format!("/messages/{}", written["id"].as_str().unwrap());
    let unread = world.call("GET", &application(&id, &this)).bearer(&world.service()).send().await.expect(200);
    assert_eq!(unread["read_at"], Value::Null, "it was for the applicant");

    world.call("POST", &application(&id, "/messages")).by(&anna).json(&message).send().await.expect(404);
    world.call("POST", &application(&id, "/transition/withdraw")).by(&anna).send().await.expect(404);
    world.call("PATCH", &application(&id, "")).by(&anna).json(&json!({})).send().await.expect(404);
    world.call("GET", &application(&id, "")).by(&stranger).send().await.expect(404);
    assert_eq!(ids(&world, &stranger).await, [""; 0]);
}

async fn an_application_of_one_s_office_is_in_the_list(world: World) {
    let (mario, suolo) = (world.mario().await, office(&world, "Suolo pubblico").await);
    let colleague = world.staff("operator", "collega", json!({ "user_groups_ids": [suolo] })).await;
    let other = world.staff("operator", "altro", json!({ "enabled_services_ids": [OTHER_SERVICE] })).await;
    let id = world.draft(&mario).await;
    assert_eq!(ids(&world, &colleague).await, [""; 0]);
    world.stands(&id, 2000, json!({})).await;
    let assignment = json!({ "user_group_id": suolo });
    world
        .call("POST", &application(&id, "/transition/assign"))
        .bearer(&world.service())
        .json(&assignment)
        .send()
        .await
        .expect(204);
    world.call("GET", &application(&id, "")).by(&colleague).send().await.expect(200);
    assert_eq!(ids(&world, &colleague).await, [id]);
    assert_eq!(ids(&world, &other).await, [""; 0]);
}

async fn the_first_office_that_handles_the_service_takes_charge(world: World) {
    let names = ["Zecca", "Anagrafe", "Biblioteca", "Catasto"];
    let mut offices = Vec::new();
    for name in names {
        offices.push(office(&world, name).await);
    }
    // Anagrafe does not handle the service, and Biblioteca is not the operator's.
    let handled = json!({ "user_group_ids": [offices[0], offices[2], offices[3]] });
    let service = format!("{HERE}/api/services/{SERVICE}");
    world.call("PATCH", &service).bearer(&world.service()).json(&handled).send().await.expect(200);
    let groups = json!({ "user_groups_ids": [offices[0], offices[1], offices[3]], "enabled_services_ids": [SERVICE] });
    let operator = world.staff("operator", "uno", groups).await;
    let id = world.draft(&world.mario().await).await;
    world.stands(&id, 2000, json!({})).await;
    world.call("POST", &application(&id, "/transition/assign")).by(&operator).send().await.expect(204);
    let seen = world.call("GET", &application(&id, "")).by(&operator).send().await.expect(200);
    assert_eq!((&seen["operator_id"], &seen["user_group_id"]), (&json!(operator.id), &json!(offices[3])));
}

async fn a_blank_registration_number_is_refused(world: World) {
    let (id, service) = (world.draft(&world.mario().await).await, world.service());

    for (status, transition, field) in [
        (2000, "register", "protocol_number"),
        (6000, "register-outcome", "protocol_number"),
        (4100, "register-integration-request", "integration_outbound_protocol_number"),
        (4300, "register-integration-answer", "integration_inbound_protocol_number"),
    ] {
        world.stands(&id, status, json!({})).await;
        let call = world.call("POST", &application(&id, &format!("/transition/{transition}"))).bearer(&service);
        let fields = call.json(&json!({ field: "  " })).send().await.wrong_fields();
        assert_eq!(fields, [format!("/{field}")], "{transition}");
    }
    world.stands(&id, 2000, json!({})).await;
    for field in ["protocol_number", "outcome_protocol_number"] {
        let call = world.call("PATCH", &application(&id, "")).bearer(&service).json(&json!({ field: "" }));
        assert_eq!(call.send().await.wrong_fields(), [format!("/{field}")]);
    }
}

async fn what_is_paid_after_the_end_is_told_to_citizen_and_office_once(world: World) {
    let (mario, operator) = (world.mario().await, world.operator().await);
    for status in [1530, 50000] {
        let id = world.draft(&mario).await;
        let tell = async |news: &str| {
            let call = world.call("POST", &format!("/internal/applications/{id}/payment")).bearer(&world.service());
            call.json(&json!({ "status": news })).send().await.expect(204)
        };
        let read = async |by: &Person, what: &str| world.call("GET", &application(&id, what)).by(by).send().await.expect(200);
        world.stands(&id, status, json!({})).await;
        tell("KO").await;
        assert_eq!(read(&mario, "/messages").await, json!([]));
        // Providers tell more than once.
        for _ in 0..2 {
            tell("OK").await;
            let (citizen, office) = (read(&mario, "/messages").await, read(&operator, "/messages").await);
            let texts: Vec<_> = office.as_array().unwrap().iter().map(|message| message["message"].as_str().unwrap()).collect();
            assert_eq!((citizen.as_array().unwrap().len(), texts.len()), (1, 2), "{office}");
            assert!(texts.iter().all(|text| text.contains("pagamento")), "{texts:?}");
            let history = read(&mario, "/history").await;
            let last = history.as_array().unwrap().last().unwrap();
            assert_eq!((&last["status_code"], &last["message_id"]), (&json!(status), &citizen[0]["id"]));
            assert_eq!(history.as_array().unwrap().iter().filter(|entry| entry["status_code"] == status).count(), 1);
        }
        assert_eq!(read(&mario, "").await["status"], status.to_string());
    }
}

async fn what_was_paid_in_time_is_no_news_after_the_end(world: World) {
    let mario = world.mario().await;
    let id = world.draft(&mario).await;
    let tell = async || {
        let call = world.call("POST", &format!("/internal/applications/{id}/payment")).bearer(&world.service());
        call.json(&json!({ "status": "OK" })).send().await.expect(204)
    };
    world.stands(&id, 1500, json!({})).await;
    tell().await;
    world.stands(&id, 50000, json!({})).await;
    tell().await;
    let messages = world.call("GET", &application(&id, "/messages")).by(&mario).send().await.expect(200);
    assert_eq!(messages, json!([]));
}

async fn an_application_is_not_made_in_the_future(world: World) {
    let operator = world.operator().await;
    let mario = world.mario().await;
    let create = async |created_at: &str| {
        let new = json!({ "service": "prova", "user": mario.id, "created_at": created_at, "data": { "note": "ciao" } });
        world.call("POST", &format!("{HERE}/api/applications")).by(&operator).json(&new).send().await
    };
    assert_eq!(create("2026-03-02T10:00:01+01:00").await.wrong_fields(), ["/created_at"]);
    create("2026-03-02T10:00:00+01:00").await.expect(201);
}

async fn answers_that_no_form_has_are_refused(world: World) {
    let mario = world.mario().await;
    let post = |data: Value| {
        let body = json!({ "service": "prova", "status": "1000", "data": data });
        world.call("POST", &format!("{HERE}/api/applications")).by(&mario).json(&body)
    };
    for levels in [65, 1_300, 100_000] {
        let deep = json!({ vec!["a"; levels + 1].join("."): 1 });
        assert_eq!(post(deep).send().await.wrong_fields(), ["/data"], "{levels} levels");
    }
    post(json!({ "note": "a\u{0}b" })).send().await.expect(400);
    assert_eq!(post(json!({ "note": "a\u{1b}[31mb" })).send().await.wrong_fields(), ["/data/note"]);
    for address in ["/api/services/a%00b", "/api/applications?q=a%00b"] {
        world.call("GET", &format!("{HERE}{address}")).by(&mario).send().await.expect(400);
    }
    assert_eq!(ids(&world, &mario).await, [""; 0], "nothing is stored");
}
