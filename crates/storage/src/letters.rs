//! Dead letters, as an operator finds them and takes them up again. [`Tx::bury`] writes them.

use kernel::{EventId, RomeTime, TenantId, Uuid};

use crate::{Result, Row, Tx, params};

/// What nobody could deal with, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuriedLetter {
    /// Identity of the letter; grows with time.
    pub id: Uuid,
    /// The consumer, or the queue of the task.
    pub source: String,
    /// Where it came from: the topic, or the queue.
    pub topic: String,
    /// Its key, or its lane.
    pub key: String,
    /// The JSON text.
    pub payload: String,
    /// Why nobody could.
    pub reason: String,
    /// Since when it waits.
    pub buried_at: RomeTime,
}

impl BuriedLetter {
    /// Whether it was a task: a worker buries under the name of its queue alone.
    pub fn is_task(&self) -> bool {
        self.source == self.topic
    }
}

const COLUMNS: &str = "id, source, topic, key, payload, reason, created_at";

fn letter(row: &Row<'_>) -> Result<BuriedLetter> {
    Ok(BuriedLetter {
        id: row.get(0)?,
        source: row.get(1)?,
        topic: row.get(2)?,
        key: row.get(3)?,
        payload: row.get(4)?,
        reason: row.get(5)?,
        buried_at: row.get(6)?,
    })
}

impl Tx<'_> {
    /// The dead letters after `after` (nil: from the first), oldest first, at most `limit`.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn dead_letters_after(&mut self, after: Uuid, limit: i64) -> Result<Vec<BuriedLetter>> {
        self.all(&format!("SELECT {COLUMNS} FROM dead_letters WHERE id > $1 ORDER BY id LIMIT $2"), params![after, limit], letter)
    }

    /// The dead letters of a tenant, newest first: `limit` of them after the first `offset`.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn dead_letters_of(&mut self, tenant: TenantId, offset: i64, limit: i64) -> Result<Vec<BuriedLetter>> {
        let sql = format!("SELECT {COLUMNS} FROM dead_letters WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3");
        self.all(&sql, params![tenant, limit, offset], letter)
    }

    /// How many dead letters of a tenant there are.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn count_dead_letters_of(&mut self, tenant: TenantId) -> Result<i64> {
        self.one("SELECT count(*) FROM dead_letters WHERE tenant_id = $1", params![tenant], |row| row.get(0))
    }

    /// A dead letter of a tenant.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn find_dead_letter_of(&mut self, tenant: TenantId, id: Uuid) -> Result<Option<BuriedLetter>> {
        let sql = format!("SELECT {COLUMNS} FROM dead_letters WHERE tenant_id = $1 AND id = $2");
        self.optional(&sql, params![tenant, id], letter)
    }

    /// A dead letter.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn find_dead_letter(&mut self, id: Uuid) -> Result<Option<BuriedLetter>> {
        self.optional(&format!("SELECT {COLUMNS} FROM dead_letters WHERE id = $1"), params![id], letter)
    }

    /// Removes a dead letter; false when it is gone already. Whoever does something with it removes it in the same transaction.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn remove_dead_letter(&mut self, id: Uuid) -> Result<bool> {
        Ok(self.execute("DELETE FROM dead_letters WHERE id = $1", params![id])? == 1)
    }

    /// Makes `consumer` deal with an event again the next time it is delivered.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn forget_consumed(&mut self, consumer: &str, event_id: EventId) -> Result<()> {
        let sql = "DELETE FROM consumed_events WHERE consumer = $1 AND event_id = $2";
        self.execute(sql, params![consumer, event_id]).map(drop)
    }

    /// Makes `consumer` alone deal with an event that is new: for all others that ever dealt with one, it is dealt with.
    ///
    /// # Errors
    /// As [`crate::Error`] says.
    pub fn address(&mut self, consumer: &str, event_id: EventId, at: RomeTime) -> Result<()> {
        let known = "SELECT consumer FROM consumer_positions UNION SELECT consumer FROM consumed_events ORDER BY consumer";
        let known: Vec<String> = self.all(known, params![], |row| row.get(0))?;
        known.iter().filter(|name| *name != consumer).try_for_each(|name| self.mark_consumed(name, event_id, at).map(drop))
    }
}
