//! Whole-system tests: the real program in processes of its own, and the stories that are told to it over HTTP.

mod compose;
mod gateway;
mod process;
mod split;
mod story;

pub use compose::{Compose, Service, Target};
pub use process::{Installation, Sportello, free_address, program};
pub use split::{Processes, Split};
pub use story::{Answer, Story, decide, open_checkout, pay, pay_on, submit, submit_pay_decide};
