//! The event log inside the database, and where its consumers stand.

use kernel::{EventId, RomeTime, TenantId, Uuid};
use serde::Deserialize;

use crate::{Log, Result, Row, Tx, params};

/// An event as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Position in the log, growing; unique over all topics.
    pub position: i64,
    /// The topic.
    pub topic: String,
    /// Events of one key stay in order.
    pub key: String,
    /// Identity of the event.
    pub event_id: EventId,
    /// The JSON text.
    pub payload: String,
    /// When it was appended.
    pub appended_at: RomeTime,
}

/// What nobody could deal with.
#[derive(Clone, Copy, Debug)]
pub struct DeadLetter<'a> {
    /// Identity of the letter.
    pub id: Uuid,
    /// The consumer, or the queue of the task.
    pub source: &'a str,
    /// Where it came from: the topic, or the queue.
    pub topic: &'a str,
    /// Its key, or its lane.
    pub key: &'a str,
    /// The JSON text.
    pub payload: &'a str,
    /// Why nobody could.
    pub reason: &'a str,
}

/// The tenant that an event or a task names.
fn tenant_of(payload: &str) -> Option<TenantId> {
    #[derive(Deserialize)]
    struct Peek {
        tenant_id: TenantId,
    }
    serde_json::from_str::<Peek>(payload).ok().map(|Peek { tenant_id }| tenant_id)
}

/// Longest reason of a dead letter, in characters: it is written by whoever failed, others perhaps.
const MAX_REASON: usize = 2_000;
/// Rows that are forgotten in one transaction.
const TRIMMED: i64 = 5_000;

/// The log of events.
const EVENTS: Log = Log::new(0, "events_position_seq");

const COLUMNS: &str = "position, topic, key, event_id, payload, appended_at";

fn event(row: &Row<'_>) -> Result<StoredEvent> {
    Ok(StoredEvent {
        position: row.get(0)?,
        topic: row.get(1)?,
        key: row.get(2)?,
        event_id: row.get(3)?,
        payload: row.get(4)?,
        appended_at: row.get(5)?,
    })
}

