//! PostgreSQL: one server, a database per test.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use ::postgres::{Client, NoTls};

use crate::cache::run;
use crate::certificate::certify;
use crate::leash::Leash;
use crate::{expect, free_port, unique, with_drawn_ports};

/// Whether commits wait for the disk. Only tests about power loss need `On`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fsync {
    /// Fast: a commit survives the end of the server process, not of the machine.
    Off,
    /// As in production.
    On,
}

/// A PostgreSQL server of its own, for tests that stop and start it. Others call [`postgres`].
pub struct Postgres {
    dir: PathBuf,
    port: u16,
    fsync: Fsync,
    encrypted: bool,
    leash: Option<Leash>,
}

impl Postgres {
    /// Creates a cluster in a temporary directory and starts it.
    ///
    /// # Panics
    /// When the PostgreSQL programs are not installed or the server does not start.
    pub fn start(fsync: Fsync) -> Postgres {
        expect("PostgreSQL", with_drawn_ports(|| Self::try_start(fsync, false)))
    }

    /// The same, with a certificate for 127.0.0.1, signed by itself: the file [`Postgres::certificate`].
    ///
    /// # Panics
    /// As [`Postgres::start`].
    pub fn start_encrypted() -> Postgres {
        expect("PostgreSQL", with_drawn_ports(|| Self::try_start(Fsync::Off, true)))
    }

    /// The certificate of an encrypted server, as PEM.
    pub fn certificate(&self) -> PathBuf {
        self.dir.join("data/server.crt")
    }

    fn try_start(fsync: Fsync, encrypted: bool) -> io::Result<Postgres> {
        let dir = tempfile::Builder::new().prefix("sportello-postgres-").tempdir()?;
        if is_root()? {
            run(Command::new("chown").arg("postgres:").arg(dir.path()))?;
        }
        let initdb = program("initdb");
        let data = dir.path().join("data");
        let mut words = unprivileged(&initdb)?;
        words.extend(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"].map(OsStr::new));
        words.push(data.as_os_str());
        run(Command::new(words[0]).args(&words[1..]).current_dir(dir.path()))?;
        if encrypted {
            certify_in(&data)?;
        }
        let mut server = Postgres { dir: dir.keep(), port: free_port()?, fsync, encrypted, leash: None };
        server.try_restart()?;
        // Tests connect as an ordinary user: a superuser would pass over permissions and connection limits.
        execute(&server.url(), "CREATE ROLE sportello LOGIN CREATEDB")?;
        Ok(server)
    }

    /// The administrator's address: `postgres://postgres@127.0.0.1:<port>/postgres`.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// A fresh, empty database on this server.
    ///
    /// # Panics
    /// When the server is not running.
    pub fn database(&self) -> Database {
        expect("PostgreSQL", Database::create(&self.url(), "template1"))
    }

    /// Ends the server without a checkpoint, as a crash would.
    pub fn kill(&mut self) {
        if let Some(leash) = self.leash.take() {
            expect("PostgreSQL", leash.kill());
        }
    }

    /// Ends the server if it runs, and starts it again on the same data and port.
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&mut self) {
        self.kill();
        expect("PostgreSQL", self.try_restart());
    }

    fn try_restart(&mut self) -> io::Result<()> {
        let binary = program("postgres");
        let data = self.dir.join("data");
        let port = format!("port={}", self.port);
        let fsync = if self.fsync == Fsync::On { "on" } else { "off" };
        let (fsync, pages) = (format!("fsync={fsync}"), format!("full_page_writes={fsync}"));
        let ssl = if self.encrypted { "ssl=on" } else { "ssl=off" };
        let settings =
            ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=500", &port, &fsync, &pages, ssl];
        let mut words = unprivileged(&binary)?;
        words.extend([OsStr::new("-D"), data.as_os_str()]);
        words.extend(settings.iter().flat_map(|setting| ["-c", setting]).map(OsStr::new));
        let leash = Leash::start(&self.dir, "QUIT", &words)?;
        leash.wait(|| execute(&self.url(), "SELECT 1").ok())?;
        self.leash = Some(leash);
        Ok(())
    }
}

/// Puts a key and a certificate where the server in `data` looks for them.
fn certify_in(data: &Path) -> io::Result<()> {
    let (key, certificate) = (data.join("server.key"), data.join("server.crt"));
    certify(&key, &certificate)?;
    if is_root()? {
        run(Command::new("chown").arg("postgres:").args([&key, &certificate]))?;
    }
    run(Command::new("chmod").arg("600").arg(&key)).map(drop)
}

