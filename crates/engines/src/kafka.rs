//! Apache Kafka: one KRaft node on the loopback.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::cache::{installed, run};
use crate::leash::Leash;
use crate::{expect, free_port, with_drawn_ports};

/// A broker of its own, for tests that stop and start it. Others call [`kafka`].
pub struct Kafka {
    dir: PathBuf,
    jars: PathBuf,
    port: u16,
    leash: Option<Leash>,
}

impl Kafka {
    /// Formats a temporary directory and starts a broker on it; takes about four seconds. The first time on a machine it fetches
    /// Kafka's jars with Maven.
    ///
    /// # Panics
    /// When Java or the jars are missing or the broker does not start.
    pub fn start() -> Kafka {
        expect("Apache Kafka", with_drawn_ports(Self::try_start))
    }

    fn try_start() -> io::Result<Kafka> {
        let jars = jars()?;
        let dir = tempfile::Builder::new().prefix("sportello-kafka-").tempdir()?;
        let (port, controller) = (free_port()?, free_port()?);
        let fixed = include_str!("../kafka/server.properties");
        let logs = dir.path().join("data");
        let properties = format!(
            "{fixed}controller.quorum.voters=1@127.0.0.1:{controller}\n\
             listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
             advertised.listeners=PLAINTEXT://127.0.0.1:{port}\n\
             log.dirs={}\n",
            logs.display()
        );
        fs::write(dir.path().join("server.properties"), properties)?;
        fs::write(dir.path().join("log4j2.properties"), include_str!("../kafka/log4j2.properties"))?;
        let format =
            ["kafka.tools.StorageTool", "format", "--cluster-id", "c3BvcnRlbGxvLXRlc3RzMA", "--config", "server.properties"];
        let words = java(&jars);
        run(Command::new(&words[0]).args(&words[1..]).args(format).current_dir(dir.path()))?;
        let mut broker = Kafka { dir: dir.keep(), jars, port, leash: None };
        broker.try_restart()?;
        Ok(broker)
    }

    /// The address for `bootstrap.servers`: `127.0.0.1:<port>`.
    pub fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Ends the broker by `kill -9`.
    pub fn kill(&mut self) {
        if let Some(leash) = self.leash.take() {
            expect("Apache Kafka", leash.kill());
        }
    }

    /// Ends the broker if it runs, and starts it again on the same data and port.
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&mut self) {
        self.kill();
        expect("Apache Kafka", self.try_restart());
    }

    fn try_restart(&mut self) -> io::Result<()> {
        let mut words = java(&self.jars);
        words.push("kafka.Kafka".into());
        words.push("server.properties".into());
        let words: Vec<&OsStr> = words.iter().map(AsRef::as_ref).collect();
        let leash = Leash::start(&self.dir, "KILL", &words)?;
        leash.wait(|| answers(self.port).ok())?;
        self.leash = Some(leash);
        Ok(())
    }
}

/// The `bootstrap.servers` of the broker of this test run. Topics and groups are shared with other tests: name them by
/// [`crate::unique`] and create them, the broker does not do so by itself.
///
/// # Panics
/// When there is no such broker and none can be started.
pub fn kafka() -> &'static str {
    static BOOTSTRAP: OnceLock<(String, Option<Kafka>)> = OnceLock::new();
    let (bootstrap, _) = BOOTSTRAP.get_or_init(|| match std::env::var("SPORTELLO_TEST_KAFKA") {
        Ok(bootstrap) => (bootstrap, None),
        Err(_) => {
            let broker = Kafka::start();
            (broker.bootstrap(), Some(broker))
        }
    });
    bootstrap
}

/// The command words that run a class of Kafka: a small heap, and a compiler that is quick rather than thorough.
fn java(jars: &Path) -> Vec<std::ffi::OsString> {
    let mut class_path = jars.as_os_str().to_owned();
    class_path.push("/*");
    let options = [
        "java",
        "-Xmx512m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Dlog4j2.configurationFile=log4j2.properties",
        "-cp",
    ];
    options.into_iter().map(Into::into).chain([class_path]).collect()
}

/// The directory with Kafka's jars, from Maven Central.
fn jars() -> io::Result<PathBuf> {
    const POM: &str = include_str!("../kafka/pom.xml");
    installed("kafka", POM, |directory| {
        let work = tempfile::tempdir()?;
        fs::write(work.path().join("pom.xml"), POM)?;
        let copy = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
        let output = format!("-DoutputDirectory={}", directory.display());
        run(Command::new("mvn").args(["--batch-mode", "--quiet", copy, &output]).current_dir(work.path()))?;
        Ok(())
    })
}

/// Whether the broker answers requests: sends ApiVersions version 0 (the one request that every version of the protocol
/// understands: Kafka protocol guide, "Retrieving Supported API versions") and expects its correlation id back without error.
fn answers(port: u16) -> io::Result<()> {
    const REQUEST: [u8; 14] = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0xff, 0xff]; // length, key, version, correlation, no client
    let mut broker = TcpStream::connect(("127.0.0.1", port))?;
    broker.set_read_timeout(Some(Duration::from_secs(5)))?;
    broker.write_all(&REQUEST)?;
    let mut head = [0; 10]; // length, correlation, error
    broker.read_exact(&mut head)?;
    if head[4..] == [0, 0, 0, 7, 0, 0] { Ok(()) } else { Err(io::Error::other("not a broker's answer")) }
}
