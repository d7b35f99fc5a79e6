//! Signed files are checked when they are received, by whichever way they come.

use serde_json::{Value, json};

use crate::harness::{HERE, Person, World, inline};
use crate::on_both_engines;

on_both_engines!(a_signed_file_is_checked_in_a_message, a_signed_file_is_checked_when_it_is_uploaded);

const SIGNED: &[u8] = include_bytes!("../signed/rsa.p7m");

/// The same envelope around another text.
fn altered() -> Vec<u8> {
    let mut file = SIGNED.to_vec();
    let text = file.windows(4).position(|bytes| bytes == b"Il s").unwrap();
    file[text] = b'X';
    file
}

async fn a_signed_file_is_checked_in_a_message(world: World) {
    let mario = world.mario().await;
    let messages = format!("{HERE}/api/applications/{}/messages", world.draft(&mario).await);
    let send = |name: &str, content: &[u8]| {
        let message = json!({ "message": "Allego.", "attachments": [inline("a.txt", b"testo"), inline(name, content)] });
        world.call("POST", &messages).by(&mario).json(&message).send()
    };
    let sent = send("domanda.pdf.p7m", SIGNED).await.expect(201);
    assert_eq!(sent["attachments"][1]["mime_type"], "application/pkcs7-mime");
    let refused = send("domanda.pdf.p7m", &altered()).await;
    assert_eq!(refused.body["errors"][0]["code"], "signature");
    assert_eq!(refused.wrong_fields(), ["/attachments/1/file"]);
    assert_eq!(send("domanda.P7M", &SIGNED[..900]).await.wrong_fields(), ["/attachments/1/file"]);
    let kept = world.call("GET", &messages).by(&mario).send().await.expect(200);
    assert_eq!(kept.as_array().unwrap().len(), 1, "what is refused is not kept");
    assert_eq!(world.files().await.len(), 2);
}

/// Announces a file and sends its content; gives its identifier and what was answered.
async fn upload(world: &World, by: &Person, content: &[u8]) -> (String, testkit::Reply) {
    let announced = json!({ "name": "domanda.pdf.p7m", "size": content.len() });
    let slot: Value = world.call("POST", &format!("{HERE}/api/uploads")).by(by).json(&announced).send().await.expect(201);
    let address = slot["uri"].as_str().unwrap().strip_prefix(world.app.public_url()).unwrap().to_owned();
    let answer = world.call("PUT", &address).body(content.to_vec()).send().await;
    (slot["id"].as_str().unwrap().to_owned(), answer)
}

async fn a_signed_file_is_checked_when_it_is_uploaded(world: World) {
    let mario = world.mario().await;
    let (id, answer) = upload(&world, &mario, SIGNED).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let finish = json!({ "check_signature": true });
    world.call("PUT", &format!("{HERE}/api/uploads/{id}")).by(&mario).json(&finish).send().await.expect(204);
    assert_eq!(world.files().await.len(), 1);
    let (id, answer) = upload(&world, &mario, &altered()).await;
    assert_eq!(answer.wrong_fields(), ["/file"]);
    world.call("GET", &format!("{HERE}/api/uploads/{id}")).by(&mario).send().await.expect(404);
    assert_eq!(world.files().await.len(), 1, "nothing of it is left");
}
