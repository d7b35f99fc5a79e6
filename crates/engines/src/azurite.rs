//! Azure Blob storage: Microsoft's emulator Azurite.

use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::cache::{installed, run};
use crate::leash::Leash;
use crate::{expect, free_port, unique, with_drawn_ports};

/// Account and key that the emulator knows: published by Microsoft ("Use the Azurite emulator", well-known storage account).
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// An emulator of its own, keeping its blobs in memory. Tests call [`azurite`].
pub struct Azurite {
    port: u16,
    _leash: Leash,
}

impl Azurite {
    /// Starts the emulator. The first time on a machine it fetches the npm package.
    ///
    /// # Panics
    /// When Node or the package is missing or the emulator does not start.
    pub fn start() -> Azurite {
        expect("Azurite", with_drawn_ports(Self::try_start))
    }

    fn try_start() -> io::Result<Azurite> {
        let main = package()?.join("node_modules/azurite/dist/src/blob/main.js");
        let dir = tempfile::Builder::new().prefix("sportello-azurite-").tempdir()?.keep();
        let port = free_port()?;
        let number = port.to_string();
        let options = ["--blobHost", "127.0.0.1", "--blobPort", &number, "--inMemoryPersistence"];
        let quiet = ["--silent", "--skipApiVersionCheck", "--disableTelemetry"];
        let words: Vec<_> =
            ["node".as_ref(), main.as_os_str()].into_iter().chain(options.iter().chain(&quiet).map(AsRef::as_ref)).collect();
        let leash = Leash::start(&dir, "KILL", &words)?;
        leash.wait(|| TcpStream::connect(("127.0.0.1", port)).ok())?;
        Ok(Azurite { port, _leash: leash })
    }

    /// The address of the account: `http://127.0.0.1:<port>/devstoreaccount1`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/{ACCOUNT}", self.port)
    }
}

/// A container of blobs of its own.
pub struct Container {
    /// Address of the account, for the client's endpoint.
    pub endpoint: String,
    /// Name of the account.
    pub account: &'static str,
    /// Shared key of the account, in base64.
    pub key: &'static str,
    /// Name of the container.
    pub name: String,
}

/// A fresh, empty container on the emulator of this test run.
///
/// # Panics
/// When there is no such emulator and none can be started.
pub fn azurite() -> Container {
    static URL: OnceLock<(String, Option<Azurite>)> = OnceLock::new();
    let (endpoint, _) = URL.get_or_init(|| match std::env::var("SPORTELLO_TEST_AZURITE") {
        Ok(url) => (url, None),
        Err(_) => {
            let emulator = Azurite::start();
            (emulator.url(), Some(emulator))
        }
    });
    let name = unique("test");
    expect("Azurite", create_container(endpoint, &name));
    Container { endpoint: endpoint.clone(), account: ACCOUNT, key: KEY, name }
}

/// Creates a container by a request signed with the shared key (Blob service REST API, "Create Container" and "Authorize with
/// Shared Key"): the object stores' client cannot.
fn create_container(endpoint: &str, name: &str) -> io::Result<()> {
    let host = endpoint.trim_start_matches("http://").split('/').next().unwrap_or_default();
    let headers = format!("x-ms-date:{}\nx-ms-version:2021-08-06", rfc1123_now());
    // Eleven empty lines: the standard headers, none of which is sent. The account stands twice, as part of the path too.
    let to_sign = format!("PUT\n\n\n\n\n\n\n\n\n\n\n\n{headers}\n/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container");
    let key = STANDARD.decode(KEY).map_err(io::Error::other)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(io::Error::other)?;
    mac.update(to_sign.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let mut emulator = TcpStream::connect(host)?;
    emulator.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        emulator,
        "PUT /{ACCOUNT}/{name}?restype=container HTTP/1.1\r\nHost: {host}\r\n{}\r\nAuthorization: SharedKey {ACCOUNT}:{signature}\r\n\
         Content-Length: 0\r\nConnection: close\r\n\r\n",
        headers.replace('\n', "\r\n")
    )?;
    let mut answer = String::new();
    emulator.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1 201 ") { Ok(()) } else { Err(io::Error::other(format!("container not created: {answer}"))) }
}

/// Now, as HTTP writes dates (RFC 9110, section 5.6.7). The emulator compares it with its own clock, so it must be the real one.
#[expect(clippy::disallowed_methods, reason = "the emulator refuses requests that are not of now")]
fn rfc1123_now() -> String {
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&jiff::Timestamp::now()).unwrap_or_default()
}

/// The directory in which npm installed Azurite.
fn package() -> io::Result<PathBuf> {
    const LOCK: &str = include_str!("../azurite/package-lock.json");
    installed("azurite", LOCK, |directory| {
        fs::write(directory.join("package.json"), include_str!("../azurite/package.json"))?;
        fs::write(directory.join("package-lock.json"), LOCK)?;
        run(Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(directory))?;
        Ok(())
    })
}
