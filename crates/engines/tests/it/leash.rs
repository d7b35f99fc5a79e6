use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::eventually;

/// The runner, told to print the three addresses and then to wait for the end of its standard input.
fn runner() -> Command {
    let mut runner = Command::new(env!("CARGO_BIN_EXE_engines"));
    let script = "echo $SPORTELLO_TEST_POSTGRES; echo $SPORTELLO_TEST_KAFKA; echo $SPORTELLO_TEST_AZURITE; cat; exit 7";
    runner.args(["sh", "-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    runner
}

/// `127.0.0.1:port` out of an address of any scheme.
fn host_and_port(address: &str) -> &str {
    let start = address.find("127.0.0.1:").unwrap();
    address[start..].split('/').next().unwrap()
}

#[test]
fn a_killed_runner_leaves_no_server_behind() {
    let mut runner = runner().spawn().unwrap();
    let addresses: Vec<_> = BufReader::new(runner.stdout.take().unwrap()).lines().take(3).map(Result::unwrap).collect();
    for address in &addresses {
        TcpStream::connect(host_and_port(address)).unwrap();
    }
    runner.kill().unwrap(); // SIGKILL: nothing of the runner's own can tidy up
    for address in &addresses {
        eventually("the server ends", || TcpStream::connect(host_and_port(address)).is_err());
    }
    runner.wait().unwrap();
}

#[test]
fn the_runner_ends_as_its_command_ends() {
    let mut runner = runner().stdin(Stdio::null()).spawn().unwrap();
    assert_eq!(runner.wait().unwrap().code(), Some(7));
}
