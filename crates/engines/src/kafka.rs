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
use crate::certificate::certify;
use crate::leash::Leash;
use crate::{expect, free_port, with_drawn_ports};

/// A broker of its own, for tests that stop and start it. Others call [`kafka`].
pub struct Kafka {
    dir: PathBuf,
    jars: PathBuf,
    port: u16,
    /// Where it wants encryption and a password, if it does.
    protected: Option<u16>,
    leash: Option<Leash>,
}

impl Kafka {
    /// The name and the password that a protected broker knows.
    pub const CREDENTIALS: (&str, &str) = ("sportello", "parola-d'ordine");

    /// Formats a temporary directory and starts a broker on it; takes about four seconds. The first time on a machine it fetches
    /// Kafka's jars with Maven.
    ///
    /// # Panics
    /// When Java or the jars are missing or the broker does not start.
    pub fn start() -> Kafka {
        expect("Apache Kafka", with_drawn_ports(|| Self::try_start(false)))
    }

    /// The same, which also listens at [`Kafka::protected`]: SASL_SSL with PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, and with the
    /// certificate [`Kafka::certificate`]. A client may show that certificate as its own; another is refused.
    ///
    /// # Panics
    /// As [`Kafka::start`], and when openssl is missing.
    pub fn start_protected() -> Kafka {
        expect("Apache Kafka", with_drawn_ports(|| Self::try_start(true)))
    }

    fn try_start(protected: bool) -> io::Result<Kafka> {
        let jars = jars()?;
        let dir = tempfile::Builder::new().prefix("sportello-kafka-").tempdir()?;
        let (port, controller) = (free_port()?, free_port()?);
        let protected = protected.then(free_port).transpose()?;
        let fixed = include_str!("../kafka/server.properties");
        let logs = dir.path().join("data");
        let sasl_ssl = protected.map(|port| format!(",SASL_SSL://127.0.0.1:{port}")).unwrap_or_default();
        let mut properties = format!(
            "{fixed}controller.quorum.voters=1@127.0.0.1:{controller}\n\
             listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{sasl_ssl}\n\
             advertised.listeners=PLAINTEXT://127.0.0.1:{port}{sasl_ssl}\n\
             log.dirs={}\n",
            logs.display()
        );
        let mut format: Vec<_> =
            ["kafka.tools.StorageTool", "format", "--cluster-id", "c3BvcnRlbGxvLXRlc3RzMA", "--config", "server.properties"]
                .map(str::to_owned)
                .into();
        if protected.is_some() {
            let (name, password) = Self::CREDENTIALS;
            properties += &include_str!("../kafka/protected.properties").replace("NAME", name).replace("PASSWORD", password);
            for hash in ["256", "512"] {
                format.extend(["--add-scram".to_owned(), format!("SCRAM-SHA-{hash}=[name={name},password={password}]")]);
            }
            let (key, certificate) = (dir.path().join("broker.key"), dir.path().join("broker.crt"));
            certify(&key, &certificate)?;
            let both = fs::read_to_string(&key)? + &fs::read_to_string(&certificate)?;
            fs::write(dir.path().join("broker.pem"), both)?;
        }
        fs::write(dir.path().join("server.properties"), properties)?;
        fs::write(dir.path().join("log4j2.properties"), include_str!("../kafka/log4j2.properties"))?;
        let words = java(&jars);
        run(Command::new(&words[0]).args(&words[1..]).args(format).current_dir(dir.path()))?;
        let mut broker = Kafka { dir: dir.keep(), jars, port, protected, leash: None };
        broker.try_restart()?;
        Ok(broker)
    }

    /// The address for `bootstrap.servers`: `127.0.0.1:<port>`.
    pub fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The address of a protected broker for those with a password.
    ///
    /// # Panics
    /// When it is not protected.
    pub fn protected(&self) -> String {
        self.protected.map(|port| format!("127.0.0.1:{port}")).expect("started as protected")
    }

    /// The certificate of a protected broker, as PEM.
    pub fn certificate(&self) -> PathBuf {
        self.dir.join("broker.crt")
    }

    /// The key of that certificate, as PEM.
    pub fn key(&self) -> PathBuf {
        self.dir.join("broker.key")
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
