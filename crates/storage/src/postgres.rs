//! The PostgreSQL engine: a fixed pool of threads, one connection each. The server groups its own commits.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::db::Job;
use crate::postgres_address::Address;
use crate::tx::{Conn, PgConn};
use crate::wakes::Wakes;
use crate::{DbOptions, Error, Result, Tx, fault};

pub(crate) struct Threads {
    jobs: Sender<(Job, bool)>,
}

impl Threads {
    pub(crate) fn start(text: &str, options: &DbOptions, wakes: Wakes) -> Result<Self> {
        let (jobs, queue) = unbounded();
        let address = Arc::new(Address::parse(text).map_err(Error::Defect)?);
        for _ in 0..options.connections.max(2) {
            let connection = connect(&address)?;
            let (address, queue, wakes) = (address.clone(), queue.clone(), wakes.clone());
            thread::Builder::new()
                .name("postgres".to_owned())
                .spawn(move || work(&address, connection, &queue, &wakes))
                .expect("the system starts a thread");
        }
        Ok(Self { jobs })
    }

    pub(crate) fn run(&self, job: Job, write: bool) {
        let _ = self.jobs.send((job, write));
    }
}

fn connect(address: &Address) -> Result<PgConn> {
    Ok(PgConn { client: address.connect()?, prepared: Default::default() })
}

fn work(address: &Address, connection: PgConn, queue: &Receiver<(Job, bool)>, wakes: &Wakes) {
    let mut connection = Some(connection);
    while let Ok((job, write)) = queue.recv() {
        if connection.as_ref().is_none_or(|connection| connection.client.is_closed()) {
            connection = connect(address).inspect_err(|error| tracing::warn!(%error, "database connection lost")).ok();
        }
        let Some(open) = connection.as_mut() else {
            // Dropping the job tells its caller that the database is unavailable; the pause keeps a flood of jobs from hammering it.
            drop(job);
            thread::sleep(Duration::from_millis(100));
            continue;
        };
        if run(open, job, write, wakes).is_err() && open.client.is_closed() {
            connection = None;
        }
    }
}

fn run(connection: &mut PgConn, job: Job, write: bool, wakes: &Wakes) -> Result<()> {
    // Each statement sees what is committed when it begins: readers of the event log rely on it (see `events`).
    let begin = if write { "BEGIN ISOLATION LEVEL READ COMMITTED" } else { "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY" };
    connection.client.batch_execute(begin)?;
    let mut tx = Tx::new(Conn::Postgres(connection));
    let (keep, answer) = job(&mut tx);
    let written = std::mem::take(&mut tx.written);
    if write {
        fault::step("before commit");
    }
    let outcome: Result<()> = connection.client.batch_execute(if keep { "COMMIT" } else { "ROLLBACK" }).map_err(Into::into);
    if write {
        fault::step("after commit");
    }
    answer(outcome.clone());
    if keep && outcome.is_ok() {
        wakes.wake(&written);
    }
    outcome
}
