//! Messages: between whom, what of them is safe, when they count as read, their files and events.

use kernel::jiff::SignedDuration;
use serde_json::{Value, json};

use crate::harness::{Answer, HERE, PDF, Person, World, inline};
use crate::on_both_engines;

on_both_engines!(
    office_and_applicant_write_to_each_other,
    what_is_internal_stays_in_the_office,
    a_message_is_read_when_the_other_side_sees_it,
    programs_read_without_it_being_read,
    html_is_made_safe_before_it_is_stored,
    files_come_with_messages_and_are_judged,
    what_happened_since_is_said_by_staff,
    pages_have_links,
    every_change_is_told,
);

struct Talk {
    world: World,
    mario: Person,
    operator: Person,
    application: String,
}

impl Talk {
    async fn begin(world: World) -> Self {
        let (mario, operator) = (world.mario().await, world.operator().await);
        let application = world.acquired(&mario).await;
        Self { world, mario, operator, application }
    }

    fn path(&self, rest: &str) -> String {
        format!("{HERE}/api/applications/{}/messages{rest}", self.application)
    }

    async fn write(&self, author: &Person, body: Value) -> Answer {
        self.world.call("POST", &self.path("")).by(author).json(&body).send().await
    }

    async fn get(&self, reader: &Person, rest: &str) -> Answer {
        self.world.call("GET", &self.path(rest)).by(reader).send().await
    }

    /// The texts that somebody sees.
    async fn texts(&self, reader: &Person) -> Vec<String> {
        let list = self.get(reader, "").await.expect(200);
        list.as_array().unwrap().iter().map(|message| message["message"].as_str().unwrap().to_owned()).collect()
    }
}

fn id(message: &Value) -> String {
    format!("/{}", message["id"].as_str().unwrap())
}

async fn office_and_applicant_write_to_each_other(world: World) {
    let talk = Talk::begin(world).await;
    let contacts = json!({ "email": "mario@example.it" });
    let user = format!("{HERE}/api/users/{}", talk.mario.id);
    talk.world.call("PATCH", &user).by(&talk.mario).json(&contacts).send().await.expect(200);
    let question = talk
        .write(&talk.operator, json!({ "message": "<p>Serve la planimetria.</p>", "subject": " Planimetria " }))
        .await
        .expect(201);
    assert_eq!((&question["visibility"], &question["subject"]), (&json!("applicant"), &json!("Planimetria")));
    assert_eq!((&question["author"], &question["author_id"]), (&json!("operatore Verdi"), &json!(talk.operator.id)));
    assert_eq!((&question["email"], &question["application"]), (&json!("mario@example.it"), &json!(talk.application)));
    talk.world.clock.advance(SignedDuration::from_secs(1));
    let answer = talk.write(&talk.mario, json!({ "message": "Eccola.", "protocol_required": true })).await.expect(201);
    assert_eq!(
        (&answer["author"], &answer["email"], &answer["protocol_required"]),
        (&json!("Mario Rossi"), &Value::Null, &json!(false))
    );
    for reader in [&talk.mario, &talk.operator] {
        assert_eq!(talk.texts(reader).await, ["<p>Serve la planimetria.</p>", "Eccola."]);
    }
    assert_eq!(talk.get(&talk.mario, &id(&question)).await.expect(200)["message"], "<p>Serve la planimetria.</p>");
    let ours = talk
        .world
        .call("POST", &talk.path(""))
        .bearer(&talk.world.service())
        .json(&json!({ "message": "Avviso." }))
        .send()
        .await
        .expect(201);
    assert_eq!((&ours["author"], &ours["author_id"]), (&json!("Comune di Bugliano"), &Value::Null));
    for (wrong, field) in [
        (json!({ "message": " <p>&nbsp;</p> " }), "/message"),
        (json!({ "message": "x".repeat(50_001) }), "/message"),
        (json!({ "message": "x", "subject": "a\r\nBcc: b" }), "/subject"),
        (json!({ "message": "x", "visibility": "public" }), "/visibility"),
    ] {
        assert_eq!(talk.write(&talk.mario, wrong).await.wrong_fields(), [field]);
    }
}

