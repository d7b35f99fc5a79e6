//! The handle to a database.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use jiff::SignedDuration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{oneshot, watch};

use crate::handover::{Handed, Taker, Takers};
use crate::postgres_address::Address;
use crate::wakes::Wakes;
use crate::{Error, Migrations, Result, Tx, migrate, postgres, sqlite};

/// Which database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, one file, one writing process at a time.
    Sqlite,
    /// A server, any number of processes.
    Postgres,
}

/// Where the database is: `sqlite:<file>` or `postgres://user:password@host:port/name`.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file, created if missing.
    Sqlite(PathBuf),
    /// A connection string of libpq's URL form; `sslmode=verify-full` and `sslrootcert=<file>` ask for encryption.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if let Some(file) = text.strip_prefix("sqlite:").filter(|file| !file.is_empty()) {
            return Ok(Self::Sqlite(file.into()));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Address::parse(text)?;
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err("usare sqlite:<file> oppure postgres://utente:password@host:porta/nome".to_owned())
    }
}

/// Without the password.
impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(file) => write!(f, "sqlite:{}", file.display()),
            Self::Postgres(text) => match url::Url::parse(text) {
                Ok(mut url) if url.password().is_some() => {
                    let _ = url.set_password(Some("***"));
                    write!(f, "{url}")
                }
                Ok(url) => write!(f, "{url}"),
                Err(_) => f.write_str("postgres://***"),
            },
        }
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// How a database is opened.
#[derive(Clone, Debug)]
pub struct DbOptions {
    /// Connections for reading of SQLite, or connections of PostgreSQL.
    pub connections: usize,
    /// Whether a commit waits for the disk (SQLite `synchronous=FULL`). Off only in tests that do not test durability.
    pub durable: bool,
}

impl Default for DbOptions {
    fn default() -> Self {
        Self { connections: 4, durable: true }
    }
}

/// A job for a database thread: runs in a transaction and tells its caller the outcome after the commit.
pub(crate) type Job = Box<dyn FnOnce(&mut Tx<'_>) -> (bool, Answer) + Send>;
/// Tells the caller: `Ok` after a commit (or a rollback that the closure asked for), `Err` if the commit failed.
pub(crate) type Answer = Box<dyn FnOnce(Result<()>) + Send>;

/// A database; cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    url: DatabaseUrl,
    backend: Backend,
    wakes: Wakes,
    takers: Takers,
}

enum Backend {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Threads),
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({})", self.0.url)
    }
}

impl Db {
    /// Opens the database and brings it to the newest schema of `migrations` ([`crate::SCHEMA`] is always included).
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be reached, [`Error::Defect`] when a migration fails.
    pub async fn open(url: &DatabaseUrl, options: DbOptions, migrations: &[Migrations]) -> Result<Self> {
        let (target, sets) = (url.clone(), [&[crate::SCHEMA], migrations].concat());
        blocking(move || migrate::run(&target, &sets)).await?;
        Self::attach(url, options).await
    }

