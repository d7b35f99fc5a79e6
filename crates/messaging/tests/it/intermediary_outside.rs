//! The regional intermediary and what it does not keep itself: an app that fails in every way, and folders of files.

use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::intermediary::{csv, total};
use crate::on_both_engines;
use crate::world::{BUGLIANO, World, citizen};

on_both_engines!(
    what_may_have_been_sent_is_not_sent_again,
    an_answer_that_meets_every_row_stops_the_lot,
    an_app_that_counts_calls_is_heard,
    i7_files_come_and_outcomes_go
);

/// The messages that an app was asked to take: whose, and how many times.
type Asked = Arc<Mutex<Vec<String>>>;

/// An app that knows no `Idempotency-Key`. Citizens by their last digit: 1 fails after having taken the message perhaps, 2 is refused, 3 is
/// put off once, 4 meets every row.
async fn take(State(asked): State<Asked>, Json(message): Json<Value>) -> Response {
    let code = message["fiscal_code"].as_str().unwrap().to_owned();
    let mut asked = asked.lock().unwrap();
    asked.push(code.clone());
    let times = asked.iter().filter(|other| **other == code).count();
    match (code.as_bytes()[14], times) {
        (b'1', 1) => StatusCode::BAD_GATEWAY.into_response(),
        (b'2', _) => (StatusCode::BAD_REQUEST, Json(json!({ "title": "Invalid", "detail": "no" }))).into_response(),
        (b'3', 1) => (StatusCode::TOO_MANY_REQUESTS, [("x-rate-limit-retry-after", "20")], Json(json!({}))).into_response(),
        (b'4', 1) => {
            (StatusCode::FORBIDDEN, Json(json!({ "title": "You are not allowed here", "detail": "IP" }))).into_response()
        }
        _ => (StatusCode::CREATED, Json(json!({ "id": format!("of-{code}") }))).into_response(),
    }
}

/// A process of its own for the intermediary, whose app is this one.
async fn with_app(mut world: World) -> (World, Asked) {
    let asked = Asked::default();
    let app = Router::new()
        .route("/profiles", post(async || Json(json!({ "sender_allowed": true }))))
        .route("/messages", post(take))
        .route("/messages/{code}/{id}", get(async |Path((_, _)): Path<(String, String)>| Json(json!({ "status": "PROCESSED" }))))
        .with_state(Arc::clone(&asked));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    world.halt().await;
    let world = world.another(&[("SPORTELLO_IOSERVICE_UPSTREAM_URL", &url)]).await;
    (world, asked)
}

async fn release(world: &World, rows: &[u8]) -> Value {
    let lot = world.hand_in(&csv(rows.iter().copied().map(citizen))).await;
    world.order(&lot, "release").await;
    lot
}

async fn what_may_have_been_sent_is_not_sent_again(world: World) {
    let (world, asked) = with_app(world).await;
    let lot = release(&world, &[0, 1, 2]).await;
    let done = world.lot_until(&lot, |lot| lot["state"] == "CONCLUSO" && total(lot, "INVIATO") == 0).await;
    assert_eq!((total(&done, "CONSEGNATO"), total(&done, "INCERTO"), total(&done, "FALLITO")), (1, 1, 1), "{done}");
    assert_eq!(asked.lock().unwrap().len(), 3, "each row was sent once");

    let row = format!("/lots/{}/rows/2", lot["id"].as_str().unwrap());
    let refused = world.body("POST", &row.replace("/2", "/1"), &json!({ "command": "resend" })).answer().await.expect(409);
    assert_eq!(refused["type"], "/errors/ioservice-no-transition", "only an uncertain row is decided about");
    world.body("POST", &row, &json!({ "command": "resend", "reason": "non è arrivato" })).answer().await.expect(200);
    let done = world.lot_until(&lot, |lot| lot["state"] == "CONCLUSO" && total(lot, "CONSEGNATO") == 2).await;
    assert_eq!((total(&done, "INCERTO"), asked.lock().unwrap().len()), (0, 4));
}

