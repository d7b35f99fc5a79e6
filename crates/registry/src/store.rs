//! Every SQL statement of the context.

use contracts::documents::DocumentV1;
use jiff::SignedDuration;
use kernel::{ApplicationId, DocumentId, EventId, RomeTime, ServiceId, TenantId};
use serde::de::DeserializeOwned;
use storage::{Error, Result, Row, Tx, from_text, params, to_text};

use crate::configuration::{ServiceConfig, TenantConfig};
use crate::document::{Registration, State};
use crate::steps::Progress;

/// Remembers that a case of an application was published; false when it had been already.
pub fn mark_dispatched(
    tx: &mut Tx<'_>,
    id: DocumentId,
    tenant: TenantId,
    application: ApplicationId,
    event: EventId,
    at: RomeTime,
) -> Result<bool> {
    let sql = "INSERT INTO dispatched_documents (id, tenant_id, application_id, event_id, dispatched_at)
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    Ok(tx.execute(sql, params![id, tenant, application, event, at])? == 1)
}

/// Whether a case of an application was published.
pub fn is_dispatched(tx: &mut Tx<'_>, id: DocumentId) -> Result<bool> {
    Ok(tx.optional("SELECT 1 FROM dispatched_documents WHERE id = $1", params![id], |_| Ok(()))?.is_some())
}

const TENANT: &str = "SELECT body, is_active, created_at, modified_at FROM registry_tenants WHERE provider = $1 AND id = $2";
const SERVICE: &str = "SELECT body, is_active, created_at, modified_at FROM registry_services
                       WHERE provider = $1 AND id = $2 AND tenant_id = $3";

fn tenant(row: &Row<'_>) -> Result<TenantConfig> {
    let config: TenantConfig = json(row, 0)?;
    Ok(TenantConfig { is_active: row.get(1)?, created_at: row.get(2)?, modified_at: row.get(3)?, ..config })
}

fn service(row: &Row<'_>) -> Result<ServiceConfig> {
    let config: ServiceConfig = json(row, 0)?;
    Ok(ServiceConfig { is_active: row.get(1)?, created_at: row.get(2)?, modified_at: row.get(3)?, ..config })
}

/// The configuration of a tenant, active or not.
pub fn find_tenant(tx: &mut Tx<'_>, provider: &str, id: TenantId) -> Result<Option<TenantConfig>> {
    tx.optional(TENANT, params![provider, id], tenant)
}

/// The same, to be changed.
pub fn find_tenant_to_change(tx: &mut Tx<'_>, provider: &str, id: TenantId) -> Result<Option<TenantConfig>> {
    let sql = format!("{TENANT}{}", tx.for_update());
    tx.optional(&sql, params![provider, id], tenant)
}

/// The configuration of a service of `owner`, active or not.
pub fn find_service(tx: &mut Tx<'_>, provider: &str, owner: TenantId, id: ServiceId) -> Result<Option<ServiceConfig>> {
    tx.optional(SERVICE, params![provider, id, owner], service)
}

/// The same, to be changed.
pub fn find_service_to_change(tx: &mut Tx<'_>, provider: &str, owner: TenantId, id: ServiceId) -> Result<Option<ServiceConfig>> {
    let sql = format!("{SERVICE}{}", tx.for_update());
    tx.optional(&sql, params![provider, id, owner], service)
}

/// The configurations of the services of `owner`, active or not, in the order of their identifiers.
pub fn services_of(tx: &mut Tx<'_>, provider: &str, owner: TenantId) -> Result<Vec<ServiceConfig>> {
    let sql = "SELECT body, is_active, created_at, modified_at FROM registry_services
               WHERE provider = $1 AND tenant_id = $2 ORDER BY id";
    tx.all(sql, params![provider, owner], service)
}

/// Whether documents of the service are registered: it and its tenant are configured and active.
pub fn is_configured(tx: &mut Tx<'_>, provider: &str, tenant: TenantId, service: ServiceId) -> Result<bool> {
    let sql = "SELECT 1 FROM registry_services s JOIN registry_tenants t ON t.provider = s.provider AND t.id = s.tenant_id
               WHERE s.provider = $1 AND s.id = $2 AND s.tenant_id = $3 AND s.is_active AND t.is_active";
    Ok(tx.optional(sql, params![provider, service, tenant], |_| Ok(()))?.is_some())
}

/// Whether the service and its tenant are configured, active or not.
pub fn is_known(tx: &mut Tx<'_>, provider: &str, tenant: TenantId, service: ServiceId) -> Result<bool> {
    let sql = "SELECT 1 FROM registry_services s JOIN registry_tenants t ON t.provider = s.provider AND t.id = s.tenant_id
               WHERE s.provider = $1 AND s.id = $2 AND s.tenant_id = $3";
    Ok(tx.optional(sql, params![provider, service, tenant], |_| Ok(()))?.is_some())
}

