//! `engines <command> [argument...]`: runs a command, typically `cargo test`, with PostgreSQL, Kafka and Azurite started once for
//! all its processes, and ends as it ends. `engines` alone only downloads what they need.

use std::process::{Command, ExitCode};
use std::thread;

use engines::{Azurite, Fsync, Kafka, Postgres};

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let (postgres, kafka, azurite) = thread::scope(|scope| {
        let postgres = scope.spawn(|| Postgres::start(Fsync::Off));
        let kafka = scope.spawn(Kafka::start);
        let azurite = scope.spawn(Azurite::start);
        (postgres.join(), kafka.join(), azurite.join())
    });
    let (Ok(postgres), Ok(kafka), Ok(azurite)) = (postgres, kafka, azurite) else {
        return ExitCode::FAILURE; // the thread that panicked has said why
    };
    let Some(program) = words.next() else {
        return ExitCode::SUCCESS;
    };
    let status = Command::new(&program)
        .args(words)
        .env("SPORTELLO_TEST_POSTGRES", postgres.url())
        .env("SPORTELLO_TEST_KAFKA", kafka.bootstrap())
        .env("SPORTELLO_TEST_AZURITE", azurite.url())
        .status();
    match status {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            eprintln!("engines: cannot run {}: {error}", program.display());
            ExitCode::FAILURE
        }
    }
}
