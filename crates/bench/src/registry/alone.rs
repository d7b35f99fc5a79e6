//! One registry proxy by itself: in this process, at a registry that answers at once and a platform that has every file.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use contracts::topic;
use kernel::{Rng, Uuid};
use serde_json::{Value, json};
use storage::params;

use crate::cpu_s;
use crate::installation::Installation;

/// The proxy under test, and the name under which it reads.
const PROXY: &str = "registry-proxy-sandbox";
const CONSUMER: &str = "sandbox-registry-proxy";
/// Bodies: a proxy does a few documents of each at a time.
const BODIES: usize = 16;
/// Bytes of a file, as many as a filled-in form has.
const FILE: usize = 35_000;
/// Longest that the run may take.
const DEADLINE: Duration = Duration::from_secs(300);

/// Runs it with `count` documents.
pub fn run(count: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(alone(count));
}

async fn alone(count: usize) {
    let asked = Asked::default();
    let context = |app: &runtime::App, settings: &mut runtime::Settings| registry::roles(app, registry::Config::read(settings));
    let installation = Installation::new(PROXY, registry::MIGRATIONS, context, asked.routes(), Vec::new()).await;
    let bodies: Vec<Uuid> = (0..BODIES).map(|_| installation.app.rng().uuid()).collect();
    for (number, body) in bodies.iter().enumerate() {
        configure(&installation, *body, number).await;
    }
    publish(&installation, &bodies, count).await;

    let (began, cpu) = (Instant::now(), cpu_s());
    let running = installation.run().await;
    while !is_idle(&installation).await {
        assert!(began.elapsed() < DEADLINE, "the proxy does not come to an end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (elapsed, cpu) = (began.elapsed().as_secs_f64(), cpu_s() - cpu);
    installation.stop(running).await;

    let registered = installation.count("SELECT count(*) FROM registry_documents WHERE state = 'complete'").await;
    assert_eq!(registered, count, "each document is registered");
    asked.assert_once(count);
    println!(
        "the proxy alone: {:.0} documents per CPU-second ({:.0} us each), {:.0} a second ({count} in {elapsed:.1} s)",
        count as f64 / cpu,
        cpu / count as f64 * 1e6,
        count as f64 / elapsed
    );
}

async fn configure(installation: &Installation, body: Uuid, number: usize) {
    let slug = format!("comune-{number}");
    let tenant = json!({
        "id": body, "description": slug, "slug": slug, "institution_code": format!("c_{number}"), "aoo_code": "AOO1",
        "base_url": format!("{}/{slug}", installation.app.public_url())
    });
    let service = json!({
        "id": body, "tenant_id": body, "description": "Occupazione di suolo pubblico", "is_active": true,
        "registry": { "register": "PROTOCOLLO", "classification_hierarchy": "6.3.4" }
    });
    for (what, configuration) in [("tenants", tenant), ("services", service)] {
        let path = format!("/registry-proxy/sandbox/v1/{what}");
        installation.call_of(&body.to_string(), "POST", &path, &configuration).await.expect(201);
    }
}

/// Puts documents into the log, each of an application of its own, with a main file and an attachment.
async fn publish(installation: &Installation, bodies: &[Uuid], count: usize) {
    let model: Value = serde_json::from_str(include_str!("../../../contracts/samples/documents/1/created.json")).expect("JSON");
    let (app, mut left) = (&installation.app, count);
    while left > 0 {
        let now = app.clock().now();
        let batch: Vec<_> = (0..left.min(500))
            .map(|number| {
                let body = number % bodies.len();
                document(&model, bodies[body], &format!("{}/comune-{body}", app.public_url()), app.rng())
            })
            .collect();
        left -= batch.len();
        let write = move |tx: &mut storage::Tx<'_>| {
            batch.iter().try_for_each(|(id, key, text)| tx.append(topic::DOCUMENTS, &key.to_string(), *id, text, now))
        };
        app.db().write(write).await.expect("the log takes events");
    }
}

fn document(model: &Value, body: Uuid, base: &str, rng: &Rng) -> (kernel::EventId, Uuid, String) {
    let (event, application) = (rng.uuid(), rng.uuid());
    let mut document = model.clone();
    document["id"] = json!(rng.uuid());
    document["event_id"] = json!(event);
    document["remote_id"] = json!(application);
    document["tenant_id"] = json!(body);
    // Each body has one service, of the same name.
    document["remote_collection"]["id"] = json!(body);
    document["attachments"].as_array_mut().expect("a list").truncate(1);
    for file in ["/main_document/url", "/attachments/0/url"] {
        let url = format!("{base}/api/applications/{application}/attachments/{}?version=2", rng.uuid());
        *document.pointer_mut(file).expect("a file has an address") = json!(url);
    }
    (kernel::EventId(event), application, document.to_string())
}

async fn is_idle(installation: &Installation) -> bool {
    let look = installation.app.db().read(|tx| {
        let last: i64 =
            tx.one("SELECT max(position) FROM events WHERE topic = $1", params![topic::DOCUMENTS], |row| row.get(0))?;
        let read = tx.consumer_position(CONSUMER, topic::DOCUMENTS)?;
        let open = tx.optional("SELECT 1 FROM tasks LIMIT 1", params![], |_| Ok(()))?;
        storage::Result::Ok(read >= last && open.is_none())
    });
    look.await.expect("the database answers")
}

/// What the registry was asked, by the key that every step has.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<HashMap<String, u32>>>);

impl Asked {
    fn routes(&self) -> Router {
        Router::new()
            .route("/demo/registry/{office}/{*what}", post(answer))
            .with_state(self.clone())
            .route("/{tenant}/api/applications/{id}/attachments/{attachment}", get(file))
    }

    /// Four steps for each of `count` documents, each once.
    fn assert_once(&self, count: usize) {
        let asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(asked.len() == 4 * count && asked.values().all(|times| *times == 1), "no step is done twice");
    }
}

async fn answer(
    State(asked): State<Asked>,
    Path((_, what)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Json<Value> {
    let key = headers["idempotency-key"].to_str().expect("a key is text").to_owned();
    assert!(!body.is_empty());
    let number = {
        let mut asked = asked.0.lock().unwrap_or_else(PoisonError::into_inner);
        *asked.entry(key).or_default() += 1;
        asked.len()
    };
    Json(match what.as_str() {
        "documents" => {
            json!({ "document_id": format!("D{number}"), "number": number.to_string(), "registered_at": "2026-03-02T10:00:00+01:00" })
        }
        "folders" => json!({ "number": format!("F{number}") }),
        "filings" => json!({}),
        _ => json!({ "attachment_id": format!("A{number}") }),
    })
}

async fn file() -> Bytes {
    Bytes::from_static(&[b'%'; FILE])
}
