//! The identity role as others meet it, over SQLite and over PostgreSQL.

#![allow(clippy::unwrap_used)]

mod authorisation;
mod cors;
mod forged;
mod keys;
mod login_server;
mod oauth;
mod passwords;
mod platform;
mod sessions;
mod tokens;
mod world;

pub(crate) use testkit::on_both_engines;
