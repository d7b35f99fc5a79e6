//! The SQLite engine: one writer thread that commits whatever waits together, and a few reader threads.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::watch;

use crate::db::{Answer, Job};
use crate::tx::Conn;
use crate::{DbOptions, Result, Tx, fault};

/// Most transactions that share one commit; bounds the time the first of them waits.
const GROUP: usize = 256;

pub(crate) struct Threads {
    writer: Sender<Job>,
    readers: Sender<Job>,
}

impl Threads {
    pub(crate) fn start(file: &Path, options: &DbOptions, wakes: watch::Sender<u64>) -> Result<Self> {
        let (writer, jobs) = channel();
        let connection = open(file, options, false)?;
        spawn("sqlite-writer", move || write_loop(&connection, &jobs, &wakes));

        let (readers, jobs) = channel();
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..options.connections.max(1) {
            let connection = open(file, options, true)?;
            let jobs = Arc::clone(&jobs);
            spawn("sqlite-reader", move || read_loop(&connection, &jobs));
        }
        Ok(Self { writer, readers })
    }

    pub(crate) fn write(&self, job: Job) {
        // When the thread is gone the job is dropped, and its caller learns it from the closed channel.
        let _ = self.writer.send(job);
    }

    pub(crate) fn read(&self, job: Job) {
        let _ = self.readers.send(job);
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
        connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    }
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -8_000)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

fn write_loop(connection: &Connection, jobs: &Receiver<Job>, wakes: &watch::Sender<u64>) {
    while let Ok(first) = jobs.recv() {
        let mut answers: Vec<Answer> = Vec::new();
        let outcome = write_group(connection, first, jobs, &mut answers);
        let woken = *outcome.as_ref().unwrap_or(&false);
        if outcome.is_err() {
            let _ = connection.execute_batch("ROLLBACK");
        }
        let outcome = outcome.map(|_| ());
        for answer in answers {
            answer(outcome.clone());
        }
        if woken {
            wakes.send_modify(|count| *count += 1);
        }
    }
}

/// Runs `first` and whatever else waits in one transaction, each job in a savepoint of its own, and commits. Gives whether somebody
/// waits for what was written.
fn write_group(connection: &Connection, first: Job, jobs: &Receiver<Job>, answers: &mut Vec<Answer>) -> Result<bool> {
    let begun = connection.execute_batch("BEGIN IMMEDIATE");
    let mut woken = false;
    let mut next = Some(first);
    while let Some(job) = next.take() {
        let mut tx = Tx::new(Conn::Sqlite(connection));
        if begun.is_ok() {
            connection.execute_batch("SAVEPOINT job")?;
        }
        let (keep, answer) = job(&mut tx);
        answers.push(answer);
        if begun.is_ok() {
            connection.execute_batch(if keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
        }
        woken |= keep && tx.wakes;
        if answers.len() < GROUP {
            next = jobs.try_recv().ok();
        }
    }
    begun?;
    fault::step("before commit");
    connection.execute_batch("COMMIT")?;
    fault::step("after commit");
    Ok(woken)
}

fn read_loop(connection: &Connection, jobs: &Mutex<Receiver<Job>>) {
    loop {
        let Ok(job) = jobs.lock().recv() else { return };
        let begun = connection.execute_batch("BEGIN");
        let mut tx = Tx::new(Conn::Sqlite(connection));
        let (_, answer) = job(&mut tx);
        let outcome = begun.map_err(Into::into);
        let _ = connection.execute_batch("COMMIT");
        answer(outcome);
    }
}
