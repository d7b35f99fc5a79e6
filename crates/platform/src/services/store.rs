//! Every statement about services.

use kernel::{RomeTime, ServiceId, TenantId};
use storage::{Row, Tx, params};

use super::Service;
use crate::errors::Error;

fn service(row: &Row<'_>) -> storage::Result<Service> {
    kernel::read_json(&row.get::<String>(0)?).map_err(|error| storage::Error::Defect(format!("service: {error}")))
}

/// The service of an identifier, if it is the tenant's.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: ServiceId) -> storage::Result<Option<Service>> {
    tx.optional("SELECT body FROM services WHERE tenant_id = $1 AND id = $2", params![tenant, id], service)
}

/// The service of an identifier in addresses.
pub fn find_by_identifier(tx: &mut Tx<'_>, tenant: TenantId, identifier: &str) -> storage::Result<Option<Service>> {
    tx.optional("SELECT body FROM services WHERE tenant_id = $1 AND identifier = $2", params![tenant, identifier], service)
}

/// The tenant's services by name.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId) -> storage::Result<Vec<Service>> {
    tx.all("SELECT body FROM services WHERE tenant_id = $1 ORDER BY name, id", params![tenant], service)
}

/// Creates or replaces a service.
pub fn put(tx: &mut Tx<'_>, service: &Service, now: RomeTime) -> Result<(), Error> {
    let body = serde_json::to_string(service).map_err(|error| Error::Defect(error.to_string()))?;
    let changed = tx
        .execute(
            "INSERT INTO services (id, tenant_id, identifier, name, status, body, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
             ON CONFLICT (id) DO UPDATE SET identifier = excluded.identifier, name = excluded.name, status = excluded.status,
               body = excluded.body, updated_at = excluded.updated_at WHERE services.tenant_id = excluded.tenant_id",
            params![service.id, service.tenant, service.identifier, service.name, i64::from(service.status), body, now],
        )
        .map_err(|error| match error {
            storage::Error::Unique(_) => Error::Exists("Un altro servizio dell'ente ha già questo identificativo."),
            error => error.into(),
        })?;
    // Nothing changed: the identifier belongs to another tenant's service.
    if changed == 1 { Ok(()) } else { Err(Error::NotFound) }
}

/// Removes a service that has no applications.
pub fn delete(tx: &mut Tx<'_>, tenant: TenantId, id: ServiceId) -> Result<(), Error> {
    let used =
        tx.optional("SELECT 1 FROM applications WHERE tenant_id = $1 AND service_id = $2 LIMIT 1", params![tenant, id], |_| {
            Ok(())
        })?;
    if used.is_some() {
        return Err(Error::Precondition("Il servizio ha delle pratiche: sospenderlo (status 2) invece di eliminarlo."));
    }
    tx.execute("DELETE FROM services WHERE tenant_id = $1 AND id = $2", params![tenant, id])?;
    Ok(())
}
