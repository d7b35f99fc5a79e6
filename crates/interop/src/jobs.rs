//! What is done from time to time.

use std::time::Duration;

use runtime::Job;

use crate::context::Context;
use crate::deeds::{self, bodies};
use crate::errors::{Error, Service};
use crate::store::bodies::list_due;
use crate::store::{audit, feed};

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);
/// Bodies that are looked at in one run.
const AT_ONCE: i64 = 1_000;

/// The jobs of the voucher server.
pub fn all(context: &Context) -> Vec<Job> {
    let (forgetting, replacing, expiring) = (context.clone(), context.clone(), context.clone());
    vec![
        // The voucher server notices by itself; this is for whoever looks.
        Job::new("expire-verifications", MINUTE, move || {
            let context = expiring.clone();
            async move { expire(&context).await.map_err(|error| error.to_string()) }
        }),
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
        Job::new("forget-told-events", HOUR, {
            let context = context.clone();
            move || {
                let context = context.clone();
                async move {
                    let before = context.app.clock().now().plus(-deeds::KEPT_FOR);
                    let forgotten = context.app.db().write(move |tx| feed::forget(tx, before)).await;
                    forgotten.map(drop).map_err(|error: storage::Error| error.to_string())
                }
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

/// Has the agreements of bodies follow verifications that have ended.
async fn expire(context: &Context) -> Result<(), Error> {
    let (db, now) = (context.app.db(), context.app.clock().now());
    for tenant in db.read(move |tx| list_due(tx, now, AT_ONCE)).await? {
        let (rules, rng) = (context.config.rules.clone(), context.app.rng().clone());
        deeds::run(db, Service::Tenant, move |tx| bodies::expire(tx, &rules, &rng, tenant, now)).await?;
    }
    Ok(())
}
