//! The SQLite engine: one writer thread that commits whatever waits together, and a few connections for reading.

use std::path::Path;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use crate::db::{Answer, Job, guarded};
use crate::handover::{Handover, Takers};
use crate::tx::Conn;
use crate::wakes::{Wakes, Written};
use crate::{DbOptions, Error, Result, Tx, fault};

/// Most transactions that share one commit; bounds the time the first of them waits.
const GROUP: usize = 256;
/// Transactions after which the pages written go from the write-ahead log into the database file, on a thread of their own. The writer does
/// it itself only when the log grows past [`LOG_PAGES`] nevertheless.
const CHECKPOINT: usize = 256;
/// Pages of the write-ahead log past which the writer waits for a checkpoint: 64 MiB. Pages that change often go to the file once.
const LOG_PAGES: i64 = 16_000;
/// Memory in which each connection keeps pages, in KiB.
const CACHE: i64 = 8_000;

pub(crate) struct Sqlite {
    writer: Sender<Job>,
    /// As many connections as places, less those in use.
    readers: Mutex<Vec<Connection>>,
    places: Semaphore,
}

impl Sqlite {
    pub(crate) fn start(file: &Path, options: &DbOptions, wakes: Wakes, takers: Takers) -> Result<Self> {
        let (writer, jobs) = unbounded();
        let connection = open(file, options, false)?;
        // One signal is enough, however many transactions it stands for.
        let (checkpoint, due) = bounded(1);
        spawn("sqlite-writer", move || write_loop(&connection, &jobs, (&wakes, &takers), &checkpoint));
        let connection = open(file, options, false)?;
        spawn("sqlite-checkpoint", move || checkpoint_loop(&connection, &due));

        let connections = options.connections.max(1);
        let readers: Result<Vec<_>> = (0..connections).map(|_| open(file, options, true)).collect();
        Ok(Self { writer, readers: Mutex::new(readers?), places: Semaphore::new(connections) })
    }

    pub(crate) fn write(&self, job: Job) {
        // When the thread is gone the job is dropped, and its caller learns it from the closed channel.
        let _ = self.writer.send(job);
    }