async fn what_is_internal_stays_in_the_office(world: World) {
    let talk = Talk::begin(world).await;
    talk.write(&talk.mario, json!({ "message": "x", "visibility": "internal" })).await.expect(403);
    let body = json!({ "message": "Attenzione: morosa.", "visibility": "internal", "attachments": [inline("nota.pdf", PDF)] });
    let note = talk.write(&talk.operator, body).await.expect(201);
    let file = format!("{}/attachments/{}", id(&note), note["attachments"][0]["id"].as_str().unwrap());
    assert_eq!(talk.texts(&talk.operator).await.len(), 1);
    assert_eq!(talk.texts(&talk.mario).await, [""; 0]);
    let page = talk
        .world
        .call("GET", &format!("{HERE}/api/v2/applications/{}/messages", talk.application))
        .by(&talk.mario)
        .send()
        .await
        .expect(200);
    assert_eq!((&page["meta"]["total"], &page["data"]), (&json!(0), &json!([])));
    talk.get(&talk.mario, &id(&note)).await.expect(404);
    talk.get(&talk.mario, &file).await.expect(404);
    assert_eq!(talk.get(&talk.operator, &file).await.bytes, PDF);
    // Not by the way of the application's own files either.
    let other_way =
        format!("{HERE}/api/applications/{}/attachments/{}", talk.application, note["attachments"][0]["id"].as_str().unwrap());
    talk.world.call("GET", &other_way).by(&talk.mario).send().await.expect(404);
}

async fn a_message_is_read_when_the_other_side_sees_it(world: World) {
    let talk = Talk::begin(world).await;
    let colleague = talk.world.admin().await;
    let question = talk.write(&talk.operator, json!({ "message": "Domanda" })).await.expect(201);
    let answer = talk.write(&talk.mario, json!({ "message": "Risposta" })).await.expect(201);
    let note = talk.write(&talk.operator, json!({ "message": "Nota", "visibility": "internal" })).await.expect(201);
    let read_at = |list: Value| {
        list.as_array()
            .unwrap()
            .iter()
            .map(|m| (m["id"].clone(), m["read_at"].clone()))
            .collect::<std::collections::HashMap<_, _>>()
    };
    talk.world.clock.advance(SignedDuration::from_secs(60));
    let first = talk.world.clock.now().to_string();
    let seen = read_at(talk.get(&talk.operator, "").await.expect(200));
    assert_eq!((&seen[&question["id"]], &seen[&answer["id"]], &seen[&note["id"]]), (&Value::Null, &json!(first), &Value::Null));
    talk.world.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(talk.get(&talk.mario, &id(&answer)).await.expect(200)["read_at"], json!(first));
    assert_eq!(talk.get(&talk.mario, &id(&question)).await.expect(200)["read_at"], json!(talk.world.clock.now().to_string()));
    let seen = read_at(talk.get(&colleague, "").await.expect(200));
    assert_eq!((&seen[&answer["id"]], &seen[&note["id"]]), (&json!(first), &json!(talk.world.clock.now().to_string())));
}

async fn programs_read_without_it_being_read(world: World) {
    let talk = Talk::begin(world).await;
    let program = talk.world.staff("operator", "my-api-user", json!({ "system_user": true })).await;
    talk.write(&talk.mario, json!({ "message": "Buongiorno" })).await.expect(201);
    assert!(talk.get(&program, "").await.expect(200)[0]["read_at"].is_null());
    assert!(
        talk.world.call("GET", &talk.path("")).bearer(&talk.world.service()).send().await.expect(200)[0]["read_at"].is_null()
    );
    assert!(talk.get(&talk.operator, "").await.expect(200)[0]["read_at"].is_string());
}

async fn html_is_made_safe_before_it_is_stored(world: World) {
    let talk = Talk::begin(world).await;
    let harm = "<p onclick=\"steal()\">Ciao <img src=x onerror=steal()><a href=\"javascript:steal()\">qui</a><script>steal()</script></p>";
    let message = talk.write(&talk.mario, json!({ "message": harm })).await.expect(201);
    assert_eq!(message["message"], "<p>Ciao <a rel=\"noopener noreferrer nofollow\">qui</a></p>");
    assert!(!talk.world.events("messages").await[0].1.to_string().contains("steal"));
}

async fn files_come_with_messages_and_are_judged(world: World) {
    let talk = Talk::begin(world).await;
    let bad = json!({ "message": "x", "attachments": [
        inline("a.pdf", PDF), inline("b.pdf", b"<html>"), inline("c.exe", b"MZ"), { "name": "d.pdf", "file": "%%%" }, inline("e.pdf", b""), inline("/", PDF),
    ] });
    let fields =
        ["/attachments/1/file", "/attachments/2/name", "/attachments/3/file", "/attachments/4/file", "/attachments/5/name"];
    assert_eq!(talk.write(&talk.mario, bad).await.wrong_fields(), fields);
    let many: Vec<_> = (0..21).map(|_| inline("a.pdf", PDF)).collect();
    assert_eq!(talk.write(&talk.mario, json!({ "message": "x", "attachments": many })).await.wrong_fields(), ["/attachments"]);
    assert_eq!((talk.world.files().await.len(), talk.texts(&talk.operator).await.len()), (0, 0), "nothing of them is kept");

    let mut large = vec![b' '; crate::harness::UPLOAD_LIMIT];
    large[..PDF.len()].copy_from_slice(PDF);
    let good = json!({ "message": "x", "attachments": [inline("C:\\doc\\planimetria.pdf", PDF), inline("grande.pdf", &large)] });
    let message = talk.write(&talk.mario, good).await.expect(201);
    let file = &message["attachments"][0];
    assert_eq!((&file["originalName"], &file["description"]), (&json!("planimetria.pdf"), &json!("planimetria.pdf")));
    let address = file["url"].as_str().unwrap().strip_prefix(talk.world.app.public_url()).unwrap();
    for reader in [&talk.mario, &talk.operator] {
        assert_eq!(talk.world.call("GET", address).by(reader).send().await.bytes, PDF);
    }
    let anna = talk.world.anna().await;
    talk.world.call("GET", address).by(&anna).send().await.expect(404);
    // Together they may be larger than any other request.
    let many: Vec<_> = (0..10).map(|_| inline("grande.pdf", &large)).collect();
    talk.write(&talk.mario, json!({ "message": "x", "attachments": many })).await.expect(201);
    // A file is found below its own message only.
    let other = talk.write(&talk.mario, json!({ "message": "y" })).await.expect(201);
    talk.get(&talk.mario, &format!("{}/attachments/{}", id(&other), file["id"].as_str().unwrap())).await.expect(404);
}

