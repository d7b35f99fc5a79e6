//! Applicants are told where their applications stand: in the app IO, else by e-mail, each status once.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::{Value, json};
use storage::{NewTask, params};

use crate::harness::{HERE, Person, SERVICE, World};
use crate::on_both_engines;

on_both_engines!(
    each_status_is_told_once_in_the_app,
    an_answer_that_was_lost_is_asked_for_again_under_the_same_key,
    who_is_not_in_the_app_gets_an_email,
    keys_are_kept_and_never_shown,
    a_service_says_what_it_tells,
    what_the_app_turns_down_later_goes_by_email,
    the_office_sees_where_each_went,
);

const MARIO: &str = "RSSMRA80A01H501U";

async fn set(world: &World, members: Value) -> Value {
    let path = format!("{HERE}/api/services/{SERVICE}");
    world.call("PATCH", &path).bearer(&world.service()).json(&members).send().await.expect(200)
}

/// The service writes in the app; Mario has an address.
async fn furnish(world: &World) -> Person {
    set(
        world,
        json!({ "io_parameters": { "IOserviceId": "01SERVICE", "primaryKey": "first-key", "secondaryKey": "second-key" } }),
    )
    .await;
    let mario = world.mario().await;
    let path = format!("{HERE}/api/users/{}", mario.id);
    world.call("PATCH", &path).by(&mario).json(&json!({ "email": "mario@example.it" })).send().await.expect(200);
    mario
}

