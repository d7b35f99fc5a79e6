//! Signed files are checked when they are received, by whichever way they come.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::harness::{HERE, Person, World, inline};
use crate::on_both_engines;

on_both_engines!(
    a_signed_file_is_checked_in_a_message,
    a_signed_file_is_checked_when_it_is_uploaded,
    signed_data_is_checked_whatever_it_is_called,
    certificates_alone_are_taken_as_such,
);

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
async fn upload(world: &World, by: &Person, name: &str, content: &[u8]) -> (String, testkit::Reply) {
    let announced = json!({ "name": name, "size": content.len() });
    let slot: Value = world.call("POST", &format!("{HERE}/api/uploads")).by(by).json(&announced).send().await.expect(201);
    let address = slot["uri"].as_str().unwrap().strip_prefix(world.app.public_url()).unwrap().to_owned();
    let answer = world.call("PUT", &address).body(content.to_vec()).send().await;
    (slot["id"].as_str().unwrap().to_owned(), answer)
}

async fn a_signed_file_is_checked_when_it_is_uploaded(world: World) {
    let mario = world.mario().await;
    let (id, answer) = upload(&world, &mario, "domanda.pdf.p7m", SIGNED).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let finish = json!({ "check_signature": true });
    world.call("PUT", &format!("{HERE}/api/uploads/{id}")).by(&mario).json(&finish).send().await.expect(204);
    assert_eq!(world.files().await.len(), 1);
    let (id, answer) = upload(&world, &mario, "domanda.pdf.p7m", &altered()).await;
    assert_eq!(answer.wrong_fields(), ["/file"]);
    world.call("GET", &format!("{HERE}/api/uploads/{id}")).by(&mario).send().await.expect(404);
    assert_eq!(world.files().await.len(), 1, "nothing of it is left");
}

async fn signed_data_is_checked_whatever_it_is_called(world: World) {
    let mario = world.mario().await;
    let messages = format!("{HERE}/api/applications/{}/messages", world.draft(&mario).await);
    let send = |name: &str, content: &[u8]| {
        let message = json!({ "message": "Allego.", "attachments": [inline(name, content)] });
        world.call("POST", &messages).by(&mario).json(&message).send()
    };
    let text = |content: &[u8]| STANDARD.encode(content).into_bytes();
    for (name, genuine, wrong) in [
        ("domanda.pdf.p7c", SIGNED.to_vec(), altered()),
        ("domanda.XP7M", SIGNED.to_vec(), altered()),
        ("domanda.pdf.p7", SIGNED.to_vec(), altered()),
        ("domanda.txt", text(SIGNED), text(&altered())),
        ("domanda.p7c", text(SIGNED), [SIGNED, b"Un altro documento."].concat()),
    ] {
        let (_, answer) = upload(&world, &mario, name, &wrong).await;
        assert_eq!(answer.body["errors"][0]["code"], "signature", "{name}");
        assert_eq!(answer.wrong_fields(), ["/file"], "{name}");
        assert_eq!(send(name, &wrong).await.wrong_fields(), ["/attachments/0/file"], "{name}");
        let (_, answer) = upload(&world, &mario, name, &genuine).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
        send(name, &genuine).await.expect(201);
    }
}

/// The certificates of the signed file in an envelope of their own.
fn certificates() -> Vec<u8> {
    // Version and algorithms stand before the document in the genuine file, the certificates behind it.
    let (begin, certificates) = (&SIGNED[23..41], &SIGNED[97..944]);
    let (no_document, no_signatures) = ([&b"\x30\x0b"[..], &SIGNED[43..54]].concat(), b"\x31\x00");
    let data = wrapped(0x30, &[begin, &no_document[..], certificates, &no_signatures[..]].concat());
    wrapped(0x30, &[&SIGNED[4..15], &wrapped(0xa0, &data)[..]].concat())
}

/// An element of ASN.1 with a content that is long.
fn wrapped(tag: u8, content: &[u8]) -> Vec<u8> {
    let [.., high, low] = content.len().to_be_bytes();
    [&[tag, 0x82, high, low][..], content].concat()
}

async fn certificates_alone_are_taken_as_such(world: World) {
    let mario = world.mario().await;
    let (_, answer) = upload(&world, &mario, "certificati.p7c", &certificates()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    // Where a document is to be expected, there is none.
    let (_, answer) = upload(&world, &mario, "domanda.pdf.p7m", &certificates()).await;
    assert_eq!(answer.wrong_fields(), ["/file"]);
}
