//! Uploads: announce, send, finish, use; and what happens to those that nobody uses.

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use http::header::CONTENT_TYPE;
use kernel::jiff::SignedDuration;
use kernel::{ApplicationId, AttachmentId};
use serde_json::{Value, json};
use storage::params;

use crate::harness::{Answer, HERE, PDF, Person, THERE, UPLOAD_LIMIT, World};
use crate::on_both_engines;

on_both_engines!(
    a_file_is_announced_sent_finished_and_read_by_its_owner_only,
    visitors_upload_too,
    what_is_announced_wrongly_is_refused,
    what_is_not_as_announced_is_refused_and_can_be_sent_again,
    an_address_is_for_one_file_for_one_hour,
    a_complete_file_is_never_replaced,
    a_sender_who_goes_away_leaves_nothing,
    a_sender_whose_process_died_is_followed_by_another,
    the_hash_must_be_that_of_the_file,
    nobody_hoards_uploads,
    an_application_takes_its_applicant_s_uploads,
    an_application_takes_nothing_else,
    unused_uploads_go_after_a_day_and_used_ones_stay,
);

/// An announced upload.
struct Slot {
    id: String,
    /// Path and query of the address for its bytes.
    address: String,
}

fn announced(name: &str, size: usize) -> Value {
    json!({ "name": "a1b2", "original_filename": name, "size": size, "mime_type": "application/pdf", "protocol_required": true })
}

async fn begin(world: &World, person: &Person, body: &Value) -> Slot {
    let slot = world.call("POST", &format!("{HERE}/api/uploads")).by(person).json(body).send().await.expect(201);
    let uri = slot["uri"].as_str().unwrap();
    let address = uri.strip_prefix(world.app.public_url()).unwrap().to_owned();
    Slot { id: slot["id"].as_str().unwrap().to_owned(), address }
}

async fn send(world: &World, slot: &Slot, content: impl Into<Body>) -> Answer {
    // As browsers' form components do: a raw body under a wrong name, and no token.
    world.call("PUT", &slot.address).header(CONTENT_TYPE, "multipart/form-data").body(content).send().await
}

async fn finish(world: &World, person: &Person, slot: &Slot, hash: &str) -> Answer {
    let body = json!({ "file_hash": hash, "check_signature": false });
    world.call("PUT", &format!("{HERE}/api/uploads/{}", slot.id)).by(person).json(&body).send().await
}

async fn read(world: &World, person: &Person, slot: &Slot) -> Answer {
    world.call("GET", &format!("{HERE}/api/uploads/{}", slot.id)).by(person).send().await
}

async fn a_file_is_announced_sent_finished_and_read_by_its_owner_only(world: World) {
    let (mario, anna, admin) = (world.mario().await, world.anna().await, world.admin().await);
    let slot = begin(&world, &mario, &announced("..\\carta d'identità.pdf", PDF.len())).await;
    read(&world, &mario, &slot).await.expect(404);
    finish(&world, &mario, &slot, "").await.expect(422);
    let sent = send(&world, &slot, PDF).await;
    let etag = sent.header("etag").unwrap().to_owned();
    sent.expect(200);
    finish(&world, &mario, &slot, &etag).await.expect(204);
    let file = read(&world, &mario, &slot).await;
    assert_eq!(file.bytes, PDF);
    assert_eq!(file.header("content-type"), Some("application/pdf"));
    assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(file.header("content-security-policy"), Some("sandbox; default-src 'none'"));
    let disposition = file.header("content-disposition").unwrap();
    assert!(
        disposition.starts_with("attachment; ") && disposition.ends_with("UTF-8''carta%20d%27identit%C3%A0.pdf"),
        "{disposition}"
    );
    for other in [&anna, &admin] {
        read(&world, other, &slot).await.expect(404);
        finish(&world, other, &slot, &etag).await.expect(404);
    }
}

