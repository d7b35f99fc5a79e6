//! The key pairs that sign vouchers.

use kernel::RomeTime;
use storage::{Result, Row, Tx, params};

/// A key pair, as it is stored.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// Its thumbprint (RFC 7638).
    pub kid: String,
    /// Modulus, base64url.
    pub n: String,
    /// Exponent, base64url.
    pub e: String,
    /// The private key, sealed.
    pub private_key: Vec<u8>,
    /// When it begins to sign.
    pub not_before: RomeTime,
    /// When it stopped, or will stop, signing.
    pub retired_at: Option<RomeTime>,
}

fn stored(row: &Row<'_>) -> Result<StoredKey> {
    Ok(StoredKey {
        kid: row.get(0)?,
        n: row.get(1)?,
        e: row.get(2)?,
        private_key: row.get(3)?,
        not_before: row.get(4)?,
        retired_at: row.get(5)?,
    })
}

/// The keys that were not retired before `since`, oldest first.
pub fn list(tx: &mut Tx<'_>, since: RomeTime) -> Result<Vec<StoredKey>> {
    let sql = "SELECT kid, n, e, private_key, not_before, retired_at FROM interop_signing_keys
               WHERE retired_at IS NULL OR retired_at > $1 ORDER BY not_before, kid";
    tx.all(sql, params![since], stored)
}

/// Adds the newest key; [`storage::Error::Unique`] when there is one that has not been retired.
pub fn insert(tx: &mut Tx<'_>, key: &StoredKey) -> Result<()> {
    tx.execute(
        "INSERT INTO interop_signing_keys (kid, n, e, private_key, not_before, retired_at) VALUES ($1, $2, $3, $4, $5, $6)",
        params![key.kid, key.n, key.e, key.private_key, key.not_before, key.retired_at],
    )?;
    Ok(())
}

/// Retires a key at `at`; false when it was retired already.
pub fn retire(tx: &mut Tx<'_>, kid: &str, at: RomeTime) -> Result<bool> {
    let sql = "UPDATE interop_signing_keys SET retired_at = $2 WHERE kid = $1 AND retired_at IS NULL";
    Ok(tx.execute(sql, params![kid, at])? == 1)
}

/// Forgets keys retired before `before`; gives their number.
pub fn forget(tx: &mut Tx<'_>, before: RomeTime) -> Result<u64> {
    tx.execute("DELETE FROM interop_signing_keys WHERE retired_at < $1", params![before])
}
