//! The program: which roles there are, how a process starts and stops, and the tools of the command line. No rule of the product lives
//! here. A test starts a whole process inside its own by [`Process::start`].

mod banner;
mod cli;
mod doctor;
mod interop;
mod interop_demo;
mod letters;
mod lock;
pub mod openapi;
pub mod parts;
mod payments;
mod process;
mod retries;
mod run;
mod scratch;
mod tenants;
mod tools;
mod topics;

pub use cli::main;
pub use parts::Plan;
pub use process::{Process, StartError};
