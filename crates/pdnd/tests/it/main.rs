//! The connector as others meet it, over SQLite and over PostgreSQL: with the stand-ins of ANPR and INPS behind it, and a strict stand-in for
//! the interoperability platform.

#![allow(clippy::unwrap_used)]

mod authorisation;
mod configuration;
mod data;
mod faults;
mod platform;
mod records;
mod world;

pub(crate) use testkit::on_both_engines;
