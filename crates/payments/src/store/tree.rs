//! What a proxy remembers of the storage tree that it shares with other programs.

use std::collections::HashMap;

use storage::{Result, Tx, params};

/// The digests of the objects that were read or written.
pub fn digests(tx: &mut Tx<'_>, provider: &str) -> Result<HashMap<String, String>> {
    let sql = "SELECT key, digest FROM proxy_tree WHERE provider = $1";
    let rows = tx.all(sql, params![provider], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.into_iter().collect())
}

/// Notes what an object holds.
pub fn note(tx: &mut Tx<'_>, provider: &str, key: &str, digest: &str) -> Result<()> {
    let sql = "INSERT INTO proxy_tree (provider, key, digest) VALUES ($1, $2, $3)
               ON CONFLICT (provider, key) DO UPDATE SET digest = excluded.digest";
    tx.execute(sql, params![provider, key, digest])?;
    Ok(())
}
