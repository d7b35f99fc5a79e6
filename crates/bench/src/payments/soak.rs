//! An hour of a proxy's work in five minutes, to see that it holds no more memory in the end.

use std::time::{Duration, Instant};

use super::events::{Kind, publish};
use super::is_idle;
use super::sandbox::{PROXY, furnish};
use crate::memory;

/// A second of the run, each of twelve of the hour: payments to be created, and dues to be followed.
const NEW: usize = 600;
const DUES: usize = 1_800;
/// Seconds that it takes.
const SECONDS: usize = 300;

/// Runs it.
pub fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(soak());
}

async fn soak() {
    let (installation, intermediary) = furnish(PROXY, Vec::new()).await;
    let running = installation.run().await;
    let began = Instant::now();
    let mut samples = Vec::with_capacity(SECONDS);
    for second in 1..=SECONDS {
        publish(&installation.app, &Kind::New, NEW).await;
        publish(&installation.app, &Kind::Due, DUES).await;
        tokio::time::sleep_until((began + Duration::from_secs(second as u64)).into()).await;
        // What the stand-in remembers is not the proxy's.
        intermediary.forget();
        samples.push(memory::resident_mb());
        if second % 60 == 0 {
            let minute = &samples[second - 60..];
            let mean = minute.iter().sum::<f64>() / minute.len() as f64;
            let most = minute.iter().copied().fold(0.0, f64::max);
            println!("minute {}: {mean:.0} MB, {most:.0} MB at most", second / 60);
        }
    }
    while !is_idle(&installation.app, 0).await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let elapsed = began.elapsed().as_secs_f64();
    installation.stop(running).await;
    let followed = installation.count("SELECT count(*) FROM proxy_payments WHERE status = 'PAYMENT_PENDING'").await;
    assert_eq!(followed, SECONDS * (NEW + DUES), "each event has its effect once");
    println!("soak: {followed} events in {elapsed:.0} s, as many as an hour of {} a second", followed / 3_600);
}
