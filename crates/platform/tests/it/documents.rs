//! The citizen's documents and folders, as the topic of documents tells of them.

use serde_json::{Value, json};

use crate::harness::{BUGLIANO, HERE, PDF, Person, THERE, VALLELAGHI, World, inline};
use crate::on_both_engines;

on_both_engines!(
    a_citizen_finds_the_own_documents_and_nobody_elses,
    what_is_completely_registered_stays_so,
    a_document_is_searched_by_words_and_folder,
    the_file_of_a_document_is_downloaded_by_whom_it_is_for,
    events_of_others_harm_nobody,
    an_empty_number_is_none,
    what_breaks_the_rules_of_documents_is_not_kept,
);

/// An event about a document of `owner`, and of an application.
pub fn document(world: &World, owner: &Person, application: &str) -> Value {
    let sample = include_str!("../../../contracts/samples/documents/1/created.json");
    let mut event: Value = serde_json::from_str(sample).unwrap();
    let (id, now) = (world.app.rng().uuid(), world.clock.now());
    (event["id"], event["event_id"], event["created_at"]) = (json!(id), json!(world.app.event_id()), json!(now));
    (event["tenant_id"], event["owner_id"], event["remote_id"]) = (json!(BUGLIANO), json!(owner.id), json!(application));
    event
}

/// The same document, registered.
pub fn registered(world: &World, event: &Value, number: &str) -> Value {
    let mut event = event.clone();
    (event["event_id"], event["status"]) = (json!(world.app.event_id()), json!("REGISTRATION_COMPLETE"));
    event["registration_data"]["document_number"] = json!(number);
    event["registration_data"]["date"] = json!("2026-03-02T10:00:00+01:00");
    event["folder"]["id"] = json!("5/2026");
    event
}

async fn get(world: &World, by: &Person, path: &str) -> Value {
    world.call("GET", &format!("{HERE}/api{path}")).by(by).send().await.expect(200)
}

fn titles(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|document| document["title"].as_str().unwrap()).collect()
}

async fn a_citizen_finds_the_own_documents_and_nobody_elses(world: World) {
    let (mario, anna, admin) = (world.mario().await, world.anna().await, world.admin().await);
    let (operator, application) = (world.operator().await, world.draft(&mario).await);
    let mut first = document(&world, &mario, &application);
    first["title"] = json!("Prima");
    world.clock.advance(jiff::SignedDuration::from_secs(60));
    let mut second = document(&world, &mario, &application);
    second["title"] = json!("Seconda");
    world.tell(&[&first, &second, &registered(&world, &first, "7/2026")]).await;
    let page = get(&world, &mario, "/documents?limit=1").await;
    assert_eq!((titles(&page), &page["meta"]["total"]), (vec!["Seconda"], &json!(2)));
    assert!(page["links"]["next"].as_str().unwrap().ends_with("/documents?offset=1&limit=1"));
    let shown = get(&world, &mario, &format!("/documents/{}", first["id"].as_str().unwrap())).await;
    assert_eq!((&shown["document_number"], &shown["registered_at"]), (&json!("7/2026"), &json!("2026-03-02T10:00:00+01:00")));
    assert_eq!((&shown["type"], &shown["folder"]["number"]), (&first["type"], &json!("5/2026")));
    assert!(shown.get("author").is_none() && shown.get("retry_meta").is_none());
    let folders = get(&world, &mario, "/folders").await;
    let title = &first["folder"]["title"];
    assert_eq!(folders, json!([{ "id": application, "title": title, "number": "5/2026", "documents_count": 2 }]));

    assert_eq!(titles(&get(&world, &anna, "/documents").await), [""; 0]);
    assert_eq!(get(&world, &anna, "/folders").await, json!([]));
    let path = format!("{HERE}/api/documents/{}", first["id"].as_str().unwrap());
    world.call("GET", &path).by(&anna).send().await.expect(404);
    for address in [path.as_str(), &format!("{HERE}/api/documents"), &format!("{HERE}/api/folders")] {
        world.call("GET", address).by(&operator).send().await.expect(403);
    }
    // Administrators see everybody's, or those of whom they ask for.
    assert_eq!(titles(&get(&world, &admin, "/documents").await).len(), 2);
    assert_eq!(titles(&get(&world, &admin, "/documents?cf=rssmra80a01h501u").await).len(), 2);
    for code in ["RSSNNA92D55F205M", "NESSUNO"] {
        assert_eq!(titles(&get(&world, &admin, &format!("/documents?cf={code}")).await).len(), 0, "{code}");
    }
    // To a citizen the parameter says nothing.
    assert_eq!(titles(&get(&world, &anna, "/documents?cf=RSSMRA80A01H501U").await), [""; 0]);
    let stranger = world.stranger().await;
    world.call("GET", &path.replace(HERE, THERE)).by(&stranger).send().await.expect(404);
}

