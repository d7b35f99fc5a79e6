//! The program as whoever runs it meets it: the real binary, its exit codes, its log.

#![allow(clippy::unwrap_used)]

mod demo;
mod engines_in_use;
mod interop;
mod letters;
mod program;
mod retries;
mod run;
mod settings;
mod tenants;
mod tools;
mod topics;
