//! Bodies and the registry of attributes.

use std::collections::BTreeMap;

use kernel::{RomeTime, TenantId};
use storage::{Result, Tx, params};

use super::{Purpose, body, name_of, to_text};
use crate::attributes::Kind;
use crate::attributes::registry::Attribute;
use crate::attributes::tenant::Tenant;
use crate::ids::AttributeId;

/// A body.
pub fn find_tenant(tx: &mut Tx<'_>, id: TenantId, purpose: Purpose) -> Result<Option<Tenant>> {
    let sql = format!("SELECT body FROM interop_tenants WHERE id = $1{}", purpose.lock(tx));
    tx.optional(&sql, params![id], body)
}

/// Stores a body; [`storage::Error::Unique`] when another one has its code.
pub fn save_tenant(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<()> {
    tx.execute(
        "INSERT INTO interop_tenants (id, origin, code, body, recheck_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET origin = excluded.origin, code = excluded.code, body = excluded.body,
           recheck_at = excluded.recheck_at",
        params![
            tenant.id,
            tenant.external_id.origin,
            tenant.external_id.value,
            to_text(tenant)?,
            tenant.holdings.next_expiry(tenant.updated_at.unwrap_or(tenant.created_at))
        ],
    )?;
    Ok(())
}

/// Sets when a body's agreements are to be looked at again.
pub fn set_recheck(tx: &mut Tx<'_>, id: TenantId, at: Option<RomeTime>) -> Result<()> {
    tx.execute("UPDATE interop_tenants SET recheck_at = $2 WHERE id = $1", params![id, at])?;
    Ok(())
}

/// Bodies whose agreements are to be looked at again at `now`, those that wait longest first.
pub fn list_due(tx: &mut Tx<'_>, now: RomeTime, limit: i64) -> Result<Vec<TenantId>> {
    let sql = "SELECT id FROM interop_tenants WHERE recheck_at IS NOT NULL AND recheck_at <= $1 ORDER BY recheck_at LIMIT $2";
    tx.all(sql, params![now, limit], |row| row.get(0))
}

/// Adds an attribute; [`storage::Error::Unique`] when its name or code is taken.
pub fn insert_attribute(tx: &mut Tx<'_>, attribute: &Attribute) -> Result<()> {
    tx.execute(
        "INSERT INTO interop_attributes (id, kind, origin, code, name, body) VALUES ($1, $2, $3, $4, $5, $6)",
        params![
            attribute.id,
            name_of(&attribute.kind)?,
            attribute.origin.as_deref().unwrap_or_default(),
            attribute.code,
            attribute.name,
            to_text(attribute)?
        ],
    )?;
    Ok(())
}

/// An attribute.
pub fn find_attribute(tx: &mut Tx<'_>, id: AttributeId) -> Result<Option<Attribute>> {
    tx.optional("SELECT body FROM interop_attributes WHERE id = $1", params![id], body)
}

/// The kinds of those attributes that exist.
pub fn kinds_of(tx: &mut Tx<'_>, ids: impl IntoIterator<Item = AttributeId>) -> Result<BTreeMap<AttributeId, Kind>> {
    let mut kinds = BTreeMap::new();
    for id in ids {
        if let Some(attribute) = find_attribute(tx, id)? {
            kinds.insert(id, attribute.kind);
        }
    }
    Ok(kinds)
}
