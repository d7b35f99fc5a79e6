//! The rules of the house that no compiler knows: who may import whom, which licences may come in, how the tree is kept,
//! that every kind of problem is explained, that every rule of the interoperability platform has its test.
//!
//! `cargo run --bin house` from the root (`./dev check` does it) prints what breaks a rule, one line each, and fails if there is any.

mod covered;
mod edges;
mod licences;
mod problems;
mod tree;

use std::io;
use std::process::{Command, ExitCode};

use serde_json::Value;

fn main() -> ExitCode {
    let broken = match check() {
        Ok(broken) => broken,
        Err(error) => {
            eprintln!("house: {error}");
            return ExitCode::FAILURE;
        }
    };
    for line in &broken {
        eprintln!("{line}");
    }
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every rule over the repository in the current directory: one line for each place that breaks one.
fn check() -> io::Result<Vec<String>> {
    let metadata: Value =
        serde_json::from_str(&output(Command::new("cargo").args(["metadata", "--format-version=1", "--locked"]))?)?;
    let listed = output(Command::new("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
    let files = tree::read(listed.split_terminator('\0'))?;
    let mut broken = edges::check(&metadata);
    broken.extend(licences::check_cargo(&metadata));
    broken.extend(licences::check_npm(&serde_json::from_str(&std::fs::read_to_string("crates/ui/package-lock.json")?)?));
    broken.extend(tree::check(&files));
    broken.extend(problems::check(&files));
    broken.extend(covered::check(&files));
    Ok(broken)
}

/// What a command prints; its failure is an error with what it complained about.
fn output(command: &mut Command) -> io::Result<String> {
    let output = command.output()?;
    if output.status.success() {
        return String::from_utf8(output.stdout).map_err(io::Error::other);
    }
    Err(io::Error::other(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr))))
}
