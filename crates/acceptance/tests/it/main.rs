//! The whole platform, as its users meet it: the real program, over HTTP.
#![allow(clippy::unwrap_used)] // a test that unwraps nothing has failed

mod books;
mod browser;
mod certified;
mod crash;
mod hostile;
mod lots;
mod split;
mod story;
