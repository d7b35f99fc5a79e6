//! The platform role as others meet it, over SQLite and over PostgreSQL.

#![allow(clippy::unwrap_used)]

mod announcements;
mod applications;
mod authorisation;
mod closing;
mod documents;
mod harness;
mod letters;
mod messages;
mod offices;
mod outside;
mod payments;
mod services;
mod signed;
mod stamps;
mod tenants;
mod uploads;
mod users;

pub(crate) use testkit::on_both_engines;