async fn visitors_upload_too(world: World) {
    let (visitor, other) = (world.visitor(), world.visitor());
    let slot = begin(&world, &visitor, &announced("a.pdf", PDF.len())).await;
    send(&world, &slot, PDF).await.expect(200);
    finish(&world, &visitor, &slot, "").await.expect(204);
    read(&world, &other, &slot).await.expect(404);
}

async fn what_is_announced_wrongly_is_refused(world: World) {
    let mario = world.mario().await;
    for (body, field) in [
        (announced("virus.exe", 10), "/original_filename"),
        (announced("..", 10), "/original_filename"),
        (announced("a.pdf", 0), "/size"),
        (announced("a.pdf", UPLOAD_LIMIT + 1), "/size"),
        (json!({ "name": "senza estensione" }), "/original_filename"),
        (json!({ "name": "a.pdf", "description": "due\nrighe" }), "/description"),
    ] {
        let call = world.call("POST", &format!("{HERE}/api/uploads")).by(&mario).json(&body);
        assert_eq!(call.send().await.wrong_fields(), [field], "{body}");
    }
}

async fn what_is_not_as_announced_is_refused_and_can_be_sent_again(world: World) {
    let mario = world.mario().await;
    let slot = begin(&world, &mario, &announced("a.pdf", PDF.len())).await;
    assert_eq!(send(&world, &slot, Body::empty()).await.wrong_fields(), ["/file"]);
    assert_eq!(send(&world, &slot, &PDF[..PDF.len() - 1]).await.wrong_fields(), ["/file"], "shorter than announced");
    let page = Bytes::from(vec![b' '; PDF.len()]);
    assert_eq!(send(&world, &slot, page).await.wrong_fields(), ["/file"], "no PDF");
    assert_eq!(world.files().await, [""; 0], "nothing of it is kept");
    send(&world, &slot, PDF).await.expect(200);

    let undeclared = json!({ "name": "grande.pdf" });
    let slot = begin(&world, &mario, &undeclared).await;
    let mut large = vec![b' '; UPLOAD_LIMIT + 1];
    large[..PDF.len()].copy_from_slice(PDF);
    assert_eq!(send(&world, &slot, large.clone()).await.wrong_fields(), ["/size"]);
    large.truncate(UPLOAD_LIMIT);
    send(&world, &slot, large).await.expect(200);
}

async fn an_address_is_for_one_file_for_one_hour(world: World) {
    let mario = world.mario().await;
    let slot = begin(&world, &mario, &announced("a.pdf", PDF.len())).await;
    let other = begin(&world, &mario, &announced("b.pdf", PDF.len())).await;
    let query = slot.address.split_once('?').unwrap().1;
    for address in [
        other.address.split_once('?').unwrap().0.to_owned() + "?" + query,
        slot.address.replace(HERE, THERE),
        slot.address.replace("expires=1", "expires=2"),
        slot.address[..slot.address.len() - 2].to_owned(),
    ] {
        world.call("PUT", &address).body(PDF).send().await.expect(403);
    }
    world.call("PUT", slot.address.split_once('?').unwrap().0).body(PDF).send().await.expect(400);
    world.clock.advance(SignedDuration::from_secs(3_601));
    send(&world, &slot, PDF).await.expect(403);
}

async fn a_complete_file_is_never_replaced(world: World) {
    let mario = world.mario().await;
    let slot = begin(&world, &mario, &announced("a.pdf", PDF.len())).await;
    // One sender is slow, the other comes meanwhile.
    let (more, coming) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(1);
    let slow = Body::from_stream(stream::unfold(coming, |mut coming| async { coming.recv().await.map(|piece| (piece, coming)) }));
    let (slow, fast) = tokio::join!(send(&world, &slot, slow), async {
        more.send(Ok(Bytes::from_static(&PDF[..5]))).await.unwrap();
        // There is room for the second piece when the first is being stored.
        let room = more.reserve().await.unwrap();
        let fast = send(&world, &slot, PDF).await;
        room.send(Ok(Bytes::from_static(&PDF[5..])));
        drop(more);
        fast
    });
    slow.expect(200);
    fast.expect(422);
    let other = [PDF, b"altro"].concat();
    send(&world, &slot, other[5..].to_vec()).await.expect(422);
    assert_eq!(read(&world, &mario, &slot).await.bytes, PDF);
}

