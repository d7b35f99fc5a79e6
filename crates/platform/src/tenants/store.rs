//! Every statement about tenants.

use kernel::{RomeTime, TenantId};
use storage::{Row, Tx, params};

use super::Tenant;
use crate::errors::Error;

fn tenant(row: &Row<'_>) -> storage::Result<Tenant> {
    kernel::read_json(&row.get::<String>(0)?).map_err(|error| storage::Error::Defect(format!("tenant: {error}")))
}

/// The tenant of a slug.
pub fn find_by_slug(tx: &mut Tx<'_>, slug: &str) -> storage::Result<Option<Tenant>> {
    tx.optional("SELECT body FROM tenants WHERE slug = $1", params![slug], tenant)
}

/// The tenant of a host name.
pub fn find_by_host(tx: &mut Tx<'_>, host: &str) -> storage::Result<Option<Tenant>> {
    let sql = "SELECT t.body FROM tenants t JOIN tenant_hosts h ON h.tenant_id = t.id WHERE h.host = $1";
    tx.optional(sql, params![host], tenant)
}

/// The tenant of an identifier.
pub fn get(tx: &mut Tx<'_>, id: TenantId) -> storage::Result<Tenant> {
    tx.one("SELECT body FROM tenants WHERE id = $1", params![id], tenant)
}

/// The same, if it is one of this installation.
pub fn find(tx: &mut Tx<'_>, id: TenantId) -> storage::Result<Option<Tenant>> {
    tx.optional("SELECT body FROM tenants WHERE id = $1", params![id], tenant)
}

/// Every tenant, by name.
pub fn list(tx: &mut Tx<'_>) -> storage::Result<Vec<Tenant>> {
    let mut tenants = tx.all("SELECT body FROM tenants", params![], tenant)?;
    tenants.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tenants)
}

/// Creates or replaces a tenant.
pub fn put(tx: &mut Tx<'_>, tenant: &Tenant, now: RomeTime) -> Result<(), Error> {
    let body = serde_json::to_string(tenant).map_err(|error| Error::Defect(error.to_string()))?;
    let taken = |error| match error {
        storage::Error::Unique(_) => Error::Exists("Lo slug o il nome di un host è già usato da un altro ente."),
        error => error.into(),
    };
    tx.execute(
        "INSERT INTO tenants (id, slug, body, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, body = excluded.body",
        params![tenant.id, tenant.slug, body, now],
    )
    .map_err(taken)?;
    tx.execute("DELETE FROM tenant_hosts WHERE tenant_id = $1", params![tenant.id])?;
    for host in &tenant.hosts {
        tx.execute("INSERT INTO tenant_hosts (host, tenant_id) VALUES ($1, $2)", params![host, tenant.id]).map_err(taken)?;
    }
    Ok(())
}
