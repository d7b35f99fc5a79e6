//! Which client calls which e-service for which purpose.

use kernel::{RomeTime, Sort, TenantId, Uuid};
use storage::{Purpose, Result, Row, Tx, params};

use super::{Listed, paging};
use crate::service::Service;

/// A configuration as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredConfig {
    /// Identifier.
    pub id: Uuid,
    /// The body.
    pub tenant_id: TenantId,
    /// The client that calls.
    pub client_id: Uuid,
    /// The e-service that is called.
    pub eservice_id: Uuid,
    /// What for.
    pub purpose_id: Uuid,
    /// Whether it may be used.
    pub is_active: bool,
    /// What the provider alone wants to know, sealed.
    pub provider: Option<Vec<u8>>,
    /// When it was made.
    pub created_at: RomeTime,
    /// When it was last changed.
    pub updated_at: RomeTime,
    /// The e-service's name in addresses.
    pub slug: String,
}

const SELECT: &str = "SELECT c.id AS id, c.tenant_id, c.client_id, c.eservice_id, c.purpose_id, c.is_active, c.provider,
                             c.created_at AS created_at, c.updated_at AS updated_at, e.slug
                      FROM pdnd_configs c JOIN pdnd_eservices e ON e.id = c.eservice_id";

fn config(row: &Row<'_>) -> Result<StoredConfig> {
    Ok(StoredConfig {
        id: row.get(0)?,
        tenant_id: row.get(1)?,
        client_id: row.get(2)?,
        eservice_id: row.get(3)?,
        purpose_id: row.get(4)?,
        is_active: row.get(5)?,
        provider: row.get(6)?,
        created_at: row.get(7)?,
        updated_at: row.get(8)?,
        slug: row.get(9)?,
    })
}

/// A configuration of a body, active or not.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: Uuid, purpose: Purpose) -> Result<Option<StoredConfig>> {
    if purpose == Purpose::Change {
        // PostgreSQL locks no row through a join.
        let sql = format!("SELECT 1 FROM pdnd_configs WHERE tenant_id = $1 AND id = $2{}", tx.for_update());
        tx.optional(&sql, params![tenant, id], |_| Ok(()))?;
    }
    tx.optional(&format!("{SELECT} WHERE c.tenant_id = $1 AND c.id = $2"), params![tenant, id], config)
}

/// The newest active configuration of a body for an e-service, of one client if it is given.
pub fn find_active(tx: &mut Tx<'_>, tenant: TenantId, service: Service, client: Option<Uuid>) -> Result<Option<StoredConfig>> {
    let sql = format!("{SELECT} WHERE c.tenant_id = $1 AND e.slug = $2 AND c.is_active = $3 ORDER BY c.created_at DESC, c.id");
    let found = tx.all(&sql, params![tenant, service.slug(), true], config)?;
    Ok(found.into_iter().find(|config| client.is_none_or(|client| config.client_id == client)))
}

/// A page of the configurations of a body.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId, sort: &Sort, offset: u64, limit: u64) -> Listed<StoredConfig> {
    let total: i64 = tx.one("SELECT count(*) FROM pdnd_configs WHERE tenant_id = $1", params![tenant], |row| row.get(0))?;
    let sql = format!("{SELECT} WHERE c.tenant_id = $1 {}", paging(sort, offset, limit));
    Ok((total.unsigned_abs(), tx.all(&sql, params![tenant], config)?))
}

/// Stores a configuration, and forgets the answers that came by what it was before.
pub fn put(tx: &mut Tx<'_>, config: &StoredConfig) -> Result<()> {
    let sql = "INSERT INTO pdnd_configs
                 (id, tenant_id, client_id, eservice_id, purpose_id, is_active, provider, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
               ON CONFLICT (id) DO UPDATE SET client_id = excluded.client_id, eservice_id = excluded.eservice_id,
                 purpose_id = excluded.purpose_id, is_active = excluded.is_active, provider = excluded.provider,
                 updated_at = excluded.updated_at";
    let StoredConfig { id, tenant_id, client_id, eservice_id, purpose_id, is_active, provider, created_at, updated_at, .. } =
        config;
    tx.execute(sql, params![id, tenant_id, client_id, eservice_id, purpose_id, is_active, provider, created_at, updated_at])?;
    tx.execute("DELETE FROM pdnd_answers WHERE config_id = $1", params![id])?;
    Ok(())
}
