//! What is done from time to time.

use std::time::Duration;

use runtime::Job;

use crate::context::Context;
use crate::store::audit;

const HOUR: Duration = Duration::from_secs(3600);

/// The jobs of the voucher server.
pub fn all(context: &Context) -> Vec<Job> {
    let (forgetting, replacing) = (context.clone(), context.clone());
    vec![
        // Assertions that would have ended by themselves cannot be used again anyhow.
        Job::new("forget-used-assertions", HOUR, move || {
            let context = forgetting.clone();
            async move {
                let now = context.app.clock().now();
                let forgotten = context.app.db().write(move |tx| audit::forget_used(tx, now)).await;
                let forgotten = forgotten.map_err(|error: storage::Error| error.to_string())?;
                tracing::debug!(forgotten, "used assertions forgotten");
                Ok(())
            }
        }),
        Job::new("replace-voucher-keys", HOUR, move || {
            let context = replacing.clone();
            async move {
                let failed = |error: crate::Error| error.to_string();
                if context.keys.replace_older_than(context.config.vouchers.key_age).await.map_err(failed)? {
                    tracing::info!(
                        event_type = "voucher-key",
                        "the key that signs vouchers is replaced tomorrow; both are published"
                    );
                }
                context.keys.forget().await.map_err(failed).map(drop)
            }
        }),
    ]
}
