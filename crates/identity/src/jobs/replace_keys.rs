//! Replaces the keys that have signed for long enough.
//!
//! After a leak, `SPORTELLO_SIGNING_KEY_DAYS=0 sportello job replace-signing-keys` replaces all of them.

use std::time::Duration;

use runtime::Job;

use crate::context::Context;

/// The job, once an hour.
pub fn job(context: Context) -> Job {
    Job::new("replace-signing-keys", Duration::from_secs(3600), move || {
        let context = context.clone();
        async move {
            let replaced = context.keys.replace_older_than(context.config.key_age).await.map_err(|error| error.to_string())?;
            if replaced > 0 {
                tracing::info!(replaced, "signing keys replaced; the new ones begin to sign in an hour");
            }
            Ok(())
        }
    })
}
