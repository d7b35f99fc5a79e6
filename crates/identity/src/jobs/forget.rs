//! Forgets what has ended: sessions, sign-ins that never came back, failed ones, keys that signed nothing that still holds.

use std::time::Duration;

use runtime::Job;

use crate::context::Context;
use crate::store;

/// The job, every ten minutes.
pub fn job(context: Context) -> Job {
    Job::new("forget-sessions", Duration::from_secs(600), move || {
        let context = context.clone();
        async move {
            let now = context.app.clock().now();
            let published_since = context.published_since(now);
            let forgotten = context.app.db().write(move |tx| {
                let sessions = store::delete_expired_sessions(tx, now)?;
                let begun = store::delete_expired_begun(tx, now)?;
                let buckets = store::delete_empty_buckets(tx, now)?;
                Ok::<_, storage::Error>((sessions, begun, buckets, store::delete_retired_keys(tx, published_since)?))
            });
            let (sessions, begun, buckets, keys) = forgotten.await.map_err(|error| error.to_string())?;
            tracing::debug!(sessions, begun, buckets, keys, "ended sessions and old keys forgotten");
            Ok(())
        }
    })
}