async fn submit(world: &World, mario: &Person) -> String {
    let new = json!({ "service": "prova", "status": "1900", "data": { "note": "ciao" } });
    let made = world.call("POST", &format!("{HERE}/api/applications")).by(mario).json(&new).send().await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

/// Waits until so many announcements are settled and no task is left; gives how they ended, in their order. Time passes, so that what failed
/// is tried again.
async fn settled(world: &World, number: usize) -> Vec<String> {
    let began = Instant::now();
    loop {
        let read = world.app.db().read(|tx| {
            let sql = "SELECT state FROM announcements WHERE settled_at IS NOT NULL ORDER BY created_at, id";
            let states: Vec<String> = tx.all(sql, params![], |row| row.get(0))?;
            let left: i64 = tx.one("SELECT count(*) FROM tasks WHERE queue LIKE 'platform.%'", params![], |row| row.get(0))?;
            storage::Result::Ok((states, left))
        });
        let (states, left) = read.await.unwrap();
        if states.len() >= number && left == 0 {
            return states;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{states:?}, {left} tasks left, {:?}", world.outside());
        world.clock.advance(SignedDuration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn each_status_is_told_once_in_the_app(world: World) {
    let mario = furnish(&world).await;
    world.outside().profiles.insert(MARIO.to_owned(), true);
    let running = runtime::supervise(&world.app, std::slice::from_ref(&world.role)).await.unwrap();
    let id = submit(&world, &mario).await;
    assert_eq!(settled(&world, 1).await, ["io"]);
    let operator = world.operator().await;
    let assign = world.call("POST", &format!("{HERE}/api/applications/{id}/transition/assign"));
    assign.by(&operator).json(&json!({})).send().await.expect(204);
    let accept = world.call("POST", &format!("{HERE}/api/applications/{id}/transition/accept"));
    accept.by(&operator).json(&json!({ "message": "Passi *pure* allo sportello." })).send().await.expect(204);
    let told = settled(&world, 3).await;
    assert!(told.iter().all(|state| state == "io"), "{told:?}");

    // A task that is done again, after a crash or by hand, finds its announcement settled.
    let again = world.app.db().write(|tx| {
        let announcements: Vec<(kernel::Uuid, kernel::Uuid)> =
            tx.all("SELECT tenant_id, id FROM announcements", params![], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for (tenant, announcement) in announcements {
            let payload = json!({ "tenant": tenant, "announcement": announcement }).to_string();
            let now = "2026-03-02T09:00:00Z".parse().unwrap();
            let task = NewTask { queue: "platform.tell-applicant", lane: "again", payload: &payload, run_at: now };
            tx.enqueue(&task, now)?;
        }
        storage::Result::Ok(())
    });
    again.await.unwrap();
    assert_eq!(settled(&world, 3).await.len(), 3);
    drop(running);

    let outside = world.outside().clone();
    let subjects: Vec<_> = outside.messages.iter().map(|sent| sent.body["content"]["subject"].as_str().unwrap()).collect();
    assert_eq!(subjects, ["Domanda ricevuta: prova", "Domanda presa in carico: prova", "Domanda accettata: prova"]);
    for sent in &outside.messages {
        assert_eq!((sent.key.as_str(), sent.body["fiscal_code"].as_str()), ("first-key", Some(MARIO)));
        let text = sent.body["content"]["markdown"].as_str().unwrap();
        assert!((80..=10_000).contains(&text.encode_utf16().count()) && text.contains(&id), "{text}");
    }
    assert!(outside.messages[2].body["content"]["markdown"].as_str().unwrap().contains("Passi \\*pure\\* allo sportello."));
    assert_eq!(outside.asked, ["first-key"; 3], "the profile is asked for before each message");
    assert!(outside.letters.is_empty());
}

async fn an_answer_that_was_lost_is_asked_for_again_under_the_same_key(world: World) {
    let mario = furnish(&world).await;
    world.outside().profiles.insert(MARIO.to_owned(), true);
    world.outside().lost_answers = 2;
    let _running = runtime::supervise(&world.app, std::slice::from_ref(&world.role)).await.unwrap();
    submit(&world, &mario).await;
    assert_eq!(settled(&world, 1).await, ["io"]);
    let outside = world.outside().clone();
    assert_eq!((outside.messages.len(), outside.submissions, outside.letters.len()), (1, 3, 0));
}

async fn who_is_not_in_the_app_gets_an_email(world: World) {
    let mario = furnish(&world).await;
    let _running = runtime::supervise(&world.app, std::slice::from_ref(&world.role)).await.unwrap();
    submit(&world, &mario).await;
    assert_eq!(settled(&world, 1).await, ["mail"]);
    // Who is there and wants nothing of the service, too.
    world.outside().profiles.insert(MARIO.to_owned(), false);
    submit(&world, &mario).await;
    assert_eq!(settled(&world, 2).await, ["mail", "mail"]);
    let anna = world.anna().await;
    submit(&world, &anna).await;
    assert_eq!(settled(&world, 3).await, ["mail", "mail", "nobody"], "Anna has no address");
    let outside = world.outside().clone();
    assert_eq!((outside.submissions, outside.letters.len()), (0, 2));
    for letter in outside.letters.values() {
        assert_eq!((&letter["to"], &letter["subject"]), (&json!("mario@example.it"), &json!("Domanda ricevuta: prova")));
        assert!(letter["text"].as_str().unwrap().contains("/it/pratiche/"));
    }
}

async fn keys_are_kept_and_never_shown(world: World) {
    let mario = furnish(&world).await;
    world.outside().profiles.insert(MARIO.to_owned(), true);
    let path = format!("{HERE}/api/services/{SERVICE}");
    let hidden = json!({ "IOserviceId": "01SERVICE", "primaryKey": "********", "secondaryKey": "********" });
    let admin = world.admin().await;
    for shown in [
        world.call("GET", &path).send().await.expect(200),
        world.call("GET", &path).by(&admin).send().await.expect(200),
        world.call("GET", &format!("{HERE}/api/services?identifier=prova")).send().await.expect(200)[0].clone(),
        // What comes back hidden stays.
        set(&world, json!({ "short_description": "Prova" })).await,
    ] {
        assert_eq!(shown["io_parameters"], hidden);
    }
    let read = world.app.db().read(|tx| tx.all("SELECT body FROM services", params![], |row| row.get::<String>(0)));
    let stored: storage::Result<Vec<String>> = read.await;
    assert!(stored.unwrap().iter().all(|body| !body.contains("first-key") && !body.contains("second-key")));
    let refused = json!({ "io_parameters": { "IOserviceId": "01SERVICE" } });
    let refused = world
        .call("PUT", &path)
        .bearer(&world.service())
        .json(&json!({ "name": "prova", "io_parameters": refused["io_parameters"] }));
    assert_eq!(refused.send().await.wrong_fields(), ["/io_parameters/primaryKey"]);

    // A first key that was replaced at the app costs nothing while the second counts.
    world.outside().refused_keys.push("first-key".to_owned());
    let _running = runtime::supervise(&world.app, std::slice::from_ref(&world.role)).await.unwrap();
    submit(&world, &mario).await;
    assert_eq!(settled(&world, 1).await, ["io"]);
    assert_eq!(world.outside().messages[0].key, "second-key");
    // Without a key that counts the applicant is told by e-mail.
    world.outside().refused_keys.push("second-key".to_owned());
    submit(&world, &mario).await;
    assert_eq!(settled(&world, 2).await, ["io", "mail"]);
}

async fn a_service_says_what_it_tells(world: World) {
    let mario = furnish(&world).await;
    world.outside().profiles.insert(MARIO.to_owned(), true);
    let message =
        |text: &str, active: bool| json!({ "subject": "Aggiornamento %servizio%", "message": text, "is_active": active });
    let feedback = json!({ "1900": message("<p>Gentile %user_name%, ci siamo.</p>", true), "2000": message("", false) });
    set(&world, json!({ "feedback_messages": feedback })).await;
    let _running = runtime::supervise(&world.app, std::slice::from_ref(&world.role)).await.unwrap();
    submit(&world, &mario).await;
    assert_eq!(settled(&world, 1).await, ["io"]);
    let outside = world.outside().clone();
    let content = &outside.messages[0].body["content"];
    assert_eq!((outside.messages.len(), &content["subject"]), (1, &json!("Aggiornamento prova")));
    assert!(content["markdown"].as_str().unwrap().contains("Gentile Mario Rossi, ci siamo."));
}

async fn announcements(world: &World, by: &Person, id: &str) -> crate::harness::Answer {
    world.call("GET", &format!("{HERE}/api/applications/{id}/announcements")).by(by).send().await
}

/// How an announcement ended: its state, why, the message in the app.
type Ended = (String, Option<String>, Option<String>);

async fn what_the_app_turns_down_later_goes_by_email(world: World) {
    let mario = furnish(&world).await;
    world.outside().profiles.insert(MARIO.to_owned(), true);
    let _running = runtime::supervise(&world.app, std::slice::from_ref(&world.role)).await.unwrap();
    let fates = [
        ("PROCESSED", None, "io", None),
        ("REJECTED", Some("SERVICE_NOT_ALLOWED"), "mail", Some("il cittadino non riceve messaggi di questo servizio")),
        ("REJECTED", None, "mail", Some("l'app IO ha rifiutato il messaggio dopo averlo accettato")),
        ("FAILED", None, "mail", Some("l'app IO non ha potuto consegnare il messaggio")),
        // Nobody knows, and after a day nobody asks any more: a second message would be worse than none.
        ("THROTTLED", None, "io", None),
    ];
    for (number, (fate, reason, state, told)) in fates.into_iter().enumerate() {
        let letters = world.outside().letters.len();
        world.outside().fate = Some((fate.to_owned(), reason.map(str::to_owned)));
        submit(&world, &mario).await;
        let began = Instant::now();
        let (ended, why, message) = loop {
            let read = world.app.db().read(move |tx| {
                let sql = "SELECT state, reason, io_message_id FROM announcements ORDER BY created_at, id LIMIT 1 OFFSET $1";
                let last =
                    tx.optional(sql, params![i64::try_from(number).unwrap()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
                let left: i64 =
                    tx.one("SELECT count(*) FROM tasks WHERE queue LIKE 'platform.%'", params![], |row| row.get(0))?;
                storage::Result::Ok((last, left))
            });
            let (last, left): (Option<Ended>, _) = read.await.unwrap();
            // Hours pass only when it was sent: in an hour a task that is at it would be taken for one whose process died.
            let sent = last.as_ref().is_some_and(|(_, _, message)| message.is_some());
            match last {
                Some(settled) if left == 0 && settled.0 != "waiting" => break settled,
                _ => assert!(began.elapsed() < Duration::from_secs(60), "{fate}: {last:?}"),
            }
            let step = if fate == "THROTTLED" && sent { SignedDuration::from_hours(1) } else { SignedDuration::from_secs(1) };
            world.clock.advance(step);
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!((ended.as_str(), why.as_deref()), (state, told), "{fate}");
        assert!(message.unwrap().starts_with("message-"), "{fate}");
        assert_eq!(world.outside().letters.len() - letters, usize::from(state == "mail"), "{fate}");
    }
    let outside = world.outside().clone();
    assert_eq!(outside.submissions, 5, "no message is sent twice");
    assert!(outside.letters.values().all(|letter| letter["to"] == "mario@example.it"));
    assert!(outside.letters.values().all(|letter| letter["subject"] == "Domanda ricevuta: prova"));
}

async fn the_office_sees_where_each_went(world: World) {
    let mario = furnish(&world).await;
    let running = runtime::supervise(&world.app, std::slice::from_ref(&world.role)).await.unwrap();
    let id = submit(&world, &mario).await;
    assert_eq!(settled(&world, 1).await, ["mail"]);
    drop(running);
    let operator = world.operator().await;
    let shown = announcements(&world, &operator, &id).await.expect(200);
    let one = &shown[0];
    assert_eq!((shown.as_array().unwrap().len(), &one["status_code"], &one["state"]), (1, &json!(2000), &json!("mail")));
    assert_eq!(one["reason"], "il cittadino non usa l'app IO");
    assert!(one["created_at"].is_string() && one["settled_at"].is_string(), "{one}");
    for (who, status) in [(&mario, 403), (&world.anna().await, 404), (&world.stranger().await, 404), (&world.admin().await, 200)]
    {
        announcements(&world, who, &id).await.expect(status);
    }
    let elsewhere = world.staff("operator", "altro", json!({ "enabled_services_ids": [crate::harness::OTHER_SERVICE] })).await;
    announcements(&world, &elsewhere, &id).await.expect(404);
}

/// The real app knows no `Idempotency-Key`: what nobody knows of is not sent again.
#[tokio::test]
async fn the_real_app_is_never_asked_twice_to_send() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api/v1", listener.local_addr().unwrap());
    let world = World::on_sqlite_with(&[("SPORTELLO_IO_URL", &url)]).await;
    let routes = axum::Router::new().nest("/api/v1", world.outside_routes());
    let serving = tokio::spawn(async move { axum::serve(listener, routes).await });
    let mario = furnish(&world).await;
    world.outside().profiles.insert(MARIO.to_owned(), true);
    world.outside().lost_answers = 1;
    let _running = runtime::supervise(&world.app, std::slice::from_ref(&world.role)).await.unwrap();
    submit(&world, &mario).await;
    assert_eq!(settled(&world, 1).await, ["mail"]);
    submit(&world, &mario).await;
    assert_eq!(settled(&world, 2).await, ["mail", "io"], "the next one is sent");
    let outside = world.outside().clone();
    assert_eq!((outside.submissions, outside.messages.len(), outside.letters.len()), (2, 2, 1));
    serving.abort();
}
