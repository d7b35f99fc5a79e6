//! What is deleted in time.

use std::time::Duration;

use jiff::Span;
use kernel::RomeTime;
use runtime::Job;

use crate::connector::Connector;
use crate::store::records;

/// The jobs of the connector.
pub fn all(connector: &Connector) -> Vec<Job> {
    let connector = connector.clone();
    vec![Job::new("forget-pdnd-records", Duration::from_secs(3600), move || {
        let connector = connector.clone();
        async move { forget(&connector).await.map_err(|error| error.to_string()) }
    })]
}

/// Deletes answers that are given no more, and vouchers and validations that have been kept as long as they must be.
async fn forget(connector: &Connector) -> storage::Result<()> {
    let app = connector.app();
    let now = app.clock().now();
    app.db().write(move |tx| records::forget_answers(tx, now)).await?;
    let before = months_before(now, connector.config().kept_months);
    let mut deleted = 0;
    while !app.stop().is_stopped() {
        match app.db().write(move |tx| records::delete_before(tx, before)).await? {
            0 => break,
            some => deleted += some,
        }
    }
    if deleted > 0 {
        tracing::info!(event_type = "job", deleted, before = %before, "old vouchers and validations deleted");
    }
    Ok(())
}

/// The same day and hour in Rome `months` months before.
fn months_before(now: RomeTime, months: i32) -> RomeTime {
    let before = now.zoned().checked_sub(Span::new().months(months));
    before.map_or(now.plus(jiff::SignedDuration::from_hours(-24 * 31 * i64::from(months))), |before| before.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_years_are_two_years() {
        let now: RomeTime = "2026-02-28T10:00:00+01:00".parse().unwrap();
        assert_eq!(months_before(now, 24), "2024-02-28T10:00:00+01:00".parse().unwrap());
    }
}