    /// Opens a database whose schema is already there.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be reached.
    pub async fn attach(url: &DatabaseUrl, options: DbOptions) -> Result<Self> {
        let wakes = Wakes::new();
        let takers = Takers::default();
        let (target, sender, hands) = (url.clone(), wakes.clone(), takers.clone());
        let backend = blocking(move || {
            Ok(match &target {
                DatabaseUrl::Sqlite(file) => Backend::Sqlite(sqlite::Sqlite::start(file, &options, sender, hands)?),
                DatabaseUrl::Postgres(text) => Backend::Postgres(postgres::Threads::start(text, &options, sender)?),
            })
        })
        .await?;
        Ok(Self(Arc::new(Inner { url: url.clone(), backend, wakes, takers })))
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self.0.backend {
            Backend::Sqlite(_) => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }

    /// Where it is, without the password.
    pub fn url(&self) -> &DatabaseUrl {
        &self.0.url
    }

    /// Runs `body` as one durable transaction: when this gives `Ok`, everything in it is on disk; when it gives `Err`, nothing is.
    /// Transactions that wait at the same time share one disk write.
    ///
    /// # Errors
    /// Whatever `body` gives, or [`Error::Unavailable`] when the commit failed.
    pub async fn write<T, E, F>(&self, body: F) -> std::result::Result<T, E>
    where
        F: FnOnce(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (job, answer) = job(body);
        match &self.0.backend {
            Backend::Sqlite(engine) => engine.write(job),
            Backend::Postgres(threads) => threads.run(job, true),
        }
        answer.await.unwrap_or_else(|_| Err(stopped().into()))
    }

    /// Runs `body` without changing anything. In SQLite it sees one snapshot; in PostgreSQL each statement sees what is committed when
    /// it begins.
    ///
    /// # Errors
    /// Whatever `body` gives, or [`Error::Unavailable`].
    pub async fn read<T, E, F>(&self, body: F) -> std::result::Result<T, E>
    where
        F: FnOnce(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.0.backend {
            Backend::Sqlite(engine) => engine.read(body).await,
            Backend::Postgres(threads) => {
                let (job, answer) = job(body);
                threads.run(job, false);
                answer.await.unwrap_or_else(|_| Err(stopped().into()))
            }
        }
    }

    /// As [`Db::read`], for a task that reads little while much is being written. In SQLite the writer does it, who has the pages at hand: a
    /// reader forgets all of its own whenever something was committed. It waits for the commit that it falls into.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_among_writes<T, E, F>(&self, body: F) -> std::result::Result<T, E>
    where
        F: FnOnce(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match self.engine() {
            Engine::Sqlite => self.write(body).await,
            Engine::Postgres => self.read(body).await,
        }
    }

    /// Changes whenever this process commits an event of the topic, or a task of the queue, called `name`. Other processes' commits are
    /// seen by polling.
    pub fn wakes(&self, name: &str) -> watch::Receiver<()> {
        self.0.wakes.of(name)
    }

    /// Has tasks of `queue` that are due at once handed to whoever calls this, leased to `holder` for so long `lease`, at most `places` at a
    /// time: instead of waiting to be leased, once the transaction that enqueues them is committed. Others wait as ever. It ends when the
    /// receiver is dropped. PostgreSQL hands nothing over: there, that a task is the only one of its lane is not known before the commit.
    pub fn take_tasks(&self, queue: &str, holder: &str, lease: SignedDuration, places: usize) -> UnboundedReceiver<Handed> {
        let (taker, taken) = Taker::new(holder, lease, places);
        self.0.takers.write().insert(queue.into(), taker);
        taken
    }

    /// Changes whenever this process commits an event or a task, whichever.
    pub fn any_wakes(&self) -> watch::Receiver<()> {
        self.0.wakes.of_any()
    }
}

fn stopped() -> Error {
    Error::Unavailable("the database thread has stopped".to_owned())
}

/// Wraps a closure as a job and gives the receiver of its outcome.
fn job<T, E, F>(body: F) -> (Job, oneshot::Receiver<std::result::Result<T, E>>)
where
    F: FnOnce(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let job: Job = Box::new(move |tx| {
        let outcome = guarded(tx, body);
        let keep = outcome.is_ok();
        let answer: Answer = Box::new(move |commit| {
            let _ = sender.send(match commit {
                Ok(()) => outcome,
                Err(error) => Err(error.into()),
            });
        });
        (keep, answer)
    });
    (job, receiver)
}

/// Runs `body`. A panic in it is its error: it must not take the thread, and with it every other transaction, down.
pub(crate) fn guarded<T, E: From<Error>>(
    tx: &mut Tx<'_>,
    body: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| body(tx)))
        .unwrap_or_else(|_| Err(Error::Defect("a transaction panicked".to_owned()).into()))
}

async fn blocking<T: Send + 'static>(body: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(body).await.unwrap_or_else(|error| Err(Error::Defect(error.to_string())))
}
