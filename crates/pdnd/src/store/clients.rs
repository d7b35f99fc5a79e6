//! Clients of the interoperability platform.

use kernel::{RomeTime, Sort, TenantId, Uuid};
use serde::Serialize;
use storage::{Purpose, Result, Row, Tx, params};
use utoipa::ToSchema;

use super::{Listed, paging};
use crate::service::Environment;

/// A client, as it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Client {
    /// Identifier, the platform's own.
    pub id: Uuid,
    /// The body.
    #[schema(value_type = Uuid)]
    pub tenant_id: TenantId,
    /// Name.
    pub name: String,
    /// `produzione`, `collaudo` or `locale`.
    pub env: Environment,
    /// The pair that it signs with.
    pub key_pair_id: Uuid,
    /// The platform's name for that pair (`kid`).
    pub key_id: String,
    /// Its public key.
    pub public_key: String,
    /// When it was configured.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: RomeTime,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: RomeTime,
}

const SELECT: &str = "SELECT c.id AS id, c.tenant_id, c.name AS name, c.env, c.key_pair_id, k.kid, k.public_key,
                             c.created_at AS created_at, c.updated_at AS updated_at
                      FROM pdnd_clients c JOIN pdnd_keys k ON k.tenant_id = c.tenant_id AND k.id = c.key_pair_id";

fn client(row: &Row<'_>) -> Result<Client> {
    let env = row.text(3)?;
    Ok(Client {
        id: row.get(0)?,
        tenant_id: row.get(1)?,
        name: row.get(2)?,
        env: Environment::parse(env).ok_or_else(|| storage::Error::Defect(format!("environment {env}")))?,
        key_pair_id: row.get(4)?,
        key_id: row.get(5)?,
        public_key: row.get(6)?,
        created_at: row.get(7)?,
        updated_at: row.get(8)?,
    })
}

/// A client that is not deleted.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: Uuid, purpose: Purpose) -> Result<Option<Client>> {
    if purpose == Purpose::Change {
        // PostgreSQL locks no row through a join.
        let sql = format!("SELECT 1 FROM pdnd_clients WHERE tenant_id = $1 AND id = $2{}", tx.for_update());
        tx.optional(&sql, params![tenant, id], |_| Ok(()))?;
    }
    tx.optional(&format!("{SELECT} WHERE c.tenant_id = $1 AND c.id = $2 AND c.deleted_at IS NULL"), params![tenant, id], client)
}

/// A page of the clients of a body.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId, sort: &Sort, offset: u64, limit: u64) -> Listed<Client> {
    let sql = "SELECT count(*) FROM pdnd_clients WHERE tenant_id = $1 AND deleted_at IS NULL";
    let total: i64 = tx.one(sql, params![tenant], |row| row.get(0))?;
    let sql = format!("{SELECT} WHERE c.tenant_id = $1 AND c.deleted_at IS NULL {}", paging(sort, offset, limit));
    Ok((total.unsigned_abs(), tx.all(&sql, params![tenant], client)?))
}

/// Stores a client; one that was deleted comes back, and goes on counting its operations where it was.
pub fn put(tx: &mut Tx<'_>, client: &Client) -> Result<()> {
    let sql = "INSERT INTO pdnd_clients (tenant_id, id, name, env, key_pair_id, last_operation, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, 0, $6, $7)
               ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, env = excluded.env,
                 key_pair_id = excluded.key_pair_id, created_at = excluded.created_at, updated_at = excluded.updated_at,
                 deleted_at = NULL";
    let Client { tenant_id, id, name, env, key_pair_id, created_at, updated_at, .. } = client;
    tx.execute(sql, params![tenant_id, id, name, env.name(), key_pair_id, created_at, updated_at])?;
    Ok(())
}

/// Deletes a client, so that it can come back; whether it was there.
pub fn delete(tx: &mut Tx<'_>, tenant: TenantId, id: Uuid, at: RomeTime) -> Result<bool> {
    let sql = "UPDATE pdnd_clients SET deleted_at = $3, updated_at = $3
               WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL";
    Ok(tx.execute(sql, params![tenant, id, at])? > 0)
}

/// Whether a client signs with the pair.
pub fn sign_with(tx: &mut Tx<'_>, tenant: TenantId, key: Uuid) -> Result<bool> {
    let sql = "SELECT 1 FROM pdnd_clients WHERE tenant_id = $1 AND key_pair_id = $2 AND deleted_at IS NULL";
    Ok(tx.optional(sql, params![tenant, key], |_| Ok(()))?.is_some())
}

/// The number of the next operation of a client: larger than every one before, also than those of a program that had the client before us
/// or of a database that was lost, because it is at least the time in milliseconds.
pub fn next_operation(tx: &mut Tx<'_>, tenant: TenantId, id: Uuid, at: RomeTime) -> Result<i64> {
    let sql = "UPDATE pdnd_clients
               SET last_operation = CASE WHEN last_operation >= $3 THEN last_operation + 1 ELSE $3 END
               WHERE tenant_id = $1 AND id = $2 RETURNING last_operation";
    tx.one(sql, params![tenant, id, at.as_microsecond() / 1_000], |row| row.get(0))
}