async fn a_sender_who_goes_away_leaves_nothing(world: World) {
    let mario = world.mario().await;
    let slot = begin(&world, &mario, &announced("a.pdf", PDF.len())).await;
    let broken = stream::iter([Ok(Bytes::from_static(&PDF[..5])), Err(std::io::Error::other("gone"))]);
    send(&world, &slot, Body::from_stream(broken)).await.expect(400);
    assert_eq!(world.files().await, [""; 0]);
    send(&world, &slot, PDF).await.expect(200);
}

async fn a_sender_whose_process_died_is_followed_by_another(world: World) {
    let mario = world.mario().await;
    let slot = begin(&world, &mario, &announced("a.pdf", PDF.len())).await;
    let (id, now) = (slot.id.parse::<AttachmentId>().unwrap(), world.clock.now());
    let killed = world.app.db().write(move |tx| {
        tx.execute("UPDATE attachments SET receiving = $2, receiving_since = $3 WHERE id = $1", params![id, true, now])
    });
    let killed: storage::Result<u64> = killed.await;
    assert_eq!(killed, Ok(1));
    send(&world, &slot, PDF).await.expect(422);
    world.clock.advance(SignedDuration::from_mins(21));
    send(&world, &slot, PDF).await.expect(200);
    send(&world, &slot, PDF).await.expect(422);
    assert_eq!(read(&world, &mario, &slot).await.bytes, PDF);
}

async fn the_hash_must_be_that_of_the_file(world: World) {
    let mario = world.mario().await;
    let slot = begin(&world, &mario, &announced("a.pdf", PDF.len())).await;
    let sent = send(&world, &slot, PDF).await;
    let etag = sent.header("etag").unwrap().trim_matches('"').to_owned();
    for right in [&etag, &format!("\"{etag}\""), &format!("W/\"{}\"", etag.to_uppercase()), &sha256(PDF)] {
        finish(&world, &mario, &slot, right).await.expect(204);
    }
    assert_eq!(finish(&world, &mario, &slot, &sha256(b"altro")).await.wrong_fields(), ["/file_hash"]);
}

