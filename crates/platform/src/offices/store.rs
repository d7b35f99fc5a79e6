//! Every statement about offices.

use std::collections::HashMap;

use kernel::{OfficeId, RomeTime, TenantId, UserId};
use storage::{Row, Tx, params};

use super::Office;
use crate::errors::Error;
use crate::users::{self, User};

fn office(row: &Row<'_>) -> storage::Result<Office> {
    kernel::read_json(&row.get::<String>(0)?).map_err(|error| storage::Error::Defect(format!("office: {error}")))
}

/// The office, if it is the tenant's.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: OfficeId) -> storage::Result<Option<Office>> {
    tx.optional("SELECT body FROM offices WHERE tenant_id = $1 AND id = $2", params![tenant, id], office)
}

/// The same, to be changed in this transaction.
pub fn find_for_change(tx: &mut Tx<'_>, tenant: TenantId, id: OfficeId) -> storage::Result<Option<Office>> {
    let sql = format!("SELECT body FROM offices WHERE tenant_id = $1 AND id = $2{}", tx.for_update());
    tx.optional(&sql, params![tenant, id], office)
}

/// The tenant's offices by name.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId) -> storage::Result<Vec<Office>> {
    tx.all("SELECT body FROM offices WHERE tenant_id = $1 ORDER BY name, id", params![tenant], office)
}

/// How many users work in each of the tenant's offices; those in which nobody works are left out.
pub fn members(tx: &mut Tx<'_>, tenant: TenantId) -> storage::Result<HashMap<OfficeId, i64>> {
    let sql = "SELECT m.office_id, count(*) FROM office_members m JOIN offices o ON o.id = m.office_id WHERE o.tenant_id = $1 GROUP BY m.office_id";
    Ok(tx.all(sql, params![tenant], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect())
}

/// Creates or replaces an office.
///
/// # Errors
/// [`Error::Exists`] when another office has the name; [`Error::NotFound`] when the identifier is of another tenant's office;
/// [`Error::Invalid`] when the manager is no user of the tenant.
pub fn put(tx: &mut Tx<'_>, tenant: TenantId, office: &Office, now: RomeTime) -> Result<(), Error> {
    if let Some(manager) = office.manager_id
        && users::store::find(tx, tenant, manager)?.is_none_or(|user| !user.role.is_staff())
    {
        return Err(Error::field("/manager_id", "unknown", "Il responsabile non è un operatore dell'ente."));
    }
    let body = serde_json::to_string(office).map_err(|error| Error::Defect(error.to_string()))?;
    let stored = tx
        .execute(
            "INSERT INTO offices (id, tenant_id, name, body, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, body = excluded.body WHERE offices.tenant_id = excluded.tenant_id",
            params![office.id, tenant, office.name, body, now],
        )
        .map_err(|error| match error {
            storage::Error::Unique(_) => Error::Exists("Un altro ufficio dell'ente ha già questo nome."),
            error => error.into(),
        })?;
    if stored == 1 { Ok(()) } else { Err(Error::NotFound) }
}

/// Removes an office that is in charge of no application and handles no service. Those who work there do not any more.
///
/// # Errors
/// [`Error::Precondition`] when it has applications or services.
pub fn delete(tx: &mut Tx<'_>, tenant: TenantId, id: OfficeId, now: RomeTime) -> Result<(), Error> {
    let used = "SELECT 1 FROM applications WHERE tenant_id = $1 AND office_id = $2 LIMIT 1";
    if tx.optional(used, params![tenant, id], |_| Ok(()))?.is_some() {
        return Err(Error::Precondition("L'ufficio ha in carico delle pratiche: assegnarle a un altro prima di eliminarlo."));
    }
    if crate::services::store::list(tx, tenant)?.iter().any(|service| service.user_group_ids.contains(&id)) {
        return Err(Error::Precondition("L'ufficio gestisce dei servizi: toglierlo dai servizi prima di eliminarlo."));
    }
    let sql = "SELECT m.user_id FROM office_members m JOIN offices o ON o.id = m.office_id WHERE o.tenant_id = $1 AND o.id = $2";
    let members: Vec<UserId> = tx.all(sql, params![tenant, id], |row| row.get(0))?;
    for member in members {
        if let Some(user) = users::store::find_for_change(tx, tenant, member)? {
            let user_groups_ids = user.user_groups_ids.iter().copied().filter(|office| *office != id).collect();
            users::store::put(tx, tenant, &User { user_groups_ids, updated_at: Some(now), ..user }, now)?;
        }
    }
    tx.execute("DELETE FROM offices WHERE tenant_id = $1 AND id = $2", params![tenant, id])?;
    Ok(())
}
