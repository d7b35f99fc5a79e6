//! Removes uploads that nobody used.

use std::time::Duration;

use kernel::jiff::SignedDuration;
use runtime::{App, Job};

use super::{UNUSED, store};
use crate::context::Context;

/// Between the end of an upload's life and its removal: whoever was just using it has long finished.
const MARGIN: SignedDuration = SignedDuration::from_hours(1);
/// Uploads removed at a time.
const BATCH: i64 = 200;

/// The job `remove-unused-uploads`.
pub fn cleaning_job(context: Context) -> Job {
    Job::new("remove-unused-uploads", Duration::from_secs(900), move || {
        let app = context.app.clone();
        async move { run(&app).await.map_err(|error| error.to_string()) }
    })
}

async fn run(app: &App) -> Result<(), Box<dyn std::error::Error>> {
    let before = app.clock().now().plus(-(UNUSED + MARGIN));
    loop {
        let unused = app.db().read(move |tx| store::unused(tx, before, BATCH)).await?;
        for upload in &unused {
            let (tenant, id) = (upload.tenant_id, upload.id);
            // The row goes last: after a crash in between the file is removed again, and none is ever forgotten.
            app.files().delete(&store::file_key(tenant, id)).await?;
            app.db().write(move |tx| store::delete_unused(tx, tenant, id)).await?;
        }
        if unused.is_empty() {
            return Ok(());
        }
        tracing::info!(removed = unused.len(), "unused uploads removed");
    }
}
