//! What every process does for its database beside the jobs of its roles.

use std::time::Duration;

use jiff::SignedDuration;
use kernel::RomeTime;
use storage::Tx;

use crate::{App, Job};

/// The jobs of the foundation. Every process has them; as with other jobs, one process of a database runs them at a time.
pub fn foundation_jobs(app: &App) -> Vec<Job> {
    let app = app.clone();
    let forget = Job::new("forget-old-events", Duration::from_secs(3600), move || {
        let app = app.clone();
        async move { forget_old_events(&app).await.map_err(|error| error.to_string()) }
    });
    vec![forget]
}

/// Removes events that everybody has read and that are older than the setting says, then the memory of their consumption.
async fn forget_old_events(app: &App) -> storage::Result<()> {
    let keep = SignedDuration::from_hours(24 * i64::from(app.config().events_keep_days));
    let before = app.clock().now().plus(-keep);
    let events = repeat(app, move |tx| tx.trim_events(before)).await?;
    repeat(app, move |tx| tx.trim_consumed(before)).await?;
    if events > 0 {
        tracing::info!(event_type = "job", events, before = %before as RomeTime, "old events forgotten");
    }
    Ok(())
}

/// Runs `step` in transactions of its own until it finds nothing to do or the process stops; gives the sum.
async fn repeat(app: &App, step: impl Fn(&mut Tx<'_>) -> storage::Result<u64> + Copy + Send + 'static) -> storage::Result<u64> {
    let mut sum = 0;
    while !app.stop().is_stopped() {
        match app.db().write(step).await? {
            0 => break,
            count => sum += count,
        }
    }
    Ok(sum)
}
