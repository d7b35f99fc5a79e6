//! Suppliers, their keys, and who may do what.

use jiff::civil::Date;
use kernel::{RomeTime, TenantId};
use storage::{Result, Row, Tx, params};

use super::word;
use crate::intermediary::people::Duty;
use crate::ulid::Ulid;

/// A supplier to whom the body has delegated sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// The supplier.
    pub id: Ulid,
    /// Its name.
    pub name: String,
    /// First day.
    pub valid_from: Date,
    /// Last day, if there is one.
    pub valid_until: Option<Date>,
    /// Whether the body lets it in.
    pub active: bool,
}

impl Provider {
    /// Whether it may act on `day`.
    pub fn is_delegated(&self, day: Date) -> bool {
        self.active && self.valid_from <= day && self.valid_until.is_none_or(|last| day <= last)
    }
}

/// Somebody who may do something here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The user name, as the identity role knows it.
    pub username: String,
    /// For whom.
    pub duty: Duty,
    /// The supplier, if it is for one.
    pub provider_id: Option<Ulid>,
}

fn date(text: &str) -> Result<Date> {
    text.parse().map_err(|_| storage::Error::Defect("a stored day has another form".to_owned()))
}

fn provider(row: &Row<'_>) -> Result<Provider> {
    let until: Option<String> = row.get(3)?;
    Ok(Provider {
        id: row.get(0)?,
        name: row.get(1)?,
        valid_from: date(row.text(2)?)?,
        valid_until: until.map(|text| date(&text)).transpose()?,
        active: row.get(4)?,
    })
}

const PROVIDER: &str = "id, name, valid_from, valid_until, active";

/// A body's suppliers.
pub fn list_providers(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Provider>> {
    tx.all(&format!("SELECT {PROVIDER} FROM ios_providers WHERE tenant_id = $1 ORDER BY id LIMIT 500"), params![tenant], provider)
}

/// One of them.
pub fn find_provider(tx: &mut Tx<'_>, tenant: TenantId, id: Ulid) -> Result<Option<Provider>> {
    tx.optional(&format!("SELECT {PROVIDER} FROM ios_providers WHERE tenant_id = $1 AND id = $2"), params![tenant, id], provider)
}

/// Whether what belongs to `provider` may go on: what is the body's always, what is a supplier's while it is delegated.
pub fn may_act(tx: &mut Tx<'_>, tenant: TenantId, provider: Option<Ulid>, day: Date) -> Result<bool> {
    match provider {
        Some(id) => Ok(find_provider(tx, tenant, id)?.is_some_and(|provider| provider.is_delegated(day))),
        None => Ok(true),
    }
}

/// Adds or replaces one.
pub fn put_provider(tx: &mut Tx<'_>, tenant: TenantId, provider: &Provider) -> Result<()> {
    let Provider { id, name, valid_from, valid_until, active } = provider;
    let sql = "INSERT INTO ios_providers (id, tenant_id, name, valid_from, valid_until, active) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (id) DO UPDATE SET name = $3, valid_from = $4, valid_until = $5, active = $6
               WHERE ios_providers.tenant_id = $2";
    let until = valid_until.map(|day| day.to_string());
    tx.execute(sql, params![id, tenant, name, valid_from.to_string(), until, active])?;
    Ok(())
}

/// Adds a key of a supplier.
pub fn insert_key(tx: &mut Tx<'_>, tenant: TenantId, provider: Ulid, key: &Key) -> Result<()> {
    let sql = "INSERT INTO ios_provider_keys (digest, tenant_id, provider_id, hint, created_at, made_by) VALUES ($1, $2, $3, $4, $5, $6)";
    let Key { digest, hint, created_at, made_by } = key;
    tx.execute(sql, params![digest, tenant, provider, hint, created_at, made_by])?;
    Ok(())
}

/// A key, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its keyed digest.
    pub digest: Vec<u8>,
    /// What is shown of it.
    pub hint: String,
    /// When it was made.
    pub created_at: RomeTime,
    /// Who made it, and so has seen it.
    pub made_by: Option<String>,
}

fn key(row: &Row<'_>) -> Result<Key> {
    Ok(Key { digest: row.get(0)?, hint: row.get(1)?, created_at: row.get(2)?, made_by: row.get(3)? })
}

/// A supplier's keys, oldest first.
pub fn list_keys(tx: &mut Tx<'_>, tenant: TenantId, provider: Ulid) -> Result<Vec<Key>> {
    let sql = "SELECT digest, hint, created_at, made_by FROM ios_provider_keys WHERE tenant_id = $1 AND provider_id = $2
               ORDER BY created_at, digest LIMIT 500";
    tx.all(sql, params![tenant, provider], key)
}

/// Removes one of them.
pub fn delete_key(tx: &mut Tx<'_>, tenant: TenantId, provider: Ulid, digest: &[u8]) -> Result<()> {
    let sql = "DELETE FROM ios_provider_keys WHERE tenant_id = $1 AND provider_id = $2 AND digest = $3";
    tx.execute(sql, params![tenant, provider, digest])?;
    Ok(())
}

/// Removes a supplier's keys; gives how many there were.
pub fn delete_keys(tx: &mut Tx<'_>, tenant: TenantId, provider: Ulid) -> Result<u64> {
    tx.execute("DELETE FROM ios_provider_keys WHERE tenant_id = $1 AND provider_id = $2", params![tenant, provider])
}

/// Whose key has this digest: body, supplier, and what is known of the key.
pub fn find_key(tx: &mut Tx<'_>, digest: &[u8]) -> Result<Option<(TenantId, Ulid, Key)>> {
    let sql = "SELECT digest, hint, created_at, made_by, tenant_id, provider_id FROM ios_provider_keys WHERE digest = $1";
    tx.optional(sql, params![digest], |row| Ok((row.get(4)?, row.get(5)?, key(row)?)))
}

fn member(row: &Row<'_>) -> Result<Member> {
    Ok(Member { username: row.get(0)?, duty: word(row.text(1)?)?, provider_id: row.get(2)? })
}

/// A body's members.
pub fn list_members(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Member>> {
    let sql = "SELECT username, duty, provider_id FROM ios_members WHERE tenant_id = $1 ORDER BY username LIMIT 500";
    tx.all(sql, params![tenant], member)
}

/// One of them.
pub fn find_member(tx: &mut Tx<'_>, tenant: TenantId, username: &str) -> Result<Option<Member>> {
    let sql = "SELECT username, duty, provider_id FROM ios_members WHERE tenant_id = $1 AND username = $2";
    tx.optional(sql, params![tenant, username], member)
}

/// Adds or replaces one.
pub fn put_member(tx: &mut Tx<'_>, tenant: TenantId, member: &Member) -> Result<()> {
    let sql = "INSERT INTO ios_members (tenant_id, username, duty, provider_id) VALUES ($1, $2, $3, $4)
               ON CONFLICT (tenant_id, username) DO UPDATE SET duty = $3, provider_id = $4";
    tx.execute(sql, params![tenant, member.username, member.duty.word(), member.provider_id])?;
    Ok(())
}

/// Removes one; false when there is none.
pub fn delete_member(tx: &mut Tx<'_>, tenant: TenantId, username: &str) -> Result<bool> {
    Ok(tx.execute("DELETE FROM ios_members WHERE tenant_id = $1 AND username = $2", params![tenant, username])? == 1)
}