impl Tx<'_> {
    /// Publishes an event of a contract: it becomes visible when this transaction commits, and never if it does not.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn emit<E: contracts::Event>(&mut self, event: &E, at: RomeTime) -> Result<()> {
        self.emit_text(event, &crate::to_text(event)?, at)
    }

    /// The same for an event whose JSON text is at hand.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn emit_text<E: contracts::Event>(&mut self, event: &E, text: &str, at: RomeTime) -> Result<()> {
        self.append(E::TOPIC, &event.key(), event.event_id(), text, at)
    }

    /// Appends an event to the log. It becomes visible when this transaction commits, and never if it does not.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn append(&mut self, topic: &str, key: &str, event_id: EventId, payload: &str, at: RomeTime) -> Result<()> {
        self.appends_to(EVENTS)?;
        self.execute(
            "INSERT INTO events (topic, key, event_id, payload, appended_at) VALUES ($1, $2, $3, $4, $5)",
            params![topic, key, event_id, payload, at],
        )?;
        self.written.add(topic);
        Ok(())
    }

    /// The events of `topic` after `position`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn events_after(&mut self, topic: &str, position: i64, limit: i64) -> Result<Vec<StoredEvent>> {
        let settled = self.settled(EVENTS)?;
        let sql = format!(
            "SELECT {COLUMNS} FROM events WHERE topic = $1 AND position > $2 AND position <= $3 ORDER BY position LIMIT $4"
        );
        self.all(&sql, params![topic, position, settled, limit], event)
    }

    /// The events of all topics after `position`, oldest first, at most `limit`: what the relay to Kafka reads.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn all_events_after(&mut self, position: i64, limit: i64) -> Result<Vec<StoredEvent>> {
        let settled = self.settled(EVENTS)?;
        let sql = format!("SELECT {COLUMNS} FROM events WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3");
        self.all(&sql, params![position, settled, limit], event)
    }

    /// The topics that have events, with the number of events and the last position of each.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn topics(&mut self) -> Result<Vec<(String, i64, i64)>> {
        self.all("SELECT topic, count(*), max(position) FROM events GROUP BY topic ORDER BY topic", params![], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
    }

    /// Whether anybody has written to or read from `topic` so far.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn has_topic(&mut self, topic: &str) -> Result<bool> {
        let sql = "SELECT 1 WHERE EXISTS (SELECT 1 FROM events WHERE topic = $1)
                      OR EXISTS (SELECT 1 FROM consumer_positions WHERE topic = $1)";
        Ok(self.optional(sql, params![topic], |_| Ok(()))?.is_some())
    }

    /// Where `consumer` stands on `topic`: the position of the last event it has dealt with, 0 at first.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn consumer_position(&mut self, consumer: &str, topic: &str) -> Result<i64> {
        let sql = "SELECT position FROM consumer_positions WHERE consumer = $1 AND topic = $2";
        Ok(self.optional(sql, params![consumer, topic], |row| row.get(0))?.unwrap_or(0))
    }

    /// Moves `consumer` to `position` on `topic`.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn set_consumer_position(&mut self, consumer: &str, topic: &str, position: i64) -> Result<()> {
        self.execute(
            "INSERT INTO consumer_positions (consumer, topic, position) VALUES ($1, $2, $3)
             ON CONFLICT (consumer, topic) DO UPDATE SET position = excluded.position",
            params![consumer, topic, position],
        )?;
        Ok(())
    }

    /// Records that `consumer` deals with the event in this transaction; false when it already had.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn mark_consumed(&mut self, consumer: &str, event_id: EventId, at: RomeTime) -> Result<bool> {
        let sql = "INSERT INTO consumed_events (consumer, event_id, consumed_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        Ok(self.execute(sql, params![consumer, event_id, at])? == 1)
    }

    /// Keeps for an operator what nobody could deal with.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn bury(&mut self, letter: &DeadLetter<'_>, at: RomeTime) -> Result<()> {
        let DeadLetter { id, source, topic, key, payload, reason } = letter;
        self.execute(
            "INSERT INTO dead_letters (id, source, topic, key, payload, reason, created_at, tenant_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            // PostgreSQL has no NUL in texts.
            params![
                id,
                source,
                topic,
                key.replace('\0', "\u{fffd}"),
                payload.replace('\0', "\u{fffd}"),
                reason.chars().take(MAX_REASON).collect::<String>().replace('\0', "\u{fffd}"),
                at,
                tenant_of(payload)
            ],
        )?;
        Ok(())
    }

    /// How many dead letters wait, by source.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn dead_letters(&mut self) -> Result<Vec<(String, i64)>> {
        self.all("SELECT source, count(*) FROM dead_letters GROUP BY source ORDER BY source", params![], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    /// Takes or renews the lease `name` for `holder` until `until`; false when somebody else holds it at `now`. Within a transaction
    /// this is also the fence: whoever lost the lease cannot commit.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn hold_lease(&mut self, name: &str, holder: &str, now: RomeTime, until: RomeTime) -> Result<bool> {
        let sql = "INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $4)
                   ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
                   WHERE leases.holder = $2 OR leases.expires_at < $3";
        Ok(self.execute(sql, params![name, holder, now, until])? == 1)
    }

    /// Gives the lease back, so that another process need not wait for its end.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn release_leases(&mut self, holder: &str) -> Result<()> {
        self.execute("DELETE FROM leases WHERE holder = $1", params![holder])?;
        self.execute("UPDATE tasks SET lease = NULL, leased_until = NULL WHERE lease = $1", params![holder])?;
        Ok(())
    }

    /// Forgets events that every consumer has passed and that are older than `before`, some thousands at a time: others wait for this
    /// transaction. Gives the number of events forgotten; zero when none is left to forget.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn trim_events(&mut self, before: RomeTime) -> Result<u64> {
        // Positions grow with time: what stands before the first young event is old, and the young ones need not be read.
        self.execute(
            "DELETE FROM events WHERE position IN (
               SELECT e.position FROM events e
               WHERE e.position < COALESCE((SELECT y.position FROM events y WHERE y.appended_at >= $1 ORDER BY y.position LIMIT 1), $2)
                 AND NOT EXISTS (
                   SELECT 1 FROM consumer_positions p WHERE (p.topic = e.topic OR p.topic = '*') AND p.position < e.position)
               ORDER BY e.position LIMIT $3)",
            params![before, i64::MAX, TRIMMED],
        )
    }

    /// Forgets which events were consumed before `before`, but nothing that is younger than the oldest event of the log: an event that
    /// may be delivered again is known for as long as it is there. As many at a time as [`Tx::trim_events`]; gives their number.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn trim_consumed(&mut self, before: RomeTime) -> Result<u64> {
        let sql = "SELECT appended_at FROM events ORDER BY position LIMIT 1";
        let oldest: Option<RomeTime> = self.optional(sql, params![], |row| row.get(0))?;
        let before = oldest.map_or(before, |oldest| oldest.min(before));
        self.execute(
            "DELETE FROM consumed_events WHERE (consumer, event_id) IN (
               SELECT consumer, event_id FROM consumed_events WHERE consumed_at < $1 ORDER BY consumed_at LIMIT $2)",
            params![before, TRIMMED],
        )
    }
}
