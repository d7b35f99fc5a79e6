//! Payments as others meet them, over SQLite and over PostgreSQL: the platform is a small router, the intermediary is the stand-in of
//! the demo.

#![allow(clippy::unwrap_used)]

mod authorisation;
mod broker;
mod carts;
mod checklist;
mod configuration;
mod conformance;
mod crash;
mod disk;
mod dispatch;
mod efil;
mod faults;
mod imports;
mod iris;
mod mypay;
mod numbers;
mod operators;
mod oracle;
mod pagopa;
mod parity;
mod platform;
mod polling;
mod questions;
mod read_model;
mod rest;
mod sandbox;
mod served;
mod tree;
mod workflow;
mod world;

pub(crate) use testkit::on_both_engines;
