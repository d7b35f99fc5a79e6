//! What was asked and answered: vouchers and validations, kept as the law wants, and answers that are given again for a while.

use kernel::{RomeTime, TenantId, Uuid};
use storage::{Result, Tx, params};

/// Rows that are deleted in one transaction.
const BATCH: i64 = 500;

/// A voucher that was issued to us.
#[derive(Clone, Debug)]
pub struct VoucherRecord {
    /// Identifier.
    pub id: Uuid,
    /// The body.
    pub tenant_id: TenantId,
    /// The configuration.
    pub config_id: Uuid,
    /// The client.
    pub client_id: Uuid,
    /// Who is asked about, as a keyed digest.
    pub subject: String,
    /// Voucher and tracking evidence, sealed.
    pub body: Vec<u8>,
    /// When it came.
    pub issued_at: RomeTime,
    /// When it ends.
    pub ends_at: RomeTime,
}

/// Keeps a voucher.
pub fn keep_voucher(tx: &mut Tx<'_>, record: &VoucherRecord) -> Result<()> {
    let sql = "INSERT INTO pdnd_vouchers (id, tenant_id, config_id, client_id, subject, body, issued_at, ends_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let VoucherRecord { id, tenant_id, config_id, client_id, subject, body, issued_at, ends_at } = record;
    tx.execute(sql, params![id, tenant_id, config_id, client_id, subject, body, issued_at, ends_at])?;
    Ok(())
}

/// A validation that was asked for.
#[derive(Clone, Debug)]
pub struct ValidationRecord {
    /// Identifier.
    pub id: Uuid,
    /// The body.
    pub tenant_id: TenantId,
    /// The configuration.
    pub config_id: Uuid,
    /// Whose data they are, as a keyed digest.
    pub subject: String,
    /// What was answered.
    pub result: bool,
    /// What was validated, sealed.
    pub body: Vec<u8>,
    /// When.
    pub created_at: RomeTime,
}

/// Keeps a validation.
pub fn keep_validation(tx: &mut Tx<'_>, record: &ValidationRecord) -> Result<()> {
    let sql = "INSERT INTO pdnd_validations (id, tenant_id, config_id, subject, result, body, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let ValidationRecord { id, tenant_id, config_id, subject, result, body, created_at } = record;
    tx.execute(sql, params![id, tenant_id, config_id, subject, result, body, created_at])?;
    Ok(())
}

/// Deletes some of the vouchers and validations before an instant; how many.
pub fn delete_before(tx: &mut Tx<'_>, before: RomeTime) -> Result<u64> {
    let vouchers = "DELETE FROM pdnd_vouchers WHERE id IN
                      (SELECT id FROM pdnd_vouchers WHERE issued_at < $1 ORDER BY issued_at LIMIT $2)";
    let validations = "DELETE FROM pdnd_validations WHERE id IN
                         (SELECT id FROM pdnd_validations WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
    Ok(tx.execute(vouchers, params![before, BATCH])? + tx.execute(validations, params![before, BATCH])?)
}

/// The answer that is still given, sealed.
pub fn find_answer(tx: &mut Tx<'_>, config: Uuid, subject: &str, format: &str, now: RomeTime) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT body FROM pdnd_answers WHERE config_id = $1 AND subject = $2 AND format = $3 AND ends_at > $4";
    tx.optional(sql, params![config, subject, format, now], |row| row.get(0))
}

/// Remembers an answer, unless the configuration has changed since it was used.
pub fn remember_answer(
    tx: &mut Tx<'_>,
    config: (Uuid, RomeTime),
    subject: &str,
    format: &str,
    body: &[u8],
    ends_at: RomeTime,
) -> Result<()> {
    let sql = "SELECT 1 FROM pdnd_configs WHERE id = $1 AND updated_at = $2";
    if tx.optional(sql, params![config.0, config.1], |_| Ok(()))?.is_none() {
        return Ok(());
    }
    let sql = "INSERT INTO pdnd_answers (config_id, subject, format, body, ends_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (config_id, subject, format) DO UPDATE SET body = excluded.body, ends_at = excluded.ends_at";
    tx.execute(sql, params![config.0, subject, format, body, ends_at])?;
    Ok(())
}

/// Deletes answers that are given no more; how many.
pub fn forget_answers(tx: &mut Tx<'_>, now: RomeTime) -> Result<u64> {
    tx.execute("DELETE FROM pdnd_answers WHERE ends_at <= $1", params![now])
}
