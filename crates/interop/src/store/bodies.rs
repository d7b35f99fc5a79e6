//! Bodies and the registry of attributes.

use std::collections::BTreeMap;

use kernel::{RomeTime, TenantId};
use storage::{Result, Tx, params};

use super::lists::{Filter, Listed, Page, containing};
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
        "INSERT INTO interop_tenants (id, origin, code, name_key, tax_code, body, recheck_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET origin = excluded.origin, code = excluded.code, name_key = excluded.name_key,
           tax_code = excluded.tax_code, body = excluded.body, recheck_at = excluded.recheck_at",
        params![
            tenant.id,
            tenant.external_id.origin,
            tenant.external_id.value,
            tenant.name.trim().to_lowercase(),
            tenant.tax_code,
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

/// The certified attribute of a code.
pub fn find_attribute_by_code(tx: &mut Tx<'_>, origin: &str, code: &str) -> Result<Option<Attribute>> {
    tx.optional("SELECT body FROM interop_attributes WHERE origin = $1 AND code = $2", params![origin, code], body)
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

/// Which bodies are looked for; what is empty does not matter.
#[derive(Clone, Debug, Default)]
pub struct TenantQuery {
    /// Text in the name.
    pub name: Option<String>,
    /// The register that it comes from.
    pub origin: Option<String>,
    /// Its code there.
    pub code: Option<String>,
    /// Its fiscal code.
    pub tax_code: Option<String>,
    /// Only bodies that offer a published e-service.
    pub producers: bool,
    /// Only bodies with an agreement in force on an e-service of this one.
    pub consumers_of: Option<TenantId>,
    /// Only bodies that this one has asked for an e-service.
    pub asked_by: Option<TenantId>,
    /// Only bodies that have asked this one for an e-service.
    pub who_asked: Option<TenantId>,
    /// Attributes, one of which they hold or held.
    pub certified: Vec<AttributeId>,
    /// Only bodies that certify.
    pub certifiers: bool,
}

/// Bodies by name.
pub fn list_tenants(tx: &mut Tx<'_>, query: &TenantQuery, page: Page) -> Result<Listed<Tenant>> {
    let name: Vec<String> = query.name.iter().filter(|name| !name.trim().is_empty()).map(|name| containing(name)).collect();
    let mut filter = Filter::default();
    filter.matches("name_key", &name);
    filter.is("origin", query.origin.as_ref());
    filter.is("code", query.code.as_ref());
    filter.is("tax_code", query.tax_code.as_ref());
    if query.producers {
        filter.and(
            "id IN (SELECT producer_id FROM interop_eservices WHERE states NOT IN (',DRAFT,', ',WAITING_FOR_APPROVAL,'))",
            &[],
        );
    }
    if let Some(producer) = &query.consumers_of {
        let clause =
            "id IN (SELECT consumer_id FROM interop_agreements WHERE producer_id = ? AND state IN ('ACTIVE', 'SUSPENDED'))";
        filter.and(clause, params![*producer]);
    }
    if let Some(consumer) = &query.asked_by {
        filter.and("id IN (SELECT producer_id FROM interop_agreements WHERE consumer_id = ?)", params![*consumer]);
    }
    if let Some(producer) = &query.who_asked {
        let clause = "id IN (SELECT consumer_id FROM interop_agreements WHERE producer_id = ? AND state <> 'DRAFT')";
        filter.and(clause, params![*producer]);
    }
    // Which bodies hold an attribute is no column: only certifiers ask.
    let certified: Vec<String> = query.certified.iter().map(|id| format!("%{}%", id.0)).collect();
    filter.matches("body", &certified);
    if query.certifiers {
        // Quotation marks that are part of a name are escaped, so this is the member and nothing else.
        filter.and("body LIKE '%,\"certifier\":\"%'", &[]);
    }
    filter.page(tx, ("body", "interop_tenants", "name_key, id"), page, body)
}

/// Attributes of some kinds by name; `text` in the name, `origin` of the certifier, if they are given.
pub fn list_attributes(
    tx: &mut Tx<'_>,
    kinds: &[Kind],
    (text, origin): (Option<&str>, Option<&str>),
    page: Page,
) -> Result<Listed<Attribute>> {
    let kinds = kinds.iter().map(name_of).collect::<Result<Vec<_>>>()?;
    let text: Vec<String> = text.iter().filter(|text| !text.trim().is_empty()).map(|text| containing(text)).collect();
    let origin = origin.map(str::to_owned);
    let mut filter = Filter::default();
    filter.among("kind", &kinds);
    filter.matches("lower(name)", &text);
    filter.is("origin", origin.as_ref());
    filter.page(tx, ("body", "interop_attributes", "name, id"), page, body)
}
