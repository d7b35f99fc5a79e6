//! The whole platform, as its users meet it: the real program, over HTTP.
#![allow(clippy::unwrap_used)] // a test that unwraps nothing has failed

mod books;
mod browser;
mod certified;
mod crash;
mod effects;
mod hostile;
mod interop;
mod lots;
mod portal;
mod split;
mod story;
