//! Whole-system tests: the real program in processes of its own, and the stories that are told to it over HTTP.

mod process;
mod split;
mod story;

pub use process::{Sportello, free_address};
pub use split::{Processes, Split, role_of};
pub use story::{Answer, Installation, Story, submit_pay_decide};
