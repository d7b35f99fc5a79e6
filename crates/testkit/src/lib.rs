//! Whole-system tests: the real program in processes of its own, and the stories that are told to it over HTTP.

mod process;
mod story;

pub use process::{Sportello, free_address};
pub use story::{Answer, Story, submit_pay_decide};
