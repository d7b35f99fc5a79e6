//! What the server spends on one request, all roles in one process.

use serde_json::json;

use crate::http::Client;
use crate::pipeline::requests;
use crate::server::Server;
use crate::world::{self, API, SERVICE};

const STORED: usize = 100_000;
const LISTS: usize = 32_000;
/// Connections of each citizen: what one request costs in a full house, where commits are shared.
const CONNECTIONS: usize = 8;
/// Connections that list.
const READERS: usize = 16;

/// Runs it: creates 100,000 applications, then lists the newest 20 of them.
pub fn run() {
    crate::affinity::share_one_core();
    let server = Server::start();
    let world = world::settle(&server);
    let each = STORED / world.citizens.len() / CONNECTIONS;
    let cpu = server.cpu();
    let (took, elapsed) = requests(
        &server,
        &world.citizens,
        (CONNECTIONS, each),
        |citizen| json!({ "service": SERVICE, "status": "1000", "data": citizen.answers }),
    );
    server.rest();
    per_cpu_second("create with its event", took.len(), (server.cpu() - cpu).as_secs_f64(), elapsed.as_secs_f64());

    let (cpu, began) = (server.cpu(), std::time::Instant::now());
    let bytes: usize = std::thread::scope(|scope| {
        let list = || {
            let mut client = Client::connect(server.url());
            let request = client.request("GET", &format!("{API}/applications?limit=20"), Some(&world.admin), "");
            let one = |_| {
                let (status, answer) = client.send(&request);
                assert_eq!(status, 200, "{}", String::from_utf8_lossy(answer));
                answer.len()
            };
            (0..LISTS / READERS).map(one).last().unwrap_or_default()
        };
        let threads = [(); READERS].map(|()| scope.spawn(list));
        threads.into_iter().map(|thread| thread.join().expect("requests")).max().unwrap_or_default()
    });
    let elapsed = began.elapsed().as_secs_f64();
    per_cpu_second("list the newest 20 of 100,000", LISTS, (server.cpu() - cpu).as_secs_f64(), elapsed);
    println!("a page has {:.0} kB; memory {:.0} MB at most", bytes as f64 / 1000.0, server.peak_memory_mb());
}

fn per_cpu_second(what: &str, count: usize, cpu: f64, elapsed: f64) {
    println!(
        "{what}: {:.0} per CPU-second ({:.0} us each), {:.0}/s on the clock",
        count as f64 / cpu,
        cpu * 1e6 / count as f64,
        count as f64 / elapsed
    );
}
