//! Form.io on the server: definitions are compiled once into a [`Form`], which then judges any number of submissions, cleans them,
//! and shows them to people and programs. Nothing here reads a file, a clock or the network.

mod booking;
mod builtin;
mod certified;
mod check;
mod compile;
mod condition;
mod date;
mod decide;
mod describe;
mod expression;
mod files;
mod js;
mod model;
mod options;
mod pattern;
mod schema;
mod script;
mod sheet;
mod submission;
mod text;
mod validate;

use indexmap::{IndexMap, IndexSet};
use kernel::RomeTime;
use serde_json::Value;

pub use booking::Booking;
pub use builtin::{builtin, builtins};
pub use certified::Certified;
pub use compile::CompileError;
pub use describe::{Row, Section};
pub use files::UploadedFile;
pub use model::Source;
pub use schema::FieldSchema;
pub use submission::{Address, Applicant, Submission};

pub(crate) use submission::amount;

/// A compiled form. Compile once, share it in an `Arc`, validate on any thread.
#[derive(Debug)]
pub struct Form {
    pub(crate) root: model::Frame,
    /// One pass over the components decides them all.
    pub(crate) settled: bool,
    /// The form has scripts: some may need the engine.
    pub(crate) scripted: bool,
    pub(crate) libraries: script::Libraries,
    /// What scripts see as `form`.
    pub(crate) about: Value,
    pub(crate) title: Box<str>,
    pub(crate) labels: IndexSet<String>,
    pub(crate) schema: IndexMap<String, FieldSchema>,
}

/// What a validation has to know beside the submission.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The current instant: `moment()` and `new Date()` of the form's rules.
    pub now: RomeTime,
    /// The citizen saves a draft: what is missing or too short may still come, and the form's own rules wait.
    pub draft: bool,
}

impl Context {
    /// A final submission at the instant `now`.
    pub fn submit(now: RomeTime) -> Self {
        Self { now, draft: false }
    }

    /// A draft saved at the instant `now`.
    pub fn draft(now: RomeTime) -> Self {
        Self { now, draft: true }
    }
}