fn sha256(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn nobody_hoards_uploads(world: World) {
    let (mario, anna) = (world.mario().await, world.anna().await);
    for _ in 0..100 {
        begin(&world, &mario, &announced("a.pdf", 10)).await;
    }
    world.call("POST", &format!("{HERE}/api/uploads")).by(&mario).json(&announced("a.pdf", 10)).send().await.expect(422);
    begin(&world, &anna, &announced("a.pdf", 10)).await;
}

/// A draft with these uploads in its form.
async fn draft(world: &World, person: &Person, slots: &[&Slot]) -> Answer {
    let body = json!({ "service": "prova", "status": "1000", "data": { "files": form_files(slots) } });
    world.call("POST", &format!("{HERE}/api/applications")).by(person).json(&body).send().await
}

fn form_files(slots: &[&Slot]) -> Vec<Value> {
    let file =
        |slot: &&Slot| json!({ "id": slot.id, "originalName": "a.pdf", "name": "a1b2.pdf", "size": PDF.len(), "storage": "url" });
    slots.iter().map(file).collect()
}

async fn complete(world: &World, person: &Person) -> Slot {
    let slot = begin(world, person, &announced("a.pdf", PDF.len())).await;
    send(world, &slot, PDF).await.expect(200);
    slot
}

async fn an_application_takes_its_applicant_s_uploads(world: World) {
    let mario = world.mario().await;
    let (first, second) = (complete(&world, &mario).await, complete(&world, &mario).await);
    let made = draft(&world, &mario, &[&first]).await.expect(201);
    assert_eq!((&made["attachments"][0]["id"], &made["attachments"][0]["originalName"]), (&json!(first.id), &json!("a.pdf")));
    let path = format!("{HERE}/api/applications/{}", made["id"].as_str().unwrap());
    let address = made["attachments"][0]["url"].as_str().unwrap().strip_prefix(world.app.public_url()).unwrap().to_owned();
    assert_eq!(world.call("GET", &address).by(&mario).send().await.bytes, PDF);
    // It is no upload any more.
    read(&world, &mario, &first).await.expect(404);
    send(&world, &first, PDF).await.expect(422);
    // Saved again, with one more.
    for _ in 0..2 {
        let body = json!({ "data": { "files": form_files(&[&first, &second]) } });
        let saved = world.call("PUT", &path).by(&mario).json(&body).send().await.expect(200);
        let ids: Vec<_> = saved["attachments"].as_array().unwrap().iter().map(|file| file["id"].clone()).collect();
        assert_eq!(ids, [first.id.as_str(), second.id.as_str()]);
    }
}

async fn an_application_takes_nothing_else(world: World) {
    let (mario, anna) = (world.mario().await, world.anna().await);
    let unsent = begin(&world, &mario, &announced("a.pdf", PDF.len())).await;
    let anna_s = complete(&world, &anna).await;
    let invented = Slot { id: "99999999-2222-4333-8444-555555555599".into(), address: String::new() };
    for slot in [&unsent, &anna_s, &invented] {
        draft(&world, &mario, &[slot]).await.expect(422);
    }
    let used = complete(&world, &mario).await;
    draft(&world, &mario, &[&used]).await.expect(201);
    draft(&world, &mario, &[&used]).await.expect(422);
    let old = complete(&world, &mario).await;
    world.clock.advance(SignedDuration::from_hours(24));
    draft(&world, &mario, &[&old]).await.expect(422);
    // A file of a message is no answer to a form.
    let application = world.draft(&mario).await;
    let file = message_with_file(&world, &mario, &application).await;
    draft(&world, &mario, &[&Slot { id: file, address: String::new() }]).await.expect(422);
}

async fn unused_uploads_go_after_a_day_and_used_ones_stay(world: World) {
    let (mario, anna) = (world.mario().await, world.anna().await);
    let mut slots = Vec::new();
    for _ in 0..3 {
        let slot = begin(&world, &mario, &announced("a.pdf", PDF.len())).await;
        send(&world, &slot, PDF).await.expect(200);
        slots.push(slot);
    }
    begin(&world, &mario, &announced("mai-inviato.pdf", PDF.len())).await;
    let application = world.draft(&mario).await;
    let used = message_with_file(&world, &mario, &application).await;
    assert_eq!(world.files().await.len(), 4);

    world.clock.advance(SignedDuration::from_hours(24));
    world.job("remove-unused-uploads").await;
    assert_eq!(world.files().await.len(), 4, "a day is not over yet for certain");
    let late = begin(&world, &anna, &announced("a.pdf", PDF.len())).await;
    world.clock.advance(SignedDuration::from_hours(2));
    world.job("remove-unused-uploads").await;
    let files = world.files().await;
    assert!(files.len() == 1 && files[0].ends_with(&used), "{files:?}");
    read(&world, &mario, &slots[0]).await.expect(404);
    let path = format!("{HERE}/api/applications/{application}/attachments/{used}");
    assert_eq!(world.call("GET", &path).by(&mario).send().await.bytes, PDF);
    // Two hours old: its address has expired, it has not.
    finish(&world, &anna, &late, "").await.expect(422);
}

async fn message_with_file(world: &World, person: &Person, application: &str) -> String {
    let body = json!({ "message": "Ecco il documento.", "attachments": [crate::harness::inline("a.pdf", PDF)] });
    let path = format!("{HERE}/api/applications/{application}/messages");
    let message = world.call("POST", &path).by(person).json(&body).send().await.expect(201);
    let (id, file): (ApplicationId, AttachmentId) =
        (application.parse().unwrap(), message["attachments"][0]["id"].as_str().unwrap().parse().unwrap());
    assert_eq!(message["application"], json!(id));
    file.to_string()
}