async fn what_is_completely_registered_stays_so(world: World) {
    let mario = world.mario().await;
    let created = document(&world, &mario, &world.draft(&mario).await);
    let complete = registered(&world, &created, "7/2026");
    let mut late = created.clone();
    (late["event_id"], late["status"]) = (json!(world.app.event_id()), json!("REGISTRATION_PENDING"));
    let again = registered(&world, &created, "8/2026");
    world.tell(&[&created, &complete, &late, &again]).await;
    let shown = get(&world, &mario, &format!("/documents/{}", created["id"].as_str().unwrap())).await;
    assert_eq!((&shown["status"], &shown["document_number"]), (&json!("REGISTRATION_COMPLETE"), &json!("7/2026")));
}

async fn an_empty_number_is_none(world: World) {
    let mario = world.mario().await;
    let application = world.draft(&mario).await;
    let created = document(&world, &mario, &application);
    let (empty, real) = (registered(&world, &created, " "), registered(&world, &created, "7/2026"));
    world.tell(&[&created, &empty, &real]).await;
    let shown = get(&world, &mario, &format!("/applications/{application}")).await;
    assert_eq!(shown["protocol_number"], "7/2026", "the real one stands");
    let shown = get(&world, &mario, &format!("/documents/{}", created["id"].as_str().unwrap())).await;
    assert_eq!(shown["document_number"], "7/2026");
}

async fn a_document_is_searched_by_words_and_folder(world: World) {
    let mario = world.mario().await;
    let (one, other) = (world.draft(&mario).await, world.draft(&mario).await);
    let mut first = document(&world, &mario, &one);
    (first["title"], first["folder"]["title"]) = (json!("Esito: 100% Tigli"), json!("Suolo"));
    first["attachments"] = json!([]);
    let mut second = document(&world, &mario, &other);
    (second["title"], second["folder"]["title"]) = (json!("Nido d'infanzia"), json!("Nido"));
    world.tell(&[&first, &registered(&world, &second, "0000099/2026")]).await;
    for (query, found) in [
        ("q=TIGLI", "Esito: 100% Tigli"),
        ("q=100%25", "Esito: 100% Tigli"),
        ("title=nido%20d%27", "Nido d'infanzia"),
        ("folder-title=suolo", "Esito: 100% Tigli"),
        ("q=0000099", "Nido d'infanzia"),
        ("q=planimetria.pdf", "Nido d'infanzia"),
        (&format!("folder={other}"), "Nido d'infanzia"),
        (&format!("folder={one}&q=esito"), "Esito: 100% Tigli"),
    ] {
        assert_eq!(titles(&get(&world, &mario, &format!("/documents?{query}")).await), [found], "{query}");
    }
    for query in [&format!("folder={one}&q=nido"), "q=_", "q=%25%25", "q=zzz"] {
        assert_eq!(titles(&get(&world, &mario, &format!("/documents?{query}")).await), [""; 0], "{query}");
    }
    world.call("GET", &format!("{HERE}/api/documents?limit=0")).by(&mario).send().await.expect(400);
    world.call("GET", &format!("{HERE}/api/documents?folder=x")).by(&mario).send().await.expect(400);
}

