//! Forgets requests whose `Idempotency-Key` has served, and messages to citizens who never came.

use std::time::Duration;

use jiff::SignedDuration;
use runtime::Job;

use crate::context::Context;
use crate::store::messages;

/// How long the same request gives the same message.
const REQUESTS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The job, once an hour.
pub fn job(context: Context) -> Job {
    Job::new("messaging-forget", Duration::from_secs(3600), move || {
        let context = context.clone();
        async move {
            let now = context.now();
            let forgotten = context.app.db().write(move |tx| messages::forget(tx, now.plus(-REQUESTS_KEPT), now));
            let (requests, messages) = forgotten.await.map_err(|error: storage::Error| error.to_string())?;
            tracing::debug!(requests, messages, "old requests and unread messages forgotten");
            Ok(())
        }
    })
}