async fn what_happened_since_is_said_by_staff(world: World) {
    let talk = Talk::begin(world).await;
    let message = talk.write(&talk.operator, json!({ "message": "Domanda" })).await.expect(201);
    let path = talk.path(&id(&message));
    let changes =
        json!({ "sent_at": "2026-03-02T09:00:05Z", "protocol_number": "2026/17", "protocolled_at": "2026-03-02T10:00:00+01:00" });
    talk.world.call("PATCH", &path).by(&talk.mario).json(&changes).send().await.expect(403);
    let changed = talk.world.call("PATCH", &path).by(&talk.operator).json(&changes).send().await.expect(200);
    assert_eq!((&changed["sent_at"], &changed["protocol_number"]), (&json!("2026-03-02T10:00:05+01:00"), &json!("2026/17")));
    let kept = talk.world.call("PATCH", &path).by(&talk.operator).json(&json!({ "clicked_at": null })).send().await.expect(200);
    assert_eq!(kept, changed);
    for (wrong, field) in [(json!({ "message": "altro" }), "/message"), (json!({ "protocol_number": " " }), "/protocol_number")] {
        assert_eq!(talk.world.call("PATCH", &path).by(&talk.operator).json(&wrong).send().await.wrong_fields(), [field]);
    }
}

async fn pages_have_links(world: World) {
    let talk = Talk::begin(world).await;
    for number in 0..5 {
        talk.world.clock.advance(SignedDuration::from_secs(1));
        talk.write(&talk.mario, json!({ "message": format!("Messaggio {number}") })).await.expect(201);
    }
    let base = format!("{HERE}/api/v2/applications/{}/messages", talk.application);
    let page = talk.world.call("GET", &format!("{base}?offset=2&limit=2")).by(&talk.mario).send().await.expect(200);
    assert_eq!((&page["meta"]["total"], &page["meta"]["count"]), (&json!(5), &json!(5)));
    assert_eq!((&page["data"][0]["message"], &page["data"][1]["message"]), (&json!("Messaggio 2"), &json!("Messaggio 3")));
    let next = page["links"]["next"].as_str().unwrap().strip_prefix(talk.world.app.public_url()).unwrap();
    let last = talk.world.call("GET", next).by(&talk.mario).send().await.expect(200);
    assert_eq!((last["data"].as_array().unwrap().len(), &last["links"]["next"]), (1, &Value::Null));
    talk.world.call("GET", &format!("{base}?limit=1000")).by(&talk.mario).send().await.expect(400);
}

async fn every_change_is_told(world: World) {
    let talk = Talk::begin(world).await;
    let message = talk.write(&talk.mario, json!({ "message": "Buongiorno" })).await.expect(201);
    talk.get(&talk.operator, "").await.expect(200);
    talk.get(&talk.operator, "").await.expect(200);
    let sent = json!({ "sent_at": "2026-03-02T09:00:05Z" });
    for _ in 0..2 {
        talk.world.call("PATCH", &talk.path(&id(&message))).by(&talk.operator).json(&sent).send().await.expect(200);
    }
    let events = talk.world.events("messages").await;
    let facts: Vec<_> = events.iter().map(|(_, event)| (event["read_at"].is_string(), event["sent_at"].is_string())).collect();
    assert_eq!(facts, [(false, false), (true, false), (true, true)], "once for each thing that happened");
    for (key, event) in events {
        assert_eq!((&key, &event["id"], &event["event_version"]), (&talk.application, &message["id"], &json!(1)));
        assert_eq!(event["tenant_id"], crate::harness::BUGLIANO);
        assert!(event["app_id"].as_str().unwrap().starts_with("platform:"));
        serde_json::from_value::<contracts::messages::MessageV1>(event).unwrap();
    }
}
