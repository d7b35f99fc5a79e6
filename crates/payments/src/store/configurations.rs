//! A proxy's configurations of tenants and of payments, as they were sent.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use kernel::{FieldError, RomeTime, ServiceId, TenantId, Uuid};
use storage::{Error, Result, Tx, params};

use super::{Purpose, from_text, to_text};
use crate::configuration::{Document, Edition, PaymentConfiguration, TenantConfiguration};

/// Most configurations in one list.
const MAX_LIST: i64 = 100;

/// The tenant's configuration as it was sent.
pub fn find_tenant(tx: &mut Tx<'_>, provider: &str, id: TenantId, purpose: Purpose) -> Result<Option<Document>> {
    let sql = format!("SELECT body FROM proxy_tenants WHERE provider = $1 AND id = $2{}", purpose.lock(tx));
    tx.optional(&sql, params![provider, id], |row| from_text(&row.get::<String>(0)?))
}

/// Creates or replaces a tenant's configuration.
pub fn put_tenant(tx: &mut Tx<'_>, provider: &str, read: &TenantConfiguration, document: &Document, now: RomeTime) -> Result<()> {
    tx.execute(
        "INSERT INTO proxy_tenants (provider, id, active, body, updated_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (provider, id) DO UPDATE
         SET active = excluded.active, body = excluded.body, updated_at = excluded.updated_at",
        params![provider, read.id, read.active, to_text(document)?, now],
    )?;
    Ok(())
}

/// The payment configuration as it was sent, if it is the tenant's.
pub fn find_payment(tx: &mut Tx<'_>, provider: &str, tenant: TenantId, id: Uuid, purpose: Purpose) -> Result<Option<Document>> {
    let lock = purpose.lock(tx);
    let sql = format!("SELECT body FROM proxy_configs WHERE provider = $1 AND tenant_id = $2 AND id = $3{lock}");
    tx.optional(&sql, params![provider, tenant, id], |row| from_text(&row.get::<String>(0)?))
}

/// The tenant's payment configurations as they were sent.
pub fn list_payments(tx: &mut Tx<'_>, provider: &str, tenant: TenantId) -> Result<Vec<Document>> {
    let sql = "SELECT body FROM proxy_configs WHERE provider = $1 AND tenant_id = $2 ORDER BY id LIMIT $3";
    tx.all(sql, params![provider, tenant, MAX_LIST], |row| from_text(&row.get::<String>(0)?))
}

/// Creates or replaces a payment configuration; false when that identifier is another tenant's.
pub fn put_payment(
    tx: &mut Tx<'_>,
    provider: &str,
    read: &PaymentConfiguration,
    document: &Document,
    now: RomeTime,
) -> Result<bool> {
    let changed = tx.execute(
        "INSERT INTO proxy_configs (provider, id, tenant_id, remote_id, active, body, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (provider, id) DO UPDATE
         SET remote_id = excluded.remote_id, active = excluded.active, body = excluded.body, updated_at = excluded.updated_at
         WHERE proxy_configs.tenant_id = excluded.tenant_id",
        params![provider, read.id, read.tenant_id, read.remote_id, read.active, to_text(document)?, now],
    )?;
    Ok(changed == 1)
}

/// The tenant's configuration, whether active or not.
///
/// # Errors
/// [`Error::Defect`] when what is stored breaks the rules.
pub fn tenant(tx: &mut Tx<'_>, provider: &str, id: TenantId) -> Result<Option<TenantConfiguration>> {
    static KNOWN: Known<TenantConfiguration> = Known::new();
    let sql = "SELECT body FROM proxy_tenants WHERE provider = $1 AND id = $2";
    let text = tx.optional(sql, params![provider, id], |row| row.get::<String>(0))?;
    text.map(|text| KNOWN.read(text, |document| TenantConfiguration::read(document, Edition::V1))).transpose()
}

/// What texts were understood as. A proxy reads the same few configurations for every payment; the text that the database gives decides, so
/// that a change is seen at once.
struct Known<T>(LazyLock<Mutex<HashMap<String, T>>>);

/// Texts remembered; beyond that everything is forgotten.
const MOST_KNOWN: usize = 1_000;

impl<T: Clone> Known<T> {
    const fn new() -> Self {
        Self(LazyLock::new(Mutex::default))
    }

    fn read(&self, text: String, read: impl FnOnce(&Document) -> std::result::Result<T, Vec<FieldError>>) -> Result<T> {
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&text) {
            return Ok(known.clone());
        }
        let understood = read(&from_text(&text)?).map_err(|wrong| broken(&wrong))?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(text, understood.clone());
        Ok(understood)
    }
}

/// The configuration of a service's payments, active ones first: a payment that was created goes on being asked about whatever happens to
/// its configuration. The configuration with the service's own identifier wins over one that names the service.
///
/// # Errors
/// [`Error::Defect`] when what is stored breaks the rules.
pub fn of_service(
    tx: &mut Tx<'_>,
    provider: &str,
    tenant_id: TenantId,
    service: ServiceId,
) -> Result<Option<PaymentConfiguration>> {
    let sql = "SELECT body FROM proxy_configs
               WHERE provider = $1 AND tenant_id = $2 AND (id = $3 OR remote_id = $3)
               ORDER BY CASE WHEN active = $4 THEN 0 ELSE 1 END, CASE WHEN id = $3 THEN 0 ELSE 1 END, id LIMIT 1";
    static KNOWN: Known<PaymentConfiguration> = Known::new();
    let text = tx.optional(sql, params![provider, tenant_id, service, true], |row| row.get::<String>(0))?;
    text.map(|text| KNOWN.read(text, |document| PaymentConfiguration::read(document, Edition::V1))).transpose()
}

/// The active configuration of a service's payments, with the active one of its tenant; `None` when the payments of the service are
/// none of this proxy's business.
///
/// # Errors
/// [`Error::Defect`] when what is stored breaks the rules.
pub fn active(
    tx: &mut Tx<'_>,
    provider: &str,
    tenant_id: TenantId,
    service: ServiceId,
) -> Result<Option<(TenantConfiguration, PaymentConfiguration)>> {
    let Some(payment) = of_service(tx, provider, tenant_id, service)?.filter(|payment| payment.active) else { return Ok(None) };
    let Some(tenant) = tenant(tx, provider, tenant_id)?.filter(|tenant| tenant.active) else { return Ok(None) };
    Ok(Some((tenant, payment)))
}

fn broken(wrong: &[FieldError]) -> Error {
    let fields: Vec<_> = wrong.iter().map(|error| error.field.as_str()).collect();
    Error::Defect(format!("a stored configuration breaks its rules: {}", fields.join(", ")))
}