async fn the_file_of_a_document_is_downloaded_by_whom_it_is_for(world: World) {
    let (mario, anna) = (world.mario().await, world.anna().await);
    let (application, theirs) = (world.draft(&mario).await, world.draft(&anna).await);
    let attached = |to: &str| world.call("POST", &format!("{HERE}/api/applications/{to}/messages"));
    let message = json!({ "message": "x", "attachments": [inline("a.pdf", PDF)] });
    let mut files = Vec::new();
    for (to, by) in [(&application, &mario), (&theirs, &anna)] {
        let sent = attached(to).by(by).json(&message).send().await.expect(201);
        files.push(sent["attachments"][0]["id"].as_str().unwrap().to_owned());
    }
    let at = |application: &str, file: &str| {
        json!(format!("{}{HERE}/api/applications/{application}/attachments/{file}?version=1", world.app.public_url()))
    };
    let mut own = document(&world, &mario, &application);
    own["main_document"]["url"] = at(&application, &files[0]);
    let mut elsewhere = document(&world, &mario, &application);
    elsewhere["main_document"]["url"] = json!("https://example.it/modulo.pdf");
    // An event that names somebody else's file.
    let mut stolen = document(&world, &mario, &theirs);
    stolen["main_document"]["url"] = at(&theirs, &files[1]);
    world.tell(&[&own, &elsewhere, &stolen]).await;
    let download = |event: &Value| world.call("GET", &format!("{HERE}/api/documents/{}/download", event["id"].as_str().unwrap()));
    let answer = download(&own).by(&mario).send().await;
    assert_eq!((answer.status, &answer.bytes[..]), (200, PDF));
    assert!(answer.header("content-disposition").unwrap().starts_with("attachment"));
    download(&elsewhere).by(&mario).send().await.expect(404);
    download(&stolen).by(&mario).send().await.expect(404);
    download(&own).by(&anna).send().await.expect(404);
}

async fn events_of_others_harm_nobody(world: World) {
    let mario = world.mario().await;
    let known = document(&world, &mario, &world.draft(&mario).await);
    // Another tenant takes a known identifier; a tenant of another installation; another version; one that nobody can read.
    let mut stolen = known.clone();
    (stolen["event_id"], stolen["tenant_id"]) = (json!(world.app.event_id()), json!(VALLELAGHI));
    stolen["title"] = json!("Rubato");
    let mut foreign = document(&world, &mario, known["remote_id"].as_str().unwrap());
    foreign["tenant_id"] = json!(world.app.rng().uuid());
    let mut other = document(&world, &mario, known["remote_id"].as_str().unwrap());
    other["event_version"] = json!(2);
    let broken = json!({ "event_id": world.app.event_id(), "event_version": 1 });
    world.tell(&[&known, &stolen, &foreign, &other, &broken]).await;
    assert_eq!(titles(&get(&world, &mario, "/documents").await), [known["title"].as_str().unwrap()]);
    let letters = world.app.db().read(|tx| tx.dead_letters()).await.unwrap();
    assert_eq!(letters, [("platform-documents".to_owned(), 1)]);
}

async fn what_breaks_the_rules_of_documents_is_not_kept(world: World) {
    let (mario, admin) = (world.mario().await, world.admin().await);
    let application = world.draft(&mario).await;
    let created = document(&world, &mario, &application);
    // A number that no registry gives, none at all, and what PostgreSQL cannot keep.
    let endless = registered(&world, &created, &"9".repeat(100_000));
    let without = registered(&world, &created, "");
    let mut nul = document(&world, &mario, &application);
    nul["title"] = json!("nul\0dentro");
    world.tell(&[&created, &endless, &without, &nul]).await;
    let page = get(&world, &mario, "/documents").await;
    assert_eq!(titles(&page), [created["title"].as_str().unwrap()]);
    assert_eq!((&page["data"][0]["status"], &page["data"][0]["document_number"]), (&created["status"], &Value::Null));
    let shown = get(&world, &mario, &format!("/applications/{application}")).await;
    assert_eq!(shown["protocol_number"].as_str().unwrap_or_default(), "");
    let letters = get(&world, &admin, "/dead-letters").await;
    let mut reasons: Vec<_> =
        letters["data"].as_array().unwrap().iter().map(|letter| letter["reason"].as_str().unwrap()).collect();
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        [
            "documento non valido: /registration_data/document_number max_length",
            "documento non valido: /registration_data/document_number required",
            "documento non valido: /title pattern",
        ]
    );
}
