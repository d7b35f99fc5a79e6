//! The record of every voucher, and the assertions that were used.

use kernel::RomeTime;
use sha2::{Digest as _, Sha256};
use storage::{Engine, Result, Tx, params};

use crate::ids::ClientId;

/// Chains of records: those of one lane wait for each other, those of different lanes do not.
pub const LANES: i64 = 16;

/// The lane of a client's records. In SQLite, with its one writer, nobody waits for a lane: with one only, records written together lie
/// together.
pub fn lane_of(engine: Engine, client: ClientId) -> i64 {
    match engine {
        Engine::Sqlite => 0,
        Engine::Postgres => i64::from(client.0.as_bytes()[15]) % LANES,
    }
}

/// Notes that something was used, until it would have ended by itself; false when it was used before.
pub fn note_used(tx: &mut Tx<'_>, digest: &[u8], expires_at: RomeTime) -> Result<bool> {
    let sql = "INSERT INTO interop_used (digest, expires_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING";
    Ok(tx.execute(sql, params![digest, expires_at])? == 1)
}

/// Forgets what has ended by itself; gives how much.
pub fn forget_used(tx: &mut Tx<'_>, before: RomeTime) -> Result<u64> {
    tx.execute("DELETE FROM interop_used WHERE expires_at < $1", params![before])
}

/// The hash of a record: over the one before and its own text, so that a gap or a change shows.
fn chain(before: &[u8], body: &str) -> Vec<u8> {
    Sha256::new().chain_update(before).chain_update(body).finalize().to_vec()
}

/// Adds a record to a lane.
pub fn append(tx: &mut Tx<'_>, lane: i64, body: &str) -> Result<()> {
    let sql = format!("SELECT position, hash FROM interop_audit_lanes WHERE lane = $1{}", tx.for_update());
    let end = |tx: &mut Tx<'_>| tx.optional(&sql, params![lane], |row| Ok((row.get::<i64>(0)? + 1, row.get::<Vec<u8>>(1)?)));
    let (position, before) = match end(tx)? {
        Some(end) => end,
        None => {
            begin(tx, lane)?;
            end(tx)?.ok_or_else(|| storage::Error::Defect("a lane has no beginning".to_owned()))?
        }
    };
    let hash = chain(&before, body);
    tx.execute(
        "INSERT INTO interop_audit (lane, position, hash, body) VALUES ($1, $2, $3, $4)",
        params![lane, position, hash, body],
    )?;
    tx.execute("UPDATE interop_audit_lanes SET position = $2, hash = $3 WHERE lane = $1", params![lane, position, hash])?;
    Ok(())
}

/// Begins a lane, unless somebody else has meanwhile.
fn begin(tx: &mut Tx<'_>, lane: i64) -> Result<()> {
    let sql = "INSERT INTO interop_audit_lanes (lane, position, hash) VALUES ($1, 0, $2) ON CONFLICT (lane) DO NOTHING";
    tx.execute(sql, params![lane, &[0_u8; 32][..]])?;
    Ok(())
}

/// The first record of a lane that is not the one that was written there, if any: its position.
pub fn first_broken(tx: &mut Tx<'_>, lane: i64) -> Result<Option<i64>> {
    let (mut expected, mut before, mut broken) = (1, vec![0_u8; 32], None);
    let sql = "SELECT position, hash, body FROM interop_audit WHERE lane = $1 ORDER BY position";
    tx.each(sql, params![lane], |row| {
        let (position, hash) = (row.get::<i64>(0)?, row.get::<Vec<u8>>(1)?);
        if position != expected || hash != chain(&before, row.text(2)?) {
            broken = Some(expected);
            return Ok(false);
        }
        (expected, before) = (expected + 1, hash);
        Ok(true)
    })?;
    let last = tx.optional("SELECT position FROM interop_audit_lanes WHERE lane = $1", params![lane], |row| row.get::<i64>(0))?;
    // The lane knows how long it is: records cut off at its end show as well.
    Ok(broken.or((last.unwrap_or(0) >= expected).then_some(expected)))
}

/// The records of a lane, oldest first.
pub fn list(tx: &mut Tx<'_>, lane: i64) -> Result<Vec<String>> {
    tx.all("SELECT body FROM interop_audit WHERE lane = $1 ORDER BY position", params![lane], |row| row.get(0))
}
