//! Organisations, and the keys of their services and of themselves.

use kernel::{RomeTime, TenantId};
use storage::{Result, Row, Tx, params};

use super::{from_text, to_text};
use crate::formats::{Cidr, CitizenCode};
use crate::groups::Groups;
use crate::service::Payload;
use crate::ulid::Ulid;

/// An organisation that sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name on the wire: the user of the manage subscription.
    pub id: String,
    /// The public body.
    pub tenant_id: TenantId,
    /// Its name.
    pub name: String,
    /// Its tax code.
    pub fiscal_code: String,
    /// Who is written to about it.
    pub email: String,
    /// What it may do.
    pub groups: Groups,
    /// Networks from which services are kept; none: all.
    pub manage_cidrs: Vec<Cidr>,
    /// Its test citizen.
    pub sandbox_code: CitizenCode,
}

/// A service as its key knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct SenderService {
    /// The service.
    pub id: Ulid,
    /// What its organisation says of it.
    pub payload: Payload,
}

/// What a key gives access to.
#[derive(Clone, Debug, PartialEq)]
pub struct Access {
    /// Whether it does at the moment.
    pub active: bool,
    /// The organisation.
    pub account: Account,
    /// The service of a use key.
    pub service: Option<SenderService>,
    /// The group of services of a manage key that keeps only those.
    pub group_id: Option<String>,
}

/// A pair of keys.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Its name on the wire: the service, `MANAGE-<account>` or `MANAGE-GROUP-<group>`.
    pub id: String,
    /// The organisation.
    pub account_id: String,
    /// The service of use keys.
    pub service_id: Option<Ulid>,
    /// The group of the keys of one.
    pub group_id: Option<String>,
    /// Digest and sealed form of the primary key.
    pub primary: (Vec<u8>, Vec<u8>),
    /// Digest and sealed form of the secondary key.
    pub secondary: (Vec<u8>, Vec<u8>),
}

/// One of the keys of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The first.
    Primary,
    /// The second.
    Secondary,
}

const ACCOUNT: &str = "a.id, a.tenant_id, a.name, a.fiscal_code, a.email, a.groups, a.manage_cidrs, a.sandbox_code";

fn account(row: &Row<'_>) -> Result<Account> {
    Ok(Account {
        id: row.get(0)?,
        tenant_id: row.get(1)?,
        name: row.get(2)?,
        fiscal_code: row.get(3)?,
        email: row.get(4)?,
        groups: Groups::read(row.text(5)?),
        manage_cidrs: from_text(row.text(6)?)?,
        sandbox_code: row.get(7)?,
    })
}

fn access(row: &Row<'_>) -> Result<Access> {
    let service_id: Option<Ulid> = row.get(10)?;
    let body: Option<String> = row.get(11)?;
    let service = match (service_id, body) {
        (Some(id), Some(body)) => Some(SenderService { id, payload: from_text(&body)? }),
        _ => None,
    };
    Ok(Access { account: account(row)?, active: row.get(8)?, group_id: row.get(9)?, service })
}

/// What the key with this digest gives access to. The keys of a service that is gone are gone too.
pub fn find_access(tx: &mut Tx<'_>, digest: &[u8]) -> Result<Option<Access>> {
    let sql = format!(
        "SELECT {ACCOUNT}, s.active, s.group_id, s.service_id, v.body FROM io_subscriptions s
         JOIN io_accounts a ON a.id = s.account_id LEFT JOIN io_services v ON v.id = s.service_id
         WHERE s.primary_digest = $1 OR s.secondary_digest = $1"
    );
    tx.optional(&sql, params![digest], access)
}

/// What a subscription gives access to, if it is the user's.
pub fn find_subscription_access(tx: &mut Tx<'_>, user: &str, subscription: &str) -> Result<Option<Access>> {
    let sql = format!(
        "SELECT {ACCOUNT}, s.active, s.group_id, s.service_id, v.body FROM io_subscriptions s
         JOIN io_accounts a ON a.id = s.account_id LEFT JOIN io_services v ON v.id = s.service_id
         WHERE s.id = $2 AND a.id = $1"
    );
    tx.optional(&sql, params![user, subscription], access)
}

