//! Copies of messages by e-mail: only to an address that its citizen has proved, and only of what may leave the app.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{World, citizen};

on_both_engines!(copies_come_once_the_address_is_proved, nobody_is_written_to_who_did_not_ask);

/// Waits for so many letters to an address; gives them.
async fn letters(world: &World, to: &str, number: usize) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let found: Vec<Value> = world.letters.lock().unwrap().iter().filter(|letter| letter["to"] == to).cloned().collect();
        if found.len() >= number {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(40), "{found:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn wanted(email: &str) -> Value {
    json!({ "is_inbox_enabled": true, "mode": "AUTO", "email": email, "is_email_enabled": true })
}

fn message(secure: bool) -> Value {
    let markdown = format!("Leggi [la pagina](https://spia.example/x) del Comune. {}", "parola ".repeat(60));
    json!({ "fiscal_code": citizen(0), "content": { "subject": "Un oggetto valido", "markdown": markdown, "require_secure_channels": secure } })
}

async fn processed(world: &World, message: &Value) {
    let id = world.submit("demo-use-key", message).await;
    world.decided("demo-use-key", &citizen(0), &id).await;
}

async fn copies_come_once_the_address_is_proved(world: World) {
    let refused = world.app(0, "PUT", "/profile", &wanted("nessuno")).answer().await.expect(422);
    assert_eq!(refused["errors"][0]["field"], "/email");
    let set = world.app(0, "PUT", "/profile", &wanted("zero@example.it")).answer().await.expect(200);
    assert_eq!((&set["is_email_enabled"], &set["is_email_validated"]), (&json!(true), &json!(false)));
    let proof = letters(&world, "zero@example.it", 1).await[0].clone();
    let code = proof["subject"].as_str().unwrap().split(' ').next().unwrap().to_owned();

    // Before the proof nothing is copied.
    processed(&world, &message(false)).await;
    // Asked for again within the minute, the code is not sent again.
    world.app(0, "POST", "/profile/email", &json!({})).answer().await.expect(204);
    let wrong = world.app(0, "POST", "/profile/email", &json!({ "code": "AAAAAAAAAA" })).answer().await.expect(422);
    assert_eq!(wrong["errors"][0]["field"], "/code");
    let typed = format!(" {} ", code.to_lowercase());
    world.app(0, "POST", "/profile/email", &json!({ "code": typed })).answer().await.expect(204);
    let proved = world.app(0, "GET", "/profile", &Value::Null).answer().await.expect(200);
    assert_eq!(proved["is_email_validated"], true);

    processed(&world, &message(true)).await;
    processed(&world, &message(false)).await;
    let came = letters(&world, "zero@example.it", 2).await;
    assert_eq!(came.len(), 2, "the code, and one copy of three messages: {came:?}");
    let copy = &came[1];
    assert_eq!(copy["subject"], "Comune di Bugliano: Un oggetto valido");
    let text = copy["text"].as_str().unwrap();
    assert!(
        text.contains("Leggi la pagina del Comune. parola") && text.contains('…') && !text.contains("spia.example"),
        "{text}"
    );

    // Another address is nobody's until it is proved.
    let moved = world.app(0, "PUT", "/profile", &wanted("altrove@example.it")).answer().await.expect(200);
    assert_eq!(moved["is_email_validated"], false);
    let other = letters(&world, "altrove@example.it", 1).await[0]["subject"].as_str().unwrap().to_owned();
    assert_ne!(other.split(' ').next(), Some(code.as_str()), "each address has its own code");
    world.app(0, "POST", "/profile/email", &json!({ "code": code })).answer().await.expect(422);
}

async fn nobody_is_written_to_who_did_not_ask(world: World) {
    let quiet = json!({ "is_inbox_enabled": true, "mode": "AUTO", "email": "zero@example.it", "is_email_enabled": false });
    world.app(0, "PUT", "/profile", &quiet).answer().await.expect(200);
    processed(&world, &message(false)).await;
    world.job("messaging-demo-inbox").await;
    // The citizen of the demo wants copies: the letters of the same worker have come when this one has.
    let demo = letters(&world, "michelangelo.buonarroti@example.it", 4).await;
    assert_eq!(demo.len(), 4);
    assert!(world.letters.lock().unwrap().iter().all(|letter| letter["to"] != "zero@example.it"));
}