    /// Reads on the caller's own thread: the pages are in memory nearly always, and a switch to another thread costs more than most reads.
    pub(crate) async fn read<T, E: From<Error>>(
        &self,
        body: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let _place = self.places.acquire().await.map_err(|_| Error::Unavailable("the database is closed".to_owned()))?;
        let connection = self.readers.lock().pop().expect("there is a connection for each place");
        let outcome =
            run(&connection, "BEGIN").map_err(E::from).and_then(|()| guarded(&mut Tx::new(Conn::Sqlite(&connection)), body));
        let _ = run(&connection, "COMMIT");
        self.readers.lock().push(connection);
        outcome
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) {
    thread::Builder::new().name(name.to_owned()).spawn(body).expect("the system starts a thread");
}

/// Opens a connection with the settings that every connection shares.
pub(crate) fn open(file: &Path, options: &DbOptions, reader: bool) -> Result<Connection> {
    let flags =
        if reader { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE };
    let connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    if !reader {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", if options.durable { "FULL" } else { "OFF" })?;
        connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    }
    // A plan depends on the statement alone. Without this SQLite plans it anew whenever other values are bound, for each run that is.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

fn write_loop(connection: &Connection, jobs: &Receiver<Job>, (wakes, takers): (&Wakes, &Takers), checkpoint: &Sender<()>) {
    let mut since_checkpoint = 0;
    while let Ok(first) = jobs.recv() {
        let mut answers: Vec<Answer> = Vec::new();
        let outcome = write_group(connection, takers, first, jobs, &mut answers);
        if outcome.is_err() {
            let _ = connection.execute_batch("ROLLBACK");
        }
        let outcome = outcome.map(|(written, handover)| {
            wakes.wake(&written);
            handover.send();
        });
        since_checkpoint += answers.len();
        for answer in answers {
            answer(outcome.clone());
        }
        if since_checkpoint >= CHECKPOINT {
            since_checkpoint = 0;
            let _ = checkpoint.try_send(());
        }
    }
}

/// Moves pages from the log to the database file without holding up readers or the writer.
fn checkpoint_loop(connection: &Connection, due: &Receiver<()>) {
    for () in due {
        if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the write-ahead log could not be moved into the database file; it is tried again");
        }
    }
}

/// A statement without parameters, parsed once.
pub(crate) fn run(connection: &Connection, sql: &str) -> Result<()> {
    connection.prepare_cached(sql)?.raw_execute()?;
    Ok(())
}

/// Runs `first` and whatever else waits in one transaction, each further job in a savepoint of its own, and commits. Gives where events
/// and tasks were written to, and the tasks that are handed over.
fn write_group(
    connection: &Connection,
    takers: &Takers,
    first: Job,
    jobs: &Receiver<Job>,
    answers: &mut Vec<Answer>,
) -> Result<(Written, Handover)> {
    let begun = run(connection, "BEGIN IMMEDIATE");
    if begun.is_err() {
        // Without a transaction each statement would be one of its own: whoever waits is told, but writes nothing.
        connection.pragma_update(None, "query_only", true)?;
    }
    let (mut written, mut handover) = (Written::default(), Handover::default());
    let mut next = Some(first);
    while let Some(job) = next.take() {
        let mut tx = Tx::new(Conn::Sqlite(connection)).handing_over(Handover::to(takers));
        // SQLite copies each page that changes within a savepoint. Before the first job there is nothing that must be kept when it fails.
        let alone = answers.is_empty();
        if begun.is_ok() && !alone {
            run(connection, "SAVEPOINT job")?;
        }
        let (keep, answer) = job(&mut tx);
        answers.push(answer);
        if begun.is_ok() && alone && !keep {
            run(connection, "ROLLBACK")?;
            return Ok((written, handover));
        }
        if begun.is_ok() && !alone {
            if !keep {
                run(connection, "ROLLBACK TO job")?;
            }
            run(connection, "RELEASE job")?;
        }
        if keep {
            written.extend(&tx.written);
            handover.append(&mut tx.handover);
        }
        if answers.len() < GROUP {
            next = jobs.try_recv().ok();
        }
    }
    if begun.is_err() {
        connection.pragma_update(None, "query_only", false)?;
    }
    begun?;
    fault::step("before commit");
    run(connection, "COMMIT")?;
    fault::step("after commit");
    Ok((written, handover))
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::params;

    #[test]
    fn a_transaction_that_cannot_begin_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.db");
        let connection = open(&file, &DbOptions::default(), false).unwrap();
        connection.execute_batch("CREATE TABLE pets (id TEXT PRIMARY KEY)").unwrap();
        connection.busy_timeout(std::time::Duration::ZERO).unwrap();
        let other = open(&file, &DbOptions::default(), false).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let job: Job = Box::new(move |tx: &mut Tx<'_>| {
            // The other lets go when the transaction has failed to begin.
            other.execute_batch("COMMIT").unwrap();
            let kept = tx.execute("INSERT INTO pets (id) VALUES ($1)", params!["argo"]).is_ok();
            (kept, Box::new(|_| {}) as Answer)
        });
        let (_sender, jobs) = unbounded();
        let mut answers = Vec::new();
        assert!(write_group(&connection, &Takers::default(), job, &jobs, &mut answers).is_err());
        let count =
            |connection: &Connection| connection.query_row("SELECT count(*) FROM pets", [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!((count(&connection), answers.len()), (0, 1));
        let job: Job = Box::new(|tx: &mut Tx<'_>| {
            let kept = tx.execute("INSERT INTO pets (id) VALUES ($1)", params!["argo"]).is_ok();
            (kept, Box::new(|_| {}) as Answer)
        });
        assert!(write_group(&connection, &Takers::default(), job, &jobs, &mut answers).is_ok());
        assert_eq!(count(&connection), 1);
    }

    #[test]
    fn a_statement_is_planned_once_whatever_is_bound() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open(&folder.path().join("test.db"), &DbOptions::default(), false).unwrap();
        connection.execute_batch("CREATE TABLE pets (id TEXT PRIMARY KEY, owner TEXT NOT NULL)").unwrap();
        let sql = "SELECT owner FROM pets WHERE id = $1 AND owner = $2 LIMIT $3";
        for owner in ["ada", "bruno", "carla"] {
            let mut tx = Tx::new(Conn::Sqlite(&connection));
            tx.optional(sql, params!["argo", owner, 20_i64], |_| Ok(())).unwrap();
        }
        assert_eq!(connection.prepare_cached(sql).unwrap().get_status(StatementStatus::RePrepare), 0);
    }
}
