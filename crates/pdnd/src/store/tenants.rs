//! Bodies that the connector works for.

use kernel::{RomeTime, TenantId};
use serde::{Deserialize, Serialize};
use storage::{Purpose, Result, Row, Tx, params};
use utoipa::ToSchema;

/// A body, as it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tenant {
    /// Identifier, the platform's own.
    #[schema(value_type = kernel::Uuid)]
    pub id: TenantId,
    /// Name.
    pub name: String,
    /// Code in the index of public administrations: providers are told it (`userLocation`).
    pub ipa_code: String,
    /// When it was configured.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: RomeTime,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: RomeTime,
}

fn tenant(row: &Row<'_>) -> Result<Tenant> {
    Ok(Tenant { id: row.get(0)?, name: row.get(1)?, ipa_code: row.get(2)?, created_at: row.get(3)?, updated_at: row.get(4)? })
}

/// A body that is not deleted.
pub fn find(tx: &mut Tx<'_>, id: TenantId, purpose: Purpose) -> Result<Option<Tenant>> {
    let sql = format!(
        "SELECT id, name, ipa_code, created_at, updated_at FROM pdnd_tenants WHERE id = $1 AND deleted_at IS NULL{}",
        purpose.lock(tx)
    );
    tx.optional(&sql, params![id], tenant)
}

/// Stores a body; one that was deleted comes back.
pub fn put(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<()> {
    let sql = "INSERT INTO pdnd_tenants (id, name, ipa_code, created_at, updated_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (id) DO UPDATE SET name = excluded.name, ipa_code = excluded.ipa_code,
                 created_at = excluded.created_at, updated_at = excluded.updated_at, deleted_at = NULL";
    tx.execute(sql, params![tenant.id, tenant.name, tenant.ipa_code, tenant.created_at, tenant.updated_at])?;
    Ok(())
}

/// Deletes a body, so that it can come back; whether it was there.
pub fn delete(tx: &mut Tx<'_>, id: TenantId, at: RomeTime) -> Result<bool> {
    let sql = "UPDATE pdnd_tenants SET deleted_at = $2, updated_at = $2 WHERE id = $1 AND deleted_at IS NULL";
    Ok(tx.execute(sql, params![id, at])? > 0)
}
