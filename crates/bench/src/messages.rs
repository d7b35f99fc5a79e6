//! Messages accepted per second with their durable storing, and how long each takes from its 201 to the citizen's inbox at that load.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::Client;
use crate::lots;
use crate::pipeline::percentile;
use crate::server::Server;
use crate::world;

/// Connections that send, and messages over each.
const CONNECTIONS: usize = 64;
const EACH: usize = 1_500;
/// The demo's citizen who takes every message.
const CITIZEN: &str = "AAAAAA00A00A000A";
const API: &str = "/io/api/v1";

/// Runs it.
pub fn run() {
    let server = Server::start();
    let mut client = Client::connect(server.url());
    let key = settle(&mut client);
    send(&server, &key, 100);
    server.rest();

    let cpu = server.cpu();
    let done = AtomicBool::new(false);
    let (took, elapsed, delivered) = std::thread::scope(|scope| {
        let watched = scope.spawn(|| watch(&server, &key, &done));
        let (took, elapsed) = send(&server, &key, EACH);
        done.store(true, Ordering::Relaxed);
        (took, elapsed, watched.join().expect("the watched messages"))
    });
    let drained = Instant::now();
    server.rest();
    let cpu = (server.cpu() - cpu).as_secs_f64() / took.len() as f64 * 1_000_000.0;
    println!(
        "POST {API}/messages: {:.0}/s by {CONNECTIONS} connections; latency p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms; {cpu:.0} us of CPU each, processing included",
        took.len() as f64 / elapsed.as_secs_f64(),
        percentile(&took, 50),
        percentile(&took, 99),
        percentile(&took, 100),
    );
    println!(
        "from 201 to PROCESSED at that load: p50 {:.0} ms, p99 {:.0} ms, most {:.0} ms ({} watched); at rest {:.1} s after the last",
        percentile(&delivered, 50),
        percentile(&delivered, 99),
        percentile(&delivered, 100),
        delivered.len(),
        drained.elapsed().as_secs_f64(),
    );
    lots::run(&server);
    println!("memory: {:.0} MB at most", server.peak_memory_mb());
}

/// An organisation without a limit of calls, and its service; gives the key.
fn settle(client: &mut Client) -> String {
    let admin = world::token(client, "admin", "demo");
    let account = json!({
        "id": "benchmark", "name": "Comune di Bugliano", "fiscal_code": "00337460224", "email": "io@bugliano.example.it",
        "groups": ["ApiMessageWrite", "ApiMessageRead", "ApiLimitedProfileRead", "ApiServiceWrite", "ApiNoRateLimit"]
    });
    let account = client.call("POST", "/io/admin/v1/accounts", Some(&admin), &account);
    let manage = account["primary_key"].as_str().expect("a key").to_owned();
    let service = json!({
        "name": "Avvisi", "description": "Avvisi del Comune.",
        "organization": { "name": "Comune di Bugliano", "fiscal_code": "00337460224" },
        "metadata": { "scope": "LOCAL", "topic_id": 0 }
    });
    let service = keyed(client, &manage, "POST", "/manage/services", &service);
    let path = format!("/manage/services/{}/keys", service["id"].as_str().expect("a service has an id"));
    let keys = keyed(client, &manage, "GET", &path, &Value::Null);
    keys["primary_key"].as_str().expect("a key").to_owned()
}

fn keyed(client: &mut Client, key: &str, method: &str, path: &str, body: &Value) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = client.keyed_request(method, &format!("{API}{path}"), key, &body);
    let (status, answer) = client.send(&request);
    assert!((200..300).contains(&status), "{method} {path}: {status} {}", String::from_utf8_lossy(answer));
    serde_json::from_slice(answer).unwrap_or_default()
}

fn message() -> Value {
    json!({
        "fiscal_code": CITIZEN,
        "content": { "subject": "Scadenza della rata unica", "markdown": "La rata unica scade il 16 giugno. ".repeat(12) }
    })
}

/// Sends from every connection at once. Gives how long each took, in order, and all of them.
fn send(server: &Server, key: &str, each: usize) -> (Vec<Duration>, Duration) {
    let began = Instant::now();
    let mut took: Vec<Duration> = std::thread::scope(|scope| {
        let sent = || {
            let mut client = Client::connect(server.url());
            let request = client.keyed_request("POST", &format!("{API}/messages"), key, &message().to_string());
            let one = |_| {
                let began = Instant::now();
                let (status, answer) = client.send(&request);
                assert_eq!(status, 201, "{}", String::from_utf8_lossy(answer));
                began.elapsed()
            };
            (0..each).map(one).collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(sent)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a sender's requests")).collect()
    });
    let elapsed = began.elapsed();
    took.sort_unstable();
    (took, elapsed)
}

/// Sends one message after the other and looks until each is in the inbox.
fn watch(server: &Server, key: &str, done: &AtomicBool) -> Vec<Duration> {
    let mut client = Client::connect(server.url());
    let mut took = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let id = keyed(&mut client, key, "POST", "/messages", &message())["id"].as_str().expect("an id").to_owned();
        let accepted = Instant::now();
        let path = format!("/messages/{CITIZEN}/{id}");
        while keyed(&mut client, key, "GET", &path, &Value::Null)["status"] != "PROCESSED" {
            assert!(accepted.elapsed() < Duration::from_secs(120), "a message is not processed");
            std::thread::sleep(Duration::from_millis(2));
        }
        took.push(accepted.elapsed());
    }
    took.sort_unstable();
    took
}
