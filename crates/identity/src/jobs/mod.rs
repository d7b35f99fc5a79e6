//! Work that comes round with time.

mod forget;
mod replace_keys;

use runtime::Job;

use crate::context::Context;

/// Every job of the role.
pub fn all(context: &Context) -> Vec<Job> {
    vec![replace_keys::job(context.clone()), forget::job(context.clone())]
}