/// What an object of the storage tree held when it was last read or written.
pub fn object_digest(tx: &mut Tx<'_>, provider: &str, key: &str) -> Result<Option<String>> {
    tx.optional("SELECT digest FROM registry_tree WHERE provider = $1 AND key = $2", params![provider, key], |row| row.get(0))
}

/// Notes what an object of the storage tree holds.
pub fn note_object(tx: &mut Tx<'_>, provider: &str, key: &str, digest: &str) -> Result<()> {
    let sql = "INSERT INTO registry_tree (provider, key, digest) VALUES ($1, $2, $3)
               ON CONFLICT (provider, key) DO UPDATE SET digest = excluded.digest";
    tx.execute(sql, params![provider, key, digest])?;
    Ok(())
}

/// Stores the configuration of a tenant, over the one that was there.
pub fn put_tenant(tx: &mut Tx<'_>, provider: &str, config: &TenantConfig, at: RomeTime) -> Result<()> {
    tx.execute(
        "INSERT INTO registry_tenants (provider, id, is_active, body, created_at, modified_at) VALUES ($1, $2, $3, $4, $5, $5)
         ON CONFLICT (provider, id) DO UPDATE
         SET is_active = excluded.is_active, body = excluded.body, modified_at = excluded.modified_at",
        params![provider, config.id, config.is_active, to_text(config)?, at],
    )?;
    Ok(())
}

/// Stores the configuration of a service of its tenant, over the one that was there. Another tenant may have a service of that identifier.
pub fn put_service(tx: &mut Tx<'_>, provider: &str, config: &ServiceConfig, at: RomeTime) -> Result<()> {
    tx.execute(
        "INSERT INTO registry_services (provider, id, tenant_id, is_active, body, created_at, modified_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6)
         ON CONFLICT (provider, tenant_id, id) DO UPDATE
         SET is_active = excluded.is_active, body = excluded.body, modified_at = excluded.modified_at",
        params![provider, config.id, config.tenant_id, config.is_active, to_text(config)?, at],
    )?;
    Ok(())
}

/// The tenant of which a service of this identifier was first known.
pub fn find_first_tenant(tx: &mut Tx<'_>, provider: &str, service: ServiceId) -> Result<Option<TenantId>> {
    let sql = "SELECT tenant_id FROM registry_services WHERE provider = $1 AND id = $2 ORDER BY created_at, tenant_id LIMIT 1";
    tx.optional(sql, params![provider, service], |row| row.get(0))
}

const REGISTRATION: &str = "SELECT event, state, progress, attempts FROM registry_documents WHERE provider = $1 AND id = $2";

/// The registration of a document.
pub fn find_registration(tx: &mut Tx<'_>, provider: &str, id: DocumentId) -> Result<Option<Registration>> {
    tx.optional(REGISTRATION, params![provider, id], registration)
}

fn registration(row: &Row<'_>) -> Result<Registration> {
    Ok(Registration { document: json(row, 0)?, state: state(row, 1)?, progress: json(row, 2)?, attempts: row.get(3)? })
}

fn state(row: &Row<'_>, index: usize) -> Result<State> {
    let name = row.text(index)?;
    State::named(name).ok_or_else(|| Error::Defect(format!("unknown state {name}")))
}

/// All that is known of a registration but its document, for whoever has that.
pub struct Standing {
    /// The body whose document it is.
    pub tenant_id: TenantId,
    /// Where it stands.
    pub state: State,
    /// What the registry has done so far.
    pub progress: Progress,
    /// How many attempts have failed.
    pub attempts: i64,
}

impl Standing {
    /// The registration of `document`.
    pub fn of(self, document: DocumentV1) -> Registration {
        Registration { document, state: self.state, progress: self.progress, attempts: self.attempts }
    }
}

/// The proxy of another registry that has taken a document, and where its registration stands there.
pub fn find_elsewhere(tx: &mut Tx<'_>, provider: &str, document: &DocumentV1) -> Result<Option<(String, State)>> {
    let sql = "SELECT provider, state FROM registry_documents WHERE id = $1 AND provider <> $2 AND tenant_id = $3 LIMIT 1";
    tx.optional(sql, params![document.id, provider, document.tenant_id], |row| Ok((row.get(0)?, state(row, 1)?)))
}

/// Where the registration of a document stands, to be changed.
pub fn find_standing_to_change(tx: &mut Tx<'_>, provider: &str, id: DocumentId) -> Result<Option<Standing>> {
    let sql = format!(
        "SELECT tenant_id, state, progress, attempts FROM registry_documents WHERE provider = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.optional(&sql, params![provider, id], |row| {
        Ok(Standing { tenant_id: row.get(0)?, state: state(row, 1)?, progress: json(row, 2)?, attempts: row.get(3)? })
    })
}

