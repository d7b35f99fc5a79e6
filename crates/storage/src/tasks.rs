//! Work that waits for somebody else: durable tasks, leased by workers.

use kernel::RomeTime;
use tokio::sync::OwnedSemaphorePermit;

use crate::handover::Taker;
use crate::{Engine, Error, Result, Tx, params};

/// A task to be done.
#[derive(Clone, Debug)]
pub struct NewTask<'a> {
    /// Which worker does it.
    pub queue: &'a str,
    /// Tasks of one lane run one after the other, in the order they were enqueued.
    pub lane: &'a str,
    /// What the worker needs, as JSON text.
    pub payload: &'a str,
    /// Not before this instant.
    pub run_at: RomeTime,
}

/// A task that a worker holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasedTask {
    /// Number of the task; also its idempotency key within the queue.
    pub id: i64,
    /// Which worker does it.
    pub queue: String,
    /// Its lane.
    pub lane: String,
    /// What the worker needs, as JSON text.
    pub payload: String,
    /// How many times it was begun, this one included; from 1.
    pub attempt: i64,
    /// Who holds it.
    pub lease: String,
    /// When it was enqueued.
    pub created_at: RomeTime,
}

/// A task that nobody is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingTask {
    /// Number of the task.
    pub id: i64,
    /// What the worker needs, as JSON text.
    pub payload: String,
    /// When it is due.
    pub run_at: RomeTime,
}

fn lost(task: &LeasedTask) -> Error {
    Error::Conflict(format!("the lease of task {} was lost", task.id))
}

