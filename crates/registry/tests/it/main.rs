//! Dispatcher and registry proxy as others meet them, over SQLite and over PostgreSQL, with the stand-in registry behind them.

#![allow(clippy::unwrap_used)]

mod authorisation;
mod chaos;
mod checklist;
mod configuration;
mod conformance;
mod dispatch;
mod docarea;
mod faults;
mod files;
mod forgetful;
mod frozen;
mod iride;
mod log;
mod pitre;
mod retry;
mod sandbox;
mod stage;
mod tree;
mod turns;
mod workflow;
mod world;

pub(crate) use testkit::on_both_engines;
