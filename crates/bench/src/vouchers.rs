//! Vouchers per second of the server's CPU: the voucher server alone, a thousand clients with a key each, every assertion different, its
//! use and its audit record durable before the answer. Beside it, on the same core right before and after, what `openssl speed rsa2048`
//! says that a verification and a signature cost: nobody gives a voucher without one of each.

mod keys;
mod settle;

use std::process::Command;
use std::time::{Duration, Instant};

use kernel::Clock;

use crate::http::Client;
use crate::server::Server;
use settle::Population;

/// How many of each; a short run only shows that everything works.
struct Counts {
    /// Clients of the measured run.
    clients: usize,
    /// Vouchers of the measured run, and those before it.
    vouchers: usize,
    warm: usize,
    /// Clients of the run that looks at memory.
    many: usize,
}

/// Connections that ask at once: enough for one durable write to carry many records.
const AT_ONCE: usize = 32;
/// Where vouchers are asked for.
const PATH: &str = "/authorization-server/token.oauth2";
/// What a role alone has to be told; nobody is slowed down, and assertions name this audience.
const SETTINGS: [(&str, &str); 4] = [
    ("SPORTELLO_SECRET", "a secret of thirty-two characters"),
    ("SPORTELLO_INTEROP_AUDIENCES", settle::AUDIENCE),
    ("SPORTELLO_INTEROP_LIMIT_PER_CLIENT", "1000000"),
    ("SPORTELLO_INTEROP_LIMIT_PER_SOURCE", "1000000"),
];

/// Runs it; `short`ly to see that it works.
pub fn run(short: bool) {
    let counts = match short {
        true => Counts { clients: 20, vouchers: 200, warm: 40, many: 60 },
        false => Counts { clients: 1_000, vouchers: 60_000, warm: 5_000, many: 10_000 },
    };
    crate::affinity::share_one_core();
    speed(&counts);
    memory(&counts);
}

/// The measured run.
fn speed(counts: &Counts) {
    let (server, population) = start(counts.clients);
    ask(&server, &population.assertions(counts.warm, Clock::system().now()));
    let assertions = population.assertions(counts.vouchers, Clock::system().now());
    server.rest();
    let before = rsa();
    let cpu = server.cpu();
    let (elapsed, latencies) = ask(&server, &assertions);
    let cpu = (server.cpu() - cpu).as_secs_f64();
    let after = rsa();

    let count = counts.vouchers as f64;
    let each = cpu / count;
    println!(
        "vouchers: {:.0} per second of CPU ({:.3} ms each) of {} clients, {:.0}/s with {AT_ONCE} at once, {:.1} ms in the median, {:.1} ms at the 99th percentile",
        count / cpu,
        each * 1000.0,
        counts.clients,
        count / elapsed.as_secs_f64(),
        part(&latencies, 50),
        part(&latencies, 99),
    );
    let Some((one, other)) = before.zip(after) else {
        println!("openssl: not there, so there is nothing to compare with");
        return;
    };
    let (signs, verifies) = (f64::midpoint(one.0, other.0), f64::midpoint(one.1, other.1));
    let bound = 1.0 / (1.0 / signs + 1.0 / verifies);
    println!(
        "openssl on the same core: {signs:.0} signatures/s, {verifies:.0} verifications/s (before {:.0} and {:.0}, after {:.0} and {:.0}): \
         {bound:.0} vouchers/s at most; ratio {:.2}",
        one.0,
        one.1,
        other.0,
        other.1,
        count / cpu / bound,
    );
}

/// Each of many clients asks once: what the server holds then.
fn memory(counts: &Counts) {
    let (server, population) = start(counts.many);
    let begun = server.memory_mb();
    ask(&server, &population.assertions(counts.many, Clock::system().now()));
    let (now, peak) = (server.memory_mb(), server.peak_memory_mb());
    println!("memory: {now:.0} MB after {} clients have asked, {peak:.0} MB at most, {begun:.0} MB before", counts.many);
}

/// The voucher server alone, over the data of as many clients.
fn start(clients: usize) -> (Server, Population) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let population = settle::settle(&folder.path().join("data"), clients);
    let server = Server::start_over(folder, &["--roles", "interop-voucher"], &SETTINGS);
    (server, population)
}

/// Has every assertion exchanged, by several connections at once; gives how long that takes, and each exchange in milliseconds, sorted.
fn ask(server: &Server, assertions: &[String]) -> (Duration, Vec<f64>) {
    let began = Instant::now();
    let latencies = std::thread::scope(|scope| {
        let parts = assertions.chunks(assertions.len().div_ceil(AT_ONCE).max(1));
        let workers: Vec<_> = parts.map(|part| scope.spawn(|| exchange(server.url(), part))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a connection")).collect::<Vec<_>>()
    });
    let elapsed = began.elapsed();
    let mut latencies = latencies;
    latencies.sort_by(f64::total_cmp);
    (elapsed, latencies)
}

fn exchange(url: &str, assertions: &[String]) -> Vec<f64> {
    let mut client = Client::connect(url);
    let exchange = |assertion: &String| {
        let request = client.form_request(PATH, &format!(
            "client_assertion={assertion}&grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        ));
        let began = Instant::now();
        let (status, answer) = client.send(&request);
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(answer));
        began.elapsed().as_secs_f64() * 1000.0
    };
    assertions.iter().map(exchange).collect()
}

/// The value below which so many in a hundred are.
fn part(sorted: &[f64], percent: usize) -> f64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// Signatures and verifications a second on the same core, as openssl says; `None` where it is not there.
fn rsa() -> Option<(f64, f64)> {
    let output = Command::new("openssl").args(["speed", "-seconds", "3", "rsa2048"]).output().ok()?;
    figures(&String::from_utf8_lossy(&output.stdout))
}

/// The first two rates of the line of RSA-2048: times have a unit, rates have none.
fn figures(text: &str) -> Option<(f64, f64)> {
    let line = text.lines().find(|line| line.split_whitespace().take(2).eq(["rsa", "2048"]))?;
    let mut rates = line.split_whitespace().skip(3).filter_map(|word| word.parse::<f64>().ok());
    Some((rates.next()?, rates.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_either_version_of_openssl_are_read() {
        let old = "                  sign    verify    sign/s verify/s\nrsa  2048 bits 0.000294s 0.000016s   3406.4  62223.0";
        let new = "                               sign    verify    encrypt   decrypt   sign/s verify/s  encr./s  decr./s\n\
                   rsa  2048 bits 0.000294s 0.000016s 0.000018s 0.000312s   3406.4  62223.0  55111.1   3205.0";
        assert_eq!(figures(old), Some((3406.4, 62223.0)));
        assert_eq!(figures(new), Some((3406.4, 62223.0)));
        assert_eq!(figures("nothing"), None);
    }
}
