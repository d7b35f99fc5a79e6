//! The benchmarks named in the issues: `cargo run -p bench -- <name>`. Each prints its numbers beside a probe of this machine taken in
//! the same run, because numbers of two machines, or of two hours of one, cannot be compared without.

mod affinity;
mod api;
mod forms;
mod http;
mod installation;
mod lots;
mod memory;
mod messages;
mod payments;
mod pipeline;
mod probe;
mod registry;
mod server;
mod vouchers;
mod world;

use std::process::{Command, ExitCode};

use rustix::time::{ClockId, clock_gettime};

/// The server's: what runs in this process costs what it costs there.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const NAMES: &str = "pipeline   applications from submission to registration, and POST /applications alone, by 8 citizens at once
api        lists and creations per second of the server's CPU
forms      submissions validated per second of CPU
messages   messages to citizens accepted per second, their way to the inbox, and lots of the intermediary
registry   documents registered per second with the sandbox
vouchers   vouchers per second of the server's CPU, beside openssl, and memory with 10,000 clients
payments   events through one payment proxy, imported dues and payment notices, per second of CPU
soak       an hour of a payment proxy's work in five minutes, and its memory

--short    only a little of it, as it is built: to see that it works";

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    let short = std::env::args().any(|argument| argument == "--short");
    let run: fn() = match name.as_str() {
        "payments" if short => {
            payments::run(true);
            return ExitCode::SUCCESS;
        }
        "vouchers" if short => {
            vouchers::run(true);
            return ExitCode::SUCCESS;
        }
        "payments" => || payments::run(false),
        "vouchers" => || vouchers::run(false),
        "pipeline" => pipeline::run,
        "api" => api::run,
        "soak" => payments::soak,
        "forms" => forms::run,
        "messages" => messages::run,
        "registry" => registry::run,
        _ => {
            eprintln!("Usage: bench NAME\n\n{NAMES}");
            return ExitCode::from(2);
        }
    };
    if cfg!(debug_assertions) {
        return again_in_release(&name);
    }
    probe::print();
    run();
    ExitCode::SUCCESS
}

/// What is built for debugging measures nothing: builds server and benchmark for speed, and runs that.
fn again_in_release(name: &str) -> ExitCode {
    let cargo = |arguments: &[&str]| Command::new(env!("CARGO")).args(arguments).status().is_ok_and(|status| status.success());
    let built = cargo(&["build", "--release", "--bin", "sportello", "--bin", "bench"]);
    if built && cargo(&["run", "--release", "--bin", "bench", "--", name]) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// CPU time of this process, in seconds.
fn cpu_s() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