/// An earlier document of the same application that is not registered, and with which something happened after `since`.
pub fn find_earlier(tx: &mut Tx<'_>, provider: &str, document: &DocumentV1, since: RomeTime) -> Result<Option<DocumentId>> {
    let Some(application) = document.remote_id else { return Ok(None) };
    let sql = "SELECT id FROM registry_documents
               WHERE application_id = $1 AND provider = $2 AND tenant_id = $3 AND state <> 'complete' AND updated_at >= $4
                 AND created_at < (SELECT d.created_at FROM registry_documents d WHERE d.provider = $2 AND d.id = $5)
               LIMIT 1";
    tx.optional(sql, params![application, provider, document.tenant_id, since, document.id], |row| row.get(0))
}

/// The next document of the same application that an attempt failed for, to be changed.
pub fn find_next_failed(tx: &mut Tx<'_>, provider: &str, document: &DocumentV1) -> Result<Option<Registration>> {
    let Some(application) = document.remote_id else { return Ok(None) };
    let sql = format!(
        "SELECT event, state, progress, attempts FROM registry_documents
         WHERE application_id = $1 AND provider = $2 AND tenant_id = $3 AND state IN ('failed', 'partial')
           AND created_at > (SELECT d.created_at FROM registry_documents d WHERE d.provider = $2 AND d.id = $4)
         ORDER BY created_at LIMIT 1{}",
        tx.for_update()
    );
    tx.optional(&sql, params![application, provider, document.tenant_id, document.id], registration)
}

/// The folder that an earlier document of the same application was put into.
pub fn find_folder(tx: &mut Tx<'_>, provider: &str, document: &DocumentV1) -> Result<Option<String>> {
    let Some(application) = document.remote_id else { return Ok(None) };
    let sql = "SELECT progress FROM registry_documents
               WHERE provider = $1 AND application_id = $2 AND tenant_id = $3 AND state = 'complete' ORDER BY updated_at";
    let earlier: Vec<Progress> = tx.all(sql, params![provider, application, document.tenant_id], |row| json(row, 0))?;
    Ok(earlier.into_iter().find_map(|progress| progress.folder))
}

/// Whether any service is configured at all.
pub fn is_in_use(tx: &mut Tx<'_>, provider: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM registry_services WHERE provider = $1 LIMIT 1";
    Ok(tx.optional(sql, params![provider], |_| Ok(()))?.is_some())
}

/// The instant at which a new document came, for its order among those of its application: `now`, or just after the last of them when the
/// clock has not moved, as for documents that are read in one go.
pub fn arrival(tx: &mut Tx<'_>, provider: &str, document: &DocumentV1, now: RomeTime) -> Result<RomeTime> {
    let Some(application) = document.remote_id else { return Ok(now) };
    let sql = "SELECT max(created_at) FROM registry_documents WHERE provider = $1 AND application_id = $2 AND tenant_id = $3";
    let last: Option<RomeTime> = tx.one(sql, params![provider, application, document.tenant_id], |row| row.get(0))?;
    Ok(last.map_or(now, |last| now.max(last.plus(SignedDuration::from_micros(1)))))
}

/// Stores how far a registration has come, its document being the same.
pub fn save_registration(tx: &mut Tx<'_>, provider: &str, registration: &Registration, at: RomeTime) -> Result<()> {
    let Registration { document, state, progress, attempts } = registration;
    let sql =
        "UPDATE registry_documents SET state = $3, attempts = $4, progress = $5, updated_at = $6 WHERE provider = $1 AND id = $2";
    tx.execute(sql, params![provider, document.id, state.name(), attempts, to_text(progress)?, at])?;
    Ok(())
}

/// Stores a registration with its document, over the one that was there.
pub fn put_registration(tx: &mut Tx<'_>, provider: &str, registration: &Registration, at: RomeTime) -> Result<()> {
    let Registration { document, state, progress, attempts } = registration;
    tx.execute(
        "INSERT INTO registry_documents
           (provider, id, tenant_id, application_id, state, attempts, progress, event, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
         ON CONFLICT (provider, id) DO UPDATE
         SET state = excluded.state, attempts = excluded.attempts, progress = excluded.progress, event = excluded.event,
             updated_at = excluded.updated_at",
        params![
            provider,
            document.id,
            document.tenant_id,
            document.remote_id,
            state.name(),
            attempts,
            to_text(progress)?,
            to_text(document)?,
            at
        ],
    )?;
    Ok(())
}

fn json<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> Result<T> {
    from_text(row.text(index)?)
}
