//! One suite for both databases, one for the three file stores: what holds on one engine holds on all.
#![allow(clippy::unwrap_used)] // a test that unwraps nothing has failed

mod database;
mod encrypted;
mod files;
mod handover;
mod private;
mod trimming;
