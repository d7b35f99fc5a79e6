//! What people have accepted.

use kernel::{RomeTime, UserId, Uuid};
use storage::{Result, Tx, params};

/// The version of `kind` that a person has accepted last.
pub fn find(tx: &mut Tx<'_>, user: UserId, kind: &str) -> Result<Option<Uuid>> {
    let sql = "SELECT version_id FROM interop_consents WHERE user_id = $1 AND kind = $2";
    tx.optional(sql, params![user, kind], |row| row.get(0))
}

/// A person accepts a version.
pub fn save(tx: &mut Tx<'_>, user: UserId, kind: &str, version: Uuid, now: RomeTime) -> Result<()> {
    tx.execute(
        "INSERT INTO interop_consents (user_id, kind, version_id, accepted_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, kind) DO UPDATE SET version_id = excluded.version_id, accepted_at = excluded.accepted_at",
        params![user, kind, version, now],
    )?;
    Ok(())
}
