//! One core, on which whatever is measured per second of CPU runs with those who ask it. On machines whose logical processors share a core
//! each of them is slower while the other works: with the clients on the other one, a second of the server's CPU would be worth less the
//! more the clients do.

use std::process::Command;

const CORE: &str = "1";

/// Keeps this process, and all that it starts from now on, on the core. Where that cannot be done, it runs where the system likes.
pub fn share_one_core() {
    let done = Command::new("taskset").args(["-acp", CORE, &std::process::id().to_string()]).output();
    if !done.is_ok_and(|output| output.status.success()) {
        println!("taskset: the benchmark could not be kept on one core");
    }
}
