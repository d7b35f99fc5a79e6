//! Documents registered per second with the sandbox: each with one attachment, its folder opened and filed in it. By the proxy alone, and
//! by the whole platform with the strict stand-in.

mod alone;

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kernel::Rng;
use serde_json::{Value, json};

use crate::http::Client;
use crate::server::Server;
use crate::world::{self, API, SERVICE};

/// Documents of the proxy alone.
const ALONE: usize = 10_000;
/// Documents of the measured run, and those before it.
const DOCUMENTS: u32 = 3_000;
const WARM: u32 = 200;
/// How long nothing may be registered before the run is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs it.
pub fn run() {
    alone::run(ALONE);
    let server = Server::start();
    let world = world::settle(&server);
    let mut client = Client::connect(server.url());
    let model = model(&mut client, &world);
    register(&server, &mut client, &model, WARM);
    server.rest();

    let cpu = server.cpu();
    let elapsed = register(&server, &mut client, &model, DOCUMENTS);
    let cpu = server.cpu() - cpu;
    println!(
        "registry: {:.0} documents/s ({DOCUMENTS} in {:.1} s), {:.0} per second of CPU ({:.2} ms each, platform and stand-in included)",
        f64::from(DOCUMENTS) / elapsed.as_secs_f64(),
        elapsed.as_secs_f64(),
        f64::from(DOCUMENTS) / cpu.as_secs_f64(),
        cpu.as_secs_f64() * 1000.0 / f64::from(DOCUMENTS),
    );
    println!("memory: {:.0} MB at most", server.peak_memory_mb());
}

/// A document of an application that was really submitted: its file is the one of all others.
fn model(client: &mut Client, world: &world::World) -> Value {
    let citizen = &world.citizens[0];
    let answers: Value =
        serde_json::from_str(&citizen.answers.to_string().replace(world::NUMBER, "1")).expect("answers are JSON");
    let new = json!({ "service": SERVICE, "status": "1900", "data": answers });
    let id = client.call("POST", &format!("{API}/applications"), Some(&citizen.token), &new)["id"].clone();
    let path = format!("{API}/applications/{}", id.as_str().expect("an application has an id"));
    let began = Instant::now();
    let application = loop {
        let application = client.call("GET", &path, Some(&world.admin), &Value::Null);
        if !application["protocol_number"].is_null() {
            break application;
        }
        assert!(began.elapsed() < PATIENCE, "the application is not registered");
        std::thread::sleep(Duration::from_millis(20));
    };
    let file = &application["compiled_modules"][0];
    let file = json!({
        "name": file["name"], "description": file["description"], "mime_type": "application/pdf", "url": file["url"],
        "md5": file["md5"], "filename": file["name"]
    });
    let mut document: Value =
        serde_json::from_str(include_str!("../../../contracts/samples/documents/1/created.json")).expect("the sample is JSON");
    document["tenant_id"] = application["tenant"].clone();
    document["owner_id"] = application["user"].clone();
    document["remote_collection"]["id"] = application["service_id"].clone();
    document["main_document"] = file.clone();
    document["attachments"] = json!([file]);
    document
}

/// Has as many documents registered, each of an application of its own; gives how long that takes from the first event on.
fn register(server: &Server, client: &mut Client, model: &Value, count: u32) -> Duration {
    let rng = Rng::system();
    let mut events = String::new();
    for _ in 0..count {
        let mut document = model.clone();
        for name in ["id", "event_id", "remote_id"] {
            document[name] = json!(rng.uuid());
        }
        events.push_str(&document.to_string());
        events.push('\n');
    }
    let before = registered(client);
    let began = Instant::now();
    write(server, &events);
    let (mut seen, mut moved) = (before, Instant::now());
    while seen < before + count {
        std::thread::sleep(Duration::from_millis(50));
        let now = registered(client);
        if now > seen {
            (seen, moved) = (now, Instant::now());
        }
        assert!(moved.elapsed() < PATIENCE, "{} of {count} documents are registered", seen - before);
    }
    began.elapsed()
}

/// How many documents the sandbox's proxy has registered, as its metric says.
fn registered(client: &mut Client) -> u32 {
    let request = client.request("GET", "/metrics", None, "");
    let (status, answer) = client.send(&request);
    assert_eq!(status, 200, "the metrics");
    let text = String::from_utf8_lossy(answer);
    let lines = text.lines().filter(|line| line.starts_with("oc_document_success_events_total{") && line.contains("sandbox"));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>() as u32
}

/// Puts events into the topic of documents, beside the running server.
fn write(server: &Server, events: &str) {
    let mut command = Command::new(testkit::program());
    command.args(["topics", "write", "documents"]).envs(server.place()).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut writer = command.spawn().expect("the program runs");
    writer.stdin.take().expect("it reads").write_all(events.as_bytes()).expect("it takes the events");
    assert!(writer.wait().expect("it ends").success(), "the events are written");
}
