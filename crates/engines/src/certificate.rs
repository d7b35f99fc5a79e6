//! Certificates of servers on the loopback.

use std::io;
use std::path::Path;
use std::process::Command;

use crate::cache::run;

/// Writes a key and a certificate for 127.0.0.1, signed by itself, as PEM.
///
/// # Errors
/// When openssl is missing or cannot write there.
pub fn certify(key: &Path, certificate: &Path) -> io::Result<()> {
    let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=sportello-test \
                 -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";
    run(Command::new("openssl").args(words.split_whitespace()).arg("-keyout").arg(key).arg("-out").arg(certificate)).map(drop)
}
