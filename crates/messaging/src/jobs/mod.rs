//! Work that comes round with time.

mod demo;
mod demo_inbox;
mod forget;
mod remind;

use runtime::Job;

use crate::context::Context;

/// Every job.
pub fn all(context: &Context) -> Vec<Job> {
    let mut jobs = vec![remind::job(context.clone()), forget::job(context.clone())];
    if context.app.config().demo {
        jobs.push(demo::job(context.clone()));
        jobs.push(demo_inbox::job(context.clone()));
    }
    jobs
}
