//! How many payment events one core writes, reads and peeks at in a second.
//! `cargo run --release -p contracts --example throughput`

use std::hint::black_box;
use std::time::{Duration, Instant};

use contracts::payments::PaymentV2;

const SAMPLE: &str = include_str!("../samples/payments/2.0/payment_started.json");

fn main() {
    let event: PaymentV2 = serde_json::from_str(SAMPLE).expect("the sample is an event");
    let text = serde_json::to_string(&event).expect("an event has a JSON form");
    println!("payment event of {} bytes", text.len());
    measure("written", || serde_json::to_string(black_box(&event)).is_ok());
    measure("read", || serde_json::from_str::<PaymentV2>(black_box(&text)).is_ok());
    measure("peeked at", || contracts::peek(black_box(&text)).is_ok());
}

/// Repeats `work` for two seconds and prints how often a second it was done.
fn measure(what: &str, work: impl Fn() -> bool) {
    let start = Instant::now();
    let mut done = 0_u64;
    while start.elapsed() < Duration::from_secs(2) {
        for _ in 0..100 {
            assert!(black_box(work()));
        }
        done += 100;
    }
    println!("{:>10.0} events/s {what}", done as f64 / start.elapsed().as_secs_f64());
}
