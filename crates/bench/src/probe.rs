//! What this machine can do right now.

use std::fs::File;
use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant};

/// Prints how often a second the disk makes 4 KiB durable, how fast one core hashes, and how busy the machine was before.
pub fn print() {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown");
    println!("machine: {:.0} fsync/s, SHA-256 {}, load {load}", fsyncs(), sha256());
}

fn fsyncs() -> f64 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut file = File::create(folder.path().join("probe")).expect("a file in it");
    let (began, mut count) = (Instant::now(), 0);
    while began.elapsed() < Duration::from_secs(1) {
        file.write_all(&[0; 4096]).and_then(|()| file.sync_data()).expect("the disk takes it");
        count += 1;
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

/// Throughput of one core, as openssl says it.
fn sha256() -> String {
    let output = Command::new("openssl").args(["speed", "-seconds", "1", "-bytes", "16384", "-evp", "sha256"]).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let figure = text.lines().last().and_then(|line| line.split_whitespace().last()).and_then(|word| word.strip_suffix('k'));
    let rate: Option<f64> = figure.and_then(|figure| figure.parse().ok());
    rate.map_or_else(|| "unknown (no openssl)".to_owned(), |rate| format!("{:.0} MB/s", rate / 1000.0))
}
