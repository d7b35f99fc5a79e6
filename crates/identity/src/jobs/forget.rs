//! Forgets what has ended: sessions, failed sign-ins, keys that signed nothing that still holds.

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
                let buckets = store::delete_empty_buckets(tx, now)?;
                Ok::<_, storage::Error>((sessions, buckets, store::delete_retired_keys(tx, published_since)?))
            });
            let (sessions, buckets, keys) = forgotten.await.map_err(|error| error.to_string())?;
            tracing::debug!(sessions, buckets, keys, "ended sessions and old keys forgotten");
            Ok(())
        }
    })
}