async fn an_answer_that_meets_every_row_stops_the_lot(world: World) {
    let (world, asked) = with_app(world).await;
    let lot = release(&world, &[4]).await;
    let stopped = world.lot_until(&lot, |lot| lot["state"] == "FERMATO").await;
    assert!(stopped["reason"].as_str().unwrap().contains("You are not allowed here"), "{stopped}");
    assert_eq!(total(&stopped, "IN_CODA"), 1);
    world.order(&lot, "resume").await;
    world.lot_until(&lot, |lot| total(lot, "CONSEGNATO") == 1).await;
    assert_eq!(asked.lock().unwrap().len(), 2);
}

async fn an_app_that_counts_calls_is_heard(world: World) {
    let (world, asked) = with_app(world).await;
    let began = world.clock.now();
    let lot = release(&world, &[3]).await;
    world.lot_until(&lot, |lot| total(lot, "CONSEGNATO") == 1).await;
    assert_eq!(asked.lock().unwrap().len(), 2);
    assert!(world.clock.now().since(began) >= SignedDuration::from_secs(20), "the app said how long to wait");
}

async fn i7_files_come_and_outcomes_go(mut world: World) {
    let folder = tempfile::tempdir().unwrap();
    world.halt().await;
    let world = world.another(&[("SPORTELLO_IOSERVICE_INBOX", folder.path().to_str().unwrap())]).await;
    let mut service = world.service_called("Avvisi del Comune").await;
    let path = format!("/services/{}", service["id"].as_str().unwrap());
    service["connector"] = json!("FILE");
    world.body("PUT", &path, &service).answer().await.expect(200);
    world.body("POST", &format!("{path}/command"), &json!({ "command": "approve" })).answer().await.expect(200);
    let listed = world.service_called("Avvisi del Comune").await;
    let own = folder.path().join(listed["folder"].as_str().unwrap());
    assert!(own.ends_with(format!("{BUGLIANO}/{}", service["service_code"].as_str().unwrap())));
    world.job("ioservice-files").await;

    let body = csv([citizen(0), citizen(1)]);
    let write = |name: &str, text: &str| std::fs::write(own.join("in").join(name), text).unwrap();
    write("lotto.csv", &body);
    world.job("ioservice-files").await;
    assert!(own.join("in/lotto.csv").exists(), "a file without its checksum is not whole");
    write("lotto.csv.sha256", &format!("{}  lotto.csv\n", hex::encode(Sha256::digest(&body))));
    write("rotto.csv", &body);
    write("rotto.csv.sha256", &"0".repeat(64));
    world.job("ioservice-files").await;
    assert!(own.join("done/lotto.csv").exists() && own.join("done/rotto.csv").exists());
    assert!(std::fs::read_to_string(own.join("out/rotto.csv.errore.txt")).unwrap().contains("checksum"));

    let lots = world.body("GET", "/lots", &Value::Null).answer().await.expect(200);
    assert_eq!(lots["items"].as_array().unwrap().len(), 1);
    let lot = &lots["items"][0];
    world.lot_until(lot, |lot| lot["state"] == "CONCLUSO" && total(lot, "INVIATO") == 0).await;
    world.job("ioservice-files").await;
    let outcomes = std::fs::read_to_string(own.join("out/lotto.csv.esiti.csv")).unwrap();
    assert!(
        outcomes.contains(&format!("1;{};CONSEGNATO", citizen(0)))
            && outcomes.contains(&format!("2;{};NON_ISCRITTO", citizen(1))),
        "{outcomes}"
    );

    write("di-nuovo.csv", &body);
    write("di-nuovo.csv.sha256", &hex::encode(Sha256::digest(&body)));
    world.job("ioservice-files").await;
    assert!(std::fs::read_to_string(own.join("out/di-nuovo.csv.errore.txt")).unwrap().contains("due volte"));
}
