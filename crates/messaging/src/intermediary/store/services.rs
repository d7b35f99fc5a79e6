//! Services and their templates.

use kernel::{RomeTime, TenantId};
use storage::{Result, Row, Tx, params};

use super::{from_text, to_text, word};
use crate::intermediary::service::{Details, State};
use crate::intermediary::template::Template;
use crate::store::accounts::Which;
use crate::ulid::Ulid;

/// A service.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Our name of it.
    pub id: Ulid,
    /// The body.
    pub tenant_id: TenantId,
    /// The supplier that proposed it, if it was one.
    pub provider_id: Option<Ulid>,
    /// Where it stands.
    pub state: State,
    /// Why it was refused or suspended.
    pub reason: Option<String>,
    /// What is known of it.
    pub details: Details,
    /// The key that was accepted last.
    pub preferred: Which,
    /// When the keys were given.
    pub keys_at: RomeTime,
    /// When it last sent something.
    pub last_run_at: Option<RomeTime>,
}

/// Both keys, sealed: primary and secondary.
pub type SealedKeys = (Vec<u8>, Vec<u8>);

const SERVICE: &str = "id, tenant_id, provider_id, state, reason, body, preferred, keys_at, last_run_at";

fn which(text: &str) -> Which {
    if text == "secondary" { Which::Secondary } else { Which::Primary }
}

fn which_word(which: Which) -> &'static str {
    match which {
        Which::Primary => "primary",
        Which::Secondary => "secondary",
    }
}

fn service(row: &Row<'_>) -> Result<Service> {
    Ok(Service {
        id: row.get(0)?,
        tenant_id: row.get(1)?,
        provider_id: row.get(2)?,
        state: word(row.text(3)?)?,
        reason: row.get(4)?,
        details: from_text(row.text(5)?)?,
        preferred: which(row.text(6)?),
        keys_at: row.get(7)?,
        last_run_at: row.get(8)?,
    })
}

/// Adds a service; [`storage::Error::Unique`] when the body has that one.
pub fn insert(tx: &mut Tx<'_>, service: &Service, keys: &SealedKeys) -> Result<()> {
    let sql = "INSERT INTO ios_services (id, tenant_id, provider_id, code, state, reason, body, primary_sealed, secondary_sealed,
                 preferred, keys_at, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)";
    let Service { id, tenant_id, provider_id, state, reason, details, preferred, keys_at, .. } = service;
    let (code, body, preferred) = (details.service_code.to_string(), to_text(details)?, which_word(*preferred));
    tx.execute(sql, params![id, tenant_id, provider_id, code, state.word(), reason, body, keys.0, keys.1, preferred, keys_at])?;
    Ok(())
}

/// A body's services.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Service>> {
    tx.all(&format!("SELECT {SERVICE} FROM ios_services WHERE tenant_id = $1 ORDER BY id LIMIT 1000"), params![tenant], service)
}

/// One of them.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: Ulid) -> Result<Option<Service>> {
    tx.optional(&format!("SELECT {SERVICE} FROM ios_services WHERE tenant_id = $1 AND id = $2"), params![tenant, id], service)
}

/// One of them, not to be changed by others until the transaction ends.
pub fn find_for_change(tx: &mut Tx<'_>, tenant: TenantId, id: Ulid) -> Result<Option<Service>> {
    let sql = format!("SELECT {SERVICE} FROM ios_services WHERE tenant_id = $1 AND id = $2{}", tx.for_update());
    tx.optional(&sql, params![tenant, id], service)
}

/// The active services whose lots come as files.
pub fn list_of_files(tx: &mut Tx<'_>) -> Result<Vec<Service>> {
    let sql = format!("SELECT {SERVICE} FROM ios_services WHERE state = $1 ORDER BY id LIMIT 10000");
    let mut found = tx.all(&sql, params![State::Active.word()], service)?;
    found.retain(|service| service.details.connector == crate::intermediary::service::Connector::File);
    Ok(found)
}

/// Stores where a service stands and what is known of it; and its keys, if there are new ones.
pub fn save(tx: &mut Tx<'_>, service: &Service, keys: Option<&SealedKeys>) -> Result<()> {
    let Service { id, tenant_id, state, reason, details, preferred, keys_at, .. } = service;
    let sql = "UPDATE ios_services SET state = $3, reason = $4, body = $5, preferred = $6, keys_at = $7, code = $8
               WHERE tenant_id = $1 AND id = $2";
    let (code, body) = (details.service_code.to_string(), to_text(details)?);
    tx.execute(sql, params![tenant_id, id, state.word(), reason, body, which_word(*preferred), keys_at, code])?;
    if let Some((primary, secondary)) = keys {
        let sql = "UPDATE ios_services SET primary_sealed = $3, secondary_sealed = $4 WHERE tenant_id = $1 AND id = $2";
        tx.execute(sql, params![tenant_id, id, primary, secondary])?;
    }
    Ok(())
}

/// The sealed keys of a service.
pub fn sealed_keys(tx: &mut Tx<'_>, tenant: TenantId, id: Ulid) -> Result<SealedKeys> {
    let sql = "SELECT primary_sealed, secondary_sealed FROM ios_services WHERE tenant_id = $1 AND id = $2";
    tx.one(sql, params![tenant, id], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Notes that a service sent something, and which of its keys was accepted.
pub fn note_run(tx: &mut Tx<'_>, tenant: TenantId, id: Ulid, preferred: Which, now: RomeTime) -> Result<()> {
    let sql = "UPDATE ios_services SET last_run_at = $3, preferred = $4 WHERE tenant_id = $1 AND id = $2";
    tx.execute(sql, params![tenant, id, now, which_word(preferred)])?;
    Ok(())
}

/// A version of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The template.
    pub id: Ulid,
    /// From 1.
    pub version: i64,
    /// The texts.
    pub template: Template,
}

fn version(row: &Row<'_>) -> Result<Version> {
    Ok(Version { id: row.get(0)?, version: row.get(1)?, template: from_text(row.text(2)?)? })
}

/// Adds a version of a template: the next one, or the first.
pub fn add_template(tx: &mut Tx<'_>, service: &Service, id: Ulid, template: &Template, now: RomeTime) -> Result<i64> {
    let last = "SELECT coalesce(max(version), 0) FROM ios_templates WHERE id = $1";
    let version = tx.one(last, params![id], |row| row.get::<i64>(0))? + 1;
    let sql = "INSERT INTO ios_templates (id, version, tenant_id, service_id, body, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    tx.execute(sql, params![id, version, service.tenant_id, service.id, to_text(template)?, now])?;
    Ok(version)
}

/// The newest version of each template of a service.
pub fn list_templates(tx: &mut Tx<'_>, tenant: TenantId, service: Ulid) -> Result<Vec<Version>> {
    let sql = "SELECT t.id, t.version, t.body FROM ios_templates t WHERE t.tenant_id = $1 AND t.service_id = $2
               AND t.version = (SELECT max(n.version) FROM ios_templates n WHERE n.id = t.id) ORDER BY t.id LIMIT 500";
    tx.all(sql, params![tenant, service], version)
}

/// A template of a service: a version, or the newest.
pub fn find_template(tx: &mut Tx<'_>, tenant: TenantId, service: Ulid, id: Ulid, at: Option<i64>) -> Result<Option<Version>> {
    let sql = "SELECT id, version, body FROM ios_templates WHERE tenant_id = $1 AND service_id = $2 AND id = $3 AND version <= $4
               ORDER BY version DESC LIMIT 1";
    tx.optional(sql, params![tenant, service, id, at.unwrap_or(i64::MAX)], version)
}
