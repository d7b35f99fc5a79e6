//! Fetching files: from our own platform, from others', and from nowhere else.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::on_both_engines;
use crate::world::{API, BUGLIANO, World};

on_both_engines!(
    files_come_whole_from_our_platform,
    a_large_file_gives_its_place_to_the_next,
    a_file_that_is_not_the_documents_is_not_registered,
    a_file_that_is_too_large_is_not_registered,
    files_of_another_platform_come_with_a_token,
    nothing_is_fetched_from_elsewhere,
    an_administrator_has_files_fetched_only_where_the_installation_says,
);

/// The file of a document's address.
fn set_file(world: &World, url: &Value, content: impl Into<Bytes>) {
    let name = url.as_str().unwrap().rsplit('/').next().unwrap().split('?').next().unwrap();
    world.files.lock().unwrap().insert(name.to_owned(), content.into());
}

async fn files_come_whole_from_our_platform(world: World) {
    let document = world.document();
    let content: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    set_file(&world, &document["main_document"]["url"], content.clone());
    world.publish("documents", &document).await;
    world.registered(&document).await;
    assert_eq!(world.ledger("accepted", "document").await[0]["sha256"], sha256(&content));
}

async fn a_large_file_gives_its_place_to_the_next(world: World) {
    // More than may be in memory at a time.
    let documents: Vec<_> = (0..10).map(|_| world.document()).collect();
    for document in &documents {
        set_file(&world, &document["main_document"]["url"], vec![b'%'; 2_000_000]);
        world.publish("documents", document).await;
    }
    for document in &documents {
        world.registered(document).await;
    }
}

async fn a_file_that_is_not_the_documents_is_not_registered(world: World) {
    let mut document = world.document();
    set_file(&world, &document["main_document"]["url"], "contenuto");
    // MD5 of another text.
    document["main_document"]["md5"] = json!("900150983cd24fb0d6963f7d28e17f72");
    world.publish("documents", &document).await;
    world.last_event("retry_queue", &document, "REGISTRATION_FAILED").await;
    assert_eq!(world.ledger("accepted", "document").await.len(), 0);
    set_file(&world, &document["main_document"]["url"], "abc");
    world.wait_for_retry().await;
    world.registered(&document).await;
}

async fn a_file_that_is_too_large_is_not_registered(world: World) {
    let document = world.document();
    set_file(&world, &document["attachments"][1]["url"], vec![b'x'; 25 * 1024 * 1024 + 1]);
    world.publish("documents", &document).await;
    world.last_event("retry_queue", &document, "PARTIAL_REGISTRATION").await;
    assert_eq!(world.ledger("accepted", "attachment").await.len(), 1);
    world.counted("oc_document_internal_errors_total", 1.0).await;
}

/// A platform that is not ours, on a port of its own; notes what it was asked.
struct Elsewhere {
    address: SocketAddr,
    asked: Asked,
}

type Asked = Arc<Mutex<Vec<String>>>;

impl Elsewhere {
    async fn start() -> Self {
        async fn auth(State(asked): State<Asked>, body: String) -> impl IntoResponse {
            asked.lock().push(format!("auth {body}"));
            (StatusCode::OK, [("content-type", "application/json")], r#"{"token":"eyJ.abc.def"}"#)
        }
        async fn file(State(asked): State<Asked>, headers: HeaderMap) -> impl IntoResponse {
            let bearer = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
            asked.lock().push(format!("file {}", bearer.clone().unwrap_or_default()));
            if bearer.as_deref() == Some("Bearer eyJ.abc.def") { Ok("altrove") } else { Err(StatusCode::UNAUTHORIZED) }
        }
        let asked = Asked::default();
        let router = Router::new()
            .route("/lang/api/auth", post(auth))
            .route("/lang/api/applications/{id}/attachments/{attachment}", get(file))
            .with_state(Arc::clone(&asked));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, asked }
    }

    /// A document whose files are here.
    fn document(&self, world: &World) -> Value {
        let mut document = world.document();
        for file in ["/main_document/url", "/attachments/0/url", "/attachments/1/url"] {
            let url = format!("http://{}/lang/api/applications/1/attachments/2?version=1", self.address);
            *document.pointer_mut(file).unwrap() = json!(url);
        }
        document
    }
}

async fn files_of_another_platform_come_with_a_token(world: World) {
    let elsewhere = Elsewhere::start().await;
    let base = json!({ "base_url": format!("http://{}/lang", elsewhere.address) });
    world.call("PATCH", &format!("{API}/tenants/{BUGLIANO}"), &base).await.expect(200);
    let document = elsewhere.document(&world);
    world.publish("documents", &document).await;
    world.registered(&document).await;
    let asked = elsewhere.asked.lock().clone();
    assert_eq!(asked[..2], [r#"auth {"password":"segreto","username":"proxy"}"#, "file Bearer eyJ.abc.def"]);
    assert_eq!(world.ledger("accepted", "document").await[0]["sha256"], sha256(b"altrove"));
}

async fn an_administrator_has_files_fetched_only_where_the_installation_says(world: World) {
    let elsewhere = Elsewhere::start().await;
    let admin = world.token(BUGLIANO, &["ROLE_ADMIN"]);
    let path = format!("{API}/tenants/{BUGLIANO}");
    let stored = world.call("GET", &path, &Value::Null).await.expect(200);
    let base = json!({ "base_url": format!("http://{}/lang", elsewhere.address) });
    let mut whole = stored.clone();
    whole["base_url"] = base["base_url"].clone();
    for (method, path, body) in [("PATCH", &*path, &base), ("PUT", &path, &whole), ("POST", &format!("{API}/tenants"), &whole)] {
        let refused = world.call_by(&admin, method, path, body).await.expect(422);
        assert_eq!(refused["errors"][0]["field"], "/base_url", "{method}: {refused}");
    }
    assert_eq!(world.call("GET", &path, &Value::Null).await.expect(200)["base_url"], stored["base_url"]);
    let own = json!({ "base_url": format!("{}/comune-di-bugliano/it", world.app.public_url()) });
    world.call_by(&admin, "PATCH", &path, &own).await.expect(200);
    assert_eq!(*elsewhere.asked.lock(), Vec::<String>::new());
}

async fn nothing_is_fetched_from_elsewhere(world: World) {
    // The tenant's files are ours, the event says otherwise: neither file nor credentials go there.
    let elsewhere = Elsewhere::start().await;
    let mut others = world.document();
    others["attachments"][0]["url"] =
        json!(format!("{}/comune-di-vallelaghi/api/applications/1/attachments/2", world.app.public_url()));
    let foreign = elsewhere.document(&world);
    world.publish("documents", &foreign).await;
    world.publish("documents", &others).await;
    world.last_event("retry_queue", &foreign, "REGISTRATION_FAILED").await;
    world.last_event("retry_queue", &others, "PARTIAL_REGISTRATION").await;
    assert_eq!(*elsewhere.asked.lock(), Vec::<String>::new());
}

/// Digest as the ledger writes it.
fn sha256(content: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
