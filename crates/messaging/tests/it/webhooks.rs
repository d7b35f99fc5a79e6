//! A sender that wants to be told is told, signed, until it has heard.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use http::{HeaderMap, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::on_both_engines;
use crate::world::{World, citizen, message};

on_both_engines!(a_sender_is_told_with_a_signature_until_it_has_heard, addresses_inside_the_network_are_refused);

type Heard = Arc<Mutex<Vec<(HeaderMap, String)>>>;

async fn hear(State(heard): State<Heard>, headers: HeaderMap, body: String) -> StatusCode {
    let mut heard = heard.lock().unwrap();
    heard.push((headers, body));
    // The first call is answered by a failure.
    if heard.len() == 1 { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::NO_CONTENT }
}

/// The first service of the demo's first organisation.
async fn service(world: &World) -> String {
    let list = world.send("demo-manage-key", "GET", "/manage/services", &Value::Null).answer().await.expect(200);
    let services = list["value"].as_array().unwrap();
    let found = services.iter().find(|service| service["name"] == "Avvisi del Comune").unwrap();
    found["id"].as_str().unwrap().to_owned()
}

async fn a_sender_is_told_with_a_signature_until_it_has_heard(world: World) {
    let heard = Heard::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let router = Router::new().route("/hook", post(hear)).with_state(Arc::clone(&heard));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let path = format!("/manage/services/{}/webhook", service(&world).await);
    let set = world.send("demo-manage-key", "PUT", &path, &json!({ "url": url })).answer().await.expect(200);
    let secret = set["secret"].as_str().unwrap().to_owned();
    let id = world.submit("demo-use-key", &message(1)).await;
    world.decided("demo-use-key", &citizen(1), &id).await;
    world.eventually("the first call", async || (!heard.lock().unwrap().is_empty()).then_some(())).await;
    world
        .eventually("the second call", async || {
            world.clock.advance(SignedDuration::from_secs(2));
            (heard.lock().unwrap().len() == 2).then_some(())
        })
        .await;
    let calls = heard.lock().unwrap().clone();
    assert_eq!(calls[0].0["webhook-id"], calls[1].0["webhook-id"], "each attempt is known by the same name");
    for (headers, body) in &calls {
        let header = |name: &str| headers[name].to_str().unwrap();
        let signed = format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp"));
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(signed.as_bytes());
        assert_eq!(header("webhook-signature"), format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())));
        let told: Value = serde_json::from_str(body).unwrap();
        assert_eq!((&told["type"], &told["data"]["id"]), (&json!("message.status"), &json!(id)));
        assert_eq!((&told["data"]["status"], &told["data"]["rejection_reason"]), (&json!("REJECTED"), &json!("USER_NOT_FOUND")));
        assert!(!body.contains("AAAAAA00"), "nobody is named");
    }
    world.send("demo-manage-key", "DELETE", &path, &Value::Null).answer().await.expect(204);
    let id = world.submit("demo-use-key", &message(0)).await;
    world.decided("demo-use-key", &citizen(0), &id).await;
    assert_eq!(world.count("SELECT count(*) FROM tasks WHERE queue = 'messaging-webhooks'").await, 0);
}

async fn addresses_inside_the_network_are_refused(world: World) {
    let path = format!("/manage/services/{}/webhook", service(&world).await);
    for url in [
        "https://10.0.0.1/",
        "https://169.254.169.254/",
        "http://example.org/",
        "https://user@example.org/",
        "ftp://example.org",
        "x",
        "https://[::ffff:10.0.0.1]/",
    ] {
        let refused = world.send("demo-manage-key", "PUT", &path, &json!({ "url": url })).answer().await;
        refused.refused(400, "Bad Request");
    }
}
