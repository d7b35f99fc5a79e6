//! The pages as a browser gets them, over a stand-in of the other roles.
#![allow(missing_docs, clippy::unwrap_used)]

mod bench;
mod browser;
mod carts;
mod documents;
mod fake;
mod fake_interop;
mod fake_io;
mod fake_login;
mod fake_payments;
mod fake_registry;
mod imports;
mod inbox;
mod interop;
mod interop_files;
mod lint;
mod login;
mod lots;
mod lots_people;
mod pages;
mod payments;
mod registered;
mod samples;
mod staff;
mod states;