impl Tx<'_> {
    /// Writes down work to be done after this transaction commits.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn enqueue(&mut self, task: &NewTask<'_>, now: RomeTime) -> Result<()> {
        let place = if task.run_at <= now { self.handover.place(task.queue) } else { None };
        if let Some(place) = place
            && !self.is_lane_taken(task.queue, task.lane)?
        {
            return self.hand_over(task, now, place);
        }
        self.execute(
            "INSERT INTO tasks (queue, lane, payload, run_at, created_at) VALUES ($1, $2, $3, $4, $5)",
            params![task.queue, task.lane, task.payload, task.run_at, now],
        )?;
        self.written.add(task.queue);
        Ok(())
    }

    /// Whether a task of the lane is there, waiting or not.
    fn is_lane_taken(&mut self, queue: &str, lane: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM tasks WHERE queue = $1 AND lane = $2 LIMIT 1";
        Ok(self.optional(sql, params![queue, lane], |_| Ok(()))?.is_some())
    }

    /// Writes down a task that its worker begins as soon as this transaction is committed.
    fn hand_over(&mut self, task: &NewTask<'_>, now: RomeTime, place: (Taker, OwnedSemaphorePermit)) -> Result<()> {
        let NewTask { queue, lane, payload, run_at } = *task;
        let (holder, lease) = place.0.terms();
        let id = self.one(
            "INSERT INTO tasks (queue, lane, payload, run_at, created_at, attempts, lease, leased_until)
             VALUES ($1, $2, $3, $4, $5, 1, $6, $7) RETURNING id",
            params![queue, lane, payload, run_at, now, holder, now.plus(lease)],
            |row| row.get(0),
        )?;
        let (queue, lane, payload) = (queue.to_owned(), lane.to_owned(), payload.to_owned());
        let task = LeasedTask { id, queue, lane, payload, attempt: 1, lease: holder.to_owned(), created_at: now };
        self.handover.give(place, task);
        Ok(())
    }

    /// Leases to `holder` up to `limit` tasks of `queue` that are due, at most one a lane, until `until`.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn lease_tasks(
        &mut self,
        queue: &str,
        holder: &str,
        now: RomeTime,
        until: RomeTime,
        limit: i64,
    ) -> Result<Vec<LeasedTask>> {
        // SQLite has one writer; in PostgreSQL two workers must not wait for each other's rows.
        let lock = match self.engine() {
            Engine::Sqlite => "",
            Engine::Postgres => " FOR UPDATE SKIP LOCKED",
        };
        let sql = format!(
            "UPDATE tasks SET lease = $1, leased_until = $2, attempts = attempts + 1 WHERE id IN (
               SELECT t.id FROM tasks t
               WHERE t.queue = $3 AND t.run_at <= $4 AND (t.leased_until IS NULL OR t.leased_until < $4)
                 AND NOT EXISTS (SELECT 1 FROM tasks e WHERE e.queue = t.queue AND e.lane = t.lane AND e.id < t.id)
               ORDER BY t.run_at, t.id LIMIT $5{lock})
             RETURNING id, queue, lane, payload, attempts, created_at"
        );
        let mut tasks = self.all(&sql, params![holder, until, queue, now, limit], |row| {
            Ok(LeasedTask {
                id: row.get(0)?,
                queue: row.get(1)?,
                lane: row.get(2)?,
                payload: row.get(3)?,
                attempt: row.get(4)?,
                lease: holder.to_owned(),
                created_at: row.get(5)?,
            })
        })?;
        tasks.sort_by_key(|task| task.id);
        Ok(tasks)
    }

    /// Ends a task, in the transaction that stores its result.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the lease was lost: somebody else does the task now, and this result must not be stored.
    pub fn finish_task(&mut self, task: &LeasedTask) -> Result<()> {
        match self.execute(
            "DELETE FROM tasks WHERE id = $1 AND lease = $2 AND attempts = $3",
            params![task.id, task.lease, task.attempt],
        )? {
            1 => {
                // The next task of the lane may be due. Where asking is cheap, nobody is woken in vain.
                if self.engine() == Engine::Postgres || self.is_lane_taken(&task.queue, &task.lane)? {
                    self.written.add(&task.queue);
                }
                Ok(())
            }
            _ => Err(lost(task)),
        }
    }

    /// Notes how far a task has come: whoever does it next gets `payload`, and not what was enqueued.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the lease was lost: somebody else does the task now, and it must not be gone on with.
    pub fn note_task(&mut self, task: &LeasedTask, payload: &str) -> Result<()> {
        let sql = "UPDATE tasks SET payload = $4 WHERE id = $1 AND lease = $2 AND attempts = $3";
        match self.execute(sql, params![task.id, task.lease, task.attempt, payload])? {
            1 => Ok(()),
            _ => Err(lost(task)),
        }
    }

    /// What a task is to be done with, as it was enqueued or last noted.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the lease was lost.
    pub fn task_payload(&mut self, task: &LeasedTask) -> Result<String> {
        let sql = "SELECT payload FROM tasks WHERE id = $1 AND lease = $2 AND attempts = $3";
        self.optional(sql, params![task.id, task.lease, task.attempt], |row| row.get(0))?.ok_or_else(|| lost(task))
    }

    /// Gives a task back, to be tried again at `run_at`. Does nothing when the lease was lost.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn retry_task(&mut self, task: &LeasedTask, run_at: RomeTime, error: &str) -> Result<()> {
        self.execute(
            "UPDATE tasks SET lease = NULL, leased_until = NULL, run_at = $4, last_error = $5
             WHERE id = $1 AND lease = $2 AND attempts = $3",
            params![task.id, task.lease, task.attempt, run_at, error],
        )?;
        Ok(())
    }

    /// Takes back the tasks of a lane that nobody is at: what they wait for is no longer what is wanted, and what is wanted now would wait
    /// behind them.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn withdraw_tasks(&mut self, queue: &str, lane: &str) -> Result<()> {
        self.execute("DELETE FROM tasks WHERE queue = $1 AND lane = $2 AND lease IS NULL", params![queue, lane])?;
        Ok(())
    }

    /// The tasks of `queue` after the one with number `after` that are not due at `now` and that nobody is at, in the order of their numbers.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn waiting_tasks(&mut self, queue: &str, after: i64, now: RomeTime, limit: i64) -> Result<Vec<WaitingTask>> {
        self.all(
            "SELECT id, payload, run_at FROM tasks WHERE queue = $1 AND id > $2 AND run_at > $3 AND lease IS NULL ORDER BY id LIMIT $4",
            params![queue, after, now, limit],
            |row| Ok(WaitingTask { id: row.get(0)?, payload: row.get(1)?, run_at: row.get(2)? }),
        )
    }

    /// Makes a waiting task of `queue` due at `now`; false when it is gone, or due or somebody is at it already.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn hasten_task(&mut self, queue: &str, id: i64, now: RomeTime) -> Result<bool> {
        let sql = "UPDATE tasks SET run_at = $3 WHERE queue = $1 AND id = $2 AND run_at > $3 AND lease IS NULL";
        let hastened = self.execute(sql, params![queue, id, now])? == 1;
        if hastened {
            self.written.add(queue);
        }
        Ok(hastened)
    }

    /// Keeps the lease of a task that takes long; false when it was lost.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn renew_task(&mut self, task: &LeasedTask, until: RomeTime) -> Result<bool> {
        let sql = "UPDATE tasks SET leased_until = $4 WHERE id = $1 AND lease = $2 AND attempts = $3";
        Ok(self.execute(sql, params![task.id, task.lease, task.attempt, until])? == 1)
    }

    /// Mends the times of a queue after the clock was put back, which tasks would otherwise wait out. A task from the future was written down
    /// by the clock as it was, and keeps its pause; one that is tried again is due at `again` at the latest, a lease ends at `until`.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn put_tasks_back(&mut self, queue: &str, now: RomeTime, again: RomeTime, until: RomeTime) -> Result<()> {
        let sql = "SELECT id, run_at, created_at FROM tasks WHERE queue = $1 AND created_at > $2";
        let early: Vec<(i64, RomeTime, RomeTime)> =
            self.all(sql, params![queue, now], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        for (id, run_at, created_at) in early {
            let run_at = now.plus(run_at.since(created_at));
            self.execute("UPDATE tasks SET run_at = $2, created_at = $3 WHERE id = $1", params![id, run_at, now])?;
        }
        let sql = "UPDATE tasks SET run_at = $2 WHERE queue = $1 AND run_at > $2 AND attempts > 0 AND lease IS NULL";
        self.execute(sql, params![queue, again])?;
        self.execute("UPDATE tasks SET leased_until = $2 WHERE queue = $1 AND leased_until > $2", params![queue, until])?;
        self.written.add(queue);
        Ok(())
    }

    /// Frees every lease: for an engine that only one process uses, when that process starts.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn free_all_leases(&mut self) -> Result<()> {
        self.execute("UPDATE tasks SET lease = NULL, leased_until = NULL WHERE lease IS NOT NULL", params![])?;
        self.execute("DELETE FROM leases", params![])?;
        Ok(())
    }

    /// When the next task of `queue` becomes due, leased ones left out; `None` when there is none.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn next_task_at(&mut self, queue: &str) -> Result<Option<RomeTime>> {
        self.one("SELECT min(run_at) FROM tasks WHERE queue = $1 AND lease IS NULL", params![queue], |row| row.get(0))
    }

    /// Whether a task of `queue` was leased by somebody who has been silent since.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn has_expired_lease(&mut self, queue: &str, now: RomeTime) -> Result<bool> {
        let sql = "SELECT 1 FROM tasks WHERE queue = $1 AND leased_until < $2 LIMIT 1";
        Ok(self.optional(sql, params![queue, now], |_| Ok(()))?.is_some())
    }

    /// How many tasks wait or run, by queue.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn open_tasks(&mut self) -> Result<Vec<(String, i64)>> {
        self.all("SELECT queue, count(*) FROM tasks GROUP BY queue ORDER BY queue", params![], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }
}
