//! Key pairs.

use kernel::{RomeTime, TenantId, Uuid};
use storage::{Result, Row, Tx, params};

/// A key pair as it is kept.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// Identifier.
    pub id: Uuid,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Thumbprint.
    pub kid: String,
    /// The public key, a PEM.
    pub public_key: String,
    /// The private key, sealed.
    pub private_key: Vec<u8>,
    /// The client that it was given to.
    pub client_id: Option<Uuid>,
}

const COLUMNS: &str = "id, tenant_id, kid, public_key, private_key, client_id";

fn key(row: &Row<'_>) -> Result<StoredKey> {
    Ok(StoredKey {
        id: row.get(0)?,
        tenant_id: row.get(1)?,
        kid: row.get(2)?,
        public_key: row.get(3)?,
        private_key: row.get(4)?,
        client_id: row.get(5)?,
    })
}

/// The pair of a body that waits for its client.
pub fn find_unused(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Option<StoredKey>> {
    let sql = format!("SELECT {COLUMNS} FROM pdnd_keys WHERE tenant_id = $1 AND client_id IS NULL AND deleted_at IS NULL");
    tx.optional(&sql, params![tenant], key)
}

/// A pair that is not deleted.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: Uuid) -> Result<Option<StoredKey>> {
    let sql = format!("SELECT {COLUMNS} FROM pdnd_keys WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL");
    tx.optional(&sql, params![tenant, id], key)
}

/// Stores a new pair; a body has only one that waits ([`storage::Error::Unique`]).
pub fn insert(tx: &mut Tx<'_>, key: &StoredKey, at: RomeTime) -> Result<()> {
    let sql = "INSERT INTO pdnd_keys (id, tenant_id, kid, public_key, private_key, client_id, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.execute(sql, params![key.id, key.tenant_id, key.kid, key.public_key, key.private_key, key.client_id, at])?;
    Ok(())
}

/// Gives a pair to a client, unless another one has it; whether it has it now.
pub fn give(tx: &mut Tx<'_>, tenant: TenantId, id: Uuid, client: Uuid) -> Result<bool> {
    let sql = "UPDATE pdnd_keys SET client_id = $3
               WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL AND (client_id IS NULL OR client_id = $3)";
    Ok(tx.execute(sql, params![tenant, id, client])? > 0)
}

/// The public keys of a client that are not deleted, also those that it no longer signs with.
pub fn of_client(tx: &mut Tx<'_>, tenant: TenantId, client: Uuid) -> Result<Vec<String>> {
    let sql = "SELECT public_key FROM pdnd_keys WHERE tenant_id = $1 AND client_id = $2 AND deleted_at IS NULL";
    tx.all(sql, params![tenant, client], |row| row.get(0))
}

/// Deletes a pair: nothing is left of the private key.
pub fn delete(tx: &mut Tx<'_>, tenant: TenantId, id: Uuid, at: RomeTime) -> Result<()> {
    let sql = "UPDATE pdnd_keys SET private_key = NULL, deleted_at = $3 WHERE tenant_id = $1 AND id = $2";
    tx.execute(sql, params![tenant, id, at])?;
    Ok(())
}