/// A database of its own; dropping it removes it from the server.
pub struct Database {
    name: String,
    admin: String,
}

impl Database {
    /// Its address, for the user `sportello` who owns it: `postgres://sportello@127.0.0.1:<port>/<name>`.
    pub fn url(&self) -> String {
        let (server, _) = self.admin.rsplit_once('/').unwrap_or((&self.admin, ""));
        format!("{}/{}", server.replace("//postgres@", "//sportello@"), self.name)
    }

    fn create(admin: &str, template: &str) -> io::Result<Database> {
        let name = unique("test");
        // Copying files is twice as fast as logging them, and there is no replica that would miss the log.
        execute(admin, &format!("CREATE DATABASE \"{name}\" OWNER sportello TEMPLATE \"{template}\" STRATEGY file_copy"))?;
        Ok(Database { name, admin: admin.to_owned() })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Nobody to tell: the server may be gone already, and takes its databases along.
        let _ = execute(&self.admin, &format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name));
    }
}

/// A fresh, empty database on the server of this test run.
///
/// # Panics
/// When there is no such server and none can be started.
pub fn postgres() -> Database {
    expect("PostgreSQL", Database::create(shared(), "template1"))
}

/// A fresh copy of the database that `prepare` made: the first call of a run with this `template` name creates it and hands its
/// address to `prepare` (migrations, typically), all calls copy it. Cheaper than migrating once per test.
///
/// # Panics
/// As [`postgres`], and when `prepare` panics.
pub fn postgres_from(template: &str, prepare: impl FnOnce(&str) + Send) -> Database {
    expect("PostgreSQL", ensure_template(shared(), template, prepare).and_then(|()| Database::create(shared(), template)))
}

fn ensure_template(admin: &str, template: &str, prepare: impl FnOnce(&str) + Send) -> io::Result<()> {
    plainly(|| {
        let mut session = connect(admin)?;
        // Test processes of one run share the server. The lock belongs to the session, so a holder that dies frees it.
        session.execute("SELECT pg_advisory_lock(hashtext($1))", &[&template]).map_err(told)?;
        if session.query_opt("SELECT FROM pg_database WHERE datname = $1", &[&template]).map_err(told)?.is_some() {
            return Ok(());
        }
        let fresh = Database::create(admin, "template1")?;
        prepare(&fresh.url());
        let close_connections = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1";
        session.query(close_connections, &[&fresh.name]).map_err(told)?;
        session.batch_execute(&format!("ALTER DATABASE \"{}\" RENAME TO \"{template}\"", fresh.name)).map_err(told)
    })
}

/// The administrator's address of the server of this run: the one `./dev test` started, else our own.
fn shared() -> &'static str {
    static URL: OnceLock<(String, Option<Postgres>)> = OnceLock::new();
    let (url, _) = URL.get_or_init(|| match std::env::var("SPORTELLO_TEST_POSTGRES") {
        Ok(url) => (url, None),
        Err(_) => {
            let server = Postgres::start(Fsync::Off);
            (server.url(), Some(server))
        }
    });
    url
}

fn execute(admin: &str, sql: &str) -> io::Result<()> {
    plainly(|| connect(admin)?.batch_execute(sql).map_err(told))
}

fn connect(url: &str) -> io::Result<Client> {
    Client::connect(url, NoTls).map_err(told)
}

fn told(error: ::postgres::Error) -> io::Error {
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
    io::Error::other(format!("{error}{cause}"))
}

/// Runs `f` on a thread of its own: the synchronous client refuses to work on a thread of an asynchronous test.
fn plainly<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(f).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The command words that run `program` as somebody whom PostgreSQL accepts: not root.
fn unprivileged(program: &Path) -> io::Result<Vec<&OsStr>> {
    let mut words = Vec::new();
    if is_root()? {
        words.extend(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"].map(OsStr::new));
    }
    words.push(program.as_os_str());
    Ok(words)
}

fn is_root() -> io::Result<bool> {
    Ok(run(Command::new("id").arg("-u"))?.trim() == "0")
}

/// A program of the newest PostgreSQL that Debian's packages installed, else the one on the path.
fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()).max();
    match newest {
        Some(version) => format!("/usr/lib/postgresql/{version}/bin/{name}").into(),
        None => name.into(),
    }
}
