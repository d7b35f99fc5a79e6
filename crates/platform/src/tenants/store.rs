//! Every statement about tenants.

use kernel::{FieldError, RomeTime, TenantId};
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

/// Every tenant, by name.
pub fn list(tx: &mut Tx<'_>) -> storage::Result<Vec<Tenant>> {
    let mut tenants = tx.all("SELECT body FROM tenants", params![], tenant)?;
    tenants.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tenants)
}

/// What no two tenants share: the key that says so in a database, the field, and what to say.
const TAKEN: [(&str, &str, &str); 4] = [
    ("ipa_code", "/ipa_code", "Un altro ente ha già questo codice IPA."),
    ("tax_code", "/tax_code", "Un altro ente ha già questo codice fiscale."),
    ("slug", "/slug", "Un altro ente ha già questo slug."),
    ("host", "/hosts", "Un altro ente ha già il nome di un host."),
];

fn taken(error: storage::Error) -> Error {
    let storage::Error::Unique(key) = error else { return error.into() };
    let found = TAKEN.iter().find(|(part, ..)| key.contains(part));
    let (field, message) =
        found.map_or(("/id", "Un altro ente ha già questo identificativo."), |(_, field, message)| (*field, *message));
    Error::Taken(FieldError::new(field, "unique", message))
}

/// Creates a tenant, which takes nothing from another.
pub fn create(tx: &mut Tx<'_>, tenant: &Tenant, now: RomeTime) -> Result<(), Error> {
    write(tx, tenant, "", now)
}

/// Creates a tenant, or takes the place of the one with its identifier.
pub fn replace(tx: &mut Tx<'_>, tenant: &Tenant, now: RomeTime) -> Result<(), Error> {
    write(tx, tenant, "ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, body = excluded.body", now)
}

fn write(tx: &mut Tx<'_>, tenant: &Tenant, otherwise: &str, now: RomeTime) -> Result<(), Error> {
    let body = serde_json::to_string(tenant).map_err(|error| Error::Defect(error.to_string()))?;
    let sql = format!("INSERT INTO tenants (id, slug, body, created_at) VALUES ($1, $2, $3, $4) {otherwise}");
    tx.execute(&sql, params![tenant.id, tenant.slug, body, now]).map_err(taken)?;
    tx.execute("DELETE FROM tenant_hosts WHERE tenant_id = $1", params![tenant.id])?;
    for host in &tenant.hosts {
        tx.execute("INSERT INTO tenant_hosts (host, tenant_id) VALUES ($1, $2)", params![host, tenant.id]).map_err(taken)?;
    }
    Ok(())
}
