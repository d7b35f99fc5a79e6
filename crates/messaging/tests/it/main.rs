//! Messaging as senders, citizens and the body meet it, over SQLite and over PostgreSQL. The world is the demo's.

#![allow(clippy::unwrap_used)]

mod access;
mod attacks;
mod authorisation;
mod citizens;
mod copies;
mod idempotency;
mod intermediary;
mod intermediary_outside;
mod intermediary_people;
mod messages;
mod processing;
mod profiles;
mod refusals;
mod reminders;
mod remote;
mod services;
mod webhooks;
mod world;

pub(crate) use testkit::on_both_engines;
