//! The pages as a browser gets them, over a stand-in of the other roles.
#![allow(missing_docs)]

mod bench;
mod fake;
mod samples;
