//! The documents as a reader sees them. The tools of Poppler (Debian package `poppler-utils`) read them back.

#![allow(missing_docs, clippy::unwrap_used)]

mod contents;
mod hostile;
mod poppler;
mod samples;
mod verapdf;
