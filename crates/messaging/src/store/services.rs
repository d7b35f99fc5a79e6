//! Services, their publication and their history.

use kernel::RomeTime;
use storage::{Result, Row, Tx, params};

use super::{from_text, to_text, word};
use crate::service::{Payload, Publication, State};
use crate::ulid::Ulid;

/// A service.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// The service.
    pub id: Ulid,
    /// Its organisation.
    pub account_id: String,
    /// The group that it belongs to.
    pub group_id: Option<String>,
    /// Where its newest version stands.
    pub state: State,
    /// Why it was rejected.
    pub reason: Option<String>,
    /// Whether an approval publishes it.
    pub auto_publish: bool,
    /// Grows with every change.
    pub version: i64,
    /// Its newest version.
    pub payload: Payload,
    /// When it last changed.
    pub updated_at: RomeTime,
    /// What citizens see of it, once it was approved.
    pub published: Option<Published>,
}

/// What citizens see of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// Whether they see it.
    pub publication: Publication,
    /// Which version.
    pub version: i64,
    /// The version itself.
    pub payload: Payload,
    /// When this last changed.
    pub at: RomeTime,
}

const COLUMNS: &str = "id, account_id, group_id, state, reason, auto_publish, version, body, updated_at,
    publication, published_version, published_body, published_at";

fn service(row: &Row<'_>) -> Result<Service> {
    let publication: Option<String> = row.get(9)?;
    let published = match publication {
        Some(publication) => Some(Published {
            publication: word(&publication)?,
            version: row.get(10)?,
            payload: from_text(row.text(11)?)?,
            at: row.get(12)?,
        }),
        None => None,
    };
    Ok(Service {
        id: row.get(0)?,
        account_id: row.get(1)?,
        group_id: row.get(2)?,
        state: word(row.text(3)?)?,
        reason: row.get(4)?,
        auto_publish: row.get(5)?,
        version: row.get(6)?,
        payload: from_text(row.text(7)?)?,
        updated_at: row.get(8)?,
        published,
    })
}

/// Adds a service.
pub fn insert(tx: &mut Tx<'_>, service: &Service) -> Result<()> {
    let Service { id, account_id, group_id, state, reason, auto_publish, version, payload, updated_at, .. } = service;
    let sql = "INSERT INTO io_services
                 (id, account_id, group_id, state, reason, auto_publish, version, body, created_at, updated_at, organization_code)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)";
    let (body, organization) = (to_text(payload)?, &payload.organization.fiscal_code);
    let state = state.word();
    let params = params![id, account_id, group_id, state, reason, auto_publish, version, body, updated_at, organization];
    tx.execute(sql, params)?;
    Ok(())
}

/// Stores a service after something happened to it.
pub fn save(tx: &mut Tx<'_>, service: &Service) -> Result<()> {
    let Service { id, group_id, state, reason, auto_publish, version, payload, updated_at, published, .. } = service;
    let shown = published.as_ref();
    let name = shown.filter(|shown| shown.publication == Publication::Published);
    let published_body = shown.map(|shown| to_text(&shown.payload)).transpose()?;
    let sql = "UPDATE io_services SET group_id = $2, state = $3, reason = $4, auto_publish = $5, version = $6, body = $7,
                 updated_at = $8, organization_code = $9, publication = $10, published_version = $11, published_body = $12,
                 published_name = $13, published_at = $14
               WHERE id = $1";
    tx.execute(
        sql,
        params![
            id,
            group_id,
            state.word(),
            reason,
            auto_publish,
            version,
            to_text(payload)?,
            updated_at,
            payload.organization.fiscal_code,
            shown.map(|shown| shown.publication.word()),
            shown.map(|shown| shown.version),
            published_body,
            name.map(|shown| shown.payload.name.to_lowercase()),
            shown.map(|shown| shown.at)
        ],
    )?;
    Ok(())
}

/// A service that is not gone, for change or to look at.
pub fn find(tx: &mut Tx<'_>, id: Ulid) -> Result<Option<Service>> {
    let lock = tx.for_update();
    let sql = format!("SELECT {COLUMNS} FROM io_services WHERE id = $1 AND state <> 'deleted'{lock}");
    tx.optional(&sql, params![id], service)
}

/// The same without holding it.
pub fn look(tx: &mut Tx<'_>, id: Ulid) -> Result<Option<Service>> {
    let sql = format!("SELECT {COLUMNS} FROM io_services WHERE id = $1 AND state <> 'deleted'");
    tx.optional(&sql, params![id], service)
}