/// Adds an organisation; [`storage::Error::Unique`] when the name is taken.
pub fn insert(tx: &mut Tx<'_>, account: &Account, now: RomeTime) -> Result<()> {
    let Account { id, tenant_id, name, fiscal_code, email, groups, manage_cidrs, sandbox_code } = account;
    let sql = "INSERT INTO io_accounts (id, tenant_id, name, fiscal_code, email, groups, manage_cidrs, sandbox_code, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let networks = to_text(manage_cidrs)?;
    tx.execute(sql, params![id, tenant_id, name, fiscal_code, email, groups.to_string(), networks, sandbox_code, now])?;
    Ok(())
}

/// A body's organisation.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<Option<Account>> {
    let sql = format!("SELECT {ACCOUNT} FROM io_accounts a WHERE a.tenant_id = $1 AND a.id = $2");
    tx.optional(&sql, params![tenant, id], account)
}

/// A body's organisations.
pub fn list(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<Account>> {
    let sql = format!("SELECT {ACCOUNT} FROM io_accounts a WHERE a.tenant_id = $1 ORDER BY a.id LIMIT 100");
    tx.all(&sql, params![tenant], account)
}

/// The tax codes of a body's organisations.
pub fn list_codes(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT fiscal_code FROM io_accounts WHERE tenant_id = $1 ORDER BY fiscal_code LIMIT 100";
    tx.all(sql, params![tenant], |row| row.get(0))
}

/// Stores what an organisation is called, and what it may do.
pub fn update(tx: &mut Tx<'_>, account: &Account) -> Result<()> {
    let Account { id, tenant_id, name, fiscal_code, email, groups, manage_cidrs, .. } = account;
    let sql = "UPDATE io_accounts SET name = $3, fiscal_code = $4, email = $5, groups = $6, manage_cidrs = $7
               WHERE tenant_id = $1 AND id = $2";
    tx.execute(sql, params![tenant_id, id, name, fiscal_code, email, groups.to_string(), to_text(manage_cidrs)?])?;
    Ok(())
}

/// Adds a pair of keys; [`storage::Error::Unique`] when it is there.
pub fn insert_subscription(tx: &mut Tx<'_>, subscription: &Subscription) -> Result<()> {
    let Subscription { id, account_id, service_id, group_id, primary, secondary } = subscription;
    let sql = "INSERT INTO io_subscriptions
                 (id, account_id, service_id, group_id, active, primary_digest, primary_sealed, secondary_digest, secondary_sealed)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let params = params![id, account_id, service_id, group_id, true, primary.0, primary.1, secondary.0, secondary.1];
    tx.execute(sql, params)?;
    Ok(())
}

/// The sealed keys of a pair.
pub fn find_keys(tx: &mut Tx<'_>, id: &str) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
    let sql = "SELECT primary_sealed, secondary_sealed FROM io_subscriptions WHERE id = $1";
    tx.optional(sql, params![id], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Replaces one key of a pair; the other goes on working.
pub fn replace_key(tx: &mut Tx<'_>, id: &str, which: Which, key: &(Vec<u8>, Vec<u8>)) -> Result<bool> {
    let sql = match which {
        Which::Primary => "UPDATE io_subscriptions SET primary_digest = $2, primary_sealed = $3 WHERE id = $1",
        Which::Secondary => "UPDATE io_subscriptions SET secondary_digest = $2, secondary_sealed = $3 WHERE id = $1",
    };
    Ok(tx.execute(sql, params![id, key.0, key.1])? == 1)
}

/// Suspends a body's pair of keys, or lets it work again; false when there is none.
pub fn set_active(tx: &mut Tx<'_>, tenant: TenantId, id: &str, active: bool) -> Result<bool> {
    let sql = "UPDATE io_subscriptions SET active = $3
               WHERE id = $2 AND account_id IN (SELECT a.id FROM io_accounts a WHERE a.tenant_id = $1)";
    Ok(tx.execute(sql, params![tenant, id, active])? == 1)
}

/// Whether a pair of keys is a body's.
pub fn is_of_tenant(tx: &mut Tx<'_>, tenant: TenantId, id: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM io_subscriptions s JOIN io_accounts a ON a.id = s.account_id WHERE s.id = $2 AND a.tenant_id = $1";
    Ok(tx.optional(sql, params![tenant, id], |_| Ok(()))?.is_some())
}

/// Removes a pair of keys.
pub fn delete_subscription(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    tx.execute("DELETE FROM io_subscriptions WHERE id = $1", params![id])?;
    Ok(())
}
