//! Who works with the regional intermediary: keys of suppliers' programs, requests for help with files, and who is told of them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::World;

on_both_engines!(keys_are_shown_once_changed_over_and_revoked, i9_a_request_comes_with_files_and_both_sides_are_told,);

async fn keys_are_shown_once_changed_over_and_revoked(world: World) {
    let providers = world.body("GET", "/providers", &Value::Null).answer().await.expect(200);
    let keys = format!("/providers/{}/keys", providers[0]["id"].as_str().unwrap());
    let list = async || world.body("GET", &keys, &Value::Null).answer().await.expect(200);
    let works = async |key: &str| {
        let call = world.call("GET", "/ioservice/v1/me").header("x-ioservice-key", key);
        call.answer().await.status == 200
    };
    assert_eq!((list().await.as_array().unwrap().len(), works("demo-provider-key").await), (1, true));
    let made = world.body("POST", &keys, &Value::Null).answer().await.expect(201)["key"].as_str().unwrap().to_owned();
    let shown = list().await;
    let hint = format!("…{}", &made[made.len() - 4..]);
    // Both were made at the same instant: their order says nothing.
    let (new, old): (Vec<_>, Vec<_>) = shown.as_array().unwrap().iter().partition(|key| key["hint"] == *hint);
    assert_eq!((new.len(), old.len()), (1, 1));
    assert!(!shown.to_string().contains(&made), "a key is shown once");
    // While programs change over both work; then the first ends alone.
    assert!(works("demo-provider-key").await && works(&made).await);
    let first = format!("{keys}/{}", old[0]["id"].as_str().unwrap());
    world.body("DELETE", &first, &Value::Null).answer().await.expect(204);
    assert_eq!((works("demo-provider-key").await, works(&made).await), (false, true));
    world.body("DELETE", &first, &Value::Null).answer().await.expect(404);
    // A supplier keeps its own keys, also with one of them.
    let own = |method: &str, path: &str| {
        world.call(method, &format!("/ioservice/v1{path}")).header("x-ioservice-key", &made).json(&Value::Null)
    };
    assert_eq!(own("GET", &keys).answer().await.expect(200).as_array().unwrap().len(), 1);
    own("GET", "/providers/01ARZ3NDEKTSV4RRFFQ69G5FAV/keys").answer().await.expect(404);
    own("DELETE", &keys).answer().await.expect(204);
    assert!(!works(&made).await);
    let audit = world.body("GET", "/audit", &Value::Null).answer().await.expect(200);
    let deeds: Vec<_> = audit.as_array().unwrap().iter().rev().map(|deed| deed["action"].as_str().unwrap()).collect();
    assert_eq!(deeds, ["provider.key", "provider.key-end", "provider.keys-end"]);
    assert!(!audit.to_string().contains(&made));
}

/// Waits for so many letters; gives the last one.
async fn letter(world: &World, number: usize) -> Value {
    world
        .eventually("the letter", async || {
            let letters = world.letters.lock().unwrap();
            assert!(letters.len() <= number, "{letters:?}");
            (letters.len() == number).then(|| letters[number - 1].clone())
        })
        .await
}

async fn i9_a_request_comes_with_files_and_both_sides_are_told(world: World) {
    let settings = json!({ "help_email": "aiuto@bugliano.example.it" });
    world.body("PUT", "/settings", &json!({ "help_email": "nessuno" })).answer().await.expect(422);
    world.body("PUT", "/settings", &settings).answer().await.expect(200);
    let file = |name: &str, bytes: &[u8]| json!({ "name": name, "mime_type": "x/y", "file": STANDARD.encode(bytes) });
    let mut question = json!({
        "subject": "Integrazione", "text": "Il lotto di AAAAAA00A00A000A è fermo.", "about": "/lots", "email": "fornitore@example.it",
        "attachments": [file("schermata è.png", b"immagine"), file("righe.csv", b"a;b")]
    });
    let ticket = world.supplier("POST", "/tickets", &question).answer().await.expect(201);
    let told = letter(&world, 1).await;
    assert_eq!(
        (&told["to"], &told["subject"]),
        (&json!("aiuto@bugliano.example.it"), &json!("Assistenza IOService: Integrazione"))
    );
    assert!(!told["text"].as_str().unwrap().contains("AAAAAA00"), "what was said stays here: {told}");

    let path = format!("/tickets/{}", ticket["id"].as_str().unwrap());
    let attached = &ticket["messages"][0]["attachments"];
    assert_eq!((&attached[0]["name"], &attached[0]["size"]), (&json!("schermata è.png"), &json!(8)));
    let at = format!("{path}/attachments/{}", attached[0]["id"].as_str().unwrap());
    let got = world.body("GET", &at, &Value::Null).answer().await;
    assert_eq!((got.status, &got.bytes[..]), (200, b"immagine".as_slice()));
    for (header, value) in [
        ("content-type", "application/octet-stream"),
        ("content-disposition", "attachment; filename*=UTF-8''schermata%20%C3%A8%2Epng"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(got.headers[header], value, "{header}");
    }
    world.supplier("GET", &at, &Value::Null).answer().await.expect(200);
    let elsewhere = world.token(crate::world::VALLELAGHI, "admin", &["ROLE_ADMIN"]);
    world.call("GET", &format!("/ioservice/v1{at}")).bearer(&elsewhere).answer().await.expect(404);
    world.body("GET", &format!("{path}/attachments/01ARZ3NDEKTSV4RRFFQ69G5FAV"), &Value::Null).answer().await.expect(404);

    let say = |command: &str, text: &str, files: Value| json!({ "command": command, "text": text, "attachments": files });
    world.body("POST", &path, &say("take", "", json!([]))).answer().await.expect(200);
    let taken = letter(&world, 2).await;
    assert_eq!(taken["to"], "fornitore@example.it");
    assert!(taken["text"].as_str().unwrap().contains("presa in carico"), "{taken}");
    world.body("POST", &path, &say("say", "", json!([file("a.pdf", b"%PDF-")]))).answer().await.expect(422);
    let answered = world.body("POST", &path, &say("ask", "Quale?", json!([file("guida.pdf", b"%PDF-")]))).answer().await;
    assert_eq!(answered.expect(200)["messages"][1]["attachments"][0]["name"], "guida.pdf");
    assert_eq!(letter(&world, 3).await["to"], "fornitore@example.it");
    world.supplier("POST", &path, &say("say", "Il primo.", json!([]))).answer().await.expect(200);
    assert_eq!(letter(&world, 4).await["to"], "aiuto@bugliano.example.it");

    question["attachments"] = json!([file("virus.exe", b"MZ")]);
    let refused = world.supplier("POST", "/tickets", &question).answer().await.expect(422);
    assert_eq!(refused["errors"][0]["field"], "/attachments");
    question["attachments"] = json!([]);
    question["email"] = json!("nessuno");
    assert_eq!(world.supplier("POST", "/tickets", &question).answer().await.expect(422)["errors"][0]["field"], "/email");
    // Who does not say where is told nothing, and asks all the same.
    question["email"] = Value::Null;
    world.body("PUT", "/settings", &json!({})).answer().await.expect(200);
    world.supplier("POST", "/tickets", &question).answer().await.expect(201);
    assert_eq!(world.letters.lock().unwrap().len(), 4);
}