/// An organisation's services, newest first; those of a group if one is named.
pub fn list(tx: &mut Tx<'_>, account: &str, group: Option<&str>, offset: i64, limit: i64) -> Result<Vec<Service>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM io_services
         WHERE account_id = $1 AND state <> 'deleted' AND ($2 = '' OR group_id = $2) ORDER BY id DESC LIMIT $3 OFFSET $4"
    );
    tx.all(&sql, params![account, group.unwrap_or_default(), limit, offset], service)
}

/// The services that citizens see, by name.
pub fn list_published(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Service>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM io_services WHERE publication = 'published' AND state <> 'deleted' ORDER BY published_name, id LIMIT $1"
    );
    tx.all(&sql, params![limit], service)
}

/// Services that wait for somebody's eyes, the longest first.
pub fn list_to_review(tx: &mut Tx<'_>, tenant: kernel::TenantId, limit: i64) -> Result<Vec<Service>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM io_services WHERE state = 'submitted'
           AND account_id IN (SELECT a.id FROM io_accounts a WHERE a.tenant_id = $1) ORDER BY updated_at, id LIMIT $2"
    );
    tx.all(&sql, params![tenant, limit], service)
}

/// Whether another published service of the organisation has this name, in whatever letters.
pub fn has_namesake(tx: &mut Tx<'_>, service: &Service) -> Result<bool> {
    let sql = "SELECT 1 FROM io_services WHERE organization_code = $1 AND published_name = $2 AND id <> $3 AND state <> 'deleted' LIMIT 1";
    let (organization, name) = (&service.payload.organization.fiscal_code, service.payload.name.to_lowercase());
    Ok(tx.optional(sql, params![organization, name, service.id], |_| Ok(()))?.is_some())
}

/// What happened to a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its place in the history.
    pub number: i64,
    /// `lifecycle` or `publication`.
    pub kind: String,
    /// The state after it.
    pub value: String,
    /// Why it was rejected.
    pub reason: Option<String>,
    /// The version that it happened to.
    pub version: i64,
    /// The version itself.
    pub payload: Payload,
    /// When.
    pub at: RomeTime,
}

/// Writes down what happened to a service.
pub fn note(tx: &mut Tx<'_>, service: &Service, kind: &str, value: &str, now: RomeTime) -> Result<()> {
    let (version, payload) = match (kind, &service.published) {
        ("publication", Some(published)) => (published.version, &published.payload),
        _ => (service.version, &service.payload),
    };
    let reason = service.reason.as_ref().filter(|_| kind == "lifecycle");
    let sql =
        "INSERT INTO io_service_history (service_id, kind, value, reason, version, body, at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.execute(sql, params![service.id, kind, value, reason, version, to_text(payload)?, now])?;
    Ok(())
}

/// A part of a service's history, from `after` on, in either direction.
pub fn history(tx: &mut Tx<'_>, id: Ulid, ascending: bool, after: Option<i64>, limit: i64) -> Result<Vec<Entry>> {
    let (comparison, order, start) = if ascending { (">", "ASC", 0) } else { ("<", "DESC", i64::MAX) };
    let sql = format!(
        "SELECT number, kind, value, reason, version, body, at FROM io_service_history
         WHERE service_id = $1 AND number {comparison} $2 ORDER BY number {order} LIMIT $3"
    );
    tx.all(&sql, params![id, after.unwrap_or(start), limit], |row| {
        Ok(Entry {
            number: row.get(0)?,
            kind: row.get(1)?,
            value: row.get(2)?,
            reason: row.get(3)?,
            version: row.get(4)?,
            payload: from_text(row.text(5)?)?,
            at: row.get(6)?,
        })
    })
}

/// Sets or removes where a service's sender wants to be told, with the sealed secret that signs.
pub fn set_webhook(tx: &mut Tx<'_>, id: Ulid, webhook: Option<(&str, &[u8])>) -> Result<()> {
    let (url, secret) = (webhook.map(|(url, _)| url), webhook.map(|(_, secret)| secret));
    tx.execute("UPDATE io_services SET webhook_url = $2, webhook_secret = $3 WHERE id = $1", params![id, url, secret])?;
    Ok(())
}

/// Where a service's sender wants to be told, with the sealed secret that signs.
pub fn find_webhook(tx: &mut Tx<'_>, id: Ulid) -> Result<Option<(String, Vec<u8>)>> {
    let sql = "SELECT webhook_url, webhook_secret FROM io_services WHERE id = $1 AND webhook_url IS NOT NULL";
    tx.optional(sql, params![id], |row| Ok((row.get(0)?, row.get(1)?)))
}
