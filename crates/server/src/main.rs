//! The program `sportello`.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::main()
}
