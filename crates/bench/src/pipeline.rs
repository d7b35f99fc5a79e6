//! From submission to registration by 8 citizens at once, and `POST /applications` alone.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::Client;
use crate::server::Server;
use crate::world::{self, API, Citizen, SERVICE, World};

/// Applications that each citizen submits for the first number, and creates for the second.
const SUBMITTED: usize = 300;
const CREATED: usize = 2_500;
/// Time in which the allocator gives back what only the start needed.
const SETTLED: Duration = Duration::from_secs(15);
/// The number of the next application.
static NUMBERS: AtomicU32 = AtomicU32::new(10_000_000);

/// Runs it.
pub fn run() {
    let server = Server::start();
    std::thread::sleep(SETTLED);
    let idle = server.memory_mb();
    let world = world::settle(&server);
    // Whatever is done once only, the fonts of the typesetter for instance, is not measured.
    submit_all(&server, &world, 5);

    let cpu = server.cpu();
    let (count, elapsed) = submit_all(&server, &world, SUBMITTED);
    let cpu = (server.cpu() - cpu).as_secs_f64() / count as f64 * 1000.0;
    println!(
        "pipeline: {:.0} applications/s from submission to registration, with the PDF ({count} in {:.1} s; {cpu:.1} ms of CPU each)",
        count as f64 / elapsed.as_secs_f64(),
        elapsed.as_secs_f64(),
    );

    server.rest();
    let cpu = server.cpu();
    let (took, elapsed) = requests(
        &server,
        &world.citizens,
        (1, CREATED),
        |citizen| json!({ "service": SERVICE, "status": "1000", "data": citizen.answers }),
    );
    let cpu = (server.cpu() - cpu).as_secs_f64() / took.len() as f64 * 1_000_000.0;
    println!(
        "POST /applications: {:.0}/s; latency p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms; {cpu:.0} us of CPU each",
        took.len() as f64 / elapsed.as_secs_f64(),
        percentile(&took, 50),
        percentile(&took, 99),
        percentile(&took, 100),
    );
    println!("memory: {idle:.0} MB idle, {:.0} MB at most", server.peak_memory_mb());
}

/// Submits, and waits until everything is registered. Gives how many and how long.
fn submit_all(server: &Server, world: &World, each: usize) -> (usize, Duration) {
    let mut client = Client::connect(server.url());
    let began = Instant::now();
    let (took, _) = requests(
        server,
        &world.citizens,
        (1, each),
        |citizen| json!({ "service": SERVICE, "status": "1900", "data": citizen.answers }),
    );
    // From 1900 they go to 2000, and from there to 3000.
    while ["1900", "2000"].iter().any(|status| any(&mut client, &world.admin, status)) {
        assert!(began.elapsed() < Duration::from_secs(300), "applications are not registered");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(any(&mut client, &world.admin, "3000"), "registered applications are there");
    (took.len(), began.elapsed())
}

/// Whether an application has this status. The count of a page would not do: it may be a second old.
fn any(client: &mut Client, admin: &str, status: &str) -> bool {
    let path = format!("{API}/applications?service={SERVICE}&status={status}&limit=1");
    let page = client.call("GET", &path, Some(admin), &Value::Null);
    !page["data"].as_array().expect("a page has data").is_empty()
}

/// Every citizen sends a request again and again, each time with another number, `each` times over each of `connections`. Gives how long
/// each took, in order, and all of them.
pub fn requests(
    server: &Server,
    citizens: &[Citizen],
    (connections, each): (usize, usize),
    body: impl Fn(&Citizen) -> Value + Sync,
) -> (Vec<Duration>, Duration) {
    let began = Instant::now();
    let mut took: Vec<Duration> = std::thread::scope(|scope| {
        let sent = |citizen: &Citizen| {
            let mut client = Client::connect(server.url());
            let mut request =
                client.request("POST", &format!("{API}/applications"), Some(&citizen.token), &body(citizen).to_string());
            let places = world::places_of_the_number(&request);
            let one = |_| {
                let number = format!("{:08}", NUMBERS.fetch_add(1, Ordering::Relaxed));
                for place in &places {
                    request[*place..*place + number.len()].copy_from_slice(number.as_bytes());
                }
                let began = Instant::now();
                let (status, answer) = client.send(&request);
                assert_eq!(status, 201, "{}", String::from_utf8_lossy(answer));
                began.elapsed()
            };
            (0..each).map(one).collect::<Vec<_>>()
        };
        let threads: Vec<_> = citizens
            .iter()
            .cycle()
            .take(citizens.len() * connections)
            .map(|citizen| scope.spawn(move || sent(citizen)))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a citizen's requests")).collect()
    });
    let elapsed = began.elapsed();
    took.sort_unstable();
    (took, elapsed)
}

/// The `percent`-th of a hundred, in milliseconds.
pub fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)].as_secs_f64() * 1000.0
}
