//! What tests share: the real program in processes of its own and the stories that are told to it over HTTP; and for one context in
//! process, what the other roles would answer.

mod compose;
mod gateway;
mod process;
mod split;
mod stand_ins;
mod story;

pub use compose::{Compose, Service, Target};
pub use process::{Installation, Sportello, free_address, program};
pub use split::{Processes, Split};
pub use stand_ins::{BUGLIANO, Reply, VALLELAGHI, call, keys, send, service_token, tenants, token};
pub use story::{Answer, Story, decide, open_checkout, pay, pay_on, submit, submit_pay_decide};
